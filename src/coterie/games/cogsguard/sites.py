"""Sites: where a mission is played; generated land around a hub, or a board drawn in a file."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from coterie.config import Config, ConfigError, choose
from coterie.games.cogsguard.rewards import ELEMENTS
from coterie.games.grid.arenas import EXTRACTORS, Land, machina_arena
from coterie.games.grid.maps import Map, MapGen
from coterie.games.grid.scenes import Ascii, Layout, MakeConnected, NamedArea, Placement, Scene
from coterie.games.grid.terrain import BaseHub, Density, Plains

BOARDS = Path(__file__).parent / "maps"
GAP = 2  # cells between the halves of two teams
OPENED = 3  # cells of each half that are cleared beside the gap

Biome = Literal["caves", "city", "desert", "forest", "plains"]
Distribution = Literal["uniform", "quadrants", "corners"]

# Where the extractors of an element crowd, as shares of width and height.
QUADRANTS = {
    "carbon": (0.25, 0.25),
    "oxygen": (0.75, 0.25),
    "germanium": (0.25, 0.75),
    "silicon": (0.75, 0.75),
}


class Hub(Config):
    """The compound a team starts in."""

    size: int = Field(21, ge=13, le=101, description="cells from wall to wall")
    clearance: int = Field(3, ge=0, le=50, description="cleared cells around it")
    extractors: bool = Field(True, description="one of each element in its corners")
    chest_in_row: bool = Field(False, description="the chest stands in the row of stations")

    def scene(self, prefix: str, pad: str, pads: int) -> BaseHub:
        left, right = ("aligner", "scrambler"), ("miner", "scout")
        row = (*left, *(("chest",) if self.chest_in_row else ()), *right)
        return BaseHub(
            width=self.size,
            height=self.size,
            clearance=self.clearance,
            pads=pads,
            pad=pad,
            hub=f"{prefix}:hub",
            chest=None if self.chest_in_row else f"{prefix}:chest",
            stations=tuple(f"{prefix}:{name}" for name in row),
            missing=() if self.extractors else EXTRACTORS,
        )


class MachinaArena(Config):
    """Land with biomes, dungeons and strewn buildings around a hub; another in every episode."""

    kind: Literal["machina_arena"] = "machina_arena"
    width: int = Field(50, ge=20, le=1000, description="of a team's half, without the border")
    height: int = Field(50, ge=20, le=1000)
    border: int = Field(5, ge=0, le=50, description="cells of wall around it all; 1 where two teams meet")
    coverage: float = Field(0.1, ge=0, le=1, description="share of the land where buildings are tried")
    pads: int = Field(20, ge=1, le=64, description="spawn pads of a team")
    biome: Biome | None = Field(None, description="the only one; none = all but caves")
    dungeons: bool = True
    sequential: bool = Field(False, description="each biome and dungeon exactly once")
    distribution: Distribution = "uniform"
    weights: dict[str, float] | None = Field(None, description="of building kinds; none = those of the arena")
    corner_tolerance: float | None = Field(None, ge=1, description="how unlike ways to the corners may be")
    hub: Hub = Hub()

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        needed = self.hub.size + 2 * self.hub.clearance
        if min(self.width, self.height) < needed:
            raise ConfigError(
                f"{self.width}x{self.height} has no room for the hub, which needs {needed} a side"
            )
        return self

    @property
    def title(self) -> str:
        return f"an arena of {self.width}x{self.height}"

    def map(self, teams: dict[str, str]) -> Map:
        """The map on which each team (name → prefix of its objects) has a hub of its own."""
        halves = [self.half(prefix, pad) for prefix, pad in spawns(teams).items()]
        if len(halves) == 1:
            return halves[0].replace(border_width=self.border)
        return side_by_side([half.instance for half in halves], (self.width, self.height), clear=True)

    def half(self, prefix: str, pad: str) -> MapGen:
        hub = self.hub.scene(prefix, pad, self.pads)
        return machina_arena(self.width, self.height, self.coverage, hub=hub, land=self.land())

    def land(self) -> Land:
        junctions, extractors = (0.6, 0.2) if self.sequential else (0.7, 0.3)
        plain = {"junction": junctions, **dict.fromkeys(EXTRACTORS, extractors)}
        land = Land(
            each_once=self.sequential,
            buildings=self.weights or plain,
            corner_tolerance=self.corner_tolerance,
        )
        if self.biome:
            # A city is one zone that fills the land; the others are their own ground.
            size = 0.95 if self.biome == "city" else land.biome_size
            land = land.replace(base_biome=self.biome, biomes={self.biome: 1}, biome_size=size)
        if not self.dungeons:
            land = land.replace(dungeons={})
        if self.distribution == "corners":
            ends = Density(shape="bimodal", x=0.1, y=0.1, second_x=0.9, second_y=0.9, spread=0.08)
            land = land.replace(density=ends)
        if self.distribution == "quadrants":
            land = land.replace(density_by_kind=quadrants())
        return land


class Board(Config):
    """A map drawn in a file of the folder `maps`; the same in every episode, but for who starts where."""

    kind: Literal["board"] = "board"
    name: str
    border: int = Field(0, ge=0, le=50, description="cells of wall around the drawing")

    @model_validator(mode="after")
    def _is_drawn(self) -> Self:
        drawing(self.name)
        return self

    @property
    def title(self) -> str:
        return f"the board {self.name}"

    @property
    def pads(self) -> int:
        """Spawn pads of a team."""
        return sum(row.count("@") for row in drawing(self.name))

    def map(self, teams: dict[str, str]) -> Map:
        """The map on which each team (name → prefix of its objects) has the whole drawing for itself."""
        halves = [
            Ascii(map_data=drawing(self.name), legend=legend(p, pad)) for p, pad in spawns(teams).items()
        ]
        if len(halves) == 1:
            return MapGen(border_width=self.border, instance=halves[0])
        return side_by_side(halves, (halves[0].width, halves[0].height), clear=False)


Site = Annotated[MachinaArena | Board, Field(discriminator="kind")]


@cache
def drawing(name: str) -> tuple[str, ...]:
    """The rows of a board."""
    path = choose("board", name, {path.stem: path for path in sorted(BOARDS.glob("*.txt"))})
    return tuple(path.read_text(encoding="utf-8").splitlines())


def legend(prefix: str, pad: str) -> dict[str, str]:
    """What the letters of a board mean; they are the symbols that worlds are drawn with."""
    team = {"H": "hub", "C": "chest", "A": "aligner", "S": "scrambler", "M": "miner", "O": "scout"}
    return {
        "@": pad,
        "J": "junction",
        **{element[0]: f"{element}_extractor" for element in ELEMENTS},
        **{letter: f"{prefix}:{name}" for letter, name in team.items()},
    }


def spawns(teams: dict[str, str]) -> dict[str, str]:
    """Prefix of a team's objects → name of the cells where its agents start."""
    return {p: "agent.agent" if len(teams) == 1 else f"agent.{team}" for team, p in teams.items()}


def quadrants() -> dict[str, Density]:
    return {
        f"{element}_extractor": Density(shape="normal", x=x, y=y, spread=0.18)
        for element, (x, y) in QUADRANTS.items()
    }


def side_by_side(halves: Sequence[Scene], size: tuple[int, int], *, clear: bool) -> MapGen:
    """One half for each team; between them open ground (or at least a way), around them a wall."""
    width, height = size
    named = [NamedArea(tag=f"half_{i}", x=i * (width + GAP), width=width, height=height) for i in (0, 1)]
    children = [Placement(scene=half, where=(f"half_{i}",)) for i, half in enumerate(halves)]
    if clear:
        strip = NamedArea(tag="strip", x=width - OPENED, width=GAP + 2 * OPENED, height=height)
        named.append(strip)
        children.append(Placement(scene=Plains(probability=0), where=("strip",)))
    children.append(Placement(scene=MakeConnected()))
    instance = Layout(named=tuple(named), children=tuple(children))
    return MapGen(width=2 * width + GAP, height=height, border_width=1, instance=instance)
