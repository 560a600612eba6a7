"""Training speed of pufferlib-core 3.0.23 on echo.noisy's shapes, one thread, a JSON line for each line read:
`python peer_pufferlib_core.py mlp float32`, with a Python that has torch and pufferlib-core.
"""

import contextlib
import io
import json
import os
import sys
import time
import warnings
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive")
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import pufferlib  # noqa: E402
import torch  # noqa: E402
from torch.utils import cpp_extension  # noqa: E402

torch.set_num_threads(1)
# The compiled advantage is built from the source it ships: the wheel's own needs CUDA's runtime.
SOURCE = Path(pufferlib.__file__).parent / "extensions" / "pufferlib.cpp"
cpp_extension.load("pufferlib_C", [str(SOURCE)], extra_cflags=["-O3"], is_python_module=False)

import gymnasium  # noqa: E402
import pufferlib.models  # noqa: E402
import pufferlib.vector  # noqa: E402
from pufferlib import pufferl  # noqa: E402

pufferl._C_AVAILABLE = True

AGENTS, WIDTH, ANSWERS = 1024, 121, 5
HORIZON, MINIBATCH, HIDDEN = 64, 8192, 128


class Echo(pufferlib.PufferEnv):
    """A symbol among bits of noise, drawn beforehand: the environment costs next to nothing."""

    def __init__(self, buf=None, seed=0):
        self.single_observation_space = gymnasium.spaces.Box(0, 255, (WIDTH,), np.uint8)
        self.single_action_space = gymnasium.spaces.Discrete(ANSWERS)
        self.num_agents = self.agents_per_batch = AGENTS
        super().__init__(buf)
        rng = np.random.default_rng(seed)
        self.shown = rng.integers(0, ANSWERS, (64, AGENTS))
        self.table = rng.integers(0, 2, (64, AGENTS, WIDTH), dtype=np.uint8)
        self.table[..., :ANSWERS] = np.eye(ANSWERS, dtype=np.uint8)[self.shown]
        self.tick = 0

    def reset(self, seed=None):
        self.observations[:] = self.table[0]
        return self.observations, []

    def step(self, actions):
        self.rewards[:] = actions == self.shown[self.tick % 64]
        self.tick += 1
        self.observations[:] = self.table[self.tick % 64]
        self.terminals[:] = self.tick % 32 == 0
        return self.observations, self.rewards, self.terminals, self.truncations, []


def config(agents, uses_rnn, precision):
    return dict(  # noqa: C408
        torch_deterministic=True, seed=0, batch_size=agents * HORIZON, bptt_horizon=HORIZON, device="cpu",
        cpu_offload=False, use_rnn=uses_rnn, minibatch_size=MINIBATCH, max_minibatch_size=MINIBATCH,
        update_epochs=1, compile=False, compile_mode="", compile_fullgraph=False, optimizer="adam",
        learning_rate=1e-3, adam_beta1=0.9, adam_beta2=0.999, adam_eps=1e-8, total_timesteps=10**12,
        precision=precision, prio_beta0=0.2, prio_alpha=0.8, clip_coef=0.2, vf_clip_coef=0.2, vf_coef=0.5,
        ent_coef=0.01, gamma=0.99, gae_lambda=0.95, vtrace_rho_clip=1.0, vtrace_c_clip=1.0, max_grad_norm=0.5,
        anneal_lr=False, checkpoint_interval=10**9, data_dir="/tmp", env="peer",
    )  # fmt: skip


def with_memory(vecenv, policy):
    return pufferlib.models.LSTMWrapper(vecenv.driver_env, policy, HIDDEN, HIDDEN)


def measure(vecenv, policy, precision):
    """A row for each line that is read; then ends the process, whose threads PuffeRL would leave running."""
    settings = config(vecenv.num_agents, isinstance(policy, pufferlib.models.LSTMWrapper), precision)
    answers = sys.stdout
    with contextlib.redirect_stdout(io.StringIO()):
        trainer = pufferl.PuffeRL(settings, vecenv, policy)
        trainer.print_dashboard = lambda *args, **kwargs: None

        def rate():
            started, steps = time.process_time(), trainer.global_step
            while time.process_time() - started < 3:
                trainer.evaluate()
                trainer.train()
            return (trainer.global_step - steps) / (time.process_time() - started)

        rate()
        for _ in sys.stdin:
            row = {"parameters": trainer.model_size, "per_cpu_second": rate()}
            print(json.dumps(row), file=answers, flush=True)
    os._exit(0)


def main(name, precision):
    vecenv = pufferlib.vector.make(Echo, backend=pufferlib.vector.PufferEnv)
    policy = pufferlib.models.Default(vecenv.driver_env, HIDDEN)
    if name == "lstm":
        policy = with_memory(vecenv, policy)
    measure(vecenv, policy, precision)


if __name__ == "__main__":
    main(*sys.argv[1:])
