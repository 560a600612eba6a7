"""stagger: constant reward under a clock of changing length, which values only bootstrapping gets right."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from coterie.games.batch import GameConfig


class StaggerConfig(GameConfig):
    """One seat is paid `reward` a step; the clock cuts episodes at lengths from `shortest` to `longest`."""

    game: ClassVar[str] = "stagger"

    shortest: int = Field(8, ge=1, le=100_000, description="steps of the shortest episode")
    longest: int = Field(24, ge=1, le=100_000, description="steps of the longest episode")
    reward: float = Field(0.1, ge=-100, le=100, description="reward of every step")

    @model_validator(mode="after")
    def _lengths_in_order(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError(f"shortest is {self.shortest}, more than longest, {self.longest}")
        return self


missions = {
    "stagger.basic": StaggerConfig,
    "stagger.wide": lambda: StaggerConfig(shortest=1, longest=63),
}
