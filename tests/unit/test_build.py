"""Build: a run whose parts do not fit together is refused before its first step, in a sentence."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from coterie.config import ConfigError
from coterie.games.batch import Batch
from coterie.games.catalog import make
from coterie.policies import architectures, bundle
from coterie.policies.neural import Neural
from coterie.training.build import build, default_name
from coterie.training.config import RunConfig

CLONER = {"sliced_cloner": {"teacher_led_proportion": 0.5}}


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    """A policy trained on echo, which it never was."""
    spec, architecture = Batch(make("echo.many")).spec, architectures.architecture("stateless", hidden=16)
    torch.manual_seed(5)
    return str(bundle.save(tmp_path / "old:v1", architecture.build(spec), architecture, spec))


def config(folder: Path, mission: str = "echo.many", **settings: Any) -> RunConfig:
    """A run of a rollout of 8 steps."""
    worlds = {"mission": mission, "worlds": 2, **settings.pop("training_env", {})}
    rows = 2 * Batch(make(mission)).spec.seats
    trainer = {
        "batch_size": rows * 8,
        "minibatch_size": rows * 8,
        "bptt_horizon": 8,
        "losses": settings.pop("losses", {"ppo_actor": {}, "ppo_critic": {}}),
    }
    shape = settings.pop("policy_architecture", {"kind": "stateless", "hidden": 16})
    return RunConfig(
        data_dir=str(folder), trainer=trainer, training_env=worlds, policy_architecture=shape, **settings
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"losses": CLONER}, "training_env.supervisor_policy_uri is not set, and a loss imitates"),
        (
            {"losses": CLONER, "training_env": {"supervisor_policy_uri": "random"}},
            "training_env.supervisor_policy_uri: random cannot label a batch",
        ),
        (
            {"losses": CLONER, "training_env": {"supervisor_policy_uri": "role"}},
            "training_env.supervisor_policy_uri: the native team 'cogsguard' reads observations by name",
        ),
        ({"initial_policy_uri": "random"}, "policy 'random' has no weights; name a checkpoint"),
        ({"losses": {"kickstarter": {"teacher_uri": "role"}}}, "policy 'role' has no weights"),
        ({"losses": {"kickstarter": {"teacher_uri": "./nowhere"}}}, "there is no nowhere"),
        (
            {"losses": {"ppo_critic": {"critic_update": "gtd_lambda"}}},
            "gtd_lambda needs a second value head; set policy_architecture.auxiliary_value=true",
        ),
        ({"policy_architecture": "vit_tiny"}, "VitTiny reads tokens, the game shows a vector"),
    ],
)
def test_what_does_not_fit_is_refused(settings: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        build(config(tmp_path, **settings))
    assert not list(tmp_path.iterdir())


def test_a_run_begins_with_the_weights_it_is_given(checkpoint: str, tmp_path: Path) -> None:
    """Those of the checkpoint, whatever the seed; in a game of other sizes it is refused."""
    old = bundle.load(Path(checkpoint)).network.state_dict()
    new = build(config(tmp_path, initial_policy_uri=checkpoint, seed=9)).network.state_dict()
    assert all(torch.equal(new[name], old[name]) for name in old)
    with pytest.raises(ConfigError, match="parts have no names to match"):
        build(config(tmp_path, "recall.basic", initial_policy_uri=checkpoint))


def test_a_neural_teacher_does_not_learn(checkpoint: str, tmp_path: Path) -> None:
    run = build(config(tmp_path, losses={"kickstarter": {"teacher_uri": checkpoint}}))
    assert run.learner.teacher is not None
    weights = list(run.learner.teacher.network.parameters())
    assert weights and not any(weight.requires_grad for weight in weights)
    assert all(weight.requires_grad for weight in run.student.weights)
    assert run.experience.teacher_logits is not None and run.experience.labels is None


def test_fitting_a_policy_leaves_it_and_the_dice_alone(checkpoint: str) -> None:
    policy = bundle.load(Path(checkpoint))
    assert isinstance(policy, Neural)
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    fitted = policy.fitted(policy.spec)
    assert torch.equal(torch.rand(1), expected)
    with torch.no_grad():
        next(fitted.parameters()).zero_()
    assert next(policy.network.parameters()).any()


def test_two_runs_begun_in_one_second_have_names_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.strftime", lambda form: "20260101.120000")
    names = [default_name(tmp_path)]
    for _ in range(2):
        (tmp_path / names[-1]).mkdir()
        names.append(default_name(tmp_path))
    first = names[0]
    assert first.endswith(".20260101.120000")
    assert names == [first, f"{first}.2", f"{first}.3"]
