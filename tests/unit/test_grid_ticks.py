"""What happens by itself on the grid: areas, presence, events, the clock, where agents start."""

from typing import Any

import numpy as np
import pytest
from unit.little_grid import Little, box, person, rule, teams

from coterie.config import ConfigError
from coterie.games.grid.effects import (
    AddTag,
    Alignment,
    Count,
    Freeze,
    NotFilter,
    PeriodicFilter,
    RemoveTag,
    TagFilter,
    VibeFilter,
    give,
    has_room,
    holds,
    same_team,
    transfer,
    unaligned,
)
from coterie.games.grid.rules import Area, Event, Inventory, Limit, Object

# -- areas ---------------------------------------------------------------------------------------------------


def cells_within(radius: int, shape: Any) -> int:
    """Cells of a 9x9 field, its middle left out, where an agent feels an area of the middle."""
    rows = ["@" * 9 if row != 4 else "@@@@l@@@@" for row in range(9)]
    lamp = Object(
        symbol="l", areas={"a": Area(radius=radius, shape=shape, mutations=(give("target", ore=1),))}
    )
    world = Little(*rows, objects={"lamp": lamp})
    world.do()
    agents = world.batch.snapshot(0)["agents"]
    felt = {(a["row"] - 4, a["col"] - 4) for a in agents if a["inventory"].get("ore")}
    inside = [
        (r, c)
        for r in range(-4, 5)
        for c in range(-4, 5)
        if (r or c) and (r * r + c * c <= radius**2 if shape == "round" else max(abs(r), abs(c)) <= radius)
    ]
    assert felt == set(inside)
    return len(felt)


@pytest.mark.parametrize(
    ("radius", "square", "disc"), [(0, 0, 0), (1, 8, 4), (2, 24, 12), (3, 48, 28), (4, 80, 48)]
)
def test_the_cells_of_an_area(radius: int, square: int, disc: int) -> None:
    assert cells_within(radius, "square") == square
    assert cells_within(radius, "round") == disc


def lit(*areas: Area, start: dict[str, int] | None = None, **settings: Any) -> Little:
    """A lamp in the corner of a corridor, an agent next to it (at most 3 of each)."""
    lamp = Object(
        symbol="l", team="red", areas={f"area_{i}": area for i, area in enumerate(areas)}, **settings
    )
    group = person(limit=3, initial=start or {}, team="red")
    return Little("l@....", objects={"lamp": lamp}, groups={"agent": group}, teams=teams("red", "blue"))


def test_an_area_acts_each_tick_on_who_passes() -> None:
    world = lit(
        Area(radius=1, filters=(same_team(),), mutations=(give("target", ore=1),)),
        Area(radius=2, filters=(holds("target", ore=2),), mutations=(Count(stat="both"),)),
    )
    world.run("..>")
    assert world.held() == {"ore": 2}, "it has left the first"
    assert world.seat_stat("both") == 2, "the second sees what the first gave"


def test_presence_comes_and_goes() -> None:
    world = lit(Area(radius=2, presence={"gem": 2, "hp": -1}), start={"hp": 3})
    seen = []
    for move in ".>>.<.":
        world.run(move)
        seen.append((world.held().get("gem", 0), world.held().get("hp", 0)))
    assert seen == [(2, 2), (2, 2), (0, 3), (0, 3), (2, 2), (2, 2)]


def test_presence_is_cut_by_limits_both_ways() -> None:
    world = lit(Area(radius=1, presence={"gem": 5}), start={"gem": 1})
    world.run(".")
    assert world.held() == {"gem": 3}
    world.run(">>")
    assert world.held() == {}


def test_presence_ends_with_its_filters() -> None:
    world = lit(
        Area(
            radius=5,
            filters=(NotFilter(filters=(VibeFilter(who="target", vibe="glow"),)),),
            presence={"gem": 1},
        )
    )
    world.run(".")
    assert world.held() == {"gem": 1}
    world.do("change_vibe_glow")
    assert world.held() == {}
    world.do("change_vibe_default")
    assert world.held() == {"gem": 1}


def test_presence_is_taken_back_by_what_vanishes() -> None:
    take = transfer("target", "actor", ore=1, remove_source_when_empty=True)
    area = Area(radius=2, presence={"gem": 2}, mutations=(give("target", hp=1),))
    world = lit(area, on_use={"take": rule(then=take)}, inventory=Inventory(initial={"ore": 2}))
    world.run("<")
    assert world.held() == {"gem": 2, "ore": 1, "hp": 1}
    world.run("<.")
    assert world.held() == {"ore": 2, "hp": 1}


def test_eight_areas_keep_their_presence_apart() -> None:
    world = lit(*[Area(radius=i + 1, presence={"gem": 1}) for i in range(8)], start={"ore": 1})
    world.run("...")
    assert world.held() == {"ore": 1, "gem": 3}
    assert world.seat_stat("gem.gained") == 3


