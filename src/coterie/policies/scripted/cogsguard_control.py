"""Cogsguard_control: a CoGsGuard team whose leader changes roles by phases and deals out junctions."""

from coterie.games.batch import Spec
from coterie.policies.scripted.role import Role
from coterie.policies.team import Label


class CogsguardControl(Role):
    """Cogs counted here keep their roles; the leader has the others."""

    def label(self, spec: Spec) -> Label:
        return "cogsguard_control", self.counts()
