"""The live room: its stream is the replay's, one holds a seat, and nobody who watches can hold it up."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from unit.test_server import rebuilt

from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.play import episode
from coterie.play.episode import Episode
from coterie.play.roster import seat
from coterie.policies.architectures import architecture
from coterie.policies.neural import Neural
from coterie.policies.uri import entry
from coterie.replays.notation import ENDS
from coterie.server.app import application
from coterie.server.live import MOST_VIEWERS, Room
from coterie.tools.live import room_for, thoughts

OURS = {"origin": "http://testserver", "host": "testserver"}


class Table:
    """An episode in a thread of its own, and a client that talks to its room."""

    def __init__(self, room: Room, client: TestClient) -> None:
        self.room, self.client = room, client
        self.played: list[Episode] = []

    def socket(self, **headers: str) -> Any:
        return self.client.websocket_connect("/api/live", headers=OURS | headers)


@contextmanager
def table(mission: str, *, limit: int | None = None, policy: str = "random") -> Iterator[Table]:
    batch = Batch(catalog.make(mission))
    roster = seat(batch, [(policy, entry(policy).policy)])
    room = room_for(batch, roster, mission=mission, seed=1, limit=limit)

    def run() -> None:
        seed: int | None = 1
        while seed is not None:
            own.played.append(episode.play(batch, roster, seed=seed, limit=limit, watch=room))
            seed = room.end(ENDS.index(own.played[-1].end), own.played[-1].returns, None)

    with TestClient(application(room.shelf, room)) as client:
        own = Table(room, client)
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        until(lambda: room.present is not None)
        yield own
        room.close()
        thread.join(10)
        assert not thread.is_alive()


def until(is_so: Callable[[], bool]) -> None:
    """Wait a little for what another thread does."""
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.002)


class Watcher:
    """What a viewer's page does: puts frames together and keeps the last state and sentence."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.frames: dict[int, dict] = {}
        self.frame: dict = {}
        self.state: dict = {}
        self.sentence = ""

    def ask(self, **wish: Any) -> None:
        self.socket.send_text(json.dumps(wish))

    def hear(self, is_so: Callable[[], bool]) -> None:
        """Read until something is so."""
        for _ in range(4000):
            if is_so():
                return
            message = json.loads(self.socket.receive_text())
            if "key" in message:
                self.frame = message["key"]
            elif "delta" in message:
                self.frame = rebuilt({"key": self.frame, "deltas": [message["delta"]]})[1]
            if "tick" in message:
                self.frames[message["tick"]] = self.frame
            self.state = message.get("state", self.state)
            self.sentence = message.get("sentence", self.sentence)
        raise AssertionError("it never came")


def test_the_stream_is_the_replays_own() -> None:
    with table("grid.garden", limit=40) as own, own.socket() as socket:
        viewer = Watcher(socket)
        viewer.hear(lambda: viewer.state.get("episode") == "episode 1" and 0 in viewer.frames)
        assert not viewer.state["is_playing"]
        viewer.ask(do="speed", speed=200)
        viewer.ask(do="play")
        viewer.hear(lambda: viewer.state["is_over"] and 40 in viewer.frames)
        head = own.client.get("/api/head", params={"replay": "live"}).json()
        assert (head["name"], head["live"], head["first"], head["last"]) == ("episode 1", True, 0, 40)
        sent = own.client.get("/api/frames", params={"replay": "live", "count": 41}).json()
        frames = rebuilt(sent)
        assert len(viewer.frames) > 2
        for tick, frame in viewer.frames.items():
            assert frame["agents"] == frames[tick]["agents"]
            by_id = {one["id"]: one for one in frames[tick]["objects"]}
            assert {one["id"]: one for one in frame["objects"]} == by_id
        assert [one["return"] for one in frames[40]["agents"]] == pytest.approx(own.played[0].returns)
        assert own.client.get("/api/overview", params={"replay": "live"}).json()["ticks"][-1] == 40
        viewer.ask(do="restart", seed=9)
        viewer.hear(lambda: viewer.state["episode"] == "episode 2")
        assert viewer.state["seed"] == 9
        assert [row["name"] for row in own.client.get("/api/replays").json()] == ["episode 2", "episode 1"]
        assert own.client.get("/api/head", params={"replay": "episode 1"}).json()["live"] is False


