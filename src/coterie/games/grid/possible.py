"""Refuses rules that can never apply, before anybody waits for them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coterie.config import Config, ConfigError
from coterie.games.grid import effects
from coterie.games.grid.rules import Area, Event, Group, Handler, Inventory, Object

if TYPE_CHECKING:
    from coterie.games.grid.grid import GridConfig

ACTORS = ("actor", "actor_team")
# Claims about the target's team that cannot both hold.
OPPOSITES = (
    ("unaligned", "aligned"),
    ("unaligned", "same_team"),
    ("unaligned", "other_team"),
    ("unaligned", "of_team"),
    ("same_team", "other_team"),
)


@dataclass(frozen=True)
class Rule:
    """A rule with its place in the rule book, and the inventories of those it can be about."""

    path: str
    body: Handler | Area | Event
    holders: Mapping[str, list[Inventory]]


def refuse_the_impossible(rules: "GridConfig") -> None:
    for where, things in (("objects", rules.objects), ("groups", rules.groups)):
        for name, thing in things.items():
            _taken_before(f"{where}.{name}", thing)
    for rule in _rules(rules):
        for why in (*_contradictions(rule), *_out_of_reach(rule)):
            raise ConfigError(f"{rule.path} can never apply: {why}")


def _rules(rules: "GridConfig") -> Iterator[Rule]:
    """Every handler, area and event of the rule book."""
    agents = [group.inventory for group in rules.groups.values()]
    teams = [team.inventory for team in rules.teams.values()]

    def among(actor: list[Inventory], target: list[Inventory]) -> dict[str, list[Inventory]]:
        return {"actor": actor, "target": target, "actor_team": teams, "target_team": teams}

    for where, things in (("objects", rules.objects), ("groups", rules.groups)):
        for name, thing in things.items():
            path, own = f"{where}.{name}", [thing.inventory]
            for key, handler in thing.on_use.items():
                yield Rule(f"{path}.on_use.{key}", handler, among(agents, own))
            for key, area in thing.areas.items():
                yield Rule(f"{path}.areas.{key}", area, among(own, agents))
            if isinstance(thing, Group):
                for key, handler in thing.on_tick.items():
                    yield Rule(f"{path}.on_tick.{key}", handler, among(own, own))
    anything = agents + [thing.inventory for thing in rules.objects.values()]
    for name, event in rules.events.items():
        yield Rule(f"events.{name}", event, among([], anything))


def _taken_before(path: str, thing: Object | Group) -> None:
    """A handler or recipe that an earlier one on the same thing always takes precedence over."""
    taken: dict[str, Handler] = {}
    recipes = thing.recipes if isinstance(thing, Object) else ()
    for rule, handler in thing.on_use.items():
        for earlier, other in taken.items():
            if all(f in handler.filters for f in other.filters):
                raise ConfigError(
                    f"{path}.on_use.{rule} can never apply: '{earlier}' before it takes every case"
                )
        taken[rule] = handler
        if recipes and not handler.filters:
            raise ConfigError(f"{path}.recipes can never apply: on_use.{rule} takes every case")
    for i, recipe in enumerate(recipes):
        for earlier, other in enumerate(recipes[:i]):
            if sorted(recipe.vibes) == sorted(other.vibes) and recipe.min_agents == other.min_agents:
                raise ConfigError(
                    f"{path}.recipes.{i} can never apply: recipe {earlier} has the same vibes and min_agents"
                )


def _contradictions(rule: Rule) -> Iterator[str]:
    """Filters that exclude each other, or that ask about somebody who is not there."""
    filters = rule.body.filters
    asked = {f.target_is for f in filters if isinstance(f, effects.AlignmentFilter)}
    teams = {f.team for f in filters if isinstance(f, effects.AlignmentFilter) and f.team}
    yield from (f"nothing is both {a} and {b}" for a, b in OPPOSITES if {a, b} <= asked)
    if len(teams) > 1:
        yield f"nothing is of {len(teams)} teams: {', '.join(sorted(teams))}"
    for who in ("actor", "target"):
        vibes = {f.vibe for f in filters if isinstance(f, effects.VibeFilter) and f.who == who}
        if len(vibes) > 1:
            yield f"nobody shows {len(vibes)} vibes at once: {', '.join(sorted(vibes))}"
    for f in filters:
        if isinstance(f, effects.NotFilter) and all(inner in filters for inner in f.filters):
            yield "it asks for something and for its opposite"
    if ".on_tick." in rule.path and "other_team" in asked:
        yield "on a tick, actor and target are the same agent"
    if isinstance(rule.body, Event):
        if {"same_team", "other_team"} & asked or any(map(_needs_an_actor, _parts(rule.body))):
            yield "an event has a target, but no actor"


def _parts(event: Event) -> Iterable[Config]:
    return (*event.filters, *event.mutations)


def _needs_an_actor(part: Config) -> bool:
    """Whether a filter or mutation is about the actor."""
    return (
        any(getattr(part, name, None) in ACTORS for name in ("who", "source", "to"))
        or isinstance(part, effects.Attack)
        or (isinstance(part, effects.Alignment) and part.joins == "actor_team")
    )


def _out_of_reach(rule: Rule) -> Iterator[str]:
    """Filters that ask for more than any of those they are about can ever hold or have room for."""
    for f in rule.body.filters:
        if isinstance(f, effects.ResourceFilter):
            asked, floor = f.at_least, True
        elif isinstance(f, effects.RoomFilter):
            asked, floor = f.room_for, False
        else:
            continue
        for name, n in asked.items():
            most = max((_most(i, name, floor) for i in rule.holders[f.who]), default=None)
            if most is None:
                yield f"it asks for the {name} of '{f.who}', and there is none"
            elif n > most:
                yield f"it asks for {n} {name} of '{f.who}', which can hold {most}"


def _most(inventory: Inventory, resource: str, counts_initial: bool) -> int:
    """The most that can ever be held; what is held at the start may be above every limit."""
    held = inventory.default_limit
    for limit in inventory.limits:
        if resource in limit.resources:
            grows = any(factor > 0 for factor in limit.modifiers.values())
            held = limit.maximum if grows else max(limit.minimum, min(limit.base, limit.maximum))
    return max(held, inventory.initial.get(resource, 0)) if counts_initial else held
