"""Aggregates over missions and episodes that outliers do not rule (Agarwal and others 2021)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from coterie.stats.intervals import CHUNK, Interval, checked, widened_tail

RESAMPLES = 10_000

# Strata are what differs by design, such as missions: T arrays of one number an episode, [n_1] … [n_T]. A
# resample draws within each, so that none comes more or less often by luck. One array alone is one stratum.
Strata = Sequence[ArrayLike] | np.ndarray


def strata_of(values: Strata) -> list[np.ndarray]:
    """T float64 arrays, each with at least one finite number; ValueError otherwise."""
    if not len(values):
        raise ValueError("an aggregate needs at least one stratum of values")
    if np.ndim(values[0]) == 0:
        return [checked(np.asarray(values))]
    return [checked(stratum) for stratum in values]


def trimmed_mean(rows: np.ndarray) -> np.ndarray:
    """The mean of the middle half of each row, [B, N] → [B]; N // 4 numbers are cut at each end."""
    cut = rows.shape[1] // 4
    if not cut:
        return rows.mean(axis=1)
    middle = np.partition(rows, (cut, rows.shape[1] - cut - 1), axis=1)
    return middle[:, cut : rows.shape[1] - cut].mean(axis=1)


def interquartile_mean(
    values: Strata, confidence: float = 0.95, *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """The mean of the middle half of all episodes, with its stratified bootstrap interval.

    `values` are strata, in units that can be compared with each other (divide each mission's returns by what
    is good in it). Percentiles are widened as in `paired_difference`; ±inf where a stratum has one value
    only. Source: Agarwal et al. 2021, "Deep RL at the Edge of the Statistical Precipice" (arXiv 2108.13264).
    """
    strata = strata_of(values)
    resampled = resampled_rows(strata, resamples, np.random.default_rng(seed))
    return bootstrapped(
        float(trimmed_mean(np.concatenate(strata)[None])[0]),
        lambda: np.concatenate([trimmed_mean(rows) for rows in resampled]),
        [len(stratum) for stratum in strata],
        confidence,
    )


def probability_of_improvement(
    values: Strata,
    reference: Strata,
    confidence: float = 0.95,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """The chance that an episode of `values` beats one of `reference`, a tie being half, mean over strata.

    Mann and Whitney's U / (n m) in each stratum, which needs no pairs: both sides are resampled on their own
    (Agarwal et al. 2021, §4.3). ValueError unless both have the same number of strata.
    """
    ours, theirs = strata_of(values), strata_of(reference)
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} strata cannot be compared with {len(theirs)}")
    rng = np.random.default_rng(seed)
    wins = [(x[:, None] > y) + 0.5 * (x[:, None] == y) for x, y in zip(ours, theirs, strict=True)]

    def drawn() -> np.ndarray:
        total = np.zeros(resamples)
        for won in wins:
            n, m = won.shape
            first = rng.multinomial(n, np.full(n, 1 / n), resamples) / n
            second = rng.multinomial(m, np.full(m, 1 / m), resamples) / m
            total += ((first @ won) * second).sum(axis=1)
        return total / len(wins)

    counts = [min(won.shape) for won in wins]
    return bootstrapped(float(np.mean([won.mean() for won in wins])), drawn, counts, confidence)


def resampled_rows(
    strata: Sequence[np.ndarray], resamples: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Blocks of rows [b, N], `resamples` rows in all; each draws every stratum anew, with replacement."""
    total = sum(map(len, strata))
    block = max(1, CHUNK // total)
    for done in range(0, resamples, block):
        rows = min(block, resamples - done)
        yield np.concatenate(
            [stratum[rng.integers(0, len(stratum), (rows, len(stratum)))] for stratum in strata], axis=1
        )


def bootstrapped(
    estimate: float, drawn: Callable[[], np.ndarray], counts: Sequence[int], confidence: float
) -> Interval:
    """The interval of an estimate by what resamples gave, strata of `counts` values drawn side by side."""
    if min(counts) < 2:
        return Interval(estimate, -inf, inf, sum(counts), confidence)
    size, freedom = round(sum(counts) / len(counts)), sum(counts) - len(counts)
    tail = widened_tail(size, confidence, freedom=freedom)
    low, high = np.quantile(drawn(), [tail, 1 - tail])
    return Interval(estimate, float(low), float(high), sum(counts), confidence)


def wilson(successes: float, count: int, confidence: float = 0.95) -> Interval:
    """The score interval of a chance (Wilson 1927): `successes` of `count` >= 1, halves for ties allowed."""
    if count < 1 or not 0 <= successes <= count:
        raise ValueError(f"{successes} successes of {count} are not a share")
    low, high = wilson_bounds(np.array([successes / count]), count, confidence)
    return Interval(successes / count, float(low[0]), float(high[0]), count, confidence)


def wilson_bounds(shares: np.ndarray, count: int, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's bounds of `shares` [K], each of `count` episodes."""
    square = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    middle = (shares + square / (2 * count)) / (1 + square / count)
    half = np.sqrt(square * (shares * (1 - shares) / count + square / (4 * count**2))) / (1 + square / count)
    return np.where(shares == 0, 0.0, middle - half), np.where(shares == 1, 1.0, middle + half)


def win_rate(values: ArrayLike, reference: ArrayLike | float, confidence: float = 0.95) -> Interval:
    """The share of episodes [n] in which `values` beats `reference`, the same map's or one number.

    A tie is half a win. Wilson's interval; ValueError where the lengths differ.
    """
    ours = checked(values)
    theirs = np.full(len(ours), reference) if np.ndim(reference) == 0 else checked(reference)
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} episodes cannot be paired with {len(theirs)}")
    won = float((ours > theirs).sum() + 0.5 * (ours == theirs).sum())
    return wilson(won, len(ours), confidence)


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares of episodes above each of K thresholds, float64 [K], and where the true shares lie."""

    thresholds: np.ndarray
    shares: np.ndarray
    low: np.ndarray
    high: np.ndarray
    count: int
    confidence: float = 0.95

    def data(self) -> list[dict[str, float]]:
        """As plain data, for JSON: one row a threshold."""
        names = ("threshold", "share", "low", "high")
        columns = (self.thresholds, self.shares, self.low, self.high)
        return [dict(zip(names, map(float, row), strict=True)) for row in zip(*columns, strict=True)]


def performance_profile(values: Strata, thresholds: ArrayLike, confidence: float = 0.95) -> Profile:
    """The share of all episodes above each threshold [K] (Agarwal et al. 2021, §4.2), with its bounds.

    Every stratum's share has Wilson's bounds; those of the whole follow from them as Zou & Donner 2008
    combine (`MOVER`): with one stratum they are Wilson's own, and a share of 0 or 1 keeps a width.
    """
    strata, at = strata_of(values), checked(thresholds)
    total = sum(map(len, strata))
    share, below, above = np.zeros(len(at)), np.zeros(len(at)), np.zeros(len(at))
    for stratum in strata:
        part = 1 - np.searchsorted(np.sort(stratum), at, side="right") / len(stratum)
        low, high = wilson_bounds(part, len(stratum), confidence)
        weight = len(stratum) / total
        share += weight * part
        below += (weight * (part - low)) ** 2
        above += (weight * (high - part)) ** 2
    low, high = np.clip(share - np.sqrt(below), 0, 1), np.clip(share + np.sqrt(above), 0, 1)
    return Profile(at, share, low, high, total, confidence)
