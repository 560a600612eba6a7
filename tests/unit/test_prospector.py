"""Prospector's mission to train on: what it pays, what it refuses, and how its pilots fare."""

from typing import Any

import numpy as np
import pytest

from coterie.games import catalog, check
from coterie.games.batch import Batch, Episodes
from coterie.games.bots import Bots
from coterie.games.dice import Dice
from coterie.games.prospector import ProspectorConfig

CLASSIC = catalog.make("prospector.classic")
BASIC = catalog.make("prospector.basic")
CASH_OUT, DOCK, DRIFT = 68, 42, 6


Told = list[dict[str, float]]


def tell(episodes: Episodes) -> Told:
    """Returns and statistics of each by name."""
    return [episodes.named(i) | {"return": float(episodes.returns[i, 0])} for i in range(len(episodes))]


def voyages(config: Any, pilot: str, seeds: range, **options: int) -> dict[str, float]:
    """Means over one voyage of each seed, flown by a native pilot."""
    batch = Batch(config, worlds=len(seeds))
    for world, seed in enumerate(seeds):
        batch.native.start_episode(world, seed)
    bots = Bots(pilot, batch.spec, np.arange(len(seeds)), options=options)
    told: Told = []
    is_out = np.ones(len(seeds), dtype=bool)
    while is_out.any():
        batch.actions[:] = bots.act(batch.observations)
        batch.step()
        ended = batch.episodes()
        told += [one for one, world in zip(tell(ended), ended.world, strict=True) if is_out[world]]
        is_out[ended.world] = False
        bots.forget(batch.terminals | batch.truncations)
    return {name: float(np.mean([one[name] for one in told])) for name in told[0]}


@pytest.mark.parametrize("name", ["prospector.classic"])
def test_the_other_mission_keeps_the_contract_too(name: str) -> None:
    assert check.check(catalog.make(name), steps=200) == []


@pytest.mark.parametrize("config", [BASIC, CLASSIC])
def test_every_number_has_a_name_of_its_own(config: Any) -> None:
    spec = Batch(config).spec
    assert spec.sight is not None and spec.observation_shape == (len(spec.sight.features),)
    assert len(set(spec.sight.features)) == len(spec.sight.features)


def test_an_open_action_does_what_it_does_in_classic() -> None:
    basic, classic = Batch(BASIC, worlds=8), Batch(CLASSIC, worlds=8)
    for world in range(8):
        for batch in (basic, classic):
            batch.native.start_episode(world, 900 + world)
    dice, is_same = Dice(basic), np.ones(8, dtype=bool)
    for _ in range(200):
        dice.throw(basic)
        classic.actions[:] = basic.actions
        basic.step()
        classic.step()
        is_same &= ~basic.terminals
        assert np.array_equal(basic.observations[is_same, :260], classic.observations[is_same])
        assert not classic.statistics(0)[0]["invalid_actions"]
    assert not is_same.all()


def test_the_return_is_what_a_ship_that_lives_brings_home() -> None:
    batch = Batch(BASIC, worlds=64, seed=5)
    dice, told = Dice(batch), []
    while len(told) < 200:
        dice.throw(batch)
        batch.step()
        told += tell(batch.episodes())
    for one in told:
        assert one["return"] == pytest.approx(one["profit"] / 1000 if one["survival"] else -1, abs=2e-4)
    assert {one["survival"] for one in told} == {0, 1}


def test_a_masked_action_is_refused_and_counted_and_the_voyage_goes_on() -> None:
    batch = Batch(BASIC)
    before = batch.hash(0)
    for times, action in enumerate((CASH_OUT, DOCK, CASH_OUT), start=1):
        batch.actions[0, 0] = action
        with pytest.raises(ValueError, match=rf"world 0, seat 0\): {action} is masked out"):
            batch.step()
        assert batch.hash(0) == before and batch.statistics(0)[0]["refused_actions"] == times
    saved = batch.save(0)
    batch.actions[0, 0] = DRIFT
    batch.step()
    assert batch.episode_step(0) == 1 and batch.statistics(0)[0]["refused_actions"] == 3
    other = Batch(BASIC)
    other.restore(0, saved)
    assert other.statistics(0)[0]["refused_actions"] == 3


def test_without_masks_what_cannot_be_done_passes_as_drifting() -> None:
    batch = Batch(BASIC.replace(masked=False))
    batch.actions[0, 0] = 28
    batch.step()
    told = batch.statistics(0)[0]
    assert (told["invalid_actions"], told["decision_ticks"], batch.rewards[0]) == (1, 1, 0)


