"""The options of commands that play many episodes, and what they come to."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from coterie.cli._names import complete_mission, complete_policy, complete_setting


class Format(StrEnum):
    """How results are printed for programs."""

    json = "json"
    yaml = "yaml"


class Kept(StrEnum):
    """What is kept of every step."""

    actions = "actions"
    observations = "observations"


def complete_set(incomplete: str) -> list[str]:
    from coterie.games import catalog

    return [name for name in catalog.mission_sets() if name.startswith(incomplete)]


Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY=VALUE", help="Settings of the game to change.", autocompletion=complete_setting
    ),
]
Missions = Annotated[
    list[str] | None,
    typer.Option(
        "--mission",
        "-m",
        metavar="MISSION",
        help="What is played, a name or a glob; may be given again.",
        autocompletion=complete_mission,
    ),
]
Sets = Annotated[
    list[str] | None,
    typer.Option(
        "--mission-set",
        "-S",
        metavar="SET",
        help="integrated_evals, cogsguard_evals, spanning_evals, diagnostic_evals or all.",
        autocompletion=complete_set,
    ),
]
Policies = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        "-p",
        metavar="POLICY",
        help="Who plays: NAME, NAME:3 or …,proportion=3 seats beside others; again to share.",
        autocompletion=complete_policy,
    ),
]
Count = Annotated[
    int | None,
    typer.Option("--episodes", "-e", metavar="N", min=1, show_default="10", help="Episodes of each mission."),
]
Steps = Annotated[
    int | None,
    typer.Option("--steps", "-s", metavar="N", min=1, show_default="the mission's", help="Of an episode."),
]
Seed = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, show_default="0", help="Another seed, other dice and other maps."),
]
MapSeed = Annotated[
    int | None, typer.Option(metavar="N", min=0, help="One map in all episodes; other dice remain.")
]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="MS",
        min=0.001,
        show_default="250",
        help="For a later action a noop is played; a call for many worlds has so much for each.",
    ),
]
Cogs = Annotated[
    int | None, typer.Option("--agents", "--cogs", "-c", metavar="N", min=1, help="Number of agents.")
]
Budget = Annotated[
    float | None,
    typer.Option(
        metavar="MS", min=0, help="What a seat may be late in an episode, all in all; then it rests."
    ),
]
Longest = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", min=0.001, show_default="3600", help="For each mission; the rest is dropped."
    ),
]
Threads = Annotated[int | None, typer.Option(metavar="N", min=1, show_default="2", help="Threads.")]
FormatOption = Annotated[
    Format | None, typer.Option("--format", help="Print all that was measured, for programs.")
]
StoreOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", show_default="train_dir/stats.duckdb", help="Where the episodes are kept."),
]
NoStore = Annotated[bool, typer.Option("--no-store", help="Keep the episodes nowhere.")]
KeepSteps = Annotated[
    Kept | None,
    typer.Option(help="Keep every step in the store too: actions and rewards, or what was seen as well."),
]
Details = Annotated[bool, typer.Option("--details", help="Statistics of each mission, of several too.")]


def play_out(given: dict[str, Any]) -> None:
    """Run with the options of a command by their names, None for what was not given; exits with its code."""
    from coterie.config import ConfigError, parse_value
    from coterie.tools.run import Run
    from coterie.tools.tables import show_json

    settings = {}
    for pair in given["words"] or []:
        path, sign, value = pair.partition("=")
        if not sign:
            raise ConfigError(f"'{pair}' is not KEY=VALUE, a setting of the game; missions come after -m")
        settings[path] = parse_value(value, path)
    flags = {key: value for key, value in given.items() if key in Run.model_fields and value is not None}
    if given.get("seats") not in (None, "team"):
        flags["seats"] = [number.strip() for number in given["seats"].split(",")]
    if given["as_json"]:
        flags["output"] = "json"
    if given["no_store"]:
        flags["store"] = None
    tool = Run(**flags, settings=settings)
    if not given["dry_run"]:
        sys.exit(tool.invoke())
    lines = tool.preview()
    show_json(tool.model_dump(mode="json"))
    print("\n".join(["", *lines]))
