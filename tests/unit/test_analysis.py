"""Scorecards against numbers worked out by hand: means, intervals, wins, pairs, suites, refusals."""

from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from unit.stored import played

from coterie.config import ConfigError
from coterie.evaluation.analysis import Scorecard, analyze, combined, scorecard
from coterie.evaluation.samples import matching, read, select
from coterie.evaluation.simulation import SimulationConfig, simulate
from coterie.evaluation.store import Store
from coterie.stats.intervals import mean_interval

MAPS = np.random.default_rng(0).normal(10, 3, (30, 1))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "stats.duckdb")


def noise(seed: int, scale: float = 0.5, count: int = 30) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, scale, (count, 4))


def card(store: Store, reference: str | None = None, **globs: Any) -> Scorecard:
    (found,) = analyze(store, select(store, **globs), reference=reference)
    return found


# -- cells


def test_a_cell_is_students_interval_of_the_means_of_maps(store: Store) -> None:
    returns = MAPS + noise(1)
    store.append(played(["a"], returns))
    interval = card(store).cells["a", "echo.basic"].interval
    values = returns.astype(np.float32).astype(np.float64).mean(axis=1)
    low, high = stats.t.interval(0.95, 29, values.mean(), values.std(ddof=1) / sqrt(30))
    assert (interval.mean, interval.low, interval.high) == pytest.approx((values.mean(), low, high))
    assert interval.count == 30
    assert card(store).cells["a", "echo.basic"].wins is None


@pytest.mark.parametrize(
    "metric", ["return", "length", "timeouts", "echoes", "seat/gold", "team/gold", "doors", "keys"]
)
def test_a_metric_is_what_the_simulation_measures(metric: str, store: Store) -> None:
    seats = np.array([[0, 0, 1, 1], [1, 0, 0, 0]] * 3)
    if metric == "echoes":
        done = simulate(SimulationConfig(mission="echo.basic", num_episodes=6), ["random"])
    else:
        done = played(["a", "b"], noise(2, count=6), seats=seats)
    store.append(done)
    for sample in read(store, select(store), metric):
        policy = sample.policy.split()[0]
        among = slice(None)
        if "seats" in sample.policy:  # episodes with another share of the seats stand in a row of their own
            share = float(sample.policy.split(" on ")[1].split(" %")[0]) / 100
            among = np.isclose(done.own(policy).mean(axis=1), share)
        assert np.allclose(sample.values, done.measured(metric, policy)[among], rtol=1e-6)


def test_who_plays_with_others_has_a_row_of_its_own_and_a_win_rate(store: Store) -> None:
    returns = np.tile([2.0, 2.0, 1.0, 1.0], (10, 1))
    returns[:2] = [0, 0, 3, 3]
    returns[2] = 1
    store.append(played(["a", "b"], returns))
    store.append(played(["a"], MAPS[:10] + noise(3, count=10)))
    found = card(store)
    assert set(found.policies) == {"a", "a with b", "b with a"}
    wins = found.cells["a with b", "echo.basic"].wins
    assert wins is not None
    assert (wins.mean, wins.count) == (0.75, 10)
    low, high = stats.binomtest(75, 100).proportion_ci(
        method="wilson"
    )  # wider with 10 episodes than with 100
    assert wins.low < low < high < wins.high
    (pair,) = found.pairs
    assert {pair.policy, pair.other} == {"a with b", "b with a"}


def test_one_map_played_again_counts_once(store: Store) -> None:
    straight, turned = np.tile([0, 0, 1, 1], (6, 1)), np.tile([1, 1, 0, 0], (6, 1))
    store.append(played(["a", "b"], noise(1, count=6), seats=straight))
    store.append(played(["a", "b"], noise(2, count=6), seats=turned))
    assert card(store).cells["a with b", "echo.basic"].interval.count == 6


def test_ways_of_playing_one_simulation_are_columns_apart(store: Store) -> None:
    store.append(played(["a"], MAPS + noise(1)))
    store.append(played(["a"], MAPS + noise(2), settings={"max_steps": 20}))
    store.append(played(["a"], MAPS + noise(3), variants=("dark",)))
    assert card(store).simulations == ["echo.basic (dark)", "echo.basic (max_steps=20)", "echo.basic (plain)"]


# -- suites, overall


def test_overall_and_suites_are_means_of_simulations(store: Store) -> None:
    for k, (simulation, suite) in enumerate([("x.one", "s"), ("x.two", "s"), ("y.one", "t")]):
        for policy in ("a", "b"):
            returns = MAPS * k + noise(10 * k + (policy == "b")) + (policy == "a")
            store.append(played([policy], returns, simulation=simulation, suite=suite))
    store.append(played(["c"], MAPS, simulation="x.one", suite="s"))
    store.append(played(["a"], MAPS, simulation="z.alone", suite="u"))
    found = card(store)
    assert found.counted == ["x.one", "x.two", "y.one"]
    cells = [found.cells["a", name].interval for name in found.counted]
    assert found.overall["a"].mean == pytest.approx(np.mean([one.mean for one in cells]))
    assert found.overall["a"].half_width == pytest.approx(sqrt(sum(one.half_width**2 for one in cells)) / 3)
    assert found.suites["a", "s"].mean == pytest.approx((cells[0].mean + cells[1].mean) / 2)
    assert "c" not in found.overall
    assert found.policies == ["a", "b", "c"]
    assert found.rows()[2][2:] == ["–"] * (len(found.columns()) - 2)
    assert set(found.aggregates) == set(found.profiles) == {"a", "b"}
    assert found.aggregates["a"].mean > found.aggregates["b"].mean


