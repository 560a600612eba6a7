"""grid: gridworlds whose rules are data, the rule language of most games; its own missions show all of it."""

from collections.abc import Callable

from coterie.games.grid.garden import GardenConfig, garden, garden_box, garden_tiles

__all__ = ["GardenConfig", "missions"]

missions: dict[str, Callable[[], GardenConfig]] = {
    f"grid.{make.__name__}": make for make in (garden, garden_box, garden_tiles)
}