def test_an_area_of_an_agent() -> None:
    areas = {
        "others": Area(radius=1, mutations=(give("target", ore=1),)),
        "self": Area(radius=0, effect_self=True, mutations=(give("target", gem=1),)),
    }
    world = Little("@@.", groups={"agent": person(2, areas=areas)})
    world.do()
    assert world.held(0) == world.held(1) == {"ore": 1, "gem": 1}
    world.do(".", ">")
    assert world.held(0) == world.held(1) == {"ore": 1, "gem": 2}, "it went along with the agent"


def test_an_area_changes_sides_at_once() -> None:
    area = Area(radius=1, filters=(same_team(),), mutations=(give("target", ore=1),))
    turn = rule(then=Alignment(joins="none"))
    world = lit(area, on_use={"turn": turn})
    world.run("..")
    assert world.held() == {"ore": 2}
    world.run("<.")
    assert world.held() == {"ore": 2}


def test_areas_follow_the_rows_of_their_objects() -> None:
    give_one, take_all = give("target", ore=1), give("target", ore=-9)
    up = Object(symbol="u", areas={"a": Area(radius=1, mutations=(give_one,))})
    down = Object(symbol="d", areas={"a": Area(radius=1, mutations=(take_all,))})
    for row, ore in (("u@d", {}), ("d@u", {"ore": 1})):
        world = Little(row, objects={"up": up, "down": down})
        world.do()
        assert world.held() == ore


# -- events --------------------------------------------------------------------------------------------------


def dates(**settings: Any) -> list[int]:
    """Steps of the first 12 in which an event happens."""
    event = Event(tag="type:agent", mutations=(give("target", ore=1),), **settings)
    world = Little("@", events={"rain": event})
    amounts = [0]
    for _ in range(12):
        world.do()
        amounts.append(world.held().get("ore", 0))
    return [step for step in range(1, 13) if amounts[step] > amounts[step - 1]]


@pytest.mark.parametrize(
    ("settings", "steps"),
    [
        ({"start": 3}, [3]),
        ({"start": 0}, [1]),
        ({"start": 1}, [1]),
        ({"start": 0, "every": 5}, [1, 5, 10]),
        ({"start": 2, "every": 4, "end": 10}, [2, 6, 10]),
        ({"start": 2, "every": 4, "end": 9}, [2, 6]),
        ({"start": 4, "end": 4}, [4]),
        ({"start": 0, "every": 1, "end": 3}, [1, 2, 3]),
        ({"start": 99}, []),
    ],
    ids=str,
)
def test_when_an_event_happens(settings: dict[str, int], steps: list[int]) -> None:
    assert dates(**settings) == steps


def test_events_come_in_order_and_before_actions() -> None:
    double = give("target", ore=5)
    none = give("target", ore=-9)
    world = Little(
        "@",
        events={
            name: Event(start=1, tag="type:agent", mutations=(m,)) for name, m in (("a", double), ("b", none))
        },
    )
    world.do()
    assert world.held() == {}
    freeze = Event(start=1, tag="type:agent", mutations=(Freeze(ticks=1),))
    world = Little("@.", events={"cold": freeze})
    world.run(">")
    assert world.place() == (0, 0)
    world.run(">")
    assert world.place() == (0, 1)


def test_so_many_targets_drawn_at_random() -> None:
    event = Event(
        start=1,
        tag="lamp",
        filters=(unaligned(),),
        mutations=(Alignment(joins="team", team="red"),),
        max_targets=2,
    )
    lamps = {
        "lamp": Object(symbol="l", tags=("lamp",)),
        "own": Object(symbol="o", tags=("lamp",), team="blue"),
    }
    chosen = set()
    for seed in range(20):
        world = Little("@llllooo", seed=seed, objects=lamps, teams=teams("red", "blue"), events={"e": event})
        world.do()
        assert world.stat("red/aligned.lamp") == 2
        chosen |= {thing["col"] for thing in world.things("lamp") if thing["team"] == "red"}
    assert chosen == {1, 2, 3, 4}, "every one has its chance"


def test_a_fallback_happens_when_no_target_passed() -> None:
    events = {
        "first": Event(
            start=1,
            every=1,
            tag="type:agent",
            filters=(has_room("target", ore=1),),
            mutations=(give("target", ore=1),),
            fallback="second",
        ),
        "second": Event(start=99, tag="type:box", mutations=(give("target", gem=1),)),
    }
    objects = {"box": box(rule())}
    world = Little("@b", objects=objects, groups={"agent": person(limit=2)}, events=events)
    for _ in range(5):
        world.do()
    assert world.held() == {"ore": 2}
    assert world.things("box")[0]["inventory"] == {"gem": 3}


def test_events_find_the_tags_of_the_moment() -> None:
    events = {
        "grow": Event(start=2, every=2, tag="ripe", mutations=(give("target", ore=1), RemoveTag(tag="ripe"))),
        "ripen": Event(start=6, tag="type:bush", mutations=(AddTag(tag="ripe"),)),
    }
    world = Little("@b", objects={"bush": Object(symbol="b", tags=("ripe",))}, events=events)
    amounts = []
    for _ in range(8):
        world.do()
        amounts.append(world.things("bush")[0]["inventory"].get("ore", 0))
    assert amounts == [0, 1, 1, 1, 1, 1, 1, 2]


