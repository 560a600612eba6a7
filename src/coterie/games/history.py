"""Histories: what worlds became under random legal actions, small enough to keep and to compare."""

from collections.abc import Callable
from typing import NamedTuple
from zlib import crc32

import numpy as np

from coterie.games.batch import Batch
from coterie.games.dice import Dice


class Moment(NamedTuple):
    """One world after one step, each part as a number that differs where the part does."""

    state: int
    observations: int
    rewards: int
    ends: int
    masks: int


History = list[list[Moment]]  # [step][world]


def moments(batch: Batch) -> list[Moment]:
    seats = batch.spec.seats
    found = []
    for world in range(batch.worlds):
        rows = slice(world * seats, (world + 1) * seats)
        parts = (
            batch.observations,
            batch.rewards,
            np.stack([batch.terminals, batch.truncations], 1),
            batch.masks,
        )
        found.append(Moment(batch.hash(world), *(crc32(part[rows].tobytes()) for part in parts)))
    return found


def all_step(batch: Batch) -> None:
    batch.step()


def play(batch: Batch, steps: int, seed: int = 0, advance: Callable[[Batch], None] = all_step) -> History:
    """The batch's present moment and the `steps` that follow under random legal actions."""
    dice = Dice(batch, seed)
    history = [moments(batch)]
    for _ in range(steps):
        dice.throw(batch)
        advance(batch)
        history.append(moments(batch))
    return history


def parting(one: History, other: History) -> str | None:
    """Where two histories part first, of the worlds that both have; None where they never do."""
    for step, (here, there) in enumerate(zip(one, other, strict=True)):
        for world, (a, b) in enumerate(zip(here, there, strict=False)):
            if a != b:
                parts = [name for name in Moment._fields if getattr(a, name) != getattr(b, name)]
                return f"world {world} parts at step {step} in its {', '.join(parts)}"
    return None
