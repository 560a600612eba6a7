"""Episodes a second into a store: `python benchmarks/store.py [-n 5] [--group 20000] [MISSION ...]`."""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from coterie.evaluation.simulation import Simulation, SimulationConfig
from coterie.evaluation.store import Store
from coterie.games.batch import Batch, Episodes

MISSIONS = ("echo.basic", "arena.basic", "cogsguard_arena.basic")


def finished(mission: str, count: int, seed: int) -> Simulation:
    """`count` episodes of two policies with numbers drawn at random, about half of them 0, as games give."""
    config = SimulationConfig(mission=mission, num_episodes=count, seed=seed)
    spec = Batch(config.game()).spec
    draws, i = np.random.default_rng(seed), np.arange(count)

    def numbers(*shape: int) -> np.ndarray:
        return np.maximum(0, draws.normal(0, 50, (count, *shape))).round(1).astype(np.float32)

    seeds = np.array([config.episode_seed(k) for k in range(count)], dtype=np.uint64)
    episodes = Episodes(
        spec=spec,
        world=i,
        seed=seeds,
        length=np.full(count, 1000, dtype=np.int32),
        truncated=np.ones(count, dtype=np.bool_),
        returns=numbers(spec.seats),
        statistics=numbers(len(spec.statistics)),
        seat_statistics=numbers(spec.seats, len(spec.seat_statistics)),
    )
    return Simulation(
        config=config,
        episodes=episodes,
        numbers=i,
        map_seeds=seeds,
        policies=("role", "random"),
        seats=draws.integers(0, 2, (count, spec.seats)).astype(np.int32),
        timeouts=np.zeros((count, spec.seats), dtype=np.int32),
        seconds=1.0,
    )


def row(mission: str, appends: int, group: int) -> str:
    """Numbers and bytes are those of one episode."""
    rates, rates_of_processor, width = [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "stats.duckdb")
        for seed in range(appends):
            simulation = finished(mission, group, seed)
            spec = simulation.episodes.spec
            width = len(spec.statistics) + 2 * len(spec.seat_statistics) + 2 * spec.seats
            began, processor = time.perf_counter(), time.process_time()
            store.append(simulation)
            rates.append(group / (time.perf_counter() - began))
            rates_of_processor.append(group / (time.process_time() - processor))
        size = store.path.stat().st_size / (appends * group)
    said = f"{statistics.median(rates):,.0f} ({min(rates):,.0f} … {max(rates):,.0f})"
    return f"{mission:22} {width:8} {said:>34} {statistics.median(rates_of_processor):9,.0f} {size:6,.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("missions", nargs="*", default=list(MISSIONS))
    parser.add_argument("-n", type=int, default=5, help="appends of each")
    parser.add_argument("--group", type=int, default=20_000, help="episodes in one append")
    given = parser.parse_args()
    print(
        f"{'mission':22} {'numbers':>8} {'episodes/s, median (min … max)':>34} {'per CPU-s':>9} {'bytes':>6}"
    )
    for mission in given.missions:
        print(row(mission, given.n, given.group), flush=True)


if __name__ == "__main__":
    main()
