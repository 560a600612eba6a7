"""Playback: a replay simulated again, tick by tick and back, and the proof that it comes out the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.replays.members import ReplayError
from coterie.replays.notation import ENDS, Mark
from coterie.replays.reading import Replay, flat

SAVES = 256  # saved worlds kept to go back to; twice as far apart whenever they become more
ASIDE = 64  # ticks from one to the next at first


class Stale(ReplayError):
    """The rules it was played by are not those of today."""


def prepared(replay: Replay) -> Batch:
    """A world of its game; Stale if the rules have another version now, ReplayError if there is none."""
    head = replay.header
    config = replay.config()
    today = catalog.version(config.game)
    if (config.game, today) != (head.game, head.game_version):
        raise Stale(
            f"it was played by version {head.game_version} of {head.game}, here is version {today}: "
            "it can only be shown, from the keyframes kept with it"
        )
    batch = Batch(config)
    spec = batch.native.spec()
    if (spec["seats"], spec["actions"]) != (len(head.seats), list(head.heads)):
        raise ReplayError("its seats and actions are not those of its game: it is damaged or forged")
    return batch


class Playback:
    """The world of a replay at one of its ticks; `seek` goes to any. `batch` is there to be looked at.

    After `seek` its rows hold actions and rewards of the tick just taken, zeros at the first.
    """

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.batch = prepared(replay)
        self.flat = replay.flat
        self.saved: dict[int, tuple[bytes, np.ndarray, np.ndarray]] = {}
        self.aside = ASIDE
        self.rewind()

    @property
    def first(self) -> int:
        return self.replay.header.first

    @property
    def last(self) -> int:
        return self.replay.last

    def rewind(self) -> None:
        """The world as the replay begins."""
        begin(self.batch, self.replay)
        self.tick = self.first

    def seek(self, tick: int) -> None:
        """The world after `tick`, the nearest there is."""
        tick = min(max(tick, self.first), self.last)
        back = max((t for t in self.saved if t <= tick), default=None)
        if tick < self.tick or (back is not None and back > self.tick):
            self.restore(back)
        while self.tick < tick:
            stop = min(tick, (self.tick // self.aside + 1) * self.aside)
            self.forward(stop)
            if stop % self.aside == 0 and stop < self.last:
                self.save()

    def restore(self, tick: int | None) -> None:
        if tick is None:
            return self.rewind()
        world, actions, rewards = self.saved[tick]
        self.batch.restore(0, world)
        self.batch.actions[:], self.batch.rewards[:] = actions, rewards
        self.tick = tick

    def forward(self, tick: int) -> None:
        at, end = self.tick - self.first, tick - self.first
        taken = again(self.batch, self.flat[at:end])
        if taken < end - at:
            raise ReplayError(f"its episode is over after tick {self.tick + taken}, though it goes on")
        self.tick = tick

    def save(self) -> None:
        if self.tick in self.saved:
            return
        if len(self.saved) >= SAVES:
            self.aside *= 2
            self.saved = {tick: world for tick, world in self.saved.items() if tick % self.aside == 0}
        self.saved[self.tick] = (self.batch.save(0), self.batch.actions.copy(), self.batch.rewards.copy())

    def states(self) -> Iterator[int]:
        """Every tick from the first to the last, the world standing there when it is yielded."""
        for tick in range(self.first, self.last + 1):
            self.seek(tick)
            yield tick

    def snapshot(self) -> dict[str, Any]:
        """The world as plain data, {} if its game gives none."""
        return self.batch.snapshot(0)


def begin(batch: Batch, replay: Replay) -> None:
    """World 0 as the replay begins."""
    batch.start_episode(0, replay.header.seed)
    if replay.before is not None:
        taken = again(batch, flat(replay.before))
        if taken < replay.header.first:
            raise ReplayError(f"it begins with tick {replay.header.first}, its episode is over after {taken}")
    batch.actions[:] = 0


def again(batch: Batch, actions: np.ndarray) -> int:
    """World 0 takes the actions [T, S * K]; returns how many ticks, fewer where the episode ended."""
    try:
        return batch.native.repeat(0, actions)
    except ValueError as error:
        raise ReplayError(f"its actions are not possible: {error}") from None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of playing it again: how many marks were compared, and what is wrong, "" if nothing."""

    ticks: int
    marks: int
    problem: str = ""

    @property
    def is_true(self) -> bool:
        return not self.problem


def verify(replay: Replay) -> Verdict:
    """Play it again at full speed and compare every mark, the end, and what the seats got.

    A ReplayError if it cannot be played here at all.
    """
    if replay.damage:
        return Verdict(replay.ticks, 0, replay.damage)
    batch = prepared(replay)
    taken, marks, end = taped(batch, replay, [mark.tick for mark in replay.marks])
    if taken < replay.ticks:
        over = replay.header.first + taken
        return Verdict(taken, 0, f"the episode is over after tick {over}, it goes on to {replay.last}")
    problem = compare(replay, marks) or compare_ends(replay, batch, end)
    return Verdict(replay.ticks, len(replay.marks), problem)


def taped(batch: Batch, replay: Replay, ticks: Iterable[int] = ()) -> tuple[int, dict[int, Mark], int]:
    """Ticks taken when it is played again, marks by tick, and the number of its end (of ENDS).

    Marks are made each `header.every` ticks, at `ticks`, and at the last.
    """
    begin(batch, replay)
    batch.native.record(0, replay.header.every)
    first, flat, taken = replay.header.first, replay.flat, 0
    marks: dict[int, Mark] = {}
    end = 0
    for stop in sorted({min(max(tick - first, 0), replay.ticks) for tick in ticks} | {replay.ticks}):
        taken += again(batch, flat[taken:stop])
        for piece in batch.native.take_tape(0):
            marks |= {mark[0]: Mark(*mark) for mark in piece["marks"]}
            end = piece["end"]
        if end or taken < stop:
            break
    batch.native.stop_recording(0)
    return taken, marks, end


def compare(replay: Replay, marks: dict[int, Mark]) -> str:
    """The first mark that differs, in words."""
    before = replay.header.first
    for mark in replay.marks:
        own = marks.get(mark.tick)
        if own is None:
            return f"there is a mark at tick {mark.tick} that has no place there"
        if own != mark:
            what = "state" if own.state != mark.state else "rewards"
            return f"the {what} at tick {mark.tick} is not what was noted; at tick {before} all was"
        before = mark.tick
    return ""


def compare_ends(replay: Replay, batch: Batch, end: int) -> str:
    """Whether it ends as it says, and the seats got what it says.

    Played again an episode may be under way where the clock of its batch ended it early, as the first ones of
    training; what the rules end, they end again.
    """
    ending = replay.ending
    if ending is None:
        return "it has no end"
    if ENDS[end] != ending.end and (ending.end == ENDS[1] or end):
        return f"it says that the episode ended {ending.end}; played again it is {ENDS[end]}"
    got = batch.episode_returns(0)
    if ending.returns and not np.array_equal(got, np.array(ending.returns, np.float32)):
        return "what the seats got in all is not what was noted"
    return ""
