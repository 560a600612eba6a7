"""The rule book of CoGsGuard, in the words of the grid's rule language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coterie.games.cogsguard.rewards import ELEMENTS, rewards
from coterie.games.grid.effects import (
    AddValue,
    Alignment,
    ClearInventory,
    Filter,
    Mutation,
    NearFilter,
    NotFilter,
    ResourceTransfer,
    VibeFilter,
    amount,
    give,
    has_room,
    holds,
    of_team,
    other_team,
    same_team,
    transfer,
    unaligned,
)
from coterie.games.grid.grid import GridConfig
from coterie.games.grid.rules import (
    Actions,
    Area,
    Cost,
    Event,
    Group,
    Handler,
    Inventory,
    Limit,
    Object,
    Team,
)

if TYPE_CHECKING:
    from coterie.games.cogsguard.config import Clips, Cog, CogsguardConfig, Weather

RESOURCES = (
    "energy",
    "heart",
    "hp",
    "influence",
    "solar",
    "oxygen",
    "carbon",
    "germanium",
    "silicon",
    "aligner",
    "scrambler",
    "miner",
    "scout",
)
GEAR = ("aligner", "scrambler", "miner", "scout")
VIBES = ("default", "heart", "gear", "scrambler", "aligner", "miner", "scout")
GEAR_COST = {
    "aligner": {"carbon": 3, "oxygen": 1, "germanium": 1, "silicon": 1},
    "scrambler": {"carbon": 1, "oxygen": 3, "germanium": 1, "silicon": 1},
    "miner": {"carbon": 1, "oxygen": 1, "germanium": 3, "silicon": 1},
    "scout": {"carbon": 1, "oxygen": 1, "germanium": 1, "silicon": 3},
}
SYMBOLS = {"aligner": "A", "scrambler": "S", "miner": "M", "scout": "O"}
ANYWHERE = 1000  # a radius that covers every map

JUNCTION = "type:junction"
AGENT = "type:agent"


def rule_book(config: CogsguardConfig) -> GridConfig:
    teams = team_names(config.teams)
    objects = {"wall": Object(symbol="#"), "junction": junction(config)}
    objects |= {f"{element}_extractor": extractor(config, element) for element in ELEMENTS}
    for team, prefix in teams.items():
        objects |= {f"{prefix}:{name}": thing for name, thing in home(config, team).items()}
    stock = Inventory(
        initial={**dict.fromkeys(ELEMENTS, 10 * config.wealth), "heart": 5 * config.wealth},
        limits=(Limit(resources=ELEMENTS, base=10000), Limit(resources=("heart",), base=65535)),
    )
    return GridConfig(
        map=config.site.map(teams),
        resources=RESOURCES,
        vibes=VIBES,
        objects=objects,
        groups={
            ("agent" if len(teams) == 1 else team): cogs(config, team, config.num_agents // len(teams))
            for team in teams
        },
        teams={"clips": Team(), "neutral": Team(), **{team: Team(inventory=stock) for team in teams}},
        actions=Actions(
            move_cost=Cost(consumed={"energy": config.cog.move_cost} if config.cog.move_cost else {})
        ),
        events={**weather_events(config.weather), **(clips_events(config.clips) if config.clips else {})},
        observation=config.observation,
        max_steps=config.max_steps,
        map_seed=config.map_seed,
    )


def team_names(count: int) -> dict[str, str]:
    """Team → the prefix of its objects' names."""
    return {"cogs": "c"} if count == 1 else {"cogs_green": "cg", "cogs_blue": "cb"}


# -- the Cog -------------------------------------------------------------------------------------------------


def cogs(config: CogsguardConfig, team: str, count: int) -> Group:
    """The agents of a team."""
    cog = config.cog
    held = {"energy": cog.energy, "hp": cog.hp, "solar": config.weather.night_solar, "heart": cog.hearts}
    return Group(
        count=count,
        team=team,
        inventory=Inventory(initial={name: n for name, n in held.items() if n}, limits=cog_limits(cog)),
        on_tick={
            "decay": Handler(mutations=(give("target", hp=-cog.hp_decay, influence=-cog.influence_decay),)),
            "solar": Handler(mutations=(AddValue(who="target", resource="energy", value=amount("solar")),)),
        },
        rewards=rewards(config),
    )


