"""Finds the command asked for among the files beside it, and imports only that one."""

import ast
import importlib
import sys
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

HERE = Path(__file__)
# What CoGames calls some of them, with the words that go before those of the person.
ALIASES = {"eval": ("evaluate",), "mission": ("missions",), "make-policy": ("new", "policy")}


@cache
def commands() -> dict[str, Path]:
    """Name → file of every command. Files that begin with an underscore serve the commands and are none."""
    files = sorted(HERE.parent.glob("[a-z]*.py"))
    return {file.stem.replace("_", "-"): file for file in files if file != HERE}


def sentence(file: Path) -> str:
    """The docstring of a module, read without importing it."""
    return ast.get_docstring(ast.parse(file.read_bytes())) or ""


def load(name: str) -> Any:
    """The command in its file: a function of the file's name, or a `typer.Typer` with subcommands."""
    stem = commands()[name].stem
    value = vars(importlib.import_module(f"coterie.cli.{stem}"))[stem]
    if isinstance(value, typer.Typer):
        value.info.help = sentence(commands()[name])
        value.rich_markup_mode = None
        return get_group(value)
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name)(value)
    return get_command(app)


class Commands(TyperGroup):
    """All commands by name and sentence; running one, or completing its arguments, imports it."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(commands())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in commands():
            return None
        said = sentence(commands()[cmd_name])
        return TyperCommand(cmd_name, help=said, short_help=said, rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, *more = (*ALIASES.get(args[0], args[:1]), *args[1:])
        if name in commands():
            return name, load(name), more
        if ctx.resilient_parsing:
            return None, None, args[1:]
        close = get_close_matches(name, [*commands(), *ALIASES], n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there is {', '.join(commands())}"
        return ctx.fail(f"no command '{name}'; {hint}")


app = typer.Typer(
    cls=Commands,
    help="Train, watch and rank teams of agents in native-speed games.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def everything() -> None:
    """Typer makes a group of an app with a callback, even without commands of its own."""


def main() -> None:
    """Run the command line; what a person got wrong is one sentence on stderr, exit code 2 or its own."""
    try:
        app(prog_name="coterie")
    except ValueError as error:
        # Only a command that imported the config can have raised its error; help never does.
        config = sys.modules.get("coterie.config")
        if config is None or not isinstance(error, vars(config)["ConfigError"]):
            raise
        print(f"coterie: {error}", file=sys.stderr)
        sys.exit(vars(type(error)).get("exit_code", 2))
