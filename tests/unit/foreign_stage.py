"""Little environments of other libraries that tests bring on stage as foreign ones."""

from typing import Any

import gymnasium
import numpy as np
import pettingzoo
from gymnasium import spaces


class Keys(gymnasium.Env[dict[str, Any], np.ndarray]):
    """Shows one of every space there is; the mask forbids the choice made last. Ends after `length` steps."""

    render_mode = "ansi"

    def __init__(self, length: int = 4) -> None:
        self.length = length
        self.observation_space = spaces.Dict(
            {
                "where": spaces.Discrete(4, start=1),
                "bag": spaces.MultiBinary(3),
                "picture": spaces.Box(0, 255, (2, 2), np.uint8),
                "pair": spaces.Tuple(
                    (spaces.Box(-np.inf, np.inf, (2,), np.float64), spaces.MultiDiscrete([2, 3]))
                ),
                "action_mask": spaces.Box(0, 1, (5,), np.int8),
            }
        )
        self.action_space = spaces.MultiDiscrete([3, 2])
        self.step_number = 0

    def shown(self, forbidden: int) -> dict[str, Any]:
        mask = np.ones(5, np.int8)
        mask[forbidden] = 0
        return {
            "where": 1 + self.step_number % 4,
            "bag": np.array([1, 0, 1], np.int8),
            "picture": np.array([[0, 51], [102, 255]], np.uint8),
            "pair": (np.array([0.5, -2.0]), np.array([1, 2])),
            "action_mask": mask,
        }

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        super().reset(seed=seed)
        self.step_number = 0
        return self.shown(int(self.np_random.integers(3))), {}

    def step(self, action: np.ndarray) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action)
        self.step_number += 1
        is_over = self.step_number == self.length
        info = {"choice": int(action[0]), "deep": {"step": self.step_number}}
        return self.shown(int(action[0])), float(action[1]), is_over, False, info

    def render(self) -> str:  # type: ignore[override]
        return f"\x1b[41mstep\x1b[0m {self.step_number}"


class Image(gymnasium.Env[np.ndarray, Any]):
    """One lit square in four: the action that names its place is paid. Truncated after 8 steps."""

    def __init__(self, side: int = 6) -> None:
        self.side = side
        self.observation_space = spaces.Box(0, 255, (side, side, 1), np.uint8)
        self.action_space = spaces.Discrete(4, start=1)

    def drawn(self) -> np.ndarray:
        self.place = int(self.np_random.integers(4))
        half, picture = self.side // 2, np.zeros((self.side, self.side, 1), np.uint8)
        row, column = divmod(self.place, 2)
        picture[row * half : (row + 1) * half, column * half : (column + 1) * half] = 255
        return picture

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.step_number = 0
        return self.drawn(), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        assert self.action_space.contains(action)
        self.step_number += 1
        reward = float(action == 1 + self.place)
        return self.drawn(), reward, False, self.step_number == 8, {}


class Meet(pettingzoo.ParallelEnv[str, Any, Any]):
    """Two agents, ten rounds: both are shown a number, both are paid 1 where both name it."""

    metadata = {"name": "meet"}
    render_mode = None
    possible_agents = ["left", "right"]

    def observation_space(self, agent: str) -> spaces.Discrete:  # type: ignore[override]
        return spaces.Discrete(3)

    def action_space(self, agent: str) -> spaces.Discrete:
        return spaces.Discrete(3)

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        self.random = np.random.default_rng(seed)
        self.agents, self.rounds = list(self.possible_agents), 0
        return self.shown(), {agent: {} for agent in self.agents}

    def shown(self) -> dict[str, Any]:
        self.number = int(self.random.integers(3))
        return dict.fromkeys(self.possible_agents, self.number)

    def step(self, actions: dict[str, int]) -> Any:
        self.rounds += 1
        reward = float(all(action == self.number for action in actions.values()))
        agents, is_over = self.agents, self.rounds == 10
        self.agents = [] if is_over else agents
        infos = {agent: {"rounds": self.rounds} for agent in agents}
        ends = dict.fromkeys(agents, is_over), dict.fromkeys(agents, False)
        return self.shown(), dict.fromkeys(agents, reward), *ends, infos


