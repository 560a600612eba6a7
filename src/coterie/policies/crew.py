"""Crew: a few threads that work on parts of the same job side by side, in an order nobody can see."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

In = TypeVar("In")
Out = TypeVar("Out")


class Crew:
    """`threads` workers, of which the caller is one; each runs torch on one core, in place of its threads."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self.pool = ThreadPoolExecutor(threads - 1, "crew") if threads > 1 else None

    def map(self, work: Callable[[In], Out], parts: Sequence[In]) -> list[Out]:
        """The results in the order of the parts; the first part is the caller's own."""
        if self.pool is None or len(parts) == 1:
            return [work(part) for part in parts]
        others = [self.pool.submit(work, part) for part in parts[1:]]
        first = work(parts[0])
        return [first, *(other.result() for other in others)]

    def split(self, first: int, count: int) -> list[slice]:
        """`count` things from `first` on in as many slices as there are workers, as even as can be."""
        workers = max(1, min(self.threads, count))
        bounds = [first + count * k // workers for k in range(workers + 1)]
        return [slice(a, b) for a, b in pairwise(bounds)]

    def close(self) -> None:
        if self.pool is not None:
            self.pool.shutdown()
