"""Shelf: the replays that may be read, and no other file."""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coterie.config import ConfigError, nearest
from coterie.replays import json_z
from coterie.replays.members import ReplayError
from coterie.replays.notation import PART, SUFFIX
from coterie.replays.reading import glance
from coterie.server.film import Film, decoded, film
from coterie.server.frames import overview

OURS = (SUFFIX, SUFFIX + PART)
SUFFIXES = (*OURS, *json_z.SUFFIXES)
OPEN = 8  # films kept in memory
LISTED = 2000
LIVE = "live"  # the episode that is played now


@dataclass(frozen=True, slots=True)
class Shown:
    """A film and its lock: it stands at one tick at a time."""

    film: Film
    lock: threading.Lock = field(default_factory=threading.Lock)
    overviews: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)

    def overview(self, points: int) -> dict[str, Any]:
        """The film at a glance; it is made once, and others have their turn between its ticks."""
        asked = (points, self.film.last)
        if asked not in self.overviews:
            found = overview(InTurns(self), points)
            self.overviews.clear()  # those of an episode that was shorter then
            self.overviews[asked] = found
        return self.overviews[asked]


class InTurns:
    """A film that is held for one tick at a time."""

    def __init__(self, shown: Shown) -> None:
        self.shown = shown
        self.first, self.last, self.problem = shown.film.first, shown.film.last, shown.film.problem

    def title(self) -> dict[str, Any]:
        with self.shown.lock:
            return self.shown.film.title()

    def snapshot(self, tick: int) -> dict[str, Any]:
        time.sleep(0)  # who waits for the lock gets it now
        with self.shown.lock:
            return self.shown.film.snapshot(tick)

    def statistics(self, tick: int) -> dict[str, Any]:
        with self.shown.lock:
            return self.shown.film.statistics(tick)


class Shelf:
    """Files given by name, and folders whose replays are named by their path inside; links out lead nowhere.

    A film is opened once and shared; whoever uses it holds its lock.
    """

    def __init__(self, places: Sequence[Path] = ()) -> None:
        self.files: dict[str, Path] = {}
        self.folders: dict[str, Path] = {}
        for place in places:
            own = self.folders if place.is_dir() else self.files
            own[free(place.name or "replays", {**self.files, **self.folders})] = place.resolve()
        self.given: OrderedDict[str, Shown] = OrderedDict()  # dropped into the viewer
        self.played: OrderedDict[str, Shown] = OrderedDict()  # here, while people watched; the last is live
        self.films: OrderedDict[tuple[str, int, int], Shown] = OrderedDict()
        self.guard = threading.Lock()

    def path(self, name: str) -> Path:
        """The file of that name; a ReplayError if there is none, or it may not be read."""
        if name in self.files:
            return self.files[name]
        top, _, inner = name.partition("/")
        folder = self.folders.get(top)
        if folder is not None and inner and "\0" not in inner:
            found = (folder / inner).resolve()
            if found.is_relative_to(folder) and found.is_file() and found.name.endswith(SUFFIXES):
                return found
        raise ReplayError(
            f"there is no replay '{name}'; {nearest(name, self.names()) or 'the shelf is empty'}"
        )

    def names(self) -> list[str]:
        """Every replay there is, newest first."""
        found = [(path.stat().st_mtime, name) for name, path in self.files.items() if path.is_file()]
        for top, folder in self.folders.items():
            for path in folder.rglob("*"):
                inner = path.relative_to(folder).as_posix()
                if path.name.endswith(SUFFIXES) and path.is_file() and path.resolve().is_relative_to(folder):
                    found.append((path.stat().st_mtime, f"{top}/{inner}"))
        return [
            *reversed(self.played),
            *self.given,
            *(name for _, name in sorted(found, reverse=True)[:LISTED]),
        ]

    def rows(self) -> list[dict[str, Any]]:
        """What is on the shelf, as far as a glance tells."""
        return [self.row(name) for name in self.names()]

    def row(self, name: str) -> dict[str, Any]:
        shown = self.played.get(name) or self.given.get(name)
        if shown is not None:
            with shown.lock:
                title, last = shown.film.title(), shown.film.last
            return {
                "name": name,
                "mission": title["mission"],
                "ticks": last,
                "seats": sorted(set(title["seats"])),
            }
        path = self.path(name)
        row: dict[str, Any] = {"name": name, "bytes": path.stat().st_size, "changed": path.stat().st_mtime}
        if path.name.endswith(OURS):
            try:
                head, ending = glance(path)
            except ConfigError as error:
                return row | {"problem": str(error)}
            row |= {
                "mission": head.mission or head.game,
                "label": head.label,
                "seats": sorted(set(head.seats)),
            }
            if ending is not None:
                row |= {"ticks": ending.ticks, "return": sum(ending.returns)}
        return row

    def film(self, name: str) -> Shown:
        """The film of that name, opened if it is not; a ConfigError says why it cannot be shown."""
        with self.guard:
            name = self.own_name(name)
            for shown in (self.played, self.given):
                if name in shown:
                    return shown[name]
            path = self.path(name)
            about = path.stat()
            ident = (name, about.st_mtime_ns, about.st_size)
            if ident not in self.films:
                self.films[ident] = Shown(film(path))
                while len(self.films) > OPEN:
                    self.films.popitem(last=False)
            self.films.move_to_end(ident)
            return self.films[ident]

    def own_name(self, name: str) -> str:
        """The name of what is played now, if that is meant."""
        return next(reversed(self.played)) if name == LIVE and self.played else name

    def is_live(self, name: str) -> bool:
        """Whether that is the episode on the table."""
        return bool(self.played) and name == next(reversed(self.played))

    def lay(self, name: str, shown: Shown) -> None:
        """What is played from now on; of earlier episodes a few stay."""
        with self.guard:
            self.played[name] = shown
            while len(self.played) > OPEN:
                self.played.popitem(last=False)

    def give(self, data: bytes, name: str) -> str:
        """A replay from outside, kept in memory; returns the name it is found under."""
        found = decoded(data, Path(name).name[:120] or "dropped")
        with self.guard:
            own = free(f"dropped {Path(name).name[:120]}", {**self.files, **self.folders, **self.given})
            self.given[own] = Shown(found)
            while len(self.given) > OPEN:
                self.given.popitem(last=False)
        return own


def free(name: str, taken: dict[str, Any]) -> str:
    """The name, or with a number if somebody has it."""
    number, own = 1, name
    while own in taken:
        number += 1
        own = f"{name} {number}"
    return own
