"""The pages for people who come from elsewhere: every command of ours on them is run, with few steps."""

import re
import shlex
import sys
from pathlib import Path

import pytest
from house.tree import ROOT
from unit.test_wandb import Mirror

from coterie.cli.main import app

METTA, COGAMES, PROSPECTOR = "coming-from-metta", "coming-from-cogames", "coming-from-prospector"
FEW = {
    "train": "trainer.total_timesteps=768 trainer.batch_size=768 evaluator.enabled=false",
    "play": "max_steps=8 render=none",
    "evaluate": "num_episodes=1",
    "scrimmage": "-e 2 -s 8",
    "run": "-e 1 -s 8",
    "pickup": "-e 2 -s 8",
    "diagnose": "-e 1 -s 8",
    "policies": "",
}
EXPECTED = {METTA: {"train", "play", "evaluate"}, COGAMES: set(FEW) - {"train"}, PROSPECTOR: {"train"}}
AT_LEAST = {METTA: 25, COGAMES: 20, PROSPECTOR: 4}


def commands(page: str) -> list[str]:
    """The right column of the tables of commands."""
    text = (ROOT / f"docs/guides/{page}.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|.*\| `(coterie .*)` \|$", text, flags=re.MULTILINE)
    return [row for row in rows if row.split()[1] in FEW]


def tiny(command: str) -> list[str]:
    """The same with few steps, of games that are soon over."""
    words = shlex.split(command)[1:]
    if words[0] == "play" and "-m" in words:
        return [*words, "-s", "8", "-r", "none"]
    if words[:2] in (["diagnose", "rollout"], ["diagnose", "parity"], ["diagnose", "audit"]):
        return [*words, "--steps", "8"]
    if words[:2] == ["train", "prospector"]:
        return words if "--total-env-steps" in words else [*words, "--total-env-steps", "256"]
    more = shlex.split(FEW[words[0]])
    if words[0] == "evaluate":
        mission = "cogsguard_arena.basic" if "cogsguard" in words[1] else "arena.basic"
        more.append(f"simulations=[{{mission: {mission}, settings: {{max_steps: 8}}}}]")
    return [*words, *more]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


def run(words: list[str]) -> int:
    """The exit code."""
    try:
        app(words, prog_name="coterie")
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture(scope="module")
def trained(folder: Path) -> Path:
    """A run called my_run with checkpoints of updates 5 and 42."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert run(shlex.split(f"train arena run=my_run {FEW['train']}")) == 0
        checkpoints = folder / "train_dir/my_run/checkpoints"
        (checkpoints / "my_run:v1").rename(checkpoints / "my_run:v42")
        assert run(shlex.split(f"train -m cogsguard_arena.basic run=guard {FEW['train']}")) == 0
        (folder / "train_dir/guard/checkpoints/guard:v1").rename(checkpoints / "my_run:v5")
    return folder


@pytest.mark.parametrize("page", EXPECTED)
def test_a_page_has_every_command(page: str) -> None:
    found = commands(page)
    assert len(found) >= AT_LEAST[page] and {one.split()[1] for one in found} == EXPECTED[page]


@pytest.mark.parametrize("command", dict.fromkeys(one for page in EXPECTED for one in commands(page)))
def test_a_command_runs(command: str, trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trained)
    monkeypatch.setitem(sys.modules, "wandb", Mirror())
    # So few steps fail the rollout's check of what a team does in many: that is an answer, too.
    answers = (0, 1) if "diagnose rollout" in command else (0,)
    assert run(tiny(command)) in answers
