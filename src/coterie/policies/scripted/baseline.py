"""Baseline: CoGsGuard without a leader; a Cog recharges, else delivers, else assembles, else gathers."""

from coterie.games.batch import Spec
from coterie.policies.scripted.role import Role
from coterie.policies.team import Label


class Baseline(Role):
    """Cogs counted here keep to their roles; the others do whatever comes first."""

    def label(self, spec: Spec) -> Label:
        return "baseline", self.counts()
