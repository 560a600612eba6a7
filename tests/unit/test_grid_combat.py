"""Attacks and frozen agents on the grid, with numbers."""

from typing import Any

import pytest
from unit.little_grid import Little, box, person, rule, teams

from coterie.games.grid.effects import Attack, Count, Freeze, VibeFilter, give
from coterie.games.grid.rules import Actions, Assault, Cost, Group

HIT = "action.attack.fox.hit.hen"
FREE = Cost()


def fight(
    effect: Attack,
    fox: dict[str, int] | None = None,
    hen: dict[str, int] | None = None,
    *,
    vibe: str = "glow",
    cost: Cost = FREE,
    row: str = ".FH.",
    **settings: Any,
) -> Little:
    """A fox beside a hen, both of at most 5 of each; the fox is armed while it glows, and attacks once."""
    common: dict[str, Any] = {"limit": 5, "team": "wild", **settings}
    world = Little(
        row,
        groups={
            "fox": person(initial=fox or {}, vibe=vibe, **common),
            "hen": person(initial=hen or {}, **common),
        },
        teams=teams("wild", "tame"),
        actions=Actions(
            attack=Assault(vibes=("glow", "song"), cost=cost, effect=effect),
            move_cost=Cost(consumed={"hp": 1} if fox and "hp" in fox else {}),
        ),
    )
    world.do(">")
    return world


def test_a_hit_freezes_harms_and_loots() -> None:
    attack = Attack(
        freeze_ticks=3, actor_amounts={"hp": 2}, target_amounts={"gem": -1, "hp": -9}, loot=("ore", "gem")
    )
    world = fight(attack, {"ore": 3}, {"ore": 4, "gem": 2, "sack": 1, "hp": 5})
    assert world.held(0) == {"ore": 5, "gem": 1, "hp": 2}, "two of four ore fit"
    assert world.held(1) == {"ore": 2, "sack": 1}
    assert world.agent(1)["frozen"] + world.seat_stat("status.frozen.ticks", 1) == 3
    assert (world.place(0), world.place(1)) == ((0, 1), (0, 2))
    assert world.seat_stat(HIT) == world.seat_stat("action.attack.hen.hit_by.fox", 1) == 1
    assert world.seat_stat("action.attack.success") == world.seat_stat("action.move.success") == 1


@pytest.mark.parametrize("vibe", ["song", "default"])
def test_only_the_armed_attack(vibe: str) -> None:
    world = fight(Attack(), vibe=vibe)
    assert world.seat_stat(HIT) == (vibe == "song")
    assert world.seat_stat("action.move.failed") == (vibe == "default")
    assert world.seat_stat("action.attack.failed") == 0


def test_an_unarmed_agent_arms_itself() -> None:
    world = fight(Attack(), vibe="default")
    world.do("change_vibe_glow"), world.do(">")
    assert world.seat_stat(HIT) == 1


# -- defence -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weapons", "armour", "sacks", "is_blocked", "left"),
    [
        (0, 0, 1, True, 0),
        (0, 0, 0, False, 0),
        (2, 0, 4, False, 4),  # 1 + 2 x 2 = 5 asked for
        (2, 0, 5, True, 0),
        (2, 3, 3, True, 1),  # 1 + 2 x 2 - 3 = 2
        (2, 3, 1, False, 1),
        (1, 5, 1, True, 0),  # a bonus is never below 0
    ],
)
def test_a_defence_is_asked_for_more_by_weapons(
    weapons: int, armour: int, sacks: int, is_blocked: bool, left: int
) -> None:
    fox = {"ore": weapons} if weapons else {}
    hen = {name: n for name, n in {"gem": armour, "sack": sacks}.items() if n}
    effect = Attack(defence={"sack": 1}, weapons={"ore": 2}, armour={"gem": 1}, loot=("gem",))
    world = fight(effect, fox, hen)
    assert world.seat_stat("action.attack.fox.blocked_by.hen") == is_blocked
    assert world.seat_stat(HIT) == (not is_blocked)
    assert world.held(1).get("sack", 0) == left
    assert (world.agent(1)["frozen"] > 0) == (not is_blocked)
    assert world.held(0).get("gem", 0) == (0 if is_blocked else armour)
    assert world.seat_stat("action.attack.success") == 1, "a blocked attack is one too"


def test_every_defence_named_must_be_there() -> None:
    effect = Attack(defence={"sack": 1, "gem": 2})
    assert fight(effect, hen={"sack": 1, "gem": 1}).held(1) == {"sack": 1, "gem": 1}
    assert fight(effect, hen={"sack": 1, "gem": 3}).held(1) == {"gem": 1}


