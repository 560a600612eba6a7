"""Movement, use, inventories and every filter of the grid, with numbers."""

from typing import Any

import pytest
from unit.little_grid import Little, box, person, rule, teams

from coterie.games.grid.effects import (
    AlignmentFilter,
    Count,
    Filter,
    NearFilter,
    NotFilter,
    OrFilter,
    PeriodicFilter,
    TagFilter,
    Value,
    ValueFilter,
    VibeFilter,
    amount,
    give,
    has_room,
    holds,
    stat,
    transfer,
)
from coterie.games.grid.rules import Actions, Cost, Inventory, Limit, Object

YES = Count(stat="yes")

# -- moving and using ----------------------------------------------------------------------------------------


def test_an_agent_walks_and_is_stopped() -> None:
    world = Little("#####", "#@..#", "#####")
    world.run(">>>^v")
    assert world.place() == (1, 3)
    assert world.seat_stat("action.move.success") == 2
    assert world.seat_stat("action.move.failed") == world.seat_stat("action.failed") == 3
    assert world.seat_stat("status.max_steps_without_motion") == 3


def test_the_map_may_end_without_a_wall() -> None:
    world = Little("@.")
    world.run("<^v>>")
    assert world.place() == (0, 1)
    assert world.seat_stat("action.move.failed") == 4


@pytest.mark.parametrize(
    ("direction", "row", "col"),
    [("northwest", 1, 1), ("northeast", 1, 3), ("southwest", 3, 1), ("southeast", 3, 3)],
)
def test_diagonal_moves_need_only_their_cell(direction: Any, row: int, col: int) -> None:
    ring = ("#####", "#.#.#", "##@##", "#.#.#", "#####")
    world = Little(*ring, actions=Actions(move=(direction,)))
    assert world.config.action_names[:2] == ("noop", f"move_{direction}")
    world.do(f"move_{direction}")
    assert world.place() == (row, col)


def test_a_diagonal_use_and_the_order_of_actions() -> None:
    moves = ("southeast", "north")
    world = Little("@..", ".b.", objects={"box": box(rule(then=YES))}, actions=Actions(move=moves))
    vibes = ("change_vibe_default", "change_vibe_glow", "change_vibe_song")
    assert world.config.action_names == ("noop", "move_southeast", "move_north", *vibes)
    world.do("move_southeast")
    assert world.place() == (0, 0)
    assert world.seat_stat("yes") == 1


def test_costs_are_paid_for_what_succeeds() -> None:
    costs = Actions(
        noop_cost=Cost(required={"gem": 1}),
        move_cost=Cost(required={"ore": 3}, consumed={"ore": 2}),
        change_vibe_cost=Cost(consumed={"ore": 1}),
    )
    world = Little("#@..#", groups={"agent": person(initial={"ore": 6})}, actions=costs)
    world.run("<.")
    assert world.held() == {"ore": 6}, "a blocked move costs nothing, and waiting needs a gem"
    assert world.seat_stat("action.noop.failed") == 1
    world.do("change_vibe_glow")
    world.run(">>")
    assert (world.held(), world.place(), world.agent()["vibe"]) == ({"ore": 1}, (0, 3), "glow")
    world.do("change_vibe_glow"), world.do("change_vibe_song")
    assert (world.held(), world.agent()["vibe"]) == ({}, "glow"), "the second cannot be paid"


def test_only_the_first_handler_that_passes_is_done() -> None:
    uses = [
        rule(holds("actor", gem=1), then=Count(stat="gem")),
        rule(holds("actor", ore=1), then=give("actor", ore=-1)),
        rule(then=give("actor", gem=1)),
    ]
    world = Little("@b", objects={"box": box(*uses)}, groups={"agent": person(initial={"ore": 1})})
    world.run(">>>>")
    assert world.held() == {"gem": 1}
    assert world.seat_stat("gem") == 2
    assert world.place() == (0, 0)


