"""Wrong rule books are refused with one sentence that says where, what, and what would be right."""

from collections.abc import Callable
from typing import Any

import pytest
from unit.little_grid import (
    Little,
    event,
    little_config,
    person,
    refused,
    rule,
    teams,
    when,
    with_agent,
    with_box,
)

from coterie.config import Config
from coterie.games.batch import Batch
from coterie.games.grid.effects import (
    AddTag,
    AddValue,
    Alignment,
    AlignmentFilter,
    Attack,
    ClearInventory,
    Count,
    NearFilter,
    NotFilter,
    OrFilter,
    PeriodicFilter,
    ResourceFilter,
    SetVibe,
    TagFilter,
    Value,
    ValueFilter,
    VibeFilter,
    amount,
    give,
    has_room,
    holds,
    of_team,
    stat,
    transfer,
)
from coterie.games.grid.maps import AsciiMap
from coterie.games.grid.rules import (
    Actions,
    Area,
    Assault,
    Cost,
    Event,
    Inventory,
    Limit,
    Object,
    Observation,
    Recipe,
    Reward,
    Team,
)

ORE = amount("ore")
TAG = "type:agent"


def then(*mutations: Any) -> Callable[[], Any]:
    return with_box(rule(then=mutations))


def little(*rows: str, **settings: Any) -> Callable[[], Any]:
    return lambda: Little(*(rows or ("@",)), **settings)


def wrong(kind: type[Config], **values: Any) -> Callable[[], Any]:
    """A part with values that no type checker would let through."""
    return lambda: kind(**values)


# -- names that are not --------------------------------------------------------------------------------------

