"""Film: any replay as something to watch, a snapshot of the world at each of its ticks."""

import json
from pathlib import Path
from typing import Any, Protocol

from coterie.config import ConfigError
from coterie.replays import json_z, reading
from coterie.replays.imported import Imported
from coterie.replays.members import PREFIX, ReplayError
from coterie.replays.playback import Playback, Stale
from coterie.replays.reading import Replay

MOST_BYTES = 256 << 20  # of a file; a replay of ours has a few hundred
# Of a snapshot, what never changes: it is said once.
NAMES = ("max_steps", "width", "height", "kinds", "symbols", "vibes", "actions", "resources", "window")
SAME = ("max_steps", "kinds", "symbols", "vibes", "actions", "resources", "window")


class Film(Protocol):
    """Ticks `first` to `last`; `problem` says what of it cannot be shown, "" if nothing."""

    problem: str

    @property
    def first(self) -> int: ...

    @property
    def last(self) -> int: ...

    def title(self) -> dict[str, Any]:
        """What it is, who plays, by which rules, and the names the snapshots use."""
        ...

    def snapshot(self, tick: int) -> dict[str, Any]:
        """The world after a tick, as `Batch.snapshot` gives it; without a map `step`, `text` and `agents`."""
        ...

    def statistics(self, tick: int) -> dict[str, Any]:
        """What was counted up to a tick: `game` by name, `agents` a mapping for each seat."""
        ...


class Simulated:
    """A replay of this coterie's rules, simulated again."""

    def __init__(self, replay: Replay) -> None:
        self.replay = replay
        self.playback = Playback(replay)
        self.problem = replay.damage
        self.tiles: tuple[str, list[int]] = ("", [])

    @property
    def first(self) -> int:
        return self.playback.first

    @property
    def last(self) -> int:
        return self.playback.last

    def title(self) -> dict[str, Any]:
        names = {key: value for key, value in self.snapshot(self.first).items() if key in NAMES}
        spec = self.playback.batch.spec
        heads = [list(names) for names in spec.action_names] or [
            [str(k) for k in range(n)] for n in spec.actions
        ]
        plain = {"max_steps": spec.max_steps, "actions": heads[0] if len(heads) == 1 else [], "heads": heads}
        return title(self.replay) | plain | names

    def snapshot(self, tick: int) -> dict[str, Any]:
        self.playback.seek(tick)
        return self.parsed(self.playback.batch.native.snapshot(0)) or self.seats()

    def parsed(self, text: str) -> dict[str, Any]:
        """JSON of a snapshot; the tiles, most of it, are read when they are others than before."""
        begin = text.find('"tiles":[')
        end = text.find("]", begin)
        if begin < 0:
            return json.loads(text)
        tiles = text[begin + 8 : end + 1]
        if tiles != self.tiles[0]:
            self.tiles = (tiles, json.loads(tiles))
        return json.loads(text[:begin] + '"tiles":0' + text[end + 1 :]) | {"tiles": self.tiles[1]}

    def seats(self) -> dict[str, Any]:
        """A game without a map: its own text, and who did and got what."""
        batch = self.playback.batch
        names = batch.spec.action_names
        step = batch.episode_step(0)
        agents = [
            {
                "id": seat,
                "action": "/".join(n[a] for n, a in zip(names, row, strict=True)) if step and names else "",
                "success": True,
                "reward": reward,
                "return": total,
            }
            for seat, (row, reward, total) in enumerate(
                zip(
                    batch.actions.tolist(),
                    batch.rewards.tolist(),
                    batch.episode_returns(0).tolist(),
                    strict=True,
                )
            )
        ]
        return {"step": step, "text": batch.text(0), "agents": agents}

    def statistics(self, tick: int) -> dict[str, Any]:
        self.playback.seek(tick)
        game, agents = self.playback.batch.statistics(0)
        return {"game": happened(game), "agents": [happened(one) for one in agents]}


class Kept:
    """A replay of other rules than today's: the keyframes that were kept with it, each until the next."""

    def __init__(self, replay: Replay, why: str) -> None:
        if not replay.keyframes:
            raise ReplayError(f"{why}, and there are none")
        self.replay = replay
        self.problem = why
        self.first, self.last = replay.header.first, replay.last

    def title(self) -> dict[str, Any]:
        names = {k: v for k, v in self.replay.keyframes[0].snapshot.items() if k in NAMES}
        return title(self.replay) | {"max_steps": 0, "actions": []} | names

    def snapshot(self, tick: int) -> dict[str, Any]:
        before = [frame for frame in self.replay.keyframes if frame.tick <= tick]
        frame = before[-1] if before else self.replay.keyframes[0]
        if frame.snapshot:
            return frame.snapshot | {"step": tick}
        seats = zip(frame.actions, frame.rewards, frame.returns, strict=False)
        agents = [
            {"id": seat, "action": action, "success": True, "reward": reward, "return": total}
            for seat, (action, reward, total) in enumerate(seats)
        ]
        return {"step": tick, "text": frame.text, "agents": agents}

    def statistics(self, tick: int) -> dict[str, Any]:
        return {"game": {}, "agents": []}


def title(replay: Replay) -> dict[str, Any]:
    """What the header says of it."""
    head = replay.header
    return {
        "game": head.game,
        "game_version": head.game_version,
        "mission": head.mission,
        "label": head.label,
        "seed": str(head.seed),  # as text: a browser's numbers end at 2^53
        "seats": list(head.seats),
        "end": replay.end,
        "coterie": head.coterie,
    }


def happened(values: dict[str, float]) -> dict[str, float]:
    """Those that are not 0."""
    return {name: value for name, value in values.items() if value}


def film(path: Path) -> Film:
    """The replay in a file, ours or a `.json`, `.json.z`, `.json.gz` of version 3 or 4.

    A ConfigError with the path says why it cannot be shown.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ReplayError(f"it has more than {MOST_BYTES >> 20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise ReplayError(f"{path}: cannot be read: {error.strerror}") from None
    return decoded(data, path.name)


def decoded(data: bytes, name: str) -> Film:
    """The same from the bytes of a file."""
    try:
        if not data.startswith(PREFIX):
            return Imported(json_z.read(json_z.unpacked(data)), name)
        replay = reading.decode(data, name)
        try:
            return Simulated(replay)
        except Stale as stale:
            return Kept(replay, str(stale))
    except ConfigError as error:
        message = str(error)
        raise ReplayError(message if message.startswith(f"{name}: ") else f"{name}: {message}") from None
