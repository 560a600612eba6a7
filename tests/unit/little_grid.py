"""A little grid: a drawn world of few cells and rules, and what becomes of it."""

from collections.abc import Callable
from typing import Any

import pytest

from coterie.config import ConfigError
from coterie.games.batch import Batch
from coterie.games.grid.grid import GridConfig
from coterie.games.grid.maps import AsciiMap
from coterie.games.grid.rules import Actions, Event, Group, Handler, Inventory, Limit, Object, Team

MOVES = {
    "^": "move_north",
    "v": "move_south",
    "<": "move_west",
    ">": "move_east",
    ".": "noop",
}
RESOURCES = ("ore", "gem", "sack", "hp")
VIBES = ("default", "glow", "song")
BARE = Actions(change_vibe=False)


def little_config(
    *rows: str,
    objects: dict[str, Object] | None = None,
    groups: dict[str, Group] | None = None,
    **settings: Any,
) -> GridConfig:
    """On the drawing, `@` is an agent of the first group, a capital one of the group it begins."""
    groups = groups or {"agent": Group(count=sum(row.count("@") for row in rows))}
    objects = {"wall": Object(symbol="#"), **(objects or {})}
    legend = {thing.symbol: thing.map_name or name for name, thing in objects.items() if thing.symbol != "#"}
    legend |= {name[0].upper(): f"agent.{name}" for name in groups}
    values: dict[str, Any] = {
        "map": AsciiMap(map_data=rows, legend=legend),
        "resources": RESOURCES,
        "vibes": VIBES,
        "objects": objects,
        "groups": groups,
    }
    return GridConfig(**{**values, **settings})


class Little:
    """One world of a config, stepped by hand."""

    def __init__(self, *rows: str, seed: int = 0, **settings: Any) -> None:
        self.config = little_config(*rows, **settings)
        self.batch = Batch(self.config, seed=seed)
        self.numbers = {name: i for i, name in enumerate(self.config.action_names)}

    def do(self, *actions: str) -> list[float]:
        """One step: an action for each seat, by sign or name, those left out wait; the rewards."""
        self.batch.actions[:] = 0
        for seat, action in enumerate(actions):
            self.batch.actions[seat] = self.numbers[MOVES.get(action, action)]
        self.batch.step()
        return [float(reward) for reward in self.batch.rewards]

    def run(self, moves: str) -> list[float]:
        """Seat 0 does one move after the other; its rewards."""
        return [self.do(move)[0] for move in moves]

    def agent(self, seat: int = 0) -> dict[str, Any]:
        return self.batch.snapshot(0)["agents"][seat]

    def place(self, seat: int = 0) -> tuple[int, int]:
        agent = self.agent(seat)
        return agent["row"], agent["col"]

    def held(self, seat: int = 0) -> dict[str, int]:
        return self.agent(seat)["inventory"]

    def things(self, kind: str) -> list[dict[str, Any]]:
        return [thing for thing in self.batch.snapshot(0)["objects"] if thing["kind"] == kind]

    def stock(self, team: str) -> dict[str, int]:
        return next(t["inventory"] for t in self.batch.snapshot(0)["teams"] if t["name"] == team)

    def seat_stat(self, name: str, seat: int = 0) -> float:
        return self.batch.statistics(0)[1][seat][name]

    def stat(self, name: str) -> float:
        return self.batch.statistics(0)[0][name]


def person(count: int = 1, limit: int = 65535, **settings: Any) -> Group:
    """Agents that hold what `initial` says, `limit` of each at most."""
    initial = settings.pop("initial", {})
    limits: tuple[Limit, ...] = settings.pop("limits", ())
    return Group(
        count=count,
        inventory=Inventory(initial=initial, limits=limits, default_limit=limit),
        **settings,
    )


def box(*handlers: Handler, symbol: str = "b", **settings: Any) -> Object:
    """An object with these uses, in order, named a, b, c …"""
    return Object(symbol=symbol, on_use={chr(97 + i): h for i, h in enumerate(handlers)}, **settings)


def rule(*filters: Any, then: Any = ()) -> Handler:
    """If all filters pass: one mutation or several."""
    return Handler(filters=filters, mutations=then if isinstance(then, tuple) else (then,))


def teams(*names: str, **stock: int) -> dict[str, Team]:
    """Teams that all hold the same at the start."""
    return dict.fromkeys(names, Team(inventory=Inventory(initial=stock)))


# -- rule books that may be wrong ----------------------------------------------------------------------------


def refused(make: Callable[[], Any]) -> str:
    """The one sentence a wrong rule book is refused with."""
    with pytest.raises(ConfigError) as error:
        make()
    said = str(error.value)
    assert "\n" not in said and "Traceback" not in said
    return said


def with_agent(**settings: Any) -> Callable[[], Any]:
    return lambda: Little("@", groups={"agent": person(**settings)}, teams=teams("red", "blue"))


def with_box(*handlers: Any, **settings: Any) -> Callable[[], Any]:
    def make() -> Little:
        thing = box(*handlers, **settings)
        return Little("@b", objects={"box": thing}, teams=teams("red", "blue"))

    return make


def when(*filters: Any) -> Callable[[], Any]:
    return with_box(rule(*filters))


def event(**settings: Any) -> Callable[[], Any]:
    values: dict[str, Any] = {"start": 1, "tag": "type:agent", **settings}
    return lambda: Little("@", events={"rain": Event(**values)})
