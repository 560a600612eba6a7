"""CoGsGuard: eight Cogs hold junctions against the Clips; PPO alone, or beside a scripted teacher."""

from typing import Annotated

from coterie.evaluation.simulation import SimulationConfig
from coterie.recipes.making import Key
from coterie.recipes.usual import ppo
from coterie.tools.evaluate import Evaluate
from coterie.tools.play import Play
from coterie.tools.train import Train
from coterie.training.config import AdvantageConfig, OptimizerConfig
from coterie.training.plan import Layout

MISSION = "cogsguard_arena.basic"
TOTAL_TIMESTEPS = 50_000_000
SIZES = Layout(worlds=64, batch_size=65_536, minibatch_size=16_384, bptt_horizon=64)
LEARNING_RATE = 1e-3
GAMMA, GAE_LAMBDA = 0.995, 0.95
CLIP_COEF, ENT_COEF, VF_COEF = 0.2, 0.01, 0.5
METRICS = {"return": "return", "hearts gained": "team/heart.gained"}


def simulations() -> tuple[SimulationConfig, ...]:
    """The mission that is trained on, on other maps."""
    return (SimulationConfig(mission=MISSION, suite="cogsguard", metrics=METRICS),)


def train(
    total_timesteps: Annotated[int, Key("trainer.total_timesteps")] = TOTAL_TIMESTEPS,
    batch_size: Annotated[int | None, Key("trainer.batch_size")] = None,
) -> Train:
    """PPO; with `teacher={mode: sliced_cloner, policy_uri: role}` a scripted team shows the way."""
    return ppo(
        MISSION,
        SIZES,
        total_timesteps,
        batch_size,
        evaluator={"simulations": simulations()},
        optimizer=OptimizerConfig(learning_rate=LEARNING_RATE),
        advantage=AdvantageConfig(gamma=GAMMA, gae_lambda=GAE_LAMBDA),
        losses={
            "ppo_actor": {"clip_coef": CLIP_COEF, "ent_coef": ENT_COEF},
            "ppo_critic": {"vf_coef": VF_COEF},
        },
    )


def evaluate() -> Evaluate:
    """Policies on maps nobody trained on."""
    return Evaluate(simulations=simulations())


def play() -> Play:
    """An episode, of the scripted team unless policy_uri names another."""
    return Play(mission=MISSION, policy_uris=("role",))
