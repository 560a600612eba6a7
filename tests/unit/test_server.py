"""The server: what it serves of replays, what it never serves, and how it answers what makes no sense."""

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.replays import json_z
from coterie.replays.playback import Playback
from coterie.replays.reading import read
from coterie.replays.recorder import Recorder, Terms
from coterie.replays.watching import timeline
from coterie.server.app import application
from coterie.server.film import film
from coterie.server.frames import delta, key, overview, piece, spread
from coterie.server.page import single_page
from coterie.server.shelf import Shelf

MISSION = "grid.garden"


def record(folder: Path, mission: str = MISSION, ticks: int = 90) -> Path:
    batch = Batch(catalog.make(mission), seed=5)
    dice = np.random.default_rng(1)
    with Recorder(
        batch, folder, "played", seats=["random"] * batch.spec.seats, terms=Terms(mission=mission)
    ) as tape:
        for _ in range(ticks):
            batch.actions[:] = dice.integers(0, batch.spec.actions, batch.actions.shape)
            batch.step()
    return tape.kept[0]


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("replays"))


@pytest.fixture(scope="module")
def client(replay: Path) -> TestClient:
    return TestClient(application(Shelf([replay.parent, replay])))


def rebuilt(sent: dict) -> list[dict]:
    """The frames of a piece, put together as the viewer does."""
    frame = sent["key"]
    frames = [frame]
    for change in sent["deltas"]:
        after = dict(frame)
        for name in ("agents", "objects", "teams"):
            rows = {str(row.get("id", place)): row for place, row in enumerate(frame.get(name, []))}
            for ident, fields in change.get(name, {}).items():
                if fields is None:
                    del rows[ident]
                else:
                    rows[ident] = {**rows.get(ident, {}), **fields}
            after[name] = list(rows.values())
        if "tiles" in change:
            after["tiles"] = list(frame["tiles"])
            for cell, kind in change["tiles"]:
                after["tiles"][cell] = kind
        after["text"] = change.get("text", frame.get("text", ""))
        frame = after
        frames.append(frame)
    return frames


@pytest.mark.parametrize("stride", [1, 7])
def test_key_frames_and_deltas_come_to_what_the_world_was(replay: Path, stride: int) -> None:
    sent = piece(film(replay), 3, 64, stride)
    player = Playback(read(replay))
    for number, frame in enumerate(rebuilt(json.loads(json.dumps(sent)))):
        player.seek(3 + number * stride)
        snapshot = player.snapshot()
        for name in ("agents", "teams", "tiles"):
            assert frame[name] == snapshot[name]
        assert sorted(frame["objects"], key=lambda one: one["id"]) == snapshot["objects"]


def test_a_game_without_a_map_is_told_in_its_own_words(tmp_path: Path) -> None:
    shown = film(record(tmp_path, "echo.basic", 20))
    player = Playback(read(next(tmp_path.iterdir())))
    for number, frame in enumerate(rebuilt(piece(shown, 0, 20))):
        player.seek(number)
        assert frame["text"] == player.batch.text(0)
        assert [one["return"] for one in frame["agents"]] == player.batch.episode_returns(0).tolist()


def test_delta_says_only_what_changed() -> None:
    tiles = [0, 1]
    before = {
        "agents": [{"id": 0, "row": 1}],
        "objects": [{"id": 4, "n": 1}, {"id": 5, "n": 1}],
        "tiles": tiles,
    }
    after = {
        "agents": [{"id": 0, "row": 1}],
        "objects": [{"id": 4, "n": 2}, {"id": 6, "n": 0}],
        "tiles": [0, 2],
    }
    assert delta(before, before) == {}
    assert delta(before, after) == {
        "objects": {"4": {"n": 2}, "6": {"id": 6, "n": 0}, "5": None},
        "tiles": [[1, 2]],
    }
    assert key({"kinds": ["a"], "agents": []}) == {"agents": []}


def test_overview_agrees_with_the_ends(replay: Path) -> None:
    whole = overview(film(replay), 4096)
    played = read(replay)
    assert whole["ticks"] == list(range(played.last + 1))
    assert played.ending is not None
    assert [row[-1] for row in whole["returns"]] == pytest.approx(played.ending.returns, abs=1e-5)
    assert all(len(s) == len(whole["ticks"]) for team in whole["teams"] for s in team["counts"].values())
    assert spread(0, 10, 3) == [0, 5, 10]
    assert spread(4, 4, 9) == [4]


def test_what_is_served(client: TestClient, replay: Path) -> None:
    rows = client.get("/api/replays").json()
    assert {row["mission"] for row in rows} == {MISSION}
    name = rows[0]["name"]
    head = client.get("/api/head", params={"replay": name}).json()
    assert (head["first"], head["last"], head["mission"]) == (0, 90, MISSION)
    sent = client.get("/api/frames", params={"replay": name, "first": 64, "count": 64}).json()
    assert sent["first"] == 64
    assert len(sent["deltas"]) == 26
    assert client.get("/api/statistics", params={"replay": name, "tick": 50}).json()["agents"]
    page = client.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert client.get("/", headers={"if-none-match": page.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/head", 422),
        ("/api/head?replay=", 404),
        ("/api/head?replay=nobody", 404),
        ("/api/frames?replay={}&first=-1", 422),
        ("/api/frames?replay={}&count=100000", 422),
        ("/api/frames?replay={}&first=9007199254740993000", 422),
        ("/api/frames?replay={}&stride=0", 422),
        ("/api/overview?replay={}&points=1e9", 422),
        ("/api/nothing", 404),
        ("/static/viewer.html", 404),
        ("/../pyproject.toml", 404),
    ],
)
def test_what_makes_no_sense_is_answered_with_a_status(
    client: TestClient, replay: Path, path: str, status: int
) -> None:
    assert client.get(path.replace("{}", replay.name)).status_code == status


