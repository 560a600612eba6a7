"""Episode: one game from its seed to its end, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from coterie.games.batch import Batch
from coterie.play.loop import has_ended, steps
from coterie.play.roster import Roster

# Looks at world 0 of a batch, after its reset and after each step; false stops the episode there.
Watch = Callable[[Batch], bool]


@dataclass(frozen=True, slots=True)
class Episode:
    """What came of one episode. `returns` has a number for each of S seats, `seat_statistics` a dict."""

    seed: int
    length: int
    end: Literal["by the rules", "by the clock", "cut short"]
    seats: tuple[str, ...]
    returns: tuple[float, ...]
    statistics: dict[str, float]
    seat_statistics: tuple[dict[str, float], ...]

    def data(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "seed": self.seed,
            "length": self.length,
            "end": self.end,
            "seats": [
                {"policy": name, "return": value, "statistics": own}
                for name, value, own in zip(self.seats, self.returns, self.seat_statistics, strict=True)
            ],
            "statistics": self.statistics,
        }


def play(
    batch: Batch, roster: Roster, *, seed: int = 0, limit: int | None = None, watch: Watch | None = None
) -> Episode:
    """Play one episode in world 0 from the batch seed `seed`, to its end or for `limit` steps.

    The same batch config, roster and seed give the same episode.
    """
    batch.reset(seed)
    batch.episodes()
    roster.begin(batch, seed)
    if watch is not None and not watch(batch):
        return unfinished(batch, roster, seed, 0)
    for taken in steps(batch, roster):
        is_stopped = watch is not None and not watch(batch)
        if has_ended(batch):
            return finished(batch, roster, seed)
        if is_stopped or taken == limit:
            return unfinished(batch, roster, seed, taken)
    raise AssertionError("the loop has no end of its own")


def finished(batch: Batch, roster: Roster, seed: int) -> Episode:
    """The episode of world 0 that has just ended."""
    done = batch.episodes()
    at = int(np.flatnonzero(done.world == 0)[0])
    spec = batch.spec
    return Episode(
        seed=seed,
        length=int(done.length[at]),
        end="by the clock" if done.truncated[at] else "by the rules",
        seats=tuple(roster.seat_names(batch)),
        returns=tuple(done.returns[at].tolist()),
        statistics=dict(zip(spec.statistics, done.statistics[at].tolist(), strict=True)),
        seat_statistics=tuple(
            dict(zip(spec.seat_statistics, row, strict=True)) for row in done.seat_statistics[at].tolist()
        ),
    )


def unfinished(batch: Batch, roster: Roster, seed: int, length: int) -> Episode:
    """The episode under way in world 0, as it stands."""
    statistics, seats = batch.statistics(0)
    return Episode(
        seed=seed,
        length=length,
        end="cut short",
        seats=tuple(roster.seat_names(batch)),
        returns=tuple(batch.episode_returns(0).tolist()),
        statistics=statistics,
        seat_statistics=tuple(seats),
    )
