"""List the variants: named changes of the rules."""

import inspect
from collections.abc import Callable
from typing import Annotated

import typer

from coterie.cli._names import complete_game
from coterie.cli._output import JSON, sentence, show_json, show_table


def variants(
    game: Annotated[
        str | None,
        typer.Argument(metavar="GAME", help="Only those of this game.", autocompletion=complete_game),
    ] = None,
    as_json: JSON = False,
) -> None:
    """List the variants: what `play -v` takes, alone or several in order.

    \b
    $ coterie variants
    $ coterie variants echo
    """
    from coterie.games import catalog

    rows = [
        {"name": name, "game": owner, "number": takes_number(apply), "about": sentence(apply.__doc__)}
        for owner in ([game] if game else catalog.folders())
        for name, apply in catalog.variants(owner).items()
    ]
    if as_json:
        show_json(rows)
    else:
        cells = [[row["name"] + row["number"], row["game"], row["about"]] for row in rows]
        show_table(["variant", "game", "about"], cells)


def takes_number(apply: Callable[..., object]) -> str:
    """`=N` for a variant written with a number, `[=N]` where it may be."""
    numbers = list(inspect.signature(apply).parameters.values())[1:]
    if not numbers:
        return ""
    return "=N" if numbers[0].default is inspect.Parameter.empty else "[=N]"
