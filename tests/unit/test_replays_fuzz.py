"""Forged replays: whatever actions and settings a file claims, it is played, or refused in a sentence."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from unit.replay_stage import mission, recorded

from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.replays.playback import Playback, verify
from coterie.replays.reading import Replay, decode, read, write

GAMES = ("cogsguard_arena.basic", "arena.basic", "duel", "prospector", "navigation.boxout", "stagger")
TICKS = 24
SILLY = (-(2**31), -1, 0, 1, 2, 255, 256, 1000)


@pytest.fixture(scope="module", params=GAMES)
def replay(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Replay:
    batch = Batch(catalog.make(mission(request.param)))
    return read(recorded(tmp_path_factory.mktemp("forged"), batch, TICKS)[0])


def outcome(forged: Replay, folder: Path) -> str:
    """Written with sums that are right, read, proved and looked at: what is wrong with it, "" if nothing."""
    try:
        found = decode(write(folder / "a.coterie", forged).read_bytes())
        if found.damage:
            return found.damage
        problem = verify(found).problem
        player = Playback(found)
        player.seek(found.last)
        player.snapshot()
        player.seek(found.header.first)
        return problem
    except ConfigError as error:
        assert "\n" not in str(error)
        return str(error)


def test_any_actions_are_played_or_refused(replay: Replay, tmp_path: Path) -> None:
    dice = np.random.default_rng(1)
    shape, heads = replay.actions.shape, replay.header.heads
    for turn in range(8):
        actions = dice.integers(0, heads, shape, np.int32)
        if turn % 2:
            actions = np.where(dice.random(shape) < 0.1, actions, replay.actions)
        if turn > 5:
            actions[len(actions) // 2, -1, -1] = heads[-1] + turn - 6  # a byte has room for it
        actions = actions.astype(np.int32)
        forged = replace(replay, actions=actions[turn:], before=actions[:turn])
        forged = replace(forged, header=replace(replay.header, first=turn))
        outcome(forged, tmp_path)


def test_any_settings_are_played_or_refused(replay: Replay, tmp_path: Path) -> None:
    dice = random.Random(2)
    places = list(numbers(replay.header.config))
    for path in dice.sample(places, min(len(places), 12)):
        config = changed(replay.header.config, path, dice.choice(SILLY))
        outcome(replace(replay, header=replace(replay.header, config=config)), tmp_path)
    for seed in (0, 2**64 - 1):
        outcome(replace(replay, header=replace(replay.header, seed=seed)), tmp_path)


def numbers(value: Any, path: tuple[Any, ...] = ()) -> Any:
    """The paths of all whole numbers in plain data."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from numbers(inner, (*path, key))
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path


def changed(value: Any, path: tuple[Any, ...], number: int) -> Any:
    """The same plain data with another number at a path."""
    if not path:
        return number
    same = dict(value) if isinstance(value, dict) else list(value)
    same[path[0]] = changed(value[path[0]], path[1:], number)
    return same
