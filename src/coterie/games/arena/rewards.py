"""What an arena pays for: each item held has a weight, and the sum it can bring has a cap."""

from pydantic import Field

from coterie.config import Config
from coterie.games.grid.effects import amount
from coterie.games.grid.rules import Reward


class ItemReward(Config):
    """Reward for holding an item: weight × amount, at most the cap; losing the item takes it back."""

    weight: float = Field(1.0, ge=-100, le=100)
    cap: float | None = Field(None, ge=0, description="none = no cap")

    def rule(self, item: str) -> Reward:
        return Reward(numerators=(amount(item),), weight=self.weight, maximum=self.cap)


SPARSE = {"heart": ItemReward()}
SHAPED = {
    "heart": ItemReward(weight=1.0, cap=100.0),
    "ore_red": ItemReward(weight=0.1, cap=1.0),
    "battery_red": ItemReward(weight=0.8, cap=1.0),
    "laser": ItemReward(weight=0.5, cap=1.0),
    "armor": ItemReward(weight=0.5, cap=1.0),
    "blueprint": ItemReward(weight=0.5, cap=1.0),
}
