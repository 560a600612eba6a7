"""Play a mission: policies act, and you watch or take a seat."""

from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from coterie.cli._names import Agents, Settings, Variants, complete_mission, complete_policy
from coterie.cli._output import JSON, heading, number, show_json, show_table

if TYPE_CHECKING:
    from coterie.play.episode import Episode, Watch
    from coterie.play.roster import Roster


class Render(StrEnum):
    """How an episode is shown."""

    unicode = "unicode"
    log = "log"
    none = "none"


MissionOption = Annotated[
    str,
    typer.Option("--mission", "-m", metavar="MISSION", help="What to play.", autocompletion=complete_mission),
]
Policies = Annotated[
    list[str],
    typer.Option(
        "--policy",
        "-p",
        metavar="POLICY",
        default_factory=lambda: ["random"],
        show_default="random",
        help="Who plays: NAME, NAME?key=value or metta://policy/NAME; again to share the seats.",
        autocompletion=complete_policy,
    ),
]
RenderOption = Annotated[
    Render,
    typer.Option("--render", "-r", help="unicode draws the world (? shows keys), log prints rewards."),
]
Steps = Annotated[
    int | None, typer.Option("--steps", "-s", metavar="N", min=1, help="Cut each episode short there.")
]
Count = Annotated[int, typer.Option("--episodes", "-e", metavar="N", min=1, help="How many episodes.")]
Seed = Annotated[
    int, typer.Option(metavar="N", min=0, help="Seed of the first episode; each further one has the next.")
]
MapSeed = Annotated[int | None, typer.Option(metavar="N", min=0, help="One map, the same in every episode.")]
Every = Annotated[
    int, typer.Option(metavar="N", min=1, help="Into a pipe, unicode prints a frame each so many steps.")
]


def play(
    settings: Settings = None,
    *,
    mission: MissionOption,
    policy: Policies,
    render: RenderOption = Render.unicode,
    steps: Steps = None,
    episodes: Count = 1,
    seed: Seed = 0,
    map_seed: MapSeed = None,
    variant: Variants = None,
    agents: Agents = None,
    every: Every = 100,
    as_json: JSON = False,
) -> None:
    """Play a mission and summarise its episodes.

    In a terminal, unicode starts paused and takes keys; into a pipe it prints frames. Settings of the game
    follow the options as KEY=VALUE. A policy is a name, such as random or noop, with settings as in
    random?seed=3; several policies share the seats evenly, neighbours together.

    \b
    $ coterie play -m echo.basic -r log
    $ coterie play -m echo.basic -p 'random?seed=3' -r unicode -s 20 symbols=3
    $ coterie play -m echo.basic -p noop -r none -e 4 --seed 7 --json
    """
    from coterie.config import override
    from coterie.games import catalog
    from coterie.games.batch import Batch
    from coterie.play import episode
    from coterie.play.roster import seat
    from coterie.policies.uri import parse

    policies = [(name, parse(name)) for name in policy]
    config = override(catalog.make(mission, variant or (), agents=agents, map_seed=map_seed), settings or ())
    batch = Batch(config)
    roster = seat(batch, policies)
    played = []
    with watching(Render.none if as_json else render, roster, every) as watch:
        for further in range(episodes):
            played.append(episode.play(batch, roster, seed=seed + further, limit=steps, watch=watch))
            if played[-1].end == "cut short" and played[-1].length != steps:
                break  # the person left
    if as_json:
        show_json({"mission": mission, "policies": policy, "episodes": [one.data() for one in played]})
    else:
        summarise(mission, played)


def watching(render: Render, roster: "Roster", every: int) -> "AbstractContextManager[Watch | None]":
    """Who watches; the terminal only where there is one to watch in."""
    from coterie.play.log import RewardLog
    from coterie.play.terminal import Frames, Screen, is_interactive

    if render is Render.none:
        return nullcontext()
    if render is Render.log:
        return RewardLog()
    return Screen(roster) if is_interactive() else Frames(every)


def summarise(mission: str, played: "list[Episode]") -> None:
    """Episodes, what each policy got on the mean, and the mean statistics."""
    print(heading(mission))
    rows = [
        [str(one.seed), str(one.length), one.end, number(sum(one.returns)), spread(one)] for one in played
    ]
    show_table(["seed", "steps", "end", "return", "return of a seat"], rows, numbers=[0, 1, 3])
    returns: dict[str, list[float]] = {}
    for one in played:
        for name, value in zip(one.seats, one.returns, strict=True):
            returns.setdefault(name, []).append(value)
    print()
    show_table(
        ["policy", "seats", "mean return of a seat"],
        [[name, str(len(v) // len(played)), number(sum(v) / len(v))] for name, v in returns.items()],
        numbers=[1, 2],
    )
    means = statistics(played)
    happened = [[name, number(value)] for name, value in means.items() if value]
    if happened:
        print()
        title = "statistic" if len(played) == 1 else f"statistic, mean of {len(played)} episodes"
        show_table([title, "value"], happened, numbers=[1])
    if len(happened) < len(means):
        print(f"\n{len(means) - len(happened)} other statistics are 0; --json lists all")


def spread(one: "Episode") -> str:
    """The returns of the seats from least to most."""
    low, high = min(one.returns), max(one.returns)
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def statistics(played: "list[Episode]") -> dict[str, float]:
    """Mean over episodes of each statistic; those of seats are also the mean over seats, under `seat/`."""
    sums: dict[str, float] = {}
    for one in played:
        for name, value in one.statistics.items():
            sums[name] = sums.get(name, 0.0) + value
        for seat in one.seat_statistics:
            for name, value in seat.items():
                key = f"seat/{name}"
                sums[key] = sums.get(key, 0.0) + value / len(one.seat_statistics)
    return {name: value / len(played) for name, value in sums.items()}