def test_a_person_takes_a_seat_and_hands_it_back() -> None:
    with table("grid.garden") as own, own.socket() as socket, own.socket() as second:
        viewer, other = Watcher(socket), Watcher(second)
        viewer.ask(do="act", seat=0, action=[0])
        viewer.hear(lambda: "take it over first" in viewer.sentence)
        viewer.ask(do="take", seat=0)
        viewer.hear(lambda: viewer.state.get("mine") == [0])
        other.hear(lambda: other.state.get("others") == [0])
        other.ask(do="take", seat=0)
        other.hear(lambda: other.sentence == "somebody else plays agent 0")
        other.ask(do="restart", seed=3)
        other.hear(lambda: other.sentence.startswith("somebody else plays agent 0: let"))
        wanted = [2, 1, 1, 3, 0]
        for number, choice in enumerate(wanted):
            viewer.ask(do="act", seat=0, action=[choice])
            viewer.hear(lambda tick=number + 1: tick in viewer.frames)
        assert own.room.present is not None
        assert own.room.present.tape.actions[:5, 0, 0].tolist() == wanted
        viewer.ask(do="give", seat=0)
        viewer.hear(lambda: viewer.state["mine"] == [])
        other.ask(do="take", seat=0)
        other.hear(lambda: other.state["mine"] == [0])
        second.close()
        until(lambda: not own.room.held)


def test_what_the_mask_forbids_is_refused_in_a_sentence() -> None:
    with table("duel.basic") as own, own.socket() as socket:
        viewer = Watcher(socket)
        viewer.ask(do="take", seat=1)
        viewer.hear(lambda: viewer.state.get("mine") == [1])
        viewer.ask(do="act", seat=1, action=[5])
        viewer.hear(lambda: 1 in viewer.frames)
        viewer.hear(lambda: "0" in viewer.state["legal"]["1"])
        choice = viewer.state["legal"]["1"].index("0")
        viewer.ask(do="act", seat=1, action=[choice])
        viewer.hear(lambda: viewer.sentence == f"agent 1 may not bid {choice} now")
        assert own.room.present is not None
        assert own.room.present.tape.ticks == 1


def test_nonsense_is_answered_and_changes_nothing() -> None:
    with table("echo.basic") as own, own.socket() as socket:
        viewer = Watcher(socket)
        for text, said in (
            ("{", "JSON object"),
            ("[1]", "JSON object"),
            ('{"do":"fly"}', "there is nothing like that to do"),
            ('{"do":"speed","speed":"fast"}', "ticks a second"),
            ('{"do":"speed","speed":NaN}', "ticks a second"),
            ('{"do":"restart","seed":-1}', "whole number"),
            ('{"do":"take","seat":99}', "there is no agent 99"),
            ('{"do":"give","seat":[0]}', "not yours"),
        ):
            viewer.sentence = ""
            socket.send_text(text)
            viewer.hear(lambda said=said: said in viewer.sentence)
        for action in ([], [4], ["0"], None, [0, 0]):
            viewer.sentence = ""
            viewer.ask(do="take", seat=0)
            viewer.ask(do="act", seat=0, action=action)
            viewer.hear(lambda: "an action is 1 numbers" in viewer.sentence)
        assert own.room.present is not None
        assert own.room.present.tape.ticks == 0


def test_pages_of_other_sites_and_too_many_are_refused() -> None:
    with table("echo.basic") as own:
        for wrong in ({"origin": "http://evil.example"}, {"host": "evil.example"}, {"origin": "null"}):
            with pytest.raises(WebSocketDisconnect), own.socket(**wrong):
                raise AssertionError("it was let in")
        own.room.viewers = {-k: own.room.enter() for k in range(1, MOST_VIEWERS + 1)}  # pyrefly: ignore
        with own.socket() as socket:
            assert "are watching already" in json.loads(socket.receive_text())["sentence"]
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_text()
            assert closed.value.code == 1013


def test_who_never_reads_holds_nobody_up() -> None:
    with table("echo.basic", limit=2000) as own, own.socket() as deaf, own.socket() as socket:
        viewer = Watcher(socket)
        deaf.send_text('{"do":"take","seat":0}')
        viewer.ask(do="speed", speed=1000)
        viewer.ask(do="play")
        until(lambda: len(own.played) == 1)
        viewer.hear(lambda: bool(viewer.state.get("is_over")))
        viewer.ask(do="step")
        viewer.hear(lambda: viewer.sentence.startswith("the episode is over"))
        assert len(viewer.frames) < 400  # the newest each time, not one after the other


def test_networks_tell_what_they_thought() -> None:
    batch = Batch(catalog.make("duel.basic"))
    plan = architecture("stateless")
    network = Neural(network=plan.build(batch.spec), architecture=plan, spec=batch.spec)
    both = [("net", network), ("random", entry("random").policy)]
    roster = seat(batch, both)
    room_for(batch, roster, mission="duel.basic", seed=1, limit=None)
    roster.begin(batch, 1)
    masks = batch.masks.copy()
    roster.act(batch)
    said = thoughts(batch, roster)
    assert said is not None
    chances, values = said
    assert chances[0].sum() == pytest.approx(1, abs=1e-5)
    assert not chances[0][~masks[0]].any()
    assert np.isfinite(values[0])
    assert np.isnan(chances[1]).all() and np.isnan(values[1])
