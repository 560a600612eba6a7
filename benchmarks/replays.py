"""What replays cost: `python benchmarks/replays.py [-n 21] [MISSION]` prints sizes, proof and recording."""

import argparse
import statistics
import tempfile
import time
from math import log2
from pathlib import Path

from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.play import episode
from coterie.play.loop import steps
from coterie.play.roster import Roster, seat
from coterie.policies.uri import parse
from coterie.replays.playback import again, begin, prepared, verify
from coterie.replays.reading import Replay, read
from coterie.replays.recorder import Recorder

TICKS = 1000


def record(mission: str, policy: str, folder: Path) -> tuple[Path, Replay]:
    """A whole episode, or its first 1000 ticks."""
    batch = Batch(catalog.make(mission))
    roster = seat(batch, [(policy, parse(policy))])
    with Recorder(batch, folder, policy, seats=roster.seat_names(batch)) as recorder:
        episode.play(batch, roster, limit=TICKS, watch=recorder)
    return recorder.kept[0], read(recorder.kept[0])


def rollout(batch: Batch, roster: Roster, recorder: Recorder | None) -> float:
    """CPU seconds of 1000 steps with all that belongs to them."""
    batch.reset(0)
    roster.begin(batch, 0)
    began = time.process_time()
    for taken in steps(batch, roster, is_noted=False):
        if recorder is not None:
            recorder(batch)
        if taken == TICKS:
            break
    if recorder is not None:
        recorder.close()
    return time.process_time() - began


def cost(mission: str, policy: str, worlds: int, turns: int) -> tuple[float, float, float]:
    """What recording world 0 adds to 1000 steps of so many worlds, with and without taking turns.

    Percent from the least of all turns, percent as the median of the turns' own, milliseconds without it.
    """
    batch = Batch(catalog.make(mission), worlds)
    roster = seat(batch, [(policy, parse(policy))])
    plain, noted = [], []
    with tempfile.TemporaryDirectory() as folder:
        rollout(batch, roster, None)
        for turn in range(turns):
            for is_noted in (turn % 2 == 0, turn % 2 == 1):
                recorder = None
                if is_noted:
                    recorder = Recorder(batch, Path(folder), f"{turn}", seats=roster.seat_names(batch))
                (noted if is_noted else plain).append(rollout(batch, roster, recorder))
    ratio = statistics.median(with_it / without for with_it, without in zip(noted, plain, strict=True))
    return 100 * (min(noted) / min(plain) - 1), 100 * (ratio - 1), 1e3 * min(plain)


def milliseconds(work: object, turns: int) -> str:
    """Median, and least … most."""
    times = []
    for _ in range(turns):
        began = time.perf_counter()
        work()  # type: ignore[operator]
        times.append((time.perf_counter() - began) * 1e3)
    return f"{statistics.median(times):.1f} ms ({min(times):.1f} … {max(times):.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mission", nargs="?", default="cogsguard_arena.basic")
    parser.add_argument("-n", type=int, default=21, help="turns of each measurement")
    given = parser.parse_args()
    for policy in ("random", "role"):
        with tempfile.TemporaryDirectory() as folder:
            path, found = record(given.mission, policy, Path(folder))
            size = path.stat().st_size
            least = found.actions.size * sum(map(log2, found.header.heads)) / len(found.header.heads) / 8
            batch = prepared(found)

            def simulate(batch: Batch = batch, found: Replay = found) -> None:
                begin(batch, found)
                again(batch, found.flat)

            print(f"{given.mission}, {policy}: {found.ticks} ticks of {len(found.header.seats)} seats")
            print(f"  size             {size:,} bytes (dice alone: {least:,.0f})")
            print(f"  read             {milliseconds(lambda path=path: read(path), given.n)}")
            print(f"  verify           {milliseconds(lambda found=found: verify(found), given.n)}")
            print(f"  simulate again   {milliseconds(simulate, given.n)}, the game being set up")
        for worlds in (1, 48):
            turns = given.n if worlds == 1 else given.n // 4 + 1
            best, usual, took = cost(given.mission, policy, worlds, turns)
            said = f"{best:+.2f} % (median of turns {usual:+.2f} %) of {took:.0f} ms"
            print(f"  recording one of {worlds} worlds: {said}")


if __name__ == "__main__":
    main()
