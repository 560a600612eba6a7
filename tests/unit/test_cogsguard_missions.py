"""Every mission of CoGsGuard under every variant: it builds, resets and runs, or says why not."""

from collections import deque

import numpy as np
import pytest

from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch, GameConfig
from coterie.games.cogsguard import CogsguardConfig, mission_sets, missions, variants
from coterie.games.cogsguard.sites import BOARDS, Board, drawing
from coterie.games.cogsguard.variants import of_land
from coterie.games.dice import Dice

SITES = {name: make().site for name, make in missions.items()}
DRAWN = {name: site.name for name, site in SITES.items() if isinstance(site, Board)}


def run(config: CogsguardConfig, steps: int = 200) -> Batch:
    """A world of random play; nothing may become infinite or end before its time."""
    batch = Batch(config, seed=3)
    dice = Dice(batch)
    for step in range(1, steps + 1):
        dice.throw(batch)
        batch.step()
        assert batch.terminals.all() == batch.terminals.any() == (step % config.max_steps == 0)
    assert np.isfinite(batch.rewards).all()
    return batch


@pytest.mark.parametrize("name", missions)
def test_a_mission_runs_under_every_variant(name: str) -> None:
    """Boards that are drawn refuse the variants that change how land is generated, and only these."""
    run(missions[name]())
    refused = set()
    for variant, apply in variants.items():
        try:
            config = apply(missions[name]())
        except ConfigError as error:
            assert variant in str(error) and "is drawn" in str(error)
            refused.add(variant)
        else:
            run(config)
    if name.startswith("diagnostic_evals") or name in DRAWN:
        assert refused == set(of_land)
    else:
        assert refused == set()


def test_of_land_is_what_boards_refuse() -> None:
    biomes = {"caves", "city", "desert", "forest"}
    buildings = {"quadrant_buildings", "single_resource_uniform", "distant_resources", "empty_base"}
    assert set(of_land) == biomes | buildings | {"small_50", "balanced_corners"}
    assert len(DRAWN) == 15 + 1 + 13


def test_the_sets_hold_what_they_should() -> None:
    assert {name: len(listed) for name, listed in mission_sets.items()} == {
        "integrated_evals": 7,
        "cogsguard_evals": 15,
        "spanning_evals": 4 * 3 + 4,
        "diagnostic_evals": 13,
    }
    listed = [name for names in mission_sets.values() for name in names]
    assert len(set(listed)) == len(listed)
    assert set(listed) < set(missions)
    assert {path.stem for path in BOARDS.glob("*.txt")} == set(DRAWN.values())


def size(config: GameConfig) -> tuple[int, int, int, int]:
    """Width, height, agents, steps."""
    snapshot = Batch(config).snapshot(0)
    return snapshot["width"], snapshot["height"], len(snapshot["agents"]), snapshot["max_steps"]


@pytest.mark.parametrize(
    ("mission", "expected"),
    [
        ("cogsguard_arena.basic", (60, 60, 8, 1000)),
        ("cogsguard_machina_1.basic", (98, 98, 8, 10000)),
        ("tutorial", (45, 45, 1, 2000)),
        ("cogsguard_arena.tutorial", (45, 45, 1, 2000)),
        ("hello_world.energy_starved", (110, 110, 8, 10000)),
        ("hello_world.single_use_swarm", (110, 110, 20, 10000)),
        ("cogsguard_evals.eval_balanced_spread", (50, 50, 8, 10000)),
        ("cogsguard_evals.extractor_hub_30x30", (50, 50, 8, 10000)),
        ("cogsguard_evals.extractor_hub_50x50", (70, 70, 7, 10000)),
        ("cogsguard_evals.extractor_hub_70x70", (90, 90, 8, 10000)),
        ("cogsguard_evals.extractor_hub_80x80", (100, 100, 7, 10000)),
        ("cogsguard_evals.extractor_hub_100x100", (120, 120, 7, 10000)),
        ("spanning_evals.easy_hearts_training", (13, 13, 4, 10000)),
        ("spanning_evals.easy_large_hearts", (510, 510, 8, 10000)),
        ("diagnostic_evals.memory", (27, 13, 1, 110)),
        ("diagnostic_evals.memory_hard", (37, 17, 1, 170)),
        ("diagnostic_evals.charge_up", (50, 9, 1, 250)),
        ("diagnostic_evals.charge_up_hard", (56, 15, 1, 350)),
    ],
)
def test_sizes(mission: str, expected: tuple[int, int, int, int]) -> None:
    assert size(missions[mission]()) == expected


def test_all_eval_boards_are_50_by_50_for_8() -> None:
    for name in mission_sets["cogsguard_evals"]:
        if ".eval_" in name:
            assert size(missions[name]()) == (50, 50, 8, 10000), name


