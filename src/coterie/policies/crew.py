"""Crew: a few threads that work on parts of the same job side by side, in an order nobody can see."""

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

from coterie import native

In = TypeVar("In")
Out = TypeVar("Out")


class Crew:
    """`threads` workers, of which the caller is one; each runs torch on one core, in place of its threads.

    Where the work is in native kernels (`shares_rows`) they share their rows, and nothing need be cut.
    """

    def __init__(self, threads: int, *, shares_rows: bool = False) -> None:
        self.threads, self.shares_rows = threads, shares_rows
        self.hands = [] if shares_rows else [Hand() for _ in range(threads - 1)]
        self.is_free = threading.Lock()
        self.close = weakref.finalize(self, dismiss, self.hands)

    def map(self, work: Callable[[In], Out], parts: Sequence[In]) -> list[Out]:
        """The results in the order of the parts; whoever is done with one takes the next.

        All are the caller's, where the crew is at work already: for another thread, or for its own caller.
        """
        if self.shares_rows:
            with self.sharing():
                return [work(part) for part in parts]
        if not self.hands or len(parts) == 1 or not self.is_free.acquire(blocking=False):
            return [work(part) for part in parts]
        try:
            return self.share(work, parts)
        finally:
            self.is_free.release()

    @contextlib.contextmanager
    def sharing(self) -> Iterator[None]:
        """Within, kernels share their rows and batches their worlds with its threads, if it is for that."""
        before = native.share(self.threads if self.shares_rows else 1)
        try:
            yield
        finally:
            native.share(before)

    def share(self, work: Callable[[In], Out], parts: Sequence[In]) -> list[Out]:
        results: dict[int, Out] = {}
        turns = iter(range(len(parts)))

        def serve() -> None:
            for turn in turns:
                results[turn] = work(parts[turn])

        busy = self.hands[: len(parts) - 1]
        for hand in busy:
            hand.begin(serve)
        try:
            serve()
        finally:
            errors = [hand.finish() for hand in busy]
        for error in errors:
            if error is not None:
                raise error
        return [results[turn] for turn in range(len(parts))]

    def split(self, first: int, count: int) -> list[slice]:
        """`count` things from `first` on in slices as even as can be, one for every worker that needs one."""
        parts = max(1, min(len(self.hands) + 1, count))
        bounds = [first + count * k // parts for k in range(parts + 1)]
        return [slice(a, b) for a, b in pairwise(bounds)]


class Hand:
    """One thread, and the bells by which it hears of work and tells that it is done."""

    def __init__(self) -> None:
        self.begun, self.finished = native.Bell(), native.Bell()
        self.heard = 0
        self.job: Callable[[], None] | None = None
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self.serve, name="crew", daemon=True)
        self.thread.start()

    def serve(self) -> None:
        """Until there is no job when the bell rings."""
        rings = 0
        while True:
            rings = self.begun.wait(rings)
            if self.job is None:
                return
            try:
                self.job()
            except BaseException as error:  # the caller's to raise
                self.error = error
            self.job = None
            self.finished.ring()

    def begin(self, job: Callable[[], None]) -> None:
        self.job = job
        self.begun.ring()

    def finish(self) -> BaseException | None:
        """The error it met, if any."""
        self.heard = self.finished.wait(self.heard)
        error, self.error = self.error, None
        return error


def dismiss(hands: Sequence[Hand]) -> None:
    for hand in hands:
        hand.job = None
        hand.begun.ring()