def test_huge_bonuses_do_not_overflow() -> None:
    effect = Attack(defence={"sack": 65535}, weapons={"ore": 65535})
    world = fight(effect, {"ore": 65535}, {"sack": 65535}, limit=65535)
    assert world.seat_stat(HIT) == 1


# -- cost ----------------------------------------------------------------------------------------------------


def test_an_attack_costs_its_own_and_a_move() -> None:
    cost = Cost(required={"sack": 1}, consumed={"ore": 2})
    world = fight(Attack(freeze_ticks=0), {"ore": 4, "sack": 1, "hp": 5}, cost=cost)
    assert world.held(0) == {"ore": 2, "sack": 1, "hp": 4}
    world.do(">"), world.do(">")
    assert world.held(0) == {"sack": 1, "hp": 3}, "the third cannot be paid, so nothing is"
    assert world.seat_stat("action.attack.failed") == world.seat_stat("action.move.failed") == 1
    assert world.seat_stat(HIT) == 2


def test_who_cannot_pay_may_still_use() -> None:
    greet = rule(VibeFilter(vibe="glow"), then=give("actor", gem=1))
    world = fight(Attack(), cost=Cost(consumed={"ore": 1}), on_use={"greet": greet})
    assert world.held(0) == {"gem": 1}
    assert world.seat_stat("action.attack.failed") == world.seat_stat("action.move.success") == 1


@pytest.mark.parametrize("is_same", [True, False])
def test_friendly_fire(is_same: bool) -> None:
    groups = {
        "fox": person(team="wild", vibe="glow"),
        "hen": person(team="wild" if is_same else "tame", initial={"ore": 1}),
    }
    shield = Attack(defence={"ore": 1}, freeze_ticks=0)
    actions = Actions(attack=Assault(vibes=("glow",), effect=shield))
    world = Little("FH", groups=groups, teams=teams("wild", "tame"), actions=actions)
    world.do(">"), world.do(">")
    assert world.seat_stat("action.attack.fox.friendly_fire.hen") == 2 * is_same
    assert world.seat_stat("action.attack.fox.blocked_by.hen") == world.seat_stat(HIT) == 1


def test_friends_without_a_team_are_none() -> None:
    assert fight(Attack(), team=None).seat_stat("action.attack.fox.friendly_fire.hen") == 0


# -- frozen --------------------------------------------------------------------------------------------------


def test_a_frozen_agent_loses_turns_and_changes_places() -> None:
    world = fight(Attack(freeze_ticks=2), hen={"ore": 1})
    world.do(">", ">")
    assert (world.place(0), world.place(1)) == ((0, 2), (0, 1)), "a swap, not a second attack"
    assert world.seat_stat("actions.swap") == world.seat_stat(HIT) == 1
    turns = world.seat_stat("status.frozen.ticks", 1)
    world.do(".", "<"), world.do(".", "<")
    assert world.seat_stat("status.frozen.ticks", 1) == 2 and turns in (1, 2)
    assert world.place(1) == (0, 0)
    assert world.seat_stat("action.move.failed", 1) == world.seat_stat("action.failed", 1) == 0


def test_who_is_free_again_can_be_attacked() -> None:
    world = fight(Attack(freeze_ticks=1))
    world.do(".", ".")
    world.do(".", ".")
    assert world.agent(1)["frozen"] == 0
    world.do(">")
    assert world.seat_stat(HIT) == 2


def test_a_frozen_agent_pays_no_costs_and_shows_no_action() -> None:
    group = Group(count=1, on_use={}, inventory=person(initial={"ore": 3}).inventory)
    trap = box(rule(then=Freeze(who="actor", ticks=1)))
    world = Little(
        "b@.",
        objects={"trap": trap},
        groups={"agent": group},
        actions=Actions(move_cost=Cost(consumed={"ore": 1})),
    )
    world.run("<>")
    assert world.held() == {"ore": 2}
    assert (world.agent()["action"], world.agent()["success"]) == ("move_east", False)
    world.run(">")
    assert world.place() == (0, 2)


def test_an_attack_as_a_mutation() -> None:
    """Traps and areas may use it; between agents it counts where the game has attacks."""
    poke = rule(then=Attack(defence={"ore": 1}, freeze_ticks=4))
    world = Little("@@", groups={"agent": person(2, initial={"ore": 1}, on_use={"poke": poke})})
    world.do(">")
    assert (world.held(1), world.agent(1)["frozen"]) == ({}, 0)
    world.do(">")
    assert world.agent(1)["frozen"] in (3, 4), "its own turn of this step may already be lost"
    world = Little("@b", objects={"box": box(rule(then=(Attack(), Count(stat="used"))))})
    world.do(">")
    assert world.agent()["frozen"] == 0 and world.seat_stat("used") == 1
