"""Analysis: scorecards of policies in simulations, and which differences are beyond chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from coterie.config import ConfigError, nearest
from coterie.evaluation.samples import Sample, Selection, read
from coterie.evaluation.store import Store
from coterie.stats.aggregate import Profile, interquartile_mean, performance_profile, wilson, win_rate
from coterie.stats.intervals import Interval, mean_interval, paired_difference
from coterie.stats.power import episodes_to_tell, verdict

THRESHOLDS = 61  # of a performance profile
MANY = 10_000  # maps, of which a mean is so near to normal that its bootstrap interval is Student's
DRAWS = 20_000_000  # of a bootstrap in all: fewer resamples of many maps


@dataclass(frozen=True, slots=True)
class Cell:
    """One policy in one simulation: its mean over maps, and its wins over others in the same episodes."""

    interval: Interval
    wins: Interval | None = None

    def text(self) -> str:
        """`3.21 ± 0.45`, and `, won 60 %` where others played."""
        won = f", won {self.wins.mean:.0%}".replace("%", " %") if self.wins else ""
        return self.interval.text() + won

    def data(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {**self.interval.data(), **({"win_rate": self.wins.data()} if self.wins else {})}


@dataclass(frozen=True, slots=True)
class Pair:
    """One policy against another on the maps both played; `simulation` is None for all of them together."""

    policy: str
    other: str
    simulation: str | None
    interval: Interval | None
    wins: Interval | None
    sentence: str

    def data(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        values = {"difference": self.interval, "win_rate": self.wins}
        return {
            "policy": self.policy,
            "other": self.other,
            "simulation": self.simulation,
            **{name: value.data() if value else None for name, value in values.items()},
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Policies × simulations of one metric, the best policy first.

    `overall` and `suites` are means over simulations, of those policies alone that played all of them, out of
    `counted`: those that at least two policies played, if there are such.
    `aggregates` (interquartile means) and `profiles` are over all their maps: in the metric's own unit for
    one simulation; for several in a scale where each one's weakest policy has the mean 0 and its strongest 1.
    """

    metric: str
    policies: list[str]
    simulations: list[str]
    counted: list[str]
    cells: dict[tuple[str, str], Cell]
    suites: dict[tuple[str, str], Interval]
    overall: dict[str, Interval]
    aggregates: dict[str, Interval]
    profiles: dict[str, Profile]
    pairs: list[Pair]
    samples: list[Sample]

    @property
    def suite_names(self) -> list[str]:
        """Suites in order, none where there is but one."""
        names = list(dict.fromkeys(sample.suite for sample in self.samples))
        return sorted(names) if len(names) > 1 else []

    @property
    def is_scaled(self) -> bool:
        """Whether aggregates and profiles are in the common scale."""
        return len(self.counted) > 1

    def columns(self) -> list[str]:
        """Titles of a table: policy, simulations, suites, overall."""
        many = ["overall"] if self.is_scaled else []
        return ["policy", *self.simulations, *(f"suite {name}" for name in self.suite_names), *many]

    def rows(self) -> list[list[str]]:
        """Texts of a table; a dash where a policy did not play."""
        found = []
        for policy in self.policies:
            cells = [self.cells.get((policy, name)) for name in self.simulations]
            means = [self.suites.get((policy, name)) for name in self.suite_names]
            means += [self.overall.get(policy)] if self.is_scaled else []
            found.append([policy, *(one.text() if one else "–" for one in [*cells, *means])])
        return found

    def data(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "metric": self.metric,
            "simulations": self.simulations,
            "counted": self.counted,
            "policies": {
                policy: {
                    "simulations": {s: c.data() for (p, s), c in self.cells.items() if p == policy},
                    "suites": {s: i.data() for (p, s), i in self.suites.items() if p == policy},
                    **{
                        title: table[policy].data() if policy in table else None
                        for title, table in (
                            ("overall", self.overall),
                            ("interquartile_mean", self.aggregates),
                            ("profile", self.profiles),
                        )
                    },
                }
                for policy in self.policies
            },
            "comparisons": [pair.data() for pair in self.pairs],
        }


def analyze(store: Store, selection: Selection, *, reference: str | None = None) -> list[Scorecard]:
    """One scorecard for each metric; `reference` is a policy the others are compared with, else the best."""
    cards = [scorecard(metric, read(store, selection, metric), reference) for metric in selection.metrics]
    if not any(card.samples for card in cards):
        raise ConfigError(
            f"nobody recorded {', '.join(selection.metrics)} for these policies in these simulations"
        )
    return [card for card in cards if card.samples]


