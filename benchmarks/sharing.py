"""What a second thread brings a learner, whatever else runs: `python benchmarks/sharing.py mlp`."""

import argparse
import statistics
import time
from collections.abc import Callable

from coterie.policies.crew import Crew
from coterie.tools.bench_train import CASES, prepared
from coterie.training.run import Run
from coterie.training.trainer import update


def ways(run: Run, threads: int) -> dict[str, Callable[[], None]]:
    """What makes the run work in each way."""
    one, crew = Crew(1), Crew(threads)

    def work(rows: Crew, passes: Crew) -> None:
        run.network.employ(passes)
        run.student.crew = run.learner.crew = rows
        run.learner.parts = rows.split(0, run.learner.rows)

    return {
        "alone": lambda: work(one, one),
        "cut rows": lambda: work(crew, one),
        "shared passes": lambda: work(one, crew),
    }


def compare(name: str, threads: int, updates: int) -> dict[str, tuple[float, float]]:
    """Medians of wall and CPU microseconds a step in each way: alone, with rows cut into a part for each
    worker, and with passes whose parts the crew shares. They take turns, so that all meet the same minutes.
    """
    run = prepared(name)
    choices = ways(run, threads)
    seconds: dict[str, list[tuple[float, float]]] = {way: [] for way in choices}
    for _ in range(updates):
        for way, choose in choices.items():
            choose()
            started, used = time.perf_counter(), time.process_time()
            update(run)
            seconds[way].append((time.perf_counter() - started, time.process_time() - used))
    scale = 1e6 / run.experience.steps
    return {
        way: (
            statistics.median(wall for wall, _ in taken) * scale,
            statistics.median(cpu for _, cpu in taken) * scale,
        )
        for way, taken in seconds.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=["mlp", "prospector"], help=", ".join(CASES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--updates", type=int, default=15)
    given = parser.parse_args()
    for name in given.cases:
        found = compare(name, given.threads, given.updates)
        alone = found["alone"][0]
        for way, (wall, cpu) in found.items():
            print(f"{name:12s} {way:14s} {wall:6.2f} µs a step, {cpu:6.2f} of CPU, {alone / wall:.2f}×")


if __name__ == "__main__":
    main()