def test_an_event_may_use_up_its_target() -> None:
    spend = transfer("target", "target_team", ore=2, remove_source_when_empty=True)
    event = Event(start=1, every=1, tag="type:box", mutations=(spend,))
    thing = box(rule(), team="red", inventory=Inventory(initial={"ore": 3}))
    world = Little("@bb", objects={"box": thing}, teams=teams("red"), events={"e": event})
    world.do()
    assert len(world.things("box")) == 2
    world.do()
    assert not world.things("box") and world.stock("red") == {"ore": 6}


# -- the order of a step -------------------------------------------------------------------------------------


def test_ticks_follow_actions_and_areas_follow_ticks() -> None:
    sack = Limit(resources=("ore",), base=0, modifiers={"sack": 1})
    lamp = Object(
        symbol="l",
        areas={"a": Area(radius=1, filters=(holds("target", sack=2),), mutations=(give("target", ore=1),))},
    )
    tick = rule(TagFilter(tag="type:agent"), PeriodicFilter(every=1), then=give("actor", sack=1))
    world = Little(
        "l@", objects={"lamp": lamp}, groups={"agent": person(limits=(sack,), on_tick={"t": tick})}
    )
    world.run("..")
    assert world.held() == {"sack": 2, "ore": 1}


def test_all_ticks_that_pass_are_done() -> None:
    ticks = {
        name: rule(*f, then=Count(stat=name))
        for name, f in (("a", ()), ("b", (holds("actor", ore=1),)), ("c", ()))
    }
    world = Little("@", groups={"agent": person(on_tick=ticks)})
    world.run("..")
    assert [world.seat_stat(name) for name in "abc"] == [2, 0, 2]


def test_who_comes_first_takes_the_cell() -> None:
    firsts = set()
    for seed in range(20):
        world = Little("@.@", seed=seed)
        world.do(">", "<")
        places = world.place(0)[1], world.place(1)[1]
        assert places in ((1, 2), (0, 1))
        firsts.add(places)
    assert len(firsts) == 2


# -- the clock, and where agents start -----------------------------------------------------------------------


@pytest.mark.parametrize("truncates", [False, True])
def test_the_clock_ends_or_cuts(truncates: bool) -> None:
    world = Little("@@", max_steps=3, truncates=truncates)
    assert world.batch.spec.max_steps == (3 if truncates else 0)
    for _ in range(3):
        assert not world.batch.terminals.any() and not world.batch.truncations.any()
        world.do()
    assert world.batch.terminals.all() != truncates
    assert world.batch.truncations.all() == truncates
    episodes = world.batch.episodes()
    assert (episodes.length.tolist(), episodes.truncated.tolist()) == ([3], [truncates])


def test_no_clock_no_end() -> None:
    world = Little("@", max_steps=0)
    for _ in range(50):
        world.do()
    assert not len(world.batch.episodes())


def starts(seed: int, **settings: Any) -> list[tuple[int, int]]:
    groups = {"agent": person(2), "xeno": person(1)}
    world = Little("@X@X@", "@X@X@", seed=seed, groups=groups, **settings)
    return [world.place(seat) for seat in range(3)]


def test_spawn_cells_are_drawn_and_seats_follow_the_rows() -> None:
    drawn = [starts(seed) for seed in range(30)]
    assert len({tuple(places) for places in drawn}) > 10
    for first, second, other in drawn:
        assert first < second and first[1] % 2 == second[1] % 2 == 0 and other[1] % 2 == 1


def test_a_fixed_order_takes_the_first_cells() -> None:
    assert {tuple(starts(seed, fixed_spawn_order=True)) for seed in range(9)} == {((0, 0), (0, 2), (0, 1))}


def test_a_map_seed_fixes_the_start_but_not_the_play() -> None:
    assert len({tuple(starts(seed, map_seed=5)) for seed in range(9)}) == 1
    assert len({tuple(starts(0, map_seed=seed)) for seed in range(9)}) > 1
    firsts = set()
    for seed in range(20):
        world = Little("@.@", seed=seed, map_seed=1)
        world.do(">", "<")
        firsts.add(world.place(0))
    assert len(firsts) == 2


def test_too_few_spawn_cells_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"the map has 1 spawn cells for the 2 agents of 'agent\.agent'"):
        Little("@..", groups={"agent": person(2)})


def test_two_threads_and_copies_play_the_same() -> None:
    world = Little("@.@.@", "..l..", objects={"lamp": Object(symbol="l", areas={"a": Area(radius=1)})})
    copy = Little("@.@.@", "..l..", objects={"lamp": Object(symbol="l", areas={"a": Area(radius=1)})}, seed=5)
    copy.batch.restore(0, world.batch.save(0))
    rng = np.random.default_rng(0)
    for _ in range(30):
        world.batch.actions[:] = copy.batch.actions[:] = rng.integers(0, 8, (3, 1))
        world.batch.step(), copy.batch.step()
        assert world.batch.hash(0) == copy.batch.hash(0)
