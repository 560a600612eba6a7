"""Rules that can never apply are refused, and so are wrong actions and buffers."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from unit.little_grid import Little, box, event, person, refused, rule, teams, when, with_agent, with_box

from coterie.config import ConfigError
from coterie.games.batch import Batch
from coterie.games.grid.effects import (
    Alignment,
    AlignmentFilter,
    Attack,
    NotFilter,
    OrFilter,
    VibeFilter,
    give,
    has_room,
    holds,
    of_team,
    other_team,
    same_team,
    transfer,
    unaligned,
)
from coterie.games.grid.rules import Area, Inventory, Limit, Recipe

ALIGNED = AlignmentFilter(target_is="aligned")
GLOWS = VibeFilter(vibe="glow")


def among(
    limit: int, *filters: Any, initial: dict[str, int] | None = None, **settings: Any
) -> Callable[[], Any]:
    """A use of a box by an agent that can hold `limit` of each."""

    def make() -> Little:
        group = person(limit=limit, initial=initial or {}, **settings)
        return Little("@b", objects={"box": box(rule(*filters))}, groups={"agent": group}, teams=teams("red"))

    return make


NEVER = {
    "on_use.b can never apply: 'a' before it takes every case": with_box(rule(), rule(GLOWS)),
    "on_use.c can never apply: 'a' before": with_box(rule(GLOWS), rule(), rule(unaligned(), GLOWS)),
    "groups.agent.on_use.b can never apply": with_agent(on_use={"a": rule(), "b": rule()}),
    "objects.box.recipes can never apply: on_use.a takes every case": with_box(
        rule(), recipes=(Recipe(outputs={"ore": 1}),)
    ),
    "objects.box.recipes.1 can never apply: recipe 0 has the same vibes and min_agents": with_box(
        recipes=(Recipe(vibes=("glow", "song")), Recipe(vibes=("song", "glow"), inputs={"ore": 1}))
    ),
    "on_use.a can never apply: nothing is both unaligned and aligned": when(ALIGNED, unaligned()),
    "nothing is both same_team and other_team": when(same_team(), other_team()),
    "nothing is both unaligned and same_team": when(unaligned(), GLOWS, same_team()),
    "nothing is both unaligned and other_team": when(other_team(), unaligned()),
    "nothing is both unaligned and of_team": when(of_team("red"), unaligned()),
    "nothing is of 2 teams: blue, red": when(of_team("red"), of_team("blue")),
    "nobody shows 2 vibes at once: glow, song": when(GLOWS, VibeFilter(vibe="song")),
    "it asks for something and for its opposite": when(GLOWS, NotFilter(filters=(GLOWS,))),
    "objects.box.areas.a can never apply: nothing is both": with_box(
        areas={"a": Area(radius=1, filters=(same_team(), other_team()))}
    ),
    "groups.agent.on_tick.t can never apply: on a tick, actor and target are the same": with_agent(
        on_tick={"t": rule(other_team())}
    ),
    "events.rain can never apply: an event has a target, but no actor": event(filters=(same_team(),)),
    "an event has a target, but no actor": event(filters=(GLOWS,)),
    "has a target, but no actor": event(mutations=(give("actor", ore=1),)),
    "a target, but no actor": event(mutations=(transfer("target", "actor_team", ore=1),)),
    "target, but no actor": event(mutations=(Attack(),)),
    "but no actor": event(mutations=(Alignment(joins="actor_team"),)),
    "objects.box.on_use.a can never apply: it asks for 6 ore of 'actor', which can hold 5": among(
        5, holds("actor", ore=6)
    ),
    "it asks for 6 ore of 'actor', which can hold 5": among(5, has_room("actor", ore=6), initial={"ore": 9}),
    "it asks for 4 gem of 'actor', which can hold 3": among(
        9, holds("actor", gem=4), limits=(Limit(resources=("ore", "gem"), base=1, minimum=3),)
    ),
    "it asks for 8 gem of 'actor', which can hold 7": among(
        9, holds("actor", gem=8), limits=(Limit(resources=("gem",), maximum=7, modifiers={"sack": 1}),)
    ),
    "it asks for 3 ore of 'target', which can hold 2": with_box(
        rule(holds("target", ore=3)), inventory=Inventory(default_limit=2)
    ),
    "it asks for the ore of 'actor_team', and there is none": lambda: Little(
        "@b", objects={"box": box(rule(holds("actor_team", ore=1)))}
    ),
}


@pytest.mark.parametrize("sentence", NEVER)
def test_a_rule_that_can_never_apply(sentence: str) -> None:
    assert sentence in refused(NEVER[sentence])


@pytest.mark.parametrize(
    "make",
    [
        with_box(rule(GLOWS, unaligned()), rule(GLOWS), rule()),
        when(ALIGNED, same_team(), of_team("red")),
        when(NotFilter(filters=(GLOWS, VibeFilter(vibe="song"))), GLOWS),
        when(OrFilter(filters=(same_team(), other_team()))),
        among(5, holds("actor", ore=9), initial={"ore": 9}),
        among(9, holds("actor", gem=9), limits=(Limit(resources=("gem",), modifiers={"sack": 1}),)),
        among(5, NotFilter(filters=(holds("actor", ore=6),))),
        with_box(rule(GLOWS), recipes=(Recipe(), Recipe(min_agents=2), Recipe(vibes=("glow",)))),
        event(start=10**6, filters=(unaligned(),), mutations=(Alignment(joins="none"),)),
    ],
    ids=range(9),
)
def test_what_may_apply_is_taken(make: Callable[[], Any]) -> None:
    make()


# -- actions and buffers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [-1, 8, 2**31 - 1])
def test_an_action_out_of_range(action: int) -> None:
    batch = Batch(Little("@@").config, worlds=2)
    before = [batch.hash(w) for w in range(2)]
    batch.actions[3] = action
    with pytest.raises(ValueError, match=rf"world 1, seat 1.*{action} is outside 0\.\.7"):
        batch.step()
    assert before == [batch.hash(w) for w in range(2)], "nobody has acted"


def test_buffers_of_a_wrong_kind() -> None:
    batch = Little("@@").batch
    frozen = np.zeros((2, 200, 3), np.uint8)
    frozen.flags.writeable = False
    for array, why in (
        (np.zeros((2, 199, 3), np.uint8), r"shape \(2, 200, 3\), got uint8 \(2, 199, 3\)"),
        (np.zeros((2, 200, 3), np.int8), "got int8"),
        (np.zeros((2, 200, 6), np.uint8)[:, :, ::2], "not contiguous"),
        (frozen, "writable"),
    ):
        with pytest.raises(ConfigError, match=why):
            batch.observe_into(array)
