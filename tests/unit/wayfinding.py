"""Shortest ways through a grid world, for tests that walk agents to where they want them."""

from collections import deque
from typing import Any

import numpy as np

from coterie.games.batch import Batch

STEPS = {"move_north": (-1, 0), "move_south": (1, 0), "move_west": (0, -1), "move_east": (0, 1)}
Cell = tuple[int, int]


def floor(snapshot: dict[str, Any]) -> np.ndarray:
    """Cells with nothing, or only an agent, in them: bool [height, width]."""
    return np.array(snapshot["tiles"]).reshape(snapshot["height"], snapshot["width"]) == 0


def cells_of(snapshot: dict[str, Any], kind: str) -> set[Cell]:
    return {(o["row"], o["col"]) for o in snapshot["objects"] if o["kind"] == kind}


def way(free: np.ndarray, start: Cell, goals: set[Cell]) -> list[str] | None:
    """Moves from a cell into the nearest goal, the last one a use; none if no goal can be reached."""
    came: dict[Cell, tuple[Cell, str]] = {}
    queue = deque([start])
    while queue:
        cell = queue.popleft()
        for move, (down, across) in STEPS.items():
            there = cell[0] + down, cell[1] + across
            if there in came or there == start:
                continue
            if there in goals:
                came[there] = cell, move
                return _walked(came, start, there)
            if free[there]:
                came[there] = cell, move
                queue.append(there)
    return None


def _walked(came: dict[Cell, tuple[Cell, str]], start: Cell, cell: Cell) -> list[str]:
    moves = []
    while cell != start:
        cell, move = came[cell]
        moves.append(move)
    return moves[::-1]


def act(batch: Batch, *names: str) -> dict[str, Any]:
    """One step of world 0, an action by name for each seat; the snapshot after it."""
    actions = batch.spec.action_names[0]
    batch.actions[:, 0] = [actions.index(name) for name in names]
    batch.step()
    return batch.snapshot(0)


def use_nearest(batch: Batch, kind: str) -> dict[str, Any]:
    """A lone agent walks to the nearest object of a kind and uses it; the snapshot after that."""
    snapshot = batch.snapshot(0)
    agent = snapshot["agents"][0]
    moves = way(floor(snapshot), (agent["row"], agent["col"]), cells_of(snapshot, kind))
    assert moves, f"no way to {kind}"
    for move in moves:
        snapshot = act(batch, move)
    return snapshot
