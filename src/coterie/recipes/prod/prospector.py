"""One ship that comes home rich: a pilot learns from a scripted one, then by PPO, in windows."""

from itertools import pairwise
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

STEPS = 24_000_000
LEARNING_RATES, ENTROPIES = (8e-4, 3e-5), (1e-2, 1e-3)  # from the first step to the last
LOSS = 80  # thousands of credits that a lost ship costs, beside all it had earned
# Losses are rare and large: the critic's weight goes by one over their square, and is a tenth of it while the
# pilot clones, else its gradients drown the pilot's.
CRITIC = 0.02
MISSION = "prospector.basic"
TEACHER = "shuttle"
# Few worlds, so that each flies many voyages and at any time some ships set out and others come home.
SIZES = Layout(worlds=512, batch_size=32_768, minibatch_size=2048, bptt_horizon=64)
# Of all rows, who leads at first, while the pilot clones, and once PPO has the rest. First the teacher alone:
# a pilot that knows nothing loses all ships at once, and worlds that set out together stay in step. Some rows
# are cloned to the end: where PPO goes alone, a critic that never saw a ship in danger follows too late.
TEACHER_LED, STUDENT_LED = (1.0, 0.3, 0.0), (0.0, 0.7, 0.03)
HANDED_BY, PPO_FROM, PARTED_BY = 0.08, 0.11, 0.4  # of the run
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
) -> Train:
    """Clone the scripted pilot, mostly in the states the student itself gets into; then PPO, into runs/."""
    total = STEPS if total_timesteps is None else total_timesteps
    layout = fitted(1, batch_size=batch_size, total_timesteps=total, like=SIZES)
    led = {"teacher_led_proportion": TEACHER_LED[0], "student_led_proportion": STUDENT_LED[0]}
    return Train(
        trainer=TrainerConfig(
            total_timesteps=total,
            optimizer=OptimizerConfig(learning_rate=LEARNING_RATES[0]),
            advantage=AdvantageConfig(gamma=0.999, gae_lambda=0.97),
            max_grad_norm=2.0,
            losses={
                "sliced_cloner": led,
                # Advantages as they are: in minibatches of its own deviation a lost ship would weigh little.
                "ppo_actor": {"ent_coef": ENTROPIES[0], "norm_adv": False},
                "ppo_critic": {"slice": "all", "vf_coef": CRITIC / 10},
            },
            schedules=(
                Rule(target_path="optimizer.learning_rate", end_value=LEARNING_RATES[1]),
                Rule(target_path="losses.ppo_actor.ent_coef", end_value=ENTROPIES[1]),
                Rule(
                    target_path="losses.ppo_critic.vf_coef",
                    start_progress=HANDED_BY,
                    end_progress=PPO_FROM,
                    end_value=CRITIC,
                ),
                *led_by("teacher", TEACHER_LED),
                *led_by("student", STUDENT_LED),
            ),
            gates=(Gate(loss_instance_name="ppo_actor", phase="train", begin_at_progress=PPO_FROM + 0.02),),
            **layout.trainer(),
        ),
        training_env=TrainingEnvConfig(
            mission=MISSION,
            settings={"advance": ADVANCE, "loss": LOSS},
            worlds=layout.worlds,
            supervisor_policy_uri=TEACHER,
        ),
        policy_architecture={"kind": "slots", "hidden": 128},
        components={**WINDOWED, "windows": WINDOWS},
        data_dir="runs",
    )


def led_by(who: str, shares: tuple[float, float, float]) -> tuple[Rule, ...]:
    """How the share of the rows that teacher or student leads moves, from phase to phase."""
    return tuple(
        Rule(
            target_path=f"losses.sliced_cloner.{who}_led_proportion",
            style="cosine",
            start_progress=start,
            end_progress=end,
            start_value=first,
            end_value=last,
        )
        for (first, last), (start, end) in zip(
            pairwise(shares), ((0.0, HANDED_BY), (PPO_FROM, PARTED_BY)), strict=True
        )
    )


def evaluate() -> Evaluate:
    """Policies on voyages nobody trained on."""
    return Evaluate(simulations=(simulation(),))


def play() -> Play:
    """A voyage, of the scripted pilot unless policy_uri names another."""
    return Play(mission=MISSION, policy_uris=(TEACHER,))
