"""Pickup: a candidate joins teams of a pool with more and fewer seats, and what it adds is measured."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Any

import numpy as np

from coterie.config import ConfigError
from coterie.evaluation.simulation import Named, Simulation, SimulationConfig, simulate
from coterie.play.limits import Limits
from coterie.policies.uri import parse
from coterie.replays.environment import Wanted
from coterie.stats.intervals import Interval, mean_interval
from coterie.stats.power import episodes_to_tell, verdict
from coterie.stats.replacement import Replacement, value_over_replacement

Keep = Callable[[Simulation], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`candidate` seats of the candidate; the others have those of `pool`, (policy, its seats) each."""

    candidate: int
    pool: tuple[tuple[str, int], ...]

    @property
    def name(self) -> str:
        return f"c{self.candidate}_p{sum(count for _, count in self.pool)}"

    @property
    def mix(self) -> str:
        """`wombo 2, random 1`, a dash where the candidate has all seats."""
        return ", ".join(f"{name} {count}" for name, count in self.pool) or "–"


@dataclass(frozen=True, slots=True)
class Pickup:
    """What came of all scenarios, in the order they were played."""

    candidate: str
    config: SimulationConfig
    scenarios: tuple[Scenario, ...]
    simulations: tuple[Simulation, ...]
    replacement: Replacement

    @property
    def is_complete(self) -> bool:
        """Whether every episode was played."""
        return all(one.is_complete for one in self.simulations)

    def score(self, scenario: Scenario) -> Interval:
        return self.replacement.scores[scenario.candidate]

    def verdict(self) -> str | None:
        """Whether the candidate is better than those it replaces, None without a replacement baseline."""
        overall = self.replacement.overall
        if overall is None:
            return None
        differences = per_map(self.scenarios, self.simulations)
        more = episodes_to_tell(differences) if len(differences) > 1 else None
        return verdict(self.candidate, "its replacement", overall, more)

    def data(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "candidate": self.candidate,
            "mission": self.config.title,
            "episodes": self.config.num_episodes,
            "is_complete": self.is_complete,
            "stopped": [one.stopped for one in self.simulations if one.stopped],
            "scenarios": [
                {
                    "scenario": one.name,
                    "candidate_seats": one.candidate,
                    "pool": dict(one.pool),
                    "score": self.score(one).data(),
                    "seat_scores": seat_scores(played),
                }
                for one, played in zip(self.scenarios, self.simulations, strict=True)
            ],
            "replacement": self.replacement.data(),
            "verdict": self.verdict(),
        }


def scenarios(seats: int, pool: Sequence[str], counts: Sequence[int] | None = None) -> tuple[Scenario, ...]:
    """A scenario for each number of the candidate's seats, all from `seats` to 0 unless `counts` are given.

    The seats that are left go round the pool, the first first. A ConfigError for a number that cannot be
    seated.
    """
    if not pool:
        raise ConfigError("nobody to be replaced: name those of the pool with --pool POLICY")
    wrong = [n for n in counts or () if not 0 <= n <= seats]
    if wrong:
        raise ConfigError(f"the candidate cannot have {wrong[0]} of {seats} seats; give 0 to {seats}")
    numbers = range(seats, -1, -1) if counts is None else sorted(set(counts), reverse=True)
    found = []
    for n in numbers:
        others = list(islice(cycle(pool), seats - n))
        found.append(Scenario(n, tuple((name, others.count(name)) for name in dict.fromkeys(others))))
    return tuple(found)


def pickup(
    candidate: str,
    planned: Sequence[Scenario],
    config: SimulationConfig,
    *,
    threads: int = 1,
    limits: Limits | None = None,
    keep: Keep | None = None,
    replays: Wanted | None = None,
) -> Pickup:
    """Play every scenario on the same maps, seats dealt anew in each episode, and take the value of it."""
    simulations = tuple(
        simulate(
            config,
            [player for player, _ in seated(candidate, one)],
            proportions=[count for _, count in seated(candidate, one)],
            shuffle=True,
            threads=threads,
            limits=limits,
            keep=keep,
            replays=replays and replace(replays, name=one.name),
        )
        for one in planned
    )
    scores = {one.candidate: own_scores(one, s) for one, s in zip(planned, simulations, strict=True)}
    seeds = {one.candidate: s.map_seeds for one, s in zip(planned, simulations, strict=True)}
    return Pickup(candidate, config, tuple(planned), simulations, value_over_replacement(scores, seeds))


def seated(candidate: str, scenario: Scenario) -> list[tuple[Named, int]]:
    """Everybody with a seat: the candidate first, if it has any, under a name that nobody of the pool has."""
    name = f"{candidate} (candidate)" if candidate in dict(scenario.pool) else candidate
    own = [((name, parse(candidate)), scenario.candidate)] if scenario.candidate else []
    return [*own, *(((text, parse(text)), count) for text, count in scenario.pool)]


def own_scores(scenario: Scenario, simulation: Simulation) -> np.ndarray:
    """The mean reward of the candidate's seats in each episode [E]; of all seats where it has none."""
    returns = simulation.episodes.returns.astype(np.float64)
    own = (simulation.seats == 0) | (scenario.candidate == 0)
    return (returns * own).sum(axis=1) / own.sum(axis=1)


def seat_scores(simulation: Simulation) -> dict[str, dict[str, float | int | None]]:
    """Policy → the mean reward of its seats."""
    return {name: mean_interval(simulation.measured("return", name)).data() for name in simulation.policies}


def per_map(planned: Sequence[Scenario], simulations: Sequence[Simulation]) -> np.ndarray:
    """Overall value of each episode [E] that all scenarios played: what an interval of it scatters by."""
    numbers = np.sort(simulations[0].numbers)
    for one in simulations[1:]:
        numbers = np.intersect1d(numbers, one.numbers)
    weighed, replaced = np.zeros(len(numbers)), np.zeros(len(numbers))
    for one, played in aligned(planned, simulations, numbers):
        if one.candidate:
            weighed += one.candidate * played
        else:
            replaced = played
    return weighed / sum(one.candidate for one in planned) - replaced


def aligned(
    planned: Sequence[Scenario], simulations: Sequence[Simulation], numbers: np.ndarray
) -> Iterator[tuple[Scenario, np.ndarray]]:
    """Each scenario with its scores in the episodes `numbers`."""
    for one, simulation in zip(planned, simulations, strict=True):
        order = np.argsort(simulation.numbers)
        at = order[np.searchsorted(simulation.numbers, numbers, sorter=order)]
        yield one, own_scores(one, simulation)[at]
