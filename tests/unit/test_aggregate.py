"""Aggregates against scipy and closed forms, and how often their intervals hold the truth."""

from collections.abc import Callable
from math import inf

import numpy as np
import pytest
from scipy import stats

from coterie.stats.aggregate import (
    interquartile_mean,
    performance_profile,
    probability_of_improvement,
    wilson,
    win_rate,
)
from coterie.stats.intervals import Interval, mean_interval

TRIALS = 1000


def coverage(measure: Callable[[np.random.Generator], Interval], truth: float) -> float:
    """Share of repetitions whose interval holds the truth."""
    rng = np.random.default_rng(1)
    return sum(not measure(rng).excludes(truth) for _ in range(TRIALS)) / TRIALS


@pytest.mark.parametrize("n", [1, 3, 4, 7, 8, 40, 101])
def test_the_middle_half_is_scipys(n: int) -> None:
    values = np.random.default_rng(n).standard_cauchy(n)
    assert interquartile_mean(values, resamples=10).mean == pytest.approx(stats.trim_mean(values, 0.25))


def test_strata_are_pooled_and_one_stratum_needs_no_list() -> None:
    table = np.random.default_rng(0).normal(size=(3, 9))
    pooled = interquartile_mean(table, resamples=50)
    assert pooled.mean == pytest.approx(stats.trim_mean(table, 0.25, axis=None))
    assert pooled.count == 27
    assert interquartile_mean(table[0]) == interquartile_mean([table[0]])
    uneven = [[1.0, 2.0], [3.0, 4.0, 5.0, 100.0]]
    assert interquartile_mean(uneven).mean == pytest.approx((2 + 3 + 4 + 5) / 4)


def test_one_outlier_moves_the_mean_but_not_the_middle() -> None:
    calm = np.random.default_rng(2).normal(5, 1, 40)
    wild = np.append(calm, 1000.0)
    assert abs(interquartile_mean(wild).mean - interquartile_mean(calm).mean) < 0.1
    assert interquartile_mean(wild).half_width < mean_interval(wild).half_width / 10


def test_strata_are_not_mixed_in_a_resample() -> None:
    """Missions of far apart scores add nothing to the interval: each is drawn as often as it was played."""
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 1, (4, 20))
    near = interquartile_mean(noise + 10)
    far = interquartile_mean(noise[:2] + np.array([[0.0], [0.001]]))
    apart = interquartile_mean([noise[0], noise[1] + 100.0, noise[2] + 100.0, noise[3] + 200.0])
    assert apart.half_width < 1.5 * max(near.half_width, far.half_width)
    mixed = interquartile_mean(np.concatenate([noise[0], noise[1] + 100, noise[2] + 100, noise[3] + 200]))
    assert mixed.half_width > 5 * apart.half_width


@pytest.mark.parametrize("strata", [[20], [8, 8, 8], [4] * 6, [30, 30]])
def test_the_interquartile_mean_holds_the_truth(strata: list[int]) -> None:
    found = coverage(
        lambda rng: interquartile_mean([rng.normal(2, 3, n) for n in strata], resamples=200), 2.0
    )
    assert 0.93 <= found <= 0.97


def test_the_probability_of_improvement_is_mann_whitneys() -> None:
    rng = np.random.default_rng(3)
    ours, theirs = rng.integers(0, 6, 30).astype(float), rng.integers(0, 5, 20).astype(float)
    found = probability_of_improvement(ours, theirs)
    assert found.mean == pytest.approx(stats.mannwhitneyu(ours, theirs).statistic / 600)
    assert found.low < found.mean < found.high
    assert probability_of_improvement(theirs, ours).mean == pytest.approx(1 - found.mean)
    both = probability_of_improvement([ours, ours], [theirs, theirs + 100])
    assert both.mean == pytest.approx(found.mean / 2)


