"""Diagnosis: four axes of how a policy plays, each from 0 to 100, out of what its episodes recorded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from coterie.evaluation.simulation import Simulation
from coterie.stats.intervals import Interval, mean_interval
from coterie.stats.power import episodes_to_tell, verdict

AXES = ("stability", "efficiency", "control", "social_coordination")

# Beyond these a part of a score is 0.
REWARD_VARIANCE = 1.0
TIMEOUT_RATE = 0.05
STUCK_STEPS = 30.0
ACTION_FAILED = 0.2

# A score stays below these where its evidence is weak.
HARDLY, PARTLY = 40.0, 60.0
ENOUGH = 3  # episodes of a mission
STEADY = 10.0  # reruns whose scores differ by no more tell the same

ADVICE = {
    "stability": "compare the best and worst maps of a mission; look for actions that come too late",
    "efficiency": "watch an episode that scored nothing, and where its moves lead",
    "control": "watch where moves are refused and who stands still: walls, crowds, empty energy",
    "social_coordination": "see whether some seats do nothing, and whether it is in its team mates' way",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the episodes of one policy in one mission show; None is what the game does not record.

    `returns` [E] is the mean over seats, `numbers` [E] which episode of the simulation it is. Rates are per
    step of a seat, `stuck_steps` the longest stay in one place, mean over seats and episodes.
    """

    mission: str
    seats: int
    numbers: np.ndarray
    returns: np.ndarray
    reward_variance: float
    non_zero_episode_pct: float
    timeout_rate: float
    mean_move_success: float | None
    mean_action_failed: float | None
    mean_stuck_steps: float | None
    seat_evenness: float | None
    attempts: float | None  # moves a seat tried in an episode

    def data(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "mission": self.mission,
            "seats": self.seats,
            "episodes": len(self.returns),
            "return": mean_interval(self.returns).data(),
            "reward_variance": self.reward_variance,
            "non_zero_episode_pct": self.non_zero_episode_pct,
            "timeout_rate": self.timeout_rate,
            "mean_move_success": self.mean_move_success,
            "mean_action_failed": self.mean_action_failed,
            "mean_stuck_steps": self.mean_stuck_steps,
            "seat_evenness": self.seat_evenness,
        }


@dataclass(frozen=True, slots=True)
class Axis:
    """A score from 0 to 100, None where nothing could be judged, and why it is not higher.

    `parts` are the shares from 0 to 1 whose mean it is; `cap` is what weak evidence holds it below.
    """

    name: str
    score: float | None
    parts: dict[str, float]
    cap: float = 100.0
    reasons: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "axis": self.name,
            "score": self.score,
            "parts": self.parts,
            "cap": self.cap,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that was found of a policy, and of those it is compared with in the same missions.

    `others` has the evidence of each reference by its name. `mixed` has, for the policy and each reference
    that shared the seats with the baseline, the mean return of all seats in each mission where they did.
    `reruns` are the axes on other maps.
    """

    policy: str
    evidence: tuple[Evidence, ...]
    others: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    baseline: str | None = None
    mixed: dict[str, dict[str, float]] = field(default_factory=dict)
    reruns: tuple[tuple[Axis, ...], ...] = ()

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The four, in the order of `AXES`."""
        return self.axes_of(self.policy)

    def with_reruns(self, reruns: Iterable[Sequence[Evidence]]) -> "Diagnosis":
        """The same, and the axes of evidence on other maps, beside the references as they are."""
        return replace(self, reruns=tuple(self.judged(self.policy, one) for one in reruns))

    @property
    def dominant_issue(self) -> str | None:
        return dominant(self.axes)

    def axes_of(self, name: str) -> tuple[Axis, ...]:
        """The axes of the policy or of a reference."""
        return self.judged(name, self.evidence if name == self.policy else self.others[name])

    def judged(self, name: str, evidence: Sequence[Evidence]) -> tuple[Axis, ...]:
        """The axes of evidence of a policy; beside itself the baseline plays as it does alone."""
        alone = {one.mission: float(one.returns.mean()) for one in self.others.get(self.baseline or "", ())}
        mixed = alone if name == self.baseline else self.mixed.get(name, {})
        return (
            stability(evidence),
            efficiency(evidence, self.others),
            control(evidence),
            social_coordination(evidence, alone, mixed),
        )

    def stability(self) -> dict[str, Any]:
        """Whether reruns on other maps tell the same: the dominant issue, and scores within `STEADY`."""
        runs = (self.axes, *self.reruns)
        issues = [dominant(axes) for axes in runs]
        ranges = {}
        for name, scores in zip(AXES, zip(*runs, strict=True), strict=True):
            known = [one.score for one in scores if one.score is not None]
            ranges[name] = [min(known), max(known)] if known else None
        wide = [name for name, bounds in ranges.items() if bounds and bounds[1] - bounds[0] > STEADY]
        is_stable = len(set(issues)) == 1 and not wide
        return {
            "reruns": len(self.reruns),
            "stable": is_stable if self.reruns else None,
            "dominant_issues": issues,
            "ranges": ranges,
            "unsteady_axes": wide,
        }

    def verdicts(self, mission: str) -> dict[str, str]:
        """Reference → the sentence that compares the policy with it in one mission."""
        own = next(one for one in self.evidence if one.mission == mission)
        found = {}
        for name, all_of in self.others.items():
            other = next(one for one in all_of if one.mission == mission)
            found[name] = compared(self.policy, name, own, other)
        return found

    def data(self) -> dict[str, Any]:
        """As plain data, for JSON: the doctor's note."""
        own_mixed = self.mixed.get(self.policy, {})
        return {
            "policy": self.policy,
            "dominant_issue": self.dominant_issue,
            "advice": ADVICE.get(self.dominant_issue or ""),
            "axes": [axis.data() for axis in self.axes],
            "missions": [
                {**one.data(), "verdicts": self.verdicts(one.mission), "mixed": own_mixed.get(one.mission)}
                for one in self.evidence
            ],
            "baseline": self.baseline,
            "references": {
                name: {
                    "axes": [axis.data() for axis in self.axes_of(name)],
                    "missions": [one.data() for one in all_of],
                }
                for name, all_of in self.others.items()
            },
            "interpretation_stability": self.stability(),
        }


