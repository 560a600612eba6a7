"""PPO solves the games whose answer is known, on every seed; and a broken learner does not."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from learn.solve import TASKS, Task, solve

from coterie.games.batch import Batch
from coterie.games.catalog import make
from coterie.play.loop import steps
from coterie.play.roster import Roster, Share
from coterie.policies.network import Output
from coterie.policies.neural import NeuralActor
from coterie.policies.scripted.random import Random
from coterie.training import trainer
from coterie.training.experience import Minibatch
from coterie.training.loss import Term
from coterie.training.losses.ppo_actor import PpoActor
from coterie.training.losses.ppo_critic import PpoCritic
from coterie.training.run import Run

SEEDS = (0, 1, 2)
STAGGER = Task("stagger.basic", np.inf, 60_000)
DUEL = Task("duel.basic", np.inf, 120_000, horizon=12, gamma=1.0)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", TASKS)
def test_ppo_solves(name: str, seed: int) -> None:
    _, mean = solve(TASKS[name], seed)
    assert mean >= TASKS[name].solved


@pytest.mark.usefixtures("lanes")
@pytest.mark.parametrize("name", TASKS)
def test_ppo_solves_in_bfloat16(name: str) -> None:
    _, mean = solve(replace(TASKS[name], precision="bfloat16"), 0)
    assert mean >= TASKS[name].solved


def value_of_stagger(seed: int) -> float:
    run, _ = solve(STAGGER, seed)
    return float(run.experience.values.mean())


@pytest.mark.parametrize("seed", SEEDS)
def test_a_truncated_episode_is_worth_what_would_have_come(seed: int) -> None:
    assert value_of_stagger(seed) == pytest.approx(2.0, abs=0.2)  # 24 seeds: 1.97 ± 0.035, least 1.88


def test_without_the_bootstrap_the_value_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    collect = trainer.collect

    def forgetful(*args: object) -> object:
        experience = collect(*args)  # type: ignore[arg-type]
        experience.next_values.zero_()
        return experience

    monkeypatch.setattr(trainer, "collect", forgetful)
    assert value_of_stagger(0) < 1.4


@pytest.mark.parametrize("seed", SEEDS)
def test_self_play_in_duel_learns_to_beat_random_bids(seed: int) -> None:
    # Against itself it runs in circles; a strong bonus for entropy keeps it near the mixed equilibrium.
    run, _ = solve(DUEL, seed, {"ppo_actor": {"ent_coef": 0.1}})
    assert against_random(run) > 0.25


def against_random(run: Run) -> float:
    """Mean return of the trained seat 0 against random bids, over 2,000 episodes or more."""
    batch = Batch(make("duel.basic"), 500, seed=77)
    ours = NeuralActor(run.network, batch.spec)
    rows = np.arange(batch.rows)
    roster = Roster(
        [
            Share("trained", ours, rows[rows % 2 == 0]),
            Share("random", Random().build(batch.spec), rows[rows % 2 == 1]),
        ]
    )
    roster.begin(batch, 0)
    for taken in steps(batch, roster):
        if taken == 15:
            break
    return float(batch.episodes().returns[:, 0].mean())


class WrongSign(PpoActor):
    """Broken: walks away from what paid."""

    def __call__(self, minibatch: Minibatch, output: Output) -> Term:
        term = super().__call__(minibatch, output)
        return Term(-term.value, term.metrics)


class WrongSlice(PpoActor):
    """Broken: learns from rows that the teacher drove, of which there are none."""

    def __call__(self, minibatch: Minibatch, output: Output) -> Term:
        minibatch.weights["ppo"] = minibatch.weights["teacher_led"]
        return super().__call__(minibatch, output)


class NoReturns(PpoCritic):
    """Broken: the critic believes itself, so that nothing is better than expected for long."""

    def __call__(self, minibatch: Minibatch, output: Output) -> Term:
        minibatch.raw_advantages = torch.zeros_like(minibatch.raw_advantages)
        return super().__call__(minibatch, output)


@pytest.mark.parametrize("broken", [WrongSign(), WrongSlice()], ids=["sign", "slice"])
@pytest.mark.parametrize("name", ["echo", "wait"])  # in which no accident solves anything
def test_a_broken_actor_solves_nothing(name: str, broken: PpoActor) -> None:
    _, mean = solve(TASKS[name], 0, {"ppo_actor": broken})
    assert mean < 0.5 * TASKS[name].solved


def test_a_critic_without_returns_knows_no_value() -> None:
    run, _ = solve(STAGGER, 0, {"ppo_critic": NoReturns()})
    assert abs(float(run.experience.values.mean()) - 2.0) > 0.5