@pytest.mark.parametrize("strata", [[30], [10] * 4])
def test_the_probability_of_improvement_holds_the_truth(strata: list[int]) -> None:
    def measure(rng: np.random.Generator) -> Interval:
        ours = [rng.normal(0.5, 1, n) for n in strata]
        theirs = [rng.normal(0, 1, n) for n in strata]
        return probability_of_improvement(ours, theirs, resamples=150)

    assert 0.93 <= coverage(measure, float(stats.norm.cdf(0.5 / 2**0.5))) <= 0.97


@pytest.mark.parametrize(("successes", "count"), [(0, 5), (5, 5), (3, 10), (60, 100), (1, 1)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_wilson_is_scipys(successes: int, count: int, confidence: float) -> None:
    oracle = stats.binomtest(successes, count).proportion_ci(confidence, method="wilson")
    found = wilson(successes, count, confidence)
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), abs=1e-9)
    assert found.mean == successes / count


def test_wins_are_counted_map_by_map() -> None:
    found = win_rate([3.0, 1.0, 2.0, 5.0], [1.0, 1.0, 3.0, 4.0])
    assert (found.mean, found.count) == (2.5 / 4, 4)
    assert win_rate([1.0, 2.0, 3.0], 2.0).mean == 0.5
    assert win_rate([1.0], 0.0).high == 1.0


@pytest.mark.parametrize("n", [20, 50])
def test_the_win_rate_holds_the_truth(n: int) -> None:
    found = coverage(lambda rng: win_rate(rng.normal(0.3, 1, n), 0.0), float(stats.norm.cdf(0.3)))
    assert 0.93 <= found <= 0.97


def test_a_profile_is_the_share_above_each_threshold() -> None:
    found = performance_profile([1.0, 2.0, 2.0, 4.0], [0.0, 1.0, 2.0, 4.0])
    assert found.shares.tolist() == [1.0, 0.75, 0.25, 0.0]
    rows = [wilson(k, 4) for k in (4, 3, 1, 0)]
    assert found.low.tolist() == pytest.approx([row.low for row in rows])
    assert found.high.tolist() == pytest.approx([row.high for row in rows])
    assert found.data()[1] == pytest.approx(
        {"threshold": 1.0, "share": 0.75, "low": rows[1].low, "high": rows[1].high}
    )


def test_a_profile_weighs_episodes_and_its_strata_narrow_it() -> None:
    low, high = np.zeros(20), np.ones(20)
    split = performance_profile([low, high, high], [0.5])
    pooled = performance_profile(np.concatenate([low, high, high]), [0.5])
    assert [split.shares[0], pooled.shares[0]] == pytest.approx([2 / 3, 2 / 3])
    assert split.high[0] - split.low[0] < pooled.high[0] - pooled.low[0]


@pytest.mark.parametrize("means", [[0.0], [0.0, 1.0, 2.0], [0.0, 0.3, 0.6, 1.2]])
def test_a_profile_holds_the_truth(means: list[float]) -> None:
    truth = float(np.mean([stats.norm.sf(0.5 - mean) for mean in means]))

    def measure(rng: np.random.Generator) -> Interval:
        found = performance_profile([rng.normal(mean, 1, 25) for mean in means], [0.5])
        return Interval(float(found.shares[0]), float(found.low[0]), float(found.high[0]), found.count)

    assert 0.93 <= coverage(measure, truth) <= 0.97


def test_one_value_of_a_stratum_has_no_interval() -> None:
    assert interquartile_mean([[1.0, 2.0, 3.0], [4.0]]).high == inf
    assert probability_of_improvement([1.0], [0.0]).low == -inf


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: interquartile_mean([]), "at least one stratum"),
        (lambda: interquartile_mean([[1.0], []]), "at least one value"),
        (lambda: interquartile_mean([1.0, float("nan")]), "finite"),
        (lambda: probability_of_improvement([[1.0], [2.0]], [[1.0]]), "2 strata cannot be compared with 1"),
        (lambda: win_rate([1.0, 2.0], [1.0]), "2 episodes cannot be paired with 1"),
        (lambda: wilson(3, 2), "3 successes of 2 are not a share"),
        (lambda: wilson(0, 0), "not a share"),
    ],
)
def test_what_has_no_aggregate_is_refused(call: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()
