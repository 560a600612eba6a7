"""The first files of a new policy: a copy of a small one under the new policy's name, and its test."""

import keyword
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from coterie.config import ConfigError, class_name
from coterie.policies import architectures, uri

HERE = Path(__file__).parent
TESTS = HERE.parents[2] / "tests" / "unit"  # of a clone

SCRIPTED_TEST = '''"""{name} plays whole episodes, the same ones from the same seed."""

{imports}

MISSION = "cogsguard_arena.basic"


def episode(seed: int) -> Episode:
    batch = Batch(catalog.make(MISSION, agents=4).replace(max_steps=200))
    return play(batch, seat(batch, [("{name}", {title}())]), seed=seed)


def test_it_plays_an_episode_to_its_end() -> None:
    assert episode(seed=1).length == 200


def test_the_same_seed_gives_the_same_episode() -> None:
    assert episode(seed=1) == episode(seed=1)
    assert episode(seed=1) != episode(seed=2)
'''

TRAINABLE_TEST = '''"""{name} is trained for a few thousand steps, and its weights move."""

from pathlib import Path

import torch
{imports}


def test_it_trains(tmp_path: Path) -> None:
    config = RunConfig(
        run="{name}",
        data_dir=str(tmp_path),
        policy_architecture={title}(hidden=32),
        training_env=TrainingEnvConfig(mission="echo.basic", worlds=32),
        trainer=TrainerConfig(
            total_timesteps=4096, batch_size=1024, minibatch_size=256, bptt_horizon=16, threads=1
        ),
    )
    run = build(config)
    before = [weight.detach().clone() for weight in run.student.weights]
    while not run.is_finished:
        update(run)
    end(run, None)
    assert run.agent_step >= 4096
    after = run.student.weights
    assert all(torch.isfinite(weight).all() for weight in after)
    assert all(not torch.equal(old, new) for old, new in zip(before, after, strict=True))
'''


SCRIPTED_IMPORTS = (
    "from coterie.games import catalog",
    "from coterie.games.batch import Batch",
    "from coterie.play.episode import Episode, play",
    "from coterie.play.roster import seat",
)

TRAINABLE_IMPORTS = (
    "from coterie.training.build import build",
    "from coterie.training.config import RunConfig, TrainerConfig, TrainingEnvConfig",
    "from coterie.training.trainer import end, update",
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is copied: a file, where such policies live, and the test of a copy."""

    file: Path
    package: str
    test: str
    imports: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return HERE / self.package.rpartition(".")[2]

    def tested(self, name: str, *, is_inside: bool) -> str:
        """The test of the policy `name`, which is one of its package or lies beside the test."""
        title = class_name(name)
        own = f"from {self.package}.{name} import {title}" if is_inside else f"from {name} import {title}"
        lines = sorted([*self.imports, own]) if is_inside else [own, "", *self.imports]
        if is_inside and "import torch" in self.test:
            lines.insert(0, "")
        return self.test.format(name=name, title=title, imports="\n".join(lines))


PATTERNS = {
    "scripted": Pattern(HERE / "patterns" / "wander.py", uri.SCRIPTED, SCRIPTED_TEST, SCRIPTED_IMPORTS),
    "trainable": Pattern(
        HERE / "networks" / "stateless.py", architectures.PACKAGE, TRAINABLE_TEST, TRAINABLE_IMPORTS
    ),
}


def new_policy(kind: str, name: str, folder: Path | None = None) -> list[Path]:
    """Write a policy of kind `scripted` or `trainable` and its test; returns both files.

    Without `folder` the policy goes beside its like, where a file's existence is its registration, and the
    test among the unit tests of the clone. A name that cannot be a policy's is a ConfigError before anything
    is written.
    """
    pattern = PATTERNS[kind]
    refuse_bad(name)
    policy = (folder or pattern.folder) / f"{name}.py"
    test = (folder or TESTS) / f"test_{name}.py"
    for file in (policy, test):
        if file.exists():
            raise ConfigError(f"{file} exists already; choose another name or folder")
        if not file.parent.is_dir():
            raise ConfigError(f"{file.parent} is no folder to put a policy or its test in; name one")
    title = class_name(name)
    old = pattern.file.stem
    text = pattern.file.read_text(encoding="utf-8")
    text = text.replace(class_name(old), title).replace(f"`{old}", f"`{name}")
    policy.write_text(text, encoding="utf-8")
    test.write_text(pattern.tested(name, is_inside=folder is None), encoding="utf-8")
    return [policy, test]


def refuse_bad(name: str) -> None:
    """A ConfigError for a name that cannot be a policy's, or is one's already."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or not 2 <= len(name) <= 31:
        raise ConfigError(
            f"'{name}' is no name for a policy; use 2 to 31 lower-case letters, digits and single "
            "underscores, a letter first"
        )
    if name in uri.policies() or name in architectures.architectures() or name in architectures.ALIASES:
        raise ConfigError(f"there is a policy '{name}' already; choose another name")
    if keyword.iskeyword(name) or name in sys.stdlib_module_names:
        raise ConfigError(f"'{name}' already means something in Python; choose another name")
