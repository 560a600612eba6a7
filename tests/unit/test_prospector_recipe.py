"""The recipe `prospector`: the commands of windowed training leave what they should; its settings hold."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from unit.test_recipes import run
from unit.windows_stage import rows

from coterie.games.batch import Batch
from coterie.games.catalog import make
from coterie.recipes.prod.prospector import SIZES, train
from coterie.runs import RunFolder
from coterie.tools.bench_train import CASES
from coterie.training.windows import metric_names

MEANS = (
    *("credits", "net_profit", "profit_per_tick", "survival", "overheat_ticks", "pirate_encounters"),
    *("value_lost_to_pirates", "fuel_used", "hull_damage", "tool_wear", "scan_count", "mining_ticks"),
    "cargo_utilization_avg",
)
ROW = {
    *("run_id", "window_id", "window_complete", "env_steps_start", "env_steps_end", "env_steps_in_window"),
    *("env_steps_total", "episodes_completed", "terminated_episodes", "truncated_episodes", "reward_sum"),
    *("reward_mean", "return_mean", "invalid_action_rate", "profit_mean", "survival_rate"),
    *(f"{name}_mean" for name in MEANS),
}
FRAME = {"frame_index", "t", "dt", "action", "reward", "terminated", "truncated", "render_state", "events"}
LIVE = {"status", "latest_window", "latest_checkpoint", "latest_replay", "replay_index_path"} | {
    *("wandb_run_url", "constellation_url", "windows_emitted", "checkpoints_written", "trainer_backend"),
}
RANDOM = (
    "--trainer-backend random --total-env-steps 6000 --window-env-steps 2000 --checkpoint-every-windows 1 "
    "--eval-replays-per-window 1 --wandb-mode disabled"
)
PPO = (
    "--trainer-backend puffer_ppo --total-env-steps 2048 --window-env-steps 512 --ppo-num-envs 8 "
    "--ppo-num-workers 2 --eval-replays-per-window 1 --eval-max-steps-per-episode 64 --no-eval-include-info"
)


def told(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


@pytest.mark.parametrize(("flags", "windows"), [(RANDOM, 3), (PPO, 4)])
def test_a_command_of_windowed_training_leaves_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str, windows: int
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("train", "prospector", *flags.split(), "--run-id", "r", "--env-time-max", "120") == 0
    folder = RunFolder(tmp_path / "runs" / "r")
    found = rows(folder)
    assert len(found) == windows and all(row.keys() >= ROW for row in found)
    metadata = told(folder.run_metadata)
    assert metadata.keys() >= LIVE and metadata["status"] == "completed"
    assert told(folder.config)["training_env"]["settings"]["ticks"] == 120
    kept = sorted(path.name for path in folder.checkpoints.glob("ckpt_*.pt"))
    assert kept == [f"ckpt_{number:06d}.pt" for number in range(windows)]
    if flags == RANDOM:
        assert told(folder.checkpoints / kept[0])["checkpoint_format"] == "json_v1"
        assert all(row["episodes_completed"] > 0 for row in found)
    entries = told(folder.replay_index)["entries"]
    assert len(entries) == windows and entries[0]["tags"][:2] == ["every_window", "best_so_far"]
    check_frames(folder.path / entries[0]["replay_path"], with_info=flags == RANDOM)


def check_frames(path: Path, *, with_info: bool) -> None:
    """`t` counts ticks, of which a step takes 1 to 8, where frames say what statistics came to."""
    with gzip.open(path, "rt") as file:
        frames = [json.loads(line) for line in file]
    assert all(frame.keys() >= FRAME and ("info" in frame) == with_info for frame in frames)
    if with_info:
        assert [frame["t"] for frame in frames] == [frame["info"]["decision_ticks"] for frame in frames]
        assert frames[-1]["t"] == sum(frame["dt"] for frame in frames) > len(frames)


def test_milestones_and_metrics_are_of_the_game() -> None:
    made = train()
    windows, names = made.components["windows"], metric_names(Batch(make("prospector.basic")).spec)
    assert windows.milestones == {"profit": (100, 500, 1000), "return": (10, 25, 50), "survival": (1,)}
    assert set(windows.metrics.values()) <= set(names)


def test_the_benchmark_has_the_sizes_of_the_recipe() -> None:
    case, made = CASES["prospector"], train()
    assert (case.agents, case.horizon, case.minibatch) == (
        SIZES.worlds,
        SIZES.bptt_horizon,
        SIZES.minibatch_size,
    )
    assert case.architecture.items() <= made.policy_architecture.items()
