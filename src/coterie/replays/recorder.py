"""Recorder: keeps the episodes of one world of a batch, each in a file of its own."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import numpy as np

import coterie
from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.replays.members import ReplayError
from coterie.replays.notation import (
    ENDS,
    MOST_TICKS,
    SUFFIX,
    Ending,
    Header,
    Keyframe,
    Mark,
    Stretch,
    most_ticks,
    plain,
)
from coterie.replays.writing import Writer

SAVE_SECONDS = 1.0  # what is not yet in the file is no older
SLOW_SECONDS = 0.05  # a tick that takes so long is written at once: that costs a hundredth of it


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is recorded: ticks from mark to mark, in a stretch at most, and (0 = none) between keyframes."""

    every: int = 256
    stretch: int = MOST_TICKS
    keyframes: int = 0
    mission: str = ""
    label: str = ""


class Keep(Protocol):
    """Which episodes stay, and as what. `replays.keeping` has some."""

    def wants(self, recorder: "Recorder") -> bool:
        """Whether the next episode, `recorder.number` were before it, may stay; else it is not written."""
        ...

    def __call__(self, recorder: "Recorder", writer: Writer, ending: Ending) -> Path | None:
        """Names or discards a finished one, `recorder.number` with it; where it is, None if nowhere."""
        ...


class Named:
    """Every episode is kept under the name it was begun with."""

    def wants(self, recorder: "Recorder") -> bool:
        return True

    def __call__(self, recorder: "Recorder", writer: Writer, ending: Ending) -> Path | None:
        return writer.name()