@pytest.mark.parametrize(("config", "is_cut"), [(CLASSIC, True), (BASIC, False)])
def test_the_clock_counts_ticks(config: Any, is_cut: bool) -> None:
    """It is an end of the rules where the pay is over with it, and a truncation in the reference."""
    batch = Batch(config.replace(ticks=50))
    batch.actions[0, 0] = 11  # listens, two ticks at a time
    for _ in range(25):
        assert not (batch.terminals | batch.truncations).any()
        batch.step()
    assert (batch.truncations[0], batch.terminals[0]) == (is_cut, not is_cut)
    told = batch.episodes().named(0)
    assert (told["decision_ticks"], told["timed_out"], told["survival"]) == (50, 1, 1)


def test_a_discount_a_tick_multiplies_each_reward_by_the_ticks_gone_by() -> None:
    plain, discounted = Batch(BASIC, worlds=4), Batch(BASIC.replace(tick_discount=0.99), worlds=4)
    dice, ticks = Dice(plain), np.zeros(4)
    for _ in range(60):
        dice.throw(plain)
        discounted.actions[:] = plain.actions
        plain.step()
        discounted.step()
        np.testing.assert_allclose(discounted.rewards, plain.rewards * 0.99**ticks, rtol=1e-4, atol=1e-7)
        ticks = np.array([plain.statistics(world)[0]["decision_ticks"] for world in range(4)])


@pytest.mark.parametrize(
    ("pilot", "options", "returns", "profit", "mining"),
    [
        ("greedy_miner", {}, -104.7, 296.6, 15),
        ("cautious_scanner", {}, -87.4, 83.8, 33),
        ("market_timer", {"target": 3}, -112.7, 18.6, 39),
    ],
)
def test_the_references_bots_fare_as_they_were_measured(
    pilot: str, options: dict[str, int], returns: float, profit: float, mining: float
) -> None:
    """Over the 500 seeds of the measurement: return, credits and ticks of mining; none of them lives."""
    told = voyages(CLASSIC, pilot, range(7, 507), **options)
    assert told["survival"] == 0
    assert told["return"] == pytest.approx(returns, abs=2)
    assert told["profit"] == pytest.approx(profit, abs=10)
    assert told["mining_ticks"] == pytest.approx(mining, abs=1)


def test_the_shuttle_lives_and_earns_far_more_than_the_others() -> None:
    seeds = range(1_000_007, 1_000_107)
    told = voyages(BASIC, "shuttle", seeds)
    assert told["survival"] >= 0.99
    best = max(voyages(BASIC, pilot, seeds)["profit"] for pilot in ("greedy_miner", "cautious_scanner"))
    assert told["profit"] > max(20_000, 10 * best)


def test_a_pilot_refuses_a_game_that_is_not_its_own() -> None:
    with pytest.raises(ValueError, match="flies ships of prospector"):
        Bots("shuttle", Batch(catalog.make("arena.basic")).spec, [0], options={})


def test_a_wrong_setting_is_refused() -> None:
    for wrong in ({"ticks": 0}, {"tick_discount": 0.0}, {"advance": 2.0}, {"loss": -1.0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ProspectorConfig(**wrong)


def test_a_scene_tells_what_the_pilot_is_shown() -> None:
    batch = Batch(BASIC, seed=11)
    dice = Dice(batch, 3)
    assert batch.spec.sight is not None
    for _ in range(60):
        dice.throw(batch)
        batch.step()
        shown = dict(zip(batch.spec.sight.features, batch.observations[0].tolist(), strict=True))
        world = batch.snapshot(0)
        scene, scenery = world["scene"], world["scenery"]
        assert scene["ship"]["fuel"] / 1000 == pytest.approx(shown["fuel"], abs=1e-5)
        assert scene["cargo"]["pge"] / 200 == pytest.approx(shown["cargo/pge"], abs=1e-4)
        assert len(scenery["nodes"][scene["node"]]["asteroids"]) == len(scene["asteroids"])
        for slot, rock in enumerate(scene["asteroids"]):
            told = [shown[f"asteroid_{slot}/{name}"] for name in ("iron", "stability", "depletion")]
            assert [rock["mix"][0], rock["stability"], rock["depletion"]] == pytest.approx(told, abs=6e-4)
        lanes = scenery["nodes"][scene["node"]]["lanes"]
        assert [lane["ticks"] for lane in lanes] == [
            round(8 * shown[f"lane_{lane}/ticks"]) for lane in range(len(lanes))
        ]
        assert scene["known"][str(scene["node"])]["threat"] == pytest.approx(
            [shown[f"lane_{lane}/threat"] for lane in range(len(lanes))], abs=6e-4
        )
