"""What a team knows: one map that all its Cogs write, in a frame whose origin is the spawn of the first."""

from dataclasses import dataclass, field

import numpy as np

from coterie.policies.scripted.role_machine.sight import (
    CHEST,
    COG,
    FIRST_SITE,
    FLOOR,
    GONE,
    HUB,
    JUNCTION,
    NO_GEAR,
    ROCK,
    STATION,
    Look,
    Plan,
    Seen,
    is_station,
)

NEUTRAL = -1
NOBODY = -1  # no site
Place = tuple[int, int]  # row, column
STEPS: tuple[Place, ...] = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))  # by move, 0 is none

WAIT, USE, EXPLORE, RETREAT = range(4)  # tasks


def apart(a: Place, b: Place) -> int:
    """In rows or columns, whichever is more."""
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]))


def walk(a: Place, b: Place) -> int:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def moved(place: Place, move: int) -> Place:
    row, col = STEPS[move]
    return place[0] + row, place[1] + col


@dataclass(slots=True)
class Site:
    """A building, as it was when last seen."""

    place: Place
    kind: int
    team: int = NEUTRAL
    amount: int = 0
    seen: int = 0  # step
    shunned: int = 0  # the step until which it is left alone


@dataclass(slots=True)
class Cog:
    """A member of the team, as the team remembers it. Its path leads from `path_place` to its task's end."""

    agent_id: int
    spawn: Place
    place: Place = (0, 0)
    path_place: Place = (0, 0)
    goal: Place = (0, 0)
    target: int = NOBODY  # site
    bumped: int = NOBODY  # site
    role: int = NO_GEAR
    hearts_before: int = 0
    is_found: bool = False
    task: int = WAIT
    path: list[int] = field(default_factory=list)
    path_at: int = 0
    next: int = 0
    is_free: bool = False  # its role is the team's choice
    is_served: bool = False  # the stock covers its gear, all before it served


class Board:
    """The map, its sites, and the Cogs.

    `cells` are the contents of [side, side] cells, the origin in the middle; `grid` shows the same bytes as
    an array. `sites` keep their number for ever; `site_at` has those that stand.
    """

    def __init__(self) -> None:
        self.step = 0
        self.team = -1
        self.hub = self.chest = NOBODY
        self.stations = [NOBODY] * 4
        self.is_chest_bare = False
        self.explored_until = 0  # nobody need look for unknown cells before that step
        self.side = 0
        self.top = self.bottom = 0  # the rows of the map from … up to which anything is known
        self.cells = bytearray()
        self.grid = np.zeros((0, 0), dtype=np.uint8)
        self.sites: list[Site] = []
        self.site_at: dict[Place, int] = {}
        self.posts: list[int] = []  # the sites that are hubs and junctions, or were
        self.cogs: list[Cog] = []

    def index(self, place: Place) -> int:
        half = self.side // 2
        return (place[0] + half) * self.side + place[1] + half

    def place(self, index: int) -> Place:
        row, col = divmod(index, self.side)
        return row - self.side // 2, col - self.side // 2

    def cell(self, place: Place) -> int:
        return self.cells[self.index(place)]

    def is_ours(self, site: Site) -> bool:
        return site.team == self.team and (site.kind == JUNCTION or site.kind == HUB)

    def is_hostile(self, site: Site) -> bool:
        return site.team not in (self.team, NEUTRAL) and (site.kind == JUNCTION or site.kind == HUB)

    def make_room(self, place: Place, reach: int) -> None:
        """Keep a window around every place on the map, whose edge is rock: no way leads over it."""
        far = max(abs(place[0]), abs(place[1])) + reach + 2
        if far < self.side // 2:
            return
        before, old = self.side, self.grid
        self.side = max(before, 128)
        while far >= self.side // 2:
            self.side *= 2
        self.cells = bytearray(self.side * self.side)
        self.grid = np.frombuffer(self.cells, dtype=np.uint8).reshape(self.side, self.side)
        self.grid[[0, -1]] = ROCK
        self.grid[:, [0, -1]] = ROCK
        shift = (self.side - before) // 2
        inside = slice(shift + 1, shift + before - 1)
        if before:
            self.grid[inside, inside] = old[1:-1, 1:-1]
        self.top, self.bottom = (self.top + shift, self.bottom + shift) if before else (self.side, 0)

    def update(self, plan: Plan, place: Place, seen: Look) -> None:
        """One Cog's window becomes part of the map."""
        self.make_room(place, max(plan.up, plan.left))
        top, left = place[0] + self.side // 2 - plan.up, place[1] + self.side // 2 - plan.left
        rows, columns = seen.window.shape
        part = self.grid[top : top + rows, left : left + columns]
        if part.tobytes() != seen.window.tobytes():
            self.revise(part, place, seen)
        for thing in seen.things:
            if thing[2] != COG:
                self.note(thing, (place[0] + thing[0], place[1] + thing[1]))

    def revise(self, part: np.ndarray, place: Place, seen: Look) -> None:
        """Write what is otherwise than the map has it. Sites whose cell is bare now are gone."""
        rows, columns = seen.window.shape
        for row, col in np.argwhere((part >= FIRST_SITE) & (seen.window < FIRST_SITE)).tolist():
            dr, dc = row - rows // 2, col - columns // 2
            site = self.site_at.pop((place[0] + dr, place[1] + dc))
            hides = any(thing[:3] == (dr, dc, COG) for thing in seen.things)
            if seen.window[row, col] == FLOOR and not hides:
                self.sites[site].kind = GONE
        part[:] = seen.window
        top = place[0] + self.side // 2 - rows // 2
        self.top, self.bottom = min(self.top, top), max(self.bottom, top + rows)

    def note(self, thing: Seen, place: Place) -> None:
        """A building in sight: one of the map's, or a new one."""
        _, _, kind, team, amount = thing
        number = self.site_at.get(place, NOBODY)
        if number == NOBODY or self.sites[number].kind != kind:
            number = self.site_at[place] = len(self.sites)
            self.sites.append(Site(place, kind, team))
            self.enrol(number)
        site = self.sites[number]
        site.team = team
        site.amount = amount
        site.seen = self.step

    def enrol(self, number: int) -> None:
        """Remember what has an area, and what a team has but one of."""
        site = self.sites[number]
        if site.kind == HUB or site.kind == JUNCTION:
            self.posts.append(number)
        if site.team != self.team:
            return
        if site.kind == HUB:
            self.hub = number
        elif site.kind == CHEST:
            self.chest = number
        elif is_station(site.kind):
            self.stations[site.kind - STATION] = number

    def find(self, cog: Cog, seen: Look) -> bool:
        """Where a Cog stands, if a mate of known place, or something there is but one of, is in sight."""
        for dr, dc, kind, team, amount in seen.things:
            known = self.known_place(kind, team, amount)
            if known is not None:
                cog.place = known[0] - dr, known[1] - dc
                cog.spawn = cog.place[0] - seen.self.row, cog.place[1] - seen.self.col
                return True
        return False

    def known_place(self, kind: int, team: int, amount: int) -> Place | None:
        if kind == COG:  # the last one's, should two go by one number
            return next((m.place for m in reversed(self.cogs) if m.is_found and m.agent_id == amount), None)
        if team != self.team:
            return None
        named = {HUB: self.hub, CHEST: self.chest} | {STATION + k: s for k, s in enumerate(self.stations)}
        number = named.get(kind, NOBODY)
        return None if number == NOBODY else self.sites[number].place
