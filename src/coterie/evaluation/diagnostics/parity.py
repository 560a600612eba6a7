"""Parity: two policies side by side, by what they do, and by what one would do in the other's place."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from coterie.evaluation.diagnostics.watching import Stage
from coterie.games.batch import Batch
from coterie.play.loop import has_ended, steps
from coterie.play.roster import seat
from coterie.policies.policy import Policy
from coterie.policies.scripted.role_machine.sight import LAST_ACTION, look, plan_of
from coterie.policies.uri import parse


@dataclass(frozen=True, slots=True)
class Doing:
    """What the Cogs of one policy did: executed actions by name, and how their moves went."""

    policy_uri: str
    actions: Counter[str]
    move_success: int
    move_fail: int

    @property
    def move_attempts(self) -> int:
        return self.move_success + self.move_fail

    def data(self, top: int) -> dict[str, Any]:
        """As plain data, with its most frequent actions."""
        return {
            "policy_uri": self.policy_uri,
            "total_actions": self.actions.total(),
            "move_attempts": self.move_attempts,
            "move_success": self.move_success,
            "move_fail": self.move_fail,
            "move_success_rate": self.move_success / max(1, self.move_attempts),
            "top_actions": dict(self.actions.most_common(top)),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """Actions that differ although both saw the same: how many of how many, and the first one."""

    differing: int
    asked: int
    first: str = ""


@dataclass(frozen=True, slots=True)
class Parity:
    """Two policies, each in its own rollout from the same seed, and both on the observations of the first."""

    a: Doing
    b: Doing
    difference: Difference

    def deltas(self, top: int) -> dict[str, int]:
        """The largest differences A - B in executed actions, by name where they are as large."""
        every = {
            name: self.a.actions[name] - self.b.actions[name] for name in self.a.actions | self.b.actions
        }
        ranked = sorted((name for name in every if every[name]), key=lambda name: (-abs(every[name]), name))
        return {name: every[name] for name in ranked[:top]}

    def data(self, top_actions: int, top_deltas: int) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {
            "a": self.a.data(top_actions),
            "b": self.b.data(top_actions),
            "top_action_deltas": self.deltas(top_deltas),
            "differing_actions": self.difference.differing,
            "asked_actions": self.difference.asked,
            "first_difference": self.difference.first,
        }

    def lines(self, top_actions: int, top_deltas: int) -> list[str]:
        """As it is printed."""
        said = ["CoGsGuard parity summary"]
        for title, doing in (("Policy A", self.a), ("Policy B", self.b)):
            said += [title, *doing_lines(doing.data(top_actions))]
        deltas = [f"{name}:{delta:+d}" for name, delta in self.deltas(top_deltas).items()]
        said.append(f"- top_action_deltas (A-B): {', '.join(deltas) or '-'}")
        found = self.difference
        said += ["Same observations", f"- {found.differing} differing actions of {found.asked}"]
        return said + ([f"- first: {found.first}"] if found.first else [])


def doing_lines(data: dict[str, Any]) -> list[str]:
    moves = " ".join(f"{name}: {data[name]}" for name in ("move_attempts", "move_success", "move_fail"))
    top = ", ".join(f"{name}:{count}" for name, count in data["top_actions"].items())
    return [
        f"- policy_uri: {data['policy_uri']}",
        f"- total_actions: {data['total_actions']}",
        f"- {moves} move_success_rate: {data['move_success_rate']:.3f}",
        f"- top_actions: {top or '-'}",
    ]


class Second:
    """A policy that is asked what it would do where another plays."""

    def __init__(self, batch: Batch, policy: Policy, seed: int) -> None:
        self.names = batch.spec.action_names[0]
        self.actor = policy.build(batch.spec)
        self.state = self.actor.begin(np.repeat(np.arange(batch.worlds), batch.spec.seats), seed)
        self.differing = self.asked = 0
        self.first = ""

    def ask(self, step: int, batch: Batch, observations: np.ndarray, masks: np.ndarray) -> None:
        """Compare what it would have done with what was done in the step the batch has just taken."""
        own, self.state = self.actor.act(observations, masks, self.state)
        self.state = self.actor.forget(self.state, batch.terminals | batch.truncations)
        differs = (own != batch.actions).any(axis=1)
        self.differing += int(differs.sum())
        self.asked += batch.rows
        if differs.any() and not self.first:
            row = int(differs.argmax())
            done, wanted = (self.names[int(action[row, 0])] for action in (batch.actions, own))
            self.first = f"step {step}, agent {row}: A {done}, B {wanted}"

    def difference(self) -> Difference:
        return Difference(self.differing, self.asked, self.first)


def watch(stage: Stage, policy_uri: str, count: int, second: str | None = None) -> tuple[Doing, Difference]:
    """What a policy does in so many steps, and how often a second one would do otherwise."""
    policy = parse(policy_uri)
    other = parse(second) if second is not None else None
    batch = Batch(stage.config(), seed=stage.seed)
    plan, names = plan_of(batch.spec), batch.spec.action_names[0]
    roster = seat(batch, [(policy_uri, policy)])
    roster.begin(batch, stage.seed)
    asked = Second(batch, other, stage.seed) if other is not None else None
    actions: Counter[str] = Counter()
    moves = np.zeros(2)
    observations, masks = batch.observations.copy(), batch.masks.copy()
    for taken in steps(batch, roster):
        if asked is not None:
            asked.ask(taken, batch, observations, masks)
        is_over = has_ended(batch)
        shown = batch.final_observations if is_over else batch.observations
        actions.update(names[seen.self[LAST_ACTION]] for seen in look(plan, shown))
        if is_over:
            moves += moves_of(batch.episodes().seat_statistics[0], batch)
        if taken == count:
            break
        observations[:], masks[:] = batch.observations, batch.masks
    if not is_over:
        _, seats = batch.statistics(0)
        moves += moves_of(np.array([list(own.values()) for own in seats]), batch)
    doing = Doing(policy_uri, actions, move_success=int(moves[0]), move_fail=int(moves[1]))
    return doing, asked.difference() if asked is not None else Difference(0, 0)


def moves_of(statistics: np.ndarray, batch: Batch) -> np.ndarray:
    """Moves of all seats that succeeded and that failed, from `statistics` [S, M]."""
    order = batch.spec.seat_statistics
    columns = [order.index(f"action.move.{end}") for end in ("success", "failed")]
    return statistics[:, columns].sum(axis=0)


def parity(stage: Stage, policy_a: str, policy_b: str, *, steps: int) -> Parity:
    """Watch both for so many steps each, over the ends of episodes."""
    a, difference = watch(stage, policy_a, steps, second=policy_b)
    b, _ = watch(stage, policy_b, steps)
    return Parity(a, b, difference)
