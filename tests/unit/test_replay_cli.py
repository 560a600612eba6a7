"""Replays on the command line, in the terminal, in training, and where the environment asks for them."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from unit.replay_stage import MISSIONS, batch_of, mission, recorded
from unit.test_terminal import Person
from unit.training_stage import end, stage, start, update

from coterie.cli.main import main
from coterie.config import ConfigError
from coterie.games.dice import Dice
from coterie.play.reel import Film, printed
from coterie.replays.environment import wanted
from coterie.replays.playback import verify
from coterie.replays.reading import read, write
from coterie.replays.recorder import Terms
from coterie.server.film import film

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
    for name in ("c.json.z", "c.jsonl.gz", "c.png", "c.gif", "c.html"):
        assert run("replay", "export", "a.coterie", name)[0] == 0
        assert (tmp_path / name).stat().st_size > 500


def test_what_another_program_wrote_is_shown_too(run: Run, tmp_path: Path) -> None:
    recorded(tmp_path, batch_of("arena.basic", 20), 20)[0].rename(tmp_path / "a.coterie")
    assert run("replay", "export", "a.coterie", "a.json.z", "--format", "4")[0] == 0
    code, out, _ = run("replay", "show", "a.json.z", "--every", "10")
    assert code == 0 and [line[:8] for line in out.splitlines() if line.startswith("step ")] == [
        "step 1/2",
        "step 10/",
        "step 20/",
    ]
    data = json.loads(run("replay", "info", "a.json.z", "--json")[1])
    assert (data["ticks"], data["agents"], data["problems"]) == (20, 24, [])
    for name in ("b.json", "b.html"):
        assert run("replay", "export", "a.json.z", name)[0] == 0
    code, _, err = run("replay", "export", "a.json.z", "b.gif")
    assert code == 2 and "takes a replay that can be played again" in err
    (tmp_path / "bad.json").write_text("[1, 2]")
    code, _, err = run("replay", "show", "bad.json")
    assert code == 2 and "bad.json: it is no replay" in err


def test_a_film_is_made_by_ffmpeg(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that stands in for it notes how it is called, and how much it is told."""
    recorded(tmp_path, batch_of("echo.basic"), 32)[0].rename(tmp_path / "a.coterie")
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = run("replay", "export", "a.coterie", "a.mp4")
    assert code == 2 and "ffmpeg, which is not on PATH: install it, or export a .gif" in err
    maker = tmp_path / "ffmpeg"
    maker.write_text(f"#!{sys.executable}\n" + MAKER)
    maker.chmod(0o755)
    assert run("replay", "export", "a.coterie", "a.mp4", "--every", "8")[0] == 0
    size, told = (tmp_path / "a.mp4").read_text().split()
    width, height = map(int, size.split("x"))
    assert int(told) == 5 * width * height * 3
    maker.write_text(f"#!{sys.executable}\nraise SystemExit('no such codec')\n")
    code, _, err = run("replay", "export", "a.coterie", "b.mp4")
    assert code == 2 and "b.mp4: ffmpeg failed: no such codec" in err
    assert not list(tmp_path.glob("*.part"))


MAKER = """
import sys
size = sys.argv[sys.argv.index("-video_size") + 1]
open(sys.argv[-1], "w").write(f"{size} {len(sys.stdin.buffer.read())}")
"""


