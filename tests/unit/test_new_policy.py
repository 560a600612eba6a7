"""A new policy is a small one under a new name; it and its test run as they were written."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from forked import python

from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.policies import architectures, networks, scaffold, scripted, uri
from coterie.policies.patterns.wander import Wander, WanderActor
from coterie.policies.scaffold import new_policy


@pytest.mark.parametrize("kind", ["scripted", "trainable"])
def test_its_test_passes_as_written(kind: str, tmp_path: Path) -> None:
    policy, test = new_policy(kind, "deep_diver", tmp_path)
    assert (policy.name, test.name) == ("deep_diver.py", "test_deep_diver.py")
    assert "class DeepDiver(" in policy.read_text()
    assert not any(word in policy.read_text() for word in ("Wander", "wander", "Stateless"))
    script = tmp_path / "run_tests.py"
    script.write_text("import pytest, sys\nsys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '.']))\n")
    done = python(script, os.environ | {"OMP_NUM_THREADS": "1"})
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A clone's folders, of which the package knows what is put there."""
    for package in (scripted, networks):
        folder = tmp_path / package.__name__.rpartition(".")[2]
        folder.mkdir()
        package.__path__.append(str(folder))
    (tmp_path / "tests").mkdir()
    monkeypatch.setattr(scaffold, "HERE", tmp_path)
    monkeypatch.setattr(scaffold, "TESTS", tmp_path / "tests")
    yield tmp_path
    for package in (scripted, networks):
        package.__path__.pop()


def test_beside_its_like_it_is_known_by_its_file(clone: Path) -> None:
    policy, test = new_policy("scripted", "hunter")
    assert policy == clone / "scripted" / "hunter.py"
    assert "from coterie.policies.scripted.hunter import Hunter" in test.read_text()
    assert type(uri.parse("hunter?patience=3")).__name__ == "Hunter"
    _, test = new_policy("trainable", "thinker")
    assert "from coterie.policies.networks.thinker import Thinker\nfrom coterie.training" in test.read_text()
    network = architectures.architecture("thinker", hidden=16).build(Batch(catalog.make("echo.basic")).spec)
    assert network.parameters_count() > 0
    with pytest.raises(ConfigError, match="there is a policy 'hunter' already"):
        new_policy("trainable", "hunter")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Hunter", "is no name for a policy"),
        ("x", "use 2 to 31"),
        ("2fast", "a letter first"),
        ("a__b", "single underscores"),
        ("../away", "is no name for a policy"),
        ("role", "there is a policy 'role' already"),
        ("lstm", "there is a policy 'lstm' already"),
        ("vit", "there is a policy 'vit' already"),
        ("class", "already means something"),
        ("json", "already means something"),
    ],
)
def test_a_bad_or_taken_name_is_refused(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        new_policy("scripted", name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over_or_into_nowhere(tmp_path: Path) -> None:
    (tmp_path / "test_hunter.py").write_text("mine\n")
    with pytest.raises(ConfigError, match="exists already"):
        new_policy("scripted", "hunter", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["test_hunter.py"]
    with pytest.raises(ConfigError, match="is no folder to put a policy or its test in"):
        new_policy("scripted", "hunter", tmp_path / "nowhere")


# -- the pattern of the scripted one


def test_it_heeds_masks_and_goes_on_while_it_sees_something_new() -> None:
    spec = Batch(catalog.make("cogsguard_arena.basic")).spec
    actor = Wander(patience=2**31).build(spec)
    assert isinstance(actor, WanderActor)
    state = actor.begin(np.zeros(50, dtype=np.int64), 1)
    masks = np.ones((50, 0), dtype=bool)
    seen = np.zeros((50, *spec.observation_shape), dtype=np.uint8)
    first, state = actor.act(seen, masks, state)
    assert len(np.unique(first)) > 5
    same, state = actor.act(seen + 1, masks, state)
    assert np.array_equal(first, same)
    other, state = actor.act(seen + 1, masks, state)
    assert (other != same).any()
    state = actor.forget(state, np.arange(50) < 25)
    after, _ = actor.act(seen, masks, state)
    assert (after[:25] != other[:25]).any()
    assert np.array_equal(after[25:], other[25:])


def test_it_does_only_what_is_allowed() -> None:
    for mission in ("duel.basic", "duel.rich"):
        batch = Batch(catalog.make(mission), worlds=4, seed=3)
        assert batch.spec.has_mask
        actor = Wander(patience=3).build(batch.spec)
        state = actor.begin(np.repeat(np.arange(4), batch.spec.seats), 0)
        for _ in range(60):
            actions, state = actor.act(batch.observations, batch.masks, state)
            assert actor.is_allowed(batch.masks, actions).all()
            batch.actions[:] = actions
            batch.step()
            state = actor.forget(state, batch.terminals | batch.truncations)
