"""Watch replays in the browser or the terminal, prove them, compare, cut or export them."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from coterie.cli._output import JSON

if TYPE_CHECKING:
    from coterie.replays.reading import Replay


class Replays(TyperGroup):
    """Where the first word is no subcommand, it is what `watch` shows."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["watch", *args]
        return super().resolve_command(ctx, args)


replay = typer.Typer(cls=Replays, add_completion=False, no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A replay, or what is left of one.")]
Tick = Annotated[int | None, typer.Option("--tick", "-t", metavar="N", min=0, help="Begin with this tick.")]
Every = Annotated[
    int, typer.Option(metavar="N", min=1, help="Into a pipe, print a frame each so many ticks.")
]
Host = Annotated[
    str, typer.Option(metavar="NAME", help="Answer there; 0.0.0.0 lets the whole network watch.")
]
Port = Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="0 is any free one.")]
NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only print the address.")]


class Render(StrEnum):
    """Where a replay is watched."""

    gui = "gui"
    unicode = "unicode"


def opened(path: Path) -> "Replay":
    """The replay in a file; what is wrong with it is said on stderr, what could be read is there."""
    import sys

    from coterie.replays.reading import read

    found = read(path)
    if found.damage:
        print(f"coterie: {path}: {found.damage}; {found.ticks} ticks could be read", file=sys.stderr)
    return found


@replay.command()
def watch(
    words: Annotated[
        list[str],
        typer.Argument(metavar="FILE|FOLDER|RECIPE", help="Replays, folders of them, or a recipe to play."),
    ],
    render: Annotated[
        Render | None,
        typer.Option("--render", "-r", show_default="gui", help="gui: the browser, unicode: the terminal."),
    ] = None,
    *,
    tick: Tick = None,
    every: Every = 100,
    host: Host = "127.0.0.1",
    port: Port = 0,
    no_browser: NoBrowser = False,
) -> None:
    """Watch replays in the browser; `coterie replay FILE` is short for it.

    One file is opened, two are shown side by side, of a folder or more files the list. The address is printed
    and answers this machine only. After a recipe come KEY=VALUE pairs: its play is shown as it happens. Into
    a pipe one file is printed as frames, as `show` does.

    \b
    $ coterie play -m echo.basic -p random -r none --save-replay-file echo.coterie
    $ coterie replay echo.coterie
    """
    import sys

    from coterie.tools.view import serve_replay

    paths = [Path(word) for word in words]
    if not paths[0].exists() and is_recipe(words[0]):
        return watch_recipe(words, render)
    is_plain = len(paths) == 1 and not paths[0].is_dir()
    if render is None and is_plain and not sys.stdout.isatty():
        render = Render.unicode
    if render != Render.unicode:
        sys.exit(serve_replay(paths, not no_browser, host=host, port=port, tick=tick))
    if not is_plain:
        from coterie.config import ConfigError

        raise ConfigError(f"the terminal shows one replay; in the browser: coterie replay {' '.join(words)}")
    show(paths[0], tick, every)


def is_recipe(word: str) -> bool:
    """Whether that is no path but the name of a recipe; a ConfigError if it is neither."""
    from coterie.config import ConfigError
    from coterie.recipes import catalog

    if "/" in word or word.endswith((".coterie", ".part", ".z", ".gz", ".json")):
        return False
    try:
        catalog.find("play", word)
    except ConfigError as error:
        raise ConfigError(f"there is no file or folder '{word}', and {error}") from None
    return True


def watch_recipe(words: list[str], render: Render | None) -> None:
    """A recipe's play, live."""
    from coterie.cli._tools import make, serve, split

    recipe, pairs = split(words, tool="replay")
    made = make("play", recipe, [f"render={(render or Render.gui).value}", *pairs])
    serve(made, dry_run=False, explain=None)


