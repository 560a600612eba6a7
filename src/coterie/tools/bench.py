"""How fast the games are: steps, resets, thread hand-off, imports."""

import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch, GameConfig

EPISODE = 1000  # steps of an episode, in games that can be told
ROWS = 384  # agents stepped together, about; few enough that two such batches stay in a cache
PEERS = {"mettagrid": "0.26.22"}


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement of stepping: medians over repetitions, lowest and highest beside them."""

    name: str
    agents: int
    worlds: int
    threads: int
    per_cpu_second: float
    per_cpu_second_range: tuple[float, float]
    per_second: float
    reset_ms: float
    instructions: float | None = None

    def data(self) -> dict[str, Any]:
        return asdict(self)


def config_of(mission: str) -> GameConfig:
    """The mission with episodes of 1000 steps, where their length can be set."""
    config = catalog.make(mission)
    return config.replace(max_steps=EPISODE) if "max_steps" in type(config).model_fields else config


def make_batch(config: GameConfig, worlds: int | None, threads: int) -> Batch:
    """A batch of about ROWS agents whose first episodes end at different steps."""
    seats = Batch(config).spec.seats
    return Batch(config, worlds=worlds or max(1, ROWS // seats), threads=threads, desync=True)


def random_actions(batch: Batch, count: int) -> np.ndarray:
    """`count` times actions for all rows, int32 [count, A, K], drawn beforehand so that no draw is timed."""
    rng = np.random.default_rng(0)
    sizes = np.asarray(batch.spec.actions)
    return rng.integers(0, sizes, (count, batch.rows, len(sizes))).astype(np.int32)


def run_steps(batch: Batch, actions: np.ndarray, steps: int) -> tuple[float, float]:
    """Step with the given actions over and over; the seconds and CPU seconds that took.

    Games with masks take legal actions that these draw, and the search for them is not timed.
    """
    if batch.spec.has_mask:
        return _run_masked_steps(batch, actions, steps)
    started, used = time.perf_counter(), time.process_time()
    for k in range(steps):
        batch.actions[:] = actions[k % len(actions)]
        batch.step()
    return time.perf_counter() - started, time.process_time() - used


def _run_masked_steps(batch: Batch, actions: np.ndarray, steps: int) -> tuple[float, float]:
    wall = cpu = 0.0
    numbers = np.random.default_rng(0).integers(0, 2**14, actions.shape)
    for k in range(steps):
        batch.actions[:] = legal_by(batch, numbers[k % len(numbers)])
        started, used = time.perf_counter(), time.process_time()
        batch.step()
        wall, cpu = wall + time.perf_counter() - started, cpu + time.process_time() - used
    return wall, cpu


def legal_by(batch: Batch, numbers: np.ndarray) -> np.ndarray:
    """The allowed choices of every head that `numbers` [A, K] draw, each as likely; int32 [A, K]."""
    heads = np.split(batch.masks, np.cumsum(batch.spec.actions)[:-1], axis=1)
    chosen = []
    for k, head in enumerate(heads):
        ranks = head.cumsum(axis=1, dtype=np.int16)
        chosen.append((ranks > (numbers[:, k] % ranks[:, -1])[:, None]).argmax(axis=1))
    return np.stack(chosen, axis=1).astype(np.int32)


def measure_steps(mission: str, *, worlds: int | None = None, threads: int = 1, repetitions: int = 5) -> Row:
    """Agent-steps per second with random actions, episodes of 1000 steps with resets, through `Batch`."""
    batch = make_batch(config_of(mission), worlds, threads)
    actions = random_actions(batch, 61)
    run_steps(batch, actions, EPISODE // 2)
    wall, cpu = [], []
    for _ in range(repetitions):
        seconds, cpu_seconds = run_steps(batch, actions, EPISODE)
        wall.append(EPISODE * batch.rows / seconds)
        cpu.append(EPISODE * batch.rows / cpu_seconds)
    return Row(
        name=mission,
        agents=batch.spec.seats,
        worlds=batch.worlds,
        threads=threads,
        per_cpu_second=statistics.median(cpu),
        per_cpu_second_range=(min(cpu), max(cpu)),
        per_second=statistics.median(wall),
        reset_ms=measure_reset(mission),
    )


def measure_reset(mission: str, repetitions: int = 5) -> float:
    """CPU milliseconds until a world's next episode stands ready, its new map included."""
    batch = Batch(catalog.make(mission), worlds=32)
    times = []
    for seed in range(repetitions):
        used = time.process_time()
        batch.reset(seed)
        times.append((time.process_time() - used) / batch.worlds * 1e3)
    return statistics.median(times)


