"""Train: make or continue a run; it prints its arithmetic first."""

import json
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from coterie.config import ConfigError, kinds, nearest, plainly
from coterie.games.batch import Batch, GameConfig
from coterie.runs import RunFolder
from coterie.tools.tool import Tool
from coterie.training.build import architecture, default_name, game
from coterie.training.config import COMPONENTS, RunConfig
from coterie.training.footprint import footprint
from coterie.training.plan import plan, rules
from coterie.training.teachers import taught
from coterie.training.trainer import train


class Train(RunConfig, Tool):
    """A run's whole configuration, and whether to go on with what its folder holds."""

    aliases: ClassVar[dict[str, str]] = {
        "losses": "trainer.losses",
        "losses.sliced_scripted_cloner": "trainer.losses.sliced_cloner",
        "trainer.losses.sliced_scripted_cloner": "trainer.losses.sliced_cloner",
        "trainer.learning_rate": "trainer.optimizer.learning_rate",
        "system.device": "device",
        "system.seed": "seed",
        "system.data_dir": "data_dir",
        **{name: f"components.{name}" for name in kinds(COMPONENTS)},
    }

    resume: bool = Field(False, description="go on from the last checkpoint of a run that exists")

    def run_config(self) -> RunConfig:
        """The run's part of it, named."""
        values: dict[str, Any] = {name: getattr(self, name) for name in RunConfig.model_fields}
        values["run"] = self.run or default_name(Path(self.data_dir))
        return RunConfig(**values)

    def taught(self) -> RunConfig:
        """The run with its teacher spelled out, as it will be trained."""
        config = self.run_config()
        return taught(config, config.teacher) if config.teacher else config

    def preview(self) -> list[str]:
        """The plan, what network and memory weigh, and the rules that the numbers keep."""
        config = self.taught()
        batch = Batch(game(config.training_env))
        arithmetic = plan(config, batch.spec)
        network = architecture(config).build(batch.spec)
        weight = footprint(config.trainer, batch.spec, arithmetic, network)
        kept = [f"  {said}" for _, said in rules(config.trainer, arithmetic.agents)]
        return [*arithmetic.lines(), *resuming(batch.config), *weight.lines(), "rules kept", *kept]

    def invoke(self) -> int:
        config = self.run_config()
        folder = RunFolder(Path(config.data_dir) / str(config.run))
        check_folder(folder, self.resume)
        write(config, folder)
        try:
            batch = Batch(game(config.training_env))
            lines = [f"run         {folder.path}", *plan(config, batch.spec).lines(), *resuming(batch.config)]
            print("\n".join(lines), flush=True)
            train(config, resume=self.resume)
        except ConfigError:
            forget(folder)
            raise
        return 0


def resuming(config: GameConfig) -> list[str]:
    """What a resumed run would not go on with, where that is something."""
    if config.can_be_saved:
        return []
    return [
        "resume      weights, optimizer and counters go on; the environments cannot be saved, so that a "
        "resumed run",
        "            begins new episodes and is not the same, step for step, as one never interrupted",
    ]


def write(config: RunConfig, folder: RunFolder) -> None:
    """Keep the whole configuration in the run's folder, whole or not at all."""
    named = config.replace(policy_architecture=plainly(architecture(config)))
    folder.path.mkdir(parents=True, exist_ok=True)
    new = folder.config.with_name(".config.json.new")
    new.write_text(named.model_dump_json(indent=2) + "\n", encoding="utf-8")
    new.replace(folder.config)


def forget(folder: RunFolder) -> None:
    """Take away a run's folder in which nothing but its configuration was written: it never began."""
    if list(folder.path.iterdir()) == [folder.config]:
        folder.config.unlink()
        folder.path.rmdir()


def continued(run: str, data_dir: str) -> Train:
    """The tool that goes on with a run as its folder says; a ConfigError if there is none of that name."""
    folder = RunFolder(Path(data_dir) / run)
    check_folder(folder, resume=True)
    try:
        settings: dict[str, Any] = json.loads(folder.config.read_bytes())
    except ValueError as error:
        raise ConfigError(f"{folder.config}: is not JSON: {error}") from None
    settings |= {"data_dir": data_dir, "resume": True}
    return Train(**settings)


def check_folder(folder: RunFolder, resume: bool) -> None:
    """Refuse to write into a run that is there, or to resume one that is not."""
    if folder.config.exists() and not resume:
        raise ConfigError(
            f"run '{folder.name}' is there already, in {folder.path}: "
            "say --resume to go on with it, or give another name, run=NAME"
        )
    if resume and not folder.config.exists():
        others = sorted(one.parent.name for one in folder.path.parent.glob("*/config.json"))
        raise ConfigError(
            f"no run '{folder.name}' to resume in {folder.path.parent}; {nearest(folder.name, others)}"
        )
