"""What a second thread brings a learner, whatever else runs: `python benchmarks/sharing.py mlp`."""

import argparse
import contextlib
import statistics
import time
from collections.abc import Callable

from coterie.policies.crew import Crew
from coterie.tools.bench_train import CASES, Turns, own_command, prepared
from coterie.training.trainer import update


def learner(name: str, threads: int, *, is_cut: bool = False) -> Callable[[], int]:
    """One update of a run of its own, and its steps; `is_cut` gives every thread rows of its own."""
    run = prepared(name, threads=threads)
    if is_cut:
        run.student.crew = run.learner.crew = Crew(threads)
        run.learner.parts = run.learner.crew.split(0, run.learner.rows)

    def work() -> int:
        update(run)
        return run.experience.steps

    return work


def compare(ways: dict[str, Callable[[], int]], turns: int) -> dict[str, tuple[float, float]]:
    """Medians of wall and CPU microseconds that each way takes for one of what it counts.

    They take turns, so that all meet the same minutes.
    """
    seconds: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    for _ in range(turns):
        for way, work in ways.items():
            started, used = time.perf_counter(), time.process_time()
            count = work()
            wall, cpu = time.perf_counter() - started, time.process_time() - used
            seconds[way].append((wall / count * 1e6, cpu / count * 1e6))
    return {
        way: (statistics.median(wall for wall, _ in taken), statistics.median(cpu for _, cpu in taken))
        for way, taken in seconds.items()
    }


def ceiling(name: str, count: int, turns: int = 3) -> str:
    """What the machine gives runs that have nothing to do with each other: so many at once over one alone."""
    with contextlib.ExitStack() as stack:
        runs = [stack.enter_context(Turns(name, own_command(name))) for _ in range(count)]
        for run in runs:
            run.take()
        ratios = []
        for _ in range(turns):
            alone = runs[0].take()["per_second"]
            for run in runs:
                run.ask()
            ratios.append(sum(run.answer()["per_second"] for run in runs) / alone)
    return f"{count} runs side by side do {statistics.median(ratios):.2f}× of one"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=["mlp", "prospector"], help=", ".join(CASES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--updates", type=int, default=15)
    given = parser.parse_args()
    for name in given.cases:
        ways = {
            "one thread": learner(name, 1),
            "rows cut": learner(name, given.threads, is_cut=True),
            "rows shared": learner(name, given.threads),
        }
        found = compare(ways, given.updates)
        alone = found["one thread"][0]
        print(f"{name}: {alone:.2f} µs a step on one thread; {ceiling(name, given.threads)}")
        for way in ("rows cut", "rows shared"):
            wall, cpu = found[way]
            print(f"  {way:12s} {wall:6.2f} µs a step, {cpu:6.2f} of CPU, {alone / wall:.2f}×")


if __name__ == "__main__":
    main()
