"""Recording: worlds of a batch that a roster plays, kept as replays where somebody asked for them."""

import re
import sys
from pathlib import Path

from coterie.games.batch import Batch, GameConfig
from coterie.play.roster import Roster
from coterie.replays.environment import Wanted, wanted
from coterie.replays.keeping import Best, InFile, InFolder
from coterie.replays.notation import SUFFIX
from coterie.replays.recorder import Keep, Recorder, Terms

LONGEST = 120  # characters of what a file's name begins with


def asked_for(batch: Batch, roster: Roster) -> Recorder | None:
    """The recorder that the environment asks for; None if it does not, or world 0 is recorded already."""
    asked = wanted()
    if asked is None:
        return None
    try:
        if batch.native.is_recorded(0):
            return None
    except AttributeError:
        print(
            f"coterie: {batch.config.game}: episodes of other libraries' games are not kept", file=sys.stderr
        )
        return None
    return recorder_for(asked, batch, roster)


def recorder_for(asked: Wanted, batch: Batch, roster: Roster, mission: str = "") -> Recorder:
    """A recorder of world 0 with the names of its seats."""
    return Recorder(
        batch,
        asked.folder,
        name_for(asked, batch.config),
        seats=roster.seat_names(batch),
        terms=Terms(keyframes=asked.keyframes, mission=mission, label=asked.label),
        keep=keep_for(asked),
    )


def keep_for(asked: Wanted, stem: str = "") -> Keep:
    """Which episodes stay, as what; the best of a folder is called after `stem`."""
    if not asked.best:
        return InFile(asked.path) if asked.path else InFolder(asked.every, asked.suffix)
    path = asked.path or asked.folder / f"{stem}-best{SUFFIX}".lstrip("-")
    then = InFolder(asked.every, asked.suffix) if asked.every and not asked.path else None
    return Best(path, then, asked.most.get(path))


def name_for(asked: Wanted, config: GameConfig) -> str:
    """The name files begin with: the one asked for, or the game's folder."""
    return (
        f"{asked.name or type(config).__module__.removeprefix('coterie.games.').partition('.')[0]}-{{seed}}"
    )


class Album:
    """The episodes of a match, as many side by side as there are worlds, each recorded from its beginning."""

    def __init__(self, asked: Wanted, batch: Batch, roster: Roster, *, mission: str, stem: str) -> None:
        self.asked, self.batch, self.roster = asked, batch, roster
        self.mission = mission
        self.stem = re.sub(r"[^\w.=+-]+", "_", stem)[:LONGEST]
        self.keep = keep_for(asked, self.stem)
        self.recorders: dict[int, Recorder] = {}
        self.kept: list[Path] = []

    def start(self, world: int, i: int) -> None:
        """Episode `i` has begun in that world, and its seats are dealt."""
        self.stop(world)
        asked = self.asked
        if not asked.best and (i if asked.path else not asked.every or i % asked.every):
            return
        self.recorders[world] = Recorder(
            self.batch,
            asked.folder,
            f"{self.stem}-{i}",
            seats=self.roster.seat_names(self.batch, world),
            world=world,
            terms=Terms(keyframes=asked.keyframes, mission=self.mission, label=asked.label),
            keep=self.keep,
            number=i,
        )

    def stop(self, world: int) -> None:
        """The episode in that world is over, or nobody will play it to its end."""
        recorder = self.recorders.pop(world, None)
        if recorder is not None:
            recorder.close()
            self.kept += recorder.kept

    def close(self) -> None:
        for world in list(self.recorders):
            self.stop(world)
        if isinstance(self.keep, Best) and self.keep.most is not None:
            self.asked.most[self.keep.path] = self.keep.most
