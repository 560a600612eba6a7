"""Diary: every step of the episodes in a batch, kept until they are over."""

from dataclasses import dataclass

import numpy as np

from coterie.games.batch import Batch


@dataclass(frozen=True, slots=True)
class Story:
    """T steps of one episode of S seats: `actions` int32 [T, S, K], `rewards` float32 [T, S].

    `observations` [T, S, ...] are what was seen before each action, None where that was not asked for.
    """

    actions: np.ndarray
    rewards: np.ndarray
    observations: np.ndarray | None = None


class Diary:
    """What every world does from the start of its episode on; with `sees`, what its seats see too."""

    def __init__(self, batch: Batch, *, sees: bool = False) -> None:
        self.batch, self.sees = batch, sees
        self.seen = batch.observations.copy() if sees else None
        self.pages: list[list[tuple[np.ndarray, ...]]] = [[] for _ in range(batch.worlds)]

    def rows(self, world: int) -> slice:
        seats = self.batch.spec.seats
        return slice(world * seats, (world + 1) * seats)

    def start(self, world: int) -> None:
        """An episode has begun there."""
        self.pages[world] = []
        self.look(world)

    def look(self, world: int) -> None:
        if self.seen is not None:
            own = self.rows(world)
            self.seen[own] = self.batch.observations[own]

    def note(self, world: int) -> None:
        """The world has taken a step."""
        own = self.rows(world)
        parts = [self.batch.actions, self.batch.rewards, *([] if self.seen is None else [self.seen])]
        self.pages[world].append(tuple(part[own].copy() for part in parts))
        self.look(world)

    def take(self, world: int) -> Story:
        """The episode that just ended there; at least one step of it was noted."""
        columns = [np.stack(column) for column in zip(*self.pages[world], strict=True)]
        self.pages[world] = []
        return Story(*columns)