@replay.command()
def show(file: File, tick: Tick = None, every: Every = 100) -> None:
    """Show a replay in the terminal.

    It starts paused. Left and right go one tick, up and down a hundred, g and G to the ends; the other keys
    are those of play. Into a pipe it prints frames.

    \b
    $ coterie play -m echo.basic -p random -r none --save-replay-file echo.coterie
    $ coterie replay show echo.coterie --every 16
    """
    import sys

    from coterie.play.reel import Reel, film_of, printed
    from coterie.play.terminal import is_interactive

    film = film_of(file)
    if film.problem:
        print(f"coterie: {file}: {film.problem}", file=sys.stderr)
    if is_interactive():
        Reel(film, tick).run()
        return
    for text in printed(film, every, tick or 0):
        print(text)


@replay.command()
def verify(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Replays.")], as_json: JSON = False
) -> None:
    """Play replays again and compare states, rewards and ends with what was noted.

    The exit code is 1 if any of them is not what it says.

    \b
    $ coterie play -m echo.basic -p random -r none --save-replay-file echo.coterie
    $ coterie replay verify echo.coterie
    """
    from coterie.replays.playback import verify as prove
    from coterie.replays.reading import read
    from coterie.tools.tables import show_json

    verdicts = [(path, prove(read(path))) for path in files]
    if as_json:
        data = [
            {
                "file": str(path),
                "is_true": one.is_true,
                "problem": one.problem,
                "ticks": one.ticks,
                "marks": one.marks,
            }
            for path, one in verdicts
        ]
        show_json(data)
    else:
        for path, one in verdicts:
            said = f"true: {one.ticks} ticks, {one.marks} marks" if one.is_true else f"false: {one.problem}"
            print(f"{path}: {said}")
    if not all(one.is_true for _, one in verdicts):
        raise typer.Exit(1)


@replay.command()
def info(file: File, as_json: JSON = False) -> None:
    """Say what a replay is of: game and version, seed, seats, length, end, what the seats got.

    \b
    $ coterie play -m echo.basic -p random -r none --save-replay-file echo.coterie
    $ coterie replay info echo.coterie
    """
    from coterie.replays import json_z
    from coterie.tools.tables import number, show_json

    if json_z.is_named(file):
        return foreign_info(file, as_json)
    found = opened(file)
    head = found.header
    returns = list(found.ending.returns) if found.ending else []
    data = {
        "file": str(file),
        "bytes": file.stat().st_size,
        "mission": head.mission,
        "label": head.label,
        "game": head.game,
        "game_version": head.game_version,
        "kind": head.kind,
        "coterie": head.coterie,
        "seed": head.seed,
        "seats": list(head.seats),
        "first": head.first,
        "ticks": found.ticks,
        "end": found.end,
        "returns": returns,
        "keyframes": len(found.keyframes),
        "damage": found.damage,
        "config": head.config,
    }
    if as_json:
        show_json(data)
        return
    names = ", ".join(f"{name} × {head.seats.count(name)}" for name in dict.fromkeys(head.seats))
    ticks = f"{found.ticks}, from {head.first}" if head.first else str(found.ticks)
    for title, value in (
        ("mission", head.mission or "-"),
        ("label", head.label or "-"),
        ("game", f"{head.kind.partition(':')[2]}, rules {head.game} version {head.game_version}"),
        ("written by", f"coterie {head.coterie}"),
        ("seed", str(head.seed)),
        ("seats", names),
        ("ticks", ticks),
        ("end", found.end),
        ("return", f"{number(sum(returns))} in all" if returns else "-"),
        ("keyframes", str(len(found.keyframes))),
        ("size", f"{data['bytes']:,} bytes"),
    ):
        tell(title, value)


