"""The options of every command that plays, by which its episodes are kept as replays."""

from pathlib import Path
from typing import Annotated, Any

import typer

ReplayDir = Annotated[
    Path | None,
    typer.Option("--save-replay-dir", metavar="DIR", help="Keep each episode as a replay in this folder."),
]
ReplayFile = Annotated[
    Path | None,
    typer.Option(
        "--save-replay-file",
        metavar="FILE",
        help="Keep the episode in this file: .coterie, .json.z, .jsonl.gz, .gif, .mp4 or .png.",
    ),
]
ReplayEvery = Annotated[
    int | None,
    typer.Option(
        "--save-replay-every", metavar="N", min=0, help="Of the episodes one in so many stays, 0: none."
    ),
]
ReplayBest = Annotated[
    bool,
    typer.Option("--save-replay-best", help="Also keep the episode with the highest return so far."),
]
Keyframes = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, help="A replay keeps a picture each N ticks, for later versions."),
]


def saving(given: dict[str, Any]) -> dict[str, Any]:
    """The settings of `tools.saving` that options stand for; None for what was not given."""
    paths = {key: given[key] for key in ("save_replay_dir", "save_replay_file")}
    return {
        **{key: str(path) if path else None for key, path in paths.items()},
        "save_replay_every": given["save_replay_every"],
        "save_replay_best": given["save_replay_best"] or None,
        "keyframes": given["keyframes"],
    }
