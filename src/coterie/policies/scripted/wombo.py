"""Wombo: a CoGsGuard team of generalists, who take the roles that lack Cogs and push together."""

from coterie.games.batch import Spec
from coterie.policies.scripted.role import Role
from coterie.policies.team import Label


class Wombo(Role):
    """Cogs counted here keep their roles; the others scout, push until two junctions are held, then split."""

    def label(self, spec: Spec) -> Label:
        return "wombo", self.counts()
