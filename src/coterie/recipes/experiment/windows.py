"""Windowed runs on a tiny game: every so many env steps their numbers, a checkpoint and a replay to watch."""

from typing import Annotated

from coterie.evaluation.simulation import SimulationConfig
from coterie.games.batch import Batch
from coterie.games.catalog import make
from coterie.recipes.making import Key
from coterie.recipes.usual import WINDOWED
from coterie.tools.evaluate import Evaluate
from coterie.tools.play import Play
from coterie.tools.train import Train
from coterie.training.config import OptimizerConfig, TrainerConfig, TrainingEnvConfig
from coterie.training.plan import Layout, fitted

MISSION = "echo.basic"
TOTAL_TIMESTEPS = 20_000
SIZES = Layout(worlds=8, batch_size=1024, minibatch_size=256, bptt_horizon=32)
MILESTONES = {"return": (8.0, 16.0, 24.0), "echoes": (8.0, 16.0, 24.0)}


def train(
    mission: Annotated[str, Key("training_env.mission")] = MISSION,
    total_timesteps: Annotated[int, Key("trainer.total_timesteps")] = TOTAL_TIMESTEPS,
    batch_size: Annotated[int | None, Key("trainer.batch_size")] = None,
) -> Train:
    """PPO in windows of 2000 env steps, into runs/; with trainer.backend=random nothing is learned."""
    seats = Batch(make(mission)).spec.seats
    layout = fitted(seats, batch_size=batch_size, total_timesteps=total_timesteps, like=SIZES)
    milestones = MILESTONES if mission == MISSION else {}
    windows = {"eval_replays_per_window": 1, "milestones": milestones}
    return Train(
        trainer=TrainerConfig(
            total_timesteps=total_timesteps,
            update_epochs=4,
            optimizer=OptimizerConfig(learning_rate=2e-3),
            **layout.trainer(),
        ),
        training_env=TrainingEnvConfig(mission=mission, worlds=layout.worlds),
        components={**WINDOWED, "windows": windows},
        data_dir="runs",
    )


def evaluate() -> Evaluate:
    """Policies on episodes nobody trained on."""
    return Evaluate(simulations=(SimulationConfig(mission=MISSION, suite="windows"),))


def play() -> Play:
    """An episode of echo."""
    return Play(mission=MISSION)
