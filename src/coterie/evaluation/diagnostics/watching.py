"""Watching: a policy plays a CoGsGuard mission in one world, and every step is told as facts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch, GameConfig
from coterie.games.cogsguard.config import CogsguardConfig
from coterie.play.loop import has_ended, steps
from coterie.play.roster import seat
from coterie.play.scene import Agent, Scene, Thing, look
from coterie.policies.policy import Policy
from coterie.policies.scripted.role import Role
from coterie.policies.scripted.role_machine.board import Board
from coterie.policies.scripted.role_machine.sight import (
    ELEMENT_NAMES,
    GEAR_COST,
    GEAR_NAMES,
    HUB,
    JUNCTION,
    plan_of,
)
from coterie.policies.scripted.role_machine.sight import look as look_at
from coterie.policies.scripted.role_machine.team import Side, Team
from coterie.policies.uri import parse

Place = tuple[int, int]  # row and column of the map
DIRECTIONS = {"move_north": (-1, 0), "move_south": (1, 0), "move_west": (0, -1), "move_east": (0, 1)}
RESOURCES = tuple(sorted(ELEMENT_NAMES))
COST = {gear: dict(zip(ELEMENT_NAMES, GEAR_COST[k], strict=True)) for k, gear in enumerate(GEAR_NAMES)}


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a policy is watched: so many `agents`, episodes of `max_steps`, `steps` in all."""

    mission: str
    variants: tuple[str, ...]
    agents: int
    max_steps: int
    seed: int

    def config(self) -> GameConfig:
        """A ConfigError if the mission is not of CoGsGuard."""
        config = catalog.make(self.mission, self.variants, agents=self.agents)
        if not isinstance(config, CogsguardConfig):
            raise ConfigError(f"{self.mission} is no mission of CoGsGuard, whose Cogs this command looks at")
        return config.replace(max_steps=self.max_steps)


@dataclass(frozen=True, slots=True)
class Deed:
    """What one Cog was before a step and after it, and what it bumped into.

    Its `role` is what its vibe shows after the step, which is a role's name where it has one.
    """

    before: Agent
    after: Agent
    bumped: Thing | None

    @property
    def role(self) -> str:
        return self.after.vibe

    def has(self, item: str) -> int:
        """How much of it the Cog had before the step."""
        return self.before.inventory.get(item, 0)

    def gained(self, item: str) -> int:
        return self.after.inventory.get(item, 0) - self.has(item)

    @property
    def cargo(self) -> int:
        return sum(self.has(element) for element in ELEMENT_NAMES)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A hub or junction that a Cog sees, and whose it is; `known` says whose the policy thinks it is.

    Teams are numbers, -1 is nobody's. `known` is None where the policy's map has no such thing there.
    """

    cog: int
    kind: str
    place: Place
    team: int
    known: int | None


@dataclass(frozen=True, slots=True)
class Instant:
    """One step: `number` from 1, `stock` the own team's after it, `stock_before` before.

    `is_remembered` says whether the policy is known to keep a map, on which so many `structures` stand;
    `seen` is what each Cog has seen in the episode.
    """

    number: int
    deeds: list[Deed]
    stock_before: dict[str, int]
    stock: dict[str, int]
    own_team: str | None
    own_number: int
    stations: dict[str, Place]
    sightings: list[Sighting]
    seen: list[dict[Place, str]]
    is_remembered: bool
    structures: int

    @property
    def available(self) -> dict[str, bool]:
        """Whether the stock can pay each role's gear."""
        return payable(self.stock)

    @property
    def adjacent(self) -> dict[str, bool]:
        """Whether a Cog of each role stands beside the station of its role."""
        beside = dict.fromkeys(GEAR_NAMES, False)
        for deed in self.deeds:
            station = self.stations.get(deed.role)
            if station is not None:
                row, col = station
                beside[deed.role] |= abs(deed.after.row - row) + abs(deed.after.col - col) == 1
        return beside


def payable(stock: Mapping[str, int]) -> dict[str, bool]:
    """Whether a stock can pay each role's gear."""
    return {
        role: all(stock.get(item, 0) >= price for item, price in cost.items()) for role, cost in COST.items()
    }


