"""Policies whose actions a native team decides: they play with it, and a batch can ask it for labels."""

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np

from coterie.config import ConfigError
from coterie.games.batch import Spec
from coterie.games.bots import Bots
from coterie.policies.policy import Actor, Policy

Label = tuple[str, Mapping[str, int | bool]]  # the native team's name, and its options


class TeamActor(Actor):
    """Its memory is its teams, one for each world."""

    def __init__(self, spec: Spec, label: Label) -> None:
        self.spec = spec
        self.name, self.options = label
        self.begin(np.zeros(0, dtype=np.int64), 0)  # refuses games the team cannot play

    def begin(self, worlds: np.ndarray, seed: int) -> Bots:
        return Bots(self.name, self.spec, worlds, options=self.options, threads=self.threads)

    def act(self, observations: np.ndarray, masks: np.ndarray, state: Bots) -> tuple[np.ndarray, Bots]:
        return state.act(observations), state

    def native_teams(self, state: Bots) -> Bots:
        return state

    def forget(self, state: Bots, ended: np.ndarray) -> Bots:
        state.forget(ended)
        return state


class TeamPolicy(Policy):
    """A policy that says which native team it is."""

    @abstractmethod
    def label(self, spec: Spec) -> Label:
        """Name and options of the native team."""

    def build(self, spec: Spec) -> Actor:
        return TeamActor(spec, self.label(spec))


def label_of(policy: Policy, spec: Spec) -> Label:
    """The native team that labels what `policy` would do; a ConfigError if it is not decided by one."""
    if not isinstance(policy, TeamPolicy):
        raise ConfigError(
            f"{type(policy).__name__.lower()} cannot label a batch: its actions are not a native team's, "
            "as those of role and reflex are"
        )
    return policy.label(spec)
