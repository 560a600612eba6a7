"""Play one policy on all seats for many episodes."""

from typing import Annotated

import typer

from coterie.cli._names import Variants, complete_policy
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

Policy = Annotated[
    str,
    typer.Option("--policy", "-p", metavar="POLICY", help="Who plays.", autocompletion=complete_policy),
]


def scrimmage(
    words: Words = None,
    *,
    policy: Policy,
    missions: Missions = None,
    mission_sets: Sets = None,
    variants: Variants = None,
    agents: Cogs = None,
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
    """Play one policy on all seats of each mission, for many episodes.

    Each episode has a map and dice of its own, which nobody trained on; each is in the store as soon as it is
    over. Exit code 1 if not all episodes were played.

    \b
    $ coterie scrimmage -m cogsguard_arena.basic -p role -e 4 -s 100
    $ coterie scrimmage -m cogsguard_arena.basic -p 'role?miner=4' -e 2 -s 50 --format json
    $ coterie scrimmage -m 'echo.*' -p random -e 8 --no-store
    """
    given = locals()
    from coterie.policies.uri import parse

    parse(policy)  # which refuses a proportion
    play_out(given | {"policy_uris": policy})
