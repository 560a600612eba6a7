"""Power against scipy's noncentral t and by simulation, and the sentences that come of it."""

from math import inf, sqrt

import numpy as np
import pytest
from scipy import stats

from coterie.stats.intervals import Interval, mean_interval, paired_difference
from coterie.stats.power import EXACT_FREEDOM, MOST, episodes_to_tell, rounded_up, student, verdict


def of(mean: float, deviation: float, n: int) -> np.ndarray:
    """n numbers of exactly this mean and deviation."""
    values = np.linspace(-1, 1, n)
    return mean + deviation * values / values.std(ddof=1)


def exact(mean: float, deviation: float, power: float) -> int:
    """The least n whose two-sided paired t test at 5 % has the power, by the noncentral t."""
    n = 2
    while True:
        bound = stats.t.ppf(0.975, n - 1)
        shift = mean / deviation * sqrt(n)
        if stats.nct.sf(bound, n - 1, shift) + stats.nct.cdf(-bound, n - 1, shift) >= power:
            return n
        n += 1


@pytest.mark.parametrize("effect", [0.1, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("power", [0.8, 0.95])
def test_the_number_is_that_of_the_noncentral_t(effect: float, power: float) -> None:
    found = 3 + episodes_to_tell(of(effect, 1.0, 3), power=power)
    assert found == pytest.approx(exact(effect, 1.0, power), abs=1, rel=0.005)


def test_the_textbook_case() -> None:
    # Cohen 1988: half a deviation, 80 % power, 5 % two-sided: 34 pairs
    assert episodes_to_tell(of(0.5, 1.0, 10)) == 34 - 10


def test_so_many_episodes_do_tell() -> None:
    n = 5 + episodes_to_tell(of(1.0, 2.5, 5))
    rng = np.random.default_rng(0)
    told = [mean_interval(rng.normal(1.0, 2.5, n)).excludes(0) for _ in range(2000)]
    assert 0.77 < np.mean(told) < 0.83


def test_what_is_told_needs_no_more_and_what_is_equal_has_no_end() -> None:
    assert episodes_to_tell(of(1.0, 0.5, 40)) == 0
    assert episodes_to_tell([2.0, 2.0]) == 0
    assert episodes_to_tell([1.0, -1.0]) == MOST
    assert episodes_to_tell(of(1e-9, 1.0, 10)) == MOST
    assert episodes_to_tell(of(-0.5, 1.0, 10)) == episodes_to_tell(of(0.5, 1.0, 10))


@pytest.mark.parametrize("p", [0.6, 0.8, 0.975, 0.9995])
@pytest.mark.parametrize("freedom", [1, 7, EXACT_FREEDOM, EXACT_FREEDOM + 1, 5000, 10**6])
def test_quantiles_agree_with_scipy(p: float, freedom: int) -> None:
    assert student(p, freedom) == pytest.approx(stats.t.ppf(p, freedom), abs=1e-7)


@pytest.mark.parametrize(
    ("differences", "settings", "said"),
    [
        ([1.0], {}, "at least two"),
        ([1.0, 2.0], {"power": 1.0}, "between 0 and 1"),
        ([1.0, inf], {}, "finite"),
    ],
)
def test_what_says_nothing_is_refused(
    differences: list[float], settings: dict[str, float], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        episodes_to_tell(differences, **settings)


@pytest.mark.parametrize(
    ("interval", "more", "said"),
    [
        (Interval(1.3, 0.9, 1.7, 50), 0, "A is better than B by 1.30 ± 0.40"),
        (Interval(-1.3, -1.7, -0.9, 50), 0, "B is better than A by 1.30 ± 0.40"),
        (Interval(0.3, -0.9, 1.5, 50), 233, "not separable, about 240 more episodes would tell"),
        (Interval(0.3, -0.9, 1.5, 50), 0, "not separable, about 1 more episode would tell"),
        (Interval(0.0, -0.9, 0.9, 50), MOST, "not separable, not even 1,000,000 more episodes would tell"),
        (Interval(0.3, -inf, inf, 1), None, "not separable by one episode"),
        (Interval(0.0, 0.0, 0.0, 12), MOST, "A and B did equally well in each of 12 episodes"),
    ],
)
def test_the_sentence(interval: Interval, more: int | None, said: str) -> None:
    assert verdict("A", "B", interval, more) == said


def test_the_sentence_of_measured_differences() -> None:
    rng = np.random.default_rng(4)
    maps = rng.normal(0, 10, 40)
    better, worse = maps + rng.normal(2, 1, 40), maps + rng.normal(0, 1, 40)
    told = verdict("A", "B", paired_difference(better, worse), episodes_to_tell(better - worse))
    assert told.startswith("A is better than B by ")
    noise = of(0.1, 1.0, 40)
    told = verdict("A", "B", paired_difference(noise, np.zeros(40)), episodes_to_tell(noise))
    assert told.startswith("not separable, about ")


def test_guesses_have_two_digits() -> None:
    assert [rounded_up(n) for n in (1, 9, 10, 99, 101, 231, 1201)] == [1, 9, 10, 99, 110, 240, 1300]