def scorecard(metric: str, samples: Sequence[Sample], reference: str | None = None) -> Scorecard:
    """All numbers of one metric; a ConfigError if `reference` names nobody."""
    of = {(one.policy, one.simulation): one for one in samples}
    simulations = sorted({one.simulation for one in samples})
    cells = {key: cell(one) for key, one in of.items()}
    names = {one.policy for one in samples}
    counted = [s for s in simulations if sum((name, s) in cells for name in names) > 1] or simulations
    overall = {
        name: combined([cells[name, s].interval for s in counted])
        for name in names
        if all((name, s) in cells for s in counted)
    }
    suites: dict[str, list[str]] = {}
    for one in samples:
        if one.simulation in counted and one.simulation not in suites.setdefault(one.suite, []):
            suites[one.suite].append(one.simulation)
    ordered = sorted(names, key=lambda name: rank(name, cells, overall))
    if samples and reference is not None and reference not in names:
        raise ConfigError(f"no policy '{reference}' to compare with; {nearest(reference, ordered)}")
    scaled = common_scale(of, counted, list(overall))
    return Scorecard(
        metric=metric,
        policies=ordered,
        simulations=simulations,
        counted=counted,
        cells=cells,
        suites={
            (name, suite): combined([cells[name, s].interval for s in among])
            for name in names
            for suite, among in suites.items()
            if all((name, s) in cells for s in among)
        },
        overall=overall,
        aggregates={name: middle(strata) for name, strata in scaled.items()},
        profiles=profiles(scaled),
        pairs=pairs(metric, of, simulations, against(ordered, of, reference)),
        samples=list(samples),
    )


def cell(sample: Sample) -> Cell:
    """The mean of a sample's maps, and its win rate if anybody played against it."""
    contested = sample.wins[~np.isnan(sample.wins)]
    wins = wilson(float(contested.sum()), len(contested)) if len(contested) else None
    return Cell(mean_interval(sample.values), wins)


def rank(
    name: str, cells: dict[tuple[str, str], Cell], overall: dict[str, Interval]
) -> tuple[bool, float, str]:
    """By overall mean; who did not play all comes after those who did, by the mean of what it played."""
    own = [one.interval.mean for (policy, _), one in cells.items() if policy == name]
    mean = overall[name].mean if name in overall else float(np.mean(own))
    return name not in overall, -mean, name


def combined(intervals: Sequence[Interval]) -> Interval:
    """The mean of independent means, each of the same weight (bounds: Zou & Donner 2008)."""
    k = len(intervals)
    mean = sum(one.mean for one in intervals) / k
    below = sqrt(sum((one.mean - one.low) ** 2 for one in intervals)) / k
    above = sqrt(sum((one.high - one.mean) ** 2 for one in intervals)) / k
    return Interval(mean, mean - below, mean + above, sum(one.count for one in intervals))


def common_scale(
    of: dict[tuple[str, str], Sample], simulations: Sequence[str], policies: Sequence[str]
) -> dict[str, list[np.ndarray]]:
    """Policy → its numbers [n] of each simulation, brought to one scale where there are several.

    0 is the mean of the weakest of `policies` there, 1 of the strongest. Empty where one policy alone would
    have to make a scale of several simulations.
    """
    if len(simulations) == 1:
        return {name: [of[name, simulations[0]].values] for name in policies}
    if len(policies) < 2:
        return {}
    scaled: dict[str, list[np.ndarray]] = {name: [] for name in policies}
    for simulation in simulations:
        means = [float(of[name, simulation].values.mean()) for name in policies]
        low, width = min(means), (max(means) - min(means)) or 1.0
        for name in policies:
            scaled[name].append((of[name, simulation].values - low) / width)
    return scaled


