"""Gymnasium: a game of one seat as an `Env`, the rows of a batch as a `VectorEnv`, missions by name."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from coterie.config import ConfigError
from coterie.envs.spaces import (
    Illegal,
    RenderMode,
    action_space,
    as_actions,
    check_choices,
    config_of,
    observation_space,
    replace_illegal,
)
from coterie.envs.world import World, drawn_seed, statistics
from coterie.games import catalog
from coterie.games.batch import Batch, Episodes, GameConfig


def register() -> None:
    """Let `gymnasium.make("coterie/<mission>")` make a SingleEnv of any mission that has one seat."""
    for mission in catalog.missions():
        if f"coterie/{mission}" not in gymnasium.registry:
            gymnasium.register(
                id=f"coterie/{mission}",
                entry_point="coterie.envs.gymnasium:SingleEnv",
                vector_entry_point="coterie.envs.gymnasium:vector_of",
                kwargs={"mission": mission},
            )


class SingleEnv(gymnasium.Env[np.ndarray, Any]):
    """One world of a game of one seat.

    `mission` is a mission's name or a game's config. An action that the game's mask forbids is refused, or
    with `illegal="replace"` the first allowed one is played and `info["action_replaced"]` says so. A reset
    with a seed starts that seed's episode; without one, the next seed is drawn from the last. Raises
    ConfigError for a game of several seats.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 10}

    def __init__(
        self, mission: str | GameConfig, *, illegal: Illegal = "refuse", render_mode: RenderMode = None
    ) -> None:
        check_choices(illegal, render_mode)
        self.world = World(mission, illegal)
        if self.world.spec.seats != 1:
            raise ConfigError(
                f"this {self.world.batch.config.game} has {self.world.spec.seats} seats and Gymnasium's Env "
                "only one: use PettingZoo's, coterie.envs.pettingzoo.ParallelEnv"
            )
        self.observation_space = observation_space(self.world.spec)
        self.action_space = action_space(self.world.spec)
        self.render_mode = render_mode

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.world.reset(drawn_seed(self.np_random) if seed is None else seed)
        return self.world.observations[0], self.world.info(0)

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.world.step(as_actions(action, self.world.batch.actions.shape))
        batch = self.world.batch
        ends = bool(batch.terminals[0]), bool(batch.truncations[0])
        return self.world.observations[0], float(batch.rewards[0]), *ends, self.world.info(0)

    def render(self) -> str | None:  # type: ignore[override]
        return self.world.text() if self.render_mode else None


class VectorEnv(gymnasium.vector.VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """All rows of a batch, each an environment: `num_envs` is A = worlds * S, row = world * S + seat.

    A world that ends starts its next episode in the same step: `info["final_obs"]`, [A, ...], then holds what
    the ended rows (`info["_final_obs"]`) saw last, and `info["final_info"]["statistics"]` the statistics of
    their episode. Where the game has masks, `info["action_mask"]` is int8 [A, sum of K sizes]. A seat that
    ends before its world does keeps its row, which starts anew with the world. `illegal` as in SingleEnv;
    with `copy=False` observations, rewards and ends are views that the next step overwrites.
    """

    metadata: dict[str, Any] = {
        "render_modes": ["ansi"],
        "render_fps": 10,
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }

    def __init__(
        self,
        mission: str | GameConfig,
        worlds: int = 1,
        *,
        threads: int = 1,
        copy: bool = True,
        illegal: Illegal = "refuse",
        render_mode: RenderMode = None,
    ) -> None:
        check_choices(illegal, render_mode)
        self.batch = Batch(config_of(mission), worlds=worlds, threads=threads)
        self.num_envs = self.batch.rows
        self.single_observation_space = observation_space(self.batch.spec)
        self.single_action_space = action_space(self.batch.spec)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.copy = copy
        self.illegal = illegal
        self.render_mode = render_mode

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start every world's first episode of the seed; without one, the next is drawn from the last."""
        if options and "reset_mask" in options:
            raise ConfigError(
                "reset_mask: worlds that end start their next episode by themselves; leave it out"
            )
        super().reset(seed=seed)
        self.batch.reset(drawn_seed(self.np_random) if seed is None else seed)
        self.batch.episodes()
        return self._given(self.batch.observations), self._masks()

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        batch = self.batch
        batch.actions[:] = as_actions(actions, batch.actions.shape)
        info: dict[str, Any] = {}
        if self.illegal == "replace" and batch.spec.has_mask:
            info["action_replaced"] = replace_illegal(batch, np.ones(batch.rows, dtype=np.bool_))
            info["_action_replaced"] = np.ones(batch.rows, dtype=np.bool_)
        batch.step()
        info |= self._masks()
        if (batch.terminals | batch.truncations).any():
            info |= final(batch, batch.episodes())
        given = [self._given(rows) for rows in (batch.rewards, batch.terminals, batch.truncations)]
        return self._given(batch.observations), given[0], given[1], given[2], info

    def render(self) -> tuple[str, ...] | None:  # type: ignore[override]
        """The worlds drawn for people, a text for each of N."""
        return tuple(self.batch.text(w) for w in range(self.batch.worlds)) if self.render_mode else None

    def _given(self, rows: np.ndarray) -> np.ndarray:
        return rows.copy() if self.copy else rows

    def _masks(self) -> dict[str, Any]:
        if not self.batch.spec.has_mask:
            return {}
        return {
            "action_mask": self.batch.masks.astype(np.int8),
            "_action_mask": np.ones(self.num_envs, dtype=np.bool_),
        }


def vector_of(mission: str, num_envs: int = 1, **options: Any) -> VectorEnv:
    """What `gymnasium.make_vec` calls: as many worlds of one seat as it asks for environments."""
    env = VectorEnv(mission, worlds=num_envs, **options)
    if env.num_envs != num_envs:
        raise ConfigError(
            f"{mission} has {env.batch.spec.seats} seats a world, which makes {env.num_envs} environments "
            f"and not {num_envs}: use coterie.envs.gymnasium.VectorEnv(mission, worlds) itself, or "
            "PettingZoo's coterie.envs.pettingzoo.ParallelEnv"
        )
    return env


def final(batch: Batch, episodes: Episodes) -> dict[str, Any]:
    """The infos of a step in which rows ended, as Gymnasium lays them out: `x` [A, ...] and `_x`, bool [A].

    Arrays of numbers, not of objects, since `NumpyToTorch` refuses the latter.
    """
    ended = batch.terminals | batch.truncations
    observations = np.zeros_like(batch.final_observations)
    observations[ended] = batch.observations[ended]
    named: dict[str, np.ndarray] = {}
    is_over = np.zeros(batch.rows, dtype=np.bool_)
    for i, world in enumerate(episodes.world.tolist()):
        for seat in range(batch.spec.seats):
            row = world * batch.spec.seats + seat
            is_over[row] = True
            for name, value in statistics(episodes, i, seat).items():
                named.setdefault(name, np.zeros(batch.rows, dtype=np.float32))[row] = value
    observations[is_over] = batch.final_observations[is_over]
    told = named | {f"_{name}": is_over.copy() for name in named}
    return {
        "final_obs": observations,
        "_final_obs": ended,
        "final_info": {"statistics": told, "_statistics": is_over},
        "_final_info": is_over.copy(),
    }
