"""Random rule books: whatever the language can say is played to the end, the same by one thread and two."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coterie.games.batch import Batch
from coterie.games.grid import effects, rules
from coterie.games.grid.grid import GridConfig
from coterie.games.grid.maps import AsciiMap

RESOURCES, VIBES, TEAMS = ("ore", "gem", "sack"), ("default", "glow", "song"), ("red", "blue")
OBJECTS, GROUPS, EVENTS = ("box", "mill", "lamp"), ("ann", "ben"), ("rain", "snow")
TAGS = ("bright", *(f"type:{kind}" for kind in ("wall", "agent", *OBJECTS)))
STATS = ("ore.gained", "gem.amount", "action.move.success", "own")
SYMBOLS = {"b": "box", "m": "mill", "l": "lamp", "A": "agent.ann", "B": "agent.ben"}
STEPS = 50


def named(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(names)


def few(one: st.SearchStrategy[Any], most: int = 2, least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(one, min_size=least, max_size=most).map(tuple)


def held(low: int, high: int = 12, least: int = 0) -> st.SearchStrategy[dict[str, int]]:
    """So much of some resources; now and then as much as there can be."""
    amounts = st.integers(low, high) | st.just(65535)
    return st.dictionaries(named(RESOURCES), amounts, min_size=least, max_size=3)


def maybe(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | one


def of(kind: type, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(kind, **fields)


NUMBERS = st.sampled_from((-3.0, -0.5, 0.0, 0.25, 1.0, 7.0, 1e9))
VALUES = st.one_of(
    of(effects.Value, of=st.just("inventory"), scope=named(("agent", "team")), name=named(RESOURCES)),
    of(effects.Value, of=st.just("stat"), scope=st.just("agent"), name=named(STATS)),
    of(
        effects.Value, of=st.just("stat"), scope=st.just("team"), name=named(("ore.deposited", "aligned.box"))
    ),
    of(effects.Value, of=st.just("stat"), scope=st.just("game"), name=st.just("tokens_dropped")),
    of(effects.Value, of=st.just("tag_count"), name=named(TAGS)),
    of(effects.Value, of=st.just("constant"), constant=NUMBERS),
)
EITHER, WHO = named(("actor", "target")), named(("actor", "target", "actor_team", "target_team"))
SIMPLE = st.one_of(
    of(effects.VibeFilter, who=EITHER, vibe=named(VIBES)),
    of(effects.ResourceFilter, who=WHO, at_least=held(1, least=1)),
    of(effects.RoomFilter, who=WHO, room_for=held(1, least=1)),
    of(effects.AlignmentFilter, target_is=named(("aligned", "unaligned", "same_team", "other_team"))),
    of(effects.AlignmentFilter, target_is=st.just("of_team"), team=named(TEAMS)),
    of(effects.TagFilter, who=EITHER, tag=named(TAGS)),
    of(effects.ValueFilter, value=VALUES, at_least=NUMBERS),
    of(effects.PeriodicFilter, every=st.integers(1, 9), start=st.integers(0, 9)),
)
FILTERS = st.recursive(
    SIMPLE,
    lambda inner: st.one_of(
        of(effects.NearFilter, tag=named(TAGS), radius=st.integers(0, 9), filters=few(inner)),
        of(effects.NotFilter, filters=few(inner, least=1)),
        of(effects.OrFilter, filters=few(inner, least=1)),
    ),
    max_leaves=4,
)
ATTACKS = of(
    effects.Attack,
    defence=held(1),
    weapons=held(1),
    armour=held(1),
    freeze_ticks=st.integers(0, 5),
    actor_amounts=held(-9),
    target_amounts=held(-9),
    loot=few(named(RESOURCES), 3),
)
MUTATIONS = st.one_of(
    of(effects.ResourceDelta, who=WHO, amounts=held(-12)),
    of(
        effects.ResourceTransfer,
        source=WHO,
        to=WHO,
        amounts=held(-1),
        remove_source_when_empty=st.booleans(),
    ),
    of(effects.Alignment, joins=named(("actor_team", "none"))),
    of(effects.Alignment, joins=st.just("team"), team=named(TEAMS)),
    of(effects.ClearInventory, who=WHO, resources=few(named(RESOURCES), 3, 1)),
    of(effects.Freeze, who=EITHER, ticks=st.integers(1, 5)),
    ATTACKS,
    of(
        effects.Count,
        scope=named(("agent", "team", "game")),
        stat=st.just("own"),
        amount=NUMBERS.map(lambda n: n % 9),
    ),
    of(effects.AddTag, who=EITHER, tag=named(TAGS)),
    of(effects.RemoveTag, who=EITHER, tag=named(TAGS)),
    of(effects.AddValue, who=WHO, resource=named(RESOURCES), value=VALUES),
    of(effects.SetVibe, who=EITHER, vibe=named(VIBES)),
)
HANDLERS = of(rules.Handler, filters=few(FILTERS), mutations=few(MUTATIONS, 3))


def keyed(one: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    return st.lists(one, max_size=most).map(lambda all_of: {f"r{i}": x for i, x in enumerate(all_of)})


@st.composite
def limits(draw: st.DrawFn) -> tuple[rules.Limit, ...]:
    """Some of the resources, each in one limit."""
    order = draw(st.permutations(RESOURCES))
    cut = draw(st.integers(0, 3))
    found = []
    for resources in (order[:cut], order[cut:]):
        if resources and draw(st.booleans()):
            low, high = sorted((draw(st.integers(0, 9)), draw(st.integers(0, 9) | st.just(65535))))
            factors = draw(st.dictionaries(named(RESOURCES), st.integers(-3, 5) | st.just(65535), max_size=2))
            base = draw(st.integers(0, 20))
            found.append(
                rules.Limit(
                    resources=tuple(resources), base=base, minimum=low, maximum=high, modifiers=factors
                )
            )
    return tuple(found)


INVENTORIES = of(
    rules.Inventory, initial=held(0), limits=limits(), default_limit=st.sampled_from((0, 3, 20, 65535))
)
AREAS = keyed(
    of(
        rules.Area,
        radius=st.integers(0, 6),
        shape=named(("square", "round")),
        filters=few(FILTERS),
        mutations=few(MUTATIONS),
        presence=held(-9),
        effect_self=st.booleans(),
    )
)
RECIPES = few(
    of(
        rules.Recipe,
        vibes=few(named(VIBES[1:])),
        min_agents=st.integers(1, 2),
        inputs=held(1),
        outputs=held(1),
        cooldown=st.integers(0, 6) | st.just(65535),
    ),
    3,
)
SIDES = {
    "tags": few(named(TAGS[:1]), 1),
    "vibe": maybe(named(VIBES)),
    "team": maybe(named(TEAMS)),
    "inventory": INVENTORIES,
    "on_use": keyed(HANDLERS),
    "areas": AREAS,
}
THINGS = of(
    rules.Object,
    **SIDES,
    recipes=RECIPES,
    max_uses=st.integers(0, 3),
    partial_use=st.booleans(),
    wears_team_tag=st.booleans(),
)
REWARDS = of(
    rules.Reward,
    numerators=few(VALUES, 2, 1),
    denominators=few(VALUES),
    weight=NUMBERS,
    maximum=maybe(st.sampled_from((0.0, 2.0, 1e9))),
)
PEOPLE = of(rules.Group, **SIDES, count=st.integers(1, 2), on_tick=keyed(HANDLERS), rewards=keyed(REWARDS))
HAPPENINGS = of(
    rules.Event,
    start=st.integers(0, 9),
    every=maybe(st.integers(1, 9)),
    end=maybe(st.integers(9, 40)),
    tag=named(TAGS),
    filters=few(FILTERS),
    mutations=few(MUTATIONS),
    max_targets=maybe(st.integers(1, 3)),
)
COSTS = held(1, 2).map(lambda consumed: rules.Cost(consumed=consumed)) | st.just(rules.Cost())
ACTIONS = of(
    rules.Actions,
    move=st.just(rules.DIRECTIONS) | st.just(("northeast", "southwest", "east", "west", "north")),
    change_vibe=st.booleans(),
    noop_cost=COSTS,
    move_cost=COSTS,
    change_vibe_cost=COSTS,
    attack=maybe(of(rules.Assault, vibes=few(named(VIBES), 2, 1), cost=COSTS, effect=ATTACKS)),
)
SIZES = st.sampled_from((1, 3, 5, 7, 11, 13, 15))
VIEWS = of(
    rules.Observation,
    view=named(("tokens", "tokens", "box", "tiles")),
    height=SIZES,
    width=SIZES,
    shape=named(("square", "round")),
    num_tokens=st.integers(1, 40) | st.just(200),
    features=st.just(rules.FEATURES) | st.just(("agent_id", "goal", "tag")),
    global_location=named(("global", "centre")),
    token_value_base=st.sampled_from((256, 100, 10, 2)),
    recipes=st.booleans(),
    team_stock=st.sampled_from(((), ("gem",), ("gem", "ore"))),
)


@st.composite
def configs(draw: st.DrawFn) -> GridConfig:
    """A small rule book, which may also ask for what can never be: the engine is to survive that too."""
    width = draw(st.integers(3, 7))
    cells = draw(st.lists(st.sampled_from("....#bml"), min_size=4 * width, max_size=4 * width))
    cells[0::width], cells[1 : 4 * width : width] = "AAAA", "BBBB"
    drawing = tuple("".join(cells[i : i + width]) for i in range(0, 4 * width, width))
    events = draw(st.lists(HAPPENINGS, max_size=2))
    happenings = dict(zip(EVENTS, events, strict=False))
    if len(events) == 2 and draw(st.booleans()):
        happenings["rain"] = happenings["rain"].replace(fallback="snow")
    box = draw(THINGS)
    known = {**box.on_use, "last": rules.Handler(mutations=(effects.Count(stat="own"),))}
    values: dict[str, Any] = {
        "map": AsciiMap(map_data=drawing, legend=SYMBOLS),
        "resources": RESOURCES,
        "vibes": VIBES,
        "objects": {
            "wall": rules.Object(symbol="#", tags=("bright",)),
            "box": box.replace(symbol="b", on_use=known),
            **{name: draw(THINGS).replace(symbol=name[0]) for name in OBJECTS[1:]},
        },
        "groups": {name: draw(PEOPLE) for name in GROUPS},
        "teams": {name: rules.Team(inventory=draw(INVENTORIES)) for name in TEAMS},
        "actions": draw(ACTIONS),
        "events": happenings,
        "observation": draw(VIEWS),
        "max_steps": draw(st.sampled_from((0, 7, 30))),
        "truncates": draw(st.booleans()),
        "map_seed": draw(maybe(st.integers(0, 9))),
        "fixed_spawn_order": draw(st.booleans()),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coterie.games.grid.grid.refuse_the_impossible", lambda rules: None)
        return GridConfig(**values)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(configs(), st.integers(0, 2**32 - 1))
def test_any_rule_book_is_played(config: GridConfig, seed: int) -> None:
    one, two = (Batch(config, worlds=3, seed=seed, threads=threads) for threads in (1, 2))
    guarded = np.full((two.rows + 2, *two.spec.observation_shape), 77, np.uint8)
    two.observe_into(guarded[1:-1])
    rng = np.random.default_rng(seed)
    for step in range(STEPS):
        one.actions[:] = two.actions[:] = rng.integers(0, one.spec.actions[0], one.actions.shape)
        if step == STEPS // 2:
            two.restore(1, one.save(1))
        one.step(), two.step()
        assert [one.hash(w) for w in range(3)] == [two.hash(w) for w in range(3)]
        assert np.array_equal(one.rewards, two.rewards) and np.isfinite(one.rewards).all()
        assert step == 0 or np.array_equal(one.observations, two.observations)
    assert (guarded[0] == 77).all() and (guarded[-1] == 77).all()
    assert one.snapshot(0) == two.snapshot(0) and one.text(0) == two.text(0)
    assert all(np.isfinite(list(seat.values())).all() for seat in one.statistics(0)[1])
    within_limits(one, config)


def within_limits(batch: Batch, config: GridConfig) -> None:
    """Everything stands in a cell of its own, and no amount is out of its range."""
    world = batch.snapshot(0)
    places = [(thing["row"], thing["col"]) for thing in (*world["agents"], *world["objects"])]
    assert len(set(places)) == len(places)
    amounts = [
        n
        for thing in (*world["agents"], *world["objects"], *world["teams"])
        for n in thing["inventory"].values()
    ]
    assert all(0 < n <= 65535 for n in amounts)
    for count in ("step", "width", "height"):
        assert world[count] >= 0
    assert config.num_agents == len(world["agents"])
