"""The contract of a policy: a frozen config that builds an actor, which acts for whole batches."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from coterie.config import Config
from coterie.games.batch import Spec
from coterie.games.bots import Bots

State = Any  # what an actor remembers between steps: its own business, held by the roster


@dataclass(frozen=True, slots=True)
class Insight:
    """What an actor thought when it acted: `probabilities` float32 [R, sum of K sizes], `values` [R]."""

    probabilities: np.ndarray
    values: np.ndarray


class Actor(ABC):
    """Acts for R rows of a batch at once. K action heads.

    `threads` is how many it may use; whoever seats it sets that before `begin`. Where `is_asked`, it leaves
    in `insight` what it thought when it acted last, if it has probabilities at all.
    """

    threads: int = 1
    is_asked: bool = False
    insight: Insight | None = None

    def begin(self, worlds: np.ndarray, seed: int) -> State:
        """The memory before the first step, for rows of these `worlds` (int [R], the world of each row).

        The same seed, worlds and observations give the same actions.
        """
        return None

    @abstractmethod
    def act(self, observations: np.ndarray, masks: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """Actions int32 [R, K] for `observations` [R, ...], and the new memory.

        `masks` is bool [R, sum of K sizes], true where allowed; in a game without masks [R, 0].
        """

    def native_teams(self, state: State) -> Bots | None:
        """What decides all it does, where that is a native team a world; a batch can then ask it directly."""
        return None

    def forget(self, state: State, ended: np.ndarray) -> State:
        """The memory after the episodes of the rows where `ended` (bool [R]) is true are over."""
        return state


class Policy(Config, ABC):
    """What a person names with `-p`. Its class is its file's stem, capitalised: `random.py`, `Random`."""

    @abstractmethod
    def build(self, spec: Spec) -> Actor:
        """An actor for games of this spec; a ConfigError if it cannot play them."""