class Recorder:
    """Records a world of a batch from now on, whoever steps it; `close` it at the end.

    `folder` gets `<name>.coterie` for each episode, `{seed}` in it being its seed, unless `keep` decides
    otherwise, to which episodes are counted on from `number`. The world itself notes what is done
    (native/tape.h), and calls when a stretch is full, an episode over, or a second may have passed. An
    episode under way when it came is left out, for its beginning is not known.
    """

    def __init__(
        self,
        batch: Batch,
        folder: Path,
        name: str,
        *,
        seats: Sequence[str],
        world: int = 0,
        terms: Terms | None = None,
        keep: Keep | None = None,
        number: int = 0,
    ) -> None:
        self.batch, self.world, self.folder, self.name = batch, world, folder, name
        self.terms, self.keep = terms or Terms(), keep or Named()
        self.seats = tuple(seats)
        self.stretch = min(self.terms.stretch, most_ticks(len(self.seats) * len(batch.spec.actions)))
        self.rules = rules_of(batch)
        if batch.native.is_recorded(world):
            raise ConfigError(f"world {world} is recorded already: stop that first")
        make(folder)
        self.writer: Writer | None = None
        self.actions: list[np.ndarray] = []  # of the stretch under way, int32 [t, S, K] each
        self.marks: list[Mark] = []
        self.kept: list[Path] = []
        self.number = number  # of episodes that ended
        self.framed = -1  # the tick of the last keyframe
        self.is_skipping = False  # an episode that nobody wants
        self.is_closed = False
        self.step = 0
        self.looked = self.saved = time.monotonic()
        batch.native.record(world, self.terms.every)
        batch.recorders.append(self.look)
        self.look()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def look(self) -> None:
        """The batch calls: write what it is time for, and say when to call again."""
        native, terms = self.batch.native, self.terms
        step = native.episode_step(self.world)
        now = time.monotonic()
        taken = abs(step - self.step)
        is_slow = taken > 0 and now - self.looked >= SLOW_SECONDS * taken
        self.looked, self.step = now, step
        is_time = is_slow or now - self.saved >= SAVE_SECONDS
        is_keyframe = bool(terms.keyframes) and step % terms.keyframes == 0
        if is_time or is_keyframe or step % self.stretch == 0:
            self.collect()
            if is_keyframe:
                self.keyframe()
            if is_time:
                self.save()
        ahead = self.stretch - step % self.stretch
        if terms.keyframes:
            ahead = min(ahead, terms.keyframes - step % terms.keyframes)
        native.call_at(self.world, step + ahead, SLOW_SECONDS)

    def keyframe(self) -> None:
        """How the world looks now."""
        native, writer = self.batch.native, self.writer
        seed, step = native.episode_seed(self.world), native.episode_step(self.world)
        is_new = writer is None or (writer.header.seed != seed and not writer.ticks and not self.actions)
        if is_new and not step and not self.is_skipping:
            self.begin(seed)
        if self.writer is not None and self.writer.header.seed == seed and self.framed < step:
            self.framed = step
            self.writer.keyframe(keyframe(self.batch, self.world))

    def begin_anew(self, name: str) -> None:
        """What was under way is over; the next episode's file has this name."""
        self.collect()
        if self.writer is not None:
            self.end(ENDS[3], self.batch.native.episode_returns(self.world))
        self.skip()
        self.name = name

    def collect(self) -> None:
        """Take what the world has noted; whole stretches wait to be written."""
        for piece in self.batch.native.take_tape(self.world):
            self.take(piece)

    def save(self) -> None:
        """Everything that was noted into the file."""
        self.saved = self.looked
        if self.writer is not None:
            self.writer.save(self.under_way() if self.actions else None)

    def take(self, piece: dict[str, Any]) -> None:
        """One piece of the tape: to what was before, and out of it the stretches that are whole."""
        if piece["first"] == 0 and piece["ticks"]:
            if self.writer is not None and (
                self.writer.ticks or self.actions or self.writer.header.seed != piece["seed"]
            ):
                self.end(ENDS[3], ())
            if self.writer is None:
                self.begin(piece["seed"])
        if self.writer is not None and piece["ticks"]:
            shape = (-1, len(self.seats), len(self.writer.header.heads))
            self.actions.append(np.frombuffer(piece["actions"], np.int32).reshape(shape))
            self.marks += [Mark(*mark) for mark in piece["marks"]]
            while sum(map(len, self.actions)) >= self.stretch:
                self.cut(self.stretch)
        if piece["end"]:
            if self.writer is not None:
                self.end(ENDS[piece["end"]], piece["returns"])
            self.skip()

    def skip(self) -> None:
        """An episode that nobody wants is over, if one was under way."""
        self.number += self.is_skipping
        self.is_skipping = False

    def under_way(self, ticks: int | None = None) -> Stretch:
        """The stretch that is not written yet, or its first ticks; of its marks those that belong there."""
        assert self.writer is not None
        if len(self.actions) > 1:
            self.actions = [np.concatenate(self.actions)]
        whole = self.actions[0]
        first = self.writer.ticks
        last = first + (len(whole) if ticks is None else ticks)
        every = self.terms.every
        marks = tuple(
            one for one in self.marks if one.tick <= last and (one.tick % every == 0 or one.tick == last)
        )
        return Stretch(first, whole[:ticks], marks)

    def cut(self, ticks: int | None = None) -> None:
        """The first ticks of what is under way, or all, are a stretch."""
        assert self.writer is not None
        stretch = self.under_way(ticks)
        rest = self.actions[0][len(stretch.actions) :]
        self.writer.stretch(stretch)
        self.actions = [rest] if len(rest) else []
        self.marks = [one for one in self.marks if one.tick > stretch.first + len(stretch.actions)]

    def begin(self, seed: int) -> None:
        """The file of the episode of that seed, if it may stay."""
        if not self.keep.wants(self):
            self.is_skipping = True
            return
        spec = self.batch.spec
        head = Header(
            game=self.batch.config.game,
            game_version=self.rules.version,
            kind=self.rules.kind,
            config=self.rules.config,
            seed=seed,
            seats=self.seats,
            heads=spec.actions,
            every=self.terms.every,
            mission=self.terms.mission,
            label=self.terms.label,
            coterie=coterie.__version__,
        )
        path = self.folder / f"{self.name.replace('{seed}', str(seed))}{SUFFIX}"
        self.writer = Writer(path, head, config=self.rules.text, is_modest=True)
        self.framed = -1

    def end(self, end: str, returns: Sequence[float]) -> None:
        """The file at hand is whole; one without a tick is none."""
        if self.actions:
            self.cut()
        self.marks.clear()
        writer, self.writer = self.writer, None
        assert writer is not None
        ending = writer.finish(end, [float(str(np.float32(value))) for value in returns])
        if not ending.ticks:
            return writer.discard()
        self.number += 1
        path = self.keep(self, writer, ending)
        if path is not None:
            self.kept.append(path)

    def close(self) -> None:
        """Write what is left; an episode under way is cut short there."""
        if self.is_closed:
            return
        self.is_closed = True
        self.batch.recorders.remove(self.look)
        self.collect()
        returns = self.batch.native.episode_returns(self.world)
        self.batch.native.stop_recording(self.world)
        if self.writer is not None:
            self.end(ENDS[3], returns)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the header says of the game: its kind, version and config, which is also written as `text`."""

    kind: str
    version: int
    config: dict[str, Any]
    text: bytes


KNOWN: WeakKeyDictionary[Batch, Rules] = WeakKeyDictionary()


def rules_of(batch: Batch) -> Rules:
    """The same for all recorders of a batch; a ConfigError if its game cannot be played again."""
    if batch not in KNOWN:
        config = batch.config.model_dump(mode="json")
        kind, version = catalog.kind_of(batch.config), catalog.version(batch.config.game)
        KNOWN[batch] = Rules(kind, version, config, plain(config))
    return KNOWN[batch]


def make(folder: Path) -> None:
    """The folder, if it is not there; a ReplayError if it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReplayError(f"{folder}: cannot be written: {error.strerror}") from None


def keyframe(batch: Batch, world: int) -> Keyframe:
    """How a world looks now."""
    seats = batch.spec.seats
    rows = slice(world * seats, (world + 1) * seats)
    step = batch.episode_step(world)
    names = batch.spec.action_names
    done = batch.actions[rows].tolist() if step and names else []
    snapshot = batch.snapshot(world)
    return Keyframe(
        tick=step,
        snapshot=snapshot,
        text="" if "tiles" in snapshot else batch.text(world),
        actions=["/".join(n[a] for n, a in zip(names, row, strict=True)) for row in done],
        rewards=batch.rewards[rows].tolist(),
        returns=batch.episode_returns(world).tolist(),
    )
