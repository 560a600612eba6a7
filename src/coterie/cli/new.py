"""Start something new from the smallest there is."""

from pathlib import Path
from typing import Annotated

import typer

from coterie.cli.golden import shortest

new = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Lower-case letters and digits, a letter first.")]
Folder = Annotated[
    Path | None,
    typer.Option(metavar="DIRECTORY", help="Where to put its folder; by default beside the lab games."),
]


@new.command("game")
def game(name: Name, *, folder: Folder = None) -> None:
    """Start a game: a copy of echo, the smallest, under a new name.

    Its folder holds the rules in C++, the config in Python and the page; nothing else has to know of it.

    \b
    $ coterie new game chase --folder .
    """
    from coterie.games.scaffold import new_game

    created = new_game(name, folder)
    for path in sorted(created.iterdir()):
        print(shortest(path))
    if folder is None:
        print(f"\nNext: make build, coterie check {name}, and when it plays, coterie golden {name} --write")
    else:
        print(f"\nNext: move {shortest(created)} among the games, then: make build, coterie check {name}")
