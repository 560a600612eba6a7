"""URIs: every form a person writes leads to the policy it means; what leads nowhere is told in a sentence."""

import sys
from pathlib import Path

import pytest

from coterie.config import ConfigError
from coterie.games.batch import Batch
from coterie.games.catalog import make
from coterie.policies import architectures, bundle, uri
from coterie.policies.neural import Neural
from coterie.policies.scripted.random import Random


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a run of two checkpoints, and a module with a policy of one's own."""
    spec = Batch(make("echo.basic")).spec
    architecture = architectures.architecture("stateless")
    for epoch in (5, 12):
        where = tmp_path / f"train_dir/my_run/checkpoints/my_run:v{epoch}"
        bundle.save(where, architecture.build(spec), architecture, spec)
    bundle.pack(where, tmp_path / "alone.zip")
    (tmp_path / "my_policies.py").write_text(
        "from coterie.policies.scripted.random import Random\nclass Mine(Random):\n    pass\nOther = 3\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        "random?seed=3",
        "metta://policy/random?seed=3",
        "coterie://policy/random?seed=3",
        "mock://random?seed=3",
        "class=random,kw.seed=3",
        "class=coterie.policies.scripted.random.Random,kw.seed=3",
        "coterie.policies.scripted.random.Random?seed=3",
    ],
)
def test_a_scripted_policy_has_many_spellings(text: str) -> None:
    assert uri.parse(text) == Random(seed=3)
    assert uri.entry(f"{text},proportion=4") == uri.Entry(f"{text},proportion=4", Random(seed=3), 4)


@pytest.mark.parametrize(
    ("text", "epoch"),
    [
        ("my_run", 12),
        ("my_run:v5", 5),
        ("my_run:latest", 12),
        ("metta://policy/my_run", 12),
        ("metta://policy/my_run:v5", 5),
        ("metta://policy/my_run:latest", 12),
        ("./train_dir/my_run", 12),
        ("./train_dir/my_run:v5", 5),
        ("train_dir/my_run:latest", 12),
        ("~/train_dir/my_run:v5", 5),
        ("file://./train_dir/my_run/checkpoints", 12),
        ("file://./train_dir/my_run/checkpoints:latest", 12),
        ("train_dir/my_run/checkpoints:v5", 5),
        ("train_dir/my_run/checkpoints/my_run:v5", 5),
        ("file://./train_dir/my_run/checkpoints/my_run:v5.mpt", 5),
        ("train_dir/my_run/checkpoints/my_run:v5.zip", 5),
    ],
)
def test_a_checkpoint_has_many_addresses(text: str, epoch: int, place: Path) -> None:
    assert isinstance(uri.parse(text), Neural)
    assert uri.normalize(text) == f"file://{place}/train_dir/my_run/checkpoints/my_run:v{epoch}"
    assert uri.normalize(uri.normalize(text)) == uri.normalize(text)
    assert uri.entry(f"{text},proportion=2").proportion == 2


def test_a_trained_policy_may_leave_the_dice_alone(place: Path) -> None:
    for text in ("my_run", "train_dir/my_run:v5", "./alone.zip", "file://./train_dir/my_run/checkpoints"):
        greedy = uri.parse(f"{text}?is_greedy=true")
        assert isinstance(greedy, Neural) and greedy.is_greedy
        assert uri.normalize(f"{text}?is_greedy=true") == f"{uri.normalize(text)}?is_greedy=true"
    fields = uri.parse("class=neural,data=./alone.zip,kw.is_greedy=true")
    assert isinstance(fields, Neural) and fields.is_greedy


def test_files_alone_and_classes_of_ones_own(place: Path) -> None:
    assert isinstance(uri.parse("./alone.zip"), Neural) and isinstance(uri.parse("alone.zip"), Neural)
    assert isinstance(uri.parse("class=neural,data=./alone.zip"), Neural)
    before = list(sys.path)
    assert type(uri.parse("my_policies.Mine?seed=4")).__name__ == "Mine"
    assert type(uri.parse("class=my_policies.Mine,kw.seed=4")).__name__ == "Mine"
    assert sys.path == before
    assert uri.normalize("random?seed=3,proportion=2") == "metta://policy/random?seed=3"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("randon", r"no policy 'randon'; did you mean random"),
        ("my_rum", r"no policy 'my_rum'; did you mean my_run"),
        ("my_rum:v5", r"no run 'my_rum' in train_dir; did you mean my_run"),
        ("my_run:v6", "there is no v6; "),
        ("my_run?seed=3", "settings of a trained policy are temperature and is_greedy"),
        ("./alone.zip?is_greedy=7", "is_greedy"),
        ("./alone.zip?temperature=0", "temperature"),
        ("./nowhere", "there is no nowhere"),
        ("./nowhere/run:v1", "there is no nowhere/run with checkpoints in it"),
        ("./train_dir", "there is no checkpoint in it"),
        ("s3://bucket/run:v5", "does not fetch from s3://"),
        ("wandb://run/x", "does not fetch from wandb://"),
        ("fille://x", r"no scheme 'fille'; did you mean file"),
        ("metta://random", "after metta:// comes policy/NAME"),
        ("random?seed", "after \\? come key=value pairs"),
        ("random?sead=3", r"sead: no such setting; did you mean seed"),
        ("random,proportion=0", "proportion is a whole number above 0"),
        ("random,proportion=x", "proportion is a whole number above 0"),
        ("class=random,seed=3", r"after class= come .*; settings of the policy are written kw\.seed="),
        ("class=random?seed=3", "its settings follow as ,kw.key=value"),
        ("class=my_policies:Mine", "class= is a name or module.Class"),
        ("class=random,data=x", "data= is of class=neural"),
        ("my_policies.Other", "holds no class Other that is a coterie Policy"),
        ("no_such_module.Mine", "No module named 'no_such_module'"),
        ("./alone.zip:v3", "there is no alone.zip with checkpoints in it"),
    ],
)
def test_what_leads_nowhere_is_told_in_a_sentence(text: str, said: str, place: Path) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        uri.parse(text)
    assert "\n" not in str(caught.value)