UNKNOWN = {
    "objects.box.on_use.a.filters[0].resource.at_least: no resource 'org'; did you mean ore": when(
        holds("actor", org=1)
    ),
    "on_use.a.filters[1].room.room_for: no resource 'orb'": when(
        holds("actor", ore=1), has_room("actor", orb=1)
    ),
    "on_use.a.filters[0].vibe: no vibe 'glew'; did you mean glow": when(VibeFilter(vibe="glew")),
    "on_use.a.filters[0].tag: no tag 'type:agents'; did you mean type:agent": when(
        TagFilter(tag="type:agents")
    ),
    "on_use.a.filters[0].near: no tag 'lamp'": when(NearFilter(tag="lamp", radius=1)),
    "near.filters[0].vibe: no vibe 'a'": when(NearFilter(tag=TAG, radius=1, filters=(VibeFilter(vibe="a"),))),
    "not.filters[0].or.filters[0].vibe: no vibe 'x'": when(
        NotFilter(filters=(OrFilter(filters=(VibeFilter(vibe="x"),)),))
    ),
    "on_use.a.filters[0].alignment: no team 'rod'; did you mean red": when(of_team("rod")),
    "on_use.a.filters[0].game_value: no resource 'or'; did you mean ore": when(
        ValueFilter(value=amount("or"), at_least=1)
    ),
    "on_use.a.mutations[0].resource_delta.amounts: no resource 'gam'; did you mean gem": then(
        give("actor", gam=1)
    ),
    "on_use.a.mutations[0].resource_transfer.amounts: no resource 'x'": then(
        transfer("actor", "target", x=1)
    ),
    "on_use.a.mutations[1].clear_inventory.resources: no resource 'o'": then(
        give("actor", ore=1), ClearInventory(resources=("o",))
    ),
    "on_use.a.mutations[0].alignment: no team 'green'": then(Alignment(joins="team", team="green")),
    "on_use.a.mutations[0].attack.loot: no resource 'gems'; did you mean gem": then(Attack(loot=("gems",))),
    "on_use.a.mutations[0].attack.defence: no resource 'gems'": then(Attack(defence={"gems": 1})),
    "on_use.a.mutations[0].add_tag: no tag 'lit'": then(AddTag(tag="lit")),
    "on_use.a.mutations[0].game_value: no resource 'x'": then(AddValue(resource="x", value=ORE)),
    "on_use.a.mutations[0].change_vibe: no vibe 'songs'; did you mean song": then(SetVibe(vibe="songs")),
    "objects.box: no team 'rad'; did you mean red": with_box(team="rad"),
    "objects.box: no vibe 'hum'": with_box(vibe="hum"),
    "objects.box.areas.a.filters[0].vibe: no vibe 'b'": with_box(
        areas={"a": Area(radius=1, filters=(VibeFilter(vibe="b"),))}
    ),
    "objects.box.areas.a.presence: no resource 'b'": with_box(areas={"a": Area(radius=1, presence={"b": 1})}),
    "objects.box.recipes.inputs: no resource 'b'": with_box(recipes=(Recipe(inputs={"b": 1}),)),
    "objects.box.recipes: no vibe 'b'": with_box(recipes=(Recipe(vibes=("b",)),)),
    "groups.agent.inventory.initial: no resource 'orr'; did you mean ore": with_agent(initial={"orr": 1}),
    "groups.agent.inventory.limits: no resource 'orr'": with_agent(limits=(Limit(resources=("orr",)),)),
    "limits.modifiers: no resource 'a'": with_agent(limits=(Limit(resources=("ore",), modifiers={"a": 1}),)),
    "groups.agent.on_tick.t.mutations[0].resource_delta": with_agent(
        on_tick={"t": rule(then=give("actor", x=1))}
    ),
    "groups.agent.rewards.r: no resource 'o'": with_agent(rewards={"r": Reward(numerators=(amount("o"),))}),
    "teams.red.inventory.initial: no resource 'x'": little(
        teams={"red": Team(inventory=Inventory(initial={"x": 1}))}
    ),
    "events.rain.tag: no tag 'type:agnt'; did you mean type:agent": event(tag="type:agnt"),
    "events.rain.fallback: no event 'snow'": event(fallback="snow"),
    "events.rain.filters[0].vibe: no vibe 'x'": event(filters=(VibeFilter(who="target", vibe="x"),)),
    "actions.attack.vibes: no vibe 'armed'": little(actions=Actions(attack=Assault(vibes=("armed",)))),
    "actions.attack.cost: no resource 'x'": little(
        actions=Actions(attack=Assault(vibes=("glow",), cost=Cost(consumed={"x": 1})))
    ),
    "actions.move_cost: no resource 'x'": little(actions=Actions(move_cost=Cost(required={"x": 1}))),
    "observation.team_stock: no resource 'x'": little(observation=Observation(team_stock=("x",))),
    "features: no feature 'last_rewards'; did you mean last_reward": lambda: Observation(
        features=("last_rewards",)
    ),
    "nothing on this map is called 'lamp'": lambda: Batch(
        little_config("@").replace(map=AsciiMap(map_data=("@l",), legend={"l": "lamp"}))
    ),
    "groups.agent: no agent statistic 'ore.gaind'; did you mean ore.gained?": with_agent(
        rewards={"r": Reward(numerators=(stat("ore.gaind"),))}
    ),
    "groups.agent: no team statistic 'ore.gained'": with_agent(
        rewards={"r": Reward(numerators=(ORE,), denominators=(stat("ore.gained", "team"),))}
    ),
    "objects.box: no game statistic 'tokens'; did you mean tokens_": when(
        ValueFilter(value=stat("tokens", "game"), at_least=1)
    ),
    "events: no agent statistic 'x'": event(filters=(ValueFilter(value=stat("x"), at_least=1),)),
}


@pytest.mark.parametrize("sentence", UNKNOWN)
def test_an_unknown_name(sentence: str) -> None:
    assert sentence in refused(UNKNOWN[sentence])


def test_a_statistic_counted_anywhere_exists_everywhere() -> None:
    with_agent(
        on_tick={"t": rule(then=Count(stat="mine"))}, rewards={"r": Reward(numerators=(stat("mine"),))}
    )()


# -- values that cannot be -----------------------------------------------------------------------------------

