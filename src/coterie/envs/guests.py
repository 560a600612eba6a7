"""Guests: one environment of Gymnasium, PettingZoo or PufferLib each, all with the same few verbs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from gymnasium import spaces

from coterie.config import ConfigError
from coterie.envs.reading import MASK, Choices, Odd, Reader


@dataclass(frozen=True, slots=True)
class View:
    """The rows of one copy in the buffers of all. S seats, C choices."""

    observations: np.ndarray  # [S, ...]
    finals: np.ndarray  # [S, ...] what ended rows saw last
    rewards: np.ndarray  # float32 [S]
    terminals: np.ndarray  # bool [S]
    truncations: np.ndarray  # bool [S]
    masks: np.ndarray  # bool [S, C], [S, 0] without masks


class Guest(Protocol):
    """One copy of an environment. All of `view` but what a step clears before is written by each step."""

    seats: int
    reader: Reader
    choices: Choices
    has_mask: bool
    max_steps: int  # its own clock, 0 = not known
    is_single: bool  # its infos are the episode's, and not each seat's
    starts_anew: bool  # seats that end start their next episode by themselves

    def reset(self, seed: int, view: View) -> None:
        """Start the episode of a seed, at most 31 bits."""

    def go_on(self, seed: int, view: View) -> None:
        """Start the next episode after one is over, where the environment has not done so itself."""

    def step(self, actions: np.ndarray, view: View) -> bool:
        """Take int32 [S, K] and write what came of it; whether the episode is over."""

    def told(self, names: Sequence[str]) -> np.ndarray:
        """Numbers of the latest infos by name, dots leading into dicts, float32 [S, names]; else 0."""

    def text(self) -> str: ...

    def close(self) -> None: ...


def guest(env: Any) -> Guest:
    """The environment behind a few verbs; a ConfigError says what it is instead of one."""
    if getattr(env, "emulated", False) and hasattr(env, "env"):
        env = env.env  # PufferLib's emulation of another library's, which says more than its bytes do
    if hasattr(env, "single_observation_space") and hasattr(env, "num_agents"):
        return PufferGuest(env)
    if hasattr(env, "single_observation_space"):
        raise ConfigError("it is a vector of environments; name what makes one, coterie makes the copies")
    if hasattr(env, "agent_iter"):
        raise ConfigError(
            "it is a PettingZoo environment whose agents take turns; "
            "pettingzoo.utils.aec_to_parallel makes one of it in which they act at once"
        )
    if hasattr(env, "possible_agents"):
        return ZooGuest(env)
    if all(hasattr(env, name) for name in ("observation_space", "action_space", "reset", "step")):
        return GymGuest(env)
    raise ConfigError(
        f"it is a {type(env).__name__}, and no environment of Gymnasium (observation_space), PettingZoo "
        "(possible_agents) or PufferLib (single_observation_space, num_agents)"
    )


def unpacked(given: Any, count: int, call: str, hint: str) -> tuple[Any, ...]:
    """What a call gave, if that is so many values."""
    if isinstance(given, tuple) and len(given) == count:
        return given
    what = f"{len(given)} values" if isinstance(given, tuple) else f"a {type(given).__name__}"
    raise Odd(f"gave {what} and not {count}: {call} gives {hint}")


COLOURS = re.compile(r"\x1b\[[0-9;]*m")
RESET = "observation, info"
STEP = "observation, reward, terminated, truncated, info"


def reward_of(value: Any) -> float:
    """One finite number."""
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "biuf":
        raise Odd(f"gave a reward of {array.dtype} and shape {array.shape}, and not one number")
    reward = float(array.reshape(()))
    if not np.isfinite(reward):
        raise Odd(f"gave the reward {reward}")
    return reward


def number_in(info: Any, name: str) -> float:
    """The finite number of an info at a name, whose dots lead into dicts; 0 where there is none."""
    for key in name.split("."):
        info = info.get(key) if isinstance(info, dict) else None
    try:
        number = float(np.asarray(info, dtype=np.float64).reshape(()))
    except (TypeError, ValueError):
        return 0.0
    return number if np.isfinite(number) else 0.0


def drawn(env: Any) -> str:
    """The environment drawn as text without colours, "" if it is not made to."""
    picture = env.render() if getattr(env, "render_mode", None) == "ansi" else ""
    return COLOURS.sub("", picture) if isinstance(picture, str) else ""


class Masked:
    """What the guests with infos share: a mask is in the observation or in the info, from the reset on."""

    reader: Reader
    choices: Choices
    has_mask = False
    starts_anew = False

    def write_mask(self, observation: Any, info: Any, row: np.ndarray) -> None:
        """The mask into `row`, bool [C]; all is allowed where an info has none."""
        if self.reader.has_mask:
            self.choices.write_mask(observation[MASK], row)
        elif isinstance(info, dict) and info.get(MASK) is not None:
            if not self.has_mask:
                raise Odd("gave an action_mask in the info of a step, and none in that of its first reset")
            self.choices.write_mask(info[MASK], row)
        else:
            row[:] = True


class GymGuest(Masked):
    """A `gymnasium.Env`: one seat."""

    is_single = True
    seats = 1

    def __init__(self, env: Any) -> None:
        self.env = env
        self.reader, self.choices = Reader(env.observation_space), Choices(env.action_space)
        self.max_steps = int(getattr(getattr(env, "spec", None), "max_episode_steps", None) or 0)
        _, self.info = unpacked(env.reset(seed=0), 2, "reset", RESET)
        self.has_mask = self.reader.has_mask or self.info.get(MASK) is not None

    def reset(self, seed: int, view: View) -> None:
        observation, self.info = unpacked(self.env.reset(seed=seed), 2, "reset", RESET)
        self.show(observation, view)

    go_on = reset

    def step(self, actions: np.ndarray, view: View) -> bool:
        given = unpacked(self.env.step(self.choices(actions[0])), 5, "step", STEP)
        observation, reward, terminated, truncated, self.info = given
        view.rewards[0] = reward_of(reward)
        view.terminals[0] = bool(terminated)
        view.truncations[0] = bool(truncated) and not terminated
        self.show(observation, view)
        if terminated or truncated:
            view.finals[0] = view.observations[0]
            return True
        return False

    def show(self, observation: Any, view: View) -> None:
        self.reader(observation, view.observations[0])
        self.write_mask(observation, self.info, view.masks[0])

    def told(self, names: Sequence[str]) -> np.ndarray:
        return np.array([[number_in(self.info, name) for name in names]], dtype=np.float32)

    def text(self) -> str:
        return drawn(self.env)

    def close(self) -> None:
        self.env.close()


class ZooGuest(Masked):
    """A `pettingzoo.ParallelEnv`: a seat for each of its possible agents.

    An agent that has left, or has not come yet, is terminal in every step, sees zeros and earns nothing.
    """

    is_single = False

    def __init__(self, env: Any) -> None:
        self.env, self.agents = env, list(env.possible_agents)
        if not self.agents:
            raise ConfigError("its possible_agents are empty; a seat is made for each")
        self.seats = len(self.agents)
        seen = alike(self.agents, env.observation_space, "observation_space", "pad_observations_v0")
        self.reader = Reader(seen)
        self.choices = Choices(alike(self.agents, env.action_space, "action_space", "pad_action_space_v0"))
        self.max_steps = 0
        _, self.infos = unpacked(env.reset(seed=0), 2, "reset", "observations, infos")
        self.has_mask = self.reader.has_mask or any(MASK in info for info in self.infos.values())

    def reset(self, seed: int, view: View) -> None:
        given = unpacked(self.env.reset(seed=seed), 2, "reset", "observations, infos")
        observations, self.infos = given[0], dict(given[1])
        for seat, agent in enumerate(self.agents):
            self.show(seat, observations.get(agent), view)

    go_on = reset

    def step(self, actions: np.ndarray, view: View) -> bool:
        seats = {agent: seat for seat, agent in enumerate(self.agents)}
        acted = list(self.env.agents)
        chosen = {agent: self.choices(actions[seats[agent]]) for agent in acted}
        given = unpacked(self.env.step(chosen), 5, "step", "five dicts with a value for each agent")
        observations, rewards, terminations, truncations, infos = given
        self.infos.update(infos)
        missing = [agent for agent in acted if agent not in observations]
        if missing:
            raise Odd(f"gave {', '.join(map(str, missing))} no observation, and they acted")
        for seat, agent in enumerate(self.agents):
            view.rewards[seat] = reward_of(rewards.get(agent, 0.0))
            view.truncations[seat] = agent in acted and bool(truncations.get(agent, False))
            is_here = agent in acted or agent in self.env.agents
            view.terminals[seat] = bool(terminations.get(agent, False)) or not is_here
            self.show(seat, observations.get(agent) if is_here else None, view)
        view.truncations[:] &= ~view.terminals
        if not self.env.agents:
            view.terminals[:] = ~view.truncations
        ended = view.terminals | view.truncations
        view.finals[ended] = view.observations[ended]
        return bool(ended.all())

    def show(self, seat: int, observation: Any, view: View) -> None:
        if observation is None:
            view.observations[seat] = 0
            view.masks[seat] = True
            return
        self.reader(observation, view.observations[seat])
        self.write_mask(observation, self.infos.get(self.agents[seat]), view.masks[seat])

    def told(self, names: Sequence[str]) -> np.ndarray:
        infos = [self.infos.get(agent) for agent in self.agents]
        return np.array([[number_in(info, name) for name in names] for info in infos], dtype=np.float32)

    def text(self) -> str:
        return drawn(self.env)

    def close(self) -> None:
        self.env.close()


def alike(agents: list[Any], space_of: Any, what: str, wrapper: str) -> Any:
    """The space that all agents share; a ConfigError if they do not."""
    first = space_of(agents[0])
    for agent in agents[1:]:
        if space_of(agent) != first:
            raise ConfigError(
                f"its agents differ in {what}: {agents[0]} has {first}, {agent} {space_of(agent)}; "
                f"supersuit.{wrapper} makes them alike"
            )
    return first


class PufferGuest:
    """A `PufferEnv`: a seat for each of its agents, which start anew by themselves.

    An episode of the copy is over when each of its agents has come to an end at least once; a seat's return
    is that of its first one. PufferLib overwrites what an agent saw last with what it sees first, so that a
    truncation is worth what the observation before it was. Agents whose `masks` are false are gone.
    """

    is_single = starts_anew = True
    has_mask = False
    max_steps = 0

    def __init__(self, env: Any) -> None:
        self.env, self.seats = env, int(env.num_agents)
        if not isinstance(env.single_observation_space, spaces.Box):
            raise ConfigError(f"its single_observation_space is {env.single_observation_space}, and no Box")
        self.reader, self.choices = Reader(env.single_observation_space), Choices(env.single_action_space)
        one = env.single_observation_space
        every = spaces.Box(0, 1, (self.seats, *one.shape), one.dtype)  # of all agents at once
        self.readers = Reader(every)
        self.seen = np.zeros((self.seats, *self.reader.shape), self.reader.dtype)
        self.over = np.zeros(self.seats, dtype=np.bool_)
        self.infos: list[Any] = []

    def reset(self, seed: int, view: View) -> None:
        observations, _ = unpacked(self.env.reset(seed=seed), 2, "reset", "observations, infos")
        self.infos = []
        self.over[:] = False
        self.show(observations, view)

    def go_on(self, seed: int, view: View) -> None:
        self.over[:] = False

    def step(self, actions: np.ndarray, view: View) -> bool:
        hint = "observations, rewards, terminals, truncations, infos"
        chosen = actions[:, 0] if self.choices.is_single else actions
        given = unpacked(self.env.step(chosen + self.choices.starts.astype(np.int32)), 5, "step", hint)
        observations, rewards, terminals, truncations, infos = given
        view.rewards[:] = self.column(rewards, "rewards")
        if not np.isfinite(view.rewards).all():
            raise Odd(
                f"gave agent {int(np.isfinite(view.rewards).argmin())} a reward that is no finite number"
            )
        here = self.column(getattr(self.env, "masks", self.over | True), "masks").astype(np.bool_)
        view.terminals[:] = self.column(terminals, "terminals").astype(np.bool_) | ~here
        view.truncations[:] = self.column(truncations, "truncations").astype(np.bool_) & ~view.terminals
        ended = view.terminals | view.truncations
        view.finals[ended] = self.seen[ended]
        self.show(observations, view)
        self.infos = infos or self.infos
        self.over |= ended
        return bool(self.over.all())

    def show(self, observations: Any, view: View) -> None:
        self.readers(observations, view.observations)
        self.seen[:] = view.observations

    def column(self, values: Any, name: str) -> np.ndarray:
        """A number for each agent, [S]."""
        array = np.asarray(values)
        if array.shape != (self.seats,):
            raise Odd(f"gave {name} of shape {array.shape}, there are {self.seats} agents")
        return array

    def told(self, names: Sequence[str]) -> np.ndarray:
        latest = self.infos[-1] if self.infos else {}
        return np.array([[number_in(latest, name) for name in names]], dtype=np.float32)

    def text(self) -> str:
        return drawn(self.env)

    def close(self) -> None:
        self.env.close()