class Watch:
    """Plays a policy on a stage and tells of each step.

    The map of `role`, `role_py` and their kin is that of a second `role_py`, shown the same observations.
    """

    def __init__(self, stage: Stage, policy_text: str) -> None:
        self.policy: Policy = parse(policy_text)
        self.batch = Batch(stage.config(), seed=stage.seed)
        self.plan = plan_of(self.batch.spec)
        self.roster = seat(self.batch, [(policy_text, self.policy)])
        self.roster.begin(self.batch, stage.seed)
        self.is_remembered = isinstance(self.policy, Role)
        self.restart()

    def restart(self) -> None:
        """A new episode: nobody has seen anything yet."""
        self.twin = Team(dict.fromkeys(range(4), 0))
        self.origins: list[Place] = []  # of the maps of its sides
        self.seen: list[dict[Place, str]] = [{} for _ in range(self.batch.spec.seats)]

    def instants(self, count: int) -> Iterator[Instant]:
        """So many steps, over the ends of episodes."""
        before = look(self.batch)
        observations = self.batch.observations.copy()
        for taken in steps(self.batch, self.roster):
            is_over = has_ended(self.batch)
            after = before if is_over else look(self.batch)
            yield self.instant(taken, before, after, observations)
            if taken == count:
                return
            if is_over:
                self.restart()
                after = look(self.batch)
            before = after
            observations = self.batch.observations.copy()

    def instant(self, number: int, before: Scene, after: Scene, observations: np.ndarray) -> Instant:
        own = before.agents[0].team
        things = {(thing.row, thing.col): thing for thing in before.things}
        deeds = []
        names = self.batch.spec.action_names[0]
        for agent, later in zip(before.agents, after.agents, strict=True):
            row, col = DIRECTIONS.get(names[self.batch.actions[agent.id, 0]], (0, 0))
            deeds.append(Deed(agent, later, things.get((agent.row + row, agent.col + col))))
        sightings = self.sight(before, observations)
        number_of_own = before.team_index(own)
        return Instant(
            number=number,
            deeds=deeds,
            stock_before=stock_of(before, own),
            stock=stock_of(after, own),
            own_team=own,
            own_number=-1 if number_of_own is None else number_of_own,
            stations=stations_of(before, own),
            sightings=sightings,
            seen=self.seen,
            is_remembered=self.is_remembered,
            structures=len(self.twin.sides[0].board.site_at),
        )

    def sight(self, scene: Scene, observations: np.ndarray) -> list[Sighting]:
        """What the Cogs see of hubs and junctions; beside, the twin and `seen` come up to date.

        On the map they are looked up by where they truly are, not by where the Cog thinks it stands.
        """
        looks = look_at(self.plan, observations)
        is_first = not self.twin.sides
        self.twin.act(self.plan, looks)
        if is_first:
            self.origins = [origin_of(side, scene) for side in self.twin.sides]
        things = {(thing.row, thing.col): thing for thing in scene.things}
        found = []
        for side, origin in zip(self.twin.sides, self.origins, strict=True):
            for member, cog in zip(side.members, side.board.cogs, strict=True):
                agent = scene.agents[member]
                for dr, dc, kind, _, _ in looks[member].things:
                    thing = things.get((agent.row + dr, agent.col + dc))
                    if thing is None:
                        continue
                    self.seen[member][thing.row, thing.col] = thing.kind
                    if kind in (HUB, JUNCTION) and cog.is_found:
                        team = scene.team_index(thing.team)
                        known = known_team(side.board, (thing.row - origin[0], thing.col - origin[1]), kind)
                        name = "hub" if kind == HUB else "junction"
                        place = thing.row, thing.col
                        found.append(Sighting(member, name, place, -1 if team is None else team, known))
        return found


def origin_of(side: Side, scene: Scene) -> Place:
    """The true place of the origin of a side's map, told by its first Cog, which knows where it stands."""
    agent, cog = scene.agents[side.members[0]], side.board.cogs[0]
    return agent.row - cog.place[0], agent.col - cog.place[1]


def known_team(board: Board, place: Place, kind: int) -> int | None:
    """Whose a thing is by the map, None where the map has no such thing."""
    site = board.site_at.get(place)
    return None if site is None or board.sites[site].kind != kind else board.sites[site].team


def stock_of(scene: Scene, team: str | None) -> dict[str, int]:
    """What a team has in common."""
    return next((one.inventory for one in scene.teams if one.name == team), {})


def stations_of(scene: Scene, team: str | None) -> dict[str, Place]:
    """Where the team's station of each role is."""
    return {
        role: (thing.row, thing.col)
        for role in GEAR_NAMES
        for thing in scene.things
        if thing.team == team and thing.kind.endswith(f":{role}")
    }
