"""Where home is: the ground that hubs and junctions refill, and that of other teams."""

import numpy as np

from coterie.policies.scripted.role_machine.board import Board, Place

AREA = 10  # radius of a hub's or junction's area
NO_WAY = 1000  # to home, where there is none


class Ground:
    """The areas on a map, as arrays [side, side] that change only with their sources."""

    def __init__(self) -> None:
        self.ours: list[Place] = []  # sources of areas, as the sites come
        self.hostile: list[Place] = []  # the same, of other teams
        self.half = -1  # of the map's side: the origin's row and column

    def survey(self, board: Board) -> None:
        """Look which sites are sources now."""
        ours, hostile = [], []
        for site in (board.sites[number] for number in board.posts):
            if board.is_ours(site):
                ours.append(site.place)
            elif board.is_hostile(site):
                hostile.append(site.place)
        is_wider = self.half != board.side // 2
        if is_wider or ours != self.ours:
            is_more = not is_wider and set(self.ours) < set(ours)
            self.measure(board.side, ours, known=self.ours if is_more else [])
        if is_wider or ours != self.ours or hostile != self.hostile:
            self.paint(board.side, ours, hostile)
        self.ours, self.hostile, self.half = ours, hostile, board.side // 2

    def measure(self, side: int, ours: list[Place], known: list[Place]) -> None:
        """Rows or columns to the nearest of ours, whichever is more, and both together.

        Of the `known` sources it is measured already.
        """
        if not known:
            self.apart = np.full((side, side), NO_WAY + AREA, dtype=np.int16)
            self.walk = np.full((side, side), NO_WAY, dtype=np.int16)
        line = np.arange(side, dtype=np.int16) - np.int16(side // 2)
        for row, col in set(ours) - set(known):
            rows, columns = np.abs(line - np.int16(row))[:, None], np.abs(line - np.int16(col))
            np.minimum(self.apart, np.maximum(rows, columns), out=self.apart)
            np.minimum(self.walk, rows + columns, out=self.walk)

    def paint(self, side: int, ours: list[Place], hostile: list[Place]) -> None:
        """Areas act one after the other, in row-major order of their sources: the last decides."""
        self.is_good = np.ones((side, side), dtype=bool)
        self.hostile_count = np.zeros((side, side), dtype=np.uint8)
        for place, is_ours in sorted([(p, True) for p in ours] + [(p, False) for p in hostile]):
            area = around(side, place, AREA)
            self.is_good[area] = is_ours
            self.hostile_count[area] += not is_ours

    def way_home(self, place: Place) -> int:
        """Rows and columns to the nearest ground that refills; 0 on it."""
        return max(0, int(self.apart[place[0] + self.half, place[1] + self.half]) - AREA)

    def is_home(self, place: Place) -> bool:
        return self.way_home(place) == 0

    def within(self, reach: int) -> np.ndarray:
        """The cells with at most so far a way home, bool [side, side]."""
        return self.apart <= AREA + reach

    def way_to_depot(self, place: Place) -> int:
        """Steps on open land to the nearest of ours."""
        return int(self.walk[place[0] + self.half, place[1] + self.half])

    def hostile_areas(self, place: Place) -> int:
        return int(self.hostile_count[place[0] + self.half, place[1] + self.half])

    def has_influence(self, place: Place) -> bool:
        """Whether influence lasts at a place."""
        return bool(self.is_good[place[0] + self.half, place[1] + self.half])


def around(side: int, place: Place, reach: int) -> tuple[slice, slice]:
    """The rows and columns of a map at most `reach` from a place."""
    row, col = place[0] + side // 2, place[1] + side // 2
    return slice(max(0, row - reach), row + reach + 1), slice(max(0, col - reach), col + reach + 1)
