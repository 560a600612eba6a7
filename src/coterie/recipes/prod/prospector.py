"""One ship that comes home rich: a pilot learns from a scripted one, then by PPO, in windows."""

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

MISSION = "prospector.basic"
TEACHER = "shuttle"
TOTAL_TIMESTEPS = 16_000_000
# Few worlds, so that each flies many voyages and at any time some ships set out and others come home.
SIZES = Layout(worlds=256, batch_size=32_768, minibatch_size=2048, bptt_horizon=128)
LEARNING_RATE = 1e-3
ENTROPY = 0.008
TEACHER_LED, STUDENT_LED = 0.3, 0.7  # shares of rows while the pilot clones, which is all of them
PPO_FROM, ALONE_FROM = 0.15, 0.25  # of the run: PPO begins on rows the teacher leaves; it has left all
SETTINGS = {"advance": 0.9}  # ore is paid nearly in full when loaded, so that credit comes at once
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
    total_timesteps: Annotated[int, Key("trainer.total_timesteps")] = TOTAL_TIMESTEPS,
    batch_size: Annotated[int | None, Key("trainer.batch_size")] = None,
) -> Train:
    """Clone the scripted pilot, mostly in the states the student itself gets into; then PPO, into runs/."""
    layout = fitted(1, batch_size=batch_size, total_timesteps=total_timesteps, like=SIZES)
    return Train(
        trainer=TrainerConfig(
            total_timesteps=total_timesteps,
            optimizer=OptimizerConfig(learning_rate=LEARNING_RATE),
            advantage=AdvantageConfig(gamma=0.999, gae_lambda=0.95),
            max_grad_norm=1.0,
            losses={
                "sliced_cloner": {
                    "teacher_led_proportion": TEACHER_LED,
                    "student_led_proportion": STUDENT_LED,
                },
                "ppo_actor": {"ent_coef": ENTROPY},
                "ppo_critic": {"slice": "all", "vf_coef": 0.25},
            },
            schedules=(
                Rule(target_path="optimizer.learning_rate", end_value=LEARNING_RATE / 10),
                Rule(target_path="losses.ppo_actor.ent_coef", end_value=ENTROPY / 16),
                *(
                    Rule(
                        target_path=f"losses.sliced_cloner.{who}_led_proportion",
                        start_progress=PPO_FROM,
                        end_progress=ALONE_FROM,
                        end_value=0.0,
                    )
                    for who in ("teacher", "student")
                ),
            ),
            gates=(
                Gate(loss_instance_name="ppo_actor", phase="train", begin_at_progress=PPO_FROM + 0.02),
                Gate(loss_instance_name="sliced_cloner", phase="rollout", end_at_progress=ALONE_FROM),
                Gate(loss_instance_name="sliced_cloner", phase="train", end_at_progress=ALONE_FROM),
            ),
            **layout.trainer(),
        ),
        training_env=TrainingEnvConfig(
            mission=MISSION, settings=SETTINGS, worlds=layout.worlds, supervisor_policy_uri=TEACHER
        ),
        policy_architecture={"kind": "stateless", "hidden": 128},
        components={**WINDOWED, "windows": WINDOWS},
        data_dir="runs",
    )


def evaluate() -> Evaluate:
    """Policies on voyages nobody trained on."""
    return Evaluate(simulations=(simulation(),))


def play() -> Play:
    """A voyage, of the scripted pilot unless policy_uri names another."""
    return Play(mission=MISSION, policy_uris=(TEACHER,))