def middle(strata: list[np.ndarray]) -> Interval:
    """The interquartile mean, its bootstrap cut short where there are very many maps."""
    return interquartile_mean(strata, resamples=int(np.clip(DRAWS // sum(map(len, strata)), 400, 10_000)))


def profiles(scaled: dict[str, list[np.ndarray]]) -> dict[str, Profile]:
    """Each policy's share of maps above thresholds from the 1st to the 99th percentile of all."""
    if not scaled:
        return {}
    everything = np.concatenate([values for strata in scaled.values() for values in strata])
    low, high = np.quantile(everything, [0.01, 0.99])
    thresholds = np.linspace(low, high if high > low else low + 1, THRESHOLDS)
    return {name: performance_profile(strata, thresholds) for name, strata in scaled.items()}


# -- comparisons in pairs


def against(
    ordered: Sequence[str], of: dict[tuple[str, str], Sample], reference: str | None
) -> list[tuple[str, str]]:
    """Who is compared with whom: the others with the reference, or else the best with each of the others.

    Without a reference those who played on their own are compared with each other, and those who played in
    the same episodes.
    """
    if reference is not None:
        return [(name, reference) for name in ordered if name != reference]
    together = {policy: sample.together for (policy, _), sample in of.items()}
    groups: dict[str, list[str]] = {}
    for name in ordered:
        groups.setdefault(together[name], []).append(name)
    return [(group[0], name) for group in groups.values() for name in group[1:]]


def pairs(
    metric: str,
    of: dict[tuple[str, str], Sample],
    simulations: Sequence[str],
    who: Sequence[tuple[str, str]],
) -> list[Pair]:
    """For each two policies their comparison in every simulation both played, then over all of these."""
    found = []
    for a, b in who:
        shared = {s: paired(of[a, s], of[b, s]) for s in simulations if (a, s) in of and (b, s) in of}
        shared = {s: values for s, values in shared.items() if len(values[0])}
        if not shared:
            sentence = f"{a} and {b} played no map that both did: nothing to compare in pairs"
            found.append(Pair(a, b, None, None, None, sentence))
            continue
        single = [compared(metric, a, b, simulation, values) for simulation, values in shared.items()]
        found += single
        if len(single) > 1:
            found.append(together(metric, (a, b), single, list(shared.values())))
    return found


def paired(one: Sample, other: Sample) -> tuple[np.ndarray, np.ndarray]:
    """The values of both on the maps they share, float64 [n] each."""
    kind = [("seed", np.uint64), ("map_seed", np.uint64)]
    keys = [np.ascontiguousarray(sample.seeds).view(kind)[:, 0] for sample in (one, other)]
    _, mine, theirs = np.intersect1d(*keys, assume_unique=True, return_indices=True)
    return one.values[mine], other.values[theirs]


def compared(metric: str, a: str, b: str, simulation: str, values: tuple[np.ndarray, np.ndarray]) -> Pair:
    many = len(values[0]) > MANY
    difference = mean_interval(values[0] - values[1]) if many else paired_difference(*values)
    wins = win_rate(*values)
    count = difference.count
    more = episodes_to_tell(values[0] - values[1]) if count > 1 else None
    if difference.low == difference.high == 0:
        return Pair(
            a, b, simulation, difference, wins, f"{simulation}: {said(metric, a, b, difference, more)}"
        )
    ahead, share = (a, wins.mean) if wins.mean >= 0.5 else (b, 1 - wins.mean)
    tail = f"{count} map{'s' * (count > 1)}, {ahead} ahead on {share:.0%}".replace("%", " %")
    sentence = f"{simulation}: {said(metric, a, b, difference, more)} ({tail})"
    return Pair(a, b, simulation, difference, wins, sentence)


def together(
    metric: str, who: tuple[str, str], single: Sequence[Pair], values: Sequence[tuple[np.ndarray, np.ndarray]]
) -> Pair:
    """Over several simulations, each of the same weight."""
    a, b = who
    difference = combined([pair.interval for pair in single if pair.interval])
    # The scatter within simulations around the common mean: what more maps of each would narrow.
    around = np.concatenate([x - y - (x - y).mean() for x, y in values]) + difference.mean
    sentence = said(metric, a, b, difference, episodes_to_tell(around))
    return Pair(a, b, None, difference, None, f"over all {len(single)} simulations: {sentence}")


def said(metric: str, a: str, b: str, difference: Interval, more: int | None) -> str:
    """`verdict`, where more is better; of any other metric only that there is more of it."""
    sentence = verdict(a, b, difference, more)
    if sentence.startswith("not separable"):
        return f"{a} and {b} are {sentence}"
    if metric == "return":
        return sentence
    sentence = sentence.replace(" is better than ", f" has more {metric} than ", 1)
    return sentence.replace(" did equally well ", f" had as much {metric} ", 1)
