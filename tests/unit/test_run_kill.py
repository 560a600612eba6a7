"""A run that is killed, or whose policy takes the process with it, loses no finished episode."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coterie.evaluation.store import Store

COTERIE = [sys.executable, "-c", "from coterie.cli.main import main; main()"]
LAST = """
import os
import time
import numpy as np
from pathlib import Path
from coterie.policies.policy import Actor, Policy


class LastActor(Actor):
    def __init__(self, spec, how):
        self.spec, self.how, self.calls = spec, how, 0

    def act(self, observations, masks, state):
        self.calls += 1
        if self.calls == 51:  # 20 steps an episode: two turns are over
            if self.how == "leave":
                os._exit(9)
            Path("ready").touch()
            time.sleep(60)
        return np.zeros((len(observations), len(self.spec.actions)), dtype=np.int32), state


class Last(Policy):
    how: str = "leave"

    def build(self, spec):
        return LastActor(spec, self.how)
"""


def started(folder: Path, how: str) -> subprocess.Popen[str]:
    """129 episodes of 20 steps, 43 side by side."""
    (folder / "last.py").write_text(LAST, encoding="utf-8")
    words = ["run", "-m", "cogsguard_arena.basic", "-s", "20", "-e", "129", "--action-timeout-ms", "60000"]
    policy = ["-p", "noop", "-p", f"class=last.Last,kw.how={how}"]
    return subprocess.Popen(
        [*COTERIE, *words, *policy],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("how", ["leave", "wait"])
def test_no_finished_episode_is_lost(how: str, tmp_path: Path) -> None:
    process = started(tmp_path, how)
    if how == "wait":
        for _ in range(3000):
            if (tmp_path / "ready").exists() or process.poll() is not None:
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == (9 if how == "leave" else -signal.SIGKILL), said
    found = Store(tmp_path / "train_dir/stats.duckdb", must_exist=True).query(
        "SELECT episode_idx, length FROM episodes ORDER BY 1"
    )
    assert found["episode_idx"].tolist() == list(range(86))
    assert (found["length"] == 20).all()
