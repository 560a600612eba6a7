"""Greedy_miner: the reference's bot that mines the best asteroid it sees, as hard as it can."""

from coterie.games.batch import Spec
from coterie.policies.team import Label, TeamPolicy


class GreedyMiner(TeamPolicy):
    """A Prospector pilot without memory; it does not live long."""

    def label(self, spec: Spec) -> Label:
        return "greedy_miner", {}
