"""wait: the first action decides what the last step pays, so credit must travel the whole episode."""

from typing import ClassVar

from pydantic import Field

from coterie.games.batch import GameConfig


class WaitConfig(GameConfig):
    """One seat chooses one of `doors` doors at once; the lucky one pays after `delay` more steps."""

    game: ClassVar[str] = "wait"

    doors: int = Field(4, ge=2, le=64, description="how many doors there are")
    delay: int = Field(
        32, ge=1, le=100_000, description="steps between the choice and what the lucky door pays"
    )
    bait: float = Field(0.25, ge=0, lt=1, description="what the bait door pays at once; the lucky one pays 1")


missions = {"wait.basic": WaitConfig, "wait.long": lambda: WaitConfig(delay=128)}
