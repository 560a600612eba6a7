"""Buildings with recipes, and rewards, on the grid, with numbers."""

from typing import Any

import pytest
from unit.little_grid import Little, box, person, rule, teams

from coterie.games.grid.effects import Count, Value, amount, give, holds, stat
from coterie.games.grid.rules import Inventory, Limit, Object, Recipe, Reward

# -- recipes -------------------------------------------------------------------------------------------------


def mill(*recipes: Recipe, **settings: Any) -> dict[str, Object]:
    return {"mill": Object(symbol="m", recipes=recipes, **settings)}


def test_a_recipe_takes_gives_and_cools_down() -> None:
    recipe = Recipe(inputs={"ore": 2}, outputs={"gem": 1}, cooldown=3)
    world = Little("@m", objects=mill(recipe), groups={"agent": person(initial={"ore": 9})})
    gems = []
    for _ in range(8):
        world.run(">")
        gems.append(world.held().get("gem", 0))
    assert gems == [1, 1, 1, 2, 2, 2, 3, 3], "used at step t, again at t + 3"
    assert world.held()["ore"] == 3
    assert world.stat("assembler.gem.created") == 3
    assert world.seat_stat("action.move.failed") == 5
    assert world.things("mill")[0]["uses"] == 3


def test_missing_inputs_cost_nothing() -> None:
    recipe = Recipe(inputs={"ore": 2, "gem": 1}, outputs={"hp": 1})
    world = Little("@m", objects=mill(recipe), groups={"agent": person(initial={"ore": 2})})
    world.run(">")
    assert world.held() == {"ore": 2} and world.things("mill")[0]["cooldown"] == 0


@pytest.mark.parametrize(("room", "is_made"), [(2, True), (1, False)])
def test_an_output_that_does_not_fit_is_refused(room: int, is_made: bool) -> None:
    recipe = Recipe(inputs={"ore": 1}, outputs={"gem": 2}, cooldown=5)
    group = person(initial={"ore": 1}, limits=(Limit(resources=("gem",), base=room),))
    world = Little("@m", objects=mill(recipe), groups={"agent": group})
    world.run(">")
    assert world.held() == ({"gem": 2} if is_made else {"ore": 1})
    assert world.things("mill")[0]["cooldown"] == (5 if is_made else 0)


def test_the_product_must_fit_before_the_price_is_taken() -> None:
    shared = Limit(resources=("ore", "gem"), base=2)
    recipe = Recipe(inputs={"ore": 2}, outputs={"gem": 1})
    world = Little("@m", objects=mill(recipe), groups={"agent": person(initial={"ore": 2}, limits=(shared,))})
    world.run(">")
    assert world.held() == {"ore": 2}


@pytest.mark.parametrize(
    ("ore", "price", "left"),
    [
        ((4, 4, 4), 3, [3, 3, 3]),
        ((4, 4, 4), 5, [2, 2, 3]),
        ((4, 4, 4), 4, [2, 3, 3]),
        ((1, 9, 9), 5, [0, 7, 7]),
        ((0, 1, 9), 6, [0, 0, 4]),
        ((1, 1, 1), 3, [0, 0, 0]),
        ((1, 1, 1), 4, [1, 1, 1]),
    ],
)
def test_inputs_are_pooled_from_all_around(ore: tuple[int, ...], price: int, left: list[int]) -> None:
    groups = {
        name: person(initial={"ore": n} if n else {})
        for name, n in zip(("ann", "ben", "cid"), ore, strict=True)
    }
    recipe = Recipe(inputs={"ore": price}, outputs={"gem": 1})
    world = Little("..C", "Am.", "..B", objects=mill(recipe), groups=groups)
    world.do(">")
    assert [world.held(seat).get("ore", 0) for seat in range(3)] == left, "the user, then the lower seats"
    assert world.held(0).get("gem", 0) == (sum(left) < sum(ore))


def test_who_stands_apart_pays_nothing() -> None:
    recipe = Recipe(inputs={"ore": 1}, outputs={"gem": 1})
    world = Little("Am.B", objects=mill(recipe), groups={"ann": person(), "ben": person(initial={"ore": 1})})
    world.do(">")
    assert world.held(0) == {} and world.held(1) == {"ore": 1}
    world.do(".", "<"), world.do(">")
    assert world.held(0) == {"gem": 1} and world.held(1) == {}


