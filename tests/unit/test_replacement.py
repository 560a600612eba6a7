"""Value over replacement: by hand, with a planted effect, and how often its intervals hold the truth."""

from math import inf

import numpy as np
import pytest

from coterie.stats.intervals import mean_interval, paired_difference
from coterie.stats.replacement import Replacement, value_over_replacement

PLANTED = 0.5  # what each seat of the candidate adds to the reward of its seats
OVERALL = PLANTED * (16 + 9 + 4 + 1) / (4 + 3 + 2 + 1)


def played(
    rng: np.random.Generator, maps: int, *, shared: bool = True, noise: float = 1.0
) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    """Four seats on hard and easy maps: scenario n scores the map's ease + n * PLANTED + noise."""
    ease = rng.normal(0, 5, maps)
    scores, seeds = {}, {}
    for n in (4, 3, 2, 1, 0):
        own = ease if shared else rng.normal(0, 5, maps)
        scores[n] = own + n * PLANTED + rng.normal(0, noise, maps)
        seeds[n] = np.arange(maps, dtype=np.uint64) + np.uint64(0 if shared else 1000 * n)
    return scores, seeds


def test_by_hand() -> None:
    scores = {2: [5.0, 7.0], 1: [4.0, 4.0, 4.0, 8.0], 0: [1.0, 3.0]}
    seeds = {2: [0, 1], 1: [0, 1, 0, 1], 0: [0, 1]}
    found = value_over_replacement(scores, seeds)
    assert found.baseline is not None and found.overall is not None
    assert (found.baseline.mean, found.baseline.count) == (2.0, 2)
    assert {n: one.mean for n, one in found.scores.items()} == {2: 6.0, 1: 5.0, 0: 2.0}
    assert {n: one.mean for n, one in found.values.items()} == {2: 4.0, 1: 3.0}
    assert found.overall.mean == pytest.approx((6 * 2 * 2 + 5 * 1 * 4) / (2 * 2 + 1 * 4) - 2)
    assert list(found.scores) == [2, 1, 0]


def test_a_planted_effect_is_found() -> None:
    found = value_over_replacement(*played(np.random.default_rng(0), 40))
    assert found.overall is not None
    for n, value in found.values.items():
        assert not value.excludes(n * PLANTED), n
        assert value.half_width < 0.6
    assert not found.overall.excludes(OVERALL) and found.overall.excludes(0)


def test_the_bootstrap_is_that_of_pairs() -> None:
    """With one episode a map in each scenario, VOR(n) is a mean of paired differences."""
    scores, seeds = played(np.random.default_rng(1), 30)
    found = value_over_replacement(scores, seeds)
    pairs = paired_difference(scores[3], scores[0])
    assert found.values[3].mean == pytest.approx(pairs.mean)
    assert (found.values[3].low, found.values[3].high) == pytest.approx((pairs.low, pairs.high), abs=0.05)
    alone = mean_interval(scores[3])
    assert found.scores[3].half_width == pytest.approx(alone.half_width, rel=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_shared_maps_are_narrower(seed: int) -> None:
    paired = value_over_replacement(*played(np.random.default_rng(seed), 20))
    apart = value_over_replacement(*played(np.random.default_rng(seed), 20, shared=False))
    assert paired.overall is not None and apart.overall is not None
    assert paired.overall.half_width < apart.overall.half_width / 2
    assert all(paired.values[n].half_width < apart.values[n].half_width / 2 for n in (1, 2, 3, 4))


def test_repeating_a_map_adds_little() -> None:
    """Ten episodes of one map are not ten maps: an interval over episodes would be too narrow."""
    rng = np.random.default_rng(2)
    ease = rng.normal(0, 5, 8)
    seeds = np.repeat(np.arange(8), 10)
    scores = ease[seeds] + rng.normal(0, 1, 80)
    found = value_over_replacement({1: scores}, {1: seeds})
    assert found.scores[1].half_width > 2 * mean_interval(scores).half_width
    assert found.scores[1].count == 80


@pytest.mark.parametrize(("maps", "shared"), [(12, True), (30, True), (12, False)])
def test_intervals_hold_the_truth(maps: int, shared: bool) -> None:
    rng = np.random.default_rng(3)
    held = {"overall": 0, "value": 0}
    trials = 500
    for _ in range(trials):
        found = value_over_replacement(*played(rng, maps, shared=shared), resamples=200)
        assert found.overall is not None
        held["overall"] += not found.overall.excludes(OVERALL)
        held["value"] += not found.values[2].excludes(2 * PLANTED)
    assert all(0.93 <= count / trials <= 0.97 for count in held.values()), held


def test_without_a_replacement_there_are_scores_only() -> None:
    scores, seeds = played(np.random.default_rng(4), 5)
    del scores[0], seeds[0]
    found = value_over_replacement(scores, seeds)
    assert (found.baseline, found.values, found.overall) == (None, {}, None)
    assert found.data()["overall"] is None
    assert set(found.scores) == {4, 3, 2, 1}


def test_only_replacements_have_no_value() -> None:
    found = value_over_replacement({0: [1.0, 2.0]}, {0: [0, 1]})
    assert found.baseline is not None
    assert (found.baseline.mean, found.values, found.overall) == (1.5, {}, None)


def test_one_map_has_no_interval() -> None:
    found = value_over_replacement({1: [3.0, 4.0], 0: [1.0]}, {1: [7, 7], 0: [7]})
    assert found.overall is not None
    assert (found.overall.mean, found.overall.low) == (2.5, -inf)


def test_maps_that_overlap_in_part_still_vary() -> None:
    scores = {1: [3.0, 4.0, 8.0], 0: [1.0, 2.5, 7.0]}
    found: Replacement = value_over_replacement(scores, {1: [1, 2, 3], 0: [2, 3, 4]})
    assert found.values[1].low < found.values[1].mean < found.values[1].high


@pytest.mark.parametrize(
    ("scores", "seeds", "said"),
    [
        ({}, {}, "the same scenarios"),
        ({1: [1.0]}, {2: [1]}, "the same scenarios"),
        ({1: [1.0, 2.0]}, {1: [1]}, "2 scores have 1 map seeds"),
        ({-1: [1.0]}, {-1: [1]}, "-1 seats"),
        ({1: []}, {1: []}, "at least one value"),
    ],
)
def test_what_does_not_match_is_refused(scores: dict, seeds: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        value_over_replacement(scores, seeds)
