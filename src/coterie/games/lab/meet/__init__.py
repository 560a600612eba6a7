"""meet: two who hardly see each other must come to the same place; they need a convention."""

from typing import ClassVar, Self

from pydantic import Field, model_validator

from coterie.games.batch import GameConfig


class MeetConfig(GameConfig):
    """Two seats walk on a line of `places` places and see each other up to `view` places away."""

    game: ClassVar[str] = "meet"

    places: int = Field(9, ge=2, le=64, description="places on the line")
    view: int = Field(1, ge=0, le=64, description="how many places to each side a seat sees the other")
    length: int = Field(
        8, ge=1, le=100_000, description="steps until the clock ends an episode without a meeting"
    )

    @model_validator(mode="after")
    def _can_always_meet(self) -> Self:
        if self.length < self.places // 2:
            raise ValueError(
                f"length is {self.length}; to meet from everywhere takes {self.places // 2} steps or more"
            )
        return self


missions = {"meet.basic": MeetConfig, "meet.blind": lambda: MeetConfig(view=0, places=15, length=12)}
