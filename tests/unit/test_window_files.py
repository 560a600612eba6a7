"""What windows leave in a run folder: whole, live, told where it failed, and the same again after a kill."""

import gzip
import json
import os
import random
import sys
import time
import zipfile
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from forked import coterie, start
from unit.test_wandb import Mirror
from unit.windows_stage import rows, trained, windowed

from coterie.policies.uri import parse
from coterie.replays.playback import verify
from coterie.replays.reading import read
from coterie.runs import RunFolder
from coterie.training.trainer import train
from coterie.training.windows import metric_names

ENTRY = {
    "run_id",
    "window_id",
    "replay_id",
    "replay_path",
    "notation_path",
    "checkpoint_path",
    "tags",
    "trainer_backend",
    "return_total",
    "steps",
    "profit",
    "survival",
    "terminated",
    "truncated",
    "seed",
    "checkpoint_env_steps_total",
    "episodes",
    "return_mean",
    "created_at",
}


@pytest.mark.parametrize("backend", ["ppo", "random"])
def test_a_run_leaves_exactly_these_files(tmp_path: Path, backend: str) -> None:
    train(windowed(tmp_path, backend=backend, eval_replays_per_window=2))
    folder = RunFolder(tmp_path / "w")
    metadata, index = (json.loads(path.read_text()) for path in (folder.run_metadata, folder.replay_index))
    assert (metadata["status"], metadata["windows_emitted"], metadata["checkpoints_written"]) == (
        "completed",
        4,
        4,
    )
    assert metadata["trainer_backend"] == backend and metadata["error"] is None
    assert metadata["latest_window"]["window_id"] == 3
    assert metadata["latest_checkpoint"]["path"] == "checkpoints/ckpt_000003.pt"
    assert metadata["latest_replay"] == index["entries"][-1]
    assert metadata["wandb_run_url"] is None and metadata["constellation_url"] is None
    assert [entry["window_id"] for entry in index["entries"]] == [0, 1, 2, 3]
    named = set()
    for entry in index["entries"]:
        assert set(entry) == ENTRY and entry["episodes"] == 2
        assert entry["seed"] - 100_000 - 1000 * entry["window_id"] in (0, 1)
        frames = [json.loads(line) for line in gzip.open(folder.path / entry["replay_path"])]
        assert [frame["t"] for frame in frames] == list(range(1, entry["steps"] + 1))
        assert sum(frame["reward"][0] for frame in frames) == pytest.approx(entry["return_total"])
        assert frames[-1]["terminated"] and frames[-1]["info"]["echoes"] == entry["return_total"]
        assert verify(read(folder.path / entry["notation_path"])).is_true
        named |= {entry["replay_path"], entry["notation_path"]}
    assert {f"replays/{path.name}" for path in folder.replays.iterdir()} == named
    assert sorted(path.name for path in folder.checkpoints.glob("ckpt_*")) == [
        f"ckpt_{number:06d}.pt" for number in range(4)
    ]
    assert not list(folder.path.rglob("*.new")) and not list(folder.path.rglob("*.part"))


def test_a_checkpoint_can_be_played_and_holds_no_pickle(tmp_path: Path) -> None:
    train(windowed(tmp_path))
    file = RunFolder(tmp_path / "w").window_checkpoint(3)
    with zipfile.ZipFile(file) as archive:
        assert sorted(archive.namelist()) == ["checkpoint.json", "policy_spec.json", "weights.safetensors"]
        told = json.loads(archive.read("checkpoint.json"))
    assert (told["checkpoint_format"], told["obs_shape"], told["n_actions"]) == ("ppo_torch_v1", [4], 4)
    assert (told["window_id"], told["env_steps_total"], told["trainer_backend"]) == (3, 4000, "ppo")
    assert vars(parse(str(file)))["architecture"].hidden == 32


def test_dice_leave_json_and_weights_as_they_were(tmp_path: Path) -> None:
    run = train(windowed(tmp_path, backend="random"))
    told = json.loads(run.folder.window_checkpoint(0).read_text())
    assert (told["checkpoint_format"], told["trainer_backend"], told["run_id"]) == ("json_v1", "random", "w")
    actions = run.experience.actions.flatten().bincount(minlength=4) / run.experience.actions.numel()
    assert actions.tolist() == pytest.approx([0.25] * 4, abs=0.06)


