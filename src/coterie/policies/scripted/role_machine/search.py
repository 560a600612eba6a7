"""Ways on the map: breadth first over what is not known to be blocked, north, south, west, east."""

# A set of cells is one whole number with a bit for each cell (bit `Board.index`), so that a step in all four
# directions from all cells of a set is four shifts. A queue would reach cells in this order: the nearer
# first, and of those as near the one whose path comes first when paths are compared move by move in the order
# above. The search therefore keeps only the sets of cells that are 1, 2, … moves away, goes back from the
# goals it met to mark the ways that lead to one, and follows the first marked way.

from math import inf

import numpy as np

from coterie.policies.scripted.role_machine.board import Board, Place
from coterie.policies.scripted.role_machine.sight import FLOOR

Cells = int  # a set of cells


def cells_of(is_in: np.ndarray) -> Cells:
    """The set of the cells where bool [side, side] is true."""
    return int.from_bytes(np.packbits(is_in, bitorder="little").tobytes(), "little")


def cell_at(board: Board, place: Place) -> Cells:
    """The set of one cell."""
    return 1 << board.index(place)


def beside(cells: Cells, side: int) -> Cells:
    """The neighbours of all cells of a set."""
    return cells >> side | cells << side | cells >> 1 | cells << 1


def search(
    board: Board, start: Place, goals: Cells, *, limit: float = inf, blocked: Cells = 0
) -> list[int] | None:
    """The moves to the nearest goal, of several as near to the first a queue would reach.

    None if there is no way, or the queue would have taken `limit` cells before. Goals may be of any content;
    ways lead over floor and unknown cells that are not `blocked`.
    """
    if not goals:
        return None
    side = board.side
    top, bottom = rows_for(board, goals) if limit == inf else (1, side)
    free = cells_of(board.grid[top:bottom] <= FLOOR) << side
    origin = (top - 1) * side  # a row before all others, so that no cell's number is below 0
    at = board.index(start) - origin
    here, goals, blocked = 1 << at, goals >> origin, blocked >> origin
    unseen = (free | goals) & ~(blocked | here)
    levels: list[Cells] = []  # cells that are 0, 1, 2 … moves away
    taken = 0  # cells the queue holds before the last level
    while here and taken < limit:
        levels.append(here)
        reached = beside(here, side) & unseen
        if reached & goals:
            path = follow(levels, reached & goals, at, side)
            return path if limit == inf or taken + earlier(levels, path, at, side) < limit else None
        if limit != inf:
            taken += here.bit_count()
        unseen ^= reached
        here = reached
    return None


def rows_for(board: Board, goals: Cells) -> tuple[int, int]:
    """The rows that a search needs: those where anything is known or a goal, and one more on either side.

    To leave them would be a detour: all is open out there, as it is in the outermost of these rows. But a
    queue looks there too, so where its length counts all rows are needed.
    """
    lowest, highest = (goals & -goals).bit_length() // board.side, goals.bit_length() // board.side
    top, bottom = min(board.top, lowest), max(board.bottom, highest + 1)
    return max(1, top - 1), min(board.side, bottom + 1)


def follow(levels: list[Cells], goals: Cells, at: int, side: int) -> list[int]:
    """The first of the shortest paths from cell `at` through the levels to a goal."""
    marked = [goals]
    for level in reversed(levels[1:]):
        marked.append(beside(marked[-1], side) & level)
    path = []
    deltas = (0, -side, side, -1, 1)
    for cells in reversed(marked):
        move = next(move for move in (1, 2, 3, 4) if cells >> at + deltas[move] & 1)
        path.append(move)
        at += deltas[move]
    return path


def earlier(levels: list[Cells], path: list[int], at: int, side: int) -> int:
    """How many cells of the last level a queue takes before the one from which the path reaches its goal."""
    deltas = (0, -side, side, -1, 1)
    before = 0
    for level, move in zip(levels[1:], path[:-1], strict=True):
        before = beside(before, side)
        for other in range(1, move):
            before |= 1 << at + deltas[other]
        before &= level
        at += deltas[move]
    return before.bit_count()
