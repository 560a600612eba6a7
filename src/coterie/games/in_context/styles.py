"""The ranges that in-context tasks are drawn from: for training by style, for evaluation by name."""

import random
from typing import Any, Literal

from pydantic import Field

from coterie.config import Config

Terrain = Literal["no-terrain", "sparse", "balanced", "dense"]
Size = Literal["tiny", "small", "medium", "large", "xlarge"]

# Width and height of a room, each uniform from low to high.
SIZES: dict[str, tuple[int, int]] = {
    "tiny": (5, 10),
    "small": (10, 20),
    "medium": (20, 30),
    "large": (30, 40),
    "xlarge": (40, 50),
}
TERRAINS: tuple[Terrain, ...] = ("no-terrain", "sparse", "balanced", "dense")


class Style(Config):
    """What a task may be: one value of each tuple is drawn, all alike likely."""

    chains: tuple[int, ...] = Field(min_length=1)
    sinks: tuple[int, ...] = Field(min_length=1)
    sizes: tuple[Size, ...] = Field(min_length=1)
    terrains: tuple[Terrain, ...] = Field(("no-terrain",), min_length=1)


def style(longest: range, sinks: int, *sizes: Size, terrains: tuple[Terrain, ...] = ("no-terrain",)) -> Style:
    """A style by its chain lengths, its largest number of sinks, its room sizes and its terrains."""
    return Style(chains=tuple(longest), sinks=tuple(range(sinks + 1)), sizes=sizes, terrains=terrains)


STYLES: dict[str, Style] = {
    "level_0": style(range(1, 2), 1, "tiny"),
    "level_1": style(range(1, 3), 1, "tiny"),
    "level_2": style(range(1, 4), 2, "tiny"),
    "tiny": style(range(1, 5), 2, "tiny"),
    "tiny_small": style(range(1, 5), 1, "tiny", "small"),
    "all_room_sizes": style(range(1, 5), 2, "tiny", "small", "medium"),
    "longer_chains": style(range(1, 7), 2, "tiny", "small", "medium"),
    "terrain_1": style(range(2, 4), 1, "tiny", "small", terrains=TERRAINS),
    "terrain_2": style(range(2, 5), 2, "tiny", "small", terrains=TERRAINS),
    "terrain_3": style(range(2, 6), 2, "tiny", "small", "medium", terrains=TERRAINS),
    "terrain_4": style(range(2, 6), 2, "tiny", "small", "medium", terrains=TERRAINS),
    "full": style(range(2, 7), 2, "tiny", "small", "medium", "large", terrains=TERRAINS),
}


def evaluation(chain: int, sinks: int, size: Size, terrain: Terrain = "no-terrain") -> Style:
    return Style(chains=(chain,), sinks=(sinks,), sizes=(size,), terrains=(terrain,))


# The suite `in_context_ordered_chains`: <chain>c_<sinks>s_<size>_<terrain>.
EVALUATIONS: dict[str, Style] = {
    "2c_2s_medium": evaluation(2, 2, "medium"),
    "2c_2s_medium_balanced": evaluation(2, 2, "medium", "balanced"),
    "3c_1s_medium": evaluation(3, 1, "medium"),
    "3c_2s_medium": evaluation(3, 2, "medium"),
    "4c_1s_medium_terrain_dense": evaluation(4, 1, "medium", "dense"),
    "4c_1s_medium_balanced": evaluation(4, 1, "medium", "balanced"),
    "4c_2s_medium_balanced": evaluation(4, 2, "medium", "balanced"),
    "4c_2s_large_balanced": evaluation(4, 2, "large", "balanced"),
    "5c_1s_medium": evaluation(5, 1, "medium"),
    "5c_1s_medium_balanced": evaluation(5, 1, "medium", "balanced"),
    "5c_2s_medium_balanced": evaluation(5, 2, "medium", "balanced"),
    "5c_2s_large_dense": evaluation(5, 2, "large", "dense"),
}


def draw(style: Style, seed: int) -> dict[str, Any]:
    """Settings of one task: the same seed draws the same task."""
    dice = random.Random(seed)
    low, high = SIZES[dice.choice(style.sizes)]
    return {
        "width": dice.randint(low, high),
        "height": dice.randint(low, high),
        "chain": dice.choice(style.chains),
        "sinks": dice.choice(style.sinks),
        "terrain": dice.choice(style.terrains),
        "task_seed": seed,
    }
