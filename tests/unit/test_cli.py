"""The command line: what it lists, plays and describes, what it refuses, and what Tab completes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from coterie.cli import _reference, doctor, variants
from coterie.cli.main import commands, main
from coterie.tools.tables import number, sentence

COMMANDS_PAGE = Path(__file__).parents[2] / "docs/reference/commands.md"
LAZY = """
import sys
from coterie.cli.main import main
sys.argv = ["coterie", *{arguments}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("loaded:", *sorted(name for name in sys.modules if name.startswith("coterie.cli.")))
print("heavy:", *({{"numpy", "torch"}} & set(sys.modules)))
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process: arguments → exit code, stdout, stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["coterie", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out, printed.err

    return run


# -- finding commands


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["--help"], "main"),
        (["version"], "_output main version"),
        (["version", "--help"], "_output main version"),
    ],
)
def test_only_the_command_asked_for_is_imported(arguments: list[str], loaded: str) -> None:
    code = LAZY.format(arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-2:] == [
        " ".join(["loaded:", *(f"coterie.cli.{name}" for name in loaded.split())]),
        "heavy:",
    ]


def test_help_lists_every_command_with_its_sentence(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    said = dict(
        line.split(maxsplit=1) for line in out.partition("Commands:\n")[2].splitlines() if line[2] != " "
    )
    assert said.keys() == commands().keys() >= {"games", "missions", "variants", "describe", "play", "doctor"}


def test_the_commands_page_is_what_the_commands_say() -> None:
    written = COMMANDS_PAGE.read_text(encoding="utf-8")
    assert written == _reference.markdown(), (
        "run: python -m coterie.cli._reference > docs/reference/commands.md"
    )


# -- listing and describing


def test_lists_are_tables_and_json(run: Run) -> None:
    for command, name in [("games", "echo"), ("missions", "echo.basic")]:
        code, out, _ = run(command)
        assert code == 0 and name in out
        rows = json.loads(run(command, "--json")[1])
        assert name in [row["name"] for row in rows] and all(row["about"] for row in rows)
    assert {row["name"] for row in json.loads(run("missions", "echo.*", "--json")[1])} == {
        "echo.basic",
        "echo.many",
        "echo.noisy",
    }
    assert json.loads(run("variants", "echo", "--json")[1]) == []


def test_a_variant_says_whether_it_takes_a_number() -> None:
    assert variants.takes_number(lambda config: config) == ""
    assert variants.takes_number(lambda config, count: config) == "=N"
    assert variants.takes_number(lambda config, count=3: config) == "[=N]"


def test_a_mission_is_described_as_it_would_be_played(run: Run) -> None:
    code, out, _ = run("describe", "echo.basic", "symbols=6")
    assert code == 0
    for part in [
        "echo.basic (a mission of echo)",
        "observation  6 uint8",
        "say_5",
        "echoes",
        "symbols=6",
        "length=32",
    ]:
        assert part in out
    data = json.loads(run("describe", "echo.basic", "symbols=6", "--json")[1])
    assert data["seats"] == 1 and data["settings"] == {"symbols": 6, "length": 32, "noise": 0}
    assert data["actions"] == [[f"say_{k}" for k in range(6)]]


def test_a_game_is_checked_claim_by_claim(run: Run) -> None:
    code, out, _ = run("check", "echo", "--steps", "40")
    assert code == 0 and "echo.basic\n  ✓ " in out and "echo.many\n  ✓ " in out and "✗" not in out
    findings = json.loads(run("check", "echo.basic", "--steps", "40", "--json")[1])["echo.basic"]
    assert all(one.keys() == {"claim", "problems", "unseen"} for one in findings)


def test_golden_files_are_compared_and_written_only_when_told(run: Run) -> None:
    assert run("golden", "echo")[:2] == (0, "echo plays as its golden files say\n")
    assert json.loads(run("golden", "echo", "--json")[1]) == []
    code, _, err = run("golden", "echo", "--mission", "echo.basic")
    assert code == 2 and "needs --write" in err


def test_a_new_game_is_started_where_told(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("new", "game", "chase", "--folder", str(tmp_path))
    assert code == 0 and "chase.h" in out
    assert {"chase.h", "__init__.py", "README.md"} <= {path.name for path in (tmp_path / "chase").iterdir()}
    code, out, err = run("new", "game", "Chase", "--folder", str(tmp_path))
    assert (code, out) == (2, "") and "no name for a game" in err


# -- playing


def test_playing_ends_in_a_summary(run: Run) -> None:
    code, out, _ = run("play", "-m", "echo.basic", "-p", "random?seed=1", "-r", "none", "-e", "2", "length=7")
    assert code == 0
    assert "random?seed=1" in out and "mean of 2 episodes" in out and "echoes" in out
    assert [line.split()[:2] for line in out.splitlines()[2:4]] == [["0", "7"], ["1", "7"]]


def test_an_episode_of_several_can_be_played_alone(run: Run) -> None:
    several = json.loads(run("play", "-m", "echo.basic", "-e", "3", "--seed", "4", "--json")[1])["episodes"]
    alone = json.loads(run("play", "-m", "echo.basic", "--seed", "6", "--json")[1])["episodes"]
    assert [one["seed"] for one in several] == [4, 5, 6]
    assert several[2:] == alone


def test_steps_cut_an_episode_short(run: Run) -> None:
    episode = json.loads(run("play", "-m", "echo.basic", "-s", "5", "--json")[1])["episodes"][0]
    assert (episode["length"], episode["end"], len(episode["seats"])) == (5, "cut short", 1)


def test_into_a_pipe_go_frames_or_a_log(run: Run) -> None:
    code, out, _ = run("play", "-m", "echo.basic", "-r", "unicode", "--every", "16")
    assert code == 0 and [out.count(f"step {k} ") for k in (0, 16, 31)] == [1, 1, 1] and "\x1b" not in out
    code, out, _ = run("play", "-m", "echo.basic", "-r", "log", "--seed", "1")
    assert code == 0 and "  +1  (return " in out


# -- refusing


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("pley", "no command 'pley'; did you mean play"),
        ("make-policy x --scripted", "'x' is no name for a policy"),
        ("mission echo.basik", "no mission 'echo.basik'; did you mean echo.basic"),
        ("describe echo.basik", "no mission 'echo.basik'; did you mean echo.basic"),
        ("missions echo.basik", "no mission 'echo.basik'; did you mean echo.basic"),
        ("check ecko", "no game or mission 'ecko'; did you mean echo"),
        ("variants ecko", "no game 'ecko'; did you mean echo"),
        ("play -m echo.basic -p rendom", "no policy 'rendom'; did you mean random?"),
        ("play -m echo.basic -p random?sed=1", "sed: no such setting; did you mean seed?"),
        ("play -m echo.basic -v big", "no variant of echo 'big'; there is none"),
        ("play -m echo.basic lenght=3", "lenght: no such setting; did you mean length?"),
        ("play -m echo.basic length=0", "length: Input should be greater than or equal to 1 (got 0)"),
        ("play -m echo.basic length", "'length' is not key=value"),
        ("play -m echo.basic -c 3", "echo.basic has no num_agents to set"),
        ("play -m echo.basic -p noop -p random", "2 policies cannot share 1 seat"),
        ("play -m echo.basic -s 0", "Input should be greater than or equal to 1"),
        ("play -m echo.basic -r ascii", "'ascii' is not one of"),
        ("play -m echo.basic --sed 1", "--seed"),
        ("play", "nothing to play: name a recipe (coterie play --list), or a mission with -m"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(run: Run, arguments: str, sentence: str) -> None:
    code, out, err = run(*arguments.split())
    assert (code, out) == (2, "")
    assert sentence in err and "Traceback" not in err


# -- completing


def completed(line: str) -> list[str]:
    """What bash would offer at the end of the line."""
    words = line.split(" ")
    environment = os.environ | {
        "_COTERIE_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    code = "import sys; sys.argv = ['coterie']; from coterie.cli.main import main\ntry:\n  main()\nfinally:\n"
    code += "  assert 'torch' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert not done.stderr, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("coterie mi", ["missions"]),
        ("coterie describe echo.b", ["echo.basic"]),
        ("coterie play --map", ["--map-seed"]),
        ("coterie play -m echo.", ["echo.basic", "echo.many", "echo.noisy"]),
        ("coterie play -m echo.basic -p ran", ["random"]),
        ("coterie play -m echo.basic -v nothing", []),
        ("coterie play -m echo.basic le", ["length="]),
        ("coterie variants ec", ["echo", "echo.basic", "echo.many", "echo.noisy"]),
    ],
)
def test_tab_offers_names(line: str, offers: list[str]) -> None:
    assert completed(line) == offers


# -- the doctor


def test_the_doctor_finds_this_installation_sound(run: Run) -> None:
    code, out, _ = run("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(out)}
    assert code == 0 and not any(finding["mend"] for finding in findings.values())
    assert findings.keys() >= {
        "Python",
        "native core",
        "games",
        "numpy",
        "pydantic",
        "torch",
        "cores",
        "terminal",
    }


def test_what_is_wrong_comes_with_the_line_that_mends_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.package("no-such-package").mend.endswith("-m pip install no-such-package")
    monkeypatch.setattr(doctor, "TORCH_REPORT", "raise ImportError('libcuda is gone')")
    monkeypatch.setattr(doctor, "driver_gpus", lambda: ["H200"])
    code, out, _ = run("doctor")
    assert code == 1
    assert "✗ torch" in out and "libcuda is gone" in out and f"torch=={doctor.TORCH}" in out and "H200" in out


# -- wording


def test_numbers_and_sentences() -> None:
    assert [number(value) for value in (3.0, -2, 0.123456, 1234.5678)] == ["3", "-2", "0.1235", "1235"]
    assert sentence("One thing. Another.\n\nMore.") == "One thing."
    assert sentence("Over\n    two lines\n\nMore.") == "Over two lines."
    assert sentence(None) == ""
