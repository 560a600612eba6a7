"""A run killed at any moment and resumed ends exactly as if nobody had touched it."""

import os
import random
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest
import safetensors.torch
from forked import start
from learn.killed import UPDATES, trained


def begin(folder: Path, how: str) -> ForkServerProcess:
    return start(trained, [str(folder), how], folder.parent, folder.parent, os.environ)


def is_well(process: ForkServerProcess, folder: Path) -> bool:
    process.join()
    assert process.exitcode == 0, (folder.parent / "err").read_text()
    return True


def checkpoints(folder: Path) -> list[Path]:
    """Whole bundles, oldest first."""
    found = (folder / "killed" / "checkpoints").glob("killed:v*")
    return sorted(found, key=epoch)


def epoch(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("v")[2])


@pytest.mark.timeout(300)
def test_a_killed_run_ends_as_an_untouched_one(tmp_path: Path) -> None:
    assert is_well(begin(tmp_path / "whole", "new"), tmp_path / "whole")
    dice = random.Random(0)
    how, kills = "new", 0
    for goal in (2, 9, 16):
        process = begin(tmp_path / "torn", how)
        while process.is_alive() and len(checkpoints(tmp_path / "torn")) == 0:
            time.sleep(0.01)
        while process.is_alive() and epoch(checkpoints(tmp_path / "torn")[-1]) < goal:
            time.sleep(0.002)
        time.sleep(dice.random() * 0.05)  # anywhere in an update: in the rollout, in learning, while writing
        kills += process.is_alive()
        process.kill()
        process.join()
        how = "resume"
    assert is_well(begin(tmp_path / "torn", "resume"), tmp_path / "torn")
    assert kills == 3
    whole, torn = (checkpoints(tmp_path / name)[-1] for name in ("whole", "torn"))
    assert whole.name == torn.name == f"killed:v{UPDATES}"
    for name in ("weights.safetensors", "trainer_state.safetensors"):
        a, b = (safetensors.torch.load((path / name).read_bytes()) for path in (whole, torn))
        assert a.keys() == b.keys()
        assert all((a[key].view(-1) == b[key].view(-1)).all() for key in a), name
