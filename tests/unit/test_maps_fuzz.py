"""Maps of random scenes with random numbers, mostly silly ones: all are drawn in full, or refused."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from unit.map_drawing import Drawer

from coterie.config import ConfigError
from coterie.games.grid.maps import MapGen
from coterie.games.grid.scenes import (
    Ascii,
    BoundedLayout,
    Bsp,
    BspLayout,
    Layout,
    MakeConnected,
    Maze,
    MeanDistance,
    Mirror,
    MultiLeftAndRight,
    NamedArea,
    Placement,
    RadialMaze,
    Random,
    RandomObjects,
    RandomScene,
    RemoveAgents,
    RoomGrid,
    SceneConfig,
    Spiral,
    Weighted,
)
from coterie.games.grid.terrain import (
    AsteroidMask,
    BaseHub,
    BuildingDistributions,
    Caves,
    City,
    Density,
    Desert,
    Dither,
    Forest,
    PerimeterInContext,
    Plains,
    VariedTerrain,
)

NAMES = ("wall", "altar", "mine", "empty", "agent.agent", "agent.cogs")


@pytest.fixture(scope="session")
def drawer(request: pytest.FixtureRequest) -> Drawer:
    return Drawer(request.config.cache.mkdir("map_driver"), ("wall", "altar", "mine"), ("cogs", "clips"))


class Dice(random.Random):
    """Random values for fields of scenes."""

    def span(self, top: int) -> tuple[int, int]:
        low = self.choice((0, 1, self.randint(0, top)))
        return low, low + self.choice((0, self.randint(0, top)))

    def number(self, low: int, top: int) -> int:
        return self.choice((low, low + 1, self.randint(low, top)))

    def share(self) -> float:
        return self.choice((0.0, 1.0, self.random()))

    def name(self) -> str:
        return self.choice(NAMES)

    def counts(self) -> dict[str, int]:
        return {self.name(): self.number(0, 60) for _ in range(self.randint(0, 3))}

    def dither(self) -> Dither | None:
        return self.choice((None, Dither(), Dither(probability=self.share(), depth=self.number(0, 30))))

    def density(self) -> Density:
        shapes: tuple[Any, ...] = ("uniform", "normal", "exponential", "poisson", "bimodal")
        return Density(
            shape=self.choice(shapes), x=self.share(), y=self.share(), spread=self.choice((0, 0.1, 10))
        )

    def children(self, depth: int, *tags: str) -> tuple[Placement, ...]:
        def child() -> Placement:
            return Placement(
                scene=any_scene(self, depth - 1),
                where=self.choice(("full", tags, tags[:1])),
                limit=self.choice((None, 0, 1, 5)),
                order_by=self.choice(("random", "first", "last")),
                lock=self.choice((None, "a", "b")),
            )

        return tuple(child() for _ in range(self.randint(0, 3))) if depth > 0 else ()


PARENTS: tuple[Callable[[Dice, int], SceneConfig], ...] = (
    lambda d, n: Layout(
        named=tuple(
            NamedArea(
                tag="a", x=d.number(0, 50), y=d.number(0, 50), width=d.number(1, 50), height=d.number(1, 50)
            )
            for _ in range(d.randint(1, 3))
        ),
        children=d.children(n, "a"),
    ),
    lambda d, n: BoundedLayout(
        width=d.span(40), height=d.span(40), is_centred=d.random() < 0.5, children=d.children(n, "bounded")
    ),
    lambda d, n: RoomGrid(
        rows=d.number(1, 9),
        columns=d.number(1, 9),
        border_width=d.number(0, 6),
        children=d.children(n, "room"),
    ),
    lambda d, n: Bsp(
        rooms=d.number(1, 40),
        min_room_size=d.number(1, 9),
        min_room_ratio=d.share(),
        max_room_ratio=d.share(),
        children=d.children(n, "room"),
    ),
    lambda d, n: BspLayout(
        area_count=d.number(1, 60), smallest=d.number(1, 9), children=d.children(n, "zone")
    ),
    lambda d, n: RadialMaze(
        arms=d.number(1, 20),
        arm_width=d.number(1, 12),
        arm_length=d.choice((None, d.number(1, 60))),
        children=d.children(n, "end", "centre"),
    ),
    lambda d, n: RandomScene(
        options=tuple(Weighted(scene=any_scene(d, n - 1)) for _ in range(d.randint(1, 3)))
    ),
    lambda d, n: Mirror(axis=d.choice(("horizontal", "vertical", "x4")), scene=any_scene(d, n - 1)),
)
LEAVES: tuple[Callable[[Dice], SceneConfig], ...] = (
    lambda d: Maze(algorithm=d.choice(("kruskal", "dfs")), room_size=d.span(5), wall_size=d.span(5)),
    lambda d: MakeConnected(
        floor_cost=d.number(1, 100), wall_cost=d.number(1, 100), corner_tolerance=d.choice((None, 1, 1.5))
    ),
    lambda d: Random(objects=d.counts(), agents=d.number(0, 9)),
    lambda d: RandomObjects(fractions={d.name(): d.share()}),
    lambda d: Spiral(
        objects=d.counts(), agents=d.number(0, 9), spacing=d.uniform(0.5, 9), turn=d.uniform(0.5, 9)
    ),
    lambda d: MeanDistance(
        mean_distance=d.number(0, 99), objects=d.counts(), agents={"clips": d.number(0, 3)}
    ),
    lambda d: MultiLeftAndRight(
        rows=d.number(1, 6), columns=d.number(1, 6), total=d.number(0, 20), ratio=d.share(), object=d.name()
    ),
    lambda d: RemoveAgents(),
    lambda d: Ascii(map_data=("#.@a",) * d.number(1, 30), legend={"a": "altar"}),
    lambda d: Caves(
        fill=d.share(), steps=d.number(0, 9), birth=d.number(0, 8), death=d.number(0, 8), dither=d.dither()
    ),
    lambda d: City(
        pitch=d.number(1, 30),
        road=d.number(0, 40),
        jitter=d.number(0, 19),
        block_fill=d.share(),
        dither=d.dither(),
    ),
    lambda d: Desert(
        period=d.uniform(1, 99), ridge_width=d.uniform(0, 99), angle=d.uniform(-360, 360), noise=d.share()
    ),
    lambda d: Forest(seeds=d.share(), growth=d.share(), passes=d.number(0, 5), threshold=d.number(0, 8)),
    lambda d: Plains(
        period=d.number(1, 30), jitter=d.number(0, 40), radius=d.span(9), fill=d.share(), dither=d.dither()
    ),
    lambda d: AsteroidMask(
        spacing=d.number(1, 20), depth=d.span(30), reach=d.span(30), probability=d.share()
    ),
    lambda d: VariedTerrain(
        style=d.choice(("all-sparse", "balanced", "dense", "maze", "cylinder-world")), objects=d.counts()
    ),
    lambda d: BaseHub(
        width=d.number(9, 40),
        height=d.number(13, 40),
        clearance=d.number(0, 50),
        pads=d.number(0, 60),
        hub="altar",
        junction=d.choice((None, "mine")),
        chest=None,
        stations=d.choice(((), ("mine",) * 4)),
        corners=(None, "mine", "altar", None),
    ),
    lambda d: BuildingDistributions(
        weights={d.name(): d.share()},
        coverage=d.share(),
        distance=d.number(0, 9),
        density=d.density(),
        density_by_kind={d.name(): d.density()},
    ),
    lambda d: PerimeterInContext(
        width=(3, d.number(3, 60)),
        height=(3, d.number(3, 60)),
        objects=("altar", "mine"),
        terrain=d.choice(("no-terrain", "sparse", "balanced", "dense")),
    ),
)


def any_scene(dice: Dice, depth: int) -> SceneConfig:
    if depth > 0 and dice.random() < 0.6:
        return dice.choice(PARENTS)(dice, depth)
    return dice.choice(LEAVES)(dice)


def any_map(dice: Dice) -> MapGen:
    return MapGen(
        width=dice.number(1, 64),
        height=dice.number(1, 64),
        border_width=dice.number(0, 6),
        instances=dice.number(1, 6),
        instance_border_width=dice.number(0, 4),
        instance_border_clear_radius=dice.number(0, 9),
        set_team_by_instance=dice.random() < 0.5,
        instance=any_scene(dice, 3),
    )


def test_any_map_is_drawn(drawer: Drawer) -> None:
    dice, wanted, sizes = Dice(7), [], []
    for seed in range(600):
        try:
            drawn = any_map(dice)
        except ConfigError:
            continue
        sizes.append(drawn.size)
        wanted.append((seed, drawn.native(drawer.kinds, drawer.teams)))
    assert len(wanted) > 500
    for rows, (width, height) in zip(drawer.draw_all(wanted), sizes, strict=True):
        assert (len(rows[0]), len(rows)) == (width, height)
