"""Checks of libraries that CI does not install, on our faces: `python benchmarks/conformance.py puffer`."""

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from coterie.config import ConfigError
from coterie.envs.gymnasium import SingleEnv, VectorEnv
from coterie.envs.pettingzoo import ParallelEnv
from coterie.games import catalog
from coterie.games.batch import Batch

STEPS = 300


def puffer(mission: str) -> str:
    """Serial and Multiprocessing vectors use the shared buffers and give the same history each time."""
    make = import_module("pufferlib.vector").make
    creator = partial(import_module("coterie.envs.puffer").PufferEnv, mission, worlds=4, illegal="replace")
    histories = []
    for backend, options in (("Serial", {}), ("Multiprocessing", {"num_workers": 2, "overwork": True})):
        for _ in range(2):
            vector = make(creator, num_envs=2, backend=backend, seed=0, **options)
            try:
                histories.append(list(history(vector)))
                if backend == "Serial" and not all(is_shared(env, vector) for env in vector.envs):
                    raise AssertionError("observations are copied on their way to PufferLib's buffer")
            finally:
                vector.close()
    for other in histories[1:]:
        if not all(np.array_equal(a, b) for a, b in zip(histories[0], other, strict=True)):
            raise AssertionError("the same seed gave two histories")
    return f"Serial and Multiprocessing, {STEPS} steps of {len(histories[0][0])} agents each, twice the same"


def is_shared(env: Any, vector: Any) -> bool:
    """The batch writes where PufferLib reads."""
    return np.shares_memory(env.batch.observations, vector.observations)


def history(vector: Any) -> Iterator[np.ndarray]:
    """What each row of a PufferLib vector sees and gets, step by step: float32 [A, observation + 3]."""
    seen, _ = vector.reset(seed=1)
    vector.action_space.seed(1)
    for _ in range(STEPS):
        if not vector.observation_space.contains(seen):
            raise AssertionError("observations are outside their space")
        seen, rewards, terminals, truncations, _ = vector.step(vector.action_space.sample())
        parts = [seen.reshape(len(rewards), -1), rewards[:, None], terminals[:, None], truncations[:, None]]
        yield np.concatenate(parts, axis=1, dtype=np.float32)


def torchrl(mission: str) -> str:
    """`check_env_specs` over `PettingZooWrapper`, then episodes to their ends."""
    wrapper = import_module("torchrl.envs").PettingZooWrapper
    env = wrapper(ParallelEnv(mission, illegal="replace"), use_mask=True)
    import_module("torchrl.envs.utils").check_env_specs(env, seed=0)
    rollout = env.rollout(STEPS, break_when_any_done=False)
    ends = int(rollout["next", "done"].sum())
    return f"check_env_specs, then {rollout.batch_size[0]} steps with {ends} ends"


def tensors(mission: str) -> str:
    """Gymnasium's `NumpyToTorch` over VectorEnv, through ends of episodes where they come."""
    torch, wrappers = import_module("torch"), import_module("gymnasium.wrappers.vector")
    env = wrappers.NumpyToTorch(VectorEnv(mission, worlds=4, illegal="replace"))
    seen, _ = env.reset(seed=0)
    env.action_space.seed(0)
    ends = 0
    for _ in range(STEPS):
        if not isinstance(seen, torch.Tensor):
            raise AssertionError(f"observations are {type(seen).__name__}")
        seen, _, _, _, info = env.step(torch.as_tensor(env.action_space.sample()))
        ends += int(info["_final_obs"].sum()) if "final_obs" in info else 0
    return f"NumpyToTorch, {STEPS} steps of {env.num_envs} rows with {ends} ends"


def sb3(mission: str) -> str:
    """`check_env` over SingleEnv, for a mission of one seat."""
    check_env = import_module("stable_baselines3.common.env_checker").check_env
    if Batch(catalog.make(mission)).spec.seats > 1:
        return "several seats: no single-agent view to check"
    check_env(SingleEnv(mission, illegal="replace"))
    return "check_env"


def rllib(mission: str) -> str:
    """`check_multiagent_environments` over `ParallelPettingZooEnv`, then episodes to their ends."""
    wrapper = import_module("ray.rllib.env.wrappers.pettingzoo_env").ParallelPettingZooEnv
    env = wrapper(ParallelEnv(mission, illegal="replace"))
    import_module("ray.rllib.utils.pre_checks.env").check_multiagent_environments(env)
    seen, _ = env.reset(seed=0)
    for number, agent in enumerate(env.par_env.possible_agents):
        env.par_env.action_space(agent).seed(number)
    ends = 0
    for _ in range(STEPS):
        actions = {agent: env.par_env.action_space(agent).sample() for agent in seen}
        seen, _, terminations, truncations, _ = env.step(actions)
        if terminations["__all__"] or truncations["__all__"]:
            ends += 1
            seen, _ = env.reset()
        else:
            seen = {agent: seen[agent] for agent in env.par_env.agents}
    return f"check_multiagent_environments, then {STEPS} steps with {ends} ends"


CHECKS: dict[str, tuple[Callable[[str], str], str]] = {
    "puffer": (puffer, "pip install torch psutil && pip install --no-deps pufferlib-core==3.0.23"),
    "torchrl": (torchrl, "pip install torch torchrl"),
    "tensors": (tensors, "pip install torch array-api-compat"),
    "sb3": (sb3, "pip install stable-baselines3"),
    "rllib": (rllib, "pip install 'ray[rllib]' torch"),
}


def first_missions() -> list[str]:
    """The first mission of every game."""
    tables = [catalog.missions(game) for game in catalog.folders()]
    return [next(iter(table)) for table in tables if table]


def main(arguments: list[str] | None = None) -> int:
    """One line a mission; exit code 0 all passed, 1 a check failed, 2 the library or mission is not there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("library", choices=list(CHECKS))
    parser.add_argument("missions", nargs="*", help="by default the first mission of every game")
    chosen = parser.parse_args(arguments)
    check, install = CHECKS[chosen.library]
    missions = chosen.missions or first_missions()
    failures = 0
    for mission in missions:
        try:
            print(f"{chosen.library:8} {mission:28} {check(mission)}", flush=True)
        except ImportError as error:
            print(f"{chosen.library} cannot be checked: {error}. To install it: {install}", file=sys.stderr)
            return 2
        except ConfigError as error:
            print(f"{chosen.library} {mission}: {error}", file=sys.stderr)
            return 2
        except Exception as error:
            failures += 1
            print(f"{chosen.library:8} {mission:28} FAILED {type(error).__name__}: {error}", flush=True)
    if not missions:
        print("there are no missions to check", file=sys.stderr)
        return 2
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
