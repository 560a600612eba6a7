"""The words rollout, parity and audit of `coterie diagnose`: close looks at one policy in CoGsGuard."""

import json
from typing import Annotated, Any

import typer

from coterie.cli._names import Variants, complete_mission, complete_policy
from coterie.cli._output import JSON

ARENA = "cogsguard_arena.basic"
TEAM = "role?miner=4&scout=2&aligner=2&scrambler=2"

Mission = Annotated[
    str,
    typer.Option(
        "--mission", "-m", metavar="MISSION", help="A CoGsGuard mission.", autocompletion=complete_mission
    ),
]
Steps = Annotated[int, typer.Option("--steps", "-s", metavar="N", min=1, help="Steps that are watched.")]
Agents = Annotated[int, typer.Option("--agents", "-c", metavar="N", min=1, help="Number of agents.")]
MaxSteps = Annotated[int, typer.Option(metavar="N", min=1, help="Length of an episode.")]
Seed = Annotated[int, typer.Option(metavar="N", min=0, help="Another seed, another map.")]
Every = Annotated[int, typer.Option(metavar="N", min=1, help="A line each so many steps.")]
Limit = Annotated[int, typer.Option(metavar="N", min=0, help="Lines at most, 0 for all.")]


def policy_option(*names: str) -> Any:
    return typer.Option(*names, metavar="POLICY", help="Who plays.", autocompletion=complete_policy)


def rollout(
    *,
    mission: Mission = ARENA,
    variant: Variants = None,
    policy_uri: Annotated[str, policy_option("--policy-uri", "-p")] = TEAM,
    steps: Steps = 200,
    agents: Agents = 10,
    max_steps: MaxSteps = 1000,
    seed: Seed = 42,
    allow_missing_roles: Annotated[
        bool, typer.Option("--allow-missing-roles", help="Ask only for a right map.")
    ] = False,
    trace_roles: Annotated[
        bool, typer.Option("--trace-roles", help="Print how many Cogs have which role.")
    ] = False,
    trace_role_every: Every = 1,
    trace_role_limit: Limit = 0,
    trace_prereqs: Annotated[
        bool, typer.Option("--trace-prereqs", help="Print what who aligns or scrambles has for it.")
    ] = False,
    trace_resources: Annotated[
        bool, typer.Option("--trace-resources", help="Print the team's stock and who uses stations.")
    ] = False,
    trace_resource_every: Every = 1,
    trace_resource_limit: Limit = 0,
    as_json: JSON = False,
) -> None:
    """Check that a team sees, knows and uses what there is; exit code 1 if not, with the reasons.

    A Cog's role is what its vibe shows. What the map of a policy says is checked for role and its kin; of
    other policies no map is known, and '-' stands there.

    \b
    $ coterie diagnose rollout --steps 200 --trace-roles --trace-role-every 50
    $ coterie diagnose rollout -p 'role_py?miner=1&scout=1' --agents 2 -s 40 --allow-missing-roles --json
    """
    from coterie.evaluation.diagnostics.rollout import Tracing
    from coterie.evaluation.diagnostics.rollout import rollout as watched
    from coterie.evaluation.diagnostics.watching import Stage

    tracing = Tracing(
        roles=trace_roles,
        role_every=trace_role_every,
        role_limit=trace_role_limit,
        prerequisites=trace_prereqs,
        resources=trace_resources,
        resource_every=trace_resource_every,
        resource_limit=trace_resource_limit,
    )
    stage = Stage(mission, tuple(variant or ()), agents, max_steps, seed)
    found = watched(stage, policy_uri, steps=steps, tracing=tracing)
    failures = found.failures(allow_missing_roles=allow_missing_roles)
    if as_json:
        print(json.dumps(found.data() | {"failures": failures}, indent=2))
    else:
        print("\n".join([*found.lines(), *(f"failed: {sentence}" for sentence in failures)]))
    raise typer.Exit(1 if failures else 0)


def parity(
    *,
    mission: Mission = ARENA,
    variant: Variants = None,
    policy_a: Annotated[str, policy_option("--policy-a")] = "role",
    policy_b: Annotated[str, policy_option("--policy-b")] = "role_py",
    steps: Steps = 500,
    agents: Agents = 10,
    max_steps: MaxSteps = 1000,
    seed: Seed = 42,
    top_actions: Annotated[int, typer.Option(metavar="N", min=0, help="Actions that are listed.")] = 5,
    top_deltas: Annotated[int, typer.Option(metavar="N", min=0, help="Differences that are listed.")] = 5,
    as_json: JSON = False,
) -> None:
    """Compare two policies: what each does in the same world, and how often B would do otherwise than A.

    For the latter A plays, and B decides on all that A's Cogs observe. Steps beyond an episode's length go
    on in the next.

    \b
    $ coterie diagnose parity --steps 100
    $ coterie diagnose parity --policy-a role --policy-b random --agents 4 --steps 50 --top-deltas 3 --json
    """
    from coterie.evaluation.diagnostics.parity import parity as compared
    from coterie.evaluation.diagnostics.watching import Stage

    stage = Stage(mission, tuple(variant or ()), agents, max_steps, seed)
    found = compared(stage, policy_a, policy_b, steps=steps)
    if as_json:
        print(json.dumps(found.data(top_actions, top_deltas), indent=2))
    else:
        print("\n".join(found.lines(top_actions, top_deltas)))


def audit(
    *,
    mission: Mission = ARENA,
    variant: Variants = None,
    policy_uri: Annotated[str, policy_option("--policy-uri", "-p")] = "role_py?miner=1&scout=1",
    steps: Steps = 1000,
    agents: Agents = 2,
    max_steps: MaxSteps = 1000,
    seed: Seed = 42,
    trace_every: Every = 200,
    as_json: JSON = False,
) -> None:
    """Trace a team's roles and stock over a long rollout, and what each Cog has found.

    \b
    $ coterie diagnose audit --steps 200 --trace-every 50
    $ coterie diagnose audit -p role --agents 4 --steps 60 --trace-every 20 --json
    """
    from coterie.evaluation.diagnostics.audit import audit as traced
    from coterie.evaluation.diagnostics.watching import Stage

    stage = Stage(mission, tuple(variant or ()), agents, max_steps, seed)
    found = traced(stage, policy_uri, steps=steps, every=trace_every)
    print(json.dumps(found.data(), indent=2) if as_json else "\n".join(found.lines()))
