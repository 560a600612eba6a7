"""World: one world whose episode stays over until it is reset, as Gymnasium and PettingZoo expect."""

from typing import Any

import numpy as np

from coterie.config import ConfigError
from coterie.envs.spaces import Illegal, action_mask, config_of, replace_illegal
from coterie.games.batch import Batch, Episodes, GameConfig


class World:
    """A batch of one world that shows what was seen last after the end, though the batch already plays on.

    `observations` [S, ...] are a copy made anew by each step; `playing`, bool [S], says which seats have not
    ended; rewards and ends of the last step are those of `batch`. The seed of a reset is the batch's, so that
    the same seed is the same episode here and under `coterie play --seed`.
    """

    def __init__(self, mission: str | GameConfig, illegal: Illegal) -> None:
        self.batch = Batch(config_of(mission))
        self.spec = self.batch.spec
        self.illegal = illegal
        self.ended: Episodes | None = None
        self.observations: np.ndarray = self.batch.observations.copy()
        self.playing = np.zeros(self.spec.seats, dtype=np.bool_)
        self.replaced = np.zeros(self.spec.seats, dtype=np.bool_)

    def reset(self, seed: int) -> None:
        """Start the first episode of a seed."""
        self.batch.reset(seed)
        self.batch.episodes()
        self.ended = None
        self.observations = self.batch.observations.copy()
        self.playing[:] = True
        self.replaced[:] = False

    def step(self, actions: np.ndarray) -> None:
        """Take int [S, K] actions; those of seats that are out of play don't matter."""
        batch = self.batch
        if not self.playing.any():
            raise ConfigError("no episode is under way: call reset() before step()")
        batch.actions[:] = np.where(self.playing[:, None], actions, 0)
        rows = ~self.playing if self.illegal == "refuse" else np.ones_like(self.playing)
        self.replaced = replace_illegal(batch, rows) & self.playing
        batch.step()
        episodes = batch.episodes()
        self.ended = episodes if len(episodes) else None
        self.observations = (batch.final_observations if self.ended else batch.observations).copy()
        self.playing = self.playing & ~(batch.terminals | batch.truncations)

    def info(self, seat: int) -> dict[str, Any]:
        """What there is to tell a seat besides what it sees.

        `action_mask` where the game has masks (all allowed after the end), `action_replaced` in the steps
        where that happened, and after the end the `statistics` of the episode. A reset tells the mask alone,
        since TorchRL would hold all later infos to any other key it finds there.
        """
        info: dict[str, Any] = {}
        if self.spec.has_mask:
            row = self.batch.masks[seat]
            info["action_mask"] = action_mask(self.spec, np.ones_like(row) if self.ended else row)
        if self.replaced[seat]:
            info["action_replaced"] = True
        if self.ended:
            info["statistics"] = statistics(self.ended, 0, seat)
        return info

    def text(self) -> str:
        """The world drawn for people; after the end, how it ended."""
        if not self.ended:
            return self.batch.text(0)
        end = "by the clock" if self.ended.truncated[0] else "by the rules"
        returns = ", ".join(f"{value:g}" for value in self.ended.returns[0])
        return f"over after {self.ended.length[0]} steps, {end}; returns {returns}"


def statistics(episodes: Episodes, i: int, seat: int) -> dict[str, float]:
    """Statistics of finished episode `i` by name; those of the seat under `seat/`."""
    spec = episodes.spec
    values = dict(zip(spec.statistics, episodes.statistics[i].tolist(), strict=True))
    own = episodes.seat_statistics[i, seat].tolist()
    return values | {f"seat/{name}": value for name, value in zip(spec.seat_statistics, own, strict=True)}


def drawn_seed(generator: np.random.Generator) -> int:
    """The seed of a reset that names none."""
    return int(generator.integers(2**63))
