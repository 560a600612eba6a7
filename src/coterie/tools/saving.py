"""Saving: the settings of every tool that plays, by which its episodes are kept as replays."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from coterie.config import ConfigError
from coterie.replays.environment import Wanted
from coterie.replays.exports import suffix_of
from coterie.replays.notation import SUFFIX
from coterie.tools.tool import Tool


class Saving(Tool):
    """A tool whose episodes can be kept."""

    save_replay_dir: Path | None = Field(None, description="keep each episode as a replay in this folder")
    save_replay_file: Path | None = Field(
        None, description="keep the episode in this file, its suffix says how"
    )
    save_replay_every: int = Field(1, ge=0, description="of the episodes one in so many stays, 0 = none")
    save_replay_best: bool = Field(
        False, description="keep the episode in which the seats got most, of all so far"
    )
    keyframes: int = Field(0, ge=0, description="a replay keeps a picture each so many ticks, 0 = none")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.save_replay_dir and self.save_replay_file:
            raise ConfigError("save_replay_dir and save_replay_file: only one of them can be given")
        if not (self.save_replay_dir or self.save_replay_file):
            if self.save_replay_best or self.save_replay_every != 1:
                raise ConfigError("save_replay_best and save_replay_every are about a save_replay_dir")
        elif not self.save_replay_every and not self.save_replay_best:
            raise ConfigError("save_replay_every is 0: then nothing is kept without save_replay_best")
        if self.save_replay_file:
            suffix_of(self.save_replay_file)
            count = self.count()
            if count > 1 and not self.save_replay_best:
                raise ConfigError(
                    f"save_replay_file holds one episode, {count} are played: give save_replay_dir, "
                    "or save_replay_best for the best of them"
                )
        return self

    def count(self) -> int:
        """How many episodes are played."""
        return 1

    def wanted(self) -> Wanted | None:
        """What is to be kept, None if nothing."""
        path = self.save_replay_file
        folder = path.parent if path else self.save_replay_dir
        if folder is None:
            return None
        return Wanted(
            folder=folder,
            path=path,
            name="",
            label="",
            every=self.save_replay_every,
            suffix=SUFFIX,
            best=self.save_replay_best,
            keyframes=self.keyframes,
        )


def tell_kept(paths: Iterable[Path]) -> None:
    """Say on stderr which replays there are: one, or how many where."""
    found = [path for path in dict.fromkeys(paths) if path.exists()]
    for folder in dict.fromkeys(path.parent for path in found):
        own = [path for path in found if path.parent == folder]
        said = f"the replay is {own[0]}" if len(own) == 1 else f"{len(own)} replays are in {folder}"
        print(f"coterie: {said}", file=sys.stderr)
