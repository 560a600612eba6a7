"""Recorded facts of the reference engines, and a player that does the same on ours step by step."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coterie.games.batch import Batch
from coterie.games.grid.grid import GridConfig

RECORDED = Path(__file__).parent / "recorded"

# The reference engine always shows 0; ours shows the reward of the step before.
MENDED = frozenset({"last_reward"})
NO_TOKEN = 255
GLOBAL = 254

Tokens = dict[int, set[tuple[str, str | int]]]


@dataclass(frozen=True)
class Trace:
    """One recorded scenario: `steps[k]` is the state after `actions[k - 1]`, `steps[0]` that before any."""

    name: str
    what: str
    map: tuple[str, ...]
    max_steps: int
    changes: dict[str, Any]
    actions: list[list[str]]
    steps: list[dict[str, Any]]
    final: dict[str, Any]
    features: dict[int, str]
    tags: dict[int, str]
    tokens: dict[int, list[list[int]]]

    @property
    def seats(self) -> int:
        return len(self.steps[0]["agents"])

    def seen(self, step: int) -> Tokens:
        """What agent 0 saw after a step, by location and by name."""
        return named(self.tokens[step], self.features, self.tags)


def names(prefix: str) -> list[str]:
    """Recorded scenarios whose name starts with a prefix."""
    return sorted(path.stem for path in RECORDED.glob(f"{prefix}*.json"))


def load(name: str) -> Trace:
    data = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return Trace(
        name=data["name"],
        what=data["what"],
        map=tuple(data["map"]),
        max_steps=data["max_steps"],
        changes=data["config_changes"]["values"],
        actions=data["actions"],
        steps=data["steps"],
        final=data["final_stats"],
        features={int(i): name for i, name in data.get("feature_names", {}).items()},
        tags={int(i): name for i, name in data.get("tag_names", {}).items()},
        tokens={seen["step"]: seen["tokens"] for seen in data.get("observations_agent0", [])},
    )


def play(trace: Trace, config: GridConfig) -> Iterator[tuple[int, Batch]]:
    """Does what the trace did; yields the batch after each step, and first before any (step 0)."""
    batch = Batch(config)
    numbers = {name: i for i, name in enumerate(config.action_names)}
    yield 0, batch
    for k, actions in enumerate(trace.actions, start=1):
        batch.actions[:, 0] = [numbers[action] for action in actions]
        batch.step()
        yield k, batch


def named(tokens: Any, features: dict[int, str], tags: dict[int, str]) -> Tokens:
    """Tokens [n, 3] as location → {(feature, value)}, tags by name and mended features left out."""
    found: Tokens = {}
    for location, feature, value in np.asarray(tokens, dtype=int).reshape(-1, 3).tolist():
        if location == NO_TOKEN:
            continue
        name = features[feature]
        if name not in MENDED:
            found.setdefault(location, set()).add((name, tags[value] if name == "tag" else value))
    return found


def seen_by(batch: Batch, config: GridConfig, row: int) -> Tokens:
    """What an agent row of ours sees now, by location and by name."""
    return named(batch.observations[row], dict(enumerate(config.features)), dict(enumerate(config.tag_names)))


def different(ours: Tokens, theirs: Tokens) -> list[str]:
    """One line for each location that shows something else, for a failing test to print."""
    return [
        f"at {'global' if at == GLOBAL else divmod(at, 16)}: "
        f"only ours {sorted(ours.get(at, set()) - theirs.get(at, set()), key=str)}, "
        f"only theirs {sorted(theirs.get(at, set()) - ours.get(at, set()), key=str)}"
        for at in sorted(ours.keys() | theirs.keys())
        if ours.get(at, set()) != theirs.get(at, set())
    ]


def unlike(ours: dict[str, float], theirs: dict[str, float], *, but: tuple[str, ...] = ()) -> list[str]:
    """Statistics that differ; what never happened is absent there and 0 here; `but`: prefixes left out."""
    return [
        f"{name}: {ours.get(name, 'absent')}, recorded {theirs.get(name, 0.0)}"
        for name in sorted(ours.keys() | theirs.keys())
        if name not in ours or abs(ours[name] - theirs.get(name, 0.0)) > 1e-3
        if not name.startswith(but)
    ]