def test_a_tick_past_the_end_is_the_last(client: TestClient, replay: Path) -> None:
    sent = client.get("/api/frames", params={"replay": replay.name, "first": 10**12}).json()
    assert (sent["first"], sent["deltas"]) == (90, [])


def test_nothing_outside_the_shelf_is_read(tmp_path: Path, replay: Path) -> None:
    folder = tmp_path / "shown"
    inner = folder / "inner"
    inner.mkdir(parents=True)
    secret = tmp_path / "secret.coterie"
    secret.write_bytes(replay.read_bytes())
    (tmp_path / "shown2").mkdir()
    (tmp_path / "shown2" / "other.coterie").write_bytes(replay.read_bytes())
    (inner / "own.coterie").write_bytes(replay.read_bytes())
    (inner / "own.txt").write_text("no replay")
    (inner / "link.coterie").symlink_to(secret)
    (folder / "out").symlink_to(tmp_path)
    shelf = Shelf([folder])
    client = TestClient(application(shelf))
    assert [row["name"] for row in client.get("/api/replays").json()] == ["shown/inner/own.coterie"]
    assert client.get("/api/head", params={"replay": "shown/inner/own.coterie"}).status_code == 200
    for name in (
        "shown/../secret.coterie",
        "shown/inner/../../secret.coterie",
        "shown/inner/link.coterie",
        "shown/out/secret.coterie",
        "shown/../shown2/other.coterie",
        "shown/inner/own.txt",
        f"shown/{secret}",
        str(secret),
        "shown//etc/passwd",
        "shown/inner",
        "shown/\0",
        "../secret.coterie",
        "secret.coterie",
    ):
        with pytest.raises(ConfigError, match="there is no replay"):
            shelf.film(name)
        assert client.get("/api/head", params={"replay": name}).status_code == 404


def test_only_this_machine_is_answered(client: TestClient) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_a_dropped_file_is_shown_and_a_bad_one_refused(
    client: TestClient, replay: Path, tmp_path: Path
) -> None:
    octets = {"content-type": "application/octet-stream"}
    given = client.post("/api/replays?name=mine.coterie", content=replay.read_bytes(), headers=octets)
    assert client.get("/api/head", params={"replay": given.json()["name"]}).json()["last"] == 90
    for content in (b"", b"\x1f\x8b garbage", b"{}", b"[" * 100_000, replay.read_bytes()[:40]):
        answer = client.post("/api/replays?name=../../x.coterie", content=content, headers=octets)
        assert answer.status_code == 422
        assert answer.json()["error"].startswith("x.coterie: ")
    assert (
        client.post("/api/replays?name=a", content=b"x", headers={"content-type": "text/plain"}).status_code
        == 415
    )


def test_a_cut_file_shows_what_there_is_and_says_so(replay: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.coterie"
    cut.write_bytes(replay.read_bytes()[:-60])
    shown = film(cut)
    assert "cut short" in shown.problem


@pytest.mark.parametrize("version", [3, 4])
def test_replays_of_other_programs_show_the_same_cells(replay: Path, tmp_path: Path, version: int) -> None:
    own = film(replay)
    line = timeline(read(replay))
    shown = film(json_z.save(line, tmp_path / "other.json.z", version))
    assert (shown.first, shown.last) == (1, own.last)
    for tick in (1, 40, own.last):
        here, there = own.snapshot(tick), shown.snapshot(tick)
        for field in ("row", "col", "action", "success", "inventory"):
            assert [one[field] for one in there["agents"]] == [one[field] for one in here["agents"]]
        places = {(one["row"], one["col"], one["kind"]) for one in there["objects"]}
        assert {(one["row"], one["col"], one["kind"]) for one in here["objects"]} <= places
    assert piece(shown, 1, 64)["deltas"]
    assert overview(shown, 64)["ticks"][0] == 1


def test_one_page_holds_the_whole_replay(replay: Path) -> None:
    shown = film(replay)
    page = single_page(shown)
    inner = page.partition('id="embedded">')[2].partition("</script>")[0]
    data = json.loads(inner)
    pieces = [json.loads(gzip.decompress(base64.b64decode(text))) for text in data["pieces"]]
    assert [one["first"] for one in pieces] == [0, 64]
    assert pieces[1] == json.loads(json.dumps(piece(shown, 64, 64)))
    assert data["head"]["last"] == 90


def test_the_server_imports_no_torch() -> None:
    code = "import sys, coterie.server.serving; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
