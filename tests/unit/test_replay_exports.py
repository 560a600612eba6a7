"""Exports and imports: what other programs read of our replays, and what we read of theirs."""

import gzip
import itertools
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from unit.replay_stage import MISSIONS, replay_of

from coterie.replays import json_z
from coterie.replays.exports import export, suffix_of
from coterie.replays.members import ReplayError
from coterie.replays.playback import Playback
from coterie.replays.reading import Replay, read
from coterie.replays.timeline import Chronicle, at
from coterie.replays.watching import timeline


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    return replay_of(tmp_path_factory.mktemp("replay"), "cogsguard_arena.basic", 60)


# -- .json.z, after grid-and-cogsguard §6

NUMBER, TEXT, TRUTH, LIST, TABLE = (int, float), str, bool, list, dict
TOP = {
    "version": NUMBER,
    "action_names": LIST,
    "item_names": LIST,
    "type_names": LIST,
    "map_size": LIST,
    "num_agents": NUMBER,
    "max_steps": NUMBER,
    "mg_config": TABLE,
    "objects": LIST,
}
TOP_4 = {
    "collective_names": LIST,
    "collective_inventory": LIST,
    "policy_env_interface": TABLE,
    "infos": TABLE,
}
THING = {
    "id": NUMBER,
    "type_name": TEXT,
    "location": LIST,
    "orientation": NUMBER,
    "inventory": LIST,
    "inventory_max": NUMBER,
    "color": NUMBER,
    "collective_id": NUMBER,
}
AGENT = {
    "is_agent": TRUTH,
    "agent_id": NUMBER,
    "group_id": NUMBER,
    "vision_size": NUMBER,
    "action_id": NUMBER,
    "action_param": NUMBER,
    "action_success": TRUTH,
    "current_reward": NUMBER,
    "total_reward": NUMBER,
    "freeze_remaining": NUMBER,
    "is_frozen": TRUTH,
    "freeze_duration": NUMBER,
    "vibe_id": NUMBER,
    "vibe": NUMBER,
    "policy_infos": TABLE,
}
BUILDING = {
    "input_resources": LIST,
    "output_resources": LIST,
    "output_limit": NUMBER,
    "conversion_remaining": NUMBER,
    "is_converting": TRUTH,
    "conversion_duration": NUMBER,
    "cooldown_remaining": NUMBER,
    "is_cooling_down": TRUTH,
    "cooldown_duration": NUMBER,
}


def values(field: Any, kind: Any) -> Iterator[Any]:
    """Every value a field has, as the format writes it."""
    is_series = isinstance(field, list) and (
        kind is not LIST or bool(field and isinstance(field[0], list) and isinstance(field[0][-1], list))
    )
    if not is_series:
        yield field
        return
    steps = [pair[0] for pair in field]
    assert all(len(pair) == 2 for pair in field) and steps == sorted(set(steps)) and steps[0] == 0
    assert len(field) > 1, "a constant is its bare value"
    assert all(a[1] != b[1] for a, b in itertools.pairwise(field)), "only changes are written"
    yield from (pair[1] for pair in field)


def conforms(data: dict[str, Any], version: int) -> None:
    """The schema of §6.1 and §6.2."""
    for name, kind in (TOP | (TOP_4 if version == 4 else {})).items():
        assert isinstance(data[name], kind), name
    assert data["version"] == version and (version == 4) == ("infos" in data)
    width, height = data["map_size"]
    agents = [thing for thing in data["objects"] if thing.get("is_agent")]
    assert [thing["agent_id"] for thing in agents] == list(range(data["num_agents"]))
    ids = [thing["id"] for thing in data["objects"]]
    assert ids == sorted(set(ids)) and ids[0] == 1
    for thing in data["objects"]:
        wanted = THING | (AGENT if thing.get("is_agent") else {})
        if "cooldown_duration" in thing:
            wanted = wanted | BUILDING
        for name, kind in wanted.items():
            assert all(isinstance(value, kind) for value in values(thing[name], kind)), (name, thing[name])
        assert thing["type_name"] in data["type_names"]
        assert all(0 <= x < width and 0 <= y < height for x, y in values(thing["location"], LIST))
        for stock in values(thing["inventory"], LIST):
            assert all(0 <= item < len(data["item_names"]) and count > 0 for item, count in stock)
        if thing.get("is_agent"):
            assert all(0 <= k < len(data["action_names"]) for k in values(thing["action_id"], NUMBER))
    if version == 4:
        assert len(data["collective_inventory"]) == len(data["collective_names"])
        assert {"game", "agent", "collective", "attributes", "episode_rewards"} <= set(data["infos"])


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("name", [*MISSIONS, "in_context"])
def test_every_game_exports_after_the_schema(name: str, version: int, tmp_path: Path) -> None:
    found = replay_of(tmp_path, name, 30)
    path = export(found, tmp_path / "a.json.z", version=version)
    data = json.loads(zlib.decompress(path.read_bytes()))
    conforms(data, version)
    assert data["max_steps"] == found.ticks


