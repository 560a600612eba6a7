"""The run that is killed: small, with a recurrent network, a teacher and a schedule."""

import sys

from coterie.training.config import RunConfig, TrainerConfig, TrainingEnvConfig
from coterie.training.trainer import train

UPDATES = 24


def trained() -> None:
    """The run; its folder and whether it goes on are the words it was started with."""
    train(
        RunConfig(
            run="killed",
            data_dir=sys.argv[0],
            policy_architecture={"kind": "lstm", "hidden": 32},
            training_env=TrainingEnvConfig(
                mission="cogsguard_arena.basic",
                worlds=2,
                supervisor_policy_uri="role",
                settings={"max_steps": 40},
            ),
            trainer=TrainerConfig(
                total_timesteps=UPDATES * 256,
                batch_size=256,
                minibatch_size=128,
                bptt_horizon=16,
                losses={
                    "ppo_actor": {},
                    "ppo_critic": {},
                    "sliced_cloner": {"teacher_led_proportion": 0.3, "student_led_proportion": 0.3},
                },
                schedules=[{"target_path": "optimizer.learning_rate", "end_value": 0.0}],
            ),
            components={
                "checkpointer": {"epoch_interval": 1, "keep_last": 3},
                "metrics": {},
                "stats_reporter": {},
            },
        ),
        resume=sys.argv[1] == "resume",
    )
