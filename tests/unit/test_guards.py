"""What goes wrong in a run: numbers that are none, and stages that hang."""

import signal
import time
from pathlib import Path

import pytest
import safetensors.torch
import torch
from unit.training_stage import end, stage, start, update

from coterie.training import checkpoint
from coterie.training.components import watchdog as watchdogs
from coterie.training.components.nan_guard import NotFinite
from coterie.training.journal import records
from coterie.training.run import Run

# -- watchdog


def test_a_stall_is_told_once_with_its_stage_and_stacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = start(stage(tmp_path, {"watchdog": {"limit_s": 0.2}}))
    update(run)

    def hang_in_this_function() -> None:
        time.sleep(0.7)

    with run.stopwatch("rollout"):
        hang_in_this_function()
    said = capsys.readouterr().err
    end(run)
    assert said.count("warning: nothing has moved") == 1
    assert "after update 1: in 'rollout' for 0 s; stacks of all threads are in" in said
    stacks = (run.folder.dumps / "stacks_after_update_1_1.txt").read_text()
    assert "hang_in_this_function" in stacks and stacks.count("hread 0x") >= 2


def test_a_stall_can_be_ended(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell runs with &
    run = start(stage(tmp_path, {"watchdog": {"limit_s": 0.1, "action": "stop"}}))
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        time.sleep(20)
    signal.signal(signal.SIGINT, before)
    end(run, KeyboardInterrupt())
    assert time.monotonic() - began < 10


def test_a_stall_that_cannot_be_interrupted_ends_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exits: list[int] = []
    monkeypatch.setattr(watchdogs.os, "_exit", exits.append)
    monkeypatch.setattr(watchdogs.signal, "pthread_kill", lambda *_: None)
    run = start(stage(tmp_path, {"watchdog": {"limit_s": 0.1, "action": "stop", "grace_s": 0.1}}))
    time.sleep(0.6)
    end(run)
    assert exits == [watchdogs.HANGING]


# -- nan_guard


def spoil(run: Run, what: str) -> None:
    """Make one number of the coming update not a number."""
    if what.startswith("weight "):
        with torch.no_grad():
            dict(run.network.named_parameters())[what.removeprefix("weight ")].flatten()[1] = float("inf")
    elif what == "experience/rewards":
        original = run.learner.end_rollout

        def end_rollout() -> None:
            original()
            run.experience.rewards[3, 1] = float("nan")

        run.learner.end_rollout = end_rollout  # type: ignore[method-assign]


def test_the_first_number_that_is_none_is_named(tmp_path: Path) -> None:
    run = start(stage(tmp_path, {"nan_guard": {}}))
    update(run)
    spoil(run, "experience/rewards")
    with pytest.raises(NotFinite, match=r"update 2: experience/rewards \[16, 4\] holds 1 nan, the first"):
        update(run)
    kept = run.folder.dumps / "not_finite_in_update_2.safetensors"
    tensors = safetensors.torch.load_file(kept)
    assert torch.isnan(tensors["rewards"]).sum() == 1 and "observations" in tensors
    with safetensors.safe_open(kept, "pt") as file:
        assert file.metadata()["wrong"] == "experience/rewards"


def test_losses_come_before_gradients_and_gradients_before_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start(stage(tmp_path, {"nan_guard": {}}))
    update(run)
    hooks = run.hooks["nan_guard"]
    assert run.gradients is not None
    dict(run.network.named_parameters())["actor.weight"].data[0, 0] = float("inf")
    with pytest.raises(NotFinite, match=r"weight actor.weight \[\d+, \d+\] holds 1 inf"):
        hooks.after_update()
    run.student.cut_gradients = [*run.gradients[:-1], torch.full_like(run.gradients[-1], float("nan"))]
    hooks.found = None  # type: ignore[attr-defined]
    with pytest.raises(NotFinite, match=r"gradient of critic.bias \[1\] holds 1 nan"):
        hooks.after_update()
    run.metrics["losses/value_loss"] = float("-inf")
    hooks.found = None  # type: ignore[attr-defined]
    with pytest.raises(NotFinite, match="losses/value_loss is -inf"):
        hooks.after_update()


def test_large_numbers_are_numbers(tmp_path: Path) -> None:
    run = start(stage(tmp_path, {"nan_guard": {}}))
    dict(run.network.named_parameters())["critic.weight"].data.fill_(3e38)
    run.hooks["nan_guard"].after_update()


def test_a_run_rolls_back_and_goes_on_with_other_dice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    components = {
        "nan_guard": {"action": "rollback", "max_rollbacks": 1},
        "metrics": {},
        "checkpointer": {"epoch_interval": 2},
    }
    run = start(stage(tmp_path, components))
    update(run, 3)
    seed = run.learner.seed
    original = run.learner.end_rollout
    spoil(run, "experience/rewards")
    update(run)
    run.learner.end_rollout = original  # type: ignore[method-assign]
    assert run.epoch == 2 and run.learner.seed != seed
    assert "back to update 2, with other dice" in capsys.readouterr().out
    assert all(torch.isfinite(weight).all() for weight in run.network.parameters())
    update(run, 2)
    assert [record["metric/epoch"] for record in records(run.folder.metrics)] == [1, 2, 3, 4]
    again = stage(tmp_path, components)
    again.restore(*checkpoint.latest_state(again))
    assert again.learner.seed == run.learner.seed
    spoil(run, "experience/rewards")
    with pytest.raises(NotFinite):
        update(run)


def test_without_a_checkpoint_there_is_nothing_to_go_back_to(tmp_path: Path) -> None:
    run = start(stage(tmp_path, {"nan_guard": {"action": "rollback"}}))
    spoil(run, "experience/rewards")
    with pytest.raises(NotFinite, match=r"kept in .*; nothing to go back to: .* there is no checkpoint"):
        update(run)
