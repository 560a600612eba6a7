"""Power: how many more episodes would tell two policies apart, and the sentence that says so."""

from math import inf
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from coterie.stats.intervals import Interval, checked, t_quantile

MOST = 1_000_000  # beyond so many episodes the difference is as good as none
EXACT_FREEDOM = 200  # above, Student's t by its expansion, within 1e-7 of the exact one


def episodes_to_tell(differences: ArrayLike, confidence: float = 0.95, power: float = 0.8) -> int:
    """How many more pairs of episodes, with chance `power`, would show that the true difference is not 0.

    `differences` [n] of two policies on the same n >= 2 maps; their mean and scatter are taken for the true
    ones, so few of them make a rough guess. 0 where these n are enough already, at most `MOST`. ValueError
    where there are fewer than two. The n of Student's paired test: n >= ((t_confidence + t_power) s / mean)^2
    (Cohen 1988, §2.4), both quantiles with n - 1 degrees of freedom.
    """
    sample = checked(differences)
    if len(sample) < 2:
        raise ValueError("the scatter of differences needs at least two of them")
    if not (0 < confidence < 1 and 0 < power < 1):
        raise ValueError(f"confidence and power lie between 0 and 1, got {confidence} and {power}")
    mean, deviation = abs(float(sample.mean())), float(sample.std(ddof=1))
    ratio = deviation / mean if mean > 0 else inf
    enough, most = 2, len(sample) + MOST
    if needed(most, ratio, confidence, power) > most:
        return MOST
    while enough < most:  # what is needed falls with n: bisect where n first is enough
        middle = (enough + most) // 2
        if needed(middle, ratio, confidence, power) <= middle:
            most = middle
        else:
            enough = middle + 1
    return max(0, enough - len(sample))


def needed(n: int, ratio: float, confidence: float, power: float) -> float:
    """Pairs that tell, if their test has the n - 1 degrees of freedom of n; `ratio` = deviation / mean."""
    quantiles = student((1 + confidence) / 2, n - 1) + student(power, n - 1)
    return (quantiles * ratio) ** 2


def student(p: float, freedom: int) -> float:
    """Quantile of Student's t, quick for many degrees of freedom (Abramowitz & Stegun 1964, 26.7.5)."""
    if freedom <= EXACT_FREEDOM:
        return t_quantile(p, freedom)
    z = NormalDist().inv_cdf(p)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def verdict(a: str, b: str, interval: Interval, more: int | None) -> str:
    """Who is better, from the interval of a's score minus b's, where more is better.

    "A is better than B by 1.3 ± 0.4"; else "not separable, about 240 more episodes would tell", `more` being
    `episodes_to_tell`, None where that is not known.
    """
    if interval.low == interval.high == 0:
        return f"{a} and {b} did equally well in each of {interval.count} episodes"
    if interval.excludes(0.0):
        better, worse = (a, b) if interval.mean > 0 else (b, a)
        low, high = sorted((abs(interval.low), abs(interval.high)))
        size = Interval(abs(interval.mean), low, high, interval.count, interval.confidence)
        return f"{better} is better than {worse} by {size.text()}"
    if more is None:
        return "not separable by one episode" if interval.count == 1 else "not separable"
    if more >= MOST:
        return f"not separable, not even {MOST:,} more episodes would tell"
    rounded = rounded_up(max(more, 1))
    return f"not separable, about {rounded:,} more episode{'s' * (rounded > 1)} would tell"


def rounded_up(count: int) -> int:
    """To two digits, upward: a guess has no more."""
    unit = 10 ** max(0, int(np.floor(np.log10(count))) - 1)
    return -(-count // unit) * unit
