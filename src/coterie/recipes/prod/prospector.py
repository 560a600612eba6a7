"""One ship that comes home rich: a pilot learns from a scripted one, then by PPO, in windows."""

from dataclasses import dataclass
from typing import Annotated

from coterie.evaluation.simulation import SimulationConfig
from coterie.recipes.making import Key
from coterie.recipes.usual import WINDOWED
from coterie.tools.evaluate import Evaluate
from coterie.tools.play import Play
from coterie.tools.train import Train
from coterie.training.config import AdvantageConfig, OptimizerConfig, TrainerConfig, TrainingEnvConfig
from coterie.training.plan import Layout, fitted
from coterie.training.schedules import Gate, Rule


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of the way: env steps, rates from the first to the last of them, and what a lost ship costs.

    `loss` is in thousands of credits, beside all the ship had earned. Losses are rare and large, so the
    critic's weight goes by one over their square: else its gradients drown the pilot's.
    """

    steps: int
    learning_rates: tuple[float, float]
    entropies: tuple[float, float]
    loss: float
    vf_coef: float


LEARN = Leg(40_000_000, (8e-4, 8e-4 / 6), (1e-3, 1e-3 / 16), loss=30, vf_coef=0.05)
REFINE = Leg(12_000_000, (3e-4, 2e-5), (1e-4, 1e-4), loss=150, vf_coef=0.01)
MISSION = "prospector.basic"
TEACHER = "shuttle"
# Few worlds, so that each flies many voyages and at any time some ships set out and others come home.
SIZES = Layout(worlds=512, batch_size=32_768, minibatch_size=2048, bptt_horizon=64)
LED = {"teacher_led_proportion": 0.3, "student_led_proportion": 0.7}  # of all rows, while the pilot clones
PPO_FROM, ALONE_FROM = 0.08, 0.4  # of the run: PPO begins on rows the teacher leaves; it has left all
ADVANCE = 0.9  # ore is paid nearly in full when loaded, so that credit comes at once
METRICS = {"profit": "profit", "return": "return", "survival": "survival"}
WINDOWS = {
    "window_env_steps": 1_000_000,
    "milestones": {"profit": (100, 500, 1000), "return": (10, 25, 50), "survival": (1.0,)},
    "metrics": {"net_profit": "profit"},
}


def simulation(episodes: int = 500) -> SimulationConfig:
    """Voyages in worlds nobody trained on."""
    return SimulationConfig(mission=MISSION, suite="prospector", metrics=METRICS, num_episodes=episodes)


def train(
    total_timesteps: Annotated[int | None, Key("trainer.total_timesteps")] = None,
    batch_size: Annotated[int | None, Key("trainer.batch_size")] = None,
    refine: bool = False,
) -> Train:
    """Clone the scripted pilot, mostly in the states the student itself gets into; then PPO, into runs/.

    With `refine` PPO alone, where a lost ship costs more: a second run, `initial_policy_uri` says of whom.
    """
    leg = REFINE if refine else LEARN
    total = leg.steps if total_timesteps is None else total_timesteps
    layout = fitted(1, batch_size=batch_size, total_timesteps=total, like=SIZES)
    cloner = {} if refine else {"sliced_cloner": LED}
    return Train(
        trainer=TrainerConfig(
            total_timesteps=total,
            optimizer=OptimizerConfig(learning_rate=leg.learning_rates[0]),
            advantage=AdvantageConfig(gamma=0.999, gae_lambda=0.97),
            max_grad_norm=2.0,
            losses={
                **cloner,
                # Advantages as they are: in minibatches of its own deviation a lost ship would weigh little.
                "ppo_actor": {"ent_coef": leg.entropies[0], "norm_adv": False},
                "ppo_critic": {"slice": "all", "vf_coef": leg.vf_coef},
            },
            schedules=(
                Rule(target_path="optimizer.learning_rate", end_value=leg.learning_rates[1]),
                Rule(target_path="losses.ppo_actor.ent_coef", end_value=leg.entropies[1]),
                *(() if refine else parting()),
            ),
            gates=() if refine else gates(),
            **layout.trainer(),
        ),
        training_env=TrainingEnvConfig(
            mission=MISSION,
            settings={"advance": ADVANCE, "loss": leg.loss},
            worlds=layout.worlds,
            supervisor_policy_uri=None if refine else TEACHER,
        ),
        policy_architecture={"kind": "stateless", "hidden": 128},
        components={**WINDOWED, "windows": WINDOWS},
        data_dir="runs",
    )


def parting() -> tuple[Rule, ...]:
    """Teacher and student leave their rows to PPO, little by little."""
    return tuple(
        Rule(
            target_path=f"losses.sliced_cloner.{who}",
            start_progress=PPO_FROM,
            end_progress=ALONE_FROM,
            end_value=0.0,
        )
        for who in LED
    )


def gates() -> tuple[Gate, ...]:
    """When PPO is on, and cloning."""
    return (
        Gate(loss_instance_name="ppo_actor", phase="train", begin_at_progress=PPO_FROM + 0.02),
        Gate(loss_instance_name="sliced_cloner", phase="rollout", end_at_progress=ALONE_FROM),
        Gate(loss_instance_name="sliced_cloner", phase="train", end_at_progress=ALONE_FROM),
    )


def evaluate() -> Evaluate:
    """Policies on voyages nobody trained on."""
    return Evaluate(simulations=(simulation(),))


def play() -> Play:
    """A voyage, of the scripted pilot unless policy_uri names another."""
    return Play(mission=MISSION, policy_uris=(TEACHER,))
