"""Measure how fast the games are."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coterie.cli._names import complete_game_or_mission, complete_mission
from coterie.cli._output import JSON
from coterie.tools.tables import show_json, show_table

if TYPE_CHECKING:
    from coterie.tools.bench import Row
    from coterie.tools.bench_replay import Cost, Range, Size
    from coterie.tools.bench_train import Speed

STANDARD = ("arena.basic_easy_shaped", "cogsguard_arena.basic", "cogsguard_machina_1.basic")

bench = typer.Typer(add_completion=False, no_args_is_help=True)

Repetitions = Annotated[int, typer.Option("--repetitions", "-n", min=1, help="Take the median of so many.")]


@bench.command()
def step(
    games: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="GAME",
            help="Games or missions; none: the standard three.",
            autocompletion=complete_game_or_mission,
        ),
    ] = None,
    *,
    worlds: Annotated[
        int | None, typer.Option(min=1, help="Worlds side by side; none: about 384 agents.")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the batch.")] = 1,
    repetitions: Repetitions = 5,
    peer: Annotated[str | None, typer.Option(help="Also run this peer's own arena: mettagrid.")] = None,
    peer_env: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Virtual environment that has the peer installed.")
    ] = None,
    instructions: Annotated[
        bool, typer.Option(help="Count instructions with callgrind (slow, but exact).")
    ] = False,
    as_json: JSON = False,
) -> None:
    """Agent-steps per second: random actions, episodes of 1000 steps, resets included.

    \b
    $ coterie bench step
    $ coterie bench step echo --repetitions 1
    $ coterie bench step --peer mettagrid --peer-env ../peer
    """
    from dataclasses import replace

    from coterie.config import ConfigError
    from coterie.tools import bench as tool

    if peer and not peer_env:
        raise ConfigError("--peer needs --peer-env, the virtual environment that has it installed")
    rows = []
    for mission in missions_of(games or list(STANDARD)):
        row = tool.measure_steps(mission, worlds=worlds, threads=threads, repetitions=repetitions)
        if instructions:
            row = replace(row, instructions=tool.count_instructions(mission, worlds=worlds))
        rows.append(row)
    peers = tool.measure_peer(peer, peer_env, repetitions) if peer and peer_env else []
    if as_json:
        show_json({"machine": tool.machine(), "rows": [row.data() for row in rows], "peers": peers})
        return
    print(tool.machine())
    show_steps(rows, peers)


def show_steps(rows: "list[Row]", peers: list[dict[str, Any]]) -> None:
    """The table of `step`; the fastest case of a peer is 1x."""
    best = max((one["per_cpu_second"] for one in peers), default=0.0)
    lines = [
        [
            row.name,
            str(row.agents),
            str(row.worlds),
            millions(row.per_cpu_second),
            f"{millions(row.per_cpu_second_range[0])} … {millions(row.per_cpu_second_range[1])}",
            millions(row.per_second),
            f"{row.reset_ms:.3f}",
            f"{row.instructions:,.0f}" if row.instructions else "-",
            f"{row.per_cpu_second / best:.1f}x" if best else "-",
        ]
        for row in rows
    ]
    for one in peers:
        speed, wall = millions(one["per_cpu_second"]), millions(one["per_second"])
        reset, over = f"{one['reset_ms']:.3f}", f"{one['per_cpu_second'] / best:.1f}x"
        lines.append([one["name"], str(one["agents"]), "1", speed, "-", wall, reset, "-", over])
    titles = ["mission", "agents", "worlds", "M/CPU-s", "range", "M/s", "reset ms", "instr.", "over peer"]
    show_table(titles, lines, numbers=range(1, 9))


@bench.command()
def threads(
    games: Annotated[
        list[str] | None,
        typer.Argument(metavar="GAME", help="Games or missions.", autocompletion=complete_game_or_mission),
    ] = None,
    threads: Annotated[int, typer.Option(min=2, help="Compare so many threads with one.")] = 2,
    crowd: Annotated[
        int, typer.Option(min=2, help="Threads of the hand-off test, more than there are cores.")
    ] = 8,
    repetitions: Repetitions = 5,
    as_json: JSON = False,
) -> None:
    """What a second thread brings, and what handing work to threads costs.

    \b
    $ coterie bench threads echo --repetitions 1
    """
    from coterie.tools import bench as tool

    rows = [
        tool.measure_threads(mission, threads, repetitions) for mission in missions_of(games or [STANDARD[0]])
    ]
    hand_offs = [tool.measure_hand_off(count) for count in (2, crowd)]
    if as_json:
        show_json({"machine": tool.machine(), "threads": rows, "hand_off": hand_offs})
        return
    print(tool.machine())
    for row in rows:
        low, high = row["range"]
        print(
            f"{row['name']}: {row['threads']} threads step {row['worlds']} worlds "
            f"{row['ratio']:.2f} times as fast as one ({low:.2f} … {high:.2f})"
        )
    for row in hand_offs:
        print(
            f"a step of {row['threads']} tiny worlds: {row['alone_us']:.1f} us in one thread, "
            f"{row['together_us']:.1f} us on {row['threads']}: hand-off {row['hand_off_us']:.1f} us"
        )


@bench.command()
def start(repetitions: Repetitions = 5, as_json: JSON = False) -> None:
    """Seconds and memory it takes to import the games and the command line.

    \b
    $ coterie bench start --repetitions 1
    """
    from coterie.tools import bench as tool

    rows = [
        tool.measure_import(m, repetitions)
        for m in ("numpy", "coterie.games", "coterie.games.batch", "coterie.cli.main")
    ]
    if as_json:
        show_json({"machine": tool.machine(), "imports": rows})
        return
    print(tool.machine())
    lines = [
        [r["module"], f"{r['seconds']:.3f}", f"{r['memory_mb']:.0f}", "yes" if r["has_torch"] else "no"]
        for r in rows
    ]
    show_table(["import", "s", "MB", "torch"], lines, numbers=(1, 2))


@bench.command()
def train(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CASE",
            help="mlp, lstm, arena-mlp, arena-lstm, arena-tokens, arena-fast, prospector (without a peer); "
            "none: all.",
        ),
    ] = None,
    *,
    precision: Annotated[str, typer.Option(help="float32 or bfloat16.")] = "float32",
    threads: Annotated[int, typer.Option(min=1, help="Learner threads.")] = 1,
    repetitions: Repetitions = 5,
    peer: Annotated[
        str | None,
        typer.Option(help="Also run this peer: pufferlib-core, in the arena's cases on mettagrid."),
    ] = None,
    peer_env: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Virtual environment that has the peer installed.")
    ] = None,
    as_json: JSON = False,
) -> None:
    """Agent-steps per second played and learned from, PPO with one pass over each rollout.

    \b
    $ coterie bench train mlp --repetitions 1
    $ coterie bench train mlp arena-mlp --peer pufferlib-core --peer-env ../peer
    """
    from coterie.config import ConfigError, choose
    from coterie.tools import bench as games
    from coterie.tools import bench_train as tool

    if peer is not None:
        choose("peer of training", peer, {"pufferlib-core": None})
        if peer_env is None:
            raise ConfigError("--peer needs --peer-env, the virtual environment that has it installed")
    for name in names or ():
        choose("training benchmark", name, tool.CASES)
        if peer is not None:
            choose("training benchmark with a peer", name, tool.PEERS)
    rows = []
    for name in names or list(tool.CASES):
        beside = peer_env if peer and name in tool.PEERS else None
        rows.append(tool.measure(name, precision, threads, repetitions, peer_env=beside))
    if as_json:
        show_json({"machine": games.machine(), "rows": [row.data() for row in rows]})
        return
    print(games.machine())
    show_training(rows)


def show_training(rows: "list[Speed]") -> None:
    """The table of `train`."""

    def over(row: "Speed") -> str:
        if row.over_peer is None or row.over_peer_range is None:
            return "-"
        low, high = row.over_peer_range
        return f"{row.over_peer:.2f}x ({low:.2f} … {high:.2f})"

    lines = [
        [
            row.name,
            row.precision,
            str(row.threads),
            f"{row.parameters:,}",
            thousands(row.per_cpu_second),
            f"{thousands(row.per_cpu_second_range[0])} … {thousands(row.per_cpu_second_range[1])}",
            thousands(row.per_second),
            f"{row.memory_mb:.0f}",
            "-" if row.peer_per_cpu_second is None else thousands(row.peer_per_cpu_second),
            over(row),
        ]
        for row in rows
    ]
    titles = ["case", "precision", "threads", "weights", "k/CPU-s", "range", "k/s", "MB", "peer", "over peer"]
    show_table(titles, lines, numbers=range(2, 10))


@bench.command()
def viewer(repetitions: Repetitions = 5, as_json: JSON = False) -> None:
    """What the viewer does in a real browser with software rendering.

    Opens a replay of 10,000 ticks of CoGsGuard, 8 agents, over and over in a browser that knows nothing of
    it; draws 200 x 200 cells with 1000 agents that all move.

    \b
    $ coterie bench viewer
    """
    from coterie.tools import bench as games
    from coterie.tools import bench_viewer as tool

    row = tool.measure(repetitions)
    if as_json:
        show_json({"machine": games.machine()} | row)
        return
    print(f"{games.machine()}, {row['browser']}")
    low, high = row["first_ms_range"]
    first = f"{row['first_ms']:.0f} ms ({low:.0f} … {high:.0f})"
    drawn = f"{row['frames_per_second']:.0f} a second, of {row['screen_per_second']:.0f} the screen takes"
    lines = [
        [f"open a replay of {row['ticks']:,} ticks to its first picture", first],
        [f"draw {row['cells'][0]} × {row['cells'][1]} cells, {row['agents']} agents moving", drawn],
        ["the viewer, gzipped", f"{row['bundle_gzipped'] / 1000:.1f} kB"],
    ]
    show_table(["measure", "value"], lines)


@bench.command()
def replay(
    mission: Annotated[
        str, typer.Argument(metavar="MISSION", help="What is played.", autocompletion=complete_mission)
    ] = STANDARD[1],
    *,
    policies: Annotated[
        list[str] | None,
        typer.Option("--policy", "-p", metavar="POLICY", help="Who plays; none: random and role."),
    ] = None,
    worlds: Annotated[
        list[int] | None,
        typer.Option(min=1, help="Record one of so many worlds; none: the only one, and one of 64."),
    ] = None,
    repetitions: Annotated[
        int, typer.Option("--repetitions", "-n", min=1, help="Take the median of so many.")
    ] = 21,
    as_json: JSON = False,
) -> None:
    """Size of a replay of 1000 ticks, time to read and prove it, and what recording costs a rollout.

    Of two equal batches one is recorded; they step in turn, and what the recorded one takes more CPU time is
    the cost: median and quartiles of the turns, and from the least each part took in any of them.

    \b
    $ coterie bench replay echo.basic -p random --worlds 1 --repetitions 1
    """
    from coterie.tools import bench as games
    from coterie.tools import bench_replay as tool

    players = policies or ["random", "role"]
    sizes = [tool.measure_size(mission, name, repetitions) for name in players]
    counts = worlds or [1, 64]
    costs = [
        tool.measure_cost(mission, name, count, repetitions if count == 1 else repetitions // 4 + 1)
        for name in players
        for count in counts
    ]
    if as_json:
        rows = {"sizes": [one.data() for one in sizes], "costs": [one.data() for one in costs]}
        show_json({"machine": games.machine(), **rows})
        return
    print(games.machine())
    show_replays(sizes, costs)


def show_replays(sizes: "list[Size]", costs: "list[Cost]") -> None:
    """The tables of `replay`."""
    lines = [
        [
            f"{one.mission}, {one.policy}",
            str(one.seats),
            str(one.ticks),
            f"{one.bytes:,}",
            f"{one.dice_bytes:,}",
            *(f"{middle:.1f} ({low:.1f} … {high:.1f})" for middle, low, high in times_of(one)),
        ]
        for one in sizes
    ]
    titles = ["replay", "seats", "ticks", "bytes", "dice", "read ms", "verify ms", "simulate ms"]
    show_table(titles, lines, numbers=range(1, 8))
    print()
    lines = [
        [
            f"{one.mission}, {one.policy}",
            str(one.worlds),
            f"{one.rollout_ms:.1f}",
            f"{one.percent[0]:+.2f} ({one.percent[1]:+.2f} … {one.percent[2]:+.2f})",
            f"{one.least_percent:+.2f}",
        ]
        for one in costs
    ]
    show_table(["recording", "worlds", "rollout ms", "costs %", "undisturbed %"], lines, numbers=range(1, 5))


def times_of(one: "Size") -> "list[Range]":
    return [one.read_ms, one.verify_ms, one.simulate_ms]


def thousands(rate: float) -> str:
    return f"{rate / 1e3:.1f}"


def missions_of(names: list[str]) -> list[str]:
    """Missions as named; a game stands for its first."""
    from coterie.games import catalog

    games = catalog.folders()
    return [next(iter(catalog.missions(n))) if n in games else next(iter(catalog.matching(n))) for n in names]


def millions(rate: float) -> str:
    return f"{rate / 1e6:.2f}"