def test_combined_intervals_hold_the_mean_as_often_as_they_say() -> None:
    rng, hits = np.random.default_rng(0), 0
    for _ in range(2000):
        parts = [mean_interval(rng.normal(k, 1 + k, 12)) for k in range(3)]
        hits += not combined(parts).excludes(1.0)
    assert 0.93 < hits / 2000 < 0.97


def test_a_scale_in_common_puts_the_weakest_at_0_and_the_strongest_at_1(store: Store) -> None:
    for simulation, factor in (("x.one", 1.0), ("x.two", 1000.0)):
        for k, policy in enumerate(("low", "mid", "high")):
            store.append(played([policy], np.full((8, 4), k * factor), simulation=simulation))
    found = card(store)
    assert [found.aggregates[name].mean for name in ("low", "mid", "high")] == [0, 0.5, 1]
    shares = found.profiles["mid"]
    assert shares.shares[shares.thresholds < 0.5].min() == 1
    assert shares.shares[shares.thresholds > 0.5].max() == 0


# -- pairs


def test_pairs_are_compared_on_the_maps_they_share(store: Store) -> None:
    store.append(played(["a"], MAPS + 1.0 + noise(1)))
    store.append(played(["b"], (MAPS + noise(2))[:20]))
    found = card(store)
    (pair,) = found.pairs
    assert pair.interval is not None and pair.interval.count == 20
    assert pair.sentence.startswith("echo.basic: a is better than b by ")
    assert "(20 maps, a ahead on 100 %)" in pair.sentence
    apart = found.cells["a", "echo.basic"].interval.half_width
    assert pair.interval.half_width < apart / 2, "pairs are no narrower than means"


def test_what_cannot_be_told_apart_says_how_many_more_would_tell(store: Store) -> None:
    store.append(played(["a"], MAPS + 0.1 + noise(1, 2.0)))
    store.append(played(["b"], MAPS + noise(2, 2.0)))
    (pair,) = card(store).pairs
    assert "a and b are not separable, about" in pair.sentence or "b and a are not separable" in pair.sentence
    assert "more episodes would tell" in pair.sentence


def test_a_reference_is_compared_with_all(store: Store) -> None:
    for k, policy in enumerate("abc"):
        store.append(played([policy], MAPS + k + noise(k)))
    assert {(pair.policy, pair.other) for pair in card(store, "b").pairs} == {("c", "b"), ("a", "b")}
    assert {(pair.policy, pair.other) for pair in card(store).pairs} == {("c", "b"), ("c", "a")}
    sentence = next(pair.sentence for pair in card(store, "b").pairs if pair.policy == "a")
    assert "b is better than a by" in sentence
    assert "b ahead on" in sentence
    with pytest.raises(ConfigError, match="no policy 'bb' to compare with; did you mean b"):
        card(store, "bb")


def test_other_metrics_are_more_and_not_better(store: Store) -> None:
    store.append(played(["a"], np.repeat(MAPS, 4, axis=1)))
    store.append(played(["b"], np.repeat(MAPS, 2, axis=1)))
    (pair,) = card(store, metrics=["team/gold"]).pairs
    assert "a has more team/gold than b by" in pair.sentence
    (pair,) = card(store, metrics=["keys"]).pairs
    assert "had as much keys in each of 30 episodes" in pair.sentence


def test_who_shares_no_map_is_not_compared(store: Store) -> None:
    store.append(played(["a"], MAPS + noise(1)))
    store.append(played(["b"], MAPS + noise(2), seed=1))
    (pair,) = card(store).pairs
    assert "played no map that both did" in pair.sentence
    assert pair.interval is None


def test_one_map_alone_has_no_bounds(store: Store) -> None:
    store.append(played(["a"], MAPS[:1]))
    store.append(played(["b"], MAPS[:1] + 1))
    found = card(store)
    assert found.rows()[0][1].endswith("± ?")
    assert "not separable by one episode" in found.pairs[0].sentence
    assert found.data()["policies"]["a"]["simulations"]["echo.basic"]["low"] is None


# -- globs, refusals


@pytest.mark.parametrize(
    ("globs", "said"),
    [
        ({"metrics": ["retrun"]}, "nobody recorded a metric 'retrun'; did you mean return"),
        ({"metrics": ["gold"]}, "nobody recorded a metric 'gold'; did you mean .*team/gold"),
        ({"metrics": ["x*"]}, r"nobody recorded a metric 'x\*'; there is return, length"),
        ({"policies": ["rloe"]}, "has no policy 'rloe'; did you mean role"),
        ({"simulations": ["eho.*"]}, "has no simulation .*; did you mean echo.basic"),
    ],
)
def test_a_name_that_matches_nothing_is_refused_with_the_nearest(
    globs: dict[str, list[str]], said: str, store: Store
) -> None:
    store.append(played(["role"], MAPS))
    with pytest.raises(ConfigError, match=said):
        select(store, **globs)  # pyrefly: ignore[bad-argument-type]


def test_an_empty_store_says_how_to_fill_it(store: Store) -> None:
    with pytest.raises(ConfigError, match="holds no episode yet: coterie run"):
        select(store)


def test_globs_choose_in_order_and_a_name_is_itself_first() -> None:
    names = ["random?seed=3", "random", "role"]
    assert matching(["ro*", "random?seed=3"], names, "no") == ["role", "random?seed=3"]
    assert matching([], names, "no") == names


def test_metrics_one_simulation_lacks_leave_it_out(store: Store) -> None:
    store.append(played(["a"], MAPS, simulation="x.one"))
    done = simulate(SimulationConfig(mission="echo.basic", num_episodes=6), ["random"])
    store.append(done)
    assert card(store, metrics=["doors"]).simulations == ["x.one"]
    assert len(analyze(store, select(store, metrics=["doors", "echoes", "return"]))) == 3
    assert scorecard("nothing", []).policies == []