def test_an_input_may_carry_the_limit_of_another() -> None:
    sacks = Limit(resources=("hp",), base=1, modifiers={"gem": 4})
    recipe = Recipe(inputs={"gem": 1, "hp": 5}, outputs={"sack": 1})
    group = person(initial={"gem": 1, "hp": 5}, limits=(sacks,))
    world = Little("@m", objects=mill(recipe), groups={"agent": group})
    world.run(">")
    assert world.held() == {"sack": 1}


CHOIR = (
    Recipe(outputs={"ore": 1}),
    Recipe(outputs={"ore": 2}, min_agents=2),
    Recipe(vibes=("glow",), outputs={"ore": 10}),
    Recipe(vibes=("song", "glow"), outputs={"ore": 21}),
    Recipe(vibes=("song", "song"), outputs={"ore": 40}, min_agents=3),
)


@pytest.mark.parametrize(
    ("vibes", "made"),
    [
        (("default",), (1,)),
        (("default", "default"), (2, 0)),
        (("glow",), (10,)),
        (("glow", "default"), (10, 0)),
        (("default", "glow"), (10, 0)),
        (("song",), (1,)),
        (("song", "glow"), (11, 10)),
        (("glow", "song"), (11, 10)),
        (("glow", "glow"), (2, 0)),
        (("song", "song"), (2, 0)),
        (("song", "song", "default"), (20, 20, 0)),
        (("default", "song", "song"), (0, 20, 20)),
        (("default", "song", "glow"), (0, 11, 10)),
    ],
    ids=str,
)
def test_vibes_around_choose_the_recipe(vibes: tuple[str, ...], made: tuple[int, ...]) -> None:
    names = ("ann", "ben", "cid")[: len(vibes)]
    row = {1: ("Am.",), 2: ("AmB",), 3: ("AmB", "..C")}[len(vibes)]
    groups = {name: person(vibe=vibe) for name, vibe in zip(names, vibes, strict=True)}
    world = Little(*row, objects=mill(*CHOIR), groups=groups)
    world.do(">")
    assert tuple(world.held(seat).get("ore", 0) for seat in range(len(vibes))) == made


@pytest.mark.parametrize(
    ("first", "second", "made"), [(30, 30, [11, 10]), (4, 30, [4, 17]), (30, 3, [18, 3])]
)
def test_shares_go_where_there_is_room(first: int, second: int, made: list[int]) -> None:
    groups = {
        "ann": person(limit=first, vibe="song"),
        "ben": person(limit=second, vibe="glow"),
    }
    world = Little("AmB", objects=mill(*CHOIR), groups=groups)
    world.do(">")
    assert [world.held(seat)["ore"] for seat in range(2)] == made


def test_who_is_over_the_limit_gets_no_share() -> None:
    groups = {
        "ann": person(limit=5, vibe="song", initial={"ore": 50}),
        "ben": person(limit=30, vibe="glow"),
    }
    world = Little("AmB", objects=mill(*CHOIR), groups=groups)
    world.do(">")
    assert [world.held(seat)["ore"] for seat in range(2)] == [50, 21]


def test_a_building_is_spent() -> None:
    world = Little("@m", objects=mill(Recipe(outputs={"ore": 1}), max_uses=3))
    world.run(">>>>>")
    assert world.held() == {"ore": 3} and world.seat_stat("action.move.failed") == 2


@pytest.mark.parametrize(
    ("wait", "ore", "gems"),
    [(0, 10, 4), (1, 9, 4), (2, 8, 4), (3, 7, 5), (6, 5, 6), (9, 2, 7), (10, 2, 8), (20, 2, 8)],
)
def test_partial_use_scales_by_the_time_passed(wait: int, ore: int, gems: int) -> None:
    """8 ore make 4 gems in 10 steps; after k steps, 8k/10 rounded up make 4k/10 rounded down."""
    recipe = Recipe(inputs={"ore": 8}, outputs={"gem": 4}, cooldown=10)
    world = Little(
        "@m", objects=mill(recipe, partial_use=True), groups={"agent": person(initial={"ore": 18})}
    )
    world.run(">" + "." * (wait - 1) + (">" if wait else ""))
    took = 0 if gems == 4 else 18 - 8 - ore
    assert world.held() == {"ore": 10 - took, "gem": gems}
    assert world.things("mill")[0]["cooldown"] == (10 if gems > 4 or not wait else 10 - wait)


