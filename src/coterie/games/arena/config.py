"""ArenaConfig: rooms of buildings, what things cost, what is rewarded, and whether one can fight."""

from typing import Self

from pydantic import Field, model_validator

from coterie.config import ConfigError, choose
from coterie.games.arena import january
from coterie.games.arena.rewards import SPARSE, ItemReward
from coterie.games.grid.effects import Attack, ResourceFilter, ResourceTransfer, RoomFilter
from coterie.games.grid.grid import GridConfig, GridGame
from coterie.games.grid.maps import Map, MapGen
from coterie.games.grid.rules import Actions, Assault, Cost, Group, Handler, Inventory, Object, Stock
from coterie.games.grid.scenes import Random

# What an attack costs where there is no combat: more than anybody can carry.
OUT_OF_REACH = 100

# What one can carry off; hearts are bound to whoever made them.
LOOT = tuple(item for item in january.RESOURCES if item != "heart")


class ArenaConfig(GridGame):
    """Rooms of buildings on one map; agents turn ore into batteries, and those into hearts or arms."""

    num_agents: int = Field(24, ge=1, le=1024)
    max_steps: int = Field(10_000, ge=1, le=10_000_000)
    instances: int = Field(4, ge=1, le=64, description="rooms, in a grid as square as can be")
    side: int = Field(25, ge=8, le=200, description="cells along one side of a room")
    border: int = Field(6, ge=0, le=32, description="cells of wall around the map")
    walls: int = Field(10, ge=0, le=10_000, description="single walls in each room")
    buildings: dict[str, int] = Field(
        {"assembler": 5, "mine_red": 10, "generator_red": 5, "lasery": 1, "armory": 1},
        description="how many of each building stand in each room",
    )
    heart_batteries: int = Field(3, ge=0, le=50, description="red batteries that a heart costs")
    limit: int = Field(50, ge=1, le=99, description="how much of each resource but hearts one can carry")
    initial: Stock = Field({}, description="what everybody starts with")
    stocked: Stock = Field({}, description="units of its product that each such building holds at the start")
    combat: bool = False
    attack_lasers: int = Field(
        1, ge=1, le=OUT_OF_REACH, description="price of an attack, where there is combat"
    )
    freeze_ticks: int = Field(10, ge=1, le=1000, description="turns that a hit agent loses")
    rewards: dict[str, ItemReward] = SPARSE
    map_seed: int | None = Field(None, ge=0, description="the same map in every episode")

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        items = dict.fromkeys(january.RESOURCES)
        for where, names in (("initial", self.initial), ("rewards", self.rewards)):
            for name in names:
                self._check(where, "resource", name, items)
        for where, names in (("buildings", self.buildings), ("stocked", self.stocked)):
            for name in names:
                self._check(where, "building", name, self.kinds())
        return self

    @staticmethod
    def _check(where: str, kind: str, name: str, table: dict) -> None:
        try:
            choose(kind, name, table)
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from None

    def kinds(self) -> dict[str, Object]:
        """Every building an arena can have, by name."""
        kinds = {"assembler": january.altar(self.heart_batteries)}
        kinds |= {f"mine_{colour}": january.mine(colour) for colour in january.COLOURS}
        kinds |= {f"generator_{colour}": january.generator(colour) for colour in january.COLOURS}
        return {**kinds, "lasery": january.lasery(), "armory": january.armory()}

    def objects(self) -> dict[str, Object]:
        """The wall and the buildings; those that are stocked give from their stock first."""
        objects = {"wall": Object(symbol="#"), **self.kinds()}
        for name, units in self.stocked.items():
            objects[name] = _stocked(objects[name], units) if units else objects[name]
        return objects

    def map(self) -> Map:
        seats = -(-self.num_agents // self.instances)
        room = Random(objects={"wall": self.walls, **self.buildings}, agents=seats)
        return MapGen(
            instance=room,
            width=self.side,
            height=self.side,
            instances=self.instances,
            border_width=self.border,
            instance_border_width=0,
        )

    def actions(self) -> Actions:
        price = {"laser": self.attack_lasers if self.combat else OUT_OF_REACH}
        hit = Attack(defence={"armor": 1}, freeze_ticks=self.freeze_ticks, loot=LOOT)
        return Actions(attack=Assault(vibes=("armed",), cost=Cost(consumed=price), effect=hit))

    def rules(self) -> GridConfig:
        agents = Group(
            count=self.num_agents,
            inventory=january.carried(self.limit, initial=self.initial),
            rewards={item: reward.rule(item) for item, reward in self.rewards.items()},
        )
        return GridConfig(
            map=self.map(),
            resources=january.RESOURCES,
            vibes=("default", "armed"),
            objects=self.objects(),
            groups={"agent": agents},
            actions=self.actions(),
            observation=january.OBSERVATION,
            max_steps=self.max_steps,
            map_seed=self.map_seed,
        )


def _stocked(building: Object, units: int) -> Object:
    """The building with units of its product lying ready; taking one needs neither price nor cooldown."""
    (product,) = building.recipes[0].outputs
    take = Handler(
        filters=(
            ResourceFilter(who="target", at_least={product: 1}),
            RoomFilter(who="actor", room_for={product: 1}),
        ),
        mutations=(ResourceTransfer(source="target", to="actor", amounts={product: 1}),),
    )
    return building.replace(inventory=Inventory(initial={product: units}), on_use={"take": take})
