"""The arena in which all that leads to hearts is rewarded."""

from typing import Annotated

from coterie.evaluation.simulation import SimulationConfig
from coterie.recipes.making import Key
from coterie.recipes.usual import ppo
from coterie.tools.evaluate import Evaluate
from coterie.tools.play import Play
from coterie.tools.train import Train
from coterie.training.config import AdvantageConfig, OptimizerConfig
from coterie.training.plan import Layout

MISSION = "arena.basic_easy_shaped"
TOTAL_TIMESTEPS = 50_000_000
SIZES = Layout(worlds=16, batch_size=49_152, minibatch_size=12_288, bptt_horizon=64)
LEARNING_RATE = 1e-3


def simulations() -> tuple[SimulationConfig, ...]:
    """The arena with sparse rewards, without combat and with it."""
    return tuple(SimulationConfig(mission=name, suite="arena") for name in ("arena.basic", "arena.combat"))


def train(
    total_timesteps: Annotated[int, Key("trainer.total_timesteps")] = TOTAL_TIMESTEPS,
    batch_size: Annotated[int | None, Key("trainer.batch_size")] = None,
) -> Train:
    """PPO; evaluated on the simulations as it goes."""
    return ppo(
        MISSION,
        SIZES,
        total_timesteps,
        batch_size,
        evaluator={"simulations": simulations(), "at_end": False},
        optimizer=OptimizerConfig(learning_rate=LEARNING_RATE),
        advantage=AdvantageConfig(gamma=0.99, gae_lambda=0.95),
    )


def evaluate() -> Evaluate:
    """Policies on the simulations."""
    return Evaluate(simulations=simulations())


def play() -> Play:
    """An episode of the mission that is trained on."""
    return Play(mission=MISSION)
