"""From names on maps to cell codes: the one place where a scene becomes the numbers its native side reads."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AfterValidator, Field

from coterie.config import Config, ConfigError, nearest

SPAWN = 224  # grid_canvas.h: cells from here on are where agents start
BUILT_IN = {"#": "wall", ".": "empty", " ": "empty", "": "empty", "@": "agent.agent"}

Table = dict[str, Any]


def _in_order(span: tuple[int, int]) -> tuple[int, int]:
    if span[0] > span[1]:
        raise ConfigError(f"{span[0]} is above {span[1]}; a range is (low, high)")
    return span


Count = Annotated[int, Field(ge=0, le=1_000_000)]
Counts = dict[str, Count]
Weights = dict[str, Annotated[float, Field(ge=0, le=1e6)]]
Span = Annotated[
    tuple[Annotated[int, Field(ge=0, le=4000)], Annotated[int, Field(ge=0, le=4000)]],
    AfterValidator(_in_order),
]
Share = Annotated[float, Field(ge=0, le=1)]


class SceneConfig(Config):
    """Something drawn into a rectangle of the map."""

    kind: str

    @property
    def areas(self) -> tuple[str, ...]:
        """Tags of the areas it names for its children."""
        return ()

    def native(self, cells: "Cells", path: str) -> Table:
        return cells.fields(self, path)


class Cells:
    """Cell codes of every name on a map: `kinds` and `teams` are name → number, as in the game's tables."""

    def __init__(self, kinds: Mapping[str, int], teams: Mapping[str, int]) -> None:
        self.codes = {"empty": 0, **{name: 1 + i for name, i in kinds.items()}}
        self.spawns = {f"agent.{name}": SPAWN + i for name, i in teams.items()}
        if teams:
            self.spawns.setdefault("agent.agent", SPAWN + min(teams.values()))
        self.tags: dict[str, int] = {}
        self.locks: dict[str, int] = {}

    def code(self, name: str, path: str) -> int:
        """The cell of an object kind, `wall`, `empty`, `agent.<team>`, or one of the signs `#`, `.`, `@`."""
        name = BUILT_IN.get(name, name)
        table = self.codes | self.spawns
        if name not in table:
            raise ConfigError(f"{path}: nothing on this map is called '{name}'; {nearest(name, table)}")
        return table[name]

    def tag(self, name: str) -> int:
        return self.tags.setdefault(name, len(self.tags) + 1)

    def lock(self, name: str | None) -> int:
        if name is not None and len(self.locks) == 32 and name not in self.locks:
            raise ConfigError(f"lock '{name}' is one too many: a map has at most 32")
        return -1 if name is None else self.locks.setdefault(name, len(self.locks))

    def amounts(self, values: Mapping[str, float], path: str) -> list[Table]:
        """`{name: amount}` by falling code, so that agents claim their cells before objects do."""
        rows = [{"cell": self.code(name, path), "amount": float(n)} for name, n in values.items()]
        return sorted(rows, key=lambda row: -row["cell"])

    def agents(self, agents: int | Counts) -> Counts:
        """So many agents of any team, or counts by team, as counts by cell name."""
        if isinstance(agents, int):
            return {"agent.agent": agents} if agents else {}
        return {f"agent.{team}": n for team, n in agents.items()}

    def fields(self, scene: Config, path: str, leave_out: tuple[str, ...] = ()) -> Table:
        """Every field of a scene in its native form."""
        own = {
            name: self.value(field.annotation, getattr(scene, name), f"{path}.{name}")
            for name, field in type(scene).model_fields.items()
            if name not in leave_out and name != "kind"
        }
        return own | {"kind": scene.kind} if isinstance(scene, SceneConfig) else own

    def value(self, annotation: Any, value: Any, path: str) -> Any:
        """A field: a choice becomes its position, a name its cell, a dict a list, a pair a range."""
        if value is None:
            return 0
        if isinstance(value, str):
            choices = get_args(annotation) if get_origin(annotation) is Literal else ()
            return choices.index(value) if choices else self.code(value, path)
        if isinstance(value, dict):
            return self.amounts(value, path)
        if isinstance(value, Config):
            return self.fields(value, path)
        if isinstance(value, tuple):
            if len(value) == 2 and all(type(v) is int for v in value):
                return {"low": value[0], "high": value[1]}
            return [self.code(name, path) for name in value]
        return value