def count_instructions(mission: str, *, worlds: int | None = None) -> float:
    """Instructions per agent-step, from two runs under callgrind that differ by 100 steps."""
    if not shutil.which("valgrind"):
        raise ConfigError("instructions are counted by valgrind, missing here: apt-get install valgrind")
    program = (
        "from coterie.tools import bench;"
        f"batch = bench.make_batch(bench.config_of({mission!r}), {worlds}, 1);"
        "bench.run_steps(batch, bench.random_actions(batch, 61), {steps});"
        "print(batch.rows)"
    )

    def run(steps: int) -> tuple[int, int]:
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-c"]
        done = subprocess.run(
            [*command, program.replace("{steps}", str(steps))],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"},
        )
        collected = re.search(r"Collected : (\d+)", done.stderr)
        if collected is None:
            raise ConfigError(f"callgrind printed no count: {done.stderr[-200:]}")
        return int(collected[1]), int(done.stdout)

    (few, rows), (many, _) = run(20), run(120)
    return (many - few) / (100 * rows)


# -- peers ---------------------------------------------------------------------------------------------------


def measure_peer(peer: str, environment: Path, repetitions: int = 5) -> list[dict[str, Any]]:
    """The peer's own arena, run by the Python of an environment that has it installed."""
    if peer not in PEERS:
        raise ConfigError(f"no peer '{peer}'; there is {', '.join(PEERS)}")
    python = environment / "bin" / "python"
    if not python.exists():
        raise ConfigError(
            f"{python} is missing: python3 -m venv {environment} "
            f"&& {python} -m pip install {peer}=={PEERS[peer]}"
        )
    script = Path(__file__).parents[3] / "benchmarks" / f"peer_{peer}.py"
    if not script.exists():
        raise ConfigError(f"{script} is missing: peers are measured from a checkout of coterie's repository")
    done = subprocess.run([python, script, str(repetitions)], capture_output=True, text=True)
    if done.returncode:
        raise ConfigError(f"{peer} did not run: {done.stderr.strip().splitlines()[-1]}")
    return peer_rows(done.stdout)


def peer_rows(said: str) -> list[dict[str, Any]]:
    """The rows another process printed, one JSON object a line, whatever else it said."""
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


# -- threads and imports -------------------------------------------------------------------------------------


def measure_hand_off(threads: int, repetitions: int = 1000) -> dict[str, float]:
    """Microseconds a step of `threads` tiny worlds takes in one thread and on as many as worlds.

    Before each step is a pause, so that the threads are asleep and must be woken.
    """

    def one(count: int) -> float:
        batch = Batch(catalog.make("echo.basic"), worlds=threads, threads=count)
        times = []
        for _ in range(repetitions):
            time.sleep(3e-4)
            started = time.perf_counter()
            batch.step()
            times.append((time.perf_counter() - started) * 1e6)
        return statistics.median(times)

    alone, together = one(1), one(threads)
    return {"threads": threads, "alone_us": alone, "together_us": together, "hand_off_us": together - alone}


def measure_threads(mission: str, threads: int, repetitions: int = 5) -> dict[str, Any]:
    """How much faster so many threads are than one, taking turns in one run.

    `ratio` compares the quickest turn of each, for what else the machine does can only slow a turn down;
    `range` has the ratios of neighbouring turns.
    """
    worlds = 16 * make_batch(config_of(mission), None, 1).worlds
    batches = [make_batch(config_of(mission), worlds, n) for n in (1, threads)]
    actions = random_actions(batches[0], 61)
    turns: list[list[float]] = [[], []]
    for _ in range(4 * repetitions):
        for batch, seconds in zip(batches, turns, strict=True):
            started = time.perf_counter()
            run_steps(batch, actions, EPISODE // 20)
            seconds.append(time.perf_counter() - started)
    ratios = [one / many for one, many in zip(*turns, strict=True)]
    return {
        "name": mission,
        "worlds": worlds,
        "threads": threads,
        "ratio": min(turns[0]) / min(turns[1]),
        "range": (min(ratios), max(ratios)),
    }


def measure_import(module: str, repetitions: int = 5) -> dict[str, Any]:
    """Seconds and memory (MB, resident at the most) of a fresh interpreter that imports a module and ends."""
    program = (
        "import time; t = time.perf_counter();"
        f"import {module}; import re, sys; seconds = time.perf_counter() - t;"
        "status = open('/proc/self/status').read();"
        "print(seconds, int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) / 1024, 'torch' in sys.modules)"
    )
    rows = [
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(repetitions)
    ]
    return {
        "module": module,
        "seconds": statistics.median(float(row[0]) for row in rows),
        "memory_mb": statistics.median(float(row[1]) for row in rows),
        "has_torch": rows[0][2] == "True",
    }


def machine() -> str:
    """The processor, how many there are, and how busy they are."""
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"model name\s*: (.*)", info.read_text())
        model = found[1] if found else model
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{model}, {os.cpu_count()} cores, load {load}, {memory:.0f} MB resident"
