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


@new.command("policy")
def policy(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="Lower-case letters, digits and underscores, a letter first."),
    ],
    *,
    scripted: Annotated[bool, typer.Option("--scripted", help="A player whose rules are written.")] = False,
    trainable: Annotated[bool, typer.Option("--trainable", help="A network that is trained.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option(metavar="DIRECTORY", help="Where to put both files; by default beside their like."),
    ] = None,
) -> None:
    """Start a policy: a small one that works under a new name, and its test.

    A scripted policy wanders, in any game; a trainable one is an encoder with hidden layers. Beside their
    like both are known by their file's name, elsewhere a scripted one is NAME.Class.

    \b
    $ coterie new policy hunter --scripted --folder .
    $ coterie new policy thinker --trainable --folder .
    """
    from coterie.config import ConfigError, class_name
    from coterie.policies.scaffold import new_policy

    if scripted == trainable:
        raise ConfigError("say which kind of policy is wanted: --scripted or --trainable")
    created, test = new_policy("scripted" if scripted else "trainable", name, folder)
    print(f"{shortest(created)}\n{shortest(test)}\n")
    if trainable:
        where = "" if folder is None else "move it among the networks, then: "
        print(f"Next: {where}coterie train -m echo.basic policy_architecture={name}")
    else:
        player = name if folder is None else f"{name}.{class_name(name)}"
        print(f"Next: coterie play -m cogsguard_arena.basic -p {player}")
