"""How fast the viewer is in a real browser: opening a long replay, drawing a crowd, and how much is sent."""

import gzip
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import numpy as np

from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch, GameConfig
from coterie.replays.recorder import Recorder, Terms
from coterie.server import page

LONG, CROWD = 10_000, 400  # ticks
COTERIE = "from coterie.cli.main import main; main()"
SCRIPT = Path(__file__).parents[3] / "benchmarks" / "viewer.py"


def long_game() -> GameConfig:
    """CoGsGuard with 8 agents, an episode of 10,000 steps."""
    return catalog.make("cogsguard_arena.basic").replace(max_steps=LONG)


def crowd() -> GameConfig:
    """A map of 200 x 200 cells with 1000 agents."""
    return catalog.make("arena.basic", (), agents=1000).replace(side=94, walls=300)


def record(folder: Path, name: str, game: GameConfig, ticks: int) -> Path:
    """Random play as a replay."""
    batch, dice = Batch(game, seed=1), np.random.default_rng(0)
    seats = ["random"] * batch.spec.seats
    with Recorder(batch, folder, name, seats=seats, terms=Terms(mission=name)) as recorder:
        for _ in range(ticks):
            batch.actions[:] = dice.integers(0, batch.spec.actions, batch.actions.shape)
            batch.step()
    return recorder.kept[0]


def measure(repetitions: int = 5) -> dict[str, Any]:
    """Milliseconds to the first picture (median and all), pictures a second, bytes sent."""
    if not SCRIPT.exists():
        raise ConfigError(
            f"{SCRIPT} is missing: browsers are measured from a checkout of coterie's repository"
        )
    with TemporaryDirectory(prefix="coterie-") as folder:
        paths = [
            record(Path(folder), "long", long_game(), LONG),
            record(Path(folder), "crowd", crowd(), CROWD),
        ]
        said = in_browser(paths, repetitions)
    return {
        "browser": f"Chromium {said['version']}",
        "ticks": LONG,
        "first_ms": median(said["first_ms"]),
        "first_ms_range": (min(said["first_ms"]), max(said["first_ms"])),
        "cells": [200, 200],
        "agents": 1000,
        "frames_per_second": median(said["drawn"]),
        "screen_per_second": said["shown"],
        "bundle_bytes": len(page.viewer().encode()),
        "bundle_gzipped": len(gzip.compress(page.viewer().encode(), 9)),
    }


def in_browser(paths: list[Path], repetitions: int) -> dict[str, Any]:
    """What the script saw of these replays, served as a person's are."""
    with served(paths) as address:
        links = [f"{address}#replay={quote(path.name, safe='')}" for path in paths]
        done = subprocess.run(
            [sys.executable, SCRIPT, *links, "-n", str(repetitions)], capture_output=True, text=True
        )
    if done.returncode:
        raise ConfigError(f"the browser did not run: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def served(paths: list[Path]) -> Iterator[str]:
    """The address of the viewer with these replays, from a process of its own: its threads end with it."""
    command = [
        sys.executable,
        "-c",
        COTERIE,
        "replay",
        "watch",
        "-r",
        "gui",
        "--no-browser",
        *map(str, paths),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            found = re.search(r"http://[^/]+/", server.stdout.readline())
            if not found:
                raise ConfigError("the viewer's server did not say where it is")
            yield found[0]
        finally:
            server.send_signal(signal.SIGINT)
