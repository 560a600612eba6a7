"""Intervals: how far from the truth a mean of few measured values may be."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import erf, inf, isfinite, sqrt

import numpy as np
from numpy.typing import ArrayLike

CHUNK = 1 << 20  # resampled values held at once: 8 MB


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and where the true one lies, with chance `confidence`. One value alone has no bounds: ±inf."""

    mean: float
    low: float
    high: float
    count: int
    confidence: float = 0.95

    @property
    def half_width(self) -> float:
        """Half the distance from `low` to `high`."""
        return (self.high - self.low) / 2

    def excludes(self, value: float) -> bool:
        """Whether `value` lies outside, so that a difference from it is beyond chance."""
        return not self.low <= value <= self.high

    def text(self) -> str:
        """`3.21 ± 0.45`, digits as the width of the interval warrants."""
        if not isfinite(self.half_width):
            return f"{self.mean:.3g} ± ?"
        digits = 2 if self.half_width == 0 else int(np.clip(1 - np.floor(np.log10(self.half_width)), 0, 6))
        return f"{self.mean:.{digits}f} ± {self.half_width:.{digits}f}"

    def data(self) -> dict[str, float | int | None]:
        """As plain data for JSON; a bound that is not known is None."""
        bounds = {"mean": self.mean, "low": self.low, "high": self.high, "half_width": self.half_width}
        return {k: v if isfinite(v) else None for k, v in bounds.items()} | {"count": self.count}


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Student's interval of the mean of independent `values` [n], n >= 1. ValueError where there are none."""
    sample = checked(values)
    n, mean = len(sample), float(sample.mean())
    if n == 1:
        return Interval(mean, -inf, inf, 1, confidence)
    half = t_quantile((1 + confidence) / 2, n - 1) * float(sample.std(ddof=1)) / sqrt(n)
    return Interval(mean, mean - half, mean + half, n, confidence)


def paired_difference(
    values: ArrayLike, reference: ArrayLike, confidence: float = 0.95, *, resamples: int = 10_000
) -> Interval:
    """Bootstrap interval of the mean of `values - reference` [n], measured in pairs on the same n maps.

    The percentiles are widened so that small samples are covered as by Student's t (Hesterberg 2015, "What
    Teachers Should Know About the Bootstrap", expanded percentile). Of 3 normal pairs the interval
    still holds the truth in only 75 % instead of 95 %, of 5 in 92 %, of 10 in 94 %. It is the same each time.
    """
    differences = checked(values) - checked(reference)
    n, mean = len(differences), float(differences.mean())
    if n == 1:
        return Interval(mean, -inf, inf, 1, confidence)
    tail = widened_tail(n, confidence)
    rng = np.random.default_rng(0)
    rows = max(1, CHUNK // n)
    means = [
        differences[rng.integers(0, n, (min(rows, resamples - done), n))].mean(axis=1)
        for done in range(0, resamples, rows)
    ]
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail])
    return Interval(mean, float(low), float(high), n, confidence)


def widened_tail(n: int, confidence: float = 0.95, *, freedom: int | None = None) -> float:
    """Which percentile of bootstrap means of n >= 2 values bounds the mean as Student's t would.

    A plain bootstrap bound is too near: by sqrt((n - 1) / n), and by the normal curve instead of t with
    `freedom` degrees, n - 1 unless several samples of n are resampled side by side.
    """
    return normal_cdf(-sqrt(n / (n - 1)) * t_quantile((1 + confidence) / 2, freedom or n - 1))


def checked(values: ArrayLike) -> np.ndarray:
    """`values` as float64 [n]; ValueError unless they are some finite numbers in a row."""
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not len(sample):
        raise ValueError(f"an interval needs at least one value in a row, got the shape {sample.shape}")
    if not np.isfinite(sample).all():
        raise ValueError(f"an interval needs finite values; value {np.isfinite(sample).argmin()} is not")
    return sample


def normal_cdf(z: float) -> float:
    return (1 + erf(z / sqrt(2))) / 2


def t_cdf(t: float, freedom: int) -> float:
    """Chance that Student's t with `freedom` degrees (a whole number >= 1) is at most `t`.

    A finite sum (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4).
    """
    theta = np.arctan(t / sqrt(freedom))
    sine, square = np.sin(theta), np.cos(theta) ** 2
    if freedom % 2:
        k = np.arange(1, (freedom - 1) // 2)
        terms = np.cumprod(np.concatenate([[1.0], square * 2 * k / (2 * k + 1)]))
        inner = sine * np.cos(theta) * terms.sum() if freedom > 1 else 0.0
        within = 2 / np.pi * (theta + inner)
    else:
        k = np.arange(1, freedom // 2)
        within = sine * np.cumprod(np.concatenate([[1.0], square * (2 * k - 1) / (2 * k)])).sum()
    return float((1 + within) / 2)


@cache
def t_quantile(p: float, freedom: int) -> float:
    """The t that Student's t with `freedom` degrees stays below with chance `p`, 0 < p < 1."""
    if not 0 < p < 1 or freedom < 1:
        raise ValueError(f"a quantile needs 0 < p < 1 and freedom >= 1, got {p} and {freedom}")
    return bisected(lambda t: t_cdf(t, freedom) - p)


def bisected(rising: Callable[[float], float]) -> float:
    """Where a rising function is zero, to the last digits of a float."""
    low, high = -1.0, 1.0
    while rising(low) > 0:
        low *= 2
    while rising(high) < 0:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2
