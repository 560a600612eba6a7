"""Speed of mettagrid's own arena, for `coterie bench step --peer mettagrid`."""

# One process, one thread, one environment, actions drawn beforehand, the C++ engine called directly (the
# upper bound of any wrapper), and the time of new episodes added as if every one had 1000 steps.
# Prints a JSON line per case.

import json
import logging
import os
import statistics
import sys
import time
import warnings

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "METTAGRID_OBS_THREADS"):
    os.environ.setdefault(variable, "1")
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import mettagrid.builder.envs as builders  # noqa: E402
import mettagrid.mapgen.scenes.random as random_scene  # noqa: E402
import numpy as np  # noqa: E402
from mettagrid.config.filter import actorHas  # noqa: E402
from mettagrid.config.handler_config import Handler  # noqa: E402
from mettagrid.config.mettagrid_config import GridObjectConfig  # noqa: E402
from mettagrid.config.mutation import updateActor  # noqa: E402
from mettagrid.config.reward_config import inventoryReward  # noqa: E402
from mettagrid.mapgen.mapgen import MapGen  # noqa: E402
from mettagrid.policy.policy_env_interface import PolicyEnvInterface  # noqa: E402
from mettagrid.simulator import Simulator  # noqa: E402
from mettagrid.simulator.simulator import Buffers  # noqa: E402

AGENTS = 24
STEPS = 3000
EPISODE = 1000

RECIPES = {
    "assembler": ({"battery_red": 3}, {"heart": 1}),
    "mine_red": ({}, {"ore_red": 1}),
    "generator_red": ({"ore_red": 1}, {"battery_red": 1}),
    "lasery": ({"battery_red": 1, "ore_red": 2}, {"laser": 1}),
    "armory": ({"ore_red": 3}, {"armor": 1}),
}
REWARDS = {
    "heart": (1, 100),
    "ore_red": (0.1, 1),
    "battery_red": (0.8, 1),
    "laser": (0.5, 1),
    "armor": (0.5, 1),
    "blueprint": (0.5, 1),
}


def building(name, need, give):
    """A building of January's arena; this engine has no cooldowns."""
    change = {**{item: -n for item, n in need.items()}, **give}
    filters = [actorHas(need)] if need else []
    return GridObjectConfig(
        name=name, on_use_handler=Handler(filters=filters, mutations=[updateActor(change)])
    )


def arena(window, tokens):
    """January's arena with easy shaped rewards: 24 agents on 62x62, its five kinds of buildings."""
    config = builders.make_arena(num_agents=AGENTS)
    game = config.game
    game.objects.update({name: building(name, *recipe) for name, recipe in RECIPES.items()})
    counts = {"wall": 10, "assembler": 5, "mine_red": 10, "generator_red": 5, "lasery": 1, "armory": 1}
    game.map_builder = MapGen.Config(
        num_agents=AGENTS,
        width=25,
        height=25,
        border_width=6,
        instance_border_width=0,
        instance=random_scene.Random.Config(agents=6, objects=counts),
    )
    game.agent.rewards = {
        item: inventoryReward(item, weight=w, max=cap) for item, (w, cap) in REWARDS.items()
    }
    game.obs.width = game.obs.height = window
    game.obs.num_tokens = tokens
    game.max_steps = 0
    return config


def measure(name, config, repetitions):
    interface = PolicyEnvInterface.from_mg_cfg(config)
    n, choices = interface.num_agents, len(interface.action_names)
    buffers = Buffers(
        observations=np.zeros((n, *interface.observation_space.shape), np.uint8),
        terminals=np.zeros(n, bool),
        truncations=np.zeros(n, bool),
        rewards=np.zeros(n, np.float32),
        masks=np.ones(n, bool),
        actions=np.zeros(n, np.int32),
        vibe_actions=np.zeros(n, np.int32),
        teacher_actions=np.zeros(n, np.int32),
    )
    simulator = Simulator()
    resets = []
    for seed in range(repetitions):
        used = time.process_time()
        simulation = simulator.new_simulation(config, seed=seed, buffers=buffers)
        resets.append(time.process_time() - used)
    engine = simulation._c_sim
    actions = np.random.default_rng(0).integers(0, choices, (STEPS, n)).astype(np.int32)
    wall, cpu = [], []
    for _ in range(repetitions + 1):
        started, used = time.perf_counter(), time.process_time()
        for row in actions:
            buffers.actions[:] = row
            engine.step()
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    reset = statistics.median(resets)
    episodes = STEPS / EPISODE * reset
    row = {
        "name": name,
        "agents": n,
        "per_cpu_second": n * STEPS / (statistics.median(cpu[1:]) + episodes),
        "per_second": n * STEPS / (statistics.median(wall[1:]) + episodes),
        "reset_ms": reset * 1e3,
    }
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    measure("mettagrid arena, 11x11, 200 tokens", arena(11, 200), times)
    measure("mettagrid arena, 13x13, 500 tokens", arena(13, 500), times)
