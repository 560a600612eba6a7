"""The commands page, written from the commands themselves."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup

from coterie.cli.main import commands, load
from coterie.play.view import HELP

OPENING = """\
# Commands

Everything `coterie` does in a terminal. This page is written from the commands themselves, by
`python -m coterie.cli._reference > docs/reference/commands.md`; a test compares the two.

- `coterie --install-completion` makes Tab complete commands, options, and the names of games, missions,
  variants, policies and settings.
- With `--json` the output is for programs.
- `coterie eval`, `mission` and `make-policy` are other names of `evaluate`, `missions` and `new policy`.
- A wrong name or value is answered with one sentence and exit code 2, before anything is done.
"""

KEYS = """\
## Keys while `coterie play -r unicode` runs

The game starts paused. A steered agent does what you press instead of what its policy says, and rests
while you press nothing; in a game without moves or vibes, `e` offers all of its actions.
"""


def markdown() -> str:
    """The whole page."""
    parts = [OPENING]
    for name in commands():
        command = load(name)
        root = typer.Context(command, info_name=f"coterie {name}")
        if isinstance(command, TyperGroup):
            for inner, part in command.commands.items():
                parts.append(section(part, typer.Context(part, info_name=inner, parent=root)))
        else:
            parts.append(section(command, root))
    keys = "\n".join(f"| `{keys}` | {what} |" for keys, what in HELP)
    return "\n".join([*parts, f"{KEYS}\n| | |\n|---|---|\n{keys}\n"])


def section(command: Any, ctx: typer.Context) -> str:
    """One command: how it is written, what it does, its arguments and options, examples."""
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    usage = usage.replace("[OPTIONS]", "[options]").replace("{", "").replace("}", "")
    said, examples = [], []
    for paragraph in inspect.cleandoc(command.help).split("\n\n"):
        lines = paragraph.removeprefix("\b\n").splitlines()
        (examples if lines[0].startswith("$ ") else said).append("\n".join(lines))
    blocks = [f"## `{usage}`", *said]
    rows = list(parameters(command, ctx))
    if rows:
        blocks.append("\n".join(["| | |", "|---|---|", *rows]))
    blocks += [f"```console\n{example}\n```" for example in examples]
    return "\n\n".join(blocks) + "\n"


def parameters(command: Any, ctx: typer.Context) -> Iterator[str]:
    """Table rows, arguments first."""
    for parameter in sorted(command.get_params(ctx), key=lambda one: one.param_type_name):
        record = parameter.get_help_record(ctx)
        if record and "--help" not in parameter.opts:
            names, said = (" ".join(text.split()).replace("|", r"\|") for text in record)
            names = re.sub(r" <(str|list\[str\])>$", "", names)
            yield f"| `{names}` | {said} |"


if __name__ == "__main__":
    print(markdown(), end="")
