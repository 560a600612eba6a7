"""Replays on the command line, in the terminal, in training, and where the environment asks for them."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from unit.replay_stage import MISSIONS, batch_of, recorded
from unit.test_terminal import Person
from unit.training_stage import end, stage, start, update

from coterie.cli.main import main
from coterie.games.dice import Dice
from coterie.play.reel import Film, printed
from coterie.replays.playback import verify
from coterie.replays.reading import read, write
from coterie.replays.recorder import Terms

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """The command line in an empty folder: arguments → exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["coterie", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


PLAY = ("play", "-m", "arena.basic", "-p", "random", "-r", "none", "-s", "40")


def test_what_is_played_is_kept_shown_proved_cut_compared_and_exported(run: Run, tmp_path: Path) -> None:
    code, _, err = run(*PLAY, "--save-replay-file", "a.coterie")
    assert code == 0 and "the replay is a.coterie" in err
    code, out, _ = run("replay", "verify", "a.coterie")
    assert code == 0 and out.startswith("a.coterie: true: 40 ticks")
    code, out, _ = run("replay", "info", "a.coterie", "--json")
    data = json.loads(out)
    assert (data["mission"], data["ticks"], data["end"]) == ("arena.basic", 40, "cut short")
    assert "arena.basic" in run("replay", "info", "a.coterie")[1]
    code, out, _ = run("replay", "a.coterie", "--every", "20")
    assert code == 0 and [line[:8] for line in out.splitlines() if line.startswith("step ")] == [
        "step 0/1",
        "step 20/",
        "step 40/",
    ]
    assert run("replay", "trim", "a.coterie", "b.coterie", "--from", "10", "--to", "30")[0] == 0
    assert run("replay", "verify", "b.coterie", "--json")[0] == 0
    code, out, _ = run("replay", "diff", "a.coterie", "b.coterie")
    assert code == 1 and "states: the same" in out and "first: 0 | 10" in out
    assert run("replay", "diff", "a.coterie", "a.coterie")[:2] == (0, "they are the same\n")
    for name in ("c.json.z", "c.jsonl.gz", "c.png", "c.gif"):
        assert run("replay", "export", "a.coterie", name)[0] == 0
        assert (tmp_path / name).stat().st_size > 500


def test_each_episode_gets_its_file(run: Run, tmp_path: Path) -> None:
    code, _, err = run(*PLAY[:-2], "-e", "3", "-s", "5", "--save-replay-dir", "d", "--keyframes", "2")
    names = [f"arena.basic-seed{seed}.coterie" for seed in range(3)]
    assert code == 0 and sorted(path.name for path in (tmp_path / "d").iterdir()) == names
    assert [len(read(tmp_path / "d" / name).keyframes) for name in names] == [3, 3, 3]
    assert all(verify(read(tmp_path / "d" / name)).is_true for name in names)
    assert err.count("the replay is d/arena.basic-seed") == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--save-replay-dir", "d", "--save-replay-file", "f.coterie"], "only one of them"),
        (["--save-replay-file", "f.mp3"], "what kind of file is '.mp3'"),
        (["--save-replay-file", "f.coterie", "-e", "2"], "holds one episode, 2 are played"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_played(
    arguments: list[str], said: str, run: Run
) -> None:
    code, out, err = run(*PLAY, *arguments)
    assert code == 2 and said in err and out == ""


def test_files_that_are_none_are_told_of(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "text").write_text("hello, this is no replay at all, but it is quite long")
    for name, said in (
        ("nothing", "nothing: cannot be read: No such file"),
        ("empty", "it is empty"),
        ("text", "it is no replay of coterie"),
    ):
        for command in ("info", "verify", "show"):
            code, _, err = run("replay", command, name)
            assert code == 2 and said in err and err.count("\n") == 1
    path = recorded(tmp_path, batch_of("arena.basic", 10**6), 60, terms=Terms(stretch=16))[0]
    (tmp_path / "cut").write_bytes(path.read_bytes()[:-200])
    code, out, err = run("replay", "cut")
    assert code == 0 and "cut short" in err and "ticks could be read" in err and "step " in out
    assert run("replay", "verify", "cut")[0] == 1
    assert run("replay", "trim", "cut", "whole.coterie")[0] == 0
    assert run("replay", "verify", "whole.coterie")[0] == 0


# -- in the terminal


@pytest.mark.parametrize("name", MISSIONS)
def test_every_game_is_shown(name: str, tmp_path: Path) -> None:
    film = Film(read(recorded(tmp_path, batch_of(name, 30), 30)[0]))
    frames = list(printed(film, 10))
    assert len(frames) == len([t for t in film.ticks if t % 10 == 0 or t == film.ticks[-1]])


@pytest.mark.parametrize("name", ["arena.basic", "echo.basic"])
def test_an_older_game_shows_its_keyframes(name: str, tmp_path: Path) -> None:
    found = read(recorded(tmp_path, batch_of(name, 30), 30, terms=Terms(keyframes=10))[0])
    old = replace(found, header=replace(found.header, game_version=99))
    film = Film(read(write(tmp_path / "old.coterie", old)))
    assert film.ticks[:3] == [0, 10, 20] and "version 99" in film.problem
    assert len(list(printed(film, 10))) == len(film.ticks)
    assert film.scene(15).step == 10


def test_a_person_goes_to_any_tick(tmp_path: Path) -> None:
    path = recorded(tmp_path, batch_of("arena.basic", 10**6), 150)[0]
    person = Person("replay", str(path))
    try:
        assert person.sees("step 0/")
        person.presses("\x1b[C\x1b[C")
        assert person.sees("step 2/")
        person.presses("\x1b[B")
        assert person.sees("step 102/")
        person.presses("G")
        assert person.sees("step 150/")
        person.presses("b")
        assert person.sees("step 149/")
        person.presses("g")
        assert person.sees("step 0/")
        person.presses("m")
        assert person.sees("cannot be steered")
        person.presses(">>>> ")
        assert person.sees("step 150/")
        person.presses("q")
        assert person.ends() == 0
    finally:
        if person.process.poll() is None:
            person.process.kill()
            person.process.wait()
        os.close(person.seat)
        os.close(person.other)


# -- where the environment asks


def test_the_environment_switches_recording_on(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COTERIE_REPLAY_DIR", "ours")
    monkeypatch.setenv("COTERIE_REPLAY_LABEL", "a label")
    assert run(*PLAY)[0] == 0
    (path,) = (tmp_path / "ours").iterdir()
    found = read(path)
    assert (found.ticks, found.header.label, found.header.seats[0]) == (40, "a label", "random")
    assert verify(found).is_true and path.name.startswith("arena-")
    monkeypatch.delenv("COTERIE_REPLAY_DIR")
    monkeypatch.setenv("TV_REPLAY_DIR", "theirs")
    monkeypatch.setenv("TV_REPLAY_NAME", "village")
    assert run(*PLAY)[0] == 0
    (path,) = (tmp_path / "theirs").iterdir()
    assert path.name.startswith("village-") and path.name.endswith(".json.z")
    monkeypatch.setenv("TV_REPLAY_PATH", "one/episode.coterie")
    assert run(*PLAY, "-e", "2")[0] == 0
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["episode.coterie"]


def test_what_is_asked_for_by_an_option_is_recorded_once(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COTERIE_REPLAY_DIR", "ours")
    assert run(*PLAY, "--save-replay-dir", "d")[0] == 0
    assert not (tmp_path / "ours").exists() and len(list((tmp_path / "d").iterdir())) == 1


def test_evaluation_is_recorded_too(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COTERIE_REPLAY_DIR", "ours")
    assert run("evaluate", "-m", "echo.basic", "-p", "random", "-e", "2")[0] == 0
    files = list((tmp_path / "ours").iterdir())
    assert files and all(verify(read(path)).is_true for path in files)


# -- in training


def test_training_keeps_what_a_world_does(tmp_path: Path) -> None:
    settings = {"source": "rollout", "epoch_interval": 1, "every": 2, "keep_last": 2}
    run = start(stage(tmp_path, {"replay": settings}))
    update(run, 14)  # 224 steps of world 0, whose episodes are 32, but for the first
    end(run)
    names = sorted(path.name for path in run.folder.replays.iterdir())
    assert len(names) == 3 and names[0] == "best.coterie", names
    for name in names:
        found = read(run.folder.replays / name)
        assert verify(found).is_true and found.header.seats == ("little",)


def test_training_plays_for_the_record(tmp_path: Path) -> None:
    run = start(stage(tmp_path, {"replay": {"epoch_interval": 2}}))
    update(run, 6)
    end(run)
    names = {path.name for path in run.folder.replays.iterdir()}
    assert names == {"best.coterie", "v2.coterie", "v4.coterie", "v6.coterie"}
    replays = {name: read(run.folder.replays / name) for name in names}
    assert all(verify(one).is_true and one.ticks == 32 for one in replays.values())
    totals = {name: sum(one.ending.returns) for name, one in replays.items() if one.ending}
    assert totals["best.coterie"] == max(totals.values())
    assert run.hooks["replay"].state()["number"] == 3


def test_recording_changes_nothing_of_the_play(tmp_path: Path) -> None:
    plain, noted = batch_of("arena.basic", 50, worlds=2), batch_of("arena.basic", 50, worlds=2)
    recorded(tmp_path, noted, 60)
    plain.reset(3)
    dice = Dice(plain, 3)
    for _ in range(60):
        dice.throw(plain)
        plain.step()
    assert [plain.hash(w) for w in range(2)] == [noted.hash(w) for w in range(2)]