def evidence_of(simulation: Simulation) -> Evidence:
    """What a simulation in which one policy has all seats shows."""
    recorded = set(simulation.metric_names())
    steps = np.maximum(simulation.measured("length"), 1.0)
    returns = simulation.measured("return").astype(np.float64)

    def of(name: str) -> np.ndarray | None:
        return simulation.measured(f"seat/{name}") if f"seat/{name}" in recorded else None

    moved, refused = of("action.move.success"), of("action.move.failed")
    failed, stuck = of("action.failed"), of("status.max_steps_without_motion")
    success = attempts = None
    if moved is not None and refused is not None:
        attempts = float((moved + refused).mean())
        success = float(moved.mean()) / attempts if attempts else 0.0
    return Evidence(
        mission=simulation.config.title,
        seats=simulation.episodes.returns.shape[1],
        numbers=simulation.numbers,
        returns=returns,
        reward_variance=scaled_variance(returns),
        non_zero_episode_pct=float((returns != 0).mean()),
        timeout_rate=float((simulation.timeouts.mean(axis=1) / steps).mean()),
        mean_move_success=success,
        mean_action_failed=None if failed is None else float((failed / steps).mean()),
        mean_stuck_steps=None if stuck is None else float(stuck.mean()),
        seat_evenness=evenness(simulation),
        attempts=attempts,
    )


def scaled_variance(returns: np.ndarray) -> float:
    """Variance of returns [E], as it is for returns about 1, over the squared mean for larger ones."""
    if len(returns) < 2:
        return 0.0
    return float(returns.var(ddof=1)) / max(1.0, float(returns.mean()) ** 2)


def evenness(simulation: Simulation) -> float | None:
    """How evenly seats move: 1 if all alike, 0 if one alone does, mean over episodes; None for one seat.

    (sum x)^2 / sum x^2 is the number of seats that move, were they all alike (Jain 1984).
    """
    names = simulation.episodes.spec.seat_statistics
    seats = simulation.episodes.returns.shape[1]
    if seats < 2 or "action.move.success" not in names:
        return None
    moved = simulation.episodes.seat_statistics[:, :, names.index("action.move.success")].astype(np.float64)
    squares = (moved**2).sum(axis=1)
    alike = np.where(squares > 0, moved.sum(axis=1) ** 2 / np.where(squares > 0, squares, 1.0), 0.0)
    return float(np.clip((alike - 1) / (seats - 1), 0.0, 1.0).mean())


def stability(evidence: Sequence[Evidence]) -> Axis:
    """Whether it does as well on one map as on the next, and answers in time."""
    scored = [one for one in evidence if one.non_zero_episode_pct > 0]
    parts = {
        "reward_variance": mean(left(one.reward_variance, REWARD_VARIANCE) for one in scored),
        "timeout_rate": mean(left(one.timeout_rate, TIMEOUT_RATE) for one in evidence),
    }
    caps = [*few(evidence), *unscored(evidence)]
    if any(len(one.returns) < 2 for one in evidence):
        caps.append((HARDLY, "one episode has no variance"))
    return axis("stability", parts, caps)


def efficiency(evidence: Sequence[Evidence], others: Mapping[str, Sequence[Evidence]]) -> Axis:
    """Whether its steps come to something: moves that succeed, episodes that score, as much as others."""
    parts = {
        "move_success": mean(one.mean_move_success for one in evidence),
        "non_zero_episodes": mean(one.non_zero_episode_pct for one in evidence),
        "over_references": mean(share_of_best(one, others) for one in evidence),
    }
    caps = [*few(evidence), *unmoved(evidence)]
    if parts["over_references"] is None:
        caps.append((PARTLY, "no reference scored, so nobody knows how much could be had"))
    return axis("efficiency", parts, caps)


