"""Maps: what scenes draw, that it is the same for the same seed, and what is refused."""

from statistics import mean
from typing import Any

import pytest
from unit.map_drawing import Drawer, counts, distances, is_connected, is_floor, places

from coterie.config import ConfigError
from coterie.games.grid.arenas import ARENA, EXTRACTORS, machina_arena, sequential_machina_arena
from coterie.games.grid.maps import AsciiMap, MapGen
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
    over,
)
from coterie.games.grid.terrain import (
    BaseHub,
    BuildingDistributions,
    Caves,
    Density,
    PerimeterInContext,
    VariedTerrain,
)

STATIONS = ("c:aligner", "c:scrambler", "c:miner", "c:scout")
KINDS = ("wall", "junction", *EXTRACTORS, "c:hub", "c:chest", *STATIONS, "altar", "mine")
SEEDS = range(20)


@pytest.fixture(scope="session")
def drawer(request: pytest.FixtureRequest) -> Drawer:
    return Drawer(request.config.cache.mkdir("map_driver"), KINDS, ("cogs", "clips"))


def plain(scene: SceneConfig, width: int = 20, height: int = 15, **settings: Any) -> MapGen:
    """A map that is the scene and nothing else."""
    values: dict[str, Any] = {"width": width, "height": height, "border_width": 0, **settings}
    return MapGen(instance=scene, **values)


# Measured on the reference over 20 seeds: (mean, lowest, highest) of each kind; mean walls and floor.
MEASURED = {
    machina_arena: (
        {
            "junction": (40.4, 28, 52),
            "carbon_extractor": (16.6, 11, 21),
            "oxygen_extractor": (17.9, 10, 22),
            "germanium_extractor": (19.7, 15, 30),
            "silicon_extractor": (17.9, 11, 25),
        },
        {"wall": 1231, "empty": 2231},
    ),
    sequential_machina_arena: (
        {
            "junction": (118, 107, 128),
            "carbon_extractor": (38.7, 30, 47),
            "oxygen_extractor": (40.1, 33, 56),
            "germanium_extractor": (39.6, 33, 46),
            "silicon_extractor": (38.9, 23, 48),
        },
        {"wall": 3256, "empty": 6046},
    ),
}


@pytest.mark.parametrize("arena", MEASURED)
def test_an_arena_holds_what_was_measured(drawer: Drawer, arena: Any) -> None:
    objects, land = MEASURED[arena]
    drawn = [counts(rows) for rows in drawer.draw(arena(), SEEDS)]
    for name, (average, low, high) in objects.items():
        found = [c[name] for c in drawn]
        # Counts scatter by about the root of their mean, and both means are of 20 draws.
        assert abs(mean(found) - average) < 4 * (2 * average / len(SEEDS)) ** 0.5, name
        assert low <= mean(found) <= high, name
        assert min(found) > average - 4 * average**0.5 and max(found) < average + 4 * average**0.5, name
    for name, average in land.items():
        assert mean(c[name] for c in drawn) == pytest.approx(average, rel=0.03), name
    for c in drawn:
        assert c["agent.cogs"] == 20
        assert all(c[name] == 1 for name in ("c:hub", "c:chest", *STATIONS))


@pytest.mark.parametrize("arena", MEASURED)
def test_all_floor_of_an_arena_is_connected(drawer: Drawer, arena: Any) -> None:
    assert all(is_connected(rows) for rows in drawer.draw(arena(), SEEDS))


def test_sizes_count_borders() -> None:
    assert machina_arena().size == (60, 60)
    assert sequential_machina_arena().size == (98, 98)
    quarters = plain(Random(), 25, 25, instances=4, border_width=6, instance_border_width=0)
    assert quarters.size == (62, 62)
    assert plain(Random(), 50, 50, instances=2, border_width=1, instance_border_width=2).size == (104, 52)


def test_a_seed_is_a_map(drawer: Drawer) -> None:
    arena = machina_arena()
    first, again, other = drawer.draw(arena, (5, 5, 6))
    assert first == again != other


