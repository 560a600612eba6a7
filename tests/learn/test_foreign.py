"""PPO solves environments of other libraries, through the loop and the trainer that games of our own have."""

import numpy as np

from coterie.evaluation.simulation import SimulationConfig, simulate
from coterie.games.batch import Batch
from coterie.games.catalog import make
from coterie.policies.neural import Neural
from coterie.training.build import build
from coterie.training.config import RunConfig, TrainerConfig, TrainingEnvConfig
from coterie.training.trainer import end, update

CARTPOLE = "gymnasium:make?id=CartPole-v1"
MEET = "unit.foreign_stage:Meet"
IMAGE = "unit.foreign_stage:Image?side=8"
CORRIDORS = "unit.foreign_stage:Corridors"


def learned(mission: str, steps: int, episodes: int = 10) -> np.ndarray:
    """Mean returns of a seat in `episodes` that a policy trained for so many steps has never seen."""
    seats = Batch(make(mission)).spec.seats
    run = build(
        RunConfig(
            run="foreign",
            policy_architecture="stateless",
            training_env=TrainingEnvConfig(mission=mission, worlds=16 // seats),
            trainer=TrainerConfig(
                total_timesteps=steps,
                batch_size=2048,
                minibatch_size=256,
                bptt_horizon=64,
                update_epochs=8,
                threads=1,
                advantage={"gamma": 0.98, "gae_lambda": 0.9},
                losses={"ppo_actor": {"ent_coef": 0.0}, "ppo_critic": {}},
            ),
        )
    )
    while not run.is_finished:
        update(run)
    end(run, None)
    trained = Neural(network=run.network, architecture=run.architecture, spec=run.spec)
    config = SimulationConfig(mission=mission, num_episodes=episodes)
    return simulate(config, [("trained", trained)]).measured("return")


def test_ppo_balances_the_pole_of_gymnasium() -> None:
    """A random policy holds it for 22 steps of 500; Gymnasium called 195 solved in 200."""
    assert learned(CARTPOLE, 60_000).mean() > 195


def test_ppo_solves_a_game_of_pettingzoo() -> None:
    """Two agents are paid where both choose what one of them is shown: 1 in 9 by chance."""
    assert learned(MEET, 12_288).mean() > 7


def test_ppo_solves_an_environment_of_pufferlib() -> None:
    """Each agent walks 6 steps to the end of a corridor of its own, which is worth 1 less 0.05 a step."""
    assert learned(CORRIDORS, 12_288).mean() > 0.65


def test_ppo_reads_pictures() -> None:
    """One of four squares is lit, and the choice that names it is paid in each of 8 steps: 2 by chance."""
    assert learned(IMAGE, 12_288).mean() > 5
