"""Components on a little run: what they write, what they survive, and what they say."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from rich.console import Console
from unit.training_stage import end, learn, stage, start, update

from coterie.training.component import DEFAULT_COMPONENTS
from coterie.training.components.progress import ProgressHooks, in_words, sparkline
from coterie.training.config import RunConfig

COGS = {"mission": "cogsguard_arena.basic", "max_steps": 24}


def test_the_usual_components_run_and_leave_their_files(tmp_path: Path) -> None:
    run = start(stage(tmp_path, DEFAULT_COMPONENTS))
    assert next(iter(run.config.components)) in ("nan_guard", "watchdog")
    assert list(run.config.components)[-1] == "checkpointer"
    update(run, 3)
    end(run)
    files = {path.relative_to(run.folder.path).as_posix() for path in run.folder.path.rglob("*")}
    assert {"metrics.jsonl", "heartbeat", "checkpoints/little:v3/weights.safetensors"} <= files
    assert threading.active_count() == 1 or all(t.name != "watchdog" for t in threading.enumerate())


# -- stats_reporter


def test_statistics_have_the_names_that_dashboards_know(tmp_path: Path) -> None:
    run = start(stage(tmp_path, {"stats_reporter": {"window": 2}}, COGS["mission"], max_steps=24))
    lines = []
    for _ in range(4):
        update(run)
        lines.append(dict(run.metrics))
    metrics = run.metrics
    assert "env_agent/heart.gained" in metrics
    assert "env_collective/cogs/aligned.junction.held" in metrics
    assert "env_agent/action.move.success" in metrics
    assert "env_game/tokens_written" in metrics
    assert "env_game/cogs/aligned.junction.held" not in metrics
    lengths = [line["overview/episode_length"] for line in lines if line["overview/episodes"]]
    assert len(lengths) >= 2
    assert metrics["overview/episode_length.avg"] == pytest.approx(sum(lengths[-2:]) / 2)


def test_statistics_are_means_over_episodes_and_agents(tmp_path: Path) -> None:
    run = start(stage(tmp_path, {"stats_reporter": {}}, COGS["mission"], max_steps=16))
    kept: list[Any] = []
    report = run.hooks["stats_reporter"].after_update
    run.hooks["stats_reporter"].after_update = lambda: (kept.extend(run.finished), report())  # type: ignore
    update(run)
    moves = run.spec.seat_statistics.index("action.move.success")
    values = np.concatenate([episodes.seat_statistics[:, :, moves] for episodes in kept])
    returns = np.concatenate([episodes.returns for episodes in kept])
    assert run.metrics["env_agent/action.move.success"] == pytest.approx(values.mean())
    assert run.metrics["overview/reward"] == pytest.approx(returns.mean())
    assert run.metrics["overview/episodes"] == len(returns) == 4


# -- progress


def test_the_panel_shows_where_the_run_stands(tmp_path: Path) -> None:
    run = stage(tmp_path, {"stats_reporter": {}, "progress": {}}, COGS["mission"], max_steps=16)
    with (tmp_path / "screen").open("w+") as screen:
        console = Console(file=screen, force_terminal=True, width=110, height=40, color_system=None)
        run.hooks["progress"] = ProgressHooks(run, run.config.components["progress"], console)
        update(start(run), 3)
        end(run)
        plain = Console(width=110, color_system=None, file=screen)
        with plain.capture() as captured:
            plain.print(run.hooks["progress"].panel())
        screen.seek(0)
        assert "little · cogsguard_arena.basic" in screen.read()
    text = captured.get()
    for said in ("1.5 %", "1,536 of 100,000 steps", "steps/s", " left", "update 3", "rollout", "kl", "0.01"):
        assert said in text, said
    row = next(line for line in text.splitlines() if "overview/episode_length.avg" in line)
    assert sum(row.count(bar) for bar in "▁▂▃▄▅▆▇█") == 3


def test_a_pipe_gets_one_plain_line_an_update(tmp_path: Path) -> None:
    run = stage(tmp_path, {"stats_reporter": {}, "progress": {}})
    with (tmp_path / "log").open("w+") as log:
        run.hooks["progress"] = ProgressHooks(
            run, run.config.components["progress"], Console(file=log, width=20)
        )
        update(start(run), 4)
        end(run)
        log.seek(0)
        lines = log.read().splitlines()
    assert len(lines) == 4
    assert lines[3].startswith("update 4  256 steps (0.3 %)  ")
    assert "kl 0.01" in lines[3] and "\x1b" not in "".join(lines)


def test_words_and_sparks() -> None:
    assert [in_words(s) for s in (None, 0.2, 61, 3600, 93784)] == ["?", "0 s", "1 min 1 s", "1 h", "1 d 2 h"]
    assert sparkline([0, 1, 2, 3]) == "▁▃▆█"
    assert sparkline([2.0, 2.0]) == "▁▁"
    assert sparkline([]) == ""


# -- gradient_reporter, profiler, monitor, heartbeat, abort


def test_gradients_are_reported_as_they_were(tmp_path: Path) -> None:
    run = start(stage(tmp_path, {"gradient_reporter": {"per_weight": True}}))
    update(run)
    flat = torch.cat([gradient.flatten() for gradient in run.gradients or []])
    assert run.metrics["grad/mean"] == pytest.approx(float(flat.mean()), abs=1e-6)
    assert run.metrics["grad/variance"] == pytest.approx(float(flat.var(correction=0)), rel=1e-4)
    assert run.metrics["grad/norm"] == pytest.approx(float(flat.norm()), rel=1e-5)
    assert run.metrics["grad/norm/critic.weight"] <= run.metrics["grad/norm"]


def test_a_profile_is_written_of_the_chosen_updates_alone(tmp_path: Path) -> None:
    run = start(stage(tmp_path, {"profiler": {"epochs": [2]}}))
    update(run, 3)
    end(run)
    assert [path.name for path in run.folder.profile.iterdir()] == ["update_2.json.gz"]


def test_the_monitor_reads_the_machine(tmp_path: Path) -> None:
    run = start(stage(tmp_path, {"monitor": {}}))
    time.sleep(0.1)  # the machine counts in hundredths of a second
    update(run)
    metrics = run.metrics
    assert 10 < metrics["monitor/process_memory_mb"] < 100_000
    assert metrics["monitor/process_cpu_percent"] > 0
    assert 0 < metrics["monitor/machine_memory_percent"] < 100
    assert 0 <= metrics["monitor/machine_cpu_percent"] <= 100
    assert metrics["monitor/disk_free_mb"] > 0
    run.hooks["monitor"].proc = tmp_path / "no_proc"  # type: ignore[attr-defined]
    update(run)
    assert "monitor/machine_memory_percent" not in run.metrics
    assert run.metrics["monitor/process_memory_mb"] > 10


def test_a_heart_beats_in_both_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = tmp_path / "elsewhere" / "beat"
    monkeypatch.setenv("HEARTBEAT_FILE", str(named))
    run = start(stage(tmp_path, {"heartbeat": {}}))
    os.utime(named, (1, 1))
    os.utime(run.folder.heartbeat, (1, 1))
    update(run)
    assert named.stat().st_mtime > 1 and run.folder.heartbeat.stat().st_mtime > 1


def test_a_file_asks_for_the_end(tmp_path: Path) -> None:
    run = start(stage(tmp_path, {"abort": {}}))
    update(run)
    assert not run.is_finished
    run.folder.path.mkdir(parents=True)
    run.folder.abort.touch()
    update(run)
    assert run.is_finished and "abort asked for it" in str(run.stop_reason)
    assert not run.folder.abort.exists()


def test_components_run_in_their_turn_however_they_are_named() -> None:
    config = RunConfig(components={"checkpointer": {}, "metrics": {}, "monitor": {}, "nan_guard": {}})
    assert list(config.components) == ["nan_guard", "monitor", "metrics", "checkpointer"]
    again = RunConfig(**config.model_dump(mode="json"))
    assert list(again.components) == list(config.components)


def test_the_little_run_learns(tmp_path: Path) -> None:
    run = start(stage(tmp_path, {}))
    update(run, 2)
    before = learn(run)
    for _ in range(30):
        learn(run)
    assert learn(run) < before
