"""Solve a lab game: a short PPO run whose answer is known, and how it went."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field

from coterie.games.batch import Batch
from coterie.games.catalog import make
from coterie.training.build import build
from coterie.training.component import Component, Hooks
from coterie.training.config import RunConfig, TrainerConfig, TrainingEnvConfig
from coterie.training.run import Run
from coterie.training.trainer import end, update

WORLDS = 64


@dataclass(frozen=True)
class Task:
    """A lab game, what solves it, and the mean return from which it counts as solved."""

    mission: str
    solved: float
    steps: int  # at most
    architecture: str = "stateless"
    horizon: int = 16
    gamma: float = 0.95
    gae_lambda: float = 0.95
    precision: Literal["float32", "bfloat16"] = "float32"


TASKS = {
    "echo": Task("echo.basic", 31.0, 60_000, gamma=0.5),
    "recall": Task("recall.basic", 0.97, 200_000, "lstm", horizon=18),
    "wait": Task("wait.basic", 0.97, 100_000, horizon=33, gamma=1.0, gae_lambda=1.0),
    "meet": Task("meet.basic", 0.97, 100_000),
}


class Returns(Hooks):
    """Mean returns of the seats in the episodes that ended last."""

    def __init__(self, run: Run, solved: float) -> None:
        self.run, self.solved = run, solved
        self.latest: list[float] = []

    def after_update(self) -> None:
        for episodes in self.run.finished:
            self.latest.extend(episodes.returns.mean(axis=1).tolist())
        self.latest = self.latest[-2 * WORLDS :]
        if len(self.latest) == 2 * WORLDS and self.mean >= self.solved:
            self.run.stop("solved")

    @property
    def mean(self) -> float:
        return float(np.mean(self.latest)) if self.latest else -np.inf


class Solved(Component):
    """Ends the run once the mean return is enough."""

    solved: float = Field(description="the mean return that is enough")

    def attach(self, run: Run) -> Returns:
        return Returns(run, self.solved)


def solve(task: Task, seed: int, losses: dict[str, Any] | None = None) -> tuple[Run, float]:
    """Train until the mean return is enough or the steps are spent; the run, and that mean."""
    config = make(task.mission)
    batch = WORLDS * Batch(config).spec.seats * task.horizon
    run = build(
        RunConfig(
            run="lab",
            seed=seed,
            policy_architecture={"kind": task.architecture, "hidden": 64},
            training_env=TrainingEnvConfig(mission=task.mission, worlds=WORLDS, seed=seed),
            trainer=TrainerConfig(
                total_timesteps=task.steps,
                batch_size=batch,
                minibatch_size=batch // 4,
                bptt_horizon=task.horizon,
                update_epochs=2,
                threads=1,
                precision=task.precision,
                optimizer={"learning_rate": 5e-3},
                advantage={"gamma": task.gamma, "gae_lambda": task.gae_lambda},
                losses={"ppo_actor": {}, "ppo_critic": {}, **(losses or {})},
            ),
            components={"returns": Solved(solved=task.solved)},
        )
    )
    while not run.is_finished:
        update(run)
    end(run, None)
    returns = run.hooks["returns"]
    assert isinstance(returns, Returns)
    return run, returns.mean
