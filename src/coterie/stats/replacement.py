"""Value over replacement: what a policy adds to a team, seat by seat, over those who would sit there else."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from coterie.stats.intervals import CHUNK, Interval, checked, widened_tail

Drawn = tuple[np.ndarray, np.ndarray]  # means [B, S] and numbers of episodes [B, S] of S scenarios


@dataclass(frozen=True, slots=True)
class Replacement:
    """Scores and values by the candidate's number of seats n, most first; n = 0 is the replacement.

    `baseline` is the mean reward of those who replace the candidate, `values` and `overall` what it has over
    that; without a scenario n = 0 the baseline and overall are None and `values` is empty.
    """

    scores: dict[int, Interval]
    baseline: Interval | None
    values: dict[int, Interval]
    overall: Interval | None

    def data(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "scores": {str(n): one.data() for n, one in self.scores.items()},
            "baseline": self.baseline.data() if self.baseline else None,
            "values": {str(n): one.data() for n, one in self.values.items()},
            "overall": self.overall.data() if self.overall else None,
        }


def value_over_replacement(
    scores: Mapping[int, ArrayLike],
    map_seeds: Mapping[int, ArrayLike],
    confidence: float = 0.95,
    *,
    resamples: int = 10_000,
) -> Replacement:
    """VOR(n) = mean(n) - R, and overall = sum(mean(n) n episodes(n)) / sum(n episodes(n)) - R over n > 0.

    `scores[n]` [E_n] is the mean reward of the candidate's n seats in each episode, for n = 0 that of the
    pool, whose mean is R; `map_seeds[n]` [E_n] the maps. The bootstrap resamples maps, not episodes: a map
    brings all its episodes of all scenarios, so that what maps share falls out of differences. Percentiles
    are widened as in `paired_difference`; with one map nothing is known (±inf). ValueError where scores and
    seeds do not match, or there is no scenario.
    """
    if not scores or set(scores) != set(map_seeds):
        raise ValueError("value over replacement needs scores and map seeds of the same scenarios")
    counts = sorted(scores, reverse=True)
    if counts[-1] < 0:
        raise ValueError(f"{counts[-1]} seats cannot be taken")
    sums, episodes = by_map([checked(scores[n]) for n in counts], [np.asarray(map_seeds[n]) for n in counts])
    seats = np.array(counts, dtype=np.float64)
    observed = estimates(seats, (sums.sum(0) / episodes.sum(0))[None], episodes.sum(0)[None])[0]
    blocks = [estimates(seats, means, drawn) for means, drawn in resampled(sums, episodes, resamples)]
    drawn = np.concatenate(blocks)
    total = episodes.sum(0).astype(int)
    maps = (episodes > 0).sum(0)

    def interval(column: int, count: int, clusters: int) -> Interval:
        mean = float(observed[column])
        if clusters < 2:
            return Interval(mean, -inf, inf, count, confidence)
        tail = widened_tail(clusters, confidence)
        low, high = np.quantile(drawn[:, column], [tail, 1 - tail])
        return Interval(mean, float(low), float(high), count, confidence)

    s = len(counts)
    found = {n: interval(k, int(total[k]), int(maps[k])) for k, n in enumerate(counts)}
    if counts[-1] != 0:
        return Replacement(found, None, {}, None)
    candidates = range(s - 1)
    values = {counts[k]: interval(s + k, int(total[k]), int(min(maps[k], maps[-1]))) for k in candidates}
    overall = interval(2 * s, int(total[:-1].sum()), int(maps.min())) if s > 1 else None
    return Replacement(found, found[0], values, overall)


def by_map(scores: list[np.ndarray], seeds: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Sums of scores and numbers of episodes of each map and scenario, float64 [C, S] both."""
    for values, of in zip(scores, seeds, strict=True):
        if values.shape != of.shape:
            raise ValueError(f"{len(values)} scores have {of.size} map seeds: one each is needed")
    maps = np.unique(np.concatenate(seeds))
    rows = [np.searchsorted(maps, of) for of in seeds]
    sums = [np.bincount(at, values, len(maps)) for at, values in zip(rows, scores, strict=True)]
    return np.stack(sums, 1), np.stack([np.bincount(at, minlength=len(maps)) for at in rows], 1).astype(float)


def resampled(sums: np.ndarray, episodes: np.ndarray, resamples: int) -> list[Drawn]:
    """Means and episodes of `resamples` draws of maps, in blocks.

    Maps that were played in the same scenarios are drawn among themselves, so that every scenario has its
    share of maps in each draw, also where scenarios have maps of their own. A draw that still leaves a
    scenario without an episode is not counted.
    """
    rng = np.random.default_rng(0)
    groups = [np.flatnonzero(row) for row in grouped(episodes > 0)]
    block = max(1, CHUNK // len(sums))
    found = []
    for done in range(0, resamples, block):
        rows = min(block, resamples - done)
        weights = np.zeros((rows, len(sums)))
        for maps in groups:
            weights[:, maps] = rng.multinomial(len(maps), np.full(len(maps), 1 / len(maps)), rows)
        drawn = weights @ episodes
        usable = (drawn > 0).all(axis=1)
        found.append(((weights @ sums)[usable] / drawn[usable], drawn[usable]))
    return found


def grouped(played: np.ndarray) -> np.ndarray:
    """Which maps were played in the same scenarios, bool [C, S] → bool [groups, C].

    A map alone would be in every draw, as if it were known: such join the largest group.
    """
    patterns, group = np.unique(played, axis=0, return_inverse=True)
    sizes = np.bincount(group.reshape(-1), minlength=len(patterns))
    joined = np.where(sizes == 1, sizes.argmax(), np.arange(len(patterns)))[group.reshape(-1)]
    return np.unique(joined)[:, None] == joined


def estimates(seats: np.ndarray, means: np.ndarray, episodes: np.ndarray) -> np.ndarray:
    """Scores, values and the overall value [B, 2 S + 1], n = 0 last if at all; S scenarios of `seats` [S]."""
    weights = episodes * seats
    with np.errstate(invalid="ignore"):  # all seats 0: nothing to sum, and nobody asks
        overall = (means * weights).sum(1) / weights.sum(1) - means[:, -1]
    return np.concatenate([means, means - means[:, -1:], overall[:, None]], axis=1)
