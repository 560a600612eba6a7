"""Play a mission or a recipe: policies act, and you watch or take a seat."""

from enum import StrEnum
from typing import Annotated

import typer

from coterie.cli._names import Agents, Variants, complete_mission, complete_policy, complete_setting
from coterie.cli._output import JSON
from coterie.cli._replays import Keyframes, ReplayBest, ReplayDir, ReplayEvery, ReplayFile, saving
from coterie.cli._tools import (
    DryRun,
    Explain,
    Help,
    ListOption,
    make,
    opening,
    serve,
    sugar,
)


class Render(StrEnum):
    """How an episode is shown."""

    unicode = "unicode"
    gui = "gui"
    log = "log"
    none = "none"


def complete_words(ctx: typer.Context, incomplete: str) -> list[str]:
    """Settings of the game after -m, else recipes and their keys."""
    if ctx.params.get("mission"):
        return complete_setting(ctx, incomplete)
    from coterie.cli import _complete

    return _complete.complete_words("play", ctx.params.get("words") or [], incomplete)


Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="RECIPE KEY=VALUE",
        help="A recipe and its keys to change; after -m settings of the game.",
        autocompletion=complete_words,
    ),
]
MissionOption = Annotated[
    str | None,
    typer.Option("--mission", "-m", metavar="MISSION", help="What to play.", autocompletion=complete_mission),
]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        "-p",
        metavar="POLICY",
        show_default="random",
        help="Who plays: NAME, NAME?key=value, ./train_dir/RUN:vN, metta://policy/NAME; again to share.",
        autocompletion=complete_policy,
    ),
]
RenderOption = Annotated[
    Render | None,
    typer.Option(
        "--render",
        "-r",
        show_default="unicode",
        help="unicode draws the world (? shows keys), gui shows it in the browser, log prints rewards.",
    ),
]
Steps = Annotated[
    int | None, typer.Option("--steps", "-s", metavar="N", min=1, help="Cut each episode short there.")
]
Count = Annotated[
    int | None,
    typer.Option("--episodes", "-e", metavar="N", min=1, show_default="1", help="How many episodes."),
]
Seed = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=0, show_default="0", help="Seed of the first episode; each further one has the next."
    ),
]
MapSeed = Annotated[int | None, typer.Option(metavar="N", min=0, help="One map, the same in every episode.")]
Every = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=1, show_default="100", help="Into a pipe, unicode prints a frame each so many steps."
    ),
]


def play(
    ctx: typer.Context,
    words: Words = None,
    *,
    mission: MissionOption = None,
    policy: Policies = None,
    render: RenderOption = None,
    steps: Steps = None,
    episodes: Count = None,
    seed: Seed = None,
    map_seed: MapSeed = None,
    variant: Variants = None,
    agents: Agents = None,
    every: Every = None,
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
    """Play a mission and summarise its episodes.

    In a terminal, unicode starts paused and takes keys; into a pipe it prints frames. With -m settings of
    the game follow as KEY=VALUE. A policy is a name, such as random or noop, with settings as in
    random?seed=3, or a checkpoint; several policies share the seats evenly, neighbours together.

    \b
    $ coterie play -m echo.basic -r log
    $ coterie play -m echo.basic -p 'random?seed=3' -r unicode -s 20 symbols=3
    $ coterie play -m echo.basic -p noop -r none -e 4 --seed 7 --json
    $ coterie play -m echo.basic -p random -r none --save-replay-file echo.coterie
    $ coterie play lab policy_uri=random render=log
    """
    given = locals()
    recipe, pairs = opening(ctx, "play", words, help_asked=help_asked, list_recipes=list_recipes)
    flags = {
        "mission": mission,
        "policy_uris": policy or None,
        "render": render.value if render else None,
        "max_steps": steps,
        "episodes": episodes,
        "seed": seed,
        "map_seed": map_seed,
        "variants": variant or None,
        "agents": agents,
        "every": every,
        **saving(given),
        "as_json": as_json or None,
    }
    if mission is not None:
        recipe, pairs = None, settings(list(words or ()))
    made = make("play", recipe, [*sugar(flags), *pairs], alone=mission is not None)
    serve(made, dry_run=dry_run, explain=explain)


def settings(pairs: list[str]) -> list[str]:
    """Settings of the game, as the tool takes them."""
    import json

    from coterie.config import ConfigError, parse_value

    for pair in pairs:
        if "=" not in pair:
            raise ConfigError(f"'{pair}' is not key=value, a setting of the game that -m names")
    named = {path: parse_value(value, path) for path, _, value in (pair.partition("=") for pair in pairs)}
    return [f"settings={json.dumps(named)}"] if named else []
