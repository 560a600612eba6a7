"""One step of a team: where everybody stands and means to go, and how a Cog gets where it wants."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from coterie.policies.scripted.role_machine.board import (
    EXPLORE,
    NOBODY,
    USE,
    WAIT,
    Board,
    Cog,
    Place,
    Site,
    moved,
    walk,
)
from coterie.policies.scripted.role_machine.ground import Ground, around
from coterie.policies.scripted.role_machine.search import Cells, cell_at, cells_of, search
from coterie.policies.scripted.role_machine.sight import (
    ALIGNER,
    ENERGY,
    FIRST_SITE,
    FLOOR,
    HEART,
    HP,
    NO_GEAR,
    ROCK,
    SCOUT,
    SOLAR,
    UNKNOWN,
    Plan,
    Self,
)

Intent = tuple[int, int]  # a task, and for USE the site
LONGEST_PATH = 48  # moves kept of a longer way


class Moment:
    """A step of a team whose members are numbered in row order."""

    def __init__(self, plan: Plan, board: Board, ground: Ground, selves: list[Self]) -> None:
        self.plan = plan
        self.board = board
        self.ground = ground
        self.selves = selves
        self.cogs = board.cogs
        self.sites = board.sites
        self.decided = 0  # members that have, the first so many
        ground.survey(board)

    # -- ground

    def must_retreat(self, i: int) -> bool:
        """Whether a Cog's hp will just last for the way home."""
        if not self.ground.ours:
            return False
        place = self.cogs[i].place
        moves = self.ground.way_home(place)
        if moves == 0:
            return False
        drain = 1 + self.ground.hostile_areas(place)
        me = self.selves[i]
        return me[HP] <= steps_for(me, moves + moves // 2 + 2) * drain + 8

    # -- ways

    def action_of(self, i: int, want: Intent) -> int:
        """The action by which a Cog comes nearer to what it wants."""
        me = self.cogs[i]
        task, target = want
        move = 0 if task == WAIT else self.next_move(i, want)
        me.next = move
        me.bumped = NOBODY
        if move and task == USE and moved(me.place, move) == self.sites[target].place:
            me.bumped = target
        return self.plan.moves[0 if self.selves[i][ENERGY] < 4 else move]

    def next_move(self, i: int, want: Intent) -> int:
        """Along the path, round what blocks it; 0 where a mate is in the way and no detour is short."""
        me = self.cogs[i]
        if not self.keeps_path(me, want):
            me.task, me.target = want
            if not self.route(i):
                return 0
        move = me.path[me.path_at]
        following = moved(me.place, move)
        if self.is_blocked(me, following):
            if not self.route(i):
                return 0
            move = me.path[me.path_at]
            following = moved(me.place, move)
        if self.is_free(i, following):
            return move
        length = len(me.path) - me.path_at
        if not self.route(i, around_mates=True) or len(me.path) > length + 8:
            self.route(i)
            return 0
        move = me.path[0]
        return move if self.is_free(i, moved(me.place, move)) else 0

    def keeps_path(self, me: Cog, want: Intent) -> bool:
        """Whether the path leads on from here; what really happened is where the Cog stands."""
        if (me.task, me.target) != want or me.path_at >= len(me.path):
            return False
        if me.place != me.path_place:
            me.path_place = moved(me.path_place, me.path[me.path_at])
            me.path_at += 1
            if me.path_at >= len(me.path) or me.place != me.path_place:
                return False
        return want[0] != EXPLORE or self.board.cell(me.goal) == UNKNOWN

    def is_blocked(self, me: Cog, following: Place) -> bool:
        content = self.board.cell(following)
        if content < FIRST_SITE:
            return content == ROCK
        return me.task != USE or self.board.site_at[following] != me.target

    def is_free(self, i: int, following: Place) -> bool:
        """Whether no mate stands or is about to step there. Who is about to leave makes room."""
        here = self.cogs[i].place
        for j, mate in enumerate(self.cogs):
            if mate.next and j < self.decided:
                then = moved(mate.place, mate.next)
                if then == following:
                    return False
                if mate.place == following and (mate.bumped >= 0 or then == here):
                    return False
            elif mate.place == following and mate.is_found and j != i:
                return False
        return True

    def route(self, i: int, *, around_mates: bool = False) -> bool:
        """A new path to where the Cog's task is done; false if there is none."""
        me = self.cogs[i]
        if me.task == EXPLORE:
            path = self.frontier(i)
        else:
            goals = self.standing(me.target) if me.task == USE else self.refuge()
            blocked = self.mates_near(i) if around_mates else 0
            is_short = around_mates and walk(me.place, me.goal) <= 4
            path = search(self.board, me.place, goals, limit=150 if is_short else math.inf, blocked=blocked)
        me.path, me.path_at = [], 0
        if path is None:
            return False
        me.goal = end_of(me.place, path)
        me.path = path[:LONGEST_PATH]
        me.path_place = me.place
        return True

    def mates_near(self, i: int) -> Cells:
        """Where mates stand that a Cog may have to go around."""
        here = self.cogs[i].place
        cells = 0
        for j, mate in enumerate(self.cogs):
            if j != i and mate.is_found and walk(mate.place, here) <= 4:
                cells |= cell_at(self.board, mate.place)
        return cells

    def standing(self, site: int) -> Cells:
        """The cell of a site, if that is still there."""
        place = self.sites[site].place
        return cell_at(self.board, place) if self.board.site_at.get(place) == site else 0

    def refuge(self) -> Cells:
        """The cells of home that can be stood on."""
        return cells_of((self.board.grid == FLOOR) & self.ground.within(0))

    def frontier(self, i: int) -> list[int] | None:
        """The way to the nearest unknown cell no farther from home than a Cog may roam.

        In its own sector around the hub if there is one within 1200 cells searched, else anywhere.
        """
        board, here = self.board, self.cogs[i].place
        if board.explored_until > board.step:
            return None
        near = board.grid == UNKNOWN
        reach = self.roams(i)
        if reach < 99:
            near &= self.ground.within(reach)
        for j, mate in enumerate(self.cogs):
            if j != i and mate.task == EXPLORE and mate.path:
                near[around(board.side, mate.goal, 7)] = False
        hub = self.sites[board.hub].place if board.hub >= 0 else (0, 0)
        angle = 2 * math.pi * (self.cogs[i].agent_id + 0.5) / max(1, len(self.cogs))
        own = near & sector(board.side, hub, angle)
        path = search(board, here, cells_of(own), limit=1200) or search(board, here, cells_of(near))
        if path is None:
            board.explored_until = board.step + 20
        return path

    def roams(self, i: int) -> int:
        """How far from home a Cog may go to see more: a night makes each move four steps long."""
        me = self.selves[i]
        if me.gear == SCOUT or not self.ground.ours or me.is_bearer:
            return 100
        if me.gear == NO_GEAR:
            return 14
        if me[HEART] == 0 and me.gear == ALIGNER:
            return 7
        return 14 if me[SOLAR] >= 3 else 5

    def nearest(self, i: int, is_wanted: Callable[[int, Site], bool]) -> int:
        """The hub or junction nearest by foot of those wanted, NOBODY if none can be reached."""
        goals = 0
        for number in self.board.posts:
            if is_wanted(number, self.sites[number]):
                goals |= self.standing(number)
        here = self.cogs[i].place
        path = search(self.board, here, goals)
        return NOBODY if path is None else self.board.site_at[end_of(here, path)]


def end_of(place: Place, path: list[int]) -> Place:
    """Where a path leads."""
    north, south, west, east = (path.count(move) for move in (1, 2, 3, 4))
    return place[0] + south - north, place[1] + east - west


@lru_cache(maxsize=256)
def sector(side: int, hub: Place, angle: float) -> np.ndarray:
    """The cells of a map that lie about that angle from the hub, bool [side, side]."""
    dr = (np.arange(side) - (side // 2 + hub[0]))[:, None].astype(float)
    dc = (np.arange(side) - (side // 2 + hub[1])).astype(float)
    return dr * -math.sin(angle) + dc * math.cos(angle) >= 0.6 * np.sqrt(dr * dr + dc * dc)


def steps_for(me: Self, moves: int) -> int:
    """Steps that so many moves take with the energy there is."""
    lacking = 4 * moves - me[ENERGY]
    return max(moves, 0 if lacking <= 0 else (lacking + me[SOLAR] - 1) // max(1, me[SOLAR]))