def foreign_info(file: Path, as_json: bool) -> None:
    """The same of a replay that another program wrote, as far as it says."""
    from coterie.replays import json_z
    from coterie.tools.tables import show_json

    found = json_z.load(file)
    data = {
        "file": str(file),
        "bytes": file.stat().st_size,
        "title": found.title,
        "ticks": found.steps,
        "width": found.width,
        "height": found.height,
        "agents": found.num_agents,
        "things": len(found.things),
        "actions": len(found.action_names),
        "teams": found.collective_names,
        "problems": found.problems,
    }
    if as_json:
        show_json(data)
        return
    for title, value in data.items():
        shown = ", ".join(value) if isinstance(value, list) else f"{value:,}" if title == "bytes" else value
        tell(title, shown or "-")


def tell(title: str, value: object) -> None:
    """One line of what `info` says."""
    print(f"{title:<10}  {value}")


@replay.command()
def trim(
    file: File,
    output: Annotated[Path, typer.Argument(metavar="OUTPUT", help="The shorter replay.")],
    begin: Annotated[
        int | None, typer.Option("--from", metavar="N", min=0, help="The tick it begins after.")
    ] = None,
    end: Annotated[
        int | None, typer.Option("--to", metavar="N", min=1, help="The tick it ends with.")
    ] = None,
) -> None:
    """Cut some ticks out of a replay into one of their own.

    One that begins later holds the whole world as it was there. Of a file that was cut short, what could be
    read becomes whole.

    \b
    $ coterie play -m echo.basic -p random -r none --save-replay-file echo.coterie
    $ coterie replay trim echo.coterie part.coterie --from 8 --to 24
    """
    from coterie.replays.reading import write
    from coterie.replays.trimming import trim as cut

    path = write(output, cut(opened(file), begin, end))
    print(f"{path}: {path.stat().st_size:,} bytes")


@replay.command()
def diff(
    one: Annotated[Path, typer.Argument(metavar="A", help="A replay.")],
    other: Annotated[Path, typer.Argument(metavar="B", help="Another.")],
    as_json: JSON = False,
) -> None:
    """Say at which tick two runs part, and what differs there; the exit code is 1 if they do.

    \b
    $ coterie play -m echo.basic -p random -r none --save-replay-file one.coterie
    $ coterie play -m echo.basic -p random -r none --save-replay-file two.coterie
    $ coterie replay diff one.coterie two.coterie
    """
    from coterie.replays.comparing import diff as compare
    from coterie.tools.tables import show_json

    found = compare(opened(one), opened(other))
    if as_json:
        show_json(
            {"header": found.header, "actions": found.actions, "state": found.state, "lines": found.lines}
        )
    elif found.are_equal:
        print("they are the same")
    else:
        for what, tick in (("actions", found.actions), ("states", found.state)):
            print(f"{what}: {'the same' if tick is None else f'apart from tick {tick} on'}")
        print("\n".join(found.lines))
    if not found.are_equal:
        raise typer.Exit(1)


@replay.command()
def export(
    file: File,
    output: Annotated[
        Path,
        typer.Argument(
            metavar="OUTPUT", help=".html, .gif, .mp4, .png, .json.z, .json.gz, .json, .jsonl.gz, .coterie"
        ),
    ],
    version: Annotated[
        int, typer.Option("--format", metavar="3|4", min=3, max=4, help="Version of a .json.z.")
    ] = 3,
    tick: Annotated[
        int | None, typer.Option("--tick", "-t", metavar="N", min=0, help="Of a .png; none: the last.")
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="A .gif or .mp4 shows every so many ticks; none: about 240, or all."
        ),
    ] = None,
) -> None:
    """Write a replay as another kind of file, for other programs or for people.

    \b
    $ coterie play -m arena.basic -p random -r none -s 50 --save-replay-file arena.coterie
    $ coterie replay export arena.coterie arena.html
    $ coterie replay export arena.coterie arena.json.z
    $ coterie replay export arena.coterie arena.gif --every 5
    """
    from coterie.tools.export import export_file

    path = export_file(file, output, version=version, tick=tick, every=every)
    print(f"{path}: {path.stat().st_size:,} bytes")
