"""What agents of the grid see: tokens in their order, windows, digits, and three views that agree."""

from typing import Any

import numpy as np
import pytest
from unit.little_grid import Little, little_config, person, rule, teams

from coterie.games.batch import Batch
from coterie.games.grid import GardenConfig
from coterie.games.grid.effects import Attack, amount, give
from coterie.games.grid.grid import GridConfig
from coterie.games.grid.rules import (
    FEATURES,
    Actions,
    Assault,
    Inventory,
    Object,
    Observation,
    Recipe,
    Reward,
    Team,
)

Token = tuple[int, str, int]


def tokens(world: Little, seat: int = 0) -> list[Token]:
    """(location, feature name, value) of all that a seat sees, in order."""
    seen = world.batch.observations[seat]
    used = seen[seen[:, 0] != 255].tolist()
    assert (seen[len(used) :] == 255).all(), "nothing follows the first empty token"
    return [(location, world.config.features[feature], value) for location, feature, value in used]


def seen(world: Little, feature: str, seat: int = 0) -> list[tuple[int, int]]:
    return [(location, value) for location, name, value in tokens(world, seat) if name == feature]


# -- tokens --------------------------------------------------------------------------------------------------


def scene(**observation: Any) -> Little:
    """Seven kinds of tokens around an agent of team red, which is second of two and holds 300 ore."""
    window: dict[str, Any] = {"height": 3, "width": 5, "team_stock": ("gem", "ore"), **observation}
    hut = Object(
        symbol="h",
        team="red",
        vibe="song",
        max_uses=9,
        inventory=Inventory(initial={"hp": 2, "gem": 256}),
        recipes=(
            Recipe(vibes=("glow",), outputs={"hp": 1}),
            Recipe(inputs={"gem": 300, "ore": 1}, outputs={"sack": 2}, cooldown=4),
        ),
    )
    return Little(
        "#...",
        ".@h.",
        "..l.",
        objects={"hut": hut, "lamp": Object(symbol="l", tags=("bright",))},
        groups={"agent": person(team="red", vibe="glow", initial={"ore": 300, "gem": 1})},
        teams={"blue": Team(), "red": Team(inventory=Inventory(initial={"ore": 70000 % 65536}))},
        observation=Observation(**window),
        max_steps=100,
    )


