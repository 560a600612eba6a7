"""Every mission runs under every variant that is listed for it."""

import numpy as np
import pytest

from coterie.games import catalog
from coterie.games.batch import Batch, GameConfig
from coterie.games.dice import Dice

# CoGsGuard's hundred missions have this test with their own rules: unit/test_cogsguard_missions.py.
MISSIONS = [m for game in catalog.folders() if game != "cogsguard" for m in catalog.missions(game)]


def run(config: GameConfig, steps: int = 200) -> None:
    batch = Batch(config, seed=5)
    dice = Dice(batch)
    for _ in range(steps):
        dice.throw(batch)
        batch.step()
    assert np.isfinite(batch.rewards).all()


@pytest.mark.parametrize("mission", MISSIONS)
def test_a_mission_runs_under_every_variant_listed_for_it(mission: str) -> None:
    run(catalog.make(mission))
    for variant in catalog.variants_of(mission):
        run(catalog.make(mission, [variant]))


def test_a_variant_that_cannot_apply_is_not_listed() -> None:
    assert "caves" in catalog.variants_of("cogsguard_arena.basic")
    assert "caves" not in catalog.variants_of("cogsguard_evals.eval_balanced_spread")
