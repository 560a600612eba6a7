"""Training speed of pufferlib-core 3.0.23 in mettagrid 0.26.22's arena, one thread, a JSON line for each line
read: `python peer_mettagrid_train.py arena-mlp float32`, with a Python that has torch and both.
"""

import sys

# Before torch is loaded: they set how many threads it takes.
from peer_mettagrid import EPISODE, arena
from peer_pufferlib_core import HIDDEN, measure, with_memory

# isort: split
import pufferlib.models
import pufferlib.vector
import torch
from mettagrid.envs.early_reset_handler import EarlyResetHandler
from mettagrid.envs.mettagrid_puffer_env import MettaGridPufferEnv
from mettagrid.envs.stats_tracker import StatsTracker
from mettagrid.policy.policy_env_interface import PolicyEnvInterface
from mettagrid.simulator import Simulator
from mettagrid.util.stats_writer import NoopStatsWriter
from torch import nn

WORLDS, WINDOW, TOKENS = 16, 11, 200
CELLS, PLANES = WINDOW**2, 24
EVERYWHERE = 0xFE  # the location of a token that is about no cell; 0xFF is padding


def world(buf=None, seed=0):
    """As CoGames' own training makes one: with statistics, and first episodes that end at different steps."""
    config = arena(WINDOW, TOKENS)
    config.game.max_steps = EPISODE
    simulator = Simulator()
    simulator.add_event_handler(StatsTracker(NoopStatsWriter()))
    simulator.add_event_handler(EarlyResetHandler())
    return MettaGridPufferEnv(simulator, config, buf=buf, seed=seed)


class TokenPlanes(pufferlib.models.Default):
    """Metta's way to read tokens: scattered into a plane of the window for each feature, then convolved."""

    def __init__(self, env, hidden_size):
        super().__init__(env, hidden_size)
        self.encoder = nn.Sequential(
            nn.Conv2d(PLANES, 64, 5, stride=3),
            nn.ReLU(),
            nn.Conv2d(64, 64, 3),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64, hidden_size),
            nn.ReLU(),
        )
        cells = torch.full((256,), PLANES * CELLS)
        for row in range(WINDOW):
            cells[16 * row : 16 * row + WINDOW] = WINDOW * row + torch.arange(WINDOW)
        cells[EVERYWHERE] = CELLS // 2
        self.register_buffer("cells", cells)
        scales = torch.zeros(256)
        for feature in PolicyEnvInterface.from_mg_cfg(env.env_cfg).obs_features:
            scales[feature.id] = 1 / feature.normalization
        self.register_buffer("scales", scales)

    def encode_observations(self, observations, state=None):
        locations, features, values = observations.long().unbind(-1)
        places = features * CELLS + self.cells[locations]
        known = places < PLANES * CELLS
        planes = torch.zeros(len(observations), PLANES * CELLS)
        planes.scatter_add_(1, places * known, values * self.scales[features] * known)
        return self.encoder(planes.view(-1, PLANES, WINDOW, WINDOW))


def wide(policy):
    """The policy with the hidden layers that Metta's Fast has before its actions and its value."""
    policy.decoder = nn.Sequential(
        nn.Linear(HIDDEN, 512), nn.ReLU(), nn.Linear(512, policy.decoder.out_features)
    )
    policy.value = nn.Sequential(nn.Linear(HIDDEN, 1024), nn.Tanh(), nn.Linear(1024, 1))
    return policy


def main(name, precision):
    vecenv = pufferlib.vector.make(world, num_envs=WORLDS, backend=pufferlib.vector.Serial)
    reader = TokenPlanes if name in ("arena-tokens", "arena-fast") else pufferlib.models.Default
    policy = reader(vecenv.driver_env, HIDDEN)
    if name == "arena-fast":
        policy = wide(policy)
    if name != "arena-mlp":
        policy = with_memory(vecenv, policy)
    measure(vecenv, policy, precision)


if __name__ == "__main__":
    main(*sys.argv[1:])
