"""Reading: a replay as a value, whole or as far as it can be read."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np

from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import GameConfig
from coterie.replays.members import KINDS, Member, ReplayError, member, members
from coterie.replays.notation import (
    ENDS,
    MOST_READ,
    Ending,
    Header,
    Keyframe,
    Mark,
    Stretch,
    header,
    most_ticks,
    stretch,
    value,
)
from coterie.replays.writing import POINTER, Writer

TAIL = len(member(b"Z", POINTER.pack(0), level=0))


@dataclass(frozen=True, slots=True)
class Replay:
    """One episode: actions int32 [T, S, K] of its ticks, marks to prove it by, keyframes if any were kept.

    `before` int32 [first, S, K] are the actions up to its first tick, where it was trimmed. `damage` says why
    it ends where it does if not by its `ending`, "" for a whole one.
    """

    header: Header
    actions: np.ndarray
    marks: tuple[Mark, ...]
    ending: Ending | None = None
    keyframes: tuple[Keyframe, ...] = ()
    before: np.ndarray | None = None
    damage: str = ""

    @property
    def ticks(self) -> int:
        return len(self.actions)

    @property
    def last(self) -> int:
        """The tick it ends with."""
        return self.header.first + self.ticks

    @property
    def flat(self) -> np.ndarray:
        """The actions as a world takes them, [T, S * K]."""
        return flat(self.actions)

    @property
    def end(self) -> str:
        """One of ENDS; under way if the file is cut."""
        return self.ending.end if self.ending else ENDS[0]

    def config(self) -> GameConfig:
        """The game's configuration; a ReplayError if this coterie has no such game, or had another then."""
        try:
            return catalog.rebuild(self.header.kind, self.header.config)
        except ConfigError as error:
            raise ReplayError(f"its game cannot be set up: {error}") from None


def flat(actions: np.ndarray) -> np.ndarray:
    """Actions [T, S, K] as [T, S * K]."""
    ticks, seats, heads = actions.shape
    return np.ascontiguousarray(actions.reshape(ticks, seats * heads))


def read(path: Path) -> Replay:
    """The replay in a file; of a damaged one what comes before the damage, if there is at least a header.

    A ReplayError says of anything else what it is not.
    """
    with opened(path) as file:
        return load(file, path)


def decode(data: bytes, name: str = "replay") -> Replay:
    """The same from the bytes of a file."""
    return load(BytesIO(data), Path(name))


def opened(path: Path) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as error:
        raise ReplayError(f"{path}: cannot be read: {error.strerror}") from None


def load(file: BinaryIO, path: Path) -> Replay:
    parts = members(file)
    try:
        head = header(first(parts).content)
    except ReplayError as error:
        raise ReplayError(f"{path}: {error}") from None
    draft = Draft(head, [], [], [])
    damage = ""
    try:
        for part in parts:
            draft.add(part)
        if not draft.is_whole:
            damage = "it has no end: it was cut short, or is still being written"
    except ReplayError as error:
        damage = str(error)
    return draft.replay(damage)


def first(parts: Iterator[Member]) -> Member:
    found = next(parts, None)
    if found is None:
        raise ReplayError("it is empty")
    if found.kind != b"H":
        raise ReplayError("it does not begin with the header of a replay")
    return found


@dataclass(slots=True)
class Draft:
    """A replay under reading."""

    header: Header
    stretches: list[Stretch]
    keyframes: list[Keyframe]
    marks: list[Mark]
    ending: Ending | None = None
    ticks: int = 0
    place: int = 0  # of the end in the file
    is_whole: bool = False

    def add(self, part: Member) -> None:
        """One member more; a ReplayError if it has no place there."""
        if part.kind == b"A" and self.ending is None:
            one = stretch(part.content, self.header)
            if one.first != self.ticks:
                raise ReplayError(f"it is damaged: tick {one.first} where {self.ticks} should come next")
            if (self.ticks + len(one.actions)) * one.actions[:1].size > MOST_READ:
                raise ReplayError(f"it has more than {MOST_READ:,} actions")
            self.ticks += len(one.actions)
            self.stretches.append(one)
            self.marks += one.marks
        elif part.kind == b"K" and self.ending is None:
            self.keyframes.append(value(Keyframe, part.content, "keyframe"))
        elif part.kind == b"E" and self.ending is None:
            self.ending, self.place = value(Ending, part.content, "end"), part.offset
            if self.ending.ticks + self.header.first != self.ticks or self.ending.end not in ENDS:
                raise ReplayError("it is damaged: its end is not that of these ticks")
        elif part.kind == b"Z" and self.ending and not self.is_whole:
            self.is_whole = part.content == POINTER.pack(self.place)
            if not self.is_whole:
                raise ReplayError("it is damaged: its index is not where it says")
        else:
            raise ReplayError(f"it is damaged: the {KINDS[part.kind]} at byte {part.offset} is out of place")

    def replay(self, damage: str) -> Replay:
        head = self.header
        if self.ticks < head.first:
            damage = damage or "it is damaged: it ends before its first tick"
            head = replace(head, first=self.ticks)
        none = np.zeros((0, len(head.seats), len(head.heads)), np.int32)
        actions = np.concatenate([none, *(one.actions for one in self.stretches)])
        before, own = (actions[: head.first], actions[head.first :]) if head.first else (None, actions)
        marks = tuple(mark for mark in self.marks if mark.tick > head.first)
        return Replay(head, own, marks, self.ending, tuple(self.keyframes), before, damage)


def glance(path: Path) -> tuple[Header, Ending | None]:
    """Header and end alone, whatever the length of the file; no end where it is not whole."""
    with opened(path) as file:
        try:
            head = header(first(members(file)).content)
        except ReplayError as error:
            raise ReplayError(f"{path}: {error}") from None
        try:
            file.seek(-TAIL, 2)
            (offset,) = POINTER.unpack(next(members(file)).content)
            file.seek(offset)
            return head, value(Ending, next(members(file)).content, "end")
        except (ReplayError, OSError, StopIteration, OverflowError, ValueError):
            return head, None


def write(path: Path, replay: Replay, stretch_ticks: int | None = None) -> Path:
    """The replay as a file; it is cut into stretches anew."""
    writer = Writer(path, replay.header)
    stretch_ticks = stretch_ticks or most_ticks(replay.actions[:1].size)
    frames = list(replay.keyframes)
    actions = replay.actions if replay.before is None else np.concatenate([replay.before, replay.actions])
    for begin in range(0, len(actions), stretch_ticks):
        end = min(begin + stretch_ticks, len(actions))
        while frames and frames[0].tick <= begin:
            writer.keyframe(frames.pop(0))
        own = tuple(mark for mark in replay.marks if begin < mark.tick <= end)
        writer.stretch(Stretch(begin, actions[begin:end], own))
    for frame in frames:
        writer.keyframe(frame)
    ending = replay.ending
    writer.finish(ending.end if ending else ENDS[3], ending.returns if ending else ())
    return writer.name()


def with_label(replay: Replay, label: str) -> Replay:
    """The same under another label."""
    return replace(replay, header=replace(replay.header, label=label))
