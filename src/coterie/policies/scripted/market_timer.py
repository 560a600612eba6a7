"""Market_timer: the reference's bot that mines one commodity and sells it when its price is up."""

from pydantic import Field

from coterie.games.batch import Spec
from coterie.policies.team import Label, TeamPolicy


class MarketTimer(TeamPolicy):
    """A Prospector pilot without memory; its ship breaks while it waits for the market."""

    target: int = Field(3, ge=0, le=5, description="the commodity's number, 3 = pge")

    def label(self, spec: Spec) -> Label:
        return "market_timer", {"target": self.target}
