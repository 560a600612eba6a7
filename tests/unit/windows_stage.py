"""Small runs in windows, and a witness that counts their steps and episodes by itself."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from coterie.recipes.experiment.windows import train as recipe
from coterie.runs import RunFolder
from coterie.training.config import RunConfig
from coterie.training.trainer import train


class Witness:
    """Notes each step of every world, and each episode with the env step it ended with, as they happen."""

    def __init__(self, run: Any) -> None:
        self.rewards: list[float] = []  # of each env step, summed over seats
        self.episodes: list[tuple[int, int, Any]] = []  # env step, number among `finished`, Episodes
        batch, forget = run.batch, run.learner.forget

        def watching(state: None, ended: np.ndarray) -> None:
            steps = len(self.rewards)
            self.rewards += batch.rewards.reshape(batch.worlds, -1).sum(axis=1, dtype=np.float64).tolist()
            for world in range(batch.worlds):
                if batch.episode_step(world) == 0:
                    self.ends.append((world, steps + world))
            forget(state, ended)

        hook = run.hooks["windows"]
        count = hook.after_update

        def counted() -> None:
            self.named(run.finished)
            count()

        self.ends: list[tuple[int, int]] = []
        run.learner.forget, hook.after_update = watching, counted

    def named(self, finished: list[Any]) -> None:
        """The episodes that were handed out, in order, belong to the ends that were seen, in order."""
        for episodes in finished:
            for number in range(len(episodes)):
                world = int(episodes.world[number])
                at = next(i for i, (whose, _) in enumerate(self.ends) if whose == world)
                self.episodes.append((self.ends.pop(at)[1], number, episodes))

    def row(self, first: int, last: int, mission_seats: int) -> dict[str, float | None]:
        """The window from env step `first` to `last`, by the book."""
        own = [(episodes, i) for at, i, episodes in self.episodes if first <= at < last]
        rewards = self.rewards[first:last]
        returns = [float(np.mean(episodes.returns[i])) for episodes, i in own]
        return {
            "episodes_completed": len(own),
            "truncated_episodes": sum(bool(episodes.truncated[i]) for episodes, i in own),
            "terminated_episodes": sum(not episodes.truncated[i] for episodes, i in own),
            "reward_sum": sum(rewards),
            "reward_mean": sum(rewards) / len(rewards) / mission_seats,
            "return_mean": float(np.mean(returns)) if own else None,
            "episode_length_mean": float(np.mean([e.length[i] for e, i in own])) if own else None,
            **{
                f"{name}_mean": float(np.mean([e.named(i)[name] for e, i in own])) if own else None
                for name in (own[0][0].named(own[0][1]) if own else ())
            },
        }


def rows(folder: RunFolder) -> list[dict[str, Any]]:
    return [json.loads(line) for line in folder.windows.read_text().splitlines()]


def windowed(folder: Path, mission: str = "echo.basic", **settings: Any) -> RunConfig:
    """A small run in windows, as the recipe makes it."""
    made = recipe(mission=mission, total_timesteps=settings.pop("total_timesteps", 4096))
    trainer = made.trainer.replace(backend=settings.pop("backend", "ppo"), threads=1, update_epochs=1)
    components = {
        **made.components,
        "progress": {"enabled": False},
        "windows": made.components["windows"].replace(**{"window_env_steps": 1000} | settings),
    }
    return RunConfig(
        run="w",
        data_dir=str(folder),
        trainer=trainer,
        training_env=made.training_env,
        policy_architecture={"kind": "fast", "hidden": 32},
        components=components,
    )


def trained() -> None:
    """A run in uneven windows in the working directory; its words: "new" or "resume", and the mission."""
    how, mission = sys.argv
    uneven = mission == "cogsguard_arena.basic"
    config = windowed(
        Path.cwd(),
        mission,
        eval_replays_per_window=1,
        eval_max_steps_per_episode=20,
        flush_partial_window=True,
        window_env_steps=300 if uneven else 1024,
        total_timesteps=8 * 1536 if uneven else 8192,
    )
    components = {**config.components, "checkpointer": {"epoch_interval": 1}}
    train(config.replace(components=components), resume=how == "resume")