def cog_limits(cog: Cog) -> tuple[Limit, ...]:
    """Who has no hp left holds neither gear nor hearts."""
    return (
        Limit(resources=("hp",), minimum=cog.hp_limit, modifiers={"scout": 400, "scrambler": 200}),
        Limit(resources=GEAR, maximum=1, modifiers={"hp": 100}),
        Limit(resources=("heart",), maximum=cog.heart_limit, modifiers={"hp": 100}),
        Limit(resources=("energy",), minimum=cog.energy_limit, modifiers={"scout": 100}),
        Limit(resources=ELEMENTS, minimum=cog.cargo_limit, modifiers={"miner": 40}),
        Limit(resources=("influence",), modifiers={"aligner": 20}),
    )


# -- things on the map ---------------------------------------------------------------------------------------


def deposit() -> Handler:
    cargo = ResourceTransfer(source="actor", to="actor_team", amounts=dict.fromkeys(ELEMENTS, 100))
    return Handler(filters=(same_team(),), mutations=(cargo,))


def areas(config: CogsguardConfig) -> dict[str, Area]:
    """Home refills; hostile ground wears down."""
    refill = give("target", influence=10, energy=100, hp=100)
    harm = give("target", hp=-1, influence=-100)
    return {
        "influence": Area(radius=config.area_radius, filters=(same_team(),), mutations=(refill,)),
        "attack": Area(radius=config.area_radius, filters=(other_team(),), mutations=(harm,)),
    }


def junction(config: CogsguardConfig) -> Object:
    return Object(
        symbol="J",
        areas=areas(config),
        on_use={
            "deposit": deposit(),
            "align": Handler(
                filters=(unaligned(), holds("actor", aligner=1, influence=1, heart=1)),
                mutations=(give("actor", heart=-1), Alignment(joins="actor_team")),
            ),
            "scramble": Handler(
                filters=(other_team(), holds("actor", scrambler=1, heart=1)),
                mutations=(give("actor", heart=-1), Alignment(joins="none")),
            ),
        },
    )


def extractor(config: CogsguardConfig, element: str) -> Object:
    def take(units: int) -> Mutation:
        return transfer("target", "actor", remove_source_when_empty=True, **{element: units})

    def mine(units: int, *filters: Filter) -> Handler:
        if not config.single_use_extractors:
            return Handler(filters=filters, mutations=(take(units),))
        # The rest is destroyed; who has no room is refused, so that nobody wastes one.
        spent = ClearInventory(who="target", resources=(element,))
        room = has_room("actor", **{element: 1})
        return Handler(filters=(*filters, room), mutations=(take(units), spent, take(0)))

    return Object(
        symbol=element[0],
        inventory=Inventory(initial={element: config.extractor_stock}),
        on_use={"miner": mine(10, holds("actor", miner=1)), "extract": mine(1)},
    )


def home(config: CogsguardConfig, team: str) -> dict[str, Object]:
    """A team's hub, chest and gear stations."""
    hub = Object(symbol="H", team=team, areas=areas(config), on_use={"deposit": deposit()})
    chest = taking_chest(team) if config.chest_takes_hearts else giving_chest(config, team)
    return {"hub": hub, "chest": chest, **{gear: station(config, team, gear) for gear in GEAR}}


def asked(config: CogsguardConfig, vibe: str) -> tuple[Filter, ...]:
    """What a station or chest wants to see, in missions about vibes."""
    return (VibeFilter(vibe=vibe),) if config.vibes_required else ()


