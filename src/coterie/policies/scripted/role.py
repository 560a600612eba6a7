"""Role: a CoGsGuard team that shares one map and has miners, aligners, scramblers and scouts."""

from pydantic import Field

from coterie.games.batch import Spec
from coterie.policies.team import Label, TeamPolicy


class Role(TeamPolicy):
    """The first Cogs get the roles counted here, in this order; for the rest the team chooses by need."""

    scrambler: int = Field(0, ge=0, le=64)
    aligner: int = Field(0, ge=0, le=64)
    miner: int = Field(0, ge=0, le=64)
    scout: int = Field(0, ge=0, le=64)
    gear: int = Field(
        0, ge=0, le=64, description="Cogs for which the team chooses, as it does for all the rest"
    )

    def counts(self) -> dict[str, int]:
        """Cogs that are asked for, by role."""
        return self.model_dump(include={"scrambler", "aligner", "miner", "scout"})

    def label(self, spec: Spec) -> Label:
        return "cogsguard", {**self.counts(), "smart": False, "cycle": -1}