def test_the_hub_stands_as_surveyed(drawer: Drawer) -> None:
    (rows,) = drawer.draw(plain(BaseHub(), 27, 27))
    middle = 13  # of 27: the block is 21 with a ring of 3
    around = {name: [(r - middle, c - middle) for r, c in places(rows, name)] for name in KINDS}
    assert around["c:hub"] == [(0, 0)]
    assert around["junction"] == [(-3, 0)]
    assert around["c:chest"] == [(3, 0)]
    assert [around[name] for name in STATIONS] == [[(5, -3)], [(5, -1)], [(5, 1)], [(5, 3)]]
    assert [around[name] for name in EXTRACTORS] == [[(-8, -8)], [(-8, 8)], [(8, -8)], [(8, 8)]]
    outline = {(r, c) for r in range(-10, 11) for c in range(-10, 11) if max(abs(r), abs(c)) == 10}
    gates = {(r, c) for r, c in outline if min(abs(r), abs(c)) <= 2}
    assert set(around["wall"]) == outline - gates
    pads = {(r - middle, c - middle) for r, c in places(rows, "agent.cogs")}
    ring_3 = {(0, 3), (0, -3), (3, 3), (-3, 3), (3, -3), (-3, -3)}
    ring_4 = {(r, c) for r in (-4, 0, 4) for c in (-4, 0, 4)} - {(0, 0)}
    assert pads == {(-2, 0), (0, 2), (2, 0), (0, -2)} | ring_3 | ring_4 | {(0, 5), (0, -5)}


def test_a_hub_can_be_changed(drawer: Drawer) -> None:
    row = ("c:chest", *STATIONS)
    small = BaseHub(width=15, height=15, chest=None, stations=row, missing=("silicon_extractor",), pads=3)
    (rows,) = drawer.draw(plain(small, 19, 19))
    assert [rows[14][c] for c in (5, 7, 9, 11, 13)] == list(row)
    assert counts(rows)["agent.cogs"] == 3
    assert counts(rows)["silicon_extractor"] == 0
    with pytest.raises(ConfigError, match="no 'junctoin' to leave out; did you mean junction"):
        BaseHub(missing=("junctoin",))
    with pytest.raises(ConfigError, match="11x13 has"):
        BaseHub(width=11, height=11)


def test_random_things_are_all_there(drawer: Drawer) -> None:
    scene = Random(objects={"wall": 10, "altar": 5}, agents={"cogs": 6, "clips": 2})
    for rows in drawer.draw(plain(scene, 25, 25), SEEDS):
        assert dict(counts(rows)) == {"wall": 10, "altar": 5, "agent.cogs": 6, "agent.clips": 2, "empty": 602}


def test_agents_come_first_where_room_is_short(drawer: Drawer) -> None:
    (rows,) = drawer.draw(plain(Random(objects={"wall": 100}, agents=5), 4, 4))
    assert counts(rows)["agent.cogs"] == 5


def test_instances_belong_to_teams_in_turn(drawer: Drawer) -> None:
    pair = plain(
        Random(agents=3),
        8,
        8,
        instances=2,
        set_team_by_instance=True,
        border_width=1,
        instance_border_width=2,
    )
    (rows,) = drawer.draw(pair)
    assert len(places([row[:9] for row in rows], "agent.cogs")) == 3
    assert len(places([row[11:] for row in rows], "agent.clips")) == 3
    assert all(row[9:11] == ["wall", "wall"] for row in rows)
    (opened,) = drawer.draw(pair.replace(instance_border_clear_radius=3))
    assert all(row[9:11] == ["empty", "empty"] for row in opened[1:-1])


@pytest.mark.parametrize("algorithm", ["kruskal", "dfs"])
def test_a_maze_is_a_tree(drawer: Drawer, algorithm: Any) -> None:
    for rows in drawer.draw(plain(Maze(algorithm=algorithm), 21, 15), SEEDS):
        assert counts(rows)["empty"] == 2 * 11 * 8 - 1  # rooms, and one door fewer
        assert is_connected(rows)