def test_who_moves_into_an_agent_uses_it() -> None:
    share = rule(
        VibeFilter(vibe="glow"),
        holds("actor", ore=1),
        has_room("target", ore=1),
        then=transfer("actor", "target", ore=2),
    )
    group = person(2, limit=3, initial={"ore": 3}, on_use={"share": share})
    world = Little("@@", groups={"agent": group.replace(vibe="glow")})
    world.do(">")
    assert world.seat_stat("action.move.failed") == 1, "no room"
    world = Little(
        "@@", groups={"agent": group.replace(vibe="glow", inventory=Inventory(initial={"ore": 2}))}
    )
    world.do(">")
    assert (world.held(0), world.held(1)) == ({}, {"ore": 4})
    world.do(">")
    assert world.seat_stat("action.move.failed") == 1, "nothing to give"
    assert world.seat_stat("ore.lost") == 2 and world.seat_stat("ore.gained", 1) == 4


# -- filters -------------------------------------------------------------------------------------------------


def passes(*filters: Any, target: str | None = None, team: str | None = "red") -> bool:
    """Whether an agent (3 ore of at most 5, glowing, red) may use a box (1 ore, full, singing, marked)."""
    thing = box(
        rule(*filters, then=YES),
        vibe="song",
        team=target,
        tags=("marked",),
        inventory=Inventory(initial={"ore": 1}, default_limit=1),
    )
    lamp = Object(symbol="l", tags=("lamp",))
    world = Little(
        "#####",
        "#@b.#",
        "#..l#",
        "#####",
        objects={"box": thing, "lamp": lamp},
        groups={"agent": person(limit=5, initial={"ore": 3}, vibe="glow", team=team)},
        teams=teams("red", "blue", ore=2),
    )
    world.do(">")
    return world.seat_stat("yes") == 1


HERE, THERE = NearFilter(tag="lamp", radius=1), NearFilter(tag="lamp", radius=0)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((), True),
        ((VibeFilter(vibe="glow"),), True),
        ((VibeFilter(vibe="song"),), False),
        ((VibeFilter(who="target", vibe="song"),), True),
        ((holds("actor", ore=3),), True),
        ((holds("actor", ore=4),), False),
        ((holds("actor", ore=3, gem=1),), False),
        ((holds("target", ore=1),), True),
        ((holds("actor_team", ore=2),), True),
        ((holds("actor_team", ore=3),), False),
        ((holds("target_team", ore=1),), False),
        ((has_room("actor", ore=2),), True),
        ((has_room("actor", ore=3),), False),
        ((has_room("actor", ore=2, gem=5),), True),
        ((has_room("target", ore=1),), False),
        ((has_room("target", gem=1),), True),
        ((has_room("target_team", ore=1),), False),
        ((TagFilter(tag="marked"),), True),
        ((TagFilter(tag="type:box"),), True),
        ((TagFilter(tag="lamp"),), False),
        ((TagFilter(who="actor", tag="type:agent"),), True),
        ((TagFilter(who="actor", tag="collective:red"),), True),
        ((HERE,), True),
        ((THERE,), False),
        ((NearFilter(tag="marked", radius=0),), True),
        ((NearFilter(tag="type:agent", radius=1, filters=(holds("target", ore=3),)),), True),
        ((NearFilter(tag="type:agent", radius=1, filters=(holds("target", ore=4),)),), False),
        ((ValueFilter(value=amount("ore"), at_least=1),), True),
        ((ValueFilter(value=amount("ore"), at_least=1.5),), False),
        ((ValueFilter(value=amount("ore", "team"), at_least=0.5),), False),
        ((ValueFilter(value=stat("ore.gained"), at_least=0.5),), False),
        ((ValueFilter(value=stat("objects.box", "game"), at_least=1),), True),
        ((ValueFilter(value=Value(of="tag_count", name="lamp"), at_least=1),), True),
        ((ValueFilter(value=Value(of="tag_count", name="lamp"), at_least=2),), False),
        ((ValueFilter(value=Value(of="tag_count", name="type:wall"), at_least=14),), True),
        ((ValueFilter(value=Value(of="tag_count", name="type:wall"), at_least=15),), False),
        ((ValueFilter(value=Value(constant=-2), at_least=-2),), True),
        ((PeriodicFilter(every=3, start=1),), True),
        ((PeriodicFilter(every=1, start=2),), False),
        ((NotFilter(filters=(THERE,)),), True),
        ((NotFilter(filters=(HERE, THERE)),), True),
        ((NotFilter(filters=(HERE, VibeFilter(vibe="glow"))),), False),
        ((OrFilter(filters=(THERE, HERE)),), True),
        ((OrFilter(filters=(THERE, VibeFilter(vibe="song"))),), False),
        ((HERE, VibeFilter(vibe="glow")), True),
        ((HERE, THERE), False),
    ],
    ids=str,
)
def test_filters(filters: tuple[Filter, ...], expected: bool) -> None:
    assert passes(*filters) == expected


