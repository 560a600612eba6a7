"""Cogsguard_v2: a CoGsGuard team whose roles are fixed by a table of the team's size."""

from coterie.games.batch import Spec
from coterie.policies.scripted.role import Role
from coterie.policies.team import Label


class CogsguardV2(Role):
    """Cogs counted here take their roles out of the table; the others get what is left of it."""

    def label(self, spec: Spec) -> Label:
        return "cogsguard_v2", self.counts()