def control(evidence: Sequence[Evidence]) -> Axis:
    """Whether its actions do what they should, and it does not get stuck."""
    parts = {
        "action_failed": mean(left(one.mean_action_failed, ACTION_FAILED) for one in evidence),
        "stuck_steps": mean(left(one.mean_stuck_steps, STUCK_STEPS) for one in evidence),
    }
    return axis("control", parts, [*few(evidence), *unmoved(evidence)])


def social_coordination(
    evidence: Sequence[Evidence], alone: Mapping[str, float], mixed: Mapping[str, float]
) -> Axis:
    """Whether all seats do their share, and a team of others does as well with it in half of their seats."""
    teams = [one for one in evidence if one.seats > 1]
    if not teams:
        return Axis("social_coordination", None, {}, 0.0, ("no mission has more than one seat",))
    parts = {
        "seat_evenness": mean(one.seat_evenness for one in teams),
        "mixed_return": mean(together(one, alone, mixed) for one in teams),
    }
    caps = [*few(teams), *unmoved(teams), *unscored(teams)]
    if parts["mixed_return"] is None:
        caps.append((PARTLY, "it was not seated beside a baseline that scores"))
    return axis("social_coordination", parts, caps)


def axis(name: str, parts: Mapping[str, float | None], caps: Sequence[tuple[float, str]]) -> Axis:
    """The mean of the parts that are known, held below the lowest cap."""
    known = {part: value for part, value in parts.items() if value is not None}
    missing = [part for part, value in parts.items() if value is None]
    if not known:
        return Axis(name, None, {}, 0.0, (f"the missions record no {' and no '.join(missing)}",))
    cap = min((limit for limit, _ in caps), default=100.0)
    score = min(cap, 100 * sum(known.values()) / len(known))
    return Axis(name, score, known, cap, tuple(reason for _, reason in caps))


def few(evidence: Sequence[Evidence]) -> list[tuple[float, str]]:
    """The cap of missions with few episodes."""
    least = min(len(one.returns) for one in evidence)
    said = "1 episode of a mission is" if least == 1 else f"{least} episodes of a mission are"
    return [] if least >= ENOUGH else [(PARTLY, f"{said} few, {ENOUGH} would do")]


def unmoved(evidence: Sequence[Evidence]) -> list[tuple[float, str]]:
    """The cap of who does not move: what it did not try cannot fail."""
    tried = [one.attempts for one in evidence if one.attempts is not None]
    return [(HARDLY, "it never tried to move")] if tried and not any(tried) else []


def unscored(evidence: Sequence[Evidence]) -> list[tuple[float, str]]:
    """The cap of who scores in few missions: where nothing is won, nothing varies and nobody is needed."""
    scored = sum(one.non_zero_episode_pct > 0 for one in evidence)
    if not scored:
        return [(HARDLY, "it never scored")]
    if 2 * scored < len(evidence):
        return [(PARTLY, f"it scored in only {scored} of {len(evidence)} missions")]
    return []


def left(value: float | None, limit: float) -> float | None:
    """1 for nothing of what is bad, 0 for `limit` and more."""
    return None if value is None else 1 - min(1.0, value / limit)


def mean(values: Iterable[float | None]) -> float | None:
    """Of what is known; None if nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def share_of_best(own: Evidence, others: Mapping[str, Sequence[Evidence]]) -> float | None:
    """Its return over the best reference's in this mission, at most 1; None where none scored above 0."""
    means = [
        float(o.returns.mean()) for all_of in others.values() for o in all_of if o.mission == own.mission
    ]
    best = max(means, default=0.0)
    return float(np.clip(own.returns.mean() / best, 0.0, 1.0)) if best > 0 else None


def together(own: Evidence, alone: Mapping[str, float], mixed: Mapping[str, float]) -> float | None:
    """The return of both on one team over the baseline's own, at most 1; None where that scored nothing."""
    apart = alone.get(own.mission, 0.0)
    if own.mission not in mixed or apart <= 0:
        return None
    return float(np.clip(mixed[own.mission] / apart, 0.0, 1.0))


def dominant(axes: Sequence[Axis]) -> str | None:
    """The name of the lowest axis; None if none was judged, or all are full."""
    known = [(one.score, one.name) for one in axes if one.score is not None and one.score < 100]
    return min(known, key=lambda pair: pair[0])[1] if known else None


def difference(own: Evidence, other: Evidence) -> tuple[Interval, int | None]:
    """The paired difference on the episodes both played, and how many more would tell.

    Student's interval, since three episodes are usual here, too few for a bootstrap.
    """
    _, mine, theirs = np.intersect1d(own.numbers, other.numbers, return_indices=True)
    differences = own.returns[mine] - other.returns[theirs]
    more = episodes_to_tell(differences) if len(differences) > 1 else None
    return mean_interval(differences), more


def compared(policy: str, name: str, own: Evidence, other: Evidence) -> str:
    """The sentence that compares two policies in one mission."""
    interval, more = difference(own, other)
    return verdict(policy, name, interval, more)
