"""What a Cog reads off its tokens: itself, and what stands in its window; names are looked up once."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from coterie.config import ConfigError
from coterie.games.batch import Sight, Spec

ALIGNER, SCRAMBLER, MINER, SCOUT = range(4)
NO_GEAR = -1
GEAR_NAMES = ("aligner", "scrambler", "miner", "scout")
ELEMENT_NAMES = ("oxygen", "carbon", "germanium", "silicon")
GEAR_COST = ((1, 3, 1, 1), (3, 1, 1, 1), (1, 1, 3, 1), (1, 1, 1, 3))  # of each element, in the order above

# Kinds of things; STATION + gear and EXTRACTOR + element.
GONE, SOLID, COG, JUNCTION, HUB, CHEST, STATION = range(7)
EXTRACTOR = STATION + 4
KINDS = EXTRACTOR + 4

# Contents of a cell of the map: these, or FIRST_SITE + the kind of the site in it.
UNKNOWN, FLOOR, ROCK, FIRST_SITE = range(4)
CONTENT_OF_KIND = np.array(
    [FLOOR, ROCK, FLOOR, *(FIRST_SITE + kind for kind in range(JUNCTION, KINDS))], dtype=np.uint8
)

# What a feature is about; each has a place among the numbers of a Cog.
ENERGY, HEART, HP, INFLUENCE, SOLAR, CARGO = range(6)
GEAR = CARGO + 4
STOCK = GEAR + 4
VIBE = STOCK + 4
TEAM, AGENT_ID, LP_EAST, LP_WEST, LP_NORTH, LP_SOUTH, LAST_ACTION, COMPLETION, TAG, OTHER = range(
    VIBE + 1, VIBE + 11
)
FEATURE_NAMES = (
    *("inv:energy", "inv:heart", "inv:hp", "inv:influence", "inv:solar"),
    *(f"inv:{element}" for element in ELEMENT_NAMES),
    *(f"inv:{gear}" for gear in GEAR_NAMES),
    *(f"inv:collective:{element}" for element in ELEMENT_NAMES),
    *("vibe", "collective", "agent_id", "lp:east", "lp:west", "lp:north", "lp:south"),
    *("last_action", "episode_completion_pct", "tag"),
)  # by number, OTHER left out

MOVE_NAMES = ("noop", "move_north", "move_south", "move_west", "move_east")
WHOLE_BODY = 238  # locations above are of no cell
PADDING = 255

# A thing in the window: rows and columns from the Cog that sees it, kind, team (-1 is neutral), and what is
# left in an extractor, or a Cog's agent_id.
Seen = tuple[int, int, int, int, int]


def is_station(kind: int) -> bool:
    return STATION <= kind < EXTRACTOR


def is_extractor(kind: int) -> bool:
    return EXTRACTOR <= kind < EXTRACTOR + 4


@dataclass(frozen=True, slots=True)
class Plan:
    """What the numbers of a game's observations and actions mean."""

    up: int
    left: int
    number_of: np.ndarray  # int64 [256], by feature
    weight_of: np.ndarray  # int64 [256], by feature: 1, or the base where it is a number's second digit
    kind_of: np.ndarray  # uint8 [256], by tag
    moves: tuple[int, ...]  # actions: noop, north, south, west, east
    vibes: tuple[int, ...]  # actions that show a gear's vibe
    shown: tuple[int, ...]  # and the numbers of those vibes


def plan_of(spec: Spec) -> Plan:
    """A ConfigError where the game does not show what the team needs."""
    sight = spec.sight
    if sight is None:
        raise ConfigError("role_py reads observations by name: it needs a game of a grid")
    need(sight.view == "tokens", "tokens (observation.view=tokens)")
    need(len(spec.action_names) == 1, "one list of actions")
    number_of, weight_of = read_features(sight)
    kind_of = np.zeros(256, dtype=np.uint8)
    kind_of[: len(sight.tags)] = [kind_of_tag(tag) for tag in sight.tags]
    actions = {name: action for action, name in enumerate(spec.action_names[0])}
    vibe_names = [f"change_vibe_{gear}" for gear in GEAR_NAMES]
    for name in (*MOVE_NAMES, "change_vibe_default", *vibe_names):
        need(name in actions, f"the action {name}")
    vibes = tuple(actions[name] for name in vibe_names)
    return Plan(
        up=sight.height // 2,
        left=sight.width // 2,
        number_of=number_of,
        weight_of=weight_of,
        kind_of=kind_of,
        moves=tuple(actions[name] for name in MOVE_NAMES),
        vibes=vibes,
        shown=tuple(vibe - actions["change_vibe_default"] for vibe in vibes),
    )


def need(is_there: bool, what: str) -> None:
    if not is_there:
        raise ConfigError(f"this policy plays CoGsGuard seen as tokens: it needs a game that shows {what}")


def read_features(sight: Sight) -> tuple[np.ndarray, np.ndarray]:
    """For each feature the number it is about, and what its value counts."""
    number_of = np.full(256, OTHER, dtype=np.int64)
    weight_of = np.ones(256, dtype=np.int64)
    for number, name in enumerate(FEATURE_NAMES):
        need(name in sight.features, f"the feature '{name}'")
        number_of[sight.features.index(name)] = number
        if f"{name}:p1" in sight.features:
            second = sight.features.index(f"{name}:p1")
            number_of[second], weight_of[second] = number, sight.base
    return number_of, weight_of


