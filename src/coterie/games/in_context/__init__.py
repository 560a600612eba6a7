"""in_context: what the buildings of a room do is dealt anew for every task; find it out, then make hearts."""

import random
from collections.abc import Callable

from pydantic import Field

from coterie.config import choose
from coterie.games.arena import january
from coterie.games.arena.rewards import ItemReward
from coterie.games.grid.grid import GridConfig, GridGame
from coterie.games.grid.maps import Map, MapGen
from coterie.games.grid.rules import Actions, Group, Object, Recipe
from coterie.games.grid.terrain import PerimeterInContext
from coterie.games.in_context.styles import EVALUATIONS, STYLES, Style, Terrain, draw

__all__ = ["EVALUATIONS", "STYLES", "InContextConfig", "Style", "missions", "sample", "variants"]

# What chains are made of, and the buildings that can stand for any link of one or for a sink.
LINKS = tuple(resource for resource in january.RESOURCES if resource != "heart")
BUILDINGS = (
    *(f"generator_{colour}" for colour in january.COLOURS),
    *(f"mine_{colour}" for colour in january.COLOURS),
    "assembler",
    "factory",
    "temple",
    "armory",
    "lab",
    "lasery",
)


class InContextConfig(GridGame):
    """One agent, one room: a chain of buildings leads from nothing to a heart; sinks take what it holds."""

    width: int = Field(8, ge=5, le=120, description="cells of the room from west to east")
    height: int = Field(8, ge=5, le=120, description="cells of the room from north to south")
    chain: int = Field(1, ge=1, le=9, description="resources between nothing and a heart")
    sinks: int = Field(0, ge=0, le=2, description="buildings that take one of every resource of the chain")
    terrain: Terrain = "no-terrain"
    task_seed: int = Field(0, ge=0, description="deals what the buildings mean")
    map_seed: int | None = Field(None, ge=0, description="the same room in every episode")
    border: int = Field(6, ge=1, le=32, description="cells of wall around the room")
    shows_recipes: bool = Field(False, description="a building shows what it takes and gives")

    @property
    def walk(self) -> float:
        """What crossing the room may cost: width + height / 2, as the January recipe computed it."""
        return self.width + self.height / 2

    @property
    def cooldown(self) -> int:
        """Steps before a building of the chain works again."""
        return int(self.walk * self.chain)

    @property
    def max_steps(self) -> int:
        """Time to try every sink and to complete the chain ten times."""
        return int(4 * self.walk * self.sinks + 10 * 4 * self.walk * self.chain)

    @property
    def resources_in_order(self) -> tuple[str, ...]:
        """The chain r1 … rL that this task deals."""
        return self._deal()[0]

    @property
    def buildings_in_order(self) -> tuple[str, ...]:
        """The chain's buildings, from the one that asks for nothing to that of the hearts; then the sinks."""
        return self._deal()[1]

    def _deal(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        deck = random.Random(f"meaning {self.task_seed}")
        links = deck.sample(LINKS, self.chain)
        return tuple(links), tuple(deck.sample(BUILDINGS, self.chain + 1 + self.sinks))

    def recipes(self) -> dict[str, Recipe]:
        """What each building of this task does."""
        links, buildings = self._deal()
        steps = zip((None, *links), (*links, "heart"), strict=True)
        recipes = [
            Recipe(inputs={source: 1} if source else {}, outputs={product: 1}, cooldown=self.cooldown)
            for source, product in steps
        ]
        recipes += [Recipe(inputs=dict.fromkeys(links, 1), cooldown=10)] * self.sinks
        return dict(zip(buildings, recipes, strict=True))

    def objects(self) -> dict[str, Object]:
        """The wall and every building there can be, those that this task does not use as well."""
        recipes = self.recipes()
        buildings = {
            name: january.building(name, recipes[name]) if name in recipes else january.building(name)
            for name in BUILDINGS
        }
        return {"wall": Object(symbol="#"), **buildings}

    def map(self) -> Map:
        room = PerimeterInContext(
            width=(self.width, self.width),
            height=(self.height, self.height),
            objects=self.buildings_in_order,
            terrain=self.terrain,
        )
        return MapGen(instance=room, width=self.width, height=self.height, border_width=self.border)

    def rules(self) -> GridConfig:
        agent = Group(
            count=1,
            inventory=january.carried(1, hearts=15),
            rewards={"heart": ItemReward().rule("heart")},
        )
        return GridConfig(
            map=self.map(),
            resources=january.RESOURCES,
            objects=self.objects(),
            groups={"agent": agent},
            actions=Actions(change_vibe=False),
            observation=january.OBSERVATION.replace(recipes=self.shows_recipes),
            max_steps=self.max_steps,
            map_seed=self.map_seed,
        )


def sample(style: str | Style, seed: int) -> InContextConfig:
    """The task a seed draws from a style or evaluation, by name or given; a curriculum draws many seeds."""
    ranges = choose("style", style, STYLES | EVALUATIONS) if isinstance(style, str) else style
    return InContextConfig(**draw(ranges, seed))


def task(config: InContextConfig, seed: int = 1) -> InContextConfig:
    """The same room with another deal of what the buildings mean."""
    return config.replace(task_seed=seed)


def shown(config: InContextConfig) -> InContextConfig:
    """Buildings show what they take and give, as January's tokens did."""
    return config.replace(shows_recipes=True)


def chain(config: InContextConfig, length: int = 3) -> InContextConfig:
    """A chain of another length."""
    return config.replace(chain=length)


def sinks(config: InContextConfig, number: int = 2) -> InContextConfig:
    """Another number of sinks."""
    return config.replace(sinks=number)


variants: dict[str, Callable[..., InContextConfig]] = {f.__name__: f for f in (task, shown, chain, sinks)}


def mission(name: str) -> Callable[[], InContextConfig]:
    """The task of seed 0 of a style or evaluation."""

    def make() -> InContextConfig:
        return sample(name, 0)

    ranges = (STYLES | EVALUATIONS)[name]
    make.__doc__ = (
        f"A chain of {span(ranges.chains)}, {span(ranges.sinks)} sinks, "
        f"{' or '.join(ranges.sizes)} room, {' or '.join(ranges.terrains)}."
    )
    return make


def span(values: tuple[int, ...]) -> str:
    return str(values[0]) if len(values) == 1 else f"{min(values)} to {max(values)}"


missions: dict[str, Callable[[], InContextConfig]] = {
    f"in_context.{name}": mission(name) for name in (*STYLES, *EVALUATIONS)
}
