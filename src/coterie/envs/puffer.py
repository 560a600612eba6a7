"""PufferLib: a batch of any game as a `PufferEnv` that writes observations into the trainer's own buffers."""

from importlib.util import find_spec
from typing import Any

import numpy as np

from coterie.config import ConfigError
from coterie.envs.spaces import (
    Illegal,
    action_space,
    as_actions,
    check_choices,
    config_of,
    observation_space,
    replace_illegal,
)
from coterie.games.batch import Batch, Episodes, GameConfig

if find_spec("pufferlib") is None:
    raise ImportError(
        "coterie.envs.puffer needs PufferLib, which is not installed: pip install torch psutil && "
        "pip install --no-deps pufferlib-core==3.0.23"
    )
import pufferlib


class PufferEnv(pufferlib.PufferEnv):
    """N worlds as one native environment of A = worlds * S agents; row = world * S + seat.

    `buf` are the arrays PufferLib shares between processes; observations are written there without a copy.
    Worlds that end start their next episode in the same step. PufferLib has no channel for action masks, so a
    game that has them needs `illegal="replace"`: its first allowed action is played where a forbidden one was
    chosen. `infos` carry mean return, length and statistics of the episodes that ended in a step.
    """

    def __init__(
        self,
        mission: str | GameConfig,
        worlds: int = 1,
        *,
        threads: int = 1,
        illegal: Illegal = "refuse",
        buf: dict[str, np.ndarray] | None = None,
        seed: int = 0,
    ) -> None:
        check_choices(illegal)
        self.batch = Batch(config_of(mission), worlds=worlds, seed=seed, threads=threads)
        spec = self.batch.spec
        if spec.has_mask and illegal == "refuse":
            raise ConfigError(
                f"{self.batch.config.game} masks actions and PufferLib cannot say which are allowed: "
                'illegal="replace" plays the first allowed one instead'
            )
        self.single_observation_space = observation_space(spec)
        self.single_action_space = action_space(spec)
        self.num_agents = self.batch.rows
        super().__init__(buf)
        self.batch.observe_into(self.observations)
        self._all_rows = np.ones(self.batch.rows, dtype=np.bool_)

    def reset(self, seed: int | None = 0) -> tuple[np.ndarray, list[dict[str, float]]]:
        """Every world's first episode of the seed; None repeats those of the seed last given."""
        self.batch.reset(seed)
        self.batch.episodes()
        self._publish()
        return self.observations, []

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[dict[str, float]]]:
        """Take the actions, [A] or [A, K]."""
        batch = self.batch
        batch.actions[:] = as_actions(actions, batch.actions.shape)
        replace_illegal(batch, self._all_rows)
        batch.step()
        self._publish()
        episodes = batch.episodes() if (batch.terminals | batch.truncations).any() else None
        infos = [told(episodes)] if episodes else []
        return self.observations, self.rewards, self.terminals, self.truncations, infos

    def render(self) -> str:
        """World 0 drawn for people."""
        return self.batch.text(0)

    def close(self) -> None:
        """There is nothing to release."""

    def _publish(self) -> None:
        self.rewards[:] = self.batch.rewards
        self.terminals[:] = self.batch.terminals
        self.truncations[:] = self.batch.truncations
        self.masks[:] = True


def told(episodes: Episodes) -> dict[str, float]:
    """Means over the episodes: `episode_return` of a seat, `episode_length`, and every statistic by name."""
    names: dict[str, Any] = {"episode_return": episodes.returns, "episode_length": episodes.length}
    names |= dict(zip(episodes.spec.statistics, episodes.statistics.T, strict=True))
    seats = np.moveaxis(episodes.seat_statistics, 2, 0)
    names |= {f"seat/{name}": v for name, v in zip(episodes.spec.seat_statistics, seats, strict=True)}
    return {name: float(np.mean(values)) for name, values in names.items()}
