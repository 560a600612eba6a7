"""Terrain and buildings: the scenes that draw rock, biomes, the team's hub, and buildings over the land."""

from typing import Literal, Self

from pydantic import Field, model_validator

from coterie.config import Config, ConfigError, nearest
from coterie.games.grid.cells import Cells, Counts, SceneConfig, Share, Span, Table, Weights


class Dither(Config):
    """Near its edge a biome lets some cells of what was there show through."""

    probability: Share = 0.15
    depth: int = Field(5, ge=0, le=100, description="cells from the edge")


class Biome(SceneConfig):
    """A texture of wall and floor over its whole area."""

    dither: Dither | None = None

    def native(self, cells: Cells, path: str) -> Table:
        dither = self.dither or Dither(probability=0, depth=0)
        return cells.fields(self, path, leave_out=("dither",)) | {"dither": dither.model_dump()}


class Caves(Biome):
    """Caves by cellular automaton: noise of density `fill`, smoothed."""

    kind: Literal["biome_caves"] = "biome_caves"
    fill: Share = 0.4
    steps: int = Field(3, ge=0, le=20)
    birth: int = Field(5, ge=0, le=9, description="walls around a floor cell that turn it into wall")
    death: int = Field(3, ge=0, le=9, description="a wall with fewer walls around it becomes floor")


class City(Biome):
    """Blocks between roads."""

    kind: Literal["biome_city"] = "biome_city"
    pitch: int = Field(10, ge=1, le=100, description="cells from block to block")
    road: int = Field(3, ge=0, le=100, description="cells between lots")
    jitter: int = Field(1, ge=0, le=20, description="cells a block may be off its place")
    probability: Share = Field(0.9, description="of a lot to be built on")
    block_fill: Share = Field(0.5, description="least share of a lot's side that a block takes")


class Desert(Biome):
    """Dunes: parallel ridges with gaps."""

    kind: Literal["biome_desert"] = "biome_desert"
    period: float = Field(8, ge=1, le=200, description="cells from ridge to ridge")
    ridge_width: float = Field(1, ge=0, le=100)
    angle: float = Field(45, ge=-360, le=360, description="of the way across the ridges, degrees")
    noise: Share = Field(0.1, description="of a ridge cell to be a gap")


class Forest(Biome):
    """Trees that grow from seeds; thin growth dies."""

    kind: Literal["biome_forest"] = "biome_forest"
    seeds: Share = 0.03
    growth: Share = Field(0.5, description="of a cell next to a tree to become one, each pass")
    passes: int = Field(2, ge=0, le=20)
    threshold: int = Field(3, ge=0, le=9, description="a tree with fewer around it dies at the end")


class Plains(Biome):
    """Open country with clusters of rock."""

    kind: Literal["biome_plains"] = "biome_plains"
    period: int = Field(7, ge=1, le=200, description="cells from cluster to cluster")
    jitter: int = Field(2, ge=0, le=50)
    radius: Span = (0, 2)
    fill: Share = 0.7
    probability: Share = Field(0.8, description="of a cluster to be there")


class AsteroidMask(SceneConfig):
    """A jagged rim: triangles of rock pointing inwards."""

    kind: Literal["asteroid_mask"] = "asteroid_mask"
    spacing: int = Field(3, ge=1, le=1000)
    depth: Span = (2, 8)
    reach: Span = Field((2, 6), description="cells to each side of a triangle's middle, at the rim")
    probability: Share = 0.6


TERRAIN: dict[str, dict[str, tuple[int, int]]] = {
    "all-sparse": dict.fromkeys(
        ("large_blobs", "small_blobs", "crosses", "labyrinths", "blocks", "single_walls"), (0, 2)
    ),
    "balanced": {
        **dict.fromkeys(("large_blobs", "small_blobs", "crosses", "labyrinths", "blocks"), (3, 7)),
        "single_walls": (10, 20),
    },
    "dense": {
        **dict.fromkeys(("large_blobs", "small_blobs", "crosses", "labyrinths", "blocks"), (8, 15)),
        "single_walls": (40, 60),
    },
    "maze": {
        **dict.fromkeys(("large_blobs", "small_blobs", "crosses", "blocks", "single_walls"), (0, 2)),
        "labyrinths": (10, 20),
    },
    "cylinder-world": {"cylinders": (20, 40)},
}
OBSTACLES = ("large_blobs", "small_blobs", "crosses", "labyrinths", "blocks", "single_walls", "cylinders")