def test_a_maze_of_wide_rooms_fills_its_area(drawer: Drawer) -> None:
    maze = Maze(room_size=(3, 3), wall_size=(2, 2))
    (rows,) = drawer.draw(plain(maze, 24, 19))
    assert is_connected(rows)
    assert is_floor(rows[-1][-1]) and is_floor(rows[0][0])


@pytest.mark.parametrize(
    "scene", [Bsp(rooms=8), RadialMaze(arms=7, arm_width=2), VariedTerrain(style="balanced")]
)
def test_rooms_arms_and_land_hang_together(drawer: Drawer, scene: SceneConfig) -> None:
    for rows in drawer.draw(plain(scene, 60, 50), SEEDS):
        assert counts(rows)["wall"] > 20 and is_connected(rows)


@pytest.mark.parametrize("style", ["all-sparse", "dense", "maze", "cylinder-world"])
def test_land_of_every_style_has_its_altars(drawer: Drawer, style: Any) -> None:
    land = VariedTerrain(style=style, objects={"altar": 20}, agents=1)
    for rows in drawer.draw(plain(land, 60, 60), range(5)):
        assert counts(rows)["altar"] == 20 and counts(rows)["agent.cogs"] == 1


def test_tunnels_join_everything_but_what_objects_shut_in(drawer: Drawer) -> None:
    noise = over(RandomObjects(fractions={"wall": 0.55}), MakeConnected())
    assert all(is_connected(rows) for rows in drawer.draw(plain(noise, 40, 30), SEEDS))
    cell = Ascii(map_data=("#aaa##", "#a.a#.", "#aaa##", "......"), legend={"a": "altar"})
    (rows,) = drawer.draw(plain(over(cell, MakeConnected()), 6, 4))
    assert counts(rows)["altar"] == 8 and rows[1][2] == "empty"


def test_a_tunnel_takes_the_thinnest_wall(drawer: Drawer) -> None:
    two = Ascii(map_data=("..###..", "..###..", "...#...", "..###.."))
    (rows,) = drawer.draw(plain(over(two, MakeConnected()), 7, 4))
    assert rows[2] == ["empty"] * 7 and counts(rows)["wall"] == 9


def test_corners_become_about_equally_far(drawer: Drawer) -> None:
    winding = over(
        Maze(algorithm="dfs", room_size=(2, 2)), MakeConnected(corner_tolerance=1.5, max_shortcuts=200)
    )
    for rows in drawer.draw(plain(winding, 43, 43), SEEDS):
        steps = distances(rows, (21, 21))
        ways = [steps[r, c] for r in (0, 42) for c in (0, 42)]
        assert max(ways) <= 1.5 * min(ways)


def test_areas_are_filled_once_under_a_lock(drawer: Drawer) -> None:
    def altar(n: int, **where: Any) -> Placement:
        return Placement(scene=Random(objects={"altar": n}), where=("room",), **where)

    rooms = RoomGrid(rows=2, columns=3, children=(altar(1, limit=4, lock="a"), altar(5, lock="a")))
    for rows in drawer.draw(plain(rooms, 20, 13), SEEDS):
        grid = [
            [rows[r][c] for r in range(top, top + 6) for c in range(left, left + 6)]
            for top in (0, 7)
            for left in (0, 7, 14)
        ]
        assert sorted(room.count("altar") for room in grid) == [1, 1, 1, 1, 5, 5]
    first = RoomGrid(
        rows=1, columns=3, children=(altar(2, limit=1, order_by="first"), altar(3, limit=1, order_by="last"))
    )
    (rows,) = drawer.draw(plain(first, 20, 6))
    assert [sum(row[left : left + 6].count("altar") for row in rows) for left in (0, 7, 14)] == [2, 0, 3]


