"""Bots: native scripted teams, one for each world, that act for rows of a batch from what these observe."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from coterie import native
from coterie.config import ConfigError, choose

if TYPE_CHECKING:
    from coterie.games.batch import Spec


def briefing(name: str, spec: "Spec") -> dict[str, Any]:
    """What the native team `name` is told about a game's numbers; a ConfigError if the game has no names."""
    choose("native team", name, native.bots())
    if spec.sight is None:
        raise ConfigError(
            f"the native team '{name}' reads observations by name: it needs a game of a grid, "
            "or another whose config tells the names"
        )
    sight = {name: value for name, value in asdict(spec.sight).items() if name != "normalizations"}
    size = int(np.prod(spec.observation_shape)) * np.dtype(spec.observation_dtype).itemsize
    return sight | {"action_names": spec.action_names, "bytes": size}


class Bots:
    """R rows, grouped into teams: the rows of one world are one team with one memory.

    The same options, rows and observations give the same actions, on any number of threads.
    """

    def __init__(
        self,
        name: str,
        spec: "Spec",
        worlds: Sequence[int] | np.ndarray,
        *,
        options: Mapping[str, int | bool],
        threads: int = 1,
    ) -> None:
        self.rows = len(worlds)
        self.heads = len(spec.actions)
        try:
            self.native = native.make_bots(
                name,
                briefing(name, spec),
                dict(options),
                np.asarray(worlds, dtype=np.int64).tolist(),
                threads,
            )
        except ValueError as error:
            raise ConfigError(str(error)) from None

    def act(self, observations: np.ndarray) -> np.ndarray:
        """Actions int32 [R, K] for `observations` [R, ...] of the spec's type."""
        actions = np.empty((self.rows, self.heads), dtype=np.int32)
        self.native.act(np.ascontiguousarray(observations).view(np.uint8), actions)
        return actions

    def forget(self, ended: np.ndarray) -> None:
        """Teams of which a row ended, bool [R], remember nothing any more."""
        self.native.forget(np.ascontiguousarray(ended, dtype=np.uint8))

    def save(self) -> bytes:
        """The memory of all teams."""
        return self.native.save()

    def restore(self, saved: bytes) -> None:
        """The memory of `save`, of Bots with the same rows and options."""
        self.native.restore(saved)
