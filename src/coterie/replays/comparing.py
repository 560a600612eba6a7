"""Comparing: the first tick at which two runs part, and what differs there."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from coterie.replays.members import ReplayError
from coterie.replays.playback import Playback, prepared, taped
from coterie.replays.reading import Replay

SHOWN = 12  # differences told of one tick


@dataclass(frozen=True, slots=True)
class Parting:
    """Where two replays part: `header` fields that differ, the first tick whose actions or state do.

    None where they never do; a tick is the number of steps taken. `lines` says what differs there.
    """

    header: tuple[str, ...]
    actions: int | None
    state: int | None
    lines: tuple[str, ...]

    @property
    def are_equal(self) -> bool:
        return not self.header and self.actions is None and self.state is None and not self.lines


def diff(one: Replay, other: Replay) -> Parting:
    """Compare two replays: what they play, what the seats do, and the worlds that come of it."""
    head = tuple(
        part.name
        for part in fields(one.header)
        if getattr(one.header, part.name) != getattr(other.header, part.name)
    )
    lines = list(heads_in_words(one, other, head))
    actions = parting_of_actions(one, other)
    state = None
    try:
        state = parting_of_states(one, other)
    except ReplayError as error:
        lines.append(f"the states cannot be compared: {error}")
    if actions is not None:
        lines += actions_in_words(one, other, actions)
    if state is not None:
        lines += states_in_words(one, other, state)
    if one.last != other.last and actions is None:
        lines.append(f"one goes on to tick {one.last}, the other to tick {other.last}")
    return Parting(head, actions, state, tuple(lines))


def heads_in_words(one: Replay, other: Replay, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        here, there = getattr(one.header, name), getattr(other.header, name)
        if isinstance(here, dict):
            yield from differences(here, there, name)
        else:
            yield f"{name}: {here!s:.60} | {there!s:.60}"


def parting_of_actions(one: Replay, other: Replay) -> int | None:
    """The first tick both have in which somebody acts otherwise."""
    if one.actions.shape[1:] != other.actions.shape[1:]:
        return max(one.header.first, other.header.first) + 1
    begin, end = common(one, other)
    here, there = (r.actions[begin - r.header.first : end - r.header.first] for r in (one, other))
    differ = np.flatnonzero((here != there).any(axis=(1, 2)))
    return int(begin + differ[0] + 1) if len(differ) else None


def common(one: Replay, other: Replay) -> tuple[int, int]:
    """The ticks both have: from, to; a ReplayError if there are none."""
    begin, end = max(one.header.first, other.header.first), min(one.last, other.last)
    if begin > end:
        raise ReplayError(f"they have no tick in common: one ends with {end}, the other begins with {begin}")
    return begin, end


def parting_of_states(one: Replay, other: Replay) -> int | None:
    """The first tick both have after which the worlds differ."""
    begin, end = common(one, other)
    pair = (Playback(one), Playback(other))
    for player in pair:
        player.seek(begin)
    if pair[0].batch.hash(0) != pair[1].batch.hash(0):
        return begin
    every = range(begin + 1, end + 1)
    here, there = (taped(prepared(replay), replay, every)[1] for replay in (one, other))
    for tick in every:
        a, b = here.get(tick), there.get(tick)
        if a and b and a.state != b.state:
            return tick
    return None


def actions_in_words(one: Replay, other: Replay, tick: int) -> Iterator[str]:
    """Who does what else in that tick."""
    if one.actions.shape[1:] != other.actions.shape[1:]:
        yield f"{one.actions.shape[1]} seats | {other.actions.shape[1]} seats"
        return
    here, there = (r.actions[tick - 1 - r.header.first] for r in (one, other))
    names = action_names(one)
    differ = np.flatnonzero((here != there).any(axis=1))
    for seat in differ[:SHOWN].tolist():
        yield f"tick {tick}, seat {seat}: {said(here[seat], names)} | {said(there[seat], names)}"
    if len(differ) > SHOWN:
        yield f"tick {tick}: {len(differ) - SHOWN} other seats"


def action_names(replay: Replay) -> tuple[tuple[str, ...], ...]:
    """Of each head, none where the game cannot be set up."""
    try:
        return prepared(replay).spec.action_names
    except ReplayError:
        return ()


def said(row: np.ndarray, names: tuple[tuple[str, ...], ...]) -> str:
    if not names:
        return "/".join(map(str, row.tolist()))
    return "/".join(own[value] for own, value in zip(names, row.tolist(), strict=True))


def states_in_words(one: Replay, other: Replay, tick: int) -> Iterator[str]:
    """What of the two worlds differs, as far as their snapshots show it."""
    views = []
    for replay in (one, other):
        player = Playback(replay)
        player.seek(tick)
        views.append(player.snapshot() or {"text": player.batch.text(0)})
    found = list(differences(views[0], views[1], ""))
    yield from (f"tick {tick}, {line}" for line in found[:SHOWN])
    if len(found) > SHOWN:
        yield f"tick {tick}: {len(found) - SHOWN} other differences"
    if not found:
        yield f"tick {tick}: the worlds look the same and differ in what is not shown, as their dice"


def differences(here: Any, there: Any, path: str) -> Iterator[str]:
    """Where two plain values differ, innermost first, as `path: here | there`."""
    if here == there:
        return
    if isinstance(here, dict) and isinstance(there, dict):
        for key in [*here, *(key for key in there if key not in here)]:
            inner = f"{path}.{key}" if path else str(key)
            yield from differences(here.get(key), there.get(key), inner)
    elif isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        for number, (a, b) in enumerate(zip(here, there, strict=True)):
            yield from differences(a, b, f"{path}[{number}]")
    else:
        yield f"{path}: {here!s:.60} | {there!s:.60}"
