"""From names to numbers: the one place where a rule book becomes the engine's tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coterie.config import Config, ConfigError, nearest
from coterie.games.grid import effects, rules

WHO = {"actor": 0, "target": 1, "actor_team": 2, "target_team": 3}
TARGET_IS = {"aligned": 0, "unaligned": 1, "same_team": 2, "other_team": 3, "of_team": 4}
JOINS = {"actor_team": 0, "team": 1, "none": 2}
VALUE_OF = {"inventory": 0, "stat": 1, "tag_count": 2, "constant": 3}
SCOPE = {"agent": 0, "team": 1, "game": 2}
MOVES = {
    "north": 0,
    "south": 1,
    "west": 2,
    "east": 3,
    "northwest": 4,
    "northeast": 5,
    "southwest": 6,
    "southeast": 7,
}
VIEWS = {"tokens": 0, "box": 1, "tiles": 2}

Table = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """Every name of a rule book with its number; `path` in the methods says where a name was met."""

    resource: Mapping[str, int]
    vibe: Mapping[str, int]
    team: Mapping[str, int]
    tag: Mapping[str, int]
    event: Mapping[str, int]

    def number(self, what: str, name: str, path: str) -> int:
        table: Mapping[str, int] = getattr(self, what)
        if name not in table:
            raise ConfigError(f"{path}: no {what} '{name}'; {nearest(name, table)}")
        return table[name]

    def amounts(self, values: Mapping[str, int], path: str) -> list[Table]:
        """`{name: amount}` in the order of the resources."""
        rows = [{"resource": self.number("resource", name, path), "amount": n} for name, n in values.items()]
        return sorted(rows, key=lambda row: row["resource"])

    def optional(self, what: str, name: str | None, path: str) -> int:
        return -1 if name is None else self.number(what, name, path)

    # -- filters and mutations -------------------------------------------------------------------------------

    def effect(self, rule: Config, path: str) -> Table:
        """One filter or mutation: its fields in order, names replaced by numbers."""
        path = f"{path}.{rule.kind}"  # pyrefly: ignore[missing-attribute]
        return {name: self.field(name, getattr(rule, name), path) for name in type(rule).model_fields}

    def field(self, name: str, value: Any, path: str) -> Any:
        """One field of a filter or mutation, by what its name means throughout the rule language."""
        if name in ("who", "source", "to") and value in WHO:
            return WHO[value]
        if name in ("vibe", "tag", "resource"):
            return self.number(name, value, path)
        if name == "team":
            return self.optional("team", value, path)
        if name == "filters":
            return self.all_of(value, f"{path}.filters")
        if isinstance(value, Mapping):
            return self.amounts(value, f"{path}.{name}")
        if name in ("resources", "loot"):
            return [self.number("resource", r, f"{path}.{name}") for r in value]
        if isinstance(value, effects.Value):
            return self.value(value, path)
        for choices, field in ((TARGET_IS, "target_is"), (JOINS, "joins"), (SCOPE, "scope")):
            if name == field:
                return choices[value]
        return value

    def all_of(self, parts: Iterable[Config], path: str) -> list[Table]:
        return [self.effect(one, f"{path}[{i}]") for i, one in enumerate(parts)]

    def value(self, value: effects.Value, path: str) -> Table:
        kind = {"inventory": "resource", "tag_count": "tag"}.get(value.of)
        return {
            "of": VALUE_OF[value.of],
            "scope": SCOPE[value.scope],
            "index": self.number(kind, value.name, path) if kind else 0,
            "stat": value.name if value.of == "stat" else "",
            "constant": value.constant,
        }

    # -- parts of the rule book ------------------------------------------------------------------------------

    def handlers(self, handlers: Mapping[str, rules.Handler], path: str) -> list[Table]:
        return [
            {
                "filters": self.all_of(h.filters, f"{path}.{name}.filters"),
                "mutations": self.all_of(h.mutations, f"{path}.{name}.mutations"),
            }
            for name, h in handlers.items()
        ]

    def areas(self, areas: Mapping[str, rules.Area], path: str) -> list[Table]:
        return [
            {
                "radius": area.radius,
                "is_round": area.shape == "round",
                "filters": self.all_of(area.filters, f"{path}.{name}.filters"),
                "mutations": self.all_of(area.mutations, f"{path}.{name}.mutations"),
                "presence": self.amounts(area.presence, f"{path}.{name}.presence"),
                "effect_self": area.effect_self,
            }
            for name, area in areas.items()
        ]

    def inventory(self, inventory: rules.Inventory, path: str) -> Table:
        rules.refuse_twice(f"{path}.limits", tuple(r for one in inventory.limits for r in one.resources))
        limits = []
        for limit in inventory.limits:
            limits.append(
                {
                    "resources": [self.number("resource", r, f"{path}.limits") for r in limit.resources],
                    "base": limit.base,
                    "minimum": limit.minimum,
                    "maximum": limit.maximum,
                    "modifiers": self.amounts(limit.modifiers, f"{path}.limits.modifiers"),
                }
            )
        return {
            "initial": self.amounts(inventory.initial, f"{path}.initial"),
            "limits": limits,
            "default_limit": inventory.default_limit,
        }

    def recipes(self, recipes: Iterable[rules.Recipe], path: str) -> list[Table]:
        return [
            {
                "vibes": sorted(self.shown(v, path) for v in recipe.vibes),
                "min_agents": recipe.min_agents,
                "inputs": self.amounts(recipe.inputs, f"{path}.inputs"),
                "outputs": self.amounts(recipe.outputs, f"{path}.outputs"),
                "cooldown": recipe.cooldown,
            }
            for recipe in recipes
        ]

    def shown(self, vibe: str, path: str) -> int:
        number = self.number("vibe", vibe, path)
        if number == 0:
            raise ConfigError(f"{path}: '{vibe}' is the first vibe, which shows nothing; any other would do")
        return number

    def rewards(self, rewards: Mapping[str, rules.Reward], path: str) -> list[Table]:
        return [
            {
                "numerators": [self.value(v, f"{path}.{name}") for v in reward.numerators],
                "denominators": [self.value(v, f"{path}.{name}") for v in reward.denominators],
                "weight": reward.weight,
                "maximum": -1.0 if reward.maximum is None else reward.maximum,
            }
            for name, reward in rewards.items()
        ]

    def kind(self, name: str, thing: rules.Object | rules.Group, tags: Iterable[str]) -> Table:
        """An object kind or a group of agents as one row of the engine's table of kinds."""
        is_agent = isinstance(thing, rules.Group)
        path = f"{'groups' if is_agent else 'objects'}.{name}"
        return {
            "name": "agent" if isinstance(thing, rules.Group) else thing.called or name,
            "symbol": "@" if isinstance(thing, rules.Group) else thing.symbol,
            "cell_name": f"agent.{name}" if isinstance(thing, rules.Group) else thing.called or name,
            "count": thing.count if isinstance(thing, rules.Group) else 0,
            "tags": sorted(self.number("tag", t, path) for t in tags),
            "vibe": 0 if thing.vibe is None else self.number("vibe", thing.vibe, path),
            "team": self.optional("team", thing.team, path),
            "inventory": self.inventory(thing.inventory, f"{path}.inventory"),
            "on_use": self.handlers(thing.on_use, f"{path}.on_use"),
            "on_tick": self.handlers(thing.on_tick, f"{path}.on_tick")
            if isinstance(thing, rules.Group)
            else [],
            "areas": self.areas(thing.areas, f"{path}.areas"),
            "recipes": []
            if isinstance(thing, rules.Group)
            else self.recipes(thing.recipes, f"{path}.recipes"),
            "max_uses": 0 if isinstance(thing, rules.Group) else thing.max_uses,
            "partial_use": False if isinstance(thing, rules.Group) else thing.partial_use,
            "rewards": self.rewards(thing.rewards, f"{path}.rewards")
            if isinstance(thing, rules.Group)
            else [],
        }

    def events(self, events: Mapping[str, rules.Event]) -> list[Table]:
        for name, event in events.items():
            last = events.get(event.fallback or "")
            if last and last.fallback:
                raise ConfigError(
                    f"events.{name}.fallback: '{event.fallback}' is a fallback and cannot have one of its own"
                )
        return [
            {
                "start": event.start,
                "every": event.every or 0,
                "end": -1 if event.end is None else event.end,
                "tag": self.number("tag", event.tag, f"events.{name}.tag"),
                "filters": self.all_of(event.filters, f"events.{name}.filters"),
                "mutations": self.all_of(event.mutations, f"events.{name}.mutations"),
                "max_targets": event.max_targets or 0,
                "fallback": self.optional("event", event.fallback, f"events.{name}.fallback"),
            }
            for name, event in events.items()
        ]

    def cost(self, cost: rules.Cost, path: str) -> Table:
        return {
            "required": self.amounts({**cost.consumed, **cost.required}, path),
            "consumed": self.amounts(cost.consumed, path),
        }

    def actions(self, actions: rules.Actions) -> Table:
        attack = []
        if actions.attack:
            attack.append(
                {
                    "vibes": [self.number("vibe", v, "actions.attack.vibes") for v in actions.attack.vibes],
                    "cost": self.cost(actions.attack.cost, "actions.attack.cost"),
                    "effect": self.effect(actions.attack.effect, "actions.attack"),
                }
            )
        return {
            "moves": [MOVES[d] for d in actions.move],
            "change_vibe": actions.change_vibe,
            "noop_cost": self.cost(actions.noop_cost, "actions.noop_cost"),
            "move_cost": self.cost(actions.move_cost, "actions.move_cost"),
            "change_vibe_cost": self.cost(actions.change_vibe_cost, "actions.change_vibe_cost"),
            "attack": attack,
        }

    def observation(self, seen: rules.Observation, features: list[str]) -> Table:
        index = {name: i for i, name in enumerate(features)}
        ids = {
            name.replace(":", "_").removeprefix("agent_") if name != "agent_id" else name: index.get(name, -1)
            for name in rules.FEATURES
            if name != "goal"
        }
        first = next(iter(self.resource))
        stock = seen.team_stock[0] if seen.team_stock else ""
        return {
            "view": VIEWS[seen.view],
            "height": seen.height,
            "width": seen.width,
            "is_round": seen.shape == "round",
            "num_tokens": seen.num_tokens,
            "global_location": 0xFE if seen.global_location == "global" else -1,
            "base": seen.token_value_base,
            "shows_recipes": seen.recipes,
            "team_stock": [self.number("resource", r, "observation.team_stock") for r in seen.team_stock],
            "ids": {
                **ids,
                "inventory": index[f"inv:{first}"],
                "protocol_input": index[f"protocol_input:{first}"],
                "protocol_output": index[f"protocol_output:{first}"],
                "team_stock": index.get(f"inv:collective:{stock}", -1),
            },
            "features": len(features),
        }
