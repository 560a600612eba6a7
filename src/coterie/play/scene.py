"""Scene: one world at one moment, as drawing and steering need it."""

from dataclasses import dataclass, field
from typing import Any

from coterie.games.batch import Batch


@dataclass(frozen=True, slots=True)
class Agent:
    """One seat. In a game without a map `row` and `col` are -1."""

    id: int
    row: int = -1
    col: int = -1
    team: str | None = None
    vibe: str = ""
    is_frozen: bool = False
    action: str = ""
    is_success: bool = True
    reward: float = 0.0
    total: float = 0.0
    inventory: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Thing:
    """An object that is more than a wall; `radius` is that of its widest area, -1 without."""

    kind: str
    row: int
    col: int
    team: str | None
    inventory: dict[str, int]
    cooldown: int
    uses: int
    radius: int


@dataclass(frozen=True, slots=True)
class Team:
    """A side: its shared stock, and how many objects of each kind are its."""

    name: str
    inventory: dict[str, int]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """A map, or `text` in a game without one; `tiles` [height × width] is 0, or 1 + index into `kinds`."""

    step: int
    max_steps: int
    agents: list[Agent]
    text: str = ""
    width: int = 0
    height: int = 0
    kinds: list[str] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)
    tiles: list[int] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)

    def thing_at(self, row: int, col: int) -> Thing | None:
        return next((thing for thing in self.things if (thing.row, thing.col) == (row, col)), None)

    def team_index(self, name: str | None) -> int | None:
        return next((k for k, team in enumerate(self.teams) if team.name == name), None)


class Eye:
    """Remembers world 0 as it was, which is cheap; makes a scene of it when asked, which is not."""

    def __init__(self, batch: Batch) -> None:
        self.twin = Batch(batch.config) if batch.config.can_be_saved else None
        self.keep(batch)

    def keep(self, batch: Batch) -> None:
        """From now on the scene is what world 0 of this batch is at this moment."""
        seats = batch.spec.seats
        self.saved = batch.save(0)
        self.rewards = batch.rewards[:seats].copy()
        self.actions = batch.actions[:seats].copy()
        self.seen: Scene | None = None if self.twin else look(batch)

    def scene(self) -> Scene:
        if self.seen is None:
            assert self.twin is not None
            self.twin.restore(0, self.saved)
            self.twin.rewards[:] = self.rewards
            self.twin.actions[:] = self.actions
            self.seen = look(self.twin)
        return self.seen


def look(batch: Batch, world: int = 0) -> Scene:
    """The scene of one world: its map, or its text and rewards where the game has no map."""
    snapshot = batch.snapshot(world)
    return from_snapshot(snapshot) if "tiles" in snapshot else from_text(batch, world)


def from_snapshot(data: dict[str, Any]) -> Scene:
    """The scene that the snapshot of a map describes."""
    return Scene(
        step=data["step"],
        max_steps=data["max_steps"],
        agents=[agent(one) for one in data["agents"]],
        width=data["width"],
        height=data["height"],
        kinds=data["kinds"],
        symbols=data["symbols"],
        tiles=data["tiles"],
        things=[thing(one) for one in data["objects"]],
        teams=[Team(one["name"], one["inventory"], one["counts"]) for one in data["teams"]],
    )


def agent(data: dict[str, Any]) -> Agent:
    return Agent(
        id=data["id"],
        row=data["row"],
        col=data["col"],
        team=data["team"],
        vibe=data["vibe"],
        is_frozen=bool(data["frozen"]),
        action=data["action"],
        is_success=bool(data["success"]),
        reward=data["reward"],
        total=data["return"],
        inventory=data["inventory"],
    )


def thing(data: dict[str, Any]) -> Thing:
    return Thing(
        kind=data["kind"],
        row=data["row"],
        col=data["col"],
        team=data["team"],
        inventory=data["inventory"],
        cooldown=data["cooldown"],
        uses=data["uses"],
        radius=data["radius"],
    )


def from_text(batch: Batch, world: int) -> Scene:
    """A scene without a map: the game's own text, and a row for each seat."""
    spec = batch.spec
    first = world * spec.seats
    step = batch.episode_step(world)
    names = spec.action_names[0] if spec.action_names else ()
    agents = [
        Agent(
            id=seat,
            action=names[batch.actions[first + seat, 0]] if names and step else "",
            reward=float(batch.rewards[first + seat]),
            total=float(total),
        )
        for seat, total in enumerate(batch.episode_returns(world))
    ]
    return Scene(step=step, max_steps=spec.max_steps, agents=agents, text=batch.text(world))
