"""navigation: every world can be solved in its time, and solving it is rewarded."""

import pytest
from unit.wayfinding import act, cells_of, floor, use_nearest, way

from coterie.config import ConfigError
from coterie.games.batch import Batch
from coterie.games.navigation import LANDS, SCENES, SUITE, NavigationConfig, missions, variants
from coterie.games.navigation.worlds import DRAWINGS


def test_the_suite_is_the_drawings_and_scenes() -> None:
    drawn = {path.stem for path in DRAWINGS.glob("*.map")}
    assert drawn | SCENES.keys() == SUITE.keys()
    assert not drawn & SCENES.keys()
    assert {name.removeprefix("navigation.") for name in missions} == {
        *SUITE,
        *LANDS,
        "sequence",
        "object_use",
    }


@pytest.mark.parametrize("mission", missions)
def test_everybody_can_reach_an_altar_in_time(mission: str) -> None:
    config = missions[mission]()
    for seed in range(2):
        snapshot = Batch(config, seed=seed).snapshot(0)
        free, altars = floor(snapshot), cells_of(snapshot, "assembler")
        for agent in snapshot["agents"]:
            moves = way(free, (agent["row"], agent["col"]), altars)
            assert moves is not None, f"seed {seed}: no way to an altar from {agent['row']}, {agent['col']}"
            assert len(moves) <= config.max_steps


@pytest.mark.parametrize("mission", ["navigation.sequence", "navigation.object_use"])
def test_the_whole_errand_can_be_walked(mission: str) -> None:
    for seed in range(3):
        snapshot = Batch(missions[mission](), seed=seed).snapshot(0)
        free = floor(snapshot)
        for agent in snapshot["agents"]:
            for kind in ("mine_red", "generator_red", "assembler"):
                assert way(free, (agent["row"], agent["col"]), cells_of(snapshot, kind)), kind


@pytest.mark.parametrize("world", ["labyrinth", "corridors", "memory_swirls", "radial_mini", "thecube"])
def test_an_altar_gives_one_heart_and_rests(world: str) -> None:
    batch = Batch(variants["alone"](missions[f"navigation.{world}"]()))
    agent = use_nearest(batch, "assembler")["agents"][0]
    assert agent["inventory"] == {"heart": 1}
    assert batch.rewards[0] == 1
    assert not act(batch, agent["action"])["agents"][0]["success"]


def test_a_sequence_leads_from_ore_to_a_heart() -> None:
    batch = Batch(variants["alone"](missions["navigation.sequence"]()))
    assert use_nearest(batch, "mine_red")["agents"][0]["inventory"] == {"ore_red": 1}
    assert use_nearest(batch, "generator_red")["agents"][0]["inventory"] == {"battery_red": 1}
    assert use_nearest(batch, "assembler")["agents"][0]["inventory"] == {"heart": 1}
    assert max(o["cooldown"] for o in batch.snapshot(0)["objects"] if o["kind"] == "assembler") == 15


def test_a_temple_gives_a_heart_and_rests_thirty_steps() -> None:
    batch = Batch(variants["alone"](missions["navigation.object_use"]()))
    snapshot = use_nearest(batch, "temple")
    assert snapshot["agents"][0]["inventory"] == {"heart": 1}
    assert max(o["cooldown"] for o in snapshot["objects"] if o["kind"] == "temple") == 30


def test_training_worlds_hold_as_many_altars_as_they_say() -> None:
    for mission, low, high in (("train_balanced", 3, 50), ("train_sparse_world", 1, 10)):
        config = variants["alone"](missions[f"navigation.{mission}"]())
        counts = {len(cells_of(Batch(config, seed=s).snapshot(0), "assembler")) for s in range(12)}
        assert low <= min(counts) < max(counts) <= high
    exact = variants["altars"](missions["navigation.train_maze"](), 7)
    assert len(cells_of(Batch(exact).snapshot(0), "assembler")) == 28


def test_all_missions_speak_one_language() -> None:
    books = [make().rules() for make in missions.values()]
    assert len({(book.tag_names, book.features, book.action_names) for book in books}) == 1


@pytest.mark.parametrize("variant", ["steps", "alone", "third"])
def test_variants_make_worlds(variant: str) -> None:
    Batch(variants[variant](missions["navigation.rooms"]())).step()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean labyrinth"):
        NavigationConfig(world="labyrint")
    with pytest.raises(ConfigError, match="needs a training world"):
        NavigationConfig(world="rooms", errand="sequence")
    with pytest.raises(ConfigError, match="training worlds can be filled"):
        variants["altars"](missions["navigation.rooms"](), 3)
