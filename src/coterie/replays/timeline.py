"""Timeline: what was to be seen in an episode, whoever recorded it: things whose fields change over steps."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

# Changes in order: (step, value). A value holds until the next; before the first the field has its default.
Series = list[tuple[int, Any]]
Thing = dict[str, Series]


@dataclass(slots=True)
class Timeline:
    """Steps 0 … steps - 1 of a map; step k is the state after k + 1 ticks, as replays of version 3 count.

    `things` are in the order of their first appearance, each a series for every field of the format
    (specs: grid-and-cogsguard §6.2). `collective_inventory` has a series for each of `collective_names`.
    `problems` says of what was read what could not be.
    """

    steps: int
    width: int
    height: int
    num_agents: int
    action_names: list[str]
    item_names: list[str]
    type_names: list[str]
    things: list[Thing]
    config: dict[str, Any] = field(default_factory=dict)
    collective_names: list[str] = field(default_factory=list)
    collective_inventory: list[Series] = field(default_factory=list)
    interface: dict[str, Any] = field(default_factory=dict)
    infos: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    problems: list[str] = field(default_factory=list)

    def agents(self) -> list[Thing]:
        """The things that are agents, by their number."""
        own = [thing for thing in self.things if at(thing.get("is_agent", []), self.steps, False)]
        return sorted(own, key=lambda thing: whole(at(thing.get("agent_id", []), self.steps)))

    def look(self, thing: Thing, step: int) -> dict[str, Any]:
        """All fields of a thing at a step; a field that is not yet there is left out."""
        values = {name: at(series, step) for name, series in thing.items()}
        return {name: value for name, value in values.items() if value is not None}


def at(series: Series, step: int, default: Any = None) -> Any:
    """The value a field has at a step."""
    index = bisect_right(series, step, key=lambda change: change[0])
    return series[index - 1][1] if index else default


def whole(value: Any) -> int:
    """A whole number that another program wrote; 0 if it wrote something else there."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


class Chronicle:
    """Things under observation: a value is noted when it is another than the last."""

    def __init__(self) -> None:
        self.things: dict[Any, Thing] = {}
        self.last: dict[Any, dict[str, Any]] = {}

    def note(self, key: Any, step: int, values: dict[str, Any]) -> None:
        """The fields of one thing at a step; one first seen later than step 0 began with the default."""
        thing = self.things.get(key)
        if thing is None:
            before = [(0, 0)] if step else []
            self.things[key] = {name: [*before, (step, value)] for name, value in values.items()}
            self.last[key] = dict(values)
            return
        last = self.last[key]
        if values == last:
            return
        for name, value in values.items():
            if name not in last:
                thing[name] = [(0, 0), (step, value)] if step else [(step, value)]
            elif last[name] != value:
                thing[name].append((step, value))
        last.update(values)

    def vanish(self, key: Any, step: int) -> None:
        """The thing is gone from the map."""
        self.note(key, step, {"alive": False})
        if self.things[key]["alive"][0] == (0, 0):
            self.things[key]["alive"][0] = (0, True)
