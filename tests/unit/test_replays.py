"""Replays: what is recorded reads back, plays again to the same end, and shows every change made to it."""

import gzip
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from unit.replay_stage import MISSIONS, batch_of, recorded, replay_of

from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.games.dice import Dice
from coterie.games.grid.grid import GridConfig
from coterie.play import episode
from coterie.play.roster import seat
from coterie.policies.uri import parse
from coterie.replays.comparing import diff
from coterie.replays.keeping import Best, InFile, InFolder
from coterie.replays.members import PREFIX, ReplayError, member
from coterie.replays.notation import Header
from coterie.replays.playback import Playback, Stale, prepared, verify
from coterie.replays.reading import Replay, decode, glance, read, write
from coterie.replays.recorder import Recorder, Terms
from coterie.replays.trimming import trim


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    return replay_of(tmp_path_factory.mktemp("replay"), "arena.basic", 60, terms=Terms(every=16, stretch=24))


@pytest.fixture(scope="module")
def data(replay: Replay, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write(tmp_path_factory.mktemp("data") / "a.coterie", replay, 24).read_bytes()


# -- record, read, verify


@pytest.mark.parametrize("name", MISSIONS)
def test_random_play_reads_back_and_is_true(name: str, tmp_path: Path) -> None:
    found = replay_of(tmp_path, name, 50, terms=Terms(every=8, stretch=16))
    assert found.ticks and found.damage == "" and found.end != "under way"
    assert all(mark.tick % 8 == 0 or mark.tick in (found.last, 16, 32, 48) for mark in found.marks)
    assert found.marks[-1].tick == found.last
    verdict = verify(found)
    assert verdict.is_true and verdict.marks == len(found.marks), verdict.problem
    again = read(write(tmp_path / "again.coterie", found))
    assert np.array_equal(again.actions, found.actions) and again.marks == found.marks


@pytest.mark.parametrize("name", sorted(catalog.folders()))
def test_every_game_can_be_recorded(name: str, tmp_path: Path) -> None:
    assert verify(replay_of(tmp_path, name, 12)).is_true


@given(
    name=some.sampled_from(("echo.basic", "duel", "navigation.boxout")),
    ticks=some.integers(1, 70),
    seed=some.integers(0, 2**64 - 1),
    world=some.integers(0, 2),
    stretch=some.integers(1, 40),
    every=some.integers(1, 40),
)
@settings(max_examples=25, deadline=None)
def test_any_episode_of_any_world_is_true(
    name: str, ticks: int, seed: int, world: int, *, stretch: int, every: int, tmp_path_factory: object
) -> None:
    folder = tmp_path_factory.mktemp("any")  # type: ignore[attr-defined]
    batch = batch_of(name, worlds=3)
    paths = recorded(folder, batch, ticks, seed=seed, world=world, terms=Terms(every=every, stretch=stretch))
    found = [read(path) for path in paths]
    assert sum(one.ticks for one in found) == ticks
    assert all(verify(one).is_true for one in found)


def test_it_says_what_came_of_the_episode(tmp_path: Path) -> None:
    batch = batch_of("cogsguard_arena.basic", 40)
    roster = seat(batch, [("role", parse("role"))])
    with Recorder(batch, tmp_path, "a", seats=roster.seat_names(batch)) as recorder:
        played = episode.play(batch, roster, seed=5)
    found = read(recorder.kept[0])
    assert (found.ticks, found.end, found.header.seats) == (40, "by the rules", ("role",) * 8)
    assert found.ending is not None and np.allclose(found.ending.returns, played.returns)
    head, ending = glance(recorder.kept[0])
    assert head == found.header and ending == found.ending
    assert found.config() == batch.config


def test_the_same_play_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (recorded(tmp_path / str(k), batch_of("echo.basic"), 32)[0] for k in range(2))
    assert one.read_bytes() == other.read_bytes()


def test_it_is_a_gzip_file(data: bytes) -> None:
    assert b'"format":"coterie replay"' in gzip.decompress(data).splitlines()[0]


def test_a_replay_of_cogsguard_is_small(tmp_path: Path) -> None:
    """8 Cogs, 1000 steps: a team in 3 kB; dice need 3585 bytes for their 8000 actions alone."""
    sizes = {}
    for name in ("random", "role"):
        batch = Batch(catalog.make("cogsguard_arena.basic"))
        roster = seat(batch, [(name, parse(name))])
        with Recorder(batch, tmp_path, name, seats=roster.seat_names(batch)) as recorder:
            assert episode.play(batch, roster).length == 1000
        sizes[name] = recorder.kept[0].stat().st_size
    assert sizes["role"] <= 3100 and sizes["random"] <= 6000, sizes


def test_worlds_under_way_and_restored_ones_are_left_out(tmp_path: Path) -> None:
    batch = batch_of("echo.basic", worlds=2)
    dice = Dice(batch)

    def go(steps: int) -> None:
        for _ in range(steps):
            dice.throw(batch)
            batch.step()

    go(5)
    with Recorder(batch, tmp_path, "{seed}", seats=["dice"]) as recorder:
        go(40)  # 27 of the first episode, 13 of the second
        batch.restore(0, batch.save(1))
        go(10)
    assert [(one.ticks, one.end) for one in map(read, recorder.kept)] == [(13, "cut short")]
    with pytest.raises(ConfigError, match="recorded already"):
        with Recorder(batch, tmp_path, "a", seats=["dice"]):
            Recorder(batch, tmp_path, "b", seats=["dice"])


# -- simulate again


def test_any_tick_can_be_gone_to(replay: Replay) -> None:
    player = Playback(replay)
    hashes = [player.batch.hash(0) for _ in player.states()]
    assert len(set(hashes)) == 61
    for tick in (60, 3, 59, 0, 31, 60):
        player.seek(tick)
        assert (player.tick, player.batch.hash(0)) == (tick, hashes[tick])
    player.seek(1000)
    assert player.tick == 60
    assert {mark.state for mark in replay.marks} <= set(hashes)


def test_the_last_state_is_there_to_be_seen(replay: Replay) -> None:
    player = Playback(replay)
    player.seek(60)
    assert player.snapshot()["step"] == 60
    assert np.array_equal(player.batch.actions, replay.actions[-1])


def test_a_trimmed_replay_begins_in_the_middle(replay: Replay, tmp_path: Path) -> None:
    part = trim(replay, 20, 44)
    assert (part.header.first, part.ticks, part.end) == (20, 24, "cut short")
    again = read(write(tmp_path / "part.coterie", part))
    assert verify(again).is_true and again.marks[-1].tick == 44
    whole, own = Playback(replay), Playback(again)
    whole.seek(33)
    own.seek(33)
    assert whole.batch.hash(0) == own.batch.hash(0)
    assert verify(trim(again, 30)).is_true
    with pytest.raises(ReplayError, match="ticks 5 to 44 are not within 20 to 44"):
        trim(again, 5)


def test_two_runs_part_at_a_tick(replay: Replay) -> None:
    assert diff(replay, replay).are_equal
    actions = replay.actions.copy()
    actions[30, 2] = (actions[30, 2] + 1) % replay.header.heads[0]
    found = diff(replay, replace(replay, actions=actions))
    assert found.actions == 31 and found.state is not None and found.state >= 31
    assert any(line.startswith("tick 31, seat 2: ") for line in found.lines)
    seeded = diff(replay, replace(replay, header=replace(replay.header, seed=1)))
    assert seeded.header == ("seed",) and seeded.state == 0 and seeded.actions is None


# -- what is wrong with a file


def test_every_flipped_byte_is_found(data: bytes) -> None:
    unseen = []
    for at in range(len(data)):
        bad = bytearray(data)
        bad[at] ^= 1 << at % 8
        try:
            if not decode(bytes(bad)).damage:
                unseen.append(at)
        except ReplayError:
            pass
    assert not unseen


def test_of_a_file_that_is_cut_short_what_is_there_is_read(data: bytes) -> None:
    for length in range(0, len(data), 5):
        try:
            found = decode(data[:length])
        except ReplayError as error:
            assert "cut short" in str(error) or "empty" in str(error), error
            continue
        assert found.ticks in (0, 24, 48, 60)
        assert found.damage and verify(found).problem == found.damage
    assert decode(data[:-47]).damage and decode(data[:-47]).ticks == 60


@given(noise=some.binary(max_size=400), kind=some.sampled_from([b"H", b"S", b"A", b"K", b"E", b"Z", b"Q"]))
@settings(max_examples=150, deadline=None)
def test_noise_is_refused_in_a_sentence(noise: bytes, kind: bytes, data: bytes) -> None:
    """As a file, as the content of a part of one, and after one."""
    for bad in (noise, PREFIX + noise, member(kind, noise), data + member(kind, noise)):
        try:
            assert decode(bad).damage
        except ReplayError as error:
            assert str(error).startswith("replay: it ") and "\n" not in str(error)


def test_tampering_is_found(replay: Replay) -> None:
    actions = replay.actions.copy()
    actions[20] = 0
    assert (
        "the state at tick 24 is not what was noted; at tick 16 all was"
        in verify(replace(replay, actions=actions)).problem
    )
    assert replay.ending is not None
    richer = replace(replay.ending, returns=tuple(value + 1 for value in replay.ending.returns))
    assert "what the seats got" in verify(replace(replay, ending=richer)).problem
    assert (
        "it says that the episode ended"
        in verify(replace(replay, ending=replace(replay.ending, end="by the clock"), marks=())).problem
    )
    with pytest.raises(ReplayError, match="not those of its game"):
        verify(replace(replay, header=replace(replay.header, heads=(99,))))


@pytest.mark.parametrize(
    ("kind", "config", "said"),
    [
        ("os:system", {}, "there is no game config 'os:system'"),
        ("coterie.games.catalog:make", {}, "there is no game config"),
        ("coterie.games.nothing:Nothing", {}, "there is no game config"),
        ("coterie.games.lab.echo:EchoConfig", {"symbols": "many"}, "cannot be set up: symbols"),
        ("coterie.games.lab.echo:EchoConfig", {"colour": 1}, "colour: no such setting"),
    ],
)
def test_a_game_that_is_not_there_is_named(
    kind: str, config: dict[str, object], said: str, replay: Replay
) -> None:
    header: Header = replace(replay.header, kind=kind, config=config)
    with pytest.raises(ReplayError, match="its game cannot be set up") as error:
        prepared(replace(replay, header=header))
    assert said in str(error.value)


def test_another_version_of_the_rules_is_named(replay: Replay) -> None:
    old = replace(replay, header=replace(replay.header, game_version=0))
    with pytest.raises(Stale, match="version 0 of grid, here is version 1"):
        verify(old)


# -- the file itself


def test_a_finished_file_appears_at_once_and_a_killed_process_leaves_the_rest(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from unit.replay_stage import batch_of, recorded
from coterie.replays.recorder import Terms
recorded(Path(sys.argv[1]), batch_of("arena.basic", 10**6), 10**6, terms=Terms(stretch=64))
"""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], env=environment)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and not any(p.stat().st_size > 8000 for p in tmp_path.iterdir()):
            time.sleep(0.02)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    (path,) = tmp_path.iterdir()
    assert path.name.endswith(".coterie.part")
    found = read(path)
    assert found.ticks >= 64 and found.ticks % 64 == 0 and found.marks[-1].tick == found.last
    assert "cut short" in found.damage
    assert verify(trim(found)).is_true
    assert verify(replace(trim(found), marks=found.marks)).is_true


def test_slow_play_is_in_the_file_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the file came to be, at the end it is the same."""
    data = []
    for pace in (0.05, -1.0):  # seconds a tick has to take to be slow, and so to be written
        monkeypatch.setattr("coterie.replays.recorder.SLOW_SECONDS", pace)
        folder, batch = tmp_path / str(pace), batch_of("arena.basic", 10**6)
        batch.reset(3)
        dice = Dice(batch, 3)
        seats = [f"dice {k}" for k in range(batch.spec.seats)]
        with Recorder(batch, folder, "{seed}", seats=seats, terms=Terms(every=16, stretch=48)) as recorder:
            for tick in range(1, 101):
                dice.throw(batch)
                batch.step()
                if pace < 0:
                    [part] = folder.iterdir()
                    assert read(part).ticks == tick
        data.append(recorder.kept[0].read_bytes())
    assert data[0] == data[1] and verify(decode(data[0])).is_true


def test_memory_is_bounded(tmp_path: Path) -> None:
    """The tape is emptied as it goes."""
    batch = batch_of("arena.basic", 10**6)
    with Recorder(
        batch, tmp_path, "{seed}", seats=["dice"] * batch.spec.seats, terms=Terms(stretch=8)
    ) as recorder:
        dice = Dice(batch)
        for tick in range(1, 40):
            dice.throw(batch)
            batch.step()
            assert sum(map(len, recorder.actions)) < 8
            assert recorder.writer is None or recorder.writer.ticks == tick // 8 * 8


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReplayError, match="cannot be written: "):
        recorded(tmp_path / "file", batch_of("echo.basic"), 8)


def test_names_are_not_taken_twice(tmp_path: Path) -> None:
    batch = batch_of("echo.basic")
    names = [recorded(tmp_path, batch, 4)[0].name for _ in range(3)]
    assert len(set(names)) == 3 and names[1].endswith(".2.coterie")


def test_which_episodes_stay(tmp_path: Path) -> None:
    def kept(where: str, keep: object) -> list[str]:
        recorded(tmp_path / where, batch_of("echo.basic"), 32 * 6, keep=keep)  # type: ignore[arg-type]
        return sorted(path.name for path in (tmp_path / where).iterdir())

    assert len(kept("all", InFolder())) == 6
    assert len(kept("some", InFolder(every=3))) == 2
    assert kept("one", InFile(tmp_path / "one" / "a.coterie")) == ["a.coterie"]
    assert kept("best", Best(tmp_path / "best" / "best.coterie")) == ["best.coterie"]
    endings = [read(path).ending for path in (tmp_path / "all").iterdir()]
    totals = [sum(ending.returns) for ending in endings if ending]
    best = read(tmp_path / "best" / "best.coterie").ending
    assert best is not None and sum(best.returns) == max(totals)


def test_keyframes_are_kept_when_asked(tmp_path: Path) -> None:
    found = replay_of(tmp_path, "arena.basic", 50, terms=Terms(keyframes=20, stretch=16))
    assert [frame.tick for frame in found.keyframes] == [0, 20, 40]
    player = Playback(found)
    player.seek(20)
    assert found.keyframes[1].snapshot == player.snapshot()
    text = replay_of(tmp_path, "echo.basic", 32, terms=Terms(keyframes=16))
    assert [frame.tick for frame in text.keyframes] == [0, 16] and "shown" in text.keyframes[0].text


def test_a_whole_rule_book_is_a_config_too(tmp_path: Path) -> None:
    rules = catalog.make("cogsguard_arena.basic").rules()  # type: ignore[attr-defined]
    assert isinstance(rules, GridConfig)
    found = read(recorded(tmp_path, Batch(rules), 20)[0])
    assert found.header.kind.endswith("grid.grid:GridConfig") and verify(found).is_true
