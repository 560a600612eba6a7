"""Evaluate policies on maps nobody trained on."""

import json
from typing import Annotated

import typer

from coterie.cli._names import Variants, complete_policy
from coterie.cli._output import JSON
from coterie.cli._replays import Keyframes, ReplayBest, ReplayDir, ReplayEvery, ReplayFile, saving
from coterie.cli._running import KeepSteps, NoStore, StoreOption
from coterie.cli._tools import (
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

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RECIPE KEY=VALUE",
        help="A recipe, and what to change of it.",
        autocompletion=completer("evaluate"),
    ),
]
Judged = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        "-p",
        metavar="POLICY",
        help="policy_uris: who is judged; may be given again.",
        autocompletion=complete_policy,
    ),
]


def evaluate(
    ctx: typer.Context,
    words: Words = None,
    *,
    mission: MissionOption = None,
    variant: Variants = None,
    policy: Judged = None,
    episodes: Annotated[
        int | None, typer.Option("--episodes", "-e", metavar="N", min=1, help="num_episodes")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", min=0, help="Another seed, other maps.")] = None,
    reference: Annotated[
        str | None, typer.Option(metavar="POLICY", help="reference: compare the others with it.")
    ] = None,
    store: StoreOption = None,
    no_store: NoStore = False,
    keep_steps: KeepSteps = None,
    save_replay_dir: ReplayDir = None,
    save_replay_file: ReplayFile = None,
    save_replay_every: ReplayEvery = None,
    save_replay_best: ReplayBest = False,
    keyframes: Keyframes = None,
    as_json: JSON = False,
    list_recipes: ListOption = False,
    dry_run: DryRun = False,
    explain: Explain = None,
    help_asked: Help = False,
) -> None:
    """Evaluate policies on the simulations of a recipe, or on a mission.

    Each policy alone holds all seats, all on the same maps; differences to a reference are taken map by map.
    Exit code 1 if not all episodes were played.

    \b
    $ coterie evaluate -m echo.basic -p random -p noop -e 8 --reference noop
    $ coterie evaluate lab policy_uris=random num_episodes=4
    """
    given = locals()
    recipe, pairs = opening(ctx, "evaluate", words, help_asked=help_asked, list_recipes=list_recipes)
    flags = {
        "simulations.0.mission": mission,
        "simulations.0.variants": variant or None,
        "simulations.0.seed": seed,
        "policy_uris": policy or None,
        "num_episodes": episodes,
        "reference": reference,
        "store": "null" if no_store else json.dumps(str(store)) if store else None,
        **saving(given),
        "keep_steps": keep_steps,
        "as_json": as_json or None,
    }
    made = make("evaluate", recipe, [*sugar(flags), *pairs], alone=mission is not None)
    serve(made, dry_run=dry_run, explain=explain)
