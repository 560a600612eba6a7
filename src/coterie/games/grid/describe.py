"""A rule book told in sentences, for `coterie describe`."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from coterie.config import Config
from coterie.games.grid import effects
from coterie.games.grid.rules import (
    Area,
    Cost,
    Event,
    Group,
    Handler,
    Inventory,
    Limit,
    Object,
    Recipe,
    Reward,
)

if TYPE_CHECKING:
    from coterie.games.grid.grid import GridConfig

Sections = list[tuple[str, list[str]]]

WHO = {
    "actor": "the agent",
    "target": "the target",
    "actor_team": "the agent's team",
    "target_team": "its team",
}
TARGET_IS = {
    "aligned": "it has a team",
    "unaligned": "it has no team",
    "same_team": "it is of the same team",
    "other_team": "it is of another team",
}


def describe(rules: "GridConfig") -> Sections:
    """Titles and lines, in the order a newcomer wants them."""
    seats = ", ".join(
        f"{g.count} {name}{f' of team {g.team}' if g.team else ''}" for name, g in rules.groups.items()
    )
    ends = (
        f"{'cut' if rules.truncates else 'over'} after {rules.max_steps} steps"
        if rules.max_steps
        else "has no end"
    )
    sections = [
        ("Game", [f"agents: {seats}", f"episode: {ends}", f"resources: {', '.join(rules.resources)}"])
    ]
    sections += [(f"Agent {name}", agent(group)) for name, group in rules.groups.items()]
    sections.append(
        ("Objects", [line for name, thing in rules.objects.items() for line in object_lines(name, thing)])
    )
    for name, team in rules.teams.items():
        if team.inventory.initial or team.inventory.limits:
            sections.append((f"Team {name}", stock(team.inventory)))
    sections.append(("Actions", actions(rules)))
    if rules.events:
        sections.append(("Events", [f"{name}: {event_text(event)}" for name, event in rules.events.items()]))
    for name, group in rules.groups.items():
        earned = [f"{entry}: {reward(r)}" for entry, r in group.rewards.items()] or ["none"]
        sections.append((f"Rewards of {name} (a step pays the change of their sum)", earned))
    sections.append(("Observation", observation(rules)))
    return sections


# -- things --------------------------------------------------------------------------------------------------


def agent(group: Group) -> list[str]:
    # In a tick the agent is both the one who acts and the one acted on.
    ticks = [
        f"each step ({name}): {handler(h).replace('the target', 'the agent')}"
        for name, h in group.on_tick.items()
    ]
    uses = [f"moved into ({name}): {handler(h)}" for name, h in group.on_use.items()]
    return (
        stock(group.inventory) + ticks + uses + [f"area {name}: {area(a)}" for name, a in group.areas.items()]
    )


def object_lines(name: str, thing: Object) -> list[str]:
    facts = [f"team {thing.team}"] if thing.team else []
    facts += [f"holds {amounts(thing.inventory.initial)}"] if thing.inventory.initial else []
    facts += [f"{thing.max_uses} uses"] if thing.max_uses else []
    lines = [f"{thing.symbol} {name}{' (' + '; '.join(facts) + ')' if facts else ''}"]
    lines += [f"    {rule}: {handler(h)}" for rule, h in thing.on_use.items()]
    lines += [f"    makes {recipe(r)}" for r in thing.recipes]
    lines += [f"    area {label}: {area(a)}" for label, a in thing.areas.items()]
    return lines


def stock(inventory: Inventory) -> list[str]:
    lines = [f"starts with {amounts(inventory.initial)}"] if inventory.initial else []
    lines += [f"most {limit(one)}" for one in inventory.limits]
    if inventory.default_limit < 65535:
        lines.append(f"most of anything else: {inventory.default_limit}")
    return lines


def limit(limit: Limit) -> str:
    """`hp: 400 for each scout + 200 for each scrambler, at least 100`."""
    what = " and ".join(limit.resources) + (" together" if len(limit.resources) > 1 else "")
    if not limit.modifiers:
        return f"{what}: {max(limit.minimum, min(limit.base, limit.maximum))}"
    parts = [str(limit.base)] if limit.base else []
    parts += [f"{factor} for each {name}" for name, factor in limit.modifiers.items()]
    bounds = f", at least {limit.minimum}" if limit.minimum else ""
    bounds += f", never above {limit.maximum}" if limit.maximum < 65535 else ""
    return f"{what}: {' + '.join(parts)}{bounds}"


def recipe(recipe: Recipe) -> str:
    made = amounts(recipe.outputs) or "nothing"
    of = f" of {amounts(recipe.inputs)}" if recipe.inputs else ""
    vibes = f" with vibes {', '.join(recipe.vibes)} around" if recipe.vibes else ""
    crew = f" by {recipe.min_agents} agents" if recipe.min_agents > 1 else ""
    return f"{made}{of}{vibes}{crew}, again after {recipe.cooldown} steps"


def area(area: Area) -> str:
    shape = "cells around, square" if area.shape == "square" else "cells around, round"
    presence = f"; while there {changes(area.presence)}" if area.presence else ""
    rule = Handler(filters=area.filters, mutations=area.mutations)
    return f"{area.radius} {shape}, each step: {handler(rule)}{presence}"


# -- rules ---------------------------------------------------------------------------------------------------


def handler(handler: Handler) -> str:
    done = ", ".join(mutation(m) for m in handler.mutations) or "nothing happens"
    return f"if {conditions(handler.filters)}: {done}" if handler.filters else done


def conditions(filters: Iterable[Config], joint: str = " and ") -> str:
    return joint.join(condition(f) for f in filters)


def condition(rule: Config) -> str:
    match rule:
        case effects.VibeFilter():
            return f"{WHO[rule.who]} shows {rule.vibe}"
        case effects.ResourceFilter():
            return f"{WHO[rule.who]} has {amounts(rule.at_least)}"
        case effects.RoomFilter():
            return f"{WHO[rule.who]} has room for {amounts(rule.room_for)}"
        case effects.AlignmentFilter():
            return f"it is of team {rule.team}" if rule.team else TARGET_IS[rule.target_is]
        case effects.TagFilter():
            return f"{WHO[rule.who]} has the tag {rule.tag}"
        case effects.NearFilter():
            inner = f" ({conditions(rule.filters)})" if rule.filters else ""
            return f"a {rule.tag}{inner} is within {rule.radius}"
        case effects.ValueFilter():
            return f"{value(rule.value)} is at least {rule.at_least:g}"
        case effects.PeriodicFilter():
            return f"the step is {rule.start} or a multiple of {rule.every} later"
        case effects.NotFilter():
            return f"not ({conditions(rule.filters)})"
        case effects.OrFilter():
            return f"({conditions(rule.filters, ' or ')})"
    raise AssertionError(f"no words for a {type(rule).__name__}")


def mutation(rule: Config) -> str:
    match rule:
        case effects.ResourceDelta():
            return f"{WHO[rule.who]} {changes(rule.amounts)}"
        case effects.ResourceTransfer():
            moved = ", ".join(
                f"{'all' if n < 0 else f'up to {n}'} {name}" for name, n in rule.amounts.items()
            )
            gone = "; empty, it vanishes" if rule.remove_source_when_empty else ""
            return f"{moved} from {WHO[rule.source]} to {WHO[rule.to]}{gone}"
        case effects.Alignment():
            joined = {"actor_team": "the agent's team", "none": "no team"}.get(
                rule.joins, f"team {rule.team}"
            )
            return f"it joins {joined}"
        case effects.ClearInventory():
            return f"{WHO[rule.who]} loses all {', '.join(rule.resources)}"
        case effects.Freeze():
            return f"{WHO[rule.who]} is frozen for {rule.ticks} turns"
        case effects.Attack():
            return attack(rule)
        case effects.Count():
            return f"{rule.scope} statistic {rule.stat} {rule.amount:+g}"
        case effects.AddTag():
            return f"{WHO[rule.who]} gets the tag {rule.tag}"
        case effects.RemoveTag():
            return f"{WHO[rule.who]} loses the tag {rule.tag}"
        case effects.AddValue():
            return f"{WHO[rule.who]} {rule.resource} + {value(rule.value)}"
        case effects.SetVibe():
            return f"{WHO[rule.who]} shows {rule.vibe}"
    raise AssertionError(f"no words for a {type(rule).__name__}")


def attack(rule: effects.Attack) -> str:
    effect = [f"frozen for {rule.freeze_ticks} turns"] if rule.freeze_ticks else []
    effect += [changes(rule.target_amounts)] if rule.target_amounts else []
    effect += [f"robbed of {', '.join(rule.loot)}"] if rule.loot else []
    defence = f", unless it spends {amounts(rule.defence)}" if rule.defence else ""
    return f"the target is {' and '.join(effect) or 'unharmed'}{defence}"


def event_text(event: Event) -> str:
    when = f"at step {event.start}"
    if event.every:
        when += f" and every {event.every}" + (f" until {event.end}" if event.end is not None else "")
    which = f"{event.max_targets} random {event.tag}" if event.max_targets else f"every {event.tag}"
    rule = handler(Handler(filters=event.filters, mutations=event.mutations))
    return f"{when}, {which}: {rule}" + (f"; if there is none, {event.fallback}" if event.fallback else "")


def reward(reward: Reward) -> str:
    top = " + ".join(value(v) for v in reward.numerators)
    below = "".join(f" / {value(v)}" for v in reward.denominators)
    cap = f", at most {reward.maximum:g} either way" if reward.maximum is not None else ""
    return f"{reward.weight:g} x {top}{below}{cap}"


# -- words ---------------------------------------------------------------------------------------------------


def value(value: effects.Value) -> str:
    if value.of == "constant":
        return f"{value.constant:g}"
    whose = {"agent": "own", "team": "the team's", "game": "the game's"}[value.scope]
    return f"number of {value.name}" if value.of == "tag_count" else f"{whose} {value.name}"


def amounts(values: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in values.items())


def changes(values: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n:+d}" for name, n in values.items())


def cost(cost: Cost) -> str:
    needs = {name: n for name, n in cost.required.items() if n > cost.consumed.get(name, 0)}
    parts = [f"costs {amounts(cost.consumed)}"] if cost.consumed else ["free"]
    return ", ".join(parts + ([f"needs {amounts(needs)}"] if needs else []))


def actions(rules: "GridConfig") -> list[str]:
    acts = rules.actions
    lines = [f"{i} {name}" for i, name in enumerate(rules.action_names)]
    lines.append(f"a move or a use: {cost(acts.move_cost)}; waiting: {cost(acts.noop_cost)}")
    if acts.change_vibe:
        lines.append(f"showing a vibe: {cost(acts.change_vibe_cost)}")
    if acts.attack:
        armed = ", ".join(acts.attack.vibes)
        lines.append(
            f"moving into an agent while showing {armed} ({cost(acts.attack.cost)}): "
            f"{attack(acts.attack.effect)}"
        )
    return lines


def observation(rules: "GridConfig") -> list[str]:
    seen = rules.observation
    shape = {
        "tokens": f"{seen.num_tokens} tokens of (location, feature, value)",
        "box": f"{len(rules.channels)} planes",
        "tiles": "one byte a cell: the kind of thing",
    }[seen.view]
    lines = [f"a {seen.shape} window of {seen.height}x{seen.width} cells around the agent; {shape}"]
    if seen.view != "tiles":
        lines += [f"{i} {name} / {rules.normalization(name):g}" for i, name in enumerate(rules.features)]
        lines.append("tags: " + ", ".join(f"{i} {tag}" for i, tag in enumerate(rules.tag_names)))
    return lines