def test_tags_are_of_the_best_and_of_what_was_reached(tmp_path: Path) -> None:
    settings = {"eval_replays_per_window": 3, "milestones": {"return": (1.0, 1000.0), "echoes": (2.0,)}}
    train(windowed(tmp_path, **settings))
    entries = json.loads(RunFolder(tmp_path / "w").replay_index.read_text())["entries"]
    best = -np.inf
    for entry in entries:
        is_best = entry["return_total"] > best
        best = max(best, entry["return_total"])
        reached = ["milestone:return:1"] * (entry["return_total"] >= 1)
        reached += ["milestone:echoes:2"] * (entry["return_total"] >= 2)
        assert entry["tags"] == ["every_window", *["best_so_far"] * is_best, *reached]


def test_whether_one_survives_that_was_cut_short_is_not_known(tmp_path: Path) -> None:
    settings = {
        "eval_replays_per_window": 1,
        "eval_max_steps_per_episode": 3,
        "survival": "echoes",
        "profit": "echoes",
        "milestones": {"survival": (0.0,), "profit": (0.0,)},
    }
    train(windowed(tmp_path, **settings))
    entry = json.loads(RunFolder(tmp_path / "w").replay_index.read_text())["entries"][0]
    assert entry["survival"] is None and entry["profit"] is not None and entry["steps"] == 3
    assert not entry["terminated"] and not entry["truncated"]
    assert entry["tags"] == ["every_window", "best_so_far", "milestone:profit:0"]


def test_every_so_many_windows_have_a_checkpoint(tmp_path: Path) -> None:
    train(windowed(tmp_path, checkpoint_every_windows=3, eval_replays_per_window=0))
    folder = RunFolder(tmp_path / "w")
    assert sorted(path.name for path in folder.checkpoints.glob("ckpt_*")) == [
        "ckpt_000000.pt",
        "ckpt_000003.pt",
    ]
    assert not folder.replay_index.exists() and len(rows(folder)) == 4


def test_it_works_in_a_game_of_many_seats(tmp_path: Path) -> None:
    run = train(
        windowed(
            tmp_path,
            "cogsguard_arena.basic",
            total_timesteps=8 * 2048,
            eval_replays_per_window=1,
            eval_max_steps_per_episode=20,
            eval_policy_deterministic=False,
        )
    )
    assert [row["env_steps_total"] for row in rows(run.folder)] == [1000, 2000]
    names = set(metric_names(run.spec)) - {"length"}
    assert {f"{name}_mean" for name in names} <= set(rows(run.folder)[0])
    (entry, _) = json.loads(run.folder.replay_index.read_text())["entries"]
    frames = [json.loads(line) for line in gzip.open(run.folder.path / entry["replay_path"])]
    assert len(frames) == 20 and len(frames[0]["info"]["seat_statistics"]) == 8


# -- the run: alive, failed, killed


def test_a_failure_is_told_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("coterie.training.components.windows.record", broken)
    with pytest.raises(OSError, match="No space"):
        train(windowed(tmp_path, eval_replays_per_window=1))
    metadata = json.loads(RunFolder(tmp_path / "w").run_metadata.read_text())
    assert metadata["status"] == "failed" and "No space left on device" in metadata["error"]
    assert metadata["finished_at"]


def test_a_failure_in_a_last_hook_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Any, error: BaseException | None) -> None:
        raise RuntimeError("the last checkpoint could not be written")

    monkeypatch.setattr("coterie.training.components.checkpointer.CheckpointerHooks.on_end", broken)
    with pytest.raises(RuntimeError, match="last checkpoint"):
        train(windowed(tmp_path))
    metadata = json.loads(RunFolder(tmp_path / "w").run_metadata.read_text())
    assert (metadata["status"], metadata["error"]) == (
        "failed",
        "RuntimeError: the last checkpoint could not be written",
    )


