"""How fast training is: steps learned per CPU-second, and what a second core brings."""

import resource
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from coterie.config import ConfigError, choose
from coterie.games.batch import Batch
from coterie.games.catalog import make
from coterie.tools.bench import peer_rows
from coterie.training.build import build
from coterie.training.config import RunConfig, TrainerConfig, TrainingEnvConfig
from coterie.training.run import Run
from coterie.training.trainer import update

Precision = Literal["float32", "bfloat16"]
HORIZON, MINIBATCH = 64, 8192
SECONDS = 3.0  # of CPU time, at least, that one repetition takes


@dataclass(frozen=True, slots=True)
class Case:
    """A network in a game with so many agents."""

    mission: str
    architecture: dict[str, Any]
    agents: int
    horizon: int = HORIZON
    minibatch: int = MINIBATCH


CASES = {
    "mlp": Case("echo.noisy", {"kind": "stateless", "layers": 1}, 1024),
    "lstm": Case("echo.noisy", {"kind": "lstm", "layers": 1}, 1024),
    "arena-mlp": Case("arena.basic_easy_shaped", {"kind": "stateless", "layers": 1}, 384),
    "arena-lstm": Case("arena.basic_easy_shaped", {"kind": "lstm", "layers": 1}, 384),
    "arena-fast": Case("arena.basic_easy_shaped", {"kind": "fast"}, 384),
    "prospector": Case("prospector.basic", {"kind": "slots"}, 512, horizon=64, minibatch=2048),
}
PEERS = {  # the script in benchmarks/ that measures pufferlib-core in a case
    "mlp": "peer_pufferlib_core.py",
    "lstm": "peer_pufferlib_core.py",
    "arena-mlp": "peer_mettagrid_train.py",
    "arena-lstm": "peer_mettagrid_train.py",
    "arena-fast": "peer_mettagrid_train.py",
}


@dataclass(frozen=True, slots=True)
class Speed:
    """Agent-steps that were played and learned from, once each: medians over repetitions, and their range."""

    name: str
    precision: str
    threads: int
    parameters: int
    per_cpu_second: float
    per_cpu_second_range: tuple[float, float]
    per_second: float
    memory_mb: float

    def data(self) -> dict[str, Any]:
        return asdict(self)


def prepared(name: str, precision: Precision = "float32", threads: int = 1) -> Run:
    """The case's run, warmed up by one update."""
    case = choose("training benchmark", name, CASES)
    worlds = max(1, case.agents // Batch(make(case.mission)).spec.seats)
    run = build(
        RunConfig(
            run="bench",
            policy_architecture=case.architecture,
            training_env=TrainingEnvConfig(mission=case.mission, worlds=worlds),
            trainer=TrainerConfig(
                total_timesteps=10**12,
                batch_size=case.agents * case.horizon,
                minibatch_size=min(case.minibatch, case.agents * case.horizon // 3),
                bptt_horizon=case.horizon,
                precision=precision,
                threads=threads,
            ),
        )
    )
    update(run)
    return run


def measure(name: str, precision: Precision = "float32", threads: int = 1, repetitions: int = 5) -> Speed:
    """PPO with one pass over each rollout, after one update to warm up; in this process."""
    run = prepared(name, precision, threads)
    cpu, wall = [], []
    for _ in range(repetitions):
        steps, started, used = run.agent_step, time.perf_counter(), time.process_time()
        while time.process_time() - used < SECONDS:
            update(run)
        cpu.append((run.agent_step - steps) / (time.process_time() - used))
        wall.append((run.agent_step - steps) / (time.perf_counter() - started))
    run.dismiss()
    return Speed(
        name=name,
        precision=precision,
        threads=threads,
        parameters=run.network.parameters_count(),
        per_cpu_second=statistics.median(cpu),
        per_cpu_second_range=(min(cpu), max(cpu)),
        per_second=statistics.median(wall),
        memory_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def measure_apart(name: str, precision: str, threads: int, repetitions: int) -> Speed:
    """The same in a fresh process, so that memory is this case's own."""
    choose("precision", precision, dict.fromkeys(get_args(Precision)))
    program = (
        "import json; from coterie.tools.bench_train import measure;"
        f"print(json.dumps(measure({name!r}, {precision!r}, {threads}, {repetitions}).data()))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if done.returncode:
        raise ConfigError(f"{name} did not run: {done.stderr.strip().splitlines()[-1]}")
    [row] = peer_rows(done.stdout)
    values: dict[str, Any] = {**row, "per_cpu_second_range": tuple(row["per_cpu_second_range"])}
    return Speed(**values)


def measure_peer(environment: Path, name: str, precision: str, repetitions: int) -> dict[str, Any]:
    """pufferlib-core on the case's shapes or in mettagrid's arena, by the Python of such an environment."""
    script = Path(__file__).parents[3] / "benchmarks" / choose("training benchmark with a peer", name, PEERS)
    python = environment / "bin" / "python"
    if not python.exists():
        raise ConfigError(
            f"{python} is missing: make a virtual environment with torch and pufferlib-core there, "
            "and for the arena mettagrid"
        )
    if not script.exists():
        raise ConfigError(f"{script} is missing: peers are measured from a checkout of coterie's repository")
    done = subprocess.run([python, script, name, precision, str(repetitions)], capture_output=True, text=True)
    rows = peer_rows(done.stdout)
    if not rows:
        raise ConfigError(f"pufferlib-core did not run: {done.stderr.strip().splitlines()[-1]}")
    return rows[0]