def test_tokens_in_their_order() -> None:
    world = scene()
    assert world.config.tag_names == (
        "bright",
        "collective:red",
        "type:agent",
        "type:hut",
        "type:lamp",
        "type:wall",
    )
    own, wall, hut, lamp = 0x12, 0x01, 0x13, 0x23
    globals_at_start = [
        (0xFE, "episode_completion_pct", 0),
        (0xFE, "last_action", 0),
        (0xFE, "last_reward", 0),
        (0xFE, "inv:collective:gem", 0),
        (0xFE, "inv:collective:ore", 4464 % 256),
        (0xFE, "inv:collective:ore:p1", 4464 // 256),
    ]
    things = [
        (own, "collective", 1),
        (own, "tag", 1),
        (own, "tag", 2),
        (own, "vibe", 1),
        (own, "inv:ore", 44),
        (own, "inv:ore:p1", 1),
        (own, "inv:gem", 1),
        (own, "agent:group", 0),
        (own, "agent:frozen", 0),
        (own, "agent_id", 0),
        (hut, "collective", 1),
        (hut, "tag", 1),
        (hut, "tag", 3),
        (hut, "vibe", 2),
        (hut, "inv:gem", 0),
        (hut, "inv:gem:p1", 1),
        (hut, "inv:hp", 2),
        (hut, "remaining_uses", 9),
        (hut, "protocol_input:ore", 1),
        (hut, "protocol_input:gem", 255),
        (hut, "protocol_output:sack", 2),
        (wall, "tag", 5),
        (lamp, "tag", 0),
        (lamp, "tag", 4),
    ]
    assert tokens(world) == globals_at_start + things


def test_tokens_after_a_move() -> None:
    world = scene(recipes=False, team_stock=())
    world.run("<^")
    assert tokens(world)[:5] == [
        (0xFE, "episode_completion_pct", 256 * 2 // 100),
        (0xFE, "last_action", 0),
        (0xFE, "last_reward", 0),
        (0xFE, "lp:west", 1),
        (0x12, "collective", 1),
    ], "moving into the wall failed"
    world.run("v")
    assert tokens(world)[1:5] == [
        (0xFE, "last_action", 2),
        (0xFE, "last_reward", 0),
        (0xFE, "lp:west", 1),
        (0xFE, "lp:south", 1),
    ]
    assert not {"protocol_input:ore", "inv:collective:ore"} & {name for _, name, _ in tokens(world)}


def test_the_way_home_in_all_directions() -> None:
    world = Little("...", ".@.", "...", observation=Observation(height=1, width=1))
    found = []
    for move in "<^>>vvv":
        world.run(move)
        found.append([(name, value) for _, name, value in tokens(world) if name.startswith("lp:")])
    assert found[:4] == [
        [("lp:west", 1)],
        [("lp:west", 1), ("lp:north", 1)],
        [("lp:north", 1)],
        [("lp:east", 1), ("lp:north", 1)],
    ]
    assert found[5:] == [[("lp:east", 1), ("lp:south", 1)]] * 2


def test_things_come_ring_by_ring() -> None:
    lamp = {"lamp": Object(symbol="l")}
    rows = ("lllll", "lllll", "ll@ll", "lllll", "lllll")
    world = Little(*rows, objects=lamp, observation=Observation(height=5, width=5, features=("tag",)))
    places = [(location >> 4, location & 15) for location, _ in seen(world, "tag")]
    expected = sorted(
        ((r, c) for r in range(5) for c in range(5)), key=lambda p: (abs(p[0] - 2) + abs(p[1] - 2), p)
    )
    assert places == expected


@pytest.mark.parametrize(
    ("height", "width", "shape", "cells"),
    [
        (11, 11, "square", 121),
        (13, 13, "round", 121),
        (11, 11, "round", 89),
        (15, 15, "square", 225),
        (15, 15, "round", 157),
        (9, 9, "round", 57),
        (5, 5, "round", 21),
        (3, 3, "round", 5),
        (1, 1, "round", 1),
        (3, 7, "square", 21),
        (1, 15, "round", 15),
        (5, 9, "round", 25),
    ],
)
def test_the_cells_of_a_window(height: int, width: int, shape: Any, cells: int) -> None:
    lamp = {"lamp": Object(symbol="l")}
    rows = ["l" * 17 if row != 8 else "l" * 8 + "@" + "l" * 8 for row in range(17)]
    window = Observation(height=height, width=width, shape=shape, features=("tag",), num_tokens=300)
    world = Little(*rows, objects=lamp, observation=window)
    assert len(seen(world, "tag")) == cells
    tiles = Batch(world.config.replace(observation=window.replace(view="tiles")))
    assert np.count_nonzero(tiles.observations) == cells


def test_what_belongs_to_no_cell_may_stand_at_the_centre() -> None:
    settings = Observation(global_location="centre")
    assert tokens(Little("@", observation=settings))[0] == (0x55, "episode_completion_pct", 0)
    wide = settings.replace(height=3, width=15)
    assert tokens(Little("@", observation=wide))[0] == (0x17, "episode_completion_pct", 0)


def test_time_runs_to_255() -> None:
    world = Little("@", max_steps=3)
    shown = []
    for _ in range(2):
        world.do()
        shown.append(seen(world, "episode_completion_pct")[0][1])
    assert shown == [85, 170]
    world.do()
    assert world.batch.final_observations[0, 0].tolist() == [0xFE, 2, 255]
    endless = Little("@", max_steps=0)
    endless.do()
    assert seen(endless, "episode_completion_pct") == [(0xFE, 0)]


@pytest.mark.parametrize(
    ("base", "digits"),
    [
        (256, [57, 48]),
        (100, [45, 23, 1]),
        (10, [5, 4, 3, 2, 1]),
        (2, [1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1]),
    ],
)
def test_digits(base: int, digits: list[int]) -> None:
    world = Little(
        "@", groups={"agent": person(initial={"ore": 12345})}, observation=Observation(token_value_base=base)
    )
    names = ["inv:ore", *(f"inv:ore:p{i}" for i in range(1, len(digits)))]
    found = [(name, value) for _, name, value in tokens(world) if name.startswith("inv:ore")]
    assert found == list(zip(names, digits, strict=True))
    assert world.config.normalization("inv:ore") == base


@pytest.mark.parametrize(
    ("change", "value"), [(1, 100), (-1, 156), (0.01, 1), (-0.01, 255), (5, 127), (-5, 128), (1e9, 127)]
)
def test_last_reward_is_a_signed_byte(change: float, value: int) -> None:
    group = person(
        initial={"ore": 1},
        on_tick={"t": rule(then=give("actor", gem=1))},
        rewards={"r": Reward(numerators=(amount("gem"),), weight=change)},
    )
    world = Little("@", groups={"agent": group})
    assert seen(world, "last_reward") == [(0xFE, 0)]
    world.do()
    assert seen(world, "last_reward") == [(0xFE, value)]


def test_others_are_seen_as_they_are() -> None:
    group = person(2, vibe="glow")
    attack = Actions(attack=Assault(vibes=("glow",), effect=Attack(freeze_ticks=5)))
    world = Little("@@.", groups={"agent": group}, actions=attack, observation=Observation(height=1, width=5))
    assert seen(world, "agent_id") == [(2, 0), (3, 1)]
    assert seen(world, "agent:frozen") == [(2, 0), (3, 0)]
    world.do(">", ".")
    assert seen(world, "agent:frozen") == [(2, 0), (3, 1)]
    assert seen(world, "agent:frozen", 1) == [(2, 1), (1, 0)]
    world.do("change_vibe_song", ".")
    assert seen(world, "vibe") == [(2, 2), (3, 1)]


def test_a_cooldown_counts_down_in_view() -> None:
    mill = Object(symbol="m", recipes=(Recipe(outputs={"ore": 1}, cooldown=300),))
    world = Little("@m", objects={"mill": mill}, observation=Observation(height=1, width=3))
    found = []
    for _ in range(301):
        world.run(">")
        found.append([value for _, value in seen(world, "cooldown_remaining")])
    assert found[0] == found[45] == [255] and found[46] == [254] and found[299] == [1]
    assert found[300] == [255], "used again in the step it is ready"


# -- too many tokens -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("num_tokens", [1, 2, 3, 5, 7, 8, 11, 16, 23, 30, 31, 60])
def test_what_does_not_fit_is_dropped_and_counted(num_tokens: int) -> None:
    whole = tokens(scene())
    world = scene(num_tokens=num_tokens)
    assert tokens(world) == whole[:num_tokens]
    statistics = world.batch.statistics(0)[0]
    kept = min(num_tokens, len(whole))
    assert statistics["tokens_written"] == kept
    assert statistics["tokens_dropped"] == len(whole) - kept
    assert statistics["tokens_free_space"] == num_tokens - kept


@pytest.mark.parametrize("num_tokens", [1, 2, 5, 9])
def test_a_row_never_writes_into_the_next(num_tokens: int) -> None:
    config = GardenConfig().rules()
    small = config.replace(observation=config.observation.replace(num_tokens=num_tokens))
    one, other = Batch(config, worlds=2, seed=4), Batch(small, worlds=2, seed=4)
    guarded = np.full((other.rows + 2, num_tokens, 3), 77, np.uint8)
    other.observe_into(guarded[1:-1])
    rng = np.random.default_rng(2)
    for _ in range(60):
        one.actions[:] = other.actions[:] = rng.integers(0, 13, one.actions.shape)
        one.step(), other.step()
        assert np.array_equal(one.observations[:, :num_tokens], other.observations)
        assert (guarded[0] == 77).all() and (guarded[-1] == 77).all()


# -- three views ---------------------------------------------------------------------------------------------


def planes_of(config: GridConfig, row: np.ndarray) -> np.ndarray:
    """The box view worked out from tokens."""
    seen = config.observation
    planes = np.zeros((len(config.channels), seen.height, seen.width), np.uint8)
    tag = config.features.index("tag")
    for location, feature, value in row[row[:, 0] != 255].tolist():
        at = (seen.height // 2, seen.width // 2) if location == 0xFE else (location >> 4, location & 15)
        is_tag = feature == tag
        planes[(len(config.features) + value if is_tag else feature, *at)] = 1 if is_tag else value
    return planes


@pytest.mark.parametrize(
    ("height", "width", "shape"), [(11, 11, "round"), (15, 15, "square"), (3, 9, "round"), (1, 1, "square")]
)
def test_the_views_agree(height: int, width: int, shape: Any) -> None:
    rules = GardenConfig().rules()
    window = rules.observation.replace(height=height, width=width, shape=shape, num_tokens=1000)
    configs = [rules.replace(observation=window.replace(view=view)) for view in ("tokens", "box", "tiles")]
    batches = [Batch(config, worlds=2, seed=9) for config in configs]
    kinds = [*rules.objects, *rules.groups]
    type_of = [rules.tag_names.index(f"type:{'hut' if k.endswith('_hut') else k}") for k in rules.objects]
    planes = [len(rules.features) + tag for tag in type_of]
    rng = np.random.default_rng(3)
    for _ in range(120):
        actions = rng.integers(0, 13, batches[0].actions.shape)
        for batch in batches:
            batch.actions[:] = actions
            batch.step()
        by_token, box, tiles = (batch.observations for batch in batches)
        for row in range(batches[0].rows):
            assert np.array_equal(planes_of(configs[0], by_token[row]), box[row])
            people = box[row][len(rules.features) + rules.tag_names.index("type:agent")]
            assert np.array_equal(people > 0, tiles[row] > len(rules.objects))
            for kind in range(len(rules.objects)):
                there = tiles[row] == 1 + kind
                assert (box[row][planes[kind]][there] == 1).all(), kinds[kind]
            assert np.array_equal(tiles[row] > 0, box[row][len(rules.features) :].any(axis=0))


# -- features ------------------------------------------------------------------------------------------------


def test_features_and_channels_by_number() -> None:
    config = little_config("@", teams=teams("red"), observation=Observation(team_stock=("gem",)))
    assert config.features[: len(FEATURES)] == FEATURES
    assert config.features[len(FEATURES) :][:3] == ("inv:ore", "inv:ore:p1", "inv:gem")
    assert config.features[-2:] == ("inv:collective:gem", "inv:collective:gem:p1")
    assert config.channels[len(config.features) :] == ("tag:type:agent", "tag:type:wall")
    assert [config.normalization(f) for f in ("tag", "vibe", "inv:ore:p1", "protocol_input:ore")] == [
        10,
        255,
        256,
        100,
    ]


def test_features_left_out_are_not_told() -> None:
    world = scene(features=("goal", "tag", "clipped"), team_stock=(), recipes=False)
    names = {name for _, name, _ in tokens(world)}
    assert names == {"tag", "inv:ore", "inv:ore:p1", "inv:gem", "inv:gem:p1", "inv:hp"}