def test_layouts_place_what_they_name(drawer: Drawer) -> None:
    def filled(tag: str) -> Placement:
        return Placement(scene=RandomObjects(fractions={"mine": 1}), where=(tag,))

    fixed = Layout(named=(NamedArea(tag="vault", x=2, y=3, width=4, height=5),), children=(filled("vault"),))
    (rows,) = drawer.draw(plain(fixed))
    assert places(rows, "mine") == [(r, c) for r in range(3, 8) for c in range(2, 6)]
    bounded = BoundedLayout(width=(3, 6), height=(2, 4), children=(filled("bounded"),))
    for rows in drawer.draw(plain(bounded), SEEDS):
        mines = places(rows, "mine")
        height, width = (1 + max(axis) - min(axis) for axis in zip(*mines, strict=True))
        assert 3 <= width <= 6 and 2 <= height <= 4 and len(mines) == width * height
    zones = BspLayout(
        area_count=7, children=(Placement(scene=Random(objects={"altar": 1}), where=("zone",)),)
    )
    assert all(counts(rows)["altar"] == 7 for rows in drawer.draw(plain(zones, 30, 30), SEEDS))


@pytest.mark.parametrize("axis", ["horizontal", "vertical", "x4"])
def test_mirrored_halves_are_alike(drawer: Drawer, axis: Any) -> None:
    for rows in drawer.draw(plain(Mirror(axis=axis, scene=Caves()), 21, 16), SEEDS):
        if axis != "vertical":
            assert rows == [row[::-1] for row in rows]
        if axis != "horizontal":
            assert rows == rows[::-1]


def test_a_room_shows_every_building_to_the_agent(drawer: Drawer) -> None:
    names = ("altar", "mine", "junction", "c:chest")
    for terrain in ("no-terrain", "sparse", "balanced", "dense"):
        room = PerimeterInContext(
            width=(5, 10), height=(5, 10), objects=names, agent="agent.cogs", terrain=terrain
        )
        for rows in drawer.draw(plain(room, 12, 12), SEEDS):
            (agent,) = places(rows, "agent.cogs")
            steps = distances(rows, agent)
            for name in names:
                ((r, c),) = places(rows, name)
                beside = [(r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)]
                assert any(at in steps for at in beside), (name, terrain)
                assert any(rows[y][x] == "wall" for y, x in beside), "it stands along a wall"


def test_objects_stand_at_their_distance(drawer: Drawer) -> None:
    far = MeanDistance(mean_distance=20, objects={"altar": 30}, agents={"cogs": 1})
    ways = []
    for rows in drawer.draw(plain(far, 80, 80), SEEDS):
        ((y, x),) = places(rows, "agent.cogs")
        ways += [((r - y) ** 2 + (c - x) ** 2) ** 0.5 for r, c in places(rows, "altar")]
    assert mean(ways) == pytest.approx(20, rel=0.05) and 9 < min(ways) and max(ways) < 31
    spiral = Spiral(objects={"altar": 12, "mine": 3}, agents={"cogs": 2})
    found = counts(drawer.draw(plain(spiral, 60, 60))[0])
    assert (found["altar"], found["mine"], found["agent.cogs"]) == (12, 3, 2)


def test_the_richer_side_is_the_same_in_all_rooms(drawer: Drawer) -> None:
    scene = MultiLeftAndRight(rows=2, columns=2, total=8, ratio=0.75, object="altar")
    sides = set()
    for rows in drawer.draw(plain(scene, 31, 21), SEEDS):
        left = [
            sum(row[at : at + 7].count("altar") for row in rows[top : top + 10])
            for top in (0, 11)
            for at in (0, 16)
        ]
        assert len(set(left)) == 1 and counts(rows)["agent.cogs"] == 4
        sides.add(left[0])
    assert sides == {2, 6}


def test_buildings_keep_their_distance_and_density(drawer: Drawer) -> None:
    corner = Density(shape="normal", x=0.2, y=0.8, spread=0.1)
    scene = BuildingDistributions(
        weights={"altar": 1, "mine": 1}, coverage=0.05, density_by_kind={"mine": corner}
    )
    rows = drawer.draw(plain(over(RandomObjects(fractions={"wall": 0.5}), scene), 60, 60))[0]
    centres = places(rows, "altar", "mine")
    assert all(max(abs(a - c), abs(b - d)) > 1 for i, (a, b) in enumerate(centres) for c, d in centres[:i])
    assert all(rows[r + y][c + x] != "wall" for r, c in centres for y in (-1, 0, 1) for x in (-1, 0, 1))
    mines = places(rows, "mine")
    assert mean(c for _, c in mines) == pytest.approx(12, abs=4)
    assert mean(r for r, _ in mines) == pytest.approx(48, abs=4)


