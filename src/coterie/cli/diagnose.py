"""Say how a policy plays: scores on four axes, or a close look at its rollouts."""

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from coterie.cli._diagnostics import audit, parity, rollout
from coterie.cli._names import complete_policy
from coterie.cli._output import JSON
from coterie.cli._running import NoStore, StoreOption, Timeout, complete_set
from coterie.cli._tools import make, sugar

SCORES = "policy"  # the word that may be left out


class Words(TyperGroup):
    """`diagnose rollout …`, `parity`, `audit`; anything else is a policy to be scored."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        is_word = bool(args) and (args[0] in self.commands or args[0] in ("--help", "-h"))
        return super().parse_args(ctx, args if is_word or not args else [SCORES, *args])


diagnose = typer.Typer(cls=Words, add_completion=False, no_args_is_help=True)

PolicyArgument = Annotated[
    str,
    typer.Argument(
        metavar="POLICY", help="Who is diagnosed, as after -p elsewhere.", autocompletion=complete_policy
    ),
]
MissionSet = Annotated[
    str | None,
    typer.Option(
        "--mission-set",
        "-S",
        metavar="SET",
        show_default="diagnostic_evals",
        help="integrated_evals, cogsguard_evals, spanning_evals, diagnostic_evals or all.",
        autocompletion=complete_set,
    ),
]
Experiments = Annotated[
    list[str] | None,
    typer.Option(metavar="MISSION", help="Only this mission of the set; may be given again."),
]
Cogs = Annotated[
    list[int] | None,
    typer.Option("--cogs", "-c", metavar="N", min=1, help="Number of agents; given again, each is played."),
]
Steps = Annotated[
    int | None,
    typer.Option("--steps", "-s", metavar="N", min=1, show_default="1000", help="Cut longer missions there."),
]
Episodes = Annotated[
    int | None,
    typer.Option("--episodes", "-e", metavar="N", min=1, show_default="3", help="Episodes of each mission."),
]
Seed = Annotated[
    int | None, typer.Option(metavar="N", min=0, show_default="42", help="Another seed, other maps.")
]
Baseline = Annotated[
    str | None,
    typer.Option(
        metavar="POLICY",
        show_default="role",
        help="Compare with it, and seat both on one team; none for nobody.",
        autocompletion=complete_policy,
    ),
]
Strong = Annotated[
    str | None,
    typer.Option(metavar="POLICY", help="How much can be had at all.", autocompletion=complete_policy),
]
Reruns = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, show_default="0", help="Diagnose so often again, on other maps."),
]
Folder = Annotated[
    Path | None,
    typer.Option(metavar="DIR", show_default="train_dir/diagnose/POLICY", help="Where the report goes."),
]


@diagnose.command(SCORES)
def scores(
    policy: PolicyArgument,
    *,
    mission_set: MissionSet = None,
    experiments: Experiments = None,
    cogs: Cogs = None,
    steps: Steps = None,
    episodes: Episodes = None,
    seed: Seed = None,
    scripted_baseline_policy: Baseline = None,
    known_strong_policy: Strong = None,
    stability_reruns: Reruns = None,
    require_stable_interpretation: Annotated[
        bool,
        typer.Option("--require-stable-interpretation", help="Exit code 1 if the reruns tell otherwise."),
    ] = False,
    compare_run_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="An earlier diagnosis: say what changed since.")
    ] = None,
    bundle_zip: Annotated[
        bool, typer.Option("--bundle-zip", help="Also one zip: the report, a replay of each mission.")
    ] = False,
    output_dir: Folder = None,
    action_timeout_ms: Timeout = None,
    store: StoreOption = None,
    no_store: NoStore = False,
    as_json: JSON = False,
) -> None:
    """Score a policy from 0 to 100 on stability, efficiency, control and social coordination.

    It plays every mission of a set alone on all seats, a baseline plays the same maps, and both play as one
    team. Written are diagnose_report.html, doctor_note.json and manifest.json, with --bundle-zip all of it
    and replays as replay_bundle.zip too. The word `policy` may be left out unless the policy's name is a word
    of this command. Exit code 1 if not all episodes were played.

    \b
    $ coterie diagnose role -S diagnostic_evals -e 1 -s 60 --scripted-baseline-policy random
    $ coterie diagnose random -S cogsguard_evals --experiments eval_balanced_spread -e 2 -s 60 --json
    """
    flags = {
        "policy_uri": json.dumps(policy),
        "mission_set": mission_set,
        "missions": experiments or None,
        "cogs": cogs or None,
        "max_steps": steps,
        "num_episodes": episodes,
        "seed": seed,
        "scripted_baseline_policy": reference(scripted_baseline_policy),
        "known_strong_policy": reference(known_strong_policy),
        "stability_reruns": stability_reruns,
        "require_stable_interpretation": require_stable_interpretation or None,
        "compare_run_dir": json.dumps(str(compare_run_dir)) if compare_run_dir else None,
        "bundle_zip": bundle_zip or None,
        "output_dir": json.dumps(str(output_dir)) if output_dir else None,
        "action_timeout_ms": action_timeout_ms,
        "store": "null" if no_store else json.dumps(str(store)) if store else None,
        "as_json": as_json or None,
        "command": json.dumps(shlex.join(["coterie", *sys.argv[1:]])),
    }
    raise typer.Exit(make("diagnose", None, sugar(flags), alone=True).tool.invoke())


def reference(policy: str | None) -> str | None:
    """A policy as the tool takes it; `none` is nobody, None what the tool would take by itself."""
    return policy and json.dumps(None if policy == "none" else policy)


for word in (rollout, parity, audit):
    diagnose.command(word.__name__)(word)