def test_what_is_written_is_what_was_there(replay: Replay, tmp_path: Path) -> None:
    read_back = json_z.load(export(replay, tmp_path / "a.json.gz", version=4))
    player, agents = Playback(replay), read_back.agents()
    for step in (0, 17, 59):
        player.seek(step + 1)
        snapshot = player.snapshot()
        for agent, thing in zip(snapshot["agents"], agents, strict=True):
            seen = read_back.look(thing, step)
            assert seen["location"] == [agent["col"], agent["row"]]
            assert read_back.action_names[seen["action_id"]] == agent["action"]
            assert {read_back.item_names[k]: n for k, n in seen["inventory"]} == agent["inventory"]
            assert (seen["total_reward"], seen["action_success"]) == (agent["return"], agent["success"])
        for team, series in zip(snapshot["teams"], read_back.collective_inventory, strict=True):
            stock = {read_back.item_names[k]: n for k, n in at(series, step)}
            assert stock == team["inventory"]
        tiles = np.array(snapshot["tiles"]).reshape(snapshot["height"], snapshot["width"])
        assert len(read_back.things) == np.count_nonzero(tiles) + 8
    assert read_back.infos["attributes"]["steps"] == 60
    assert read_back.problems == []


def test_a_timeline_survives_its_file(replay: Replay, tmp_path: Path) -> None:
    one = timeline(replay)
    other = json_z.load(json_z.save(one, tmp_path / "a.json", 4))
    assert other == one
    assert json_z.save(one, tmp_path / "b.json.z").stat().st_size < 60_000


def test_what_vanishes_stops_to_be_alive() -> None:
    """And what comes late began with nothing."""
    chronicle = Chronicle()
    for step in range(4):
        chronicle.note("a", step, {"id": 1, "cooldown": step % 2})
    chronicle.vanish("a", 5)
    chronicle.note("late", 3, {"id": 2})
    assert chronicle.things == {
        "a": {"id": [(0, 1)], "cooldown": [(0, 0), (1, 1), (2, 0), (3, 1)], "alive": [(0, True), (5, False)]},
        "late": {"id": [(0, 0), (3, 2)]},
    }


# -- replays of other programs, made by hand after §6

BY_HAND: dict[str, Any] = {
    "version": 3,
    "action_names": ["noop", "move_east"],
    "item_names": ["ore", "heart"],
    "type_names": ["agent", "wall", "mine"],
    "map_size": [6, 4],
    "num_agents": 1,
    "max_steps": 10,
    "mg_config": {"game": {}},
    "objects": [
        {
            "id": 1,
            "type_name": "agent",
            "is_agent": True,
            "agent_id": 0,
            "location": [[0, [1, 1]], [3, [2, 1]], [7, [3, 1]]],
            "inventory": [[0, []], [4, [[0, 2]]], [6, [[0, 2], [1, 1]]]],
            "action_id": [[0, 0], [3, 1]],
            "total_reward": [[0, 0.0], [5, 0.5]],
            "policy_infos": {},
        },
        {"id": 2, "type_name": "wall", "location": [0, 0]},
        {"id": 3, "type_name": "mine", "location": [5, 3], "inventory": [[0, 5]], "tag_ids": [4, 7]},
        {"id": [[0, 0], [4, 9]], "type_name": [[0, 0], [4, "mine"]], "location": [[0, 0], [4, [4, 2]]]},
        {"id": 5, "type_name": "mine", "location": [2, 2], "alive": [[0, True], [6, False]]},
    ],
}