@pytest.mark.parametrize("shape", ["uniform", "normal", "exponential", "poisson", "bimodal"])
def test_densities_fill_the_land(drawer: Drawer, shape: Any) -> None:
    scene = BuildingDistributions(weights={"altar": 1}, coverage=0.1, density=Density(shape=shape))
    assert counts(drawer.draw(plain(scene, 50, 50))[0])["altar"] > 30


def test_a_choice_follows_its_weights(drawer: Drawer) -> None:
    options = [
        Weighted(scene=Random(objects={name: 1}), weight=w)
        for name, w in (("altar", 3), ("mine", 1), ("wall", 0))
    ]
    drawn = [counts(rows) for rows in drawer.draw(plain(RandomScene(options=tuple(options))), range(200))]
    assert sum(c["altar"] for c in drawn) == pytest.approx(150, abs=25)
    assert sum(c["mine"] + c["altar"] for c in drawn) == 200
    with pytest.raises(ConfigError, match="above 0"):
        RandomScene(options=(Weighted(scene=Random(), weight=0),))


def test_variants_of_the_land_can_be_drawn(drawer: Drawer) -> None:
    for land in (
        ARENA.replace(base_biome="caves", biomes={"caves": 1}, dungeons={}),
        ARENA.replace(base_biome="city", biomes={"city": 1}, biome_size=0.95),
        ARENA.replace(base_biome="desert", dungeons={"bsp": 1}),
        ARENA.replace(base_biome="forest", corner_tolerance=1.5),
    ):
        for rows in drawer.draw(machina_arena(land=land), range(3)):
            assert is_connected(rows) and counts(rows)["agent.cogs"] == 20
    with pytest.raises(ConfigError, match="no biome 'dessert'; did you mean desert"):
        machina_arena(land=ARENA.replace(base_biome="dessert"))


def test_agents_can_be_removed(drawer: Drawer) -> None:
    (rows,) = drawer.draw(plain(over(Random(agents=9), RemoveAgents())))
    assert counts(rows) == {"empty": 300}


# -- what is refused -----------------------------------------------------------------------------------------


def test_unknown_names_are_refused_with_the_nearest(drawer: Drawer) -> None:
    with pytest.raises(
        ConfigError, match=r"map\.layout\.random\.objects: nothing .* 'altr'; did you mean altar"
    ):
        drawer.draw(plain(over(Random(objects={"altr": 1}))))
    with pytest.raises(ConfigError, match=r"'agent\.clisp'; did you mean agent\.clips"):
        drawer.draw(plain(Random(agents={"clisp": 1})))
    with pytest.raises(ConfigError, match="a room_grid names no area 'rooms'; did you mean room"):
        RoomGrid(children=(Placement(scene=Random(), where=("rooms",)),))
    with pytest.raises(ConfigError, match="called 'wall'"):
        plain(Random()).native({"altar": 0}, {"cogs": 0})


def test_impossible_maps_are_refused() -> None:
    with pytest.raises(ConfigError, match="has no size of its own"):
        MapGen(instance=Random())
    with pytest.raises(ConfigError, match="is above 4000000 cells"):
        MapGen(width=4000, height=4000, instance=Random())
    with pytest.raises(ConfigError, match="row 2 has 1 cells, the first has 2"):
        AsciiMap(map_data=("##", "#"))
    with pytest.raises(ConfigError, match="5 is above 2"):
        PerimeterInContext(width=(5, 2))
    with pytest.raises(ConfigError, match="a place for each"):
        PerimeterInContext(width=(3, 3), height=(3, 3), objects=("altar",) * 5)
