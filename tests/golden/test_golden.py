"""Every game plays as its golden files say; a change of rules is told by the first line it shows in."""

import shutil
from pathlib import Path

import pytest

from coterie.config import ConfigError
from coterie.games import catalog, golden


@pytest.mark.parametrize("game", catalog.folders())
def test_a_game_plays_as_its_golden_files_say(game: str) -> None:
    assert golden.compare(game) == []


@pytest.mark.parametrize("game", catalog.folders())
def test_a_playthrough_is_the_same_every_time(game: str) -> None:
    mission = next(iter(catalog.missions(game)))
    text = golden.playthrough(mission, steps=12, seed=3)
    assert text == golden.playthrough(mission, steps=12, seed=3)
    assert text.startswith(f"mission: {mission}\nrules: ") and text.count("\n# step ") <= 12
    assert text != golden.playthrough(mission, steps=12, seed=4)
    assert max(map(len, text.splitlines())) < 400


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of echo's golden file that may be spoilt."""
    shutil.copytree(catalog.folders()["echo"] / "golden", tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(golden, "_folder", lambda game: tmp_path)
    return tmp_path / "echo.basic.txt"


def test_the_first_line_that_differs_is_quoted(kept: Path) -> None:
    lines = kept.read_text().splitlines()
    at = lines.index("# step 3") + 1
    lines[at], lines[-1] = "shown 9, echoes 9", "something else"
    kept.write_text("\n".join(lines) + "\n")
    (problem,) = golden.compare("echo")
    assert problem.startswith(f"echo.basic.txt:{at + 1}: was 'shown 9, echoes 9', is 'shown ")


def test_a_missing_end_is_noticed(kept: Path) -> None:
    kept.write_text("".join(kept.read_text().splitlines(keepends=True)[:-1]))
    (problem,) = golden.compare("echo")
    assert "was nothing, is 'returns: " in problem


def test_a_file_says_its_own_steps_and_seed(kept: Path) -> None:
    kept.write_text(golden.playthrough("echo.basic", steps=3, seed=12))
    assert golden.compare("echo") == []
    kept.write_text("seed: 12\n")
    with pytest.raises(ConfigError, match="does not say 'steps: '"):
        golden.compare("echo")


def test_what_is_missing_is_told(kept: Path) -> None:
    kept.rename(kept.with_name("echo.gone.txt"))
    assert golden.compare("echo") == ["echo.gone.txt: there is no mission echo.gone"]
    kept.with_name("echo.gone.txt").unlink()
    assert golden.compare("echo") == ["echo has no golden file; write one and read it"]


def test_written_is_what_was_kept_or_asked(kept: Path) -> None:
    kept.write_text("spoilt")
    assert golden.write("echo") == [kept] and golden.compare("echo") == []
    assert golden.write("echo", ["echo.many"]) == [kept.with_name("echo.many.txt")]
    with pytest.raises(ConfigError, match=r"no mission of echo 'echo\.mny'; did you mean echo\.many"):
        golden.write("echo", ["echo.mny"])


def test_an_episode_ends_in_its_statistics() -> None:
    text = golden.playthrough("duel.basic")
    assert "\n# terminal after 3 steps\n" in text and "\nties: " in text and "\nmay 1: bid_0" in text
    assert "\n# truncated after " in golden.playthrough("stagger.basic")
    assert "\n# under way after 2 steps\n" in golden.playthrough("wait.basic", steps=2)


def test_an_unknown_game_is_refused() -> None:
    with pytest.raises(ConfigError, match="no game 'ecko'; did you mean echo"):
        golden.compare("ecko")
