"""Exports: a replay as a file of another kind, which its suffix says."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from coterie.config import nearest
from coterie.replays import frames, images, json_z
from coterie.replays.members import ReplayError
from coterie.replays.notation import SUFFIX, Keyframe
from coterie.replays.pictures import picture
from coterie.replays.playback import Playback, Stale
from coterie.replays.reading import Replay, write
from coterie.replays.video import mp4
from coterie.replays.watching import timeline

# Suffix → what it is.
KINDS = {
    SUFFIX: "the notation itself",
    ".json.z": "replay of MettaScope, packed by zlib",
    ".json.gz": "the same, packed by gzip",
    ".json": "the same, as it is",
    ".jsonl.gz": "frames, one JSON object a tick",
    ".gif": "moving picture",
    ".mp4": "film, made by ffmpeg",
    ".png": "picture of one tick",
}
GIF_FRAMES = 240  # at most, unless it is said how many ticks lie between them
GIF_PACE, FILM_PACE = 10, 25  # frames a second


def suffix_of(path: Path) -> str:
    """Which of KINDS a path is; a ReplayError if none."""
    for suffix in sorted(KINDS, key=len, reverse=True):
        if path.name.endswith(suffix) and path.name != suffix:
            return suffix
    own = "".join(path.suffixes) or "no suffix"
    raise ReplayError(f"{path}: what kind of file is '{own}'? {nearest(own, KINDS)}")


def export(
    replay: Replay, path: Path, *, version: int = 3, tick: int | None = None, every: int | None = None
) -> Path:
    """Write the replay as the kind of file that `path` says.

    `version` is of a `.json.z`; `tick` of a `.png`, the last if none; `every` so many ticks is a frame of a
    `.gif`, of which there are few if none is said, and of an `.mp4`, which shows all. A ReplayError if the
    game cannot be played here, or the path not written.
    """
    suffix = suffix_of(path)
    if not replay.ticks:
        raise ReplayError("there is nothing to export: it has no ticks")
    if suffix == SUFFIX:
        return write(path, replay)
    if suffix == ".jsonl.gz":
        return frames.save(replay, path)
    if suffix.startswith(".json"):
        return json_z.save(timeline(replay), path, version)
    shown = Pictures(replay)
    if suffix == ".png":
        return put(path, [images.png(shown.at(replay.last if tick is None else tick))])
    step = every or (1 if suffix == ".mp4" else -(-replay.ticks // GIF_FRAMES))
    ticks = [*range(replay.header.first, replay.last, step), replay.last]
    seen = (shown.at(one) for one in ticks)
    return mp4(seen, FILM_PACE, path) if suffix == ".mp4" else put(path, images.gif(seen, GIF_PACE))


def put(path: Path, parts: Iterator[bytes] | list[bytes]) -> Path:
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "wb") as file:
            file.writelines(parts)
        part.replace(path)
    except OSError as error:
        raise ReplayError(f"{path}: cannot be written: {error.strerror}") from None
    return path


class Pictures:
    """The ticks of a replay as images of one size; where its game is of another version, its keyframes."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.player: Playback | None = None
        try:
            self.player = Playback(replay)
        except Stale:
            if not replay.keyframes:
                raise

    def at(self, tick: int) -> np.ndarray:
        """The image of a tick, or of the nearest there is before it."""
        if self.player is None:
            kept = nearest_keyframe(self.replay, tick)
            return self.image(kept.snapshot, kept.text, kept.tick, sum(kept.returns))
        self.player.seek(tick)
        batch = self.player.batch
        return self.image(
            self.player.snapshot(), batch.text(0), self.player.tick, float(batch.episode_returns(0).sum())
        )

    def image(self, snapshot: dict, text: str, tick: int, total: float) -> np.ndarray:
        name = self.replay.header.mission or self.replay.header.game
        image = picture(snapshot, text, f"{name}  {tick}/{self.replay.last}  return {total:.4g}")
        if not hasattr(self, "shape"):
            self.shape = image.shape
        same = np.zeros(self.shape, np.uint8)
        rows, cols = (min(a, b) for a, b in zip(self.shape, image.shape, strict=True))
        same[:rows, :cols] = image[:rows, :cols]
        return same


def nearest_keyframe(replay: Replay, tick: int) -> Keyframe:
    """The last keyframe up to a tick, else the first; a ReplayError if none was kept."""
    if not replay.keyframes:
        raise ReplayError("no keyframes were kept with it")
    before = [frame for frame in replay.keyframes if frame.tick <= tick]
    return before[-1] if before else replay.keyframes[0]
