"""navigation: four agents, each alone in its own copy of a world, look for altars."""

from collections.abc import Callable
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from coterie.config import ConfigError, choose
from coterie.games.arena import january
from coterie.games.arena.rewards import ItemReward
from coterie.games.grid.grid import GridConfig, GridGame
from coterie.games.grid.maps import Map
from coterie.games.grid.rules import Actions, Group, Object, Recipe
from coterie.games.navigation.worlds import LANDS, SCENES, SUITE, Things, land_map, suite_map

__all__ = ["LANDS", "SCENES", "SUITE", "NavigationConfig", "missions", "variants"]

Errand = Literal["altars", "sequence", "object_use"]

# What stands in a training world besides altars.
SITES: dict[Errand, Things] = {
    "altars": {},
    "sequence": {"mine_red": 6, "generator_red": 4},
    "object_use": {
        "mine_red": 6,
        "generator_red": 4,
        "lasery": 2,
        "armory": 2,
        "lab": 2,
        "factory": 2,
        "temple": 2,
    },
}


class NavigationConfig(GridGame):
    """One agent in each copy of a world; an altar gives it a heart, then rests for a long time."""

    world: str = Field("corridors", description="a drawing in maps/, or a scene")
    errand: Errand = Field("altars", description="what a heart takes: finding an altar, or making it")
    altars: tuple[int, int] = Field(
        (3, 50), description="fewest and most altars in each copy of a training world"
    )
    instances: int = Field(4, ge=1, le=64, description="copies of the world, one agent in each")
    border: int = Field(6, ge=1, le=32, description="cells of wall around and between the copies")
    max_steps: int = Field(1000, ge=1, le=10_000_000)
    cooldown: int = Field(255, ge=0, le=65535, description="steps before an altar gives its next heart")
    heart_reward: float = Field(1.0, ge=0, le=100)
    map_seed: int | None = Field(None, ge=0, description="the same map in every episode")

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        try:
            choose("world", self.world, dict.fromkeys((*SUITE, *LANDS)))
        except ConfigError as error:
            raise ConfigError(f"world: {error}") from None
        if not 1 <= self.altars[0] <= self.altars[1] <= 500:
            raise ConfigError(f"altars: {self.altars} is not (fewest, most) within 1 to 500")
        if self.errand != "altars" and self.world not in LANDS:
            raise ConfigError(f"errand: {self.errand} needs a training world, one of {', '.join(LANDS)}")
        return self

    @property
    def num_agents(self) -> int:
        return self.instances

    def altar(self) -> Object:
        price = 0 if self.errand == "altars" else 1 if self.errand == "sequence" else 3
        return january.altar(price, self.cooldown)

    def objects(self) -> dict[str, Object]:
        """All there can be in any navigation, so that a policy meets the same tags in every mission."""
        plan = Recipe(inputs={"ore_red": 1, "battery_red": 1}, outputs={"blueprint": 1}, cooldown=10)
        outfit = Recipe(inputs={"blueprint": 1}, outputs={"armor": 1, "laser": 1}, cooldown=10)
        return {
            "wall": Object(symbol=january.SYMBOLS["wall"]),
            "landmark": Object(symbol=january.SYMBOLS["landmark"]),
            "assembler": self.altar(),
            "mine_red": january.mine("red"),
            "generator_red": january.generator("red"),
            "lasery": january.lasery(),
            "armory": january.armory(),
            "lab": january.building("lab", plan),
            "factory": january.building("factory", outfit),
            "temple": january.building("temple", Recipe(outputs={"heart": 1}, cooldown=30)),
        }

    def map(self) -> Map:
        if self.world in SUITE:
            return suite_map(self.world, self.instances, self.border)
        low, high = self.altars
        counts = sorted({low + (high - low) * i // 7 for i in range(8)})
        choices = tuple({"assembler": n, **SITES[self.errand]} for n in counts)
        return land_map(self.world, choices, self.instances, self.border)

    def rules(self) -> GridConfig:
        agents = Group(
            count=self.instances,
            inventory=january.carried(50),
            rewards={"heart": ItemReward(weight=self.heart_reward).rule("heart")},
        )
        return GridConfig(
            map=self.map(),
            resources=january.RESOURCES,
            objects=self.objects(),
            groups={"agent": agents},
            actions=Actions(change_vibe=False),
            observation=january.OBSERVATION,
            max_steps=self.max_steps,
            map_seed=self.map_seed,
        )


def steps(config: NavigationConfig, max_steps: int = 1000) -> NavigationConfig:
    """Episodes of another length."""
    return config.replace(max_steps=max_steps)


def alone(config: NavigationConfig) -> NavigationConfig:
    """One copy of the world with one agent."""
    return config.replace(instances=1)


def third(config: NavigationConfig) -> NavigationConfig:
    """A heart is worth a third, as in the evaluations of 2025."""
    return config.replace(heart_reward=0.333)


def altars(config: NavigationConfig, number: int = 10) -> NavigationConfig:
    """Exactly so many altars in each copy of a training world."""
    if config.world not in LANDS:
        raise ConfigError(f"variant altars: '{config.world}' has its own; training worlds can be filled")
    return config.replace(altars=(number, number))


variants: dict[str, Callable[..., NavigationConfig]] = {f.__name__: f for f in (steps, alone, third, altars)}


def mission(about: str, **settings: Any) -> Callable[[], NavigationConfig]:
    """A mission by its settings, and what lists of missions say of it."""

    def make() -> NavigationConfig:
        return NavigationConfig(**settings)

    make.__doc__ = about
    return make


TRAINING = {name: mission(about, world=name) for name, (_, _, about) in LANDS.items()}
TRAINING["train_sparse_world"] = mission(
    LANDS["train_sparse_world"][2], world="train_sparse_world", altars=(1, 10)
)

missions: dict[str, Callable[[], NavigationConfig]] = {
    **{f"navigation.{w}": mission(about, world=w, max_steps=n) for w, (n, about) in SUITE.items()},
    **{f"navigation.{name}": make for name, make in TRAINING.items()},
    "navigation.sequence": mission(
        "A heart has to be made: from mine to generator to altar.",
        world="train_sparse",
        errand="sequence",
        altars=(3, 3),
        cooldown=15,
    ),
    "navigation.object_use": mission(
        "Every building of the arena and more; temples give a heart for nothing.",
        world="train_sparse",
        errand="object_use",
        altars=(3, 3),
        cooldown=10,
    ),
}
