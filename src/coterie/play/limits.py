"""Limits: how long a policy may take to act, and who was late."""

import time

import numpy as np
from pydantic import Field

from coterie.config import Config
from coterie.games.batch import Spec
from coterie.games.bots import Bots
from coterie.policies.policy import Actor, State
from coterie.policies.scripted.noop import NoopActor


class Limits(Config):
    """What an action may take before a noop is played instead, in milliseconds.

    One call acts for many worlds at once, and each of them is charged an equal part of the time it took: a
    call for W worlds is late after W times the limit.
    """

    action_timeout_ms: float = Field(250.0, gt=0, description="a later action is not played")
    overage_budget_ms: float | None = Field(
        None, ge=0, description="what a seat may be late in an episode, all in all; then it rests to its end"
    )
    hang_timeout_s: float = Field(60.0, gt=0, description="who has not answered for so long is given up")


class Tally:
    """Who was late how often: int32 [R] for an actor's rows, in its own order.

    `exhausted` has the step of its episode in which a row's budget was used up, -1 before.
    """

    def __init__(self, spec: Spec, worlds: np.ndarray, limits: Limits | None) -> None:
        self.worlds = max(1, len(np.unique(worlds)))
        self.limits = limits
        self.timeouts = np.zeros(len(worlds), dtype=np.int32)
        self.exhausted = np.full(len(worlds), -1, dtype=np.int32)
        self.steps = np.zeros(len(worlds), dtype=np.int32)
        self.excess_ms = np.zeros(len(worlds))
        self.idle = NoopActor(spec)

    @property
    def limit_s(self) -> float:
        """What a whole call may take, in seconds."""
        return np.inf if self.limits is None else self.limits.action_timeout_ms * self.worlds / 1000

    def charge(self, seconds: float) -> None:
        """Every world pays its part of what a call took beyond its limit."""
        if self.limits is None or self.limits.overage_budget_ms is None or seconds <= 0:
            return
        self.excess_ms += seconds * 1000 / self.worlds
        spent = (self.excess_ms > self.limits.overage_budget_ms) & (self.exhausted < 0)
        self.exhausted[spent] = self.steps[spent]

    def noops(self, observations: np.ndarray, masks: np.ndarray) -> np.ndarray:
        """What is played instead, int32 [R, K]."""
        return self.idle.act(observations, masks, None)[0]

    def settled(self, actions: np.ndarray | None, observations: np.ndarray, masks: np.ndarray) -> np.ndarray:
        """The actions [R, K] of a step: noops for all if they came too late (None), and for who is spent."""
        spent = self.exhausted >= 0
        if actions is None:
            self.timeouts[~spent] += 1
            actions = self.noops(observations, masks)
        elif spent.any():
            actions = np.where(spent[:, None], self.noops(observations, masks), actions)
        self.steps += 1
        return actions

    def take(self, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        """Timeouts and exhausted steps of rows whose episode is over, which start the next with nothing."""
        taken = self.timeouts[rows].copy(), self.exhausted[rows].copy()
        self.timeouts[rows] = self.steps[rows] = 0
        self.excess_ms[rows] = 0.0
        self.exhausted[rows] = -1
        return taken


class Timed(Actor):
    """An actor of coterie's own: its call is waited for, and its actions count only if they came in time.

    The first call, in which networks warm up, is free.
    """

    def __init__(self, actor: Actor, spec: Spec, limits: Limits) -> None:
        self.actor, self.spec, self.limits = actor, spec, limits
        self.is_warm = False

    def begin(self, worlds: np.ndarray, seed: int) -> State:
        self.tally = Tally(self.spec, worlds, self.limits)
        self.is_warm = False
        self.actor.threads = self.threads
        return self.actor.begin(worlds, seed)

    def act(self, observations: np.ndarray, masks: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        began = time.perf_counter()
        actions, state = self.actor.act(observations, masks, state)
        late = time.perf_counter() - began - self.tally.limit_s
        is_late, self.is_warm = late > 0 and self.is_warm, True
        if is_late:
            self.tally.charge(late)
        return self.tally.settled(None if is_late else actions, observations, masks), state

    def native_teams(self, state: State) -> Bots | None:
        """They take microseconds: only a machine that stands still would make them late, through no fault."""
        return self.actor.native_teams(state) if self.limits.action_timeout_ms >= 10 else None

    def forget(self, state: State, ended: np.ndarray) -> State:
        return self.actor.forget(state, ended)