class VariedTerrain(SceneConfig):
    """Free-standing obstacles of several shapes, objects and agents among them; floor is never cut in two."""

    kind: Literal["varied_terrain"] = "varied_terrain"
    style: Literal["all-sparse", "balanced", "dense", "maze", "cylinder-world"] = "balanced"
    objects: Counts = {}
    agents: int | Counts = 0

    def native(self, cells: Cells, path: str) -> Table:
        numbers = {name: TERRAIN[self.style].get(name, (0, 0)) for name in OBSTACLES}
        return {
            "kind": self.kind,
            "objects": cells.amounts(cells.agents(self.agents) | self.objects, path),
            **{name: {"low": low, "high": high} for name, (low, high) in numbers.items()},
        }


class BaseHub(SceneConfig):
    """The team's compound in the middle of its area; names in `missing` are not built, nor is None."""

    kind: Literal["base_hub"] = "base_hub"
    width: int = Field(21, ge=7, le=101)
    height: int = Field(21, ge=7, le=101)
    clearance: int = Field(3, ge=0, le=100, description="cleared cells around the walls")
    pads: int = Field(20, ge=0, le=1024, description="spawn cells")
    hub: str | None = "c:hub"
    junction: str | None = "junction"
    chest: str | None = "c:chest"
    pad: str = "agent.agent"
    stations: tuple[str, ...] = Field(("c:aligner", "c:scrambler", "c:miner", "c:scout"), max_length=9)
    corners: tuple[str | None, str | None, str | None, str | None] = (
        "carbon_extractor",
        "oxygen_extractor",
        "germanium_extractor",
        "silicon_extractor",
    )
    missing: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        rows, columns = (13 if self.stations else 7), 2 * len(self.stations) + 1
        if self.height < rows or self.width < columns:
            raise ConfigError(
                f"a hub of {self.width}x{self.height} has no room for {len(self.stations)} stations in a row "
                f"below its middle; {max(columns, self.width)}x{max(rows, self.height)} has"
            )
        built = [
            name for name in (self.hub, self.junction, self.chest, *self.stations, *self.corners) if name
        ]
        for name in self.missing:
            if name not in built:
                raise ConfigError(f"missing: the hub has no '{name}' to leave out; {nearest(name, built)}")
        return self

    def native(self, cells: Cells, path: str) -> Table:
        def code(name: str | None) -> int:
            return 0 if name is None or name in self.missing else cells.code(name, path)

        return cells.fields(
            self, path, leave_out=("missing", "stations", "corners", "hub", "junction", "chest")
        ) | {
            "hub": code(self.hub),
            "junction": code(self.junction),
            "chest": code(self.chest),
            "stations": [code(name) for name in self.stations],
            "corners": [code(name) for name in self.corners],
        }


class Density(Config):
    """How likely a building stands where; x and y are shares of the area's width and height.

    uniform; normal around (x, y); exponential, falling off from (x, y); poisson with mean (x, y);
    bimodal: normal around (x, y) or around (second_x, second_y).
    """

    shape: Literal["uniform", "normal", "exponential", "poisson", "bimodal"] = "uniform"
    x: Share = 0.5
    y: Share = 0.5
    spread: float = Field(0.2, ge=0, le=10, description="standard deviation, or mean distance of exponential")
    second_x: Share = 0.5
    second_y: Share = 0.5


class BuildingDistributions(SceneConfig):
    """Buildings of weighted kinds, none within `distance` of another; each clears its 3×3 neighbourhood."""

    kind: Literal["building_distributions"] = "building_distributions"
    weights: Weights = Field(min_length=1)
    coverage: Share = Field(0.1, description="tries, as a share of the area inside its rim")
    distance: int = Field(1, ge=0, le=100)
    density: Density = Density()
    density_by_kind: dict[str, Density] = {}

    def native(self, cells: Cells, path: str) -> Table:
        own = [
            {"cell": cells.code(name, path), "density": cells.fields(density, path)}
            for name, density in self.density_by_kind.items()
        ]
        return cells.fields(self, path, leave_out=("density_by_kind",)) | {"density_by_kind": own}


ROCK = {"no-terrain": 0.0, "sparse": 0.05, "balanced": 0.12, "dense": 0.25}


class PerimeterInContext(SceneConfig):
    """A room of random size with one building of each name along its walls and the agent in its centre."""

    kind: Literal["perimeter_incontext"] = "perimeter_incontext"
    width: Span = (5, 10)
    height: Span = (5, 10)
    objects: tuple[str, ...] = Field((), max_length=200)
    agent: str = "agent.agent"
    terrain: Literal["no-terrain", "sparse", "balanced", "dense"] = "no-terrain"

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        width, height = self.width[0], self.height[0]
        if width < 3 or height < 3 or 2 * (width + height) - 8 < len(self.objects):
            raise ConfigError(
                f"a room of {width}x{height} has {max(0, 2 * (width + height) - 8)} places along its "
                f"walls for {len(self.objects)} buildings; it needs 3x3 at least and a place for each"
            )
        return self

    def native(self, cells: Cells, path: str) -> Table:
        return cells.fields(self, path) | {"terrain": ROCK[self.terrain]}