def test_two_teams_stand_side_by_side() -> None:
    for mission, expected in (("arena", (104, 52, 16, 1000)), ("machina_1", (180, 90, 16, 10000))):
        config = catalog.make(f"cogsguard_{mission}.basic", ["multi_team"])
        assert size(config) == expected
        snapshot = Batch(config).snapshot(0)
        middle = expected[0] / 2
        for thing in [*snapshot["agents"], *snapshot["objects"]]:
            if thing["team"]:
                assert thing["team"] == ("cogs_green" if thing["col"] < middle else "cogs_blue")
        assert sum(thing["kind"] == "cb:hub" for thing in snapshot["objects"]) == 1
        rows = np.array(snapshot["tiles"]).reshape(expected[1], expected[0])
        assert (rows[1:-1, expected[0] // 2 - 4 : expected[0] // 2 + 4] == 0).all(), (
            "open for 3 cells each way"
        )


def test_multi_team_twice_is_multi_team() -> None:
    once = variants["multi_team"](CogsguardConfig())
    assert variants["multi_team"](once) == once


def test_variants_with_numbers() -> None:
    assert catalog.make("cogsguard_arena.basic", ["num_cogs=20"]).native()
    assert catalog.make("cogsguard_arena.basic", ["map_seed=5"]) == CogsguardConfig(map_seed=5)
    fixed = Batch(catalog.make("cogsguard_arena.basic", ["map_seed=5"]), worlds=2)
    assert fixed.snapshot(0)["tiles"] == fixed.snapshot(1)["tiles"]
    with pytest.raises(ConfigError, match=r"21 agents, but an arena of 50x50 has spawn pads for 20"):
        catalog.make("cogsguard_arena.basic", ["num_cogs=21"])
    with pytest.raises(ConfigError, match=r"5 agents, but the board easy_hearts_training"):
        catalog.make("spanning_evals.easy_hearts_training", ["num_cogs=5"])
    with pytest.raises(ConfigError, match="teams of one size"):
        catalog.make("cogsguard_arena.basic", ["multi_team", "num_cogs=3"])


def objects(mission: str, *names: str) -> dict[str, list[tuple[float, float]]]:
    """Kind → places as shares of height and width, of one world."""
    snapshot = Batch(catalog.make(mission, names), seed=4).snapshot(0)
    places: dict[str, list[tuple[float, float]]] = {}
    for thing in snapshot["objects"]:
        where = (thing["row"] / snapshot["height"], thing["col"] / snapshot["width"])
        places.setdefault(thing["kind"], []).append(where)
    return places


def test_variants_of_the_land_do_what_they_say() -> None:
    arena = "cogsguard_arena.basic"
    plain = objects(arena)
    kinds = {kind for kind in plain if kind.endswith("_extractor")}
    assert len(kinds) == 4
    assert size(catalog.make("cogsguard_machina_1.basic", ["small_50"]))[:2] == (60, 60)
    single = objects(arena, "single_resource_uniform", "empty_base")
    assert {kind for kind in single if kind.endswith("_extractor")} == {"oxygen_extractor"}
    assert len(single["junction"]) == 1, "the hub's"
    quadrants = objects("cogsguard_machina_1.basic", "quadrant_buildings")
    assert len(quadrants["junction"]) == 1
    for kind, centre in (("carbon", (0.25, 0.25)), ("oxygen", (0.25, 0.75)), ("silicon", (0.75, 0.75))):
        assert np.mean(quadrants[f"{kind}_extractor"], axis=0) == pytest.approx(centre, abs=0.1)
    distant = objects("cogsguard_machina_1.basic", "distant_resources", "empty_base")
    spots = np.array([place for kind in (*kinds, "junction") for place in distant.get(kind, [])])
    assert len(spots) < 60
    ends = np.minimum(np.abs(spots - 0.15).max(axis=1), np.abs(spots - 0.85).max(axis=1))
    assert np.median(ends) < 0.2


@pytest.mark.parametrize("biome", ["caves", "city", "desert", "forest"])
def test_a_biome_changes_the_land(biome: str) -> None:
    def walls(*names: str) -> float:
        batch = Batch(catalog.make("cogsguard_arena.basic", names), worlds=10)
        return float(np.mean([batch.statistics(world)[0]["objects.wall"] for world in range(10)])) - 1100

    assert walls(biome) != pytest.approx(walls(), rel=0.05)


def reached(rows: tuple[str, ...], start: tuple[int, int]) -> dict[tuple[int, int], int]:
    """Moves to every cell that can be walked to, and to the objects beside the way."""
    moves, queue = {start: 0}, deque([start])
    while queue:
        row, col = at = queue.popleft()
        if rows[row][col] not in ".@":
            continue
        for to in ((row - 1, col), (row + 1, col), (row, col - 1), (row, col + 1)):
            inside = 0 <= to[0] < len(rows) and 0 <= to[1] < len(rows[0])
            if inside and to not in moves and rows[to[0]][to[1]] != "#":
                moves[to] = moves[at] + 1
                queue.append(to)
    return moves


@pytest.mark.parametrize("board", sorted(path.stem for path in BOARDS.glob("*.txt")))
def test_everything_on_a_board_can_be_reached_from_every_pad(board: str) -> None:
    rows = drawing(board)
    assert len({len(row) for row in rows}) == 1
    cells = {(r, c): sign for r, row in enumerate(rows) for c, sign in enumerate(row)}
    pads = [at for at, sign in cells.items() if sign == "@"]
    for pad in pads:
        moves = reached(rows, pad)
        for at, sign in cells.items():
            assert sign == "#" or at in moves, f"{sign} at {at} from {pad}"


@pytest.mark.parametrize("name", mission_sets["diagnostic_evals"])
def test_a_diagnosis_can_be_passed_in_half_its_steps(name: str) -> None:
    config = missions[name]()
    rows = drawing(DRAWN[name])
    chest = next((r, row.index("C")) for r, row in enumerate(rows) if "C" in row)
    pads = [(r, c) for r, row in enumerate(rows) for c, sign in enumerate(row) if sign == "@"]
    longest = max(reached(rows, pad)[chest] for pad in pads)
    assert longest <= config.max_steps / 2
    assert (len(pads), config.num_agents, config.cog.hearts) == (4, 1, 1)
    if name.removesuffix("_hard").endswith("charge_up"):
        assert config.cog.energy < 4 * longest < config.cog.energy_limit, (
            "it must charge, and then it suffices"
        )
        hub = next((r, row.index("H")) for r, row in enumerate(rows) if "H" in row)
        for pad in pads:
            home = [n for at, n in reached(rows, pad).items() if max(map(abs, np.subtract(at, hub))) <= 5]
            assert 4 * min(home) <= config.cog.energy, "the hub's area is within its reach"