class Leavers(pettingzoo.ParallelEnv[str, Any, Any]):
    """Agent k ends by the rules after k + 1 steps, the last one by the clock; `late` comes with step 2.

    An agent sees its number and the step, and is paid the step in every one it takes.
    """

    metadata = {"name": "leavers"}
    possible_agents = ["a0", "a1", "a2", "late"]

    def observation_space(self, agent: str) -> spaces.Box:
        return spaces.Box(0, 9, (2,), np.float32)

    def action_space(self, agent: str) -> spaces.Discrete:
        return spaces.Discrete(2)

    def shown(self, agents: list[str]) -> dict[str, np.ndarray]:
        numbers = {agent: k for k, agent in enumerate(self.possible_agents)}
        return {agent: np.array([numbers[agent], self.clock], np.float32) for agent in agents}

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        self.clock = 0
        self.agents = ["a0", "a1", "a2"]
        return self.shown(self.agents), {agent: {"action_mask": [1, 0]} for agent in self.agents}

    def step(self, actions: dict[str, int]) -> Any:
        assert set(actions) == set(self.agents)
        self.clock += 1
        acted = list(self.agents)
        gone = {agent: agent == f"a{self.clock - 1}" and agent != "a2" for agent in acted}
        cut = dict.fromkeys(acted, self.clock == 3)
        stay = [agent for agent in acted if not gone[agent] and not cut[agent]]
        self.agents = [*stay, "late"] if self.clock == 2 else stay
        seen = self.shown([*acted, *(agent for agent in self.agents if agent not in acted)])
        return seen, dict.fromkeys(acted, float(self.clock)), gone, cut, {agent: {} for agent in acted}


class Corridors:
    """PufferLib's interface: `num_agents` corridors of 6 cells, each agent starts anew at its end.

    Choice 1 steps right, 0 left; a step costs 0.05 and the end is worth 1. After 20 steps it is truncated.
    """

    def __init__(self, num_agents: int = 4) -> None:
        self.num_agents = num_agents
        self.single_observation_space = spaces.Box(0, 1, (6,), np.float32)
        self.single_action_space = spaces.Discrete(2)
        self.observations = np.zeros((num_agents, 6), np.float32)
        self.rewards = np.zeros(num_agents, np.float32)
        self.terminals = np.zeros(num_agents, np.bool_)
        self.truncations = np.zeros(num_agents, np.bool_)
        self.masks = np.ones(num_agents, np.bool_)
        self.places = np.zeros(num_agents, np.int64)
        self.clocks = np.zeros(num_agents, np.int64)

    def show(self) -> np.ndarray:
        self.observations[:] = self.places[:, None] == np.arange(6)
        return self.observations

    def reset(self, seed: int | None = None) -> tuple[np.ndarray, list[Any]]:
        self.places[:] = self.clocks[:] = 0
        return self.show(), []

    def step(self, actions: np.ndarray) -> Any:
        assert actions.shape == (self.num_agents,) and actions.dtype == np.int32
        self.places[:] = np.maximum(self.places + 2 * actions - 1, 0)
        self.clocks += 1
        self.terminals[:] = self.places == 6
        self.truncations[:] = (self.clocks == 20) & ~self.terminals
        self.rewards[:] = self.terminals - 0.05
        ended = self.terminals | self.truncations
        infos = [{"steps": float(self.clocks[ended].mean())}] if ended.any() else []
        self.places[ended] = self.clocks[ended] = 0
        return self.show(), self.rewards, self.terminals, self.truncations, infos

    def close(self) -> None:
        """There is nothing to release."""


class Broken(gymnasium.Env[np.ndarray, Any]):
    """Does `what` wrong at its third step."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.observation_space = spaces.Box(-1, 1, (2,), np.float32)
        self.action_space = spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.clock = 0
        return np.zeros(2, np.float32), {}

    def step(self, action: int) -> Any:
        self.clock += 1
        whole = np.zeros(2, np.float32)
        if self.clock < 3:
            return whole, 0.0, False, False, {}
        if self.what == "raise":
            return [][0]
        wrong: dict[str, Any] = {
            "nan": (np.array([0, np.nan], np.float32), 0.0, False, False, {}),
            "shape": (np.zeros(3, np.float32), 0.0, False, False, {}),
            "words": ("left", 0.0, False, False, {}),
            "reward": (whole, np.inf, False, False, {}),
            "rewards": (whole, np.zeros(2), False, False, {}),
            "four": (whole, 0.0, False, {}),
            "mask": (whole, 0.0, False, False, {"action_mask": [1, 1]}),
        }
        return wrong[self.what]


def turns() -> Any:
    """What PettingZoo calls AEC."""
    return pettingzoo.utils.parallel_to_aec(Meet())


ONLY = Broken("nan")


def same() -> Broken:
    """One environment, however often it is asked for."""
    return ONLY