def test_files_are_whole_whenever_they_are_read(tmp_path: Path) -> None:
    process = begin(tmp_path, "new", "echo.basic")
    folder, read_so_far, seen = RunFolder(tmp_path / "w"), 0, set()
    while process.is_alive():
        for path in (folder.run_metadata, folder.replay_index):
            if path.exists():
                data = json.loads(path.read_text())
                seen.add((data.get("status"), data.get("windows_emitted")))
                read_so_far += 1
        time.sleep(0.001)
    assert is_well(process, tmp_path) and read_so_far > 50
    assert len({windows for status, windows in seen if status == "running"}) > 3


def begin(folder: Path, how: str, mission: str = "cogsguard_arena.basic") -> ForkServerProcess:
    folder.mkdir(exist_ok=True)
    return start(trained, [how, mission], folder, folder, os.environ)


def timeless(value: Any) -> Any:
    """The same without what tells the time of day."""
    if isinstance(value, dict):
        return {key: timeless(inner) for key, inner in value.items() if not key.endswith("_at")}
    return [timeless(inner) for inner in value] if isinstance(value, list) else value


def wait_for(is_so: Callable[[], bool], process: ForkServerProcess) -> None:
    while process.is_alive() and not is_so():
        time.sleep(0.002)


def is_well(process: ForkServerProcess, folder: Path) -> bool:
    process.join()
    assert process.exitcode == 0, (folder / "err").read_text()
    return True


@pytest.mark.timeout(300)
def test_a_killed_run_continues_the_same_windows(tmp_path: Path) -> None:
    whole, torn = RunFolder(tmp_path / "whole" / "w"), RunFolder(tmp_path / "torn" / "w")
    assert is_well(begin(tmp_path / "whole", "new"), tmp_path / "whole")
    dice, how, kills = random.Random(0), "new", 0
    for goal in (1, 3):
        process = begin(tmp_path / "torn", how)
        # a checkpoint to go on from, and a window of a future that will have to come again
        wait_for(lambda: any(torn.checkpoints.glob("w:v*")), process)
        wait_for(lambda goal=goal: torn.windows.exists() and len(rows_so_far(torn)) >= goal, process)
        time.sleep(dice.random() * 0.1)
        kills += process.is_alive()
        process.kill()
        process.join()
        assert json.loads(torn.run_metadata.read_text())["status"] == "running"
        how = "resume"
    assert is_well(begin(tmp_path / "torn", "resume"), tmp_path / "torn")
    assert kills == 2
    assert torn.windows.read_bytes() == whole.windows.read_bytes()
    assert len(rows(whole)) == 6 and not rows(whole)[-1]["window_complete"]
    for path in ("replay_index.json", "run_metadata.json"):
        first, second = (json.loads((one.path / path).read_text()) for one in (whole, torn))
        assert timeless(first) == timeless(second)
    for one in (*whole.replays.iterdir(), *whole.checkpoints.glob("ckpt_*")):
        same = torn.path / whole.inside(one)
        assert without_times(same) == without_times(one), one.name
    assert {one.name for one in torn.replays.iterdir()} == {one.name for one in whole.replays.iterdir()}


def rows_so_far(folder: RunFolder) -> list[str]:
    return folder.windows.read_text().splitlines()


def without_times(path: Path) -> Any:
    if path.suffix != ".pt":
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        return archive.read("weights.safetensors"), timeless(json.loads(archive.read("checkpoint.json")))


# -- elsewhere: the mirror at Weights & Biases, and the flags of the command line


class Museum(Mirror):
    """A mirror that keeps artifacts, too."""

    url = "https://example.org/w"

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[str, str, list[str], Path]] = []

    class Artifact:
        def __init__(self, name: str, type: str) -> None:
            self.name, self.type = name, type

        def add_file(self, path: str) -> None:
            self.path = Path(path)

    def log_artifact(self, artifact: Any, aliases: list[str]) -> None:
        assert artifact.path.is_file()
        self.kept.append((artifact.type, artifact.name, aliases, artifact.path))


