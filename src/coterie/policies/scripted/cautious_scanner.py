"""Cautious_scanner: the reference's bot that scans before it mines, and turns back early."""

from coterie.games.batch import Spec
from coterie.policies.team import Label, TeamPolicy


class CautiousScanner(TeamPolicy):
    """A Prospector pilot without memory; too slow to live."""

    def label(self, spec: Spec) -> Label:
        return "cautious_scanner", {}
