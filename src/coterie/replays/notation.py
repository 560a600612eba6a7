"""Notation: what a replay says, as values, and how each is written into a member of the file."""

import json
import struct
from dataclasses import dataclass, field, fields
from typing import Any, get_origin

import numpy as np

from coterie.replays.members import ReplayError
from coterie.replays.packing import DIGITS, packed, unpacked

SUFFIX = ".coterie"
PART = ".part"  # what a file under way is called beside its name to be
ENDS = ("under way", "by the rules", "by the clock", "cut short")

MOST_TICKS = 2048  # of a stretch
MOST_ACTIONS = 1 << 16  # of one of a crowd
MOST_READ = 1 << 27  # actions of a replay: what packs well may be many
STRETCH = struct.Struct("<QIIB")
MARK = struct.Struct("<IQQ")  # the tick counted from the first of the stretch


@dataclass(frozen=True, slots=True)
class Header:
    """What is played: the config `kind` with `config`, of rules `game` in `game_version`, from `seed`.

    `seats` [S] are the policies' names, `heads` [K] the choices of each action head. `first` is the tick it
    begins with, 0 unless it was trimmed: then the actions before are there to come to it. Every so many ticks
    a mark is made. `coterie` is who wrote it.
    """

    game: str
    game_version: int
    kind: str
    config: dict[str, Any]
    seed: int
    seats: tuple[str, ...]
    heads: tuple[int, ...]
    every: int
    first: int = 0
    mission: str = ""
    label: str = ""
    coterie: str = ""

    def content(self, config: bytes = b"") -> bytes:
        """The line of JSON; `config` is that of the field, if somebody has it already."""
        whole = {"format": "coterie replay"} | shallow(self)
        if not config:
            return plain(whole)
        return plain(whole | {"config": 0}).replace(b'"config":0', b'"config":' + config.strip(), 1)


@dataclass(frozen=True, slots=True)
class Mark:
    """What was true after `tick`: hash of the state, and the sum over all rewards since the first tick."""

    tick: int
    state: int
    rewards: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Ticks `first` and on: actions int32 [T, S, K], and the marks made in them."""

    first: int
    actions: np.ndarray
    marks: tuple[Mark, ...]

    def content(self, header: Header) -> tuple[bytes, int]:
        """The bytes, and the level to deflate them with: dice are as short as they can be."""
        way, data = packed(self.actions, header.heads)
        head = STRETCH.pack(self.first, len(self.actions), len(self.marks), way)
        marks = b"".join(MARK.pack(mark.tick - self.first, mark.state, mark.rewards) for mark in self.marks)
        return head + marks + data, 0 if way == DIGITS else 1


@dataclass(frozen=True, slots=True)
class Keyframe:
    """How the world looked after `tick`, for whoever has no such game: a snapshot, or a text."""

    tick: int
    snapshot: dict[str, Any]
    text: str = ""
    actions: list[str] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)
    returns: list[float] = field(default_factory=list)

    def content(self) -> bytes:
        return plain(shallow(self))


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended after `ticks`, what each of S seats had got, and of every member [kind, tick, offset]."""

    ticks: int
    end: str
    returns: tuple[float, ...]
    index: tuple[tuple[str, int, int], ...] = ()

    def content(self) -> bytes:
        return plain(shallow(self))


def most_ticks(actions: int) -> int:
    """How many ticks are at most a stretch, where so many actions are taken in each."""
    return max(1, min(MOST_TICKS, MOST_ACTIONS // max(actions, 1)))


def shallow(value: Any) -> dict[str, Any]:
    """The fields of a value by name; what is in them is not copied."""
    return {one.name: getattr(value, one.name) for one in fields(value)}


ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def plain(data: dict[str, Any]) -> bytes:
    return (ENCODER.encode(data) + "\n").encode()


def parsed(content: bytes, what: str) -> dict[str, Any]:
    """The JSON object of a member."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise ReplayError(f"it is damaged: its {what} is not JSON") from None
    if not isinstance(data, dict):
        raise ReplayError(f"it is damaged: its {what} is a {type(data).__name__}")
    return data


def value(kind: type[Any], content: bytes, what: str) -> Any:
    """A header, keyframe or ending from its JSON, with the types its fields say; what is more is ignored."""
    data = parsed(content, what)
    given: dict[str, Any] = {}
    for one in fields(kind):
        if one.name not in data:
            continue
        item = data[one.name]
        wanted: Any = get_origin(one.type) or one.type
        if not isinstance(item, list if wanted is tuple else wanted) or isinstance(item, bool):
            raise ReplayError(f"it is damaged: {one.name} of its {what} is {item!r:.40}")
        given[one.name] = tuple(item) if wanted is tuple else item
    try:
        return kind(**given)
    except TypeError:
        raise ReplayError(f"it is damaged: its {what} is not complete") from None


def header(content: bytes) -> Header:
    """The header; a ReplayError if it is none."""
    if parsed(content, "header").get("format") != "coterie replay":
        raise ReplayError("it is no replay of coterie")
    found: Header = value(Header, content, "header")
    is_sound = found.seats and all(isinstance(name, str) for name in found.seats) and found.every > 0
    if not is_sound or not all(isinstance(n, int) and 0 < n < 2**31 for n in found.heads) or found.first < 0:
        raise ReplayError("it is damaged: its header makes no sense")
    if not 0 <= found.seed < 2**64:
        raise ReplayError(f"it is damaged: its seed is {found.seed}")
    return found


def stretch(content: bytes, header: Header) -> Stretch:
    """The ticks of a member."""
    if len(content) < STRETCH.size:
        raise ReplayError("it is damaged: a stretch of actions without a beginning")
    first, ticks, count, way = STRETCH.unpack_from(content)
    at = STRETCH.size + count * MARK.size
    if ticks * len(header.seats) * len(header.heads) > MOST_READ or at > len(content):
        raise ReplayError(f"it is damaged: a stretch of {ticks} ticks with {count} marks")
    said = MARK.iter_unpack(content[STRETCH.size : at])
    marks = tuple(Mark(first + tick, state, rewards) for tick, state, rewards in said)
    return Stretch(first, unpacked(way, content[at:], (ticks, len(header.seats)), header.heads), marks)