def kind_of_tag(tag: str) -> int:
    if not tag.startswith("type:"):
        return GONE  # says nothing of what the thing is
    own = {"type:agent": COG, "type:junction": JUNCTION}
    ends = {":hub": HUB, ":chest": CHEST}
    ends |= {f":{gear}": STATION + k for k, gear in enumerate(GEAR_NAMES)}
    ends |= {f":{element}_extractor": EXTRACTOR + k for k, element in enumerate(ELEMENT_NAMES)}
    return own.get(tag) or next((kind for end, kind in ends.items() if tag.endswith(end)), SOLID)


class Self:
    """What a Cog knows of itself: its numbers, and `row` and `col` from its spawn cell."""

    __slots__ = ("cargo", "col", "gear", "numbers", "row", "scarcest")

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers
        self.cargo = sum(numbers[CARGO : CARGO + 4])
        self.gear = next((gear for gear in range(4) if numbers[GEAR + gear]), NO_GEAR)
        self.scarcest = min(numbers[STOCK : STOCK + 4])
        self.row = numbers[LP_SOUTH] - numbers[LP_NORTH]
        self.col = numbers[LP_EAST] - numbers[LP_WEST]

    @property
    def is_bearer(self) -> bool:
        """Whether it has a heart, but neither gear to use it with nor a stock that could pay for some.

        All that is left to do with it is to bring it to the chest.
        """
        return self.numbers[HEART] > 0 and self.gear == NO_GEAR and not any(self.numbers[STOCK : STOCK + 4])

    def __getitem__(self, number: int) -> int:
        return self.numbers[number]


@dataclass(frozen=True, slots=True)
class Look:
    """What one Cog sees: itself, its window as the map would have it, and all in it that is no mere rock.

    `window` is uint8 [rows, columns] of contents, FLOOR where nothing is. `things` are nearest first.
    """

    self: Self
    window: np.ndarray
    things: list[Seen]


def look(plan: Plan, observations: np.ndarray) -> list[Look]:
    """What R Cogs see, for uint8 `observations` [R, tokens, 3]: all at once, as numpy likes it best."""
    rows = len(observations)
    is_used = np.logical_and.accumulate(observations[:, :, 0] != PADDING, axis=1)
    row = np.repeat(np.arange(rows), is_used.sum(axis=1))
    location, feature, value = observations[is_used].T.astype(np.int64)
    number = plan.number_of[feature]
    amount = value * plan.weight_of[feature]
    is_own = (location == plan.up * 16 + plan.left) | (location > WHOLE_BODY)
    selves = numbers_of(rows, row[is_own], number[is_own], amount[is_own])
    is_seen = ~is_own
    tokens = Tokens(row << 8 | location, number, value, amount)
    windows, things = things_of(plan, rows, Tokens(*(column[is_seen] for column in tokens)))
    return [Look(*parts) for parts in zip(selves, windows, things, strict=True)]


def numbers_of(rows: int, row: np.ndarray, number: np.ndarray, amount: np.ndarray) -> list[Self]:
    """What each of R Cogs knows of itself, by tokens."""
    sums = np.bincount(row * (OTHER + 1) + number, weights=amount, minlength=rows * (OTHER + 1))
    has = np.bincount(row[number == TEAM], minlength=rows)
    numbers = sums.astype(np.int64).reshape(rows, OTHER + 1)
    numbers[:, TEAM] += has - 1  # without a team it is -1
    return [Self(own) for own in numbers.tolist()]


class Tokens(NamedTuple):
    """T tokens of R Cogs, int64 [T] each: `cell` is the Cog * 256 + the location."""

    cell: np.ndarray
    number: np.ndarray
    value: np.ndarray
    amount: np.ndarray


def things_of(plan: Plan, rows: int, tokens: Tokens) -> tuple[np.ndarray, list[list[Seen]]]:
    """Windows [R, rows, columns] and things of R Cogs.

    A thing's tokens follow one another, its tags before its amounts.
    """
    cell, number, value, amount = tokens
    is_first = np.ones(len(cell), dtype=bool)
    is_first[1:] = cell[1:] != cell[:-1]
    thing = np.cumsum(is_first) - 1  # of each token
    row, location = np.divmod(cell[is_first], 256)
    dr, dc = location // 16 - plan.up, location % 16 - plan.left
    kind, team, kept = np.full(len(row), SOLID), np.full(len(row), -1), np.zeros(len(row), dtype=np.int64)
    said = plan.kind_of[value]
    is_kind = (number == TAG) & (said != GONE)
    kind[thing[is_kind]] = said[is_kind]
    is_team = number == TEAM
    team[thing[is_team]] = value[is_team]
    is_cargo = (number >= CARGO) & (number < CARGO + 4) & (kind[thing] != COG)
    is_kept = is_cargo | (number == AGENT_ID)
    np.add.at(kept, thing[is_kept], amount[is_kept])
    windows = np.full((rows, 2 * plan.up + 1, 2 * plan.left + 1), FLOOR, dtype=np.uint8)
    windows[row, dr + plan.up, dc + plan.left] = CONTENT_OF_KIND[kind]
    things: list[list[Seen]] = [[] for _ in range(rows)]
    is_more = kind != SOLID
    columns = (row, dr, dc, kind, team, kept)
    for own, *seen in zip(*(column[is_more].tolist() for column in columns), strict=True):
        things[own].append(tuple(seen))
    return windows, things
