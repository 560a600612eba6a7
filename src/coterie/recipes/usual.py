"""What most recipes have in common: the components of a run, sizes that fit a laptop, and plain PPO."""

from typing import Any

from coterie.games.batch import Batch
from coterie.games.catalog import make
from coterie.tools.train import Train
from coterie.training.config import TrainerConfig, TrainingEnvConfig
from coterie.training.plan import Layout, fitted

# Settings of each component; those not named here are off.
COMPONENTS: dict[str, dict[str, Any]] = {
    "stats_reporter": {},
    "nan_guard": {},
    "metrics": {},
    "progress": {},
    "checkpointer": {},
    "heartbeat": {},
    "abort": {},
}

# The same for a run in windows: its state is kept more often, and it says how it stands.
WINDOWED: dict[str, dict[str, Any]] = {
    **COMPONENTS,
    "checkpointer": {"epoch_interval": 5},
    "windows": {},
    "run_metadata": {},
    "wandb": {"mode": "disabled"},
}

SIZES = Layout(worlds=64, batch_size=32_768, minibatch_size=8192, bptt_horizon=64)


def ppo(
    mission: str,
    like: Layout,
    total_timesteps: int,
    batch_size: int | None,
    *,
    evaluator: dict[str, Any],
    **trainer: Any,
) -> Train:
    """PPO on a mission, with sizes like these as far as they fit, evaluated as `evaluator` says.

    `trainer` are further settings of the trainer.
    """
    seats = Batch(make(mission)).spec.seats
    layout = fitted(seats, batch_size=batch_size, total_timesteps=total_timesteps, like=like)
    return Train(
        trainer=TrainerConfig(total_timesteps=total_timesteps, **trainer, **layout.trainer()),
        training_env=TrainingEnvConfig(mission=mission, worlds=layout.worlds),
        components={**COMPONENTS, "evaluator": evaluator},
    )
