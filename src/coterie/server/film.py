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
SAME = ("max_steps", "kinds", "symbols", "vibes", "actions", "resources", "window", "scenery")
NAMES = (*SAME, "width", "height")


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
        """The world after a tick, as `Batch.snapshot` gives it; without a map with its `step`, `agents`."""
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
        self.still: tuple[str, Any] = ("", None)  # tiles or scenery, and what they say

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
        found = self.parsed(self.playback.batch.native.snapshot(0))
        if "tiles" in found:
            return found
        return self.seats() | found | {"text": "" if found else self.playback.batch.text(0)}

    def parsed(self, text: str) -> dict[str, Any]:
        """JSON of a snapshot; its tiles or scenery, most of it, are read when they are others than before."""
        name, begin, end = "tiles", text.find('"tiles":['), 0
        if begin >= 0:
            end = text.find("]", begin) + 1
        elif (begin := text.find('"scenery":{')) >= 0:  # stands last
            name, end = "scenery", len(text) - 1
        else:
            return json.loads(text)
        still = text[begin + len(name) + 3 : end]
        if still != self.still[0]:
            self.still = (still, json.loads(still))
        return json.loads(f'{text[:begin]}"{name}":0{text[end:]}') | {name: self.still[1]}

    def seats(self) -> dict[str, Any]:
        """Of a game without a map: who did and got what."""
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
        return {"step": step, "agents": agents}

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
        if "tiles" in frame.snapshot:
            return frame.snapshot | {"step": tick}
        seats = zip(frame.actions, frame.rewards, frame.returns, strict=False)
        agents = [
            {"id": seat, "action": action, "success": True, "reward": reward, "return": total}
            for seat, (action, reward, total) in enumerate(seats)
        ]
        text = "" if frame.snapshot else frame.text
        return {"step": tick, "text": text, "agents": agents} | frame.snapshot

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
