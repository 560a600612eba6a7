"""What replays cost: their size, the time to read and to prove them, and what recording adds to a rollout."""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import log2
from pathlib import Path
from typing import Any

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
BLOCK = 20  # steps of one batch before the other has its turn

Range = tuple[float, float, float]  # median, and the quartiles around it


@dataclass(frozen=True, slots=True)
class Size:
    """A replay of at most TICKS ticks: its bytes, those that dice need, and milliseconds to do things."""

    mission: str
    policy: str
    seats: int
    ticks: int
    bytes: int
    dice_bytes: int
    read_ms: Range
    verify_ms: Range
    simulate_ms: Range  # of `verify` the ticks alone, the game being set up

    def data(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Cost:
    """What recording world 0 of so many adds to the CPU time of TICKS steps, in percent."""

    mission: str
    policy: str
    worlds: int
    rollout_ms: float
    percent: Range
    least_percent: float  # from the least that each block of steps took in any turn: what nothing disturbed

    def data(self) -> dict[str, Any]:
        return asdict(self)


def measure_size(mission: str, policy: str, repetitions: int) -> Size:
    """Record an episode, or its first TICKS ticks, and do with it what people do."""
    batch = Batch(catalog.make(mission))
    roster = seat(batch, [(policy, parse(policy))])
    with tempfile.TemporaryDirectory() as folder:
        with Recorder(batch, Path(folder), policy, seats=roster.seat_names(batch)) as recorder:
            episode.play(batch, roster, limit=TICKS)
        path = recorder.kept[0]
        found = read(path)
        world = prepared(found)
        return Size(
            mission=mission,
            policy=policy,
            seats=len(found.header.seats),
            ticks=found.ticks,
            bytes=path.stat().st_size,
            dice_bytes=round(found.actions[:, :, 0].size * sum(map(log2, found.header.heads)) / 8),
            read_ms=milliseconds(lambda: read(path), repetitions),
            verify_ms=milliseconds(lambda: verify(found), repetitions),
            simulate_ms=milliseconds(lambda: simulate(world, found), repetitions),
        )


def simulate(world: Batch, replay: Replay) -> None:
    begin(world, replay)
    again(world, replay.flat)


def milliseconds(work: Callable[[], object], repetitions: int) -> Range:
    """How long it takes by the clock."""
    times = []
    for _ in range(repetitions):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1e3)
    return spread(times)


def spread(values: list[float]) -> Range:
    """Median and quartiles; of one value that alone."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return middle, low, high


class Pair:
    """Two equal batches with equal players, stepped in turn: one is recorded, the other not.

    Both feel alike what else goes on in the machine; after each turn they change parts.
    """

    def __init__(self, mission: str, policy: str, worlds: int) -> None:
        self.both: list[tuple[Batch, Roster]] = []
        for _ in range(2):
            batch = Batch(catalog.make(mission), worlds)
            self.both.append((batch, seat(batch, [(policy, parse(policy))])))

    def turn(self, number: int, folder: Path) -> tuple[list[float], list[float]]:
        """CPU seconds of each block of steps without and with recording; file and all are in the last."""
        for batch, roster in self.both:
            batch.reset(0)
            roster.begin(batch, 0)
        plain, noted = (self.both[(number + k) % 2] for k in range(2))
        spent: tuple[list[float], list[float]] = ([], [])
        began = time.process_time()
        recorder = Recorder(noted[0], folder, str(number), seats=noted[1].seat_names(noted[0]))
        apart = time.process_time() - began
        players = [steps(batch, roster, is_noted=False) for batch, roster in (plain, noted)]
        for block in range(TICKS // BLOCK):
            for side in (0, 1) if block % 2 else (1, 0):
                began = time.process_time()
                for _ in range(BLOCK):
                    next(players[side])
                spent[side].append(time.process_time() - began)
        began = time.process_time()
        recorder.close()
        spent[1].append(time.process_time() - began + apart)
        return spent


def measure_cost(mission: str, policy: str, worlds: int, repetitions: int) -> Cost:
    """Turns of a pair, after one to warm up; an even number, so that each is recorded as often."""
    pair = Pair(mission, policy, worlds)
    with tempfile.TemporaryDirectory() as folder:
        pair.turn(0, Path(folder))
        turns = [pair.turn(number + 1, Path(folder)) for number in range(repetitions + repetitions % 2)]
    least = [sum(map(min, zip(*(turn[side] for turn in turns), strict=True))) for side in (0, 1)]
    return Cost(
        mission=mission,
        policy=policy,
        worlds=worlds,
        rollout_ms=statistics.median(sum(plain) for plain, _ in turns) * 1e3,
        percent=spread([100 * (sum(noted) / sum(plain) - 1) for plain, noted in turns]),
        least_percent=100 * (least[1] / least[0] - 1),
    )
