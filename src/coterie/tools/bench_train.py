"""How fast training is: steps learned per CPU-second, and what a second core brings."""

import contextlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from coterie.config import ConfigError, choose
from coterie.games.batch import Batch
from coterie.games.catalog import make
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
    "arena-tokens": Case("arena.basic_easy_shaped", {"kind": "fast", "actor": 0, "critic": 0}, 384),
    "arena-fast": Case("arena.basic_easy_shaped", {"kind": "fast"}, 384),
    "prospector": Case("prospector.basic", {"kind": "slots"}, 512, horizon=64, minibatch=2048),
}
PEERS = {  # the script in benchmarks/ that measures pufferlib-core in a case
    "mlp": "peer_pufferlib_core.py",
    "lstm": "peer_pufferlib_core.py",
    "arena-mlp": "peer_mettagrid_train.py",
    "arena-lstm": "peer_mettagrid_train.py",
    "arena-tokens": "peer_mettagrid_train.py",
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
    peer_per_cpu_second: float | None  # None without a peer
    over_peer: float | None  # of the ratios turn by turn
    over_peer_range: tuple[float, float] | None

    def data(self) -> dict[str, Any]:
        return asdict(self)


class Turns:
    """A program in a process of its own that measures one repetition whenever it is asked."""

    def __init__(self, name: str, command: Sequence[str | Path]) -> None:
        self.name, self.complaints = name, tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.complaints, text=True
        )

    def __enter__(self) -> "Turns":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()  # what it reads ends, and so does it
        self.complaints.close()

    def take(self) -> dict[str, Any]:
        self.ask()
        return self.answer()

    def ask(self) -> None:
        """Begin a repetition."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # `answer` says what happened
            self.process.stdin.write("\n")
            self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """What was measured, a JSON object a line."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        self.complaints.seek(0)
        last = self.complaints.read().strip().splitlines()[-1:]
        raise ConfigError(f"{self.name} did not run: {last[0] if last else 'it says nothing'}")


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


def take_turns(name: str, precision: Precision, threads: int) -> None:
    """PPO with one pass over each rollout, a repetition for each line that is read."""
    run = prepared(name, precision, threads)
    for _ in sys.stdin:
        steps, started, used = run.agent_step, time.perf_counter(), time.process_time()
        while time.process_time() - used < SECONDS:
            update(run)
        row = {
            "parameters": run.network.parameters_count(),
            "per_cpu_second": (run.agent_step - steps) / (time.process_time() - used),
            "per_second": (run.agent_step - steps) / (time.perf_counter() - started),
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        print(json.dumps(row), flush=True)


def measure(
    name: str, precision: str, threads: int, repetitions: int, *, peer_env: Path | None = None
) -> Speed:
    """A case in a fresh process, so that memory is its own; its peer turn by turn, in the same minutes."""
    choose("precision", precision, dict.fromkeys(get_args(Precision)))
    taken, peers = [], []
    with contextlib.ExitStack() as stack:
        own = stack.enter_context(Turns(name, own_command(name, precision, threads)))
        other = None
        if peer_env is not None:
            command = [*peer_command(peer_env, name), name, precision]
            other = stack.enter_context(Turns("pufferlib-core", command))
        for _ in range(repetitions):
            taken.append(own.take())
            if other is not None:
                peers.append(other.take()["per_cpu_second"])
    cpu = [row["per_cpu_second"] for row in taken]
    ratios = [ours / theirs for ours, theirs in zip(cpu, peers, strict=bool(peers))]
    return Speed(
        name=name,
        precision=precision,
        threads=threads,
        parameters=taken[-1]["parameters"],
        per_cpu_second=statistics.median(cpu),
        per_cpu_second_range=(min(cpu), max(cpu)),
        per_second=statistics.median(row["per_second"] for row in taken),
        memory_mb=taken[-1]["memory_mb"],
        peer_per_cpu_second=statistics.median(peers) if peers else None,
        over_peer=statistics.median(ratios) if peers else None,
        over_peer_range=(min(ratios), max(ratios)) if peers else None,
    )


def own_command(name: str, precision: str = "float32", threads: int = 1) -> list[str]:
    """What measures a case."""
    program = "from coterie.tools.bench_train import take_turns;"
    return [sys.executable, "-c", f"{program} take_turns({name!r}, {precision!r}, {threads})"]


def peer_command(environment: Path, name: str) -> list[Path]:
    """What measures pufferlib-core on the case's shapes or in mettagrid's arena."""
    script = Path(__file__).parents[3] / "benchmarks" / choose("training benchmark with a peer", name, PEERS)
    python = environment / "bin" / "python"
    if not python.exists():
        raise ConfigError(
            f"{python} is missing: make a virtual environment with torch and pufferlib-core there, "
            "and for the arena mettagrid"
        )
    if not script.exists():
        raise ConfigError(f"{script} is missing: peers are measured from a checkout of coterie's repository")
    return [python, script]
