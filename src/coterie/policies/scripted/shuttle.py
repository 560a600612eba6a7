"""Shuttle: a Prospector pilot that works the fields next to the station, and remembers what each gave."""

from coterie.games.batch import Spec
from coterie.policies.team import Label, TeamPolicy


class Shuttle(TeamPolicy):
    """Many short trips, each as long as another tick costs less than the trip did on the whole."""

    def label(self, spec: Spec) -> Label:
        return "shuttle", {}
