"""Foreign: an environment of Gymnasium, PettingZoo or PufferLib as a game that a Batch plays."""

import functools
from typing import Any, ClassVar

from pydantic import Field

from coterie.envs.copies import Copies, Wish
from coterie.games import catalog
from coterie.games.batch import GameConfig


class Foreign(GameConfig):
    """What `package.module:factory?key=value&…` names; the factory is called once for each copy."""

    game: ClassVar[str] = "foreign"
    can_be_saved: ClassVar[bool] = False

    factory: str = Field(description="package.module:function or :Class, which makes one environment")
    arguments: dict[str, Any] = Field({}, description="what the factory is called with, by name")
    max_steps: int = Field(0, ge=0, description="cut episodes there, 0 = where the environment does")
    statistics: tuple[str, ...] = Field(
        (), description="numbers to keep of an episode's last info, dots lead into dicts"
    )

    @property
    def mission(self) -> str:
        """As a person writes it."""
        query = "&".join(f"{key}={value}" for key, value in self.arguments.items())
        return f"{self.factory}?{query}" if query else self.factory

    def engine(self, **options: Any) -> Copies:
        make = functools.partial(catalog.factory(self.factory), **self.arguments)
        return Copies(Wish(self.mission, make, self.max_steps, self.statistics), **options)

    def describe(self) -> list[tuple[str, list[str]]]:
        return [("Environment", [f"{self.mission}, of another library: slower, its rules are its own"])]