LAMP = Object(symbol="l")
WRONG = {
    "a minimum of 5 is above the maximum of 3": lambda: Limit(resources=("ore",), minimum=5, maximum=3),
    "base: Input should be greater than or equal to 0": wrong(Limit, resources=("ore",), base=-1),
    "default_limit: Input should be less than or equal to 65535": wrong(Inventory, default_limit=65536),
    "initial.ore: Input should be greater than or equal to 0": lambda: Inventory(initial={"ore": -1}),
    "limits: 'ore' is named twice": with_agent(
        limits=(Limit(resources=("ore",)), Limit(resources=("gem", "ore")))
    ),
    "can never happen: it ends at 3, before its start at 4": lambda: Event(start=4, end=3, tag=TAG),
    "a height of 10 has no centre; 9 or 11 would": lambda: Observation(height=10),
    "a width of 2 has no centre; 1 or 3 would": lambda: Observation(width=2),
    "width: Input should be less than or equal to 15": wrong(Observation, width=17),
    "num_tokens: Input should be greater than or equal to 1": wrong(Observation, num_tokens=0),
    "features: 'tag' is named twice": lambda: Observation(features=("tag", "tag")),
    "type_tag: 'kind' needs one {}": lambda: Observation(type_tag="kind"),
    "type_tag: '{}{x}' needs one {}": lambda: Observation(type_tag="{}{x}"),
    "shape: Input should be 'square' or 'round'": wrong(Area, radius=1, shape="oval"),
    "presence.ore: Input should be less than or equal to 65535": lambda: Area(
        radius=1, presence={"ore": 2**40}
    ),
    "every: Input should be less than": wrong(PeriodicFilter, every=2**40),
    "scope: the game has no inventory": lambda: Value(of="inventory", scope="game", name="ore"),
    "constant: Input should be less than or equal to": lambda: Value(constant=float("inf")),
    "constant: Input should be": lambda: Value(constant=float("nan")),
    "weight: Input should be": lambda: Reward(numerators=(ORE,), weight=float("nan")),
    "team: 'of_team' needs the name of a team": lambda: AlignmentFilter(target_is="of_team"),
    "team: 'same_team' takes no team": lambda: AlignmentFilter(target_is="same_team", team="red"),
    "team: 'team' needs the name of a team": lambda: Alignment(joins="team"),
    "team: 'none' takes no team": lambda: Alignment(joins="none", team="red"),
    "required.ore: 1 cannot pay the 2 consumed": lambda: Cost(required={"ore": 1}, consumed={"ore": 2}),
    "at_least.ore: Input should be greater than or equal to 1": lambda: holds("actor", ore=0),
    "att_least: no such setting; did you mean at_least": wrong(ResourceFilter, at_least={}, att_least={}),
    "resources: 'a' is named twice": little(resources=("a", "b", "a")),
    "vibes: 'a' is named twice": little(vibes=("a", "a")),
    "actions.move: 'north' is named twice": little(actions=Actions(move=("north", "north"))),
    "objects, by map_name: 'lamp' is named twice": little(
        objects={"lamp": LAMP, "other": LAMP.replace(map_name="lamp")}
    ),
    "'default' is the first vibe, which shows nothing": with_box(recipes=(Recipe(vibes=("default",)),)),
    "events.rain.fallback: 'snow' is a fallback and cannot have one of its own": lambda: Little(
        "@",
        events={
            "rain": Event(start=1, tag=TAG, fallback="snow"),
            "snow": Event(start=1, tag=TAG, fallback="rain"),
        },
    ),
    "events.rain.fallback: 'rain' is a fallback": event(fallback="rain"),
    "the map has 1 spawn cells for the 2 agents": little("@.", groups={"agent": person(2)}),
    "the map has 0 spawn cells for the 1 agents": little(".", groups={"agent": person(1)}),
    "resources: 64 make 272 observation features, 254 fit": little(
        resources=tuple(f"r{i}" for i in range(64))
    ),
    "resources: Tuple should have at most 64": little(resources=tuple(f"r{i}" for i in range(65))),
    "tags: there are 302, 256 fit": little(
        objects={"lamp": LAMP.replace(tags=tuple(f"t{i}" for i in range(299)))}
    ),
    "teams: Dictionary should have at most 24": little(teams=teams(*(f"t{i}" for i in range(25)))),
    "groups: Dictionary should have at most 24": little(groups={f"g{i}": person() for i in range(25)}),
    "objects: Dictionary should have at most 200": little(objects={f"o{i}": LAMP for i in range(201)}),
    "areas: Dictionary should have at most 8": lambda: LAMP.replace(
        areas={str(i): Area(radius=1) for i in range(9)}
    ),
    "vibes: Tuple should have at least 1": lambda: Assault(vibes=()),
    "filters: Tuple should have at least 1": lambda: NotFilter(filters=()),
    "max_steps: Input should be greater than or equal to 0": little(max_steps=-1),
    "map_seed: Input should be less than": little(map_seed=2**63),
}


@pytest.mark.parametrize("sentence", WRONG)
def test_a_wrong_value(sentence: str) -> None:
    assert sentence in refused(WRONG[sentence])
