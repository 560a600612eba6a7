"""Crew: a few threads that work on parts of the same job side by side, in an order nobody can see."""

import threading
import weakref
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeVar

from coterie import native

In = TypeVar("In")
Out = TypeVar("Out")


class Crew:
    """`threads` workers, of which the caller is one; each runs torch on one core, in place of its threads."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.hands = [Hand() for _ in range(threads - 1)]
        self.is_free = threading.Lock()
        self.close = weakref.finalize(self, dismiss, self.hands)

    def map(self, work: Callable[[In], Out], parts: Sequence[In]) -> list[Out]:
        """The results in the order of the parts; the first are the caller's own.

        All are, where the crew is at work already: for another thread, or for the caller's caller.
        """
        if not self.hands or len(parts) == 1 or not self.is_free.acquire(blocking=False):
            return [work(part) for part in parts]
        try:
            return self.share(work, parts)
        finally:
            self.is_free.release()

    def share(self, work: Callable[[In], Out], parts: Sequence[In]) -> list[Out]:
        mine = max(1, len(parts) - len(self.hands))
        busy = list(zip(self.hands, parts[mine:], strict=False))
        for hand, part in busy:
            hand.begin(work, part)
        try:
            first = [work(part) for part in parts[:mine]]
        finally:
            others = [hand.finish() for hand, _ in busy]
        for _, error in others:
            if error is not None:
                raise error
        return [*first, *(result for result, _ in others)]

    def split(self, first: int, count: int) -> list[slice]:
        """`count` things from `first` on in as many slices as there are workers, as even as can be."""
        workers = max(1, min(self.threads, count))
        bounds = [first + count * k // workers for k in range(workers + 1)]
        return [slice(a, b) for a, b in pairwise(bounds)]


class Hand:
    """One thread, and the bells by which it hears of work and tells that it is done."""

    def __init__(self) -> None:
        self.begun, self.finished = native.Bell(), native.Bell()
        self.heard = 0
        self.job: tuple[Callable[[Any], Any], Any] | None = None
        self.outcome: tuple[Any, BaseException | None] = None, None
        self.thread = threading.Thread(target=self.serve, name="crew", daemon=True)
        self.thread.start()

    def serve(self) -> None:
        """Until there is no job when the bell rings."""
        rings = 0
        while True:
            rings = self.begun.wait(rings)
            if self.job is None:
                return
            work, part = self.job
            try:
                self.outcome = work(part), None
            except BaseException as error:  # the caller's to raise
                self.outcome = None, error
            del work, part
            self.finished.ring()

    def begin(self, work: Callable[[Any], Any], part: Any) -> None:
        self.job = work, part
        self.begun.ring()

    def finish(self) -> tuple[Any, BaseException | None]:
        """What came of it: a result or an error."""
        self.heard = self.finished.wait(self.heard)
        outcome, self.outcome = self.outcome, (None, None)
        return outcome


def dismiss(hands: Sequence[Hand]) -> None:
    for hand in hands:
        hand.job = None
        hand.begun.ring()
