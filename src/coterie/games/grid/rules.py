"""The rule language of gridworlds: the parts a game's rule book is written with."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from coterie.config import Config, ConfigError, nearest
from coterie.games.grid.effects import Amounts, Attack, Counts, Filter, Mutation, Number, Value

Stock = dict[str, Annotated[int, Field(ge=0, le=65535)]]
Step = Annotated[int, Field(ge=0, le=1_000_000_000)]
Direction = Literal["north", "south", "west", "east", "northwest", "northeast", "southwest", "southeast"]

DIRECTIONS: tuple[Direction, ...] = ("north", "south", "west", "east")


class Limit(Config):
    """Resources that share one capacity: `base` + Σ modifier × amount held, from `minimum` to `maximum`."""

    resources: tuple[str, ...] = Field(min_length=1)
    base: int = Field(0, ge=0, le=65535)
    minimum: int = Field(0, ge=0, le=65535)
    maximum: int = Field(65535, ge=0, le=65535)
    modifiers: dict[str, Annotated[int, Field(ge=-65535, le=65535)]] = {}

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.minimum > self.maximum:
            raise ConfigError(f"a minimum of {self.minimum} is above the maximum of {self.maximum}")
        return self


class Inventory(Config):
    """What is held at the start (applied without limits), and how much can be held."""

    initial: Stock = {}
    limits: tuple[Limit, ...] = ()
    default_limit: int = Field(65535, ge=0, le=65535, description="limit of each resource in no group")


class Handler(Config):
    """One rule: if all filters pass, the mutations happen in order."""

    filters: tuple[Filter, ...] = ()
    mutations: tuple[Mutation, ...] = ()


class Area(Config):
    """What an object does, each tick, to agents within its radius (actor: the object, target: the agent)."""

    radius: int = Field(ge=0, le=255)
    shape: Literal["square", "round"] = "square"
    filters: tuple[Filter, ...] = ()
    mutations: tuple[Mutation, ...] = ()
    presence: Amounts = Field({}, description="added on entering, taken back on leaving")
    effect_self: bool = False


class Recipe(Config):
    """What a building makes when used: inputs are pooled from all agents next to it."""

    vibes: tuple[str, ...] = Field(
        (), max_length=8, description="vibes other than the first that the agents around must show"
    )
    min_agents: int = Field(1, ge=1, le=8)
    inputs: Counts = {}
    outputs: Counts = {}
    cooldown: int = Field(0, ge=0, le=65535)


class Object(Config):
    """One kind of thing on the map. A kind without rules, stock or team is plain, like a wall."""

    symbol: str = Field("?", min_length=1, max_length=1)
    map_name: str | None = Field(None, description="its name on maps, if another")
    called: str | None = Field(None, description="the kind it is in statistics and tags, if another")
    tags: tuple[str, ...] = ()
    vibe: str | None = None
    team: str | None = None
    wears_team_tag: bool = Field(True, description="carries the tag of the team it starts in, for good")
    inventory: Inventory = Inventory()
    on_use: dict[str, Handler] = Field(
        {}, description="first whose filters pass; actor: the agent, target: this"
    )
    areas: dict[str, Area] = Field({}, max_length=8)
    recipes: tuple[Recipe, ...] = ()
    max_uses: int = Field(0, ge=0, le=65535, description="uses before it is spent, 0 = no end")
    partial_use: bool = Field(False, description="while cooling, recipes work scaled by the time passed")


class Reward(Config):
    """Σ numerators × weight ÷ each positive denominator, held within ± maximum; a step pays its change."""

    numerators: tuple[Value, ...] = Field(min_length=1)
    denominators: tuple[Value, ...] = ()
    weight: Number = 1.0
    maximum: float | None = Field(None, ge=0, le=1e9, description="cap of the running value's size")


class Group(Config):
    """Agents that are alike: `count` seats with the same rules, spawning at `agent.<name>` cells."""

    count: int = Field(ge=1, le=1024)
    team: str | None = None
    tags: tuple[str, ...] = ()
    vibe: str | None = None
    inventory: Inventory = Inventory()
    on_tick: dict[str, Handler] = Field({}, description="all, each step (actor and target: the agent)")
    on_use: dict[str, Handler] = Field({}, description="when another agent moves into this one")
    areas: dict[str, Area] = Field({}, max_length=8)
    rewards: dict[str, Reward] = {}


class Team(Config):
    """A named side with a shared stock."""

    inventory: Inventory = Inventory()


class Event(Config):
    """Something that happens at given steps to objects with a tag: `start`, then each `every` up to `end`."""

    start: Step
    every: int | None = Field(None, ge=1, le=1_000_000_000, description="none = once")
    end: Step | None = Field(None, description="last possible step, itself included; none = no end")
    tag: str
    filters: tuple[Filter, ...] = ()
    mutations: tuple[Mutation, ...] = ()
    max_targets: int | None = Field(
        None, ge=1, le=1_000_000, description="so many, drawn at random; none = all"
    )
    fallback: str | None = Field(None, description="event to run instead if no target passed")

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.end is not None and self.end < self.start:
            raise ConfigError(f"can never happen: it ends at {self.end}, before its start at {self.start}")
        return self


class Cost(Config):
    """Resources an action needs and, if it succeeds, consumes."""

    required: Counts = Field({}, description="what is consumed is required anyway")
    consumed: Counts = {}

    @model_validator(mode="after")
    def _is_enough(self) -> Self:
        for name, n in self.required.items():
            if n < self.consumed.get(name, 0):
                raise ConfigError(f"required.{name}: {n} cannot pay the {self.consumed[name]} consumed")
        return self


class Assault(Config):
    """Moving into another agent while showing an armed vibe."""

    vibes: tuple[str, ...] = Field(min_length=1)
    cost: Cost = Cost()
    effect: Attack = Attack()


class Actions(Config):
    """The flat action list: noop, one move per direction, one change_vibe per vibe."""

    move: tuple[Direction, ...] = DIRECTIONS
    change_vibe: bool = True
    noop_cost: Cost = Cost()
    move_cost: Cost = Cost()
    change_vibe_cost: Cost = Cost()
    attack: Assault | None = None


# Names of observation features before the inventory ones. A feature is observed if its name is listed;
# `goal`, `clipped` and `agent:compass` are names older policies index and never occur.
FEATURES = (
    "agent:group",
    "agent:frozen",
    "episode_completion_pct",
    "last_action",
    "last_reward",
    "goal",
    "vibe",
    "tag",
    "cooldown_remaining",
    "remaining_uses",
    "collective",
    "lp:east",
    "lp:west",
    "lp:north",
    "lp:south",
    "agent_id",
)
NORMALIZATION = {
    "agent:group": 10.0,
    "agent:frozen": 1.0,
    "last_action": 10.0,
    "last_reward": 100.0,
    "goal": 100.0,
    "tag": 10.0,
    "collective": 10.0,
    "agent:compass": 1.0,
    "clipped": 1.0,
}


# Names a feature may have without ever occurring in these games.
NEVER = ("goal", "clipped", "agent:compass")


class Observation(Config):
    """What an agent sees of the window around it."""

    view: Literal["tokens", "box", "tiles"] = "tokens"
    height: int = Field(11, ge=1, le=15)
    width: int = Field(11, ge=1, le=15)
    shape: Literal["square", "round"] = "square"
    num_tokens: int = Field(200, ge=1, le=4096)
    features: tuple[str, ...] = FEATURES
    global_location: Literal["global", "centre"] = Field(
        "global", description="location byte 0xFE, or the centre"
    )
    token_value_base: int = Field(256, ge=2, le=256)
    recipes: bool = Field(True, description="buildings show what they take and make")
    team_stock: tuple[str, ...] = Field((), description="resources of the own team's stock that are observed")
    type_tag: str = Field("type:{}", description="the tag every object gets for its kind")

    @model_validator(mode="after")
    def _odd(self) -> Self:
        for name, size in (("height", self.height), ("width", self.width)):
            if size % 2 == 0:
                raise ConfigError(f"a {name} of {size} has no centre; {size - 1} or {size + 1} would")
        return self

    @model_validator(mode="after")
    def _features_exist(self) -> Self:
        known = dict.fromkeys((*FEATURES, *NEVER))
        for name in self.features:
            if name not in known:
                raise ConfigError(f"features: no feature '{name}'; {nearest(name, known)}")
        for name, values in (("features", self.features), ("team_stock", self.team_stock)):
            refuse_twice(name, values)
        if self.type_tag.count("{}") != 1 or set("{}") & set(self.type_tag.replace("{}", "")):
            raise ConfigError(f"type_tag: '{self.type_tag}' needs one {{}} where the kind's name goes")
        return self


def refuse_twice(what: str, names: tuple[str, ...]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{what}: '{name}' is named twice; each name counts once")
