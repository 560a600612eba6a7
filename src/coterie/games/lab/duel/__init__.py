"""duel: two rivals bid for prizes; zero-sum, with hidden intentions and bids that run out."""

from typing import ClassVar

from pydantic import Field

from coterie.games.batch import GameConfig


class DuelConfig(GameConfig):
    """Two seats with `coins` coins each bid at the same moment in each of `rounds` rounds."""

    game: ClassVar[str] = "duel"

    coins: int = Field(6, ge=1, le=64, description="coins each seat has for the whole episode")
    rounds: int = Field(3, ge=1, le=64, description="prizes to bid for, one a step")


missions = {"duel.basic": DuelConfig, "duel.rich": lambda: DuelConfig(coins=12, rounds=5)}