@pytest.mark.parametrize(
    ("target_is", "neutral", "own", "other", "for_nobody"),
    [
        ("aligned", False, True, True, True),
        ("unaligned", True, False, False, False),
        ("same_team", False, True, False, False),
        ("other_team", False, False, True, False),
        ("of_team", False, True, False, True),
    ],
)
def test_alignment(target_is: Any, neutral: bool, own: bool, other: bool, for_nobody: bool) -> None:
    asks = AlignmentFilter(target_is=target_is, team="red" if target_is == "of_team" else None)
    found = [passes(asks, target=team) for team in (None, "red", "blue")]
    assert found == [neutral, own, other]
    assert passes(asks, target="red", team=None) == for_nobody
    assert passes(holds("target_team", ore=2), target="blue")


def test_a_periodic_rule() -> None:
    tick = rule(PeriodicFilter(every=3, start=2), then=YES)
    world = Little("@", groups={"agent": person(on_tick={"beat": tick})})
    counts = []
    for _ in range(9):
        world.do(".")
        counts.append(world.seat_stat("yes"))
    assert counts == [0, 1, 1, 1, 2, 2, 2, 3, 3]


# -- inventories ---------------------------------------------------------------------------------------------

SACKED = Limit(resources=("ore", "gem"), base=2, minimum=1, maximum=9, modifiers={"sack": 3, "hp": -2})


@pytest.mark.parametrize(
    ("sacks", "hp", "capacity"), [(0, 0, 2), (1, 0, 5), (2, 0, 8), (3, 0, 9), (0, 5, 1), (2, 1, 6)]
)
def test_a_limit_is_base_and_modifiers_within_bounds(sacks: int, hp: int, capacity: int) -> None:
    start = {name: n for name, n in {"sack": sacks, "hp": hp}.items() if n}
    world = Little(
        "@b",
        objects={"box": box(rule(then=give("actor", ore=1)))},
        groups={"agent": person(initial=start, limits=(SACKED,))},
    )
    world.run(">" * 12)
    assert world.held()["ore"] == capacity


def test_initial_stock_is_over_the_limit_until_it_changes() -> None:
    def after(**amounts: int) -> dict[str, int]:
        limit = Limit(resources=("ore", "gem"), base=4)
        group = person(
            initial={"ore": 7, "gem": 2}, limits=(limit,), on_tick={"t": rule(then=give("actor", **amounts))}
        )
        world = Little("@", groups={"agent": group})
        world.do(".")
        return world.held()

    assert after(sack=1) == {"ore": 7, "gem": 2, "sack": 1}
    assert after(ore=1) == {"ore": 2, "gem": 2}, "even a gain cuts it"
    assert after(gem=-1) == {"ore": 7}, "7 ore leave no room for gems"


def test_losing_a_sack_drops_from_the_limits_end() -> None:
    group = person(
        initial={"sack": 2, "ore": 5, "gem": 3},
        limits=(SACKED.replace(modifiers={"sack": 3}),),
        on_tick={"t": rule(then=give("actor", sack=-1))},
    )
    world = Little("@", groups={"agent": group})
    world.do(".")
    assert world.held() == {"sack": 1, "ore": 5}
    assert world.seat_stat("gem.lost") == 3
    world.do(".")
    assert world.held() == {"ore": 2}


def test_a_negative_modifier_drops_nothing_at_once() -> None:
    group = person(
        initial={"ore": 2},
        limits=(SACKED,),
        on_tick={"t": rule(PeriodicFilter(every=9, start=1), then=give("actor", hp=1))},
    )
    world = Little("@", groups={"agent": group})
    world.do(".")
    assert world.held() == {"ore": 2, "hp": 1}
