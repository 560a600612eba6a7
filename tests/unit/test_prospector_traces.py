"""Prospector's classic mission is the reference's game: its numbers, worlds, rewards and observations."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coterie.games import catalog
from coterie.games.batch import Batch

CASES = json.loads((Path(__file__).parent / "prospector_traces.json").read_text())["cases"]


def rule(step: int, seed: int) -> int:
    """The action that the traces' authors chose, for want of a pilot."""
    return (37 * step + 11 * seed + 5) % 68


def told(batch: Batch, before: dict[str, float]) -> tuple[np.ndarray, list[float], dict[str, float]]:
    """What a step showed, its row of the trace, and the statistics so far."""
    episodes = batch.episodes()
    shown = batch.final_observations[0] if len(episodes) else batch.observations[0]
    now = episodes.named(0) if len(episodes) else batch.statistics(0)[0]
    dt = now["decision_ticks"] - before.get("decision_ticks", 0)
    invalid = now["invalid_actions"] - before.get("invalid_actions", 0)
    row = [dt, invalid, float(batch.rewards[0]), float(shown.sum(dtype=np.float64))]
    return shown, [*row, now["credits"], now["net_profit"]], now


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"seed {case['seed']}")
def test_a_voyage_is_the_references(case: dict[str, Any]) -> None:
    batch = Batch(catalog.make("prospector.classic"))
    seed = case["seed"]
    batch.native.start_episode(0, seed)
    np.testing.assert_allclose(batch.observations[0], np.float32(case["obs0"]), rtol=1e-6, atol=1e-6)
    shown, now = batch.observations[0], {}
    for step, expected in enumerate(case["steps"]):
        batch.actions[0, 0] = action = rule(step, seed)
        batch.step()
        shown, row, now = told(batch, now)
        np.testing.assert_allclose([action, *row], expected, rtol=1e-5, atol=2e-5, err_msg=f"step {step}")
    end = case["end"]
    assert end["t"] == len(case["steps"]) - 1
    assert (bool(batch.terminals[0]), bool(batch.truncations[0])) == (end["terminated"], end["truncated"])
    assert now["survival"] == end["survival"]
    np.testing.assert_allclose(shown, np.float32(end["obs"]), rtol=1e-5, atol=1e-5)