def test_the_mirror_gets_models_and_replays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    museum = Museum()
    monkeypatch.setitem(sys.modules, "wandb", museum)
    config = windowed(tmp_path, eval_replays_per_window=1, milestones={"return": (0.0,)})
    train(config.replace(components={**config.components, "wandb": {"mode": "offline"}}))
    entry = json.loads(RunFolder(tmp_path / "w").replay_index.read_text())["entries"][0]
    model, replay = museum.kept[:2]
    assert len(museum.kept) == 8
    assert model[:3] == ("model", "model-w", ["latest", "window-0"])
    assert replay[:2] == ("replay", f"replay-w-000000-{entry['replay_id']}")
    assert replay[2] == ["latest", "window-0", "every_window", "best_so_far", "milestone-return-0"]
    metadata = json.loads(RunFolder(tmp_path / "w").run_metadata.read_text())
    assert metadata["wandb_run_url"] == "https://example.org/w"
    assert any("windows/return_mean" in numbers for _, numbers in museum.sent)


def test_the_flags_of_windowed_training_are_taken(tmp_path: Path) -> None:
    flags = (
        "--run-root runs --run-id f --trainer-backend puffer_ppo --total-env-steps 2000 --seed 3 "
        "--window-env-steps 500 --checkpoint-every-windows 1 --eval-replays-per-window 1 "
        "--eval-max-steps-per-episode 512 --no-eval-include-info --eval-policy-stochastic "
        "--eval-milestone-return-thresholds 1,2 --eval-seed-offset 7 --wandb-mode disabled "
        "--wandb-project asteroid-prospector --ppo-num-envs 8 --ppo-num-workers 1 --ppo-rollout-steps 128 "
        "--ppo-num-minibatches 4 --ppo-update-epochs 2 --ppo-learning-rate 3e-4 --ppo-gamma 0.98 "
        "--ppo-gae-lambda 0.9 --ppo-clip-coef 0.3 --ppo-ent-coef 0.02 --ppo-vf-coef 0.4 "
        "--ppo-max-grad-norm 0.6 --ppo-vector-backend multiprocessing --ppo-env-impl auto"
    )
    done = coterie(["train", "windows", *flags.split()], tmp_path, os.environ)
    assert done.returncode == 0, done.stderr
    folder = RunFolder(tmp_path / "runs" / "f")
    config = json.loads(folder.config.read_text())
    trainer, windows = config["trainer"], config["components"]["windows"]
    assert (trainer["batch_size"], trainer["minibatch_size"], trainer["bptt_horizon"]) == (1024, 256, 128)
    assert (trainer["backend"], trainer["update_epochs"], trainer["threads"]) == ("ppo", 2, 1)
    assert (trainer["max_grad_norm"], trainer["advantage"]["gamma"]) == (0.6, 0.98)
    assert (trainer["losses"]["ppo_actor"]["clip_coef"], config["training_env"]["worlds"]) == (0.3, 8)
    assert not windows["eval_include_info"] and not windows["eval_policy_deterministic"]
    assert windows["milestones"] == {"return": [1, 2], "echoes": [8, 16, 24]}
    assert config["components"]["wandb"]["project"] == "asteroid-prospector"
    assert [row["env_steps_end"] for row in rows(folder)] == [500, 1000, 1500, 2000]
    assert len(list(folder.checkpoints.glob("ckpt_*"))) == 4
    with gzip.open(next(folder.replays.glob("*.jsonl.gz"))) as frames:
        assert "info" not in json.loads(frames.readline())


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--window-env-steps nan", "a window is a whole number of env steps above 0, not nan"),
        ("--eval-milestone-return-thresholds 5,3", "out of order; they rise, as 3, 5"),
        ("--eval-milestone-return-thresholds 5,x", "'5,x' is not numbers between commas"),
        ("--backend dqn", "trainer.backend: Input should be 'ppo' or 'random'"),
        ("--ppo-num-envs 3 --ppo-rollout-steps 5", "does not divide"),
        ("--eval-milestone-profit-thresholds 5", "the game has no metric 'profit'"),
        ("--run-id there", "run 'there' is there already"),
    ],
)
def test_a_wrong_flag_is_one_sentence_and_leaves_nothing(tmp_path: Path, flags: str, said: str) -> None:
    there = tmp_path / "runs" / "there"
    there.mkdir(parents=True)
    (there / "config.json").write_text("{}")
    done = coterie(["train", "windows", *flags.split()], tmp_path, os.environ)
    assert done.returncode == 2 and said in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    assert list((tmp_path / "runs").iterdir()) == [there]
