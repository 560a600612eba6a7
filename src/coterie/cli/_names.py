"""Names a person may press Tab for; all come from the folders, without torch."""

from typing import Annotated

import typer


def complete_mission(incomplete: str) -> list[str]:
    from coterie.games import catalog

    return [name for name in catalog.missions() if name.startswith(incomplete)]


def complete_game(incomplete: str) -> list[str]:
    from coterie.games import catalog

    return [name for name in catalog.folders() if name.startswith(incomplete)]


def complete_game_or_mission(incomplete: str) -> list[str]:
    return complete_game(incomplete) + complete_mission(incomplete)


def complete_policy(incomplete: str) -> list[str]:
    from coterie.policies import uri

    return [name for name in uri.policies() if name.startswith(incomplete)]


def mission_written(ctx: typer.Context) -> str | None:
    """The mission already written, the first where there may be several."""
    return ctx.params.get("mission") or next(iter(ctx.params.get("missions") or ()), None)


def complete_variant(ctx: typer.Context, incomplete: str) -> list[str]:
    """Variants of the mission already written, of all games where there is none."""
    from coterie.games import catalog

    mission = mission_written(ctx)
    games = [catalog.game_of(mission)] if mission in catalog.missions() else list(catalog.folders())
    return sorted({name for game in games for name in catalog.variants(game) if name.startswith(incomplete)})


def complete_setting(ctx: typer.Context, incomplete: str) -> list[str]:
    """Settings of the mission already written, `a.b=` where they are nested."""
    from coterie.config import Config
    from coterie.games import catalog

    mission = mission_written(ctx)
    if mission not in catalog.missions():
        return []
    holder = catalog.make(mission)
    *path, last = incomplete.split(".")
    for key in path:
        if key not in type(holder).model_fields or not isinstance(vars(holder)[key], Config):
            return []
        holder = vars(holder)[key]
    stem = "".join(f"{key}." for key in path)
    nested = {key for key in type(holder).model_fields if isinstance(vars(holder)[key], Config)}
    fields = [key for key in type(holder).model_fields if key.startswith(last)]
    return [f"{stem}{key}{'.' if key in nested else '='}" for key in fields]


Mission = Annotated[
    str, typer.Argument(metavar="MISSION", help="A mission's name.", autocompletion=complete_mission)
]
Variants = Annotated[
    list[str] | None,
    typer.Option(
        "--variant",
        "-v",
        metavar="NAME",
        help="Change the rules: NAME or NAME=NUMBER; may be given again.",
        autocompletion=complete_variant,
    ),
]
Agents = Annotated[int | None, typer.Option("--agents", "-c", metavar="N", min=1, help="Number of agents.")]
Settings = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY=VALUE", help="Settings of the game to change.", autocompletion=complete_setting
    ),
]
