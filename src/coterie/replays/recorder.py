"""Recorder: keeps the episodes of one world of a batch, each in a file of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import coterie
from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.replays.members import ReplayError
from coterie.replays.notation import ENDS, SUFFIX, Ending, Header, Keyframe, Mark, Stretch
from coterie.replays.writing import Writer

# Given a finished episode and its file's writer, names or discards it; returns where it is, None if nowhere.
Keep = Callable[["Recorder", Writer, Ending], Path | None]


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is recorded: ticks from a mark to the next, in a stretch, and (0 = none) between keyframes."""

    every: int = 256
    stretch: int = 512
    keyframes: int = 0
    mission: str = ""
    label: str = ""


class Recorder:
    """Call it after the reset and after each step, of this batch; `close` it at the end.

    `folder` gets `<name>.coterie` for each episode, `{seed}` in it being its seed, unless `keep` decides
    otherwise. The world itself notes what is done (native/tape.h), so that a call but counts; each
    `terms.stretch` ticks are written. An episode under way when it came is left out, for its beginning
    is not known.
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
    ) -> None:
        self.batch, self.world, self.folder, self.name = batch, world, folder, name
        self.terms, self.keep = terms or Terms(), keep or named
        self.seats = tuple(seats)
        self.kind = catalog.kind_of(batch.config)
        self.version = catalog.version(batch.config.game)
        self.config = batch.config.model_dump(mode="json")
        if batch.native.is_recorded(world):
            raise ConfigError(f"world {world} is recorded already: stop that first")
        batch.native.record(world, self.terms.every)
        self.writer: Writer | None = None
        self.kept: list[Path] = []
        self.number = 0  # of episodes that ended
        self.left = 1
        self.is_closed = False

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, batch: Batch) -> bool:
        self.left -= 1
        if not self.left:
            self.left = 1 if self.terms.keyframes else self.terms.stretch
            self.drain()
        return True

    def drain(self) -> None:
        """Write what was noted, and a keyframe if it is time."""
        native, wanted = self.batch.native, self.terms.keyframes
        step = native.episode_step(self.world)
        is_due = wanted and step % wanted == 0
        if is_due or not wanted or (step and step % self.terms.stretch == 0):
            self.flush()
        if is_due:
            seed = native.episode_seed(self.world)
            if self.writer is None and step == 0:
                self.writer = self.begin(seed)
            if self.writer is not None and self.writer.header.seed == seed:
                self.writer.keyframe(keyframe(self.batch, self.world))

    def begin_anew(self, name: str) -> None:
        """What was under way is over; the next episode's file has this name."""
        self.flush()
        if self.writer is not None:
            self.end(ENDS[3], self.batch.native.episode_returns(self.world))
        self.name, self.left = name, 1

    def flush(self) -> None:
        """Write all that was noted until now."""
        for piece in self.batch.native.take_tape(self.world):
            self.take(piece)

    def take(self, piece: dict[str, Any]) -> None:
        """One piece of the tape into its file."""
        if piece["first"] == 0 and piece["ticks"]:
            if self.writer is not None and (self.writer.ticks or self.writer.header.seed != piece["seed"]):
                self.end(ENDS[3], ())
            self.writer = self.writer or self.begin(piece["seed"])
        writer = self.writer
        if writer is None:
            return
        seats, heads = len(self.seats), len(writer.header.heads)
        actions = np.frombuffer(piece["actions"], np.int32).reshape(-1, seats, heads)
        marks = [Mark(*mark) for mark in piece["marks"]]
        for at in range(0, len(actions), self.terms.stretch):
            first, some = piece["first"] + at, actions[at : at + self.terms.stretch]
            own = tuple(mark for mark in marks if first < mark.tick <= first + len(some))
            writer.stretch(Stretch(first, some, own))
        if piece["end"]:
            self.end(ENDS[piece["end"]], piece["returns"])

    def begin(self, seed: int) -> Writer:
        """The file of the episode of that seed."""
        spec = self.batch.spec
        head = Header(
            game=self.batch.config.game,
            game_version=self.version,
            kind=self.kind,
            config=self.config,
            seed=seed,
            seats=self.seats,
            heads=spec.actions,
            every=self.terms.every,
            mission=self.terms.mission,
            label=self.terms.label,
            coterie=coterie.__version__,
        )
        return Writer(free(self.folder, self.name.replace("{seed}", str(seed))), head)

    def end(self, end: str, returns: Sequence[float]) -> None:
        """The file at hand is whole; one without a tick is none."""
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
        self.flush()
        returns = self.batch.native.episode_returns(self.world)
        self.batch.native.stop_recording(self.world)
        if self.writer is not None:
            self.end(ENDS[3], returns)


def named(recorder: Recorder, writer: Writer, ending: Ending) -> Path:
    """Every episode is kept under the name it was begun with."""
    return writer.name()


def free(folder: Path, stem: str, suffix: str = SUFFIX) -> Path:
    """A path nobody has yet: `stem`, `stem.2` and on."""
    number, path = 1, folder / f"{stem}{suffix}"
    while path.exists() or path.with_name(path.name + ".part").exists():
        number += 1
        path = folder / f"{stem}.{number}{suffix}"
    return path


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


__all__ = ["Keep", "Recorder", "ReplayError", "Terms", "free", "keyframe", "named"]
