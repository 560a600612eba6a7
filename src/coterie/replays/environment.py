"""Environment: variables that switch recording on in every command, whoever runs it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from coterie.config import ConfigError
from coterie.replays.notation import SUFFIX

PREFIXES = ("COTERIE_REPLAY_", "TV_REPLAY_")  # the first that is set counts


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: a folder or one file, a name and label, every so many episodes, the best of all.

    `suffix` is what files in the folder are: the notation, or `.json.z` where the variables are those of
    Tribal Village, whose tools read that.
    """

    folder: Path
    path: Path | None
    name: str
    label: str
    every: int
    suffix: str
    best: bool = False
    keyframes: int = 0
    most: dict[Path, float] = field(default_factory=dict)  # file of the best → what the seats got in it


def wanted(environment: Mapping[str, str] = os.environ) -> Wanted | None:
    """What is asked for, None if nothing is; a ConfigError names a variable that makes no sense."""
    for prefix in PREFIXES:
        said = {
            name: environment.get(prefix + name, "") for name in ("DIR", "PATH", "NAME", "LABEL", "EVERY")
        }
        if said["DIR"] or said["PATH"]:
            break
    else:
        return None
    if said["EVERY"] and not (said["EVERY"].isdigit() and int(said["EVERY"])):
        raise ConfigError(f"{prefix}EVERY: '{said['EVERY']}' is not a number of episodes, as 10")
    path = Path(said["PATH"]) if said["PATH"] else None
    if path is not None and path.is_dir():
        raise ConfigError(f"{prefix}PATH: {path} is a folder; name a file, or set {prefix}DIR")
    return Wanted(
        folder=path.parent if path else Path(said["DIR"]),
        path=path,
        name=said["NAME"],
        label=said["LABEL"],
        every=int(said["EVERY"] or 1),
        suffix=".json.z" if prefix == "TV_REPLAY_" else SUFFIX,
    )