@pytest.mark.parametrize("suffix", [".json.z", ".json.gz", ".json"])
@pytest.mark.parametrize("version", [3, 4])
def test_a_replay_made_by_hand_opens(version: int, suffix: str, tmp_path: Path) -> None:
    data = BY_HAND | {"version": version, "unknown": 1}
    if version == 4:
        data |= {
            "collective_names": ["cogs", "clips"],
            "collective_inventory": [[[0, [[0, 3]]], [5, [[0, 4]]]], []],
            "infos": {"game": {"x": 1}},
        }
    text = json.dumps(data).encode()
    packed = {".json.z": zlib.compress(text), ".json.gz": gzip.compress(text), ".json": text}[suffix]
    path = tmp_path / f"theirs{suffix}"
    path.write_bytes(packed)
    found = json_z.load(path)
    assert (found.steps, found.width, found.height, found.num_agents) == (10, 6, 4, 1)
    (agent,) = found.agents()
    places = [tuple(found.look(agent, step)["location"]) for step in range(10)]
    assert places == [(1, 1)] * 3 + [(2, 1)] * 4 + [(3, 1)] * 3
    assert found.look(agent, 5)["inventory"] == [[0, 2]] and found.look(agent, 9)["total_reward"] == 0.5
    _, wall, mine, late, gone = found.things
    assert found.look(wall, 9)["location"] == [0, 0]
    assert found.look(mine, 0) == {
        "id": 3,
        "type_name": "mine",
        "location": [5, 3],
        "inventory": [[0, 5]],
        "tag_ids": [4, 7],
    }
    assert "location" not in found.look(late, 3) and found.look(late, 4)["location"] == [4, 2]
    assert [found.look(gone, step)["alive"] for step in (5, 6)] == [True, False]
    if version == 4:
        assert at(found.collective_inventory[0], 7) == [[0, 4]]
        assert at(found.collective_inventory[1], 7) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"\x00\x01 no", "neither JSON nor packed"),
        (b"{", "it is not JSON"),
        (b"[1]", "is not an object"),
        (b'{"version": 2}', "of version 2; versions 3 and 4 are read here"),
        (b'{"version": 3, "objects": 4}', "its objects are no list"),
        (b'{"version": 3, "objects": [1]}', "its objects are not all objects"),
        (b'{"version": 3, "map_size": [99999999, 5]}', "cells: at most"),
        (zlib.compress(b'{"version": 3}' * 99)[:-8], "cut short"),
        (b'{"version":3,"objects":' + b"[" * 100_000, "it is not JSON"),
    ],
)
def test_a_bad_file_is_told_in_a_sentence(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.json.z"
    path.write_bytes(content)
    with pytest.raises(ReplayError) as error:
        json_z.load(path)
    assert said in str(error.value) and str(path) in str(error.value)


plain = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-5, 10)
    | some.floats(allow_nan=False)
    | some.text(max_size=3),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(
    changes=some.dictionaries(
        some.sampled_from([*BY_HAND, "collective_names", "collective_inventory"]), plain
    ),
    fields=some.dictionaries(some.sampled_from([*THING, *AGENT, *BUILDING, "alive", "protocols"]), plain),
)
@settings(max_examples=200, deadline=None)
def test_whatever_a_file_holds_it_opens_or_says_why(changes: dict[str, Any], fields: dict[str, Any]) -> None:
    data = BY_HAND | {"objects": [*BY_HAND["objects"], fields]} | changes
    try:
        found = json_z.read(json.dumps(data).encode())
    except ReplayError as error:
        assert str(error).startswith("it")
        return
    for thing in found.things:
        found.look(thing, 5)
    assert found.width >= 1 and found.height >= 1 and len(found.agents()) <= len(found.things)


# -- frames


@pytest.mark.parametrize("name", ["echo.basic", "arena.basic", "duel"])
def test_frames_are_lines(name: str, tmp_path: Path) -> None:
    found = replay_of(tmp_path, name, 25)
    lines = gzip.decompress(export(found, tmp_path / "a.jsonl.gz").read_bytes()).splitlines()
    frames = [json.loads(line) for line in lines]
    assert [frame["t"] for frame in frames] == list(range(1, found.ticks + 1))
    assert [frame["frame_index"] for frame in frames] == list(range(found.ticks))
    assert np.array_equal([frame["action"] for frame in frames], found.actions)
    assert found.ending is not None
    assert np.allclose(np.sum([frame["reward"] for frame in frames], axis=0), found.ending.returns, atol=1e-4)
    assert frames[-1]["terminated"] == (found.end == "by the rules")
    assert frames[-1]["events"] == [k for k in ("terminated", "truncated") if frames[-1][k]]


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.json", "a.coterie"])
@pytest.mark.parametrize("mission", ["echo.basic", "navigation.boxout"])
def test_every_kind_of_file_is_written(mission: str, name: str, tmp_path: Path) -> None:
    found = replay_of(tmp_path, mission, 12)
    path = export(found, tmp_path / name)
    assert path.stat().st_size > 100 and not list(tmp_path.glob(f"{name}.part"))
    if name == "a.coterie":
        assert np.array_equal(read(path).actions, found.actions)


def test_a_suffix_nobody_knows_is_refused(replay: Replay, tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match=r"what kind of file is '\.mp3'"):
        suffix_of(Path("a.mp3"))
    with pytest.raises(ReplayError, match="cannot be written"):
        export(replay, tmp_path / "no" / "a.png")
