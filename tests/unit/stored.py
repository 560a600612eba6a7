"""Simulations written by hand, for what reads statistics: known returns, seats and seeds, nothing played."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from coterie.evaluation.simulation import Simulation, SimulationConfig
from coterie.games.batch import Episodes, Spec

STATISTICS = ("doors", "keys")
SEAT_STATISTICS = ("gold", "steps")


def spec(seats: int) -> Spec:
    return Spec(
        seats=seats,
        observation_shape=(3,),
        observation_is_float=False,
        actions=(4,),
        action_names=(("a", "b", "c", "d"),),
        has_mask=False,
        max_steps=10,
        usual_steps=0,
        statistics=STATISTICS,
        seat_statistics=SEAT_STATISTICS,
    )


def played(
    policies: Sequence[str],
    returns: np.ndarray,
    *,
    simulation: str = "echo.basic",
    seats: np.ndarray | None = None,
    seed: int = 0,
    **config: Any,
) -> Simulation:
    """E episodes of returns [E, S]; policies hold neighbouring seats evenly unless `seats` [E, S] says who.

    `doors` of episode i is i, `keys` 2; `gold` of seat s is 10 i + s, `steps` 0; seat 0 was late i times.
    """
    returns = np.asarray(returns, dtype=np.float32)
    count, width = returns.shape
    i = np.arange(count)
    if seats is None:
        seats = np.tile(np.arange(width) * len(policies) // width, (count, 1))
    made = SimulationConfig(mission=simulation, num_episodes=count, seed=seed, **config)
    gold = 10 * i[:, None] + np.arange(width)
    episodes = Episodes(
        spec=spec(width),
        world=i,
        seed=np.array([made.episode_seed(k) for k in i.tolist()], dtype=np.uint64),
        length=np.full(count, 10, dtype=np.int32),
        truncated=np.zeros(count, dtype=np.bool_),
        returns=returns,
        statistics=np.stack([i, np.full(count, 2)], axis=1).astype(np.float32),
        seat_statistics=np.stack([gold, np.zeros_like(gold)], axis=2).astype(np.float32),
    )
    timeouts = np.zeros((count, width), dtype=np.int32)
    timeouts[:, 0] = i
    return Simulation(
        config=made,
        episodes=episodes,
        numbers=i.astype(np.int64),
        map_seeds=episodes.seed + np.uint64(1),
        policies=tuple(policies),
        seats=seats.astype(np.int32),
        timeouts=timeouts,
        seconds=1.0,
    )
