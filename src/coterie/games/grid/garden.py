"""The garden: two families among beds, ponds and nettles, a small game of all the words of the language."""

from typing import Literal

from pydantic import Field

from coterie.games.grid.effects import (
    AddTag,
    AddValue,
    Alignment,
    Attack,
    ClearInventory,
    Count,
    Freeze,
    NearFilter,
    NotFilter,
    OrFilter,
    PeriodicFilter,
    RemoveTag,
    SetVibe,
    TagFilter,
    Value,
    ValueFilter,
    VibeFilter,
    amount,
    give,
    has_room,
    holds,
    other_team,
    same_team,
    stat,
    transfer,
    unaligned,
)
from coterie.games.grid.grid import GridConfig, GridGame
from coterie.games.grid.maps import AsciiMap
from coterie.games.grid.rules import (
    DIRECTIONS,
    Actions,
    Area,
    Assault,
    Cost,
    Event,
    Group,
    Handler,
    Inventory,
    Limit,
    Object,
    Observation,
    Recipe,
    Reward,
    Team,
)

DRAWING = (
    "#######################",
    "#....b.....s.....b....#",
    "#.......n.....n.......#",
    "#.m...b.........b...f.#",
    "#...t.....~~~.....t...#",
    "#M.m..b..~~~~~..b..f.F#",
    "#...t.....~~~.....t...#",
    "#.m...b.........b...f.#",
    "#.......n.....n.......#",
    "#....b..l..o..l..b....#",
    "#######################",
)
SIGNS = {
    "b": "bed",
    "~": "pond",
    "t": "tree",
    "n": "nettle",
    "s": "shed",
    "l": "loom",
    "o": "bell",
    "M": "moss_hut",
    "F": "fern_hut",
    "m": "agent.moss",
    "f": "agent.fern",
}
FAMILIES = ("moss", "fern")
RESOURCES = ("energy", "water", "seed", "flower", "net", "hat", "shade")
VIBES = ("default", "share", "sing", "hunt")

PERSON, BED = "type:agent", "type:bed"
GUARD = NearFilter(tag=PERSON, radius=2, filters=(other_team(),))


class GardenConfig(GridGame):
    """Two families water, sow and pick in one walled garden, and bring the flowers home."""

    persons: int = Field(3, ge=1, le=3, description="of each family")
    max_steps: int = Field(300, ge=1, le=1_000_000)
    view: Literal["tokens", "box", "tiles"] = "tokens"

    def rules(self) -> GridConfig:
        return GridConfig(
            map=AsciiMap(map_data=DRAWING, legend=SIGNS),
            resources=RESOURCES,
            vibes=VIBES,
            objects=objects(),
            groups={family: person(family, self.persons) for family in FAMILIES},
            teams=dict.fromkeys(FAMILIES, Team(inventory=Inventory(default_limit=1000))),
            actions=Actions(
                move=(*DIRECTIONS, "northwest", "northeast", "southwest", "southeast"),
                move_cost=Cost(consumed={"energy": 1}),
                attack=Assault(vibes=("hunt",), cost=Cost(consumed={"net": 1}), effect=throw_a_net()),
            ),
            events=events(),
            observation=Observation(view=self.view, shape="round", team_stock=("flower",)),
            max_steps=self.max_steps,
        )


# -- persons -------------------------------------------------------------------------------------------------


def person(family: str, count: int) -> Group:
    return Group(
        count=count,
        team=family,
        tags=("person",),
        inventory=Inventory(
            initial={"energy": 30},
            limits=(
                Limit(resources=("energy",), base=30, maximum=50, modifiers={"hat": 10}),
                Limit(resources=("seed", "flower"), base=6),
                Limit(resources=("water",), base=3),
            ),
            default_limit=3,
        ),
        on_tick={
            "rest": Handler(mutations=(AddValue(who="actor", resource="energy", value=amount("shade")),)),
            "breathe": Handler(filters=(PeriodicFilter(every=4),), mutations=(give("actor", energy=1),)),
            "pride": Handler(
                filters=(
                    ValueFilter(value=stat("flower.deposited", "team"), at_least=10),
                    PeriodicFilter(every=10, start=10),
                ),
                mutations=(give("actor", energy=2),),
            ),
        },
        on_use={
            "share": Handler(
                filters=(
                    VibeFilter(vibe="share"),
                    same_team(),
                    holds("actor", water=1),
                    has_room("target", water=1),
                ),
                mutations=(transfer("actor", "target", water=1), Count(stat="water.shared")),
            )
        },
        rewards=rewards(),
    )


def rewards() -> dict[str, Reward]:
    """Flowers brought home, shared by the family; what one carries and what is wet count a little."""
    persons = Value(of="tag_count", name="person")
    return {
        "home": Reward(numerators=(stat("flower.deposited", "team"),), denominators=(persons,), weight=2),
        "carried": Reward(numerators=(amount("flower"),), weight=0.1, maximum=0.3),
        "wet": Reward(numerators=(Value(of="tag_count", name="wet"),), weight=0.01),
        "stung": Reward(numerators=(stat("stung"),), weight=-0.01, maximum=1),
    }


def throw_a_net() -> Attack:
    """Hats ward nets off; who carries more nets than the other has hats is harder to ward off."""
    return Attack(
        defence={"hat": 1},
        weapons={"net": 1},
        armour={"hat": 1},
        freeze_ticks=5,
        target_amounts={"energy": -5},
        loot=("flower", "seed"),
    )


