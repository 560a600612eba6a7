"""Every mutation of the grid, with numbers."""

import pytest
from unit.little_grid import Little, box, person, rule, teams

from coterie.games.grid.effects import (
    AddTag,
    AddValue,
    Alignment,
    ClearInventory,
    Count,
    Freeze,
    Mutation,
    RemoveTag,
    SetVibe,
    TagFilter,
    Value,
    ValueFilter,
    amount,
    give,
    transfer,
)
from coterie.games.grid.rules import Inventory

YES = Count(stat="yes")


def used(
    *mutations: Mutation, times: int = 1, stocked: int = 5, held: int = 3, team: str | None = "red"
) -> Little:
    """A red agent (of at most 8 of each) uses a box, which has a team or none and holds ore."""
    world = Little(
        "@b.",
        objects={"box": box(rule(then=mutations), team=team, inventory=Inventory(initial={"ore": stocked}))},
        groups={"agent": person(limit=8, initial={"ore": held}, team="red")},
        teams=teams("red", "blue", ore=10),
    )
    world.run(">" * times)
    return world


def test_deltas_are_cut_at_limits() -> None:
    world = used(give("actor", ore=9, gem=2), give("target", ore=-9), give("actor_team", ore=-4))
    assert world.held() == {"ore": 8, "gem": 2}
    assert world.things("box")[0]["inventory"] == {}
    assert world.stock("red") == {"ore": 6}
    assert used(give("target_team", ore=1), team="blue").stock("blue") == {"ore": 11}
    assert used(give("target_team", ore=1), team=None).stock("blue") == {"ore": 10}


@pytest.mark.parametrize(
    ("asked", "moved"), [(2, 2), (-1, 5), (9, 5), (0, 0)], ids=["some", "all", "more", "none"]
)
def test_a_transfer_moves_what_there_is_and_fits(asked: int, moved: int) -> None:
    world = used(transfer("target", "actor", ore=asked))
    assert world.held() == {"ore": 3 + moved}
    assert world.things("box")[0]["inventory"] == ({"ore": 5 - moved} if moved < 5 else {})
    full = used(transfer("target", "actor", ore=asked), held=7)
    assert full.held() == {"ore": 7 + min(1, moved)}
    assert full.things("box")[0]["inventory"]["ore"] == 5 - min(1, moved), "what does not fit stays"


def test_transfers_between_agent_and_teams() -> None:
    world = used(transfer("actor", "actor_team", ore=-1), transfer("actor_team", "target", ore=2))
    assert (world.held(), world.stock("red")) == ({}, {"ore": 11})
    assert world.things("box")[0]["inventory"] == {"ore": 7}
    assert world.stat("red/ore.deposited") == 13, "the initial stock counts"
    assert world.stat("red/ore.withdrawn") == 2


def test_an_emptied_source_vanishes() -> None:
    take = transfer("target", "actor", ore=3, remove_source_when_empty=True)
    world = used(take)
    assert len(world.things("box")) == 1 and world.stat("red/aligned.box") == 1
    world.run(">")
    assert not world.things("box")
    assert (world.stat("red/aligned.box"), world.stat("red/aligned.box.lost")) == (0, 1)
    world.run(">")
    assert world.place() == (0, 1), "its cell is free"


def test_alignment_and_who_did_it() -> None:
    world = used(Alignment(joins="actor_team"), team=None)
    assert world.things("box")[0]["team"] == "red"
    assert world.seat_stat("box.aligned_by_agent") == world.stat("red/aligned.box.gained") == 1
    assert used(Alignment(joins="actor_team"), times=3).seat_stat("box.aligned_by_agent") == 0, "no change"
    world = used(Alignment(joins="none"), times=2)
    assert world.things("box")[0]["team"] is None
    assert world.seat_stat("box.scrambled_by_agent") == 1
    world = used(Alignment(joins="team", team="blue"), times=3)
    assert (world.stat("blue/aligned.box"), world.stat("blue/aligned.box.held")) == (1, 3)
    assert (world.stat("red/aligned.box"), world.stat("red/aligned.box.lost")) == (0, 1)


def test_clearing_destroys_all_of_some() -> None:
    world = used(give("actor", gem=2, hp=1), ClearInventory(resources=("ore", "gem")))
    assert world.held() == {"hp": 1}
    assert world.seat_stat("ore.lost") == 3


def test_statistics_of_ours() -> None:
    world = used(
        Count(stat="own", amount=2.5),
        Count(scope="team", stat="ours"),
        Count(scope="game", stat="all"),
        times=2,
    )
    assert (world.seat_stat("own"), world.stat("red/ours"), world.stat("all")) == (5, 2, 2)
    assert world.stat("blue/ours") == 0


def test_tags_are_given_and_taken() -> None:
    toggle = box(
        rule(TagFilter(tag="lit"), then=(RemoveTag(tag="lit"), AddTag(who="actor", tag="lit"))),
        rule(then=AddTag(tag="lit")),
        tags=("lit",),
    )
    lit = ValueFilter(value=Value(of="tag_count", name="lit"), at_least=2)
    world = Little(
        "@b", objects={"box": toggle}, groups={"agent": person(on_tick={"seen": rule(lit, then=YES)})}
    )
    counts = []
    for _ in range(3):
        world.do(">")
        counts.append(world.seat_stat("yes"))
    assert counts == [0, 1, 1], "box to agent, box again, box takes it away"


@pytest.mark.parametrize(("value", "ore"), [(2.9, 5), (-0.5, 2), (-9, 0), (99, 8), (0.9, 3)])
def test_a_value_is_added_rounded_down(value: float, ore: int) -> None:
    world = used(AddValue(who="actor", resource="ore", value=Value(constant=value)))
    assert world.held().get("ore", 0) == ore


def test_values_of_who_is_meant() -> None:
    own, of_team = amount("ore"), amount("ore", "team")
    assert used(AddValue(who="actor", resource="gem", value=own)).held()["gem"] == 3
    assert used(AddValue(who="target", resource="gem", value=own)).things("box")[0]["inventory"]["gem"] == 5
    assert used(AddValue(who="actor_team", resource="gem", value=of_team)).stock("red")["gem"] == 10


def test_vibes_are_set() -> None:
    world = used(SetVibe(vibe="glow"), SetVibe(who="actor", vibe="song"))
    assert (world.things("box")[0]["vibe"], world.agent()["vibe"]) == ("glow", "song")


def test_freezing_costs_turns() -> None:
    world = used(Freeze(who="actor", ticks=2))
    assert world.agent()["frozen"] == 2
    world.run(">>")
    assert (world.seat_stat("status.frozen.ticks"), world.agent()["frozen"]) == (2, 0)
    assert world.seat_stat("action.move.success") == 1 and world.seat_stat("action.failed") == 0
    assert used(Freeze(ticks=2)).agent()["frozen"] == 0, "things cannot freeze"