def giving_chest(config: CogsguardConfig, team: str) -> Object:
    """Hearts for the team. Who has no hp left, or no room for one, gets nothing and pays nothing."""
    price = dict.fromkeys(ELEMENTS, config.heart_cost) if config.heart_cost else {}
    can_afford: tuple[Filter, ...] = (holds("actor_team", **price),) if price else ()
    served = (same_team(), *asked(config, "heart"))
    return Object(
        symbol="C",
        team=team,
        on_use={
            "get_heart": Handler(
                filters=(*served, holds("actor", hp=1), holds("actor_team", heart=1)),
                mutations=(transfer("actor_team", "actor", heart=1),),
            ),
            "make_heart": Handler(
                filters=(*served, has_room("actor", heart=1), *can_afford),
                mutations=(give("actor_team", **{e: -n for e, n in price.items()}), give("actor", heart=1)),
            ),
        },
    )


def taking_chest(team: str) -> Object:
    """A chest that hearts are brought to, for missions about finding the way."""
    bank = Handler(
        filters=(same_team(), holds("actor", heart=1)), mutations=(transfer("actor", "actor_team", heart=1),)
    )
    return Object(symbol="C", team=team, on_use={"bank_heart": bank})


def station(config: CogsguardConfig, team: str, gear: str) -> Object:
    """Gear for the team's elements. Who has no hp left gets nothing and pays nothing."""
    cost = GEAR_COST[gear]
    served = (same_team(), *asked(config, gear), holds("actor", hp=1), holds("actor_team", **cost))
    return Object(
        symbol=SYMBOLS[gear],
        team=team,
        on_use={
            "keep_gear": Handler(filters=(holds("actor", **{gear: 1}),)),
            "change_gear": Handler(
                filters=served,
                mutations=(
                    ClearInventory(who="actor", resources=GEAR),
                    give("actor_team", **{element: -n for element, n in cost.items()}),
                    give("actor", **{gear: 1}),
                ),
            ),
        },
    )


# -- weather, Clips ------------------------------------------------------------------------------------------


def weather_events(weather: Weather) -> dict[str, Event]:
    """Cogs start with the night's income; the first morning comes in the first step."""
    rise = weather.day_solar - weather.night_solar
    if rise == 0:
        return {}
    return {
        "sunrise": Event(
            start=0, every=weather.day_length, tag=AGENT, mutations=(give("target", solar=rise),)
        ),
        "sunset": Event(
            start=weather.day_length // 2,
            every=weather.day_length,
            tag=AGENT,
            mutations=(give("target", solar=-rise),),
        ),
    }


def clips_events(clips: Clips) -> dict[str, Event]:
    """In this order when due in the same step: a presence check that finds nothing invades by itself."""
    join = Alignment(joins="team", team="clips")

    def near(radius: int) -> NearFilter:
        return NearFilter(tag=JUNCTION, radius=radius, filters=(of_team("clips"),))

    events: dict[str, Event] = {}
    if clips.presence_every:
        events["presence_check"] = Event(
            start=clips.start,
            every=clips.presence_every,
            end=clips.end,
            tag=JUNCTION,
            filters=(near(ANYWHERE),),
            max_targets=1,
            fallback="initial_clips",
        )
    events["initial_clips"] = Event(
        start=clips.start, tag=JUNCTION, mutations=(join,), max_targets=clips.spots
    )
    if clips.scramble_start is not None:
        events["cogs_to_neutral"] = Event(
            start=clips.scramble_start,
            every=clips.scramble_every,
            end=clips.end,
            tag=JUNCTION,
            filters=(
                NotFilter(filters=(of_team("clips"),)),
                NotFilter(filters=(unaligned(),)),
                near(clips.scramble_radius),
            ),
            mutations=(Alignment(joins="none"),),
            max_targets=1,
        )
    if clips.align_start is not None:
        events["neutral_to_clips"] = Event(
            start=clips.align_start,
            every=clips.align_every,
            end=clips.end,
            tag=JUNCTION,
            filters=(unaligned(), near(clips.align_radius)),
            mutations=(join,),
            max_targets=1,
        )
    return events
