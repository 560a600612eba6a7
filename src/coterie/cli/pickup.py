"""Measure what a policy adds to a team of others."""

import json
from typing import Annotated

import typer

from coterie.cli._names import Variants, complete_mission, complete_policy
from coterie.cli._output import JSON
from coterie.cli._replays import Keyframes, ReplayBest, ReplayDir, ReplayEvery, ReplayFile, saving
from coterie.cli._running import NoStore, StoreOption, Timeout
from coterie.cli._tools import make, sugar

Candidate = Annotated[
    str,
    typer.Option("--policy", "-p", metavar="POLICY", help="The candidate.", autocompletion=complete_policy),
]
Pool = Annotated[
    list[str],
    typer.Option(
        metavar="POLICY",
        help="Who has the other seats; may be given again, they take turns.",
        autocompletion=complete_policy,
    ),
]
MissionOption = Annotated[
    str | None,
    typer.Option(
        "--mission",
        "-m",
        metavar="MISSION",
        show_default="cogsguard_machina_1.basic",
        help="What is played.",
        autocompletion=complete_mission,
    ),
]
Cogs = Annotated[
    int | None,
    typer.Option("--cogs", "--agents", "-c", metavar="N", min=1, show_default="4", help="Seats of the team."),
]
Counts = Annotated[
    list[int] | None,
    typer.Option(
        metavar="N", min=0, help="Seats of the candidate; may be given again. None: all, down to 0."
    ),
]
Episodes = Annotated[
    int | None,
    typer.Option(
        "--episodes", "-e", metavar="N", min=1, show_default="10", help="Episodes of each scenario."
    ),
]
Steps = Annotated[
    int | None,
    typer.Option("--steps", "-s", metavar="N", min=1, show_default="1000", help="Steps of an episode."),
]
Seed = Annotated[
    int | None, typer.Option(metavar="N", min=0, show_default="50", help="Another seed, other maps.")
]


def pickup(
    *,
    policy: Candidate,
    pool: Pool,
    mission: MissionOption = None,
    variant: Variants = None,
    cogs: Cogs = None,
    counts: Counts = None,
    episodes: Episodes = None,
    steps: Steps = None,
    seed: Seed = None,
    action_timeout_ms: Timeout = None,
    store: StoreOption = None,
    no_store: NoStore = False,
    save_replay_dir: ReplayDir = None,
    save_replay_file: ReplayFile = None,
    save_replay_every: ReplayEvery = None,
    save_replay_best: ReplayBest = False,
    keyframes: Keyframes = None,
    as_json: JSON = False,
) -> None:
    """Seat a candidate with others, from all seats of a team to none, and say what each of its seats adds.

    The seats it does not have go round the pool. Its value over replacement is the mean reward of its seats
    less that of a team of the pool alone, on the same maps. Exit code 1 if not all episodes were played.

    \b
    $ coterie pickup -p role --pool random --pool noop -m cogsguard_arena.basic -e 2 -s 100
    $ coterie pickup -p miner --pool role -c 4 --counts 2 --counts 0 -e 2 -s 50 --no-store --json
    """
    given = locals()
    flags = {
        "policy_uri": json.dumps(policy),
        "pool": pool,
        "mission": mission,
        "variants": variant or None,
        "agents": cogs,
        "counts": counts or None,
        "num_episodes": episodes,
        "max_steps": steps,
        "seed": seed,
        "action_timeout_ms": action_timeout_ms,
        "store": "null" if no_store else json.dumps(str(store)) if store else None,
        **saving(given),
        "as_json": as_json or None,
    }
    raise typer.Exit(make("pickup", None, sugar(flags), alone=True).tool.invoke())
