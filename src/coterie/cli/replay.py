"""Watch a replay in the terminal, prove it, compare, cut or export it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from coterie.cli._output import JSON

if TYPE_CHECKING:
    from coterie.replays.reading import Replay


class Replays(TyperGroup):
    """Where the first word is no subcommand, it is a file to be shown."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


replay = typer.Typer(cls=Replays, add_completion=False, no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A replay, or what is left of one.")]
Tick = Annotated[int | None, typer.Option("--tick", "-t", metavar="N", min=0, help="Begin with this tick.")]


def opened(path: Path) -> "Replay":
    """The replay in a file; what is wrong with it is said on stderr, what could be read is there."""
    import sys

    from coterie.replays.reading import read

    found = read(path)
    if found.damage:
        print(f"coterie: {path}: {found.damage}; {found.ticks} ticks could be read", file=sys.stderr)
    return found


@replay.command()
def show(
    file: File,
    tick: Tick = None,
    every: Annotated[
        int, typer.Option(metavar="N", min=1, help="Into a pipe, print a frame each so many ticks.")
    ] = 100,
) -> None:
    """Show a replay in the terminal; `coterie replay FILE` is short for it.

    It starts paused. Left and right go one tick, up and down a hundred, g and G to the ends; the other keys
    are those of play. Into a pipe it prints frames.

    \b
    $ coterie play -m echo.basic -p random -r none --save-replay-file echo.coterie
    $ coterie replay echo.coterie
    $ coterie replay show echo.coterie --every 16
    """
    from coterie.play.reel import Film, Reel, printed
    from coterie.play.terminal import is_interactive

    film = Film(opened(file))
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
    from coterie.tools.tables import number, show_json

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
        typer.Argument(metavar="OUTPUT", help=".json.z, .json.gz, .json, .jsonl.gz, .gif, .png, .coterie"),
    ],
    version: Annotated[
        int, typer.Option("--format", metavar="3|4", min=3, max=4, help="Version of a .json.z.")
    ] = 3,
    tick: Annotated[
        int | None, typer.Option("--tick", "-t", metavar="N", min=0, help="Of a .png; none: the last.")
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="A .gif shows every so many ticks; none: about 240."),
    ] = None,
) -> None:
    """Write a replay as another kind of file, for other programs or for people.

    \b
    $ coterie play -m arena.basic -p random -r none -s 50 --save-replay-file arena.coterie
    $ coterie replay export arena.coterie arena.json.z
    $ coterie replay export arena.coterie arena.gif --every 5
    """
    from coterie.replays.exports import export as save

    path = save(opened(file), output, version=version, tick=tick, every=every)
    print(f"{path}: {path.stat().st_size:,} bytes")
