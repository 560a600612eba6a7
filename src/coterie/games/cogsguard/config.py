"""CogsguardConfig: everything about a CoGsGuard mission that a person may choose."""

from typing import Literal, Self

from pydantic import Field, model_validator

from coterie.config import Config, ConfigError
from coterie.games.cogsguard.rewards import ELEMENTS
from coterie.games.cogsguard.rules import rule_book
from coterie.games.cogsguard.sites import MachinaArena, Site
from coterie.games.grid.grid import GridConfig, GridGame
from coterie.games.grid.rules import Observation

Shaping = Literal[
    "objective", "milestones", "credit", "penalize_vibe_change", "aligner_credit", "hearts_banked"
]


class Weather(Config):
    """Energy income per tick: by day for half of `day_length`, then by night."""

    day_length: int = Field(200, ge=2, description="steps of a day and a night together")
    day_solar: int = Field(3, ge=0, le=255)
    night_solar: int = Field(1, ge=0, le=255)


class Clips(Config):
    """The opponent without bodies: timers that flip junctions near its own."""

    start: int = Field(10, ge=0, description="step at which it takes its first junctions")
    spots: int = Field(1, ge=1, description="how many it takes then")
    scramble_start: int | None = Field(50, ge=0, description="first step that neutralises one; none = never")
    scramble_every: int = Field(100, ge=1)
    scramble_radius: int = Field(25, ge=1)
    align_start: int | None = Field(
        100, ge=0, description="first step that takes a neutral one; none = never"
    )
    align_every: int = Field(100, ge=1)
    align_radius: int = Field(25, ge=1)
    presence_every: int | None = Field(200, ge=1, description="how often it returns if none is left")
    end: int | None = Field(None, ge=0, description="last step of all its timers; none = no end")


class Cog(Config):
    """Limits and costs of an agent."""

    hp: int = Field(50, ge=0)
    hp_limit: int = Field(100, ge=1)
    energy: int = Field(100, ge=0)
    energy_limit: int = Field(20, ge=0)
    move_cost: int = Field(4, ge=0)
    cargo_limit: int = Field(4, ge=0)
    heart_limit: int = Field(10, ge=0)
    hp_decay: int = Field(1, ge=0)
    influence_decay: int = Field(1, ge=0)
    hearts: int = Field(0, ge=0, description="hearts held at the start")


class CogsguardConfig(GridGame):
    """A team of Cogs that gathers, makes hearts and holds junctions against the Clips."""

    site: Site = MachinaArena()
    num_agents: int = Field(8, ge=1, le=64, description="of all teams together")
    teams: int = Field(1, ge=1, le=2)
    max_steps: int = Field(1000, ge=1)
    wealth: int = Field(1, ge=0, le=1000, description="factor of the team's starting stock")
    weather: Weather = Weather()
    clips: Clips | None = Clips()
    cog: Cog = Cog()
    extractor_stock: int = Field(100, ge=1, le=65535)
    heart_cost: int = Field(10, ge=0, le=10000, description="of each element")
    area_radius: int = Field(10, ge=0, le=200)
    single_use_extractors: bool = Field(False, description="an extractor is gone after one use")
    vibes_required: bool = Field(False, description="stations and chest serve who shows their vibe")
    chest_takes_hearts: bool = Field(False, description="the chest banks hearts, gives none")
    shaping: tuple[Shaping, ...] = Field(("objective",), description="what is rewarded")
    observation: Observation = Observation(team_stock=ELEMENTS)
    map_seed: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _seats(self) -> Self:
        if self.num_agents % self.teams:
            raise ConfigError(f"{self.num_agents} agents do not make {self.teams} teams of one size")
        pads = self.site.pads
        if self.num_agents > pads * self.teams:
            raise ConfigError(
                f"{self.num_agents} agents, but {self.site.title} has spawn pads for {pads * self.teams}; "
                "num_agents must not exceed them"
            )
        return self

    def rules(self) -> GridConfig:
        return rule_book(self)
