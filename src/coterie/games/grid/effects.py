"""Filters and mutations: when a rule applies, and what it does."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from coterie.config import Config, ConfigError

Who = Literal["actor", "target", "actor_team", "target_team"]
Amounts = dict[str, Annotated[int, Field(ge=-65535, le=65535)]]
Counts = dict[str, Annotated[int, Field(ge=1, le=65535)]]
Number = Annotated[float, Field(ge=-1e9, le=1e9)]  # neither infinite nor no number at all


class Value(Config):
    """A number of the game: an amount held, a statistic, objects with a tag, or a constant."""

    of: Literal["inventory", "stat", "tag_count", "constant"] = "constant"
    scope: Literal["agent", "team", "game"] = Field("agent", description="whose inventory or statistic")
    name: str = Field("", description="resource, statistic or tag")
    constant: Number = 0.0

    @model_validator(mode="after")
    def _exists(self) -> Self:
        if self.of == "inventory" and self.scope == "game":
            raise ConfigError("scope: the game has no inventory; 'agent' and 'team' have")
        return self


_ASKED = {True: "'{}' needs the name of a team", False: "'{}' takes no team"}


# -- filters: all of a rule's filters must pass --------------------------------------------------------------


class VibeFilter(Config):
    """Who shows the vibe."""

    kind: Literal["vibe"] = "vibe"
    who: Literal["actor", "target"] = "actor"
    vibe: str


class ResourceFilter(Config):
    """Who holds at least so much of each resource."""

    kind: Literal["resource"] = "resource"
    who: Who = "actor"
    at_least: Counts


class RoomFilter(Config):
    """Who could still take so much of each resource."""

    kind: Literal["room"] = "room"
    who: Who = "actor"
    room_for: Counts


class AlignmentFilter(Config):
    """The target's team: any, none, the actor's, another than the actor's, or a named one."""

    kind: Literal["alignment"] = "alignment"
    target_is: Literal["aligned", "unaligned", "same_team", "other_team", "of_team"]
    team: str | None = Field(None, description="the team meant by of_team")

    @model_validator(mode="after")
    def _names_a_team(self) -> Self:
        if (self.target_is == "of_team") != (self.team is not None):
            raise ConfigError(f"team: {_ASKED[self.target_is == 'of_team'].format(self.target_is)}")
        return self


class TagFilter(Config):
    """Who carries the tag."""

    kind: Literal["tag"] = "tag"
    who: Literal["actor", "target"] = "target"
    tag: str


class NearFilter(Config):
    """An object with the tag that passes the inner filters lies within the square radius of the target."""

    kind: Literal["near"] = "near"
    tag: str
    radius: int = Field(ge=0, le=65535)
    filters: tuple["Filter", ...] = ()


class ValueFilter(Config):
    """A game value has reached a threshold."""

    kind: Literal["game_value"] = "game_value"
    value: Value
    at_least: Number


class PeriodicFilter(Config):
    """The step number is start, start + every, start + 2 every, …"""

    kind: Literal["periodic"] = "periodic"
    every: int = Field(ge=1, le=1_000_000_000)
    start: int = Field(0, ge=0, le=1_000_000_000)


class NotFilter(Config):
    """Not all of the inner filters pass."""

    kind: Literal["not"] = "not"
    filters: tuple["Filter", ...] = Field(min_length=1)


class OrFilter(Config):
    """At least one of the inner filters passes."""

    kind: Literal["or"] = "or"
    filters: tuple["Filter", ...] = Field(min_length=1)


Filter = Annotated[
    VibeFilter
    | ResourceFilter
    | RoomFilter
    | AlignmentFilter
    | TagFilter
    | NearFilter
    | ValueFilter
    | PeriodicFilter
    | NotFilter
    | OrFilter,
    Field(discriminator="kind"),
]


# -- mutations: done in order --------------------------------------------------------------------------------


class ResourceDelta(Config):
    """Add to (or take from) who, as far as limits allow."""

    kind: Literal["resource_delta"] = "resource_delta"
    who: Who = "target"
    amounts: Amounts


class ResourceTransfer(Config):
    """Move up to so much (-1: everything) from one to another; what does not fit stays."""

    kind: Literal["resource_transfer"] = "resource_transfer"
    source: Who
    to: Who
    amounts: dict[str, Annotated[int, Field(ge=-1, le=65535)]]
    remove_source_when_empty: bool = False


