"""Imported: a timeline, which other programs recorded, as a film."""

import json
from typing import Any

from coterie.replays.timeline import Thing, Timeline, at


class Imported:
    """Tick k of it is step k - 1 of the timeline: the state after k ticks.

    Things that stand still under a name like `wall` are the ground; all else is drawn by itself.
    """

    def __init__(self, timeline: Timeline, name: str) -> None:
        self.timeline = timeline
        self.name = name
        self.first, self.last = 1, max(timeline.steps, 1)
        self.problem = "; ".join(timeline.problems)
        self.agents = timeline.agents()
        own = {id(thing) for thing in self.agents}
        self.objects = [t for t in timeline.things if id(t) not in own and not is_wall(t)]
        self.kinds = list(timeline.type_names)
        self.tiles = self.ground()

    def ground(self) -> list[int]:
        """[height × width], 0 or 1 + index of the kind of wall there."""
        line = self.timeline
        tiles = [0] * (line.width * line.height)
        for thing in line.things:
            if is_wall(thing):
                col, row = place(thing, 0)
                if 0 <= row < line.height and 0 <= col < line.width:
                    tiles[row * line.width + col] = 1 + self.kind_number(kind_name(thing, 0))
        return tiles

    def kind_number(self, name: str) -> int:
        if name not in self.kinds:
            self.kinds.append(name)
        return self.kinds.index(name)

    def title(self) -> dict[str, Any]:
        line = self.timeline
        config = line.config
        vibes = config.get("game", {}).get("vibe_names", []) if isinstance(config.get("game"), dict) else []
        return {
            "game": "imported",
            "game_version": 0,
            "mission": line.title or self.name,
            "label": str(config.get("label", "")),
            "seed": str(line.infos.get("attributes", {}).get("seed", ""))
            if isinstance(line.infos.get("attributes"), dict)
            else "",
            "seats": [f"agent {number}" for number in range(len(self.agents))],
            "end": "",
            "coterie": "",
            "max_steps": line.steps,
            "width": line.width,
            "height": line.height,
            "kinds": self.kinds,
            "symbols": ["#" if "wall" in name else name[:1] for name in self.kinds],
            "vibes": [str(name) for name in vibes] if isinstance(vibes, list) else [],
            "actions": line.action_names,
            "resources": line.item_names,
            "window": self.window(),
        }

    def window(self) -> list[int]:
        sizes = [number(at(agent.get("vision_size", []), 0, 0)) for agent in self.agents[:1]]
        return [sizes[0] or 11] * 2 if sizes else [11, 11]

    def snapshot(self, tick: int) -> dict[str, Any]:
        step = min(max(tick, self.first), self.last) - 1
        return {
            "step": step + 1,
            "tiles": self.tiles,
            "agents": [self.agent(seat, thing, step) for seat, thing in enumerate(self.agents)],
            "objects": [
                self.thing(index, thing, step)
                for index, thing in enumerate(self.objects, start=len(self.agents))
                if is_there(thing, step)
            ],
            "teams": [
                {"name": name, "inventory": self.stock(at(series, step, [])), "counts": self.counts(k, step)}
                for k, (name, series) in enumerate(
                    zip(self.timeline.collective_names, self.timeline.collective_inventory, strict=False)
                )
            ],
        }

    def counts(self, team: int, step: int) -> dict[str, int]:
        """How many objects of each kind are a team's."""
        found: dict[str, int] = {}
        for thing in self.objects:
            if is_there(thing, step) and at(thing.get("collective_id", []), step, -1) == team:
                name = kind_name(thing, step)
                found[name] = found.get(name, 0) + 1
        return found

    def stock(self, pairs: Any) -> dict[str, int]:
        """[[item, count], …] by name; what is no such pair is left out."""
        names = self.timeline.item_names
        found = {}
        for pair in pairs if isinstance(pairs, list) else ():
            if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], int):
                name = names[pair[0]] if 0 <= pair[0] < len(names) else f"item {pair[0]}"
                found[name] = number(pair[1])
        return found

    def shared(self, ident: int, thing: Thing, step: int) -> dict[str, Any]:
        col, row = place(thing, step)
        team = at(thing.get("collective_id", []), step, -1)
        names = self.timeline.collective_names
        return {
            "id": ident,
            "row": row,
            "col": col,
            "kind": kind_name(thing, step),
            "team": names[team] if isinstance(team, int) and 0 <= team < len(names) else None,
            "vibe": "",
            "inventory": self.stock(at(thing.get("inventory", []), step, [])),
        }

    def agent(self, seat: int, thing: Thing, step: int) -> dict[str, Any]:
        names = self.timeline.action_names
        action = at(thing.get("action_id", []), step, 0)
        vibe = at(thing.get("vibe_id", []), step, 0)
        return self.shared(seat, thing, step) | {
            "vibe": f"vibe {vibe}" if vibe else "",
            "frozen": number(at(thing.get("freeze_remaining", []), step, 0))
            or int(bool(at(thing.get("is_frozen", []), step, False))),
            "action": names[action] if isinstance(action, int) and 0 <= action < len(names) else "",
            "success": bool(at(thing.get("action_success", []), step, False)),
            "reward": number(at(thing.get("current_reward", []), step, 0)),
            "return": number(at(thing.get("total_reward", []), step, 0)),
            "infos": self.infos(thing, step),
        }

    def infos(self, thing: Thing, step: int) -> Any:
        """What the policy said of itself, if it is data a person can read."""
        found = at(thing.get("policy_infos", []), step, None)
        return found if found and len(json.dumps(found)) < 4096 else None

    def thing(self, ident: int, thing: Thing, step: int) -> dict[str, Any]:
        return self.shared(ident, thing, step) | {
            "cooldown": number(at(thing.get("cooldown_remaining", []), step, 0)),
            "uses": number(at(thing.get("uses_count", []), step, 0)),
            "radius": -1,
        }

    def statistics(self, tick: int) -> dict[str, Any]:
        """Only those of the end were noted."""
        infos = self.timeline.infos
        game = infos.get("game") if tick >= self.last else None
        return {"game": game if isinstance(game, dict) else {}, "agents": []}


def is_wall(thing: Thing) -> bool:
    name = kind_name(thing, 0)
    return ("wall" in name or name in ("block", "rock")) and len(thing.get("location", [])) == 1


def kind_name(thing: Thing, step: int) -> str:
    return str(at(thing.get("type_name", []), step, "") or "thing")


def place(thing: Thing, step: int) -> tuple[int, int]:
    """Column and row; off the map if it says none."""
    found = at(thing.get("location", []), step)
    if isinstance(found, list) and len(found) >= 2:
        return int(number(found[0])), int(number(found[1]))
    return -1, -1


def is_there(thing: Thing, step: int) -> bool:
    if not at(thing.get("alive", []), step, True):
        return False
    return bool(thing.get("location")) and thing["location"][0][0] <= step


def number(value: Any) -> Any:
    """A number, 0 for what is none."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0
