"""Run policies together in missions for many episodes."""

from typing import Annotated

import typer

from coterie.cli._names import Variants
from coterie.cli._output import JSON
from coterie.cli._replays import Keyframes, ReplayBest, ReplayDir, ReplayEvery, ReplayFile
from coterie.cli._running import (
    Budget,
    Cogs,
    Count,
    Details,
    FormatOption,
    KeepSteps,
    Longest,
    MapSeed,
    Missions,
    NoStore,
    Policies,
    Seed,
    Sets,
    Steps,
    StoreOption,
    Threads,
    Timeout,
    Words,
    play_out,
)
from coterie.cli._tools import DryRun


def run(
    words: Words = None,
    *,
    missions: Missions = None,
    mission_sets: Sets = None,
    variants: Variants = None,
    policy_uris: Policies = None,
    agents: Cogs = None,
    seats: Annotated[
        str | None,
        typer.Option(
            metavar="team|N,N,…", help="A team for each policy; or whose each seat is: 0,0,1 and so on."
        ),
    ] = None,
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Deal the seats anew in each episode.")] = False,
    num_episodes: Count = None,
    max_steps: Steps = None,
    seed: Seed = None,
    map_seed: MapSeed = None,
    action_timeout_ms: Timeout = None,
    overage_budget_ms: Budget = None,
    max_time_s: Longest = None,
    threads: Threads = None,
    output: FormatOption = None,
    as_json: JSON = False,
    details: Details = False,
    store: StoreOption = None,
    no_store: NoStore = False,
    keep_steps: KeepSteps = None,
    save_replay_dir: ReplayDir = None,
    save_replay_file: ReplayFile = None,
    save_replay_every: ReplayEvery = None,
    save_replay_best: ReplayBest = False,
    keyframes: Keyframes = None,
    dry_run: DryRun = False,
) -> None:
    """Run policies together: they share the seats of each mission, for many episodes.

    Evenly, neighbours together, unless they have a proportion, or --seats says more. Each episode has a map
    and dice of its own, which nobody trained on; each is in the store as soon as it is over. Exit code 1 if
    not all episodes were played: a policy that fails ends its mission, and the others go on.

    \b
    $ coterie run -m cogsguard_arena.basic -p role -p random -e 4 -s 100
    $ coterie run -m cogsguard_arena.basic -p role,proportion=3 -p class=random,proportion=5 -e 2 -s 9
    $ coterie run -m echo.basic -p random -e 4 --save-replay-dir kept --save-replay-every 2 --save-replay-best
    $ coterie run -m 'echo.*' -m meet.basic -p random -e 8 --format yaml
    $ coterie run -S diagnostic_evals -p role -e 2 -s 20 --seed 3 --no-store
    $ coterie run -m cogsguard_arena.basic -v multi_team -p role -p noop --seats team -e 2 -s 20 --map-seed 7
    """
    play_out(locals())