class Alignment(Config):
    """The target joins the actor's team, a named team, or none."""

    kind: Literal["alignment"] = "alignment"
    joins: Literal["actor_team", "team", "none"]
    team: str | None = Field(None, description="the team that is joined")

    @model_validator(mode="after")
    def _names_a_team(self) -> Self:
        if (self.joins == "team") != (self.team is not None):
            raise ConfigError(f"team: {_ASKED[self.joins == 'team'].format(self.joins)}")
        return self


class ClearInventory(Config):
    """Destroy all of the resources held."""

    kind: Literal["clear_inventory"] = "clear_inventory"
    who: Who = "actor"
    resources: tuple[str, ...] = Field(min_length=1)


class Freeze(Config):
    """The agent cannot act for so many of its turns."""

    kind: Literal["freeze"] = "freeze"
    who: Literal["actor", "target"] = "target"
    ticks: int = Field(ge=1, le=65535)


class Attack(Config):
    """Freeze, harm and loot the target, unless its defence holds.

    The defence holds if the target has every `defence` resource in the amount named plus the attacker's
    bonus, max(0, Σ weapons·weight − Σ armour·weight); it is then consumed and the attack is blocked.
    """

    kind: Literal["attack"] = "attack"
    defence: Counts = {}
    weapons: Counts = {}
    armour: Counts = {}
    freeze_ticks: int = Field(10, ge=0, le=65535)
    actor_amounts: Amounts = {}
    target_amounts: Amounts = {}
    loot: tuple[str, ...] = ()


class Count(Config):
    """Add to a statistic of ours."""

    kind: Literal["stats"] = "stats"
    scope: Literal["agent", "team", "game"] = "agent"
    stat: str = Field(min_length=1)
    amount: Annotated[float, Field(ge=-1e6, le=1e6)] = 1.0


class AddTag(Config):
    """Give a tag."""

    kind: Literal["add_tag"] = "add_tag"
    who: Literal["actor", "target"] = "target"
    tag: str


class RemoveTag(Config):
    """Take a tag away."""

    kind: Literal["remove_tag"] = "remove_tag"
    who: Literal["actor", "target"] = "target"
    tag: str


class AddValue(Config):
    """Add a game value (rounded down) to an amount held: energy += solar."""

    kind: Literal["game_value"] = "game_value"
    who: Who = "target"
    resource: str
    value: Value


class SetVibe(Config):
    """Show a vibe."""

    kind: Literal["change_vibe"] = "change_vibe"
    who: Literal["actor", "target"] = "target"
    vibe: str


Mutation = Annotated[
    ResourceDelta
    | ResourceTransfer
    | Alignment
    | ClearInventory
    | Freeze
    | Attack
    | Count
    | AddTag
    | RemoveTag
    | AddValue
    | SetVibe,
    Field(discriminator="kind"),
]


# -- the words rules are written in --------------------------------------------------------------------------


def holds(who: Who, **at_least: int) -> ResourceFilter:
    return ResourceFilter(who=who, at_least=at_least)


def has_room(who: Who, **room_for: int) -> RoomFilter:
    return RoomFilter(who=who, room_for=room_for)


def same_team() -> AlignmentFilter:
    return AlignmentFilter(target_is="same_team")


def other_team() -> AlignmentFilter:
    return AlignmentFilter(target_is="other_team")


def unaligned() -> AlignmentFilter:
    return AlignmentFilter(target_is="unaligned")


def of_team(team: str) -> AlignmentFilter:
    return AlignmentFilter(target_is="of_team", team=team)


def give(who: Who, **amounts: int) -> ResourceDelta:
    return ResourceDelta(who=who, amounts=amounts)


def transfer(
    source: Who, to: Who, *, remove_source_when_empty: bool = False, **amounts: int
) -> ResourceTransfer:
    return ResourceTransfer(
        source=source, to=to, amounts=amounts, remove_source_when_empty=remove_source_when_empty
    )


def stat(name: str, scope: Literal["agent", "team", "game"] = "agent") -> Value:
    return Value(of="stat", scope=scope, name=name)


def amount(resource: str, scope: Literal["agent", "team"] = "agent") -> Value:
    return Value(of="inventory", scope=scope, name=resource)