# -- things in the garden ------------------------------------------------------------------------------------


def objects() -> dict[str, Object]:
    return {
        "wall": Object(symbol="#"),
        "bed": bed(),
        "pond": Object(
            symbol="~",
            tags=("wet",),
            on_use={
                "draw": Handler(filters=(has_room("actor", water=1),), mutations=(give("actor", water=3),))
            },
        ),
        "tree": Object(symbol="t", areas={"shade": Area(radius=2, shape="round", presence={"shade": 1})}),
        "nettle": nettle(),
        "shed": Object(
            symbol="s",
            recipes=(
                Recipe(inputs={"water": 2}, outputs={"seed": 2}, cooldown=4),
                Recipe(vibes=("sing", "sing"), min_agents=2, inputs={"water": 2}, outputs={"seed": 6}),
            ),
            partial_use=True,
        ),
        "loom": Object(
            symbol="l",
            recipes=(
                Recipe(inputs={"flower": 1}, outputs={"net": 2}, cooldown=10),
                Recipe(vibes=("share",), inputs={"flower": 1}, outputs={"hat": 1}, cooldown=10),
            ),
            max_uses=10,
        ),
        "bell": Object(
            symbol="o",
            on_use={"ring": Handler(mutations=(SetVibe(vibe="sing"), Count(scope="game", stat="bell.rung")))},
        ),
        **{f"{family}_hut": hut(family) for family in FAMILIES},
    }


def bed() -> Object:
    """Dry beds want water, wet ones a seed; a sown bed is the family's, unless nobody guards it."""
    return Object(
        symbol="b",
        tags=("dry",),
        inventory=Inventory(default_limit=4),
        on_use={
            "pick": Handler(
                filters=(same_team(), holds("target", flower=1), has_room("actor", flower=1)),
                mutations=(transfer("target", "actor", flower=2),),
            ),
            "water": Handler(
                filters=(TagFilter(tag="dry"), holds("actor", water=1)),
                mutations=(give("actor", water=-1), RemoveTag(tag="dry"), AddTag(tag="wet")),
            ),
            "sow": Handler(
                filters=(TagFilter(tag="wet"), unaligned(), holds("actor", seed=1)),
                mutations=(
                    give("actor", seed=-1),
                    give("target", flower=1),
                    Alignment(joins="actor_team"),
                    Count(scope="team", stat="beds.sown"),
                ),
            ),
            "uproot": Handler(
                filters=(other_team(), NotFilter(filters=(GUARD,))),
                mutations=(ClearInventory(who="target", resources=("flower",)), Alignment(joins="none")),
            ),
        },
        areas={"scent": Area(radius=1, filters=(same_team(),), mutations=(give("target", energy=1),))},
    )


def nettle() -> Object:
    """Stings whoever passes without a hat; pulled out, it gives a seed a pull, and then is gone."""
    return Object(
        symbol="n",
        inventory=Inventory(initial={"seed": 2}),
        on_use={
            "pull": Handler(
                filters=(has_room("actor", seed=1),),
                mutations=(
                    transfer("target", "actor", remove_source_when_empty=True, seed=1),
                    Freeze(who="actor", ticks=2),
                ),
            )
        },
        areas={
            "sting": Area(
                radius=1,
                filters=(NotFilter(filters=(holds("target", hat=1),)), PeriodicFilter(every=3)),
                mutations=(give("target", energy=-1), Count(stat="stung")),
            )
        },
    )


def hut(family: str) -> Object:
    """Flowers are brought here; the tired and those who sing find rest."""
    tired = OrFilter(filters=(NotFilter(filters=(holds("actor", energy=6),)), VibeFilter(vibe="sing")))
    return Object(
        symbol=family[0].upper(),
        team=family,
        called="hut",
        on_use={
            "bring": Handler(
                filters=(same_team(), holds("actor", flower=1)),
                mutations=(transfer("actor", "actor_team", flower=-1),),
            ),
            "rest": Handler(filters=(same_team(), tired), mutations=(give("actor", energy=10),)),
        },
    )


def events() -> dict[str, Event]:
    """Sown wet beds flower; the sun dries beds away from the ponds, and where there is none, dew falls."""
    shore = NearFilter(tag="type:pond", radius=4)
    return {
        "flower": Event(
            start=5,
            every=5,
            tag="wet",
            filters=(NotFilter(filters=(unaligned(),)), has_room("target", flower=1)),
            mutations=(give("target", flower=1),),
        ),
        "scorch": Event(
            start=20,
            every=20,
            tag="wet",
            filters=(NotFilter(filters=(shore,)),),
            mutations=(RemoveTag(tag="wet"), AddTag(tag="dry")),
            max_targets=2,
            fallback="dew",
        ),
        "dew": Event(start=0, tag="person", mutations=(give("target", water=1),)),
        "silence": Event(start=10, every=10, tag="type:bell", mutations=(SetVibe(vibe="default"),)),
    }


def garden() -> GardenConfig:
    """Two families of three, seeing tokens."""
    return GardenConfig()


def garden_box() -> GardenConfig:
    """The same, seeing planes."""
    return GardenConfig(view="box")


def garden_tiles() -> GardenConfig:
    """The same, seeing kinds of things only."""
    return GardenConfig(view="tiles")
