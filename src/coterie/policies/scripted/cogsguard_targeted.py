"""Cogsguard_targeted: a CoGsGuard team whose leader sends each Cog to a junction or extractor of its own."""

from coterie.games.batch import Spec
from coterie.policies.scripted.role import Role
from coterie.policies.team import Label


class CogsguardTargeted(Role):
    """Cogs counted here keep their roles; the leader has the others."""

    def label(self, spec: Spec) -> Label:
        return "cogsguard_targeted", self.counts()
