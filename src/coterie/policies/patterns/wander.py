"""Wander: goes on as it does while that changes what it sees, and does something else where it does not."""

from dataclasses import dataclass

import numpy as np
from pydantic import Field

from coterie.games.batch import Spec
from coterie.policies.policy import Actor, Policy


@dataclass(slots=True)
class WanderState:
    """What is remembered of R rows: what they did last, what they saw before, and what draws for them."""

    random: np.random.Generator
    starts: np.ndarray  # bool [R]: an episode begins with the next step
    actions: np.ndarray  # int32 [R, K]
    seen: np.ndarray  # [R, ...]


class WanderActor(Actor):
    """Acts for R rows of a batch at once. K action heads."""

    def __init__(self, spec: Spec, patience: int) -> None:
        self.spec = spec
        self.patience = patience
        self.first = np.cumsum((0, *spec.actions[:-1]))  # of each head in a mask

    def begin(self, worlds: np.ndarray, seed: int) -> WanderState:
        rows = len(worlds)
        seen = np.zeros((rows, *self.spec.observation_shape), dtype=self.spec.observation_dtype)
        actions = np.zeros((rows, len(self.spec.actions)), dtype=np.int32)
        return WanderState(np.random.default_rng(seed), np.ones(rows, dtype=bool), actions, seen)

    def act(
        self, observations: np.ndarray, masks: np.ndarray, state: WanderState
    ) -> tuple[np.ndarray, WanderState]:
        rows = len(observations)
        is_same = (observations == state.seen).reshape(rows, -1).all(axis=1)
        is_tired = state.random.random(rows) < 1 / self.patience
        turns = state.starts | is_same | is_tired | ~self.is_allowed(masks, state.actions)
        chosen = np.where(turns[:, None], self.draw(masks, rows, state.random), state.actions)
        return chosen, WanderState(state.random, np.zeros(rows, dtype=bool), chosen, observations.copy())

    def is_allowed(self, masks: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """Which rows may do `actions` [R, K], bool [R]."""
        if not self.spec.has_mask:
            return np.ones(len(actions), dtype=bool)
        return np.asarray(np.take_along_axis(masks, self.first + actions, axis=1).all(axis=1))

    def draw(self, masks: np.ndarray, rows: int, random: np.random.Generator) -> np.ndarray:
        """Actions int32 [R, K], each of those that are allowed with equal chance."""
        if not self.spec.has_mask:
            shape = (rows, len(self.spec.actions))
            return random.integers(0, self.spec.actions, size=shape, dtype=np.int32)
        keys = np.split(np.where(masks, random.random(masks.shape), -1.0), self.first[1:], axis=1)
        return np.stack([head.argmax(axis=1) for head in keys], axis=1).astype(np.int32)

    def forget(self, state: WanderState, ended: np.ndarray) -> WanderState:
        return WanderState(state.random, state.starts | ended, state.actions, state.seen)


class Wander(Policy):
    """Does something else every `patience` steps or so in any case."""

    patience: int = Field(8, ge=1, le=2**31)

    def build(self, spec: Spec) -> WanderActor:
        return WanderActor(spec, self.patience)
