"""Noop: does nothing, or the nearest there is to nothing."""

import numpy as np

from coterie.games.batch import Spec
from coterie.policies.policy import Actor, Policy


class NoopActor(Actor):
    """Chooses the action named noop, else action 0; where that is masked, the first allowed one."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        names = spec.action_names or ((),) * len(spec.actions)
        self.idle = np.array([head.index("noop") if "noop" in head else 0 for head in names], dtype=np.int32)

    def act(self, observations: np.ndarray, masks: np.ndarray, state: None) -> tuple[np.ndarray, None]:
        actions = np.tile(self.idle, (len(observations), 1))
        if self.spec.has_mask:
            heads = np.split(masks, np.cumsum(self.spec.actions)[:-1], axis=1)
            for k, head in enumerate(heads):
                actions[:, k] = np.where(head[:, self.idle[k]], self.idle[k], head.argmax(axis=1))
        return actions, state


class Noop(Policy):
    """Never acts."""

    def build(self, spec: Spec) -> NoopActor:
        return NoopActor(spec)
