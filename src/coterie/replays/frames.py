"""Frames: a replay as `.jsonl.gz`, one JSON object a tick, for programs that read line by line."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coterie.replays.members import ReplayError
from coterie.replays.notation import ENDS
from coterie.replays.playback import Playback
from coterie.replays.reading import Replay

# What a map, or a scene, says again at every tick: only the first frame has it.
ALWAYS_THE_SAME = (
    *("width", "height", "kinds", "symbols", "vibes", "actions", "resources", "window", "tiles"),
    "scenery",
)


def frames(replay: Replay) -> Iterator[dict[str, Any]]:
    """A frame for each tick: what was done, what came of it, and the world after it.

    Of a `render_state` the first frame has all; the following ones leave out what never changes.
    """
    player = Playback(replay)
    batch = player.batch
    names = batch.spec.action_names
    for tick in player.states():
        if tick == replay.header.first:
            continue
        index = tick - replay.header.first - 1
        is_last = tick == replay.last
        state = player.snapshot() or {"text": batch.text(0)}
        if index:
            state = {key: value for key, value in state.items() if key not in ALWAYS_THE_SAME}
        ends = {
            "terminated": is_last and replay.end == ENDS[1],
            "truncated": is_last and replay.end == ENDS[2],
        }
        yield {
            "schema_version": 1,
            "frame_index": index,
            "t": tick,
            "dt": 1,
            "action": batch.actions.tolist(),
            "action_name": ["/".join(n[a] for n, a in zip(names, row, strict=True)) for row in batch.actions],
            "reward": batch.rewards.tolist(),
            **ends,
            "render_state": state,
            "events": [name for name, happened in ends.items() if happened],
        }


def save(replay: Replay, path: Path) -> Path:
    """Write the frames; memory does not grow with their number."""
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
            for frame in frames(replay):
                file.write(json.dumps(frame, separators=(",", ":"), allow_nan=False).encode() + b"\n")
        part.replace(path)
    except OSError as error:
        raise ReplayError(f"{path}: cannot be written: {error.strerror}") from None
    return path
