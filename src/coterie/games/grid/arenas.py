"""The machina arenas: land with biomes, dungeons and strewn buildings around a team's hub."""

from math import ceil
from typing import Any, Literal

from pydantic import Field

from coterie.config import Config, choose
from coterie.games.grid.cells import SceneConfig, Weights
from coterie.games.grid.maps import MapGen
from coterie.games.grid.scenes import (
    BoundedLayout,
    Bsp,
    BspLayout,
    MakeConnected,
    Maze,
    Placement,
    RadialMaze,
    RandomScene,
    Weighted,
    over,
)
from coterie.games.grid.terrain import (
    AsteroidMask,
    BaseHub,
    BuildingDistributions,
    Caves,
    City,
    Density,
    Desert,
    Forest,
    Plains,
)

ASTEROID_SIDE = 80  # maps this large have a jagged rim
EXTRACTORS = ("carbon_extractor", "oxygen_extractor", "germanium_extractor", "silicon_extractor")
BIOMES: dict[str, SceneConfig] = {
    "caves": Caves(),
    "forest": Forest(),
    "desert": Desert(),
    "city": City(),
    "plains": Plains(),
}
MAZE = RandomScene(
    options=(
        Weighted(scene=Maze(algorithm="dfs", room_size=(3, 3)), weight=0.6),
        Weighted(scene=Maze(algorithm="kruskal", room_size=(3, 3)), weight=0.4),
    )
)
DUNGEONS: dict[str, SceneConfig] = {"maze": MAZE, "radial": RadialMaze(arms=8), "bsp": Bsp()}


class Land(Config):
    """What the land around a hub is made of; weights are per biome, dungeon and building name."""

    base_biome: str = "plains"
    biomes: Weights = {"forest": 1, "desert": 1, "city": 1, "plains": 1, "caves": 0}
    biome_share: float = Field(0.6, ge=0, le=1, description="of the biome zones that are drawn")
    biome_size: float = Field(
        0.27, gt=0, le=1, description="largest side of a biome, as a share of the map's"
    )
    dungeons: Weights = {"maze": 1, "radial": 1, "bsp": 0}
    dungeon_share: float = Field(0.5, ge=0, le=1, description="of the dungeon zones that are drawn")
    dungeon_size: float = Field(
        0.2, gt=0, le=1, description="largest side of a dungeon, as a share of the map's"
    )
    each_once: bool = Field(
        False, description="every biome and dungeon of some weight exactly once, none at random"
    )
    buildings: Weights = {"junction": 0.7, **dict.fromkeys(EXTRACTORS, 0.3)}
    density: Density = Density()
    density_by_kind: dict[str, Density] = {}
    corner_tolerance: float | None = Field(None, ge=1, description="see MakeConnected")


ARENA = Land()
SEQUENTIAL = Land(each_once=True, buildings={"junction": 0.6, **dict.fromkeys(EXTRACTORS, 0.2)})


def machina_arena(
    width: int = 50,
    height: int = 50,
    coverage: float = 0.1,
    *,
    hub: BaseHub | None = None,
    pads: int | None = None,
    land: Land = ARENA,
    **settings: Any,
) -> MapGen:
    """Land around a hub, all floor connected: the map of cogsguard's arena.

    `coverage` is the share of the area at which buildings are tried, `pads` the number of spawn cells if not
    the hub's, `settings` those of MapGen (border_width, instances, …).
    """
    hub = hub or BaseHub()
    buildings = BuildingDistributions(
        weights=land.buildings, coverage=coverage, density=land.density, density_by_kind=land.density_by_kind
    )
    layers = [
        choose("biome", land.base_biome, BIOMES),
        _zones("biome", land, width, height),
        _zones("dungeon", land, width, height),
        *([AsteroidMask()] if min(width, height) >= ASTEROID_SIDE else []),
        buildings,
        hub if pads is None else hub.replace(pads=pads),
        MakeConnected(corner_tolerance=land.corner_tolerance),
    ]
    return MapGen(width=width, height=height, instance=over(*layers), **settings)


def sequential_machina_arena(
    width: int = 88, height: int = 88, coverage: float = 0.05, *, land: Land = SEQUENTIAL, **settings: Any
) -> MapGen:
    """The map of machina_1: as `machina_arena`, but every biome and every dungeon occurs exactly once."""
    return machina_arena(width, height, coverage, land=land, **settings)


def _zones(what: Literal["biome", "dungeon"], land: Land, width: int, height: int) -> BspLayout:
    """The map cut into zones, some of which hold a biome or dungeon of bounded size somewhere within."""
    is_biome = what == "biome"
    table, weights = (BIOMES, land.biomes) if is_biome else (DUNGEONS, land.dungeons)
    size = land.biome_size if is_biome else land.dungeon_size
    area_of_zone, most = (1600 / 0.9, 48) if is_biome else (1500 / 0.9, width * height)
    count = max(3, min(most, int(width * height / area_of_zone)), ceil(1 / size))
    sides = [
        (min(10, most_here), most_here) for most_here in (_zone_side(side, size) for side in (width, height))
    ]

    def bounded(scene: SceneConfig) -> BoundedLayout:
        inner = Placement(scene=scene, where=("bounded",))
        return BoundedLayout(width=sides[0], height=sides[1], children=(inner,))

    scenes = {choose(what, name, table): weight for name, weight in weights.items() if weight > 0}
    if land.each_once:
        placed = [Placement(scene=bounded(s), where=("zone",), limit=1, lock=what) for s in scenes]
        return BspLayout(area_count=max(count, len(placed)), children=tuple(placed))
    if not scenes:
        return BspLayout(area_count=count)
    filled = max(1, round(count * (land.biome_share if is_biome else land.dungeon_share)))
    options = tuple(Weighted(scene=bounded(scene), weight=weight) for scene, weight in scenes.items())
    anything = Placement(scene=RandomScene(options=options), where=("zone",), limit=filled)
    return BspLayout(area_count=count, children=(anything,))


def _zone_side(side: int, share: float) -> int:
    return max(1, min(max(10, int(side * share)), side // 2 if share <= 0.5 else side))
