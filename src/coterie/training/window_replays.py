"""Window replays: episodes with the weights of a window, the best of them kept, and the index of all kept."""

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coterie.games.batch import Batch
from coterie.play import episode
from coterie.play.episode import Episode
from coterie.play.roster import Roster
from coterie.replays.frames import frames
from coterie.replays.playback import Playback
from coterie.replays.reading import Replay, read
from coterie.replays.recorder import Recorder, Terms
from coterie.runs import RunFolder
from coterie.training.journal import finite
from coterie.training.windows import metrics_of

EVERY, BEST = "every_window", "best_so_far"
CUT_SHORT = "cut short"
CLOCK = "decision_ticks"  # a game whose actions take several ticks counts them under this name


def now() -> str:
    """The time, UTC, as JSON files say it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Replace a JSON file; whoever reads it at any time finds all of the old or all of the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_text(json.dumps(finite(data), indent=2, allow_nan=False) + "\n", encoding="utf-8")
    new.replace(path)


@dataclass(frozen=True, slots=True)
class Exam:
    """The episodes that are played at the end of a window: who plays what, how far, from which seeds on."""

    batch: Batch
    roster: Roster
    seed: int
    episodes: int
    limit: int
    terms: Terms

    def best(self, folder: Path) -> tuple[Path, Episode, list[Episode]]:
        """Play them, each recorded into `folder`; the recording with the highest return, it, and all.

        Of equal ones the first.
        """
        played: list[tuple[Path, Episode]] = []
        for number in range(self.episodes):
            seats = self.roster.seat_names(self.batch)
            recorder = Recorder(self.batch, folder, str(number), seats=seats, terms=self.terms)
            with recorder:
                came = episode.play(self.batch, self.roster, seed=self.seed + number, limit=self.limit)
            played.append((recorder.kept[0], came))
        path, best = max(played, key=lambda one: metrics_of(one[1])["return"])
        return path, best, [came for _, came in played]


def replay_id(run: str, window_id: int) -> str:
    """The name of a window's replay: the same whenever the same run records it."""
    return f"replay-{window_id:06d}-{hashlib.sha256(f'{run}/{window_id}'.encode()).hexdigest()[:8]}"


def record(exam: Exam, folder: RunFolder, name: str, *, with_info: bool) -> tuple[Episode, list[Episode]]:
    """Play, and keep the best episode as frames and as the notation beside them; the best, and all."""
    aside = folder.replays / f".{name}"
    shutil.rmtree(aside, ignore_errors=True)  # of a process that was killed
    aside.mkdir(parents=True)
    try:
        path, best, played = exam.best(aside)
        save_frames(read(path), aside / "frames", with_info=with_info)
        (aside / "frames").replace(folder.frames(name))
        path.replace(folder.notation(name))
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return best, played


def save_frames(replay: Replay, path: Path, *, with_info: bool) -> None:
    """Write one frame a line; memory does not grow with their number."""
    with open(path, "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
        for frame in told(replay) if with_info else frames(replay):
            file.write(json.dumps(finite(frame), separators=(",", ":")).encode() + b"\n")


def told(replay: Replay) -> Iterator[dict[str, Any]]:
    """The frames with `info`: what every statistic has come to, and the observation where it is numbers.

    Where the game counts the ticks its actions take, `t` and `dt` are those.
    """
    player = Playback(replay)
    spec, before = player.batch.spec, 0.0
    for frame in frames(replay):
        player.seek(frame["t"])
        own, seats = player.batch.statistics(0)
        frame["info"] = {"statistics": own, "seat_statistics": seats} if spec.seat_statistics else own
        if spec.observation_is_float:
            frame["render_state"]["observation"] = player.batch.observations.tolist()
        if CLOCK in own:
            frame["dt"], frame["t"], before = own[CLOCK] - before, own[CLOCK], own[CLOCK]
        yield frame


@dataclass(frozen=True, slots=True)
class Milestones:
    """What a replay is tagged for: thresholds by the word a person chose, and the metric it stands for."""

    thresholds: Mapping[str, tuple[float, ...]]
    metrics: Mapping[str, str]

    def tags(self, came: Episode) -> list[str]:
        """Every milestone an episode has reached. Whether a ship survives that was cut short nobody knows."""
        values = metrics_of(came)
        return [
            f"milestone:{word}:{threshold:g}"
            for word, thresholds in self.thresholds.items()
            for threshold in thresholds
            if values[self.metrics[word]] >= threshold and not (word == "survival" and came.end == CUT_SHORT)
        ]


class Index:
    """The file of all replays a run has kept at the end of its windows, oldest first."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.entries: list[dict[str, Any]] = []

    def cut(self, windows: int) -> None:
        """Keep the entries of the first `windows` windows: those of a future that is gone come again."""
        path = self.folder.replay_index
        try:
            found = json.loads(path.read_bytes())["entries"] if path.exists() else []
        except (ValueError, KeyError, TypeError):
            found = []
        self.entries = [entry for entry in found if entry["window_id"] < windows]
        if self.entries != found:
            self.write()

    def is_best(self, value: float) -> bool:
        """Whether a return is greater than every earlier one."""
        return all(value > entry["return_total"] for entry in self.entries)

    def add(self, entry: dict[str, Any]) -> None:
        self.entries.append(entry)
        self.write()

    def write(self) -> None:
        write_json(
            self.folder.replay_index,
            {
                "schema_version": 1,
                "run_id": self.folder.name,
                "updated_at": now(),
                "entries": self.entries,
            },
        )
