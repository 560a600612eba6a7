"""arena: mines, generators and altars in four rooms; two dozen agents make hearts, and may fight for loot."""

from collections.abc import Callable

from coterie.games.arena.config import OUT_OF_REACH, ArenaConfig
from coterie.games.arena.rewards import SHAPED, ItemReward
from coterie.games.arena.variants import variants

__all__ = ["CURRICULUM", "ArenaConfig", "ItemReward", "missions", "variants"]

VARIED = ("ore_red", "battery_red", "laser", "armor")

# The ranges a curriculum draws tasks from: setting → values.
CURRICULUM: dict[str, tuple[float, ...]] = {
    **{f"rewards.{item}.weight": (0.0, 0.1, 0.5, 0.9, 1.0) for item in VARIED},
    **{f"rewards.{item}.cap": (1.0, 2.0) for item in VARIED},
    "attack_lasers": (1, OUT_OF_REACH),
    **{f"stocked.{b}": (0, 1) for b in ("assembler", "mine_red", "generator_red", "lasery", "armory")},
    "initial.ore_red": (0, 1, 3),
    "initial.battery_red": (0, 3),
}


def basic() -> ArenaConfig:
    """Hearts are rewarded; nobody can afford an attack."""
    return ArenaConfig()


def combat() -> ArenaConfig:
    """Hearts are rewarded; an attack costs one laser."""
    return ArenaConfig(combat=True)


def basic_easy_shaped() -> ArenaConfig:
    """What leads to hearts is rewarded too; nobody can afford an attack."""
    return ArenaConfig(rewards=SHAPED)


def combat_easy_shaped() -> ArenaConfig:
    """What leads to hearts is rewarded too; an attack costs one laser."""
    return ArenaConfig(rewards=SHAPED, combat=True)


missions: dict[str, Callable[[], ArenaConfig]] = {
    f"arena.{make.__name__}": make for make in (basic, combat, basic_easy_shaped, combat_easy_shaped)
}