def test_many_episodes_are_kept_by_options(run: Run, tmp_path: Path) -> None:
    """Every other one and the best of several worlds; the best of all in one file."""
    play = ("run", "-m", "echo.basic", "-p", "random", "-e", "5", "--no-store")
    code, _, err = run(*play, "--save-replay-dir", "d", "--save-replay-every", "2", "--save-replay-best")
    stems = ["0", "2", "4", "best"]
    assert code == 0 and "4 replays are in d" in err
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == [
        f"echo.basic-random-{stem}.coterie" for stem in stems
    ]
    found = {stem: read(tmp_path / "d" / f"echo.basic-random-{stem}.coterie") for stem in stems}
    assert all(verify(one).is_true and one.ticks == 32 for one in found.values())
    totals = {stem: sum(one.ending.returns) for stem, one in found.items() if one.ending}
    assert max(totals.values()) == totals["best"]
    judged = ("evaluate", "-m", "echo.basic", "-p", "noop", "-p", "random", "-e", "3", "--no-store")
    assert run(*judged, "--save-replay-file", "best.coterie", "--save-replay-best")[0] == 0
    best = read(tmp_path / "best.coterie")
    assert best.header.seats == ("random",) and best.header.mission == "echo.basic"
    mixed = ("run", "-m", mission("duel"), "-p", "random", "-p", "noop", "--shuffle", "-e", "6", "--no-store")
    assert run(*mixed, "--save-replay-dir", "m")[0] == 0
    replays = [read(path) for path in (tmp_path / "m").iterdir()]
    assert len(replays) == 6 and all(verify(one).is_true for one in replays)
    assert {one.header.seats for one in replays} == {("random", "noop"), ("noop", "random")}


def test_each_episode_gets_its_file(run: Run, tmp_path: Path) -> None:
    code, _, err = run(*PLAY[:-2], "-e", "3", "-s", "5", "--save-replay-dir", "d", "--keyframes", "2")
    names = [f"arena.basic-seed{seed}.coterie" for seed in range(3)]
    assert code == 0 and sorted(path.name for path in (tmp_path / "d").iterdir()) == names
    assert [len(read(tmp_path / "d" / name).keyframes) for name in names] == [3, 3, 3]
    assert all(verify(read(tmp_path / "d" / name)).is_true for name in names)
    assert "3 replays are in d" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--save-replay-dir", "d", "--save-replay-file", "f.coterie"], "only one of them"),
        (["--save-replay-file", "f.mp3"], "what kind of file is '.mp3'"),
        (["--save-replay-file", "f.coterie", "-e", "2"], "holds one episode, 2 are played"),
        (["--save-replay-best"], "are about a save_replay_dir"),
        (["--save-replay-dir", "d", "--save-replay-every", "0"], "then nothing is kept"),
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
    person = Person("replay", "show", str(path))
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


def test_variables_of_both_prefixes_ask_for_replays(tmp_path: Path) -> None:
    assert wanted({}) is None
    assert wanted({"TV_REPLAY_NAME": "only a name"}) is None
    theirs = wanted({"TV_REPLAY_DIR": "d", "TV_REPLAY_NAME": "n", "TV_REPLAY_LABEL": "l"})
    assert theirs and (theirs.folder, theirs.name, theirs.label, theirs.suffix) == (
        Path("d"),
        "n",
        "l",
        ".json.z",
    )
    ours = wanted({"COTERIE_REPLAY_PATH": "f/a.coterie", "COTERIE_REPLAY_EVERY": "3", "TV_REPLAY_DIR": "d"})
    assert ours and (ours.path, ours.every, ours.suffix) == (Path("f/a.coterie"), 3, ".coterie")
    with pytest.raises(ConfigError, match="COTERIE_REPLAY_EVERY: 'often' is not a number"):
        wanted({"COTERIE_REPLAY_DIR": "d", "COTERIE_REPLAY_EVERY": "often"})
    with pytest.raises(ConfigError, match="is a folder"):
        wanted({"COTERIE_REPLAY_PATH": str(tmp_path)})


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


def test_training_heeds_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TV_REPLAY_DIR", str(tmp_path / "theirs"))
    run = start(stage(tmp_path, {"replay": {"source": "rollout", "epoch_interval": 1}}))
    update(run, 6)
    end(run)
    files = list((tmp_path / "theirs").iterdir())
    assert len(files) > 1 and all(path.name.endswith(".json.z") for path in files)
    assert all(film(path).last > 0 for path in files)


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
