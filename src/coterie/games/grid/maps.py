"""Maps: one scene in one or several instances (MapGen), a fixed drawing (AsciiMap), drawings in files."""

from collections.abc import Mapping
from math import ceil, isqrt
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from coterie.config import Config, ConfigError
from coterie.games.grid.cells import SPAWN, Cells
from coterie.games.grid.scenes import Ascii, Scene, node

LARGEST = 4_000_000  # cells of a map


class MapGen(Config):
    """`instances` drawings of one scene in a near-square grid, walls between and around them."""

    kind: Literal["mapgen"] = "mapgen"
    width: int | None = Field(
        None, ge=1, le=4000, description="of an instance; none = that of the drawing it is"
    )
    height: int | None = Field(
        None, ge=1, le=4000, description="of an instance; none = that of the drawing it is"
    )
    border_width: int = Field(5, ge=0, le=100)
    instances: int = Field(1, ge=1, le=1024)
    instance_border_width: int = Field(5, ge=0, le=100)
    instance_border_clear_radius: int = Field(
        0,
        ge=0,
        le=100,
        description="borders between instances are opened, and walls so many cells into each; 0 = none",
    )
    set_team_by_instance: bool = Field(
        False, description="agents of each instance belong to one team, in turn"
    )
    instance: Scene

    @model_validator(mode="after")
    def _has_a_size(self) -> Self:
        if not isinstance(self.instance, Ascii) and (self.width is None or self.height is None):
            raise ConfigError(
                f"width and height: a {self.instance.kind} has no size of its own, so both are needed"
            )
        if self.size[0] * self.size[1] > LARGEST:
            raise ConfigError(f"a map of {self.size[0]}x{self.size[1]} is above {LARGEST} cells")
        return self

    @property
    def instance_size(self) -> tuple[int, int]:
        """Width and height of an instance."""
        drawing = self.instance if isinstance(self.instance, Ascii) else None
        return self.width or (drawing.width if drawing else 1), self.height or (
            drawing.height if drawing else 1
        )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the whole map, borders included."""
        columns = isqrt(self.instances - 1) + 1
        counts = columns, ceil(self.instances / columns)
        borders = [2 * self.border_width + (n - 1) * self.instance_border_width for n in counts]
        width, height = (n * side + b for n, side, b in zip(counts, self.instance_size, borders, strict=True))
        return width, height

    def native(self, kinds: Mapping[str, int], teams: Mapping[str, int]) -> dict[str, Any]:
        """The values the native map drawer reads; `kinds` and `teams` are name → number."""
        cells = Cells(kinds, teams)
        width, height = self.instance_size
        is_all_drawn = isinstance(self.instance, Ascii) and self.size == self.instance_size
        return {
            "width": width,
            "height": height,
            "border_width": self.border_width,
            "instances": self.instances,
            "instance_border_width": self.instance_border_width,
            "instance_border_clear_radius": self.instance_border_clear_radius,
            "wall": cells.codes.get("wall", 0) if is_all_drawn else cells.code("wall", "map"),
            "teams": sorted(SPAWN + team for team in teams.values()) if self.set_team_by_instance else [],
            "instance": node(self.instance, cells, "map"),
        }


class AsciiMap(Config):
    """The same map in every episode: a character a cell, named by the legend or `#`, `.`, `@` or blank."""

    kind: Literal["ascii_map"] = "ascii_map"
    map_data: tuple[str, ...] = Field(min_length=1, max_length=4000)
    legend: dict[str, str] = {}

    @model_validator(mode="after")
    def _is_drawn(self) -> Self:
        self.as_mapgen()
        return self

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the map."""
        return len(self.map_data[0]), len(self.map_data)

    def as_mapgen(self, **settings: Any) -> MapGen:
        """The drawing as an instance of a MapGen, by itself or several times (`instances=4`)."""
        values: dict[str, Any] = {"border_width": 0, **settings}
        return MapGen(instance=Ascii(map_data=self.map_data, legend=self.legend), **values)

    def native(self, kinds: Mapping[str, int], teams: Mapping[str, int]) -> dict[str, Any]:
        """The values the native map drawer reads; `kinds` and `teams` are name → number."""
        return self.as_mapgen().native(kinds, teams)


Map = Annotated[MapGen | AsciiMap, Field(discriminator="kind")]


def load_map(path: Path | str) -> AsciiMap:
    """A map drawn in a text file: a line `legend`, lines `<character> <name>`, a line `map`, the drawing.

    `#` wall, `.` empty and `@` agent.agent need no line in the legend. What is wrong is one ConfigError that
    names the file and line.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        lines = data.decode().replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    except UnicodeDecodeError as error:
        raise _wrong(path, data.count(b"\n", 0, error.start) + 1, "this is not text in UTF-8") from None
    while lines and not lines[-1].strip():
        lines.pop()
    legend, first = _read_legend(path, lines)
    rows = lines[first:]
    _check_drawing(path, rows, first, {"#", ".", " ", "@", *legend})
    return AsciiMap(map_data=tuple(rows), legend=legend)


def _wrong(path: Path, line: int, what: str) -> ConfigError:
    return ConfigError(f"{path}:{line}: {what}")


def _read_legend(path: Path, lines: list[str]) -> tuple[dict[str, str], int]:
    """The legend, and the index of the drawing's first line."""
    legend: dict[str, str] = {}
    if not lines or lines[0].strip() not in ("legend", "map"):
        raise _wrong(path, 1, "a map file starts with a line 'legend' or 'map'")
    if lines[0].strip() == "map":
        return legend, 1
    for i, line in enumerate(lines[1:], start=1):
        words = line.split()
        if words == ["map"]:
            return legend, i + 1
        if not words:
            continue
        if len(words) != 2 or len(words[0]) != 1:
            raise _wrong(
                path, i + 1, f"{line[:40]!r} is not '<character> <name>', nor 'map' before the drawing"
            )
        if words[0] in legend:
            raise _wrong(path, i + 1, f"the legend names {words[0]!r} twice")
        legend[words[0]] = words[1]
    raise _wrong(path, len(lines), "the legend is not followed by a line 'map' and a drawing")


def _check_drawing(path: Path, rows: list[str], first: int, known: set[str]) -> None:
    if not rows:
        raise _wrong(path, first, "no drawing follows")
    if len(rows) > 4000 or len(rows) * len(rows[0]) > LARGEST:
        raise _wrong(path, first + 1, f"a drawing of {len(rows[0])}x{len(rows)} is too large")
    for i, row in enumerate(rows, start=first + 1):
        if not row or len(row) != len(rows[0]):
            raise _wrong(path, i, f"this row has {len(row)} cells, the first has {len(rows[0])}")
        for sign in row:
            if sign not in known:
                raise _wrong(
                    path, i, f"{sign!r} is not in the legend, which has {' '.join(sorted(known - {' '}))}"
                )
