"""PettingZoo: one world of any game as a `ParallelEnv` with agents `agent_0` … `agent_{S-1}`."""

from typing import Any

import numpy as np
import pettingzoo
from gymnasium import spaces

from coterie.config import ConfigError, nearest
from coterie.envs.spaces import (
    Illegal,
    RenderMode,
    action_space,
    as_actions,
    check_choices,
    observation_space,
)
from coterie.envs.world import World, drawn_seed
from coterie.games.batch import GameConfig

Observations = dict[str, np.ndarray]
Infos = dict[str, dict[str, Any]]


class ParallelEnv(pettingzoo.ParallelEnv[str, np.ndarray, Any]):
    """All seats of one world act at once.

    `mission` is a mission's name or a game's config. Observations are copies, all of one shape. Where the
    game has masks, `infos[agent]["action_mask"]` is what `action_space(agent).sample` takes. A forbidden
    action is refused, or with `illegal="replace"` the first allowed one is played and
    `infos[agent]["action_replaced"]` says so. A seat that ends leaves `agents`; when the world ends that is
    empty and infos carry the episode's `statistics`. A reset with a seed starts that seed's episode; without
    one, the next seed is drawn from the last; no options are read.
    """

    def __init__(
        self, mission: str | GameConfig, *, illegal: Illegal = "refuse", render_mode: RenderMode = None
    ) -> None:
        check_choices(illegal, render_mode)
        self.world = World(mission, illegal)
        name = mission if isinstance(mission, str) else mission.game
        self.metadata = {"name": name, "render_modes": ["ansi"], "render_fps": 10, "is_parallelizable": True}
        self.render_mode = render_mode
        spec = self.world.spec
        self.possible_agents = [f"agent_{seat}" for seat in range(spec.seats)]
        self.agents: list[str] = []
        self._seats = {agent: seat for seat, agent in enumerate(self.possible_agents)}
        self._observation_spaces = {agent: observation_space(spec) for agent in self.possible_agents}
        self._action_spaces = {agent: action_space(spec) for agent in self.possible_agents}
        self._generator = np.random.default_rng()

    def observation_space(self, agent: str) -> spaces.Box:
        return self._observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Discrete | spaces.MultiDiscrete:
        return self._action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observations, Infos]:
        if seed is not None:
            self._generator = np.random.default_rng(seed)
        self.world.reset(drawn_seed(self._generator) if seed is None else seed)
        self.agents = list(self.possible_agents)
        return self._observations(self.agents), self._infos(self.agents)

    def step(
        self, actions: dict[str, Any]
    ) -> tuple[Observations, dict[str, float], dict[str, bool], dict[str, bool], Infos]:
        """Take one action for each agent of `agents`. Raises ConfigError where one is missing or unknown."""
        acted, batch = self.agents, self.world.batch
        self.world.step(self._rows(actions))
        self.agents = [
            agent for agent, plays in zip(self.possible_agents, self.world.playing, strict=True) if plays
        ]
        seats = {agent: self._seats[agent] for agent in acted}
        return (
            self._observations(acted),
            {agent: float(batch.rewards[seat]) for agent, seat in seats.items()},
            {agent: bool(batch.terminals[seat]) for agent, seat in seats.items()},
            {agent: bool(batch.truncations[seat]) for agent, seat in seats.items()},
            self._infos(acted),
        )

    def render(self) -> str | None:
        """The world drawn for people; None without `render_mode="ansi"`."""
        return self.world.text() if self.render_mode else None

    def close(self) -> None:
        """There is nothing to release."""

    def _rows(self, actions: dict[str, Any]) -> np.ndarray:
        """The actions as int32 [S, K]; rows of seats out of play stay zero."""
        rows = np.zeros((len(self.possible_agents), len(self.world.spec.actions)), dtype=np.int32)
        for agent, action in actions.items():
            if agent not in self._seats:
                raise ConfigError(f"actions: no agent '{agent}'; {nearest(agent, self.possible_agents)}")
            rows[self._seats[agent]] = as_actions(action, rows.shape[1:])
        missing = [agent for agent in self.agents if agent not in actions]
        if missing:
            raise ConfigError(f"actions: {', '.join(missing)} plays and has none")
        return rows

    def _observations(self, agents: list[str]) -> Observations:
        seen = self.world.observations
        return {agent: seen[self._seats[agent]].copy() for agent in agents}

    def _infos(self, agents: list[str]) -> Infos:
        return {agent: self.world.info(self._seats[agent]) for agent in agents}
