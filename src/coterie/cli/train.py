"""Train a policy with a recipe, or on a mission."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from coterie.cli._names import Variants
from coterie.cli._tools import (
    PLAIN,
    DryRun,
    Explain,
    Help,
    ListOption,
    MissionOption,
    completer,
    make,
    opening,
    serve,
    sugar,
)
from coterie.cli._windows import windowed

if TYPE_CHECKING:
    from coterie.recipes.making import Made

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RECIPE KEY=VALUE",
        help="A recipe, and what to change of it.",
        autocompletion=completer("train"),
    ),
]


def complete_architecture(incomplete: str) -> list[str]:
    from coterie.cli._complete import architectures

    return [name for name in architectures() if name.startswith(incomplete)]


ArchitectureOption = Annotated[
    str | None,
    typer.Option(
        "--policy",
        "-p",
        metavar="ARCHITECTURE",
        help="policy_architecture",
        autocompletion=complete_architecture,
    ),
]


@windowed
def train(
    ctx: typer.Context,
    words: Words = None,
    *,
    mission: MissionOption = None,
    variant: Variants = None,
    steps: Annotated[int | None, typer.Option(metavar="N", min=1, help="trainer.total_timesteps")] = None,
    batch_size: Annotated[int | None, typer.Option(metavar="N", min=1, help="trainer.batch_size")] = None,
    minibatch_size: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="trainer.minibatch_size")
    ] = None,
    policy: ArchitectureOption = None,
    device: Annotated[str | None, typer.Option(metavar="DEVICE", help="device")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", min=0, help="seed")] = None,
    run: Annotated[str | None, typer.Option(metavar="NAME", help="run: its name, and its folder's")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run of that name.")] = False,
    list_recipes: ListOption = False,
    dry_run: DryRun = False,
    explain: Explain = None,
    help_asked: Help = False,
    windows: dict[str, Any],
) -> None:
    """Train a policy: with a recipe, or on a mission with the plain one.

    Keys are those of `coterie train RECIPE --help`, values YAML or JSON. A flag that names a key sets it.
    The run is written to train_dir/NAME; one that is there is refused, unless it is to be resumed.

    \b
    $ coterie train --list
    $ coterie train cogsguard --explain trainer.batch_size
    $ coterie train -m echo.basic --steps 20000 --batch-size 4096 --run echo trainer.learning_rate=0.003
    $ coterie train lab run=quick trainer.total_timesteps=20_000 trainer.batch_size=4096
    $ coterie train run=quick trainer.total_timesteps=40_000 --resume
    """
    recipe, pairs = opening(ctx, "train", words, help_asked=help_asked, list_recipes=list_recipes)
    flags = {
        "training_env.mission": mission,
        "training_env.variants": variant,
        "trainer.total_timesteps": steps,
        "trainer.batch_size": batch_size,
        "trainer.minibatch_size": minibatch_size,
        "policy_architecture": policy,
        "device": device,
        "seed": seed,
        "run": run,
        "resume": resume or None,
    }
    pairs = [*sugar(flags | windows), *pairs]
    if recipe is None and mission is None and resume:
        made = resumed(pairs)
    else:
        made = make("train", PLAIN if recipe is None and mission is not None else recipe, pairs)
    serve(made, dry_run=dry_run, explain=explain)


def resumed(pairs: list[str]) -> "Made":
    """A run as its folder tells it, under further overrides."""
    from coterie.config import ConfigError
    from coterie.recipes.making import make as make_of
    from coterie.runs import DATA_DIR
    from coterie.tools.train import Train, continued

    given = dict(pair.split("=", 1) for pair in pairs)
    if "run" not in given:
        raise ConfigError("--resume needs the name of the run: run=NAME")

    def saved() -> Train:
        return continued(given["run"], given.get("data_dir", str(DATA_DIR)))

    return make_of(saved, pairs)