def test_large_amounts_are_scaled_without_overflow() -> None:
    recipe = Recipe(outputs={"ore": 65535}, cooldown=65535)
    reset = Object(symbol="m", recipes=(recipe,), partial_use=True)
    clear = rule(then=give("actor", ore=-65535))
    world = Little("c@m", objects={"mill": reset, "clear": box(clear, symbol="c")}, max_steps=0)
    world.run("><" + "." * 3000 + ">")
    assert world.held() == {"ore": 3002}


def test_handlers_come_before_recipes() -> None:
    first = {"take": rule(holds("target", gem=1), then=give("target", gem=-1))}
    objects = mill(Recipe(outputs={"ore": 1}), on_use=first, inventory=Inventory(initial={"gem": 1}))
    world = Little("@m", objects=objects)
    world.run(">>")
    assert world.held() == {"ore": 1}


# -- rewards -------------------------------------------------------------------------------------------------


def paid(reward: Reward, moves: str, **initial: int) -> list[float]:
    """Rewards of an agent between a box that gives 2 ore and one that takes 3; its team holds 7 gems."""
    more, less = (
        box(rule(then=(give("actor", ore=2), Count(stat="up"))), symbol="m"),
        box(rule(then=give("actor", ore=-3)), symbol="l"),
    )
    world = Little(
        "l@m",
        objects={"more": more, "less": less},
        groups={"agent": person(initial=initial, team="red", rewards={"r": reward})},
        teams=teams("red", gem=7),
    )
    return [round(r, 5) for r in world.run(moves)]


ORE = amount("ore")


@pytest.mark.parametrize(
    ("reward", "moves", "steps"),
    [
        (Reward(numerators=(ORE,)), ".>><<.", [0, 2, 2, -3, -1, 0]),
        (Reward(numerators=(ORE,), weight=0.5), ">><", [1, 1, -1.5]),
        (Reward(numerators=(ORE,), maximum=3), ">>><<.", [2, 1, 0, 0, -3, 0]),
        (Reward(numerators=(ORE,), weight=-1, maximum=3), ">>><<", [-2, -1, 0, 0, 3]),
        (Reward(numerators=(ORE,), maximum=0), ">>", [0, 0]),
        (Reward(numerators=(ORE, ORE)), ">", [4]),
        (Reward(numerators=(ORE, Value(constant=-3))), ".>>", [-3, 2, 2]),
        (Reward(numerators=(ORE,), denominators=(Value(constant=4),)), ">>", [0.5, 0.5]),
        (Reward(numerators=(ORE,), denominators=(Value(constant=4), Value(constant=2))), ">", [0.25]),
        (Reward(numerators=(ORE,), denominators=(Value(constant=0), Value(constant=-2))), ">", [2]),
        (Reward(numerators=(Value(constant=12),), denominators=(ORE,)), ".>>>", [12, -6, -3, -1]),
        (Reward(numerators=(amount("gem", "team"),)), "..", [7, 0]),
        (Reward(numerators=(stat("up"),)), ">.>", [1, 0, 1]),
        (Reward(numerators=(stat("gem.deposited", "team"),)), ".", [7]),
        (Reward(numerators=(stat("objects.more", "game"),)), ".", [1]),
        (Reward(numerators=(Value(of="tag_count", name="type:agent"),)), "..", [1, 0]),
    ],
    ids=range(16),
)
def test_a_step_pays_the_change(reward: Reward, moves: str, steps: list[float]) -> None:
    assert paid(reward, moves) == steps


def test_the_first_step_pays_for_what_one_starts_with() -> None:
    assert paid(Reward(numerators=(ORE,)), "..>", ore=5) == [5, 0, 2]


def test_entries_are_capped_each_by_itself() -> None:
    rewards = {"a": Reward(numerators=(ORE,), maximum=1), "b": Reward(numerators=(ORE,), weight=-0.5)}
    more = box(rule(then=give("actor", ore=2)))
    world = Little("@b", objects={"more": more}, groups={"agent": person(rewards=rewards)})
    assert world.run(">>") == [0, -1]
    assert world.batch.episode_returns(0).tolist() == [-1]


def test_groups_are_rewarded_each_in_its_way() -> None:
    groups = {
        "ann": person(initial={"ore": 1}, rewards={"r": Reward(numerators=(ORE,))}),
        "ben": person(
            initial={"ore": 5, "gem": 1}, rewards={"r": Reward(numerators=(amount("gem"),), weight=3)}
        ),
    }
    assert Little("AB", groups=groups).do() == [1, 3]
