"""What happens by itself in CoGsGuard: the land, the Clips, the weather's variants."""

from functools import cache

import numpy as np
import pytest
from unit.cogsguard_stage import Stage

from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.games.cogsguard import variants
from coterie.games.cogsguard.config import Clips, CogsguardConfig

SEEDS = 20


@cache
def unopposed() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Clips junctions by step [1000, SEEDS] while Cogs wait; and the statistics of these episodes."""
    batch = Batch(CogsguardConfig(), worlds=SEEDS, seed=1)
    at = batch.spec.statistics.index("clips/aligned.junction")
    counts = []
    for _ in range(999):
        batch.step()
        counts.append([batch.native.statistics(world)[at] for world in range(SEEDS)])
    batch.step()
    episodes = batch.episodes()
    counts.append(episodes.statistics[:, at].tolist())
    columns = {name: episodes.statistics[:, i] for i, name in enumerate(batch.spec.statistics)}
    return np.array(counts, dtype=int), columns


def test_clips_unopposed_hold_twelve_junctions_after_a_thousand_steps() -> None:
    counts, _ = unopposed()
    assert (counts[8] == 0).all()
    # The presence check of step 10 finds none and invades; then the invasion itself is due.
    assert set(counts[9]) <= {1, 2}
    assert np.mean(counts[9] == 2) > 0.8
    assert set(counts[999]) <= {11, 12}
    assert np.mean(counts[999] == 12) > 0.8


def test_clips_spread_every_hundred_steps() -> None:
    counts, _ = unopposed()
    changes = np.flatnonzero(np.diff(counts, axis=0).any(axis=1)) + 2
    assert set(changes) == {10, *range(100, 1001, 100)}


# §3.3: the least and most over 20 maps of the reference.
ARENA = {
    "junction": (28, 52),
    "carbon_extractor": (11, 21),
    "oxygen_extractor": (10, 22),
    "germanium_extractor": (15, 30),
    "silicon_extractor": (11, 25),
}
MACHINA_1 = {
    "junction": (107, 128),
    "carbon_extractor": (30, 47),
    "oxygen_extractor": (33, 56),
    "germanium_extractor": (33, 46),
    "silicon_extractor": (23, 48),
}
ONE_EACH = ("c:hub", "c:chest", "c:aligner", "c:scrambler", "c:miner", "c:scout")


@pytest.mark.parametrize(
    ("mission", "ranges"), [("cogsguard_arena.basic", ARENA), ("cogsguard_machina_1.basic", MACHINA_1)]
)
def test_the_land_holds_as_much_as_that_of_the_reference(
    mission: str, ranges: dict[str, tuple[int, int]]
) -> None:
    batch = Batch(catalog.make(mission), worlds=SEEDS, seed=2)
    worlds = [batch.statistics(world)[0] for world in range(SEEDS)]
    for kind, (least, most) in ranges.items():
        found = np.array([world[f"objects.{kind}"] for world in worlds])
        # Other dice than the reference's: the mean lies within its range, and no map is far outside.
        spread = most - least
        assert least < found.mean() < most, (kind, found)
        assert found.min() >= least - spread and found.max() <= most + spread, (kind, found)
    for kind in ONE_EACH:
        assert {world[f"objects.{kind}"] for world in worlds} == {1}


# -- variants of sun and Clips -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variant", "day", "night"),
    [
        ("standard", 3, 1),
        ("dark_side", 1, 1),
        ("super_charged", 5, 3),
        ("energized", 255, 255),
        ("hard", 2, 1),
        ("energy_crisis", 1, 0),
    ],
)
def test_solar_by_day_and_night(variant: str, day: int, night: int) -> None:
    config = variants[variant](CogsguardConfig())
    stage = Stage("#@.#", weather=config.weather, cog=config.cog.replace(hp_decay=0))
    stage.act(".")
    assert stage.held["energy"] == (255 if variant == "energized" else 20)
    assert stage.held.get("solar", 0) == day
    stage.act(99 * ".")
    assert stage.held.get("solar", 0) == night


def test_speed_run_and_hard_change_the_price_of_a_move() -> None:
    assert variants["speed_run"](CogsguardConfig()).max_steps == 600
    for name, price in (("standard", 4), ("hard", 5), ("speed_run", 2)):
        assert variants[name](CogsguardConfig()).cog.move_cost == price


@pytest.mark.parametrize(
    ("variant", "expected"),
    [
        ("clips_medium", Clips()),
        ("difficulty_hard", Clips()),
        ("difficulty_medium", Clips(end=300)),
        ("difficulty_easy", None),
        ("no_clips", None),
        ("events_no_clips", None),
        ("events_baseline", Clips()),
    ],
)
def test_what_the_clips_variants_leave(variant: str, expected: Clips | None) -> None:
    assert variants[variant](CogsguardConfig()).clips == expected


@pytest.mark.parametrize(
    ("variant", "first", "least", "most"),
    [("clips_easy", 50, 1, 2), ("clips_hard", 5, 2, 4), ("clips_wave_only", 10, 3, 3)],
)
def test_the_first_junctions_of_the_clips(variant: str, first: int, least: int, most: int) -> None:
    stage = Stage("#@#" + 8 * "J", **dict(variants[variant](CogsguardConfig())) | {"num_agents": 1})
    stage.act((first - 1) * ".")
    owners = [j["team"] for j in stage.things("junction")]
    assert owners == 8 * [None]
    stage.act(".")
    assert least <= [j["team"] for j in stage.things("junction")].count("clips") <= most


def test_difficulty_medium_ends_the_clips_at_300() -> None:
    settings = dict(variants["difficulty_medium"](CogsguardConfig())) | {"num_agents": 1}
    stage = Stage("#@#" + 8 * "J", **settings)
    stage.act(300 * ".")
    owned = [j["team"] for j in stage.things("junction")].count("clips")
    stage.act(400 * ".")
    assert owned in (4, 5)
    assert [j["team"] for j in stage.things("junction")].count("clips") == owned


def test_event_profiles() -> None:
    fast = variants["events_fast_clips_short_day"](CogsguardConfig())
    slow = variants["events_slow_clips_long_day"](CogsguardConfig())
    assert (fast.clips, fast.weather.day_length) == (variants["clips_hard"](CogsguardConfig()).clips, 100)
    assert slow.clips is not None
    assert (slow.clips.start, slow.clips.spots, slow.weather.day_length) == (50, 1, 400)
    assert (slow.clips.scramble_start, slow.clips.scramble_every, slow.clips.scramble_radius) == (
        200,
        200,
        15,
    )
    assert (slow.clips.align_start, slow.clips.align_every, slow.clips.align_radius) == (300, 200, 15)
