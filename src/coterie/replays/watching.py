"""Watching: a replay played again and written down as a timeline."""

from typing import Any

from coterie.games.batch import Batch, GameConfig
from coterie.games.grid.grid import GridConfig, GridGame
from coterie.replays.playback import Playback
from coterie.replays.reading import Replay
from coterie.replays.timeline import Chronicle, Series, Timeline

LEGACY = {"orientation": 0, "inventory_max": 0, "color": 0}
AGENT = "agent"


def timeline(replay: Replay) -> Timeline:
    """What is to be seen in a replay; a ReplayError if it cannot be played here."""
    player = Playback(replay)
    batch = player.batch
    watcher = Watcher(batch, replay)
    for tick in player.states():
        if tick > replay.header.first:
            watcher.see(tick - replay.header.first - 1, player.snapshot())
    return watcher.timeline(replay)


class Watcher:
    """Turns snapshots of one world, step by step, into a timeline."""

    def __init__(self, batch: Batch, replay: Replay) -> None:
        self.batch, self.replay = batch, replay
        self.chronicle = Chronicle()
        self.rules = rules_of(batch.config)
        self.action_names = [name for names in batch.spec.action_names for name in names]
        self.actions = {name: number for number, name in enumerate(self.action_names)}
        self.kinds: list[str] = [AGENT]
        self.size = (batch.spec.seats, 1)
        self.resources: dict[str, int] = {}
        self.vibes: dict[str, int] = {}
        self.teams: dict[str, int] = {}
        self.groups: dict[str, int] = {}
        self.stocks: list[Series] = []
        self.things: dict[int, dict[str, Any]] = {}  # as they were last
        self.frozen: dict[int, int] = {}
        self.plants: dict[str, dict[str, Any]] = {}

    def see(self, step: int, snapshot: dict[str, Any]) -> None:
        """The world after one more tick."""
        if "tiles" not in snapshot:
            return self.see_seats(step)
        if step == 0:
            self.meet(snapshot)
        for agent in snapshot["agents"]:
            self.chronicle.note(agent["id"], step, self.agent(agent))
        now = {thing["id"]: thing for thing in snapshot["objects"]}
        for number, thing in now.items():
            if self.things.get(number) != thing:
                self.chronicle.note(number, step, self.thing(thing))
        for gone in self.things.keys() - now.keys():
            self.chronicle.vanish(gone, step)
        self.things = now
        if step == 0:
            self.see_walls(snapshot)
        for series, team in zip(self.stocks, snapshot["teams"], strict=True):
            stock = self.inventory(team)
            if not series or series[-1][1] != stock:
                series.append((step, stock))

    def meet(self, snapshot: dict[str, Any]) -> None:
        """The names of a map."""
        self.size = (snapshot["width"], snapshot["height"])
        groups = list(dict.fromkeys(agent["kind"] for agent in snapshot["agents"]))
        self.groups = {name: number for number, name in enumerate(groups)}
        self.kinds = [*(name for name in snapshot["kinds"] if name not in self.groups), AGENT]
        self.resources = {name: number for number, name in enumerate(snapshot["resources"])}
        self.vibes = {name: number for number, name in enumerate(snapshot["vibes"])}
        self.teams = {team["name"]: number for number, team in enumerate(snapshot["teams"])}
        self.stocks = [[] for _ in self.teams]
        self.plants = {name: plant(self.rules, name, self.resources) for name in self.kinds}

    def inventory(self, holder: dict[str, Any]) -> list[list[int]]:
        return [[self.resources[name], amount] for name, amount in holder["inventory"].items()]

    def place(self, thing: dict[str, Any], number: int) -> dict[str, Any]:
        """What all things have."""
        return {
            "id": number,
            "location": [thing["col"], thing["row"]],
            "inventory": self.inventory(thing),
            "collective_id": self.teams.get(thing["team"], -1),
            **LEGACY,
        }

    def agent(self, agent: dict[str, Any]) -> dict[str, Any]:
        seat, left = agent["id"], agent["frozen"]
        vibe = self.vibes[agent["vibe"]]
        if left > self.frozen.get(seat, 0):
            self.frozen[seat] = left
        return self.place(agent, seat + 1) | {
            "type_name": AGENT,
            "is_agent": True,
            "agent_id": seat,
            "group_id": self.groups[agent["kind"]],
            "vision_size": self.vision(),
            "action_id": self.actions[agent["action"]],
            "action_param": 0,
            "action_success": agent["success"],
            "current_reward": agent["reward"],
            "total_reward": agent["return"],
            "freeze_remaining": left,
            "is_frozen": left > 0,
            "freeze_duration": self.frozen.get(seat, 0),
            "vibe_id": vibe,
            "vibe": vibe,
            "policy_infos": {},
        }

    def vision(self) -> int:
        sight = self.batch.spec.sight
        return sight.height if sight else 0

    def thing(self, thing: dict[str, Any]) -> dict[str, Any]:
        kind = self.plants[thing["kind"]]
        values = self.place(thing, thing["id"] + 1) | {"type_name": thing["kind"], **kind}
        if "cooldown_duration" in kind:
            left = thing["cooldown"]
            values |= {"cooldown_remaining": left, "is_cooling_down": left > 0}
        if "max_uses" in kind:
            values["uses_count"] = thing["uses"]
        return values

    def see_walls(self, snapshot: dict[str, Any]) -> None:
        """What stands on the map and never changes, at step 0 alone."""
        taken = {(one["row"], one["col"]) for one in (*snapshot["objects"], *snapshot["agents"])}
        number = max((one["id"] for one in (*snapshot["objects"], *snapshot["agents"])), default=0)
        width = snapshot["width"]
        for index, tile in enumerate(snapshot["tiles"]):
            row, col = divmod(index, width)
            if tile and (row, col) not in taken:
                number += 1
                plain = {"row": row, "col": col, "inventory": {}, "team": None}
                kind = {"type_name": snapshot["kinds"][tile - 1]}
                self.chronicle.note(("wall", number), 0, self.place(plain, number + 1) | kind)

    def see_seats(self, step: int) -> None:
        """A game without a map: its seats side by side."""
        batch = self.batch
        returns = batch.episode_returns(0).tolist()
        for seat, (row, reward, total) in enumerate(
            zip(batch.actions.tolist(), batch.rewards.tolist(), returns, strict=True)
        ):
            values = {
                "id": seat + 1,
                "type_name": AGENT,
                "location": [seat, 0],
                "inventory": [],
                "collective_id": -1,
                **LEGACY,
                "is_agent": True,
                "agent_id": seat,
                "group_id": 0,
                "vision_size": 0,
                "action_id": row[0],
                "action_param": row[1] if len(row) > 1 else 0,
                "action_success": True,
                "current_reward": reward,
                "total_reward": total,
                "freeze_remaining": 0,
                "is_frozen": False,
                "freeze_duration": 0,
                "vibe_id": 0,
                "vibe": 0,
                "policy_infos": {},
            }
            self.chronicle.note(seat, step, values)

    def timeline(self, replay: Replay) -> Timeline:
        """All that was seen."""
        head = replay.header
        label = head.mission or head.label or head.game
        return Timeline(
            steps=replay.ticks,
            width=self.size[0],
            height=self.size[1],
            num_agents=self.batch.spec.seats,
            action_names=self.action_names,
            item_names=list(self.resources),
            type_names=self.kinds,
            things=list(self.chronicle.things.values()),
            config={"label": label, "game": head.config, "seed": head.seed},
            collective_names=list(self.teams),
            collective_inventory=self.stocks,
            interface=interface(self.batch, self.rules),
            infos=infos(self.batch, replay, self.size),
            title=label,
        )


def rules_of(config: GameConfig) -> GridConfig | None:
    """The rule book of a game on the grid."""
    if isinstance(config, GridGame):
        return config.rules()
    return config if isinstance(config, GridConfig) else None


def plant(rules: GridConfig | None, name: str, resources: dict[str, int]) -> dict[str, Any]:
    """The fields of a building with recipes that never change, none for anything else."""
    found = rules.objects.get(name) if rules else None
    if found is None or not found.recipes:
        return {}

    def amounts(table: dict[str, int]) -> list[list[int]]:
        return [[resources[resource], n] for resource, n in table.items()]

    first = found.recipes[0]
    protocols = [
        {
            "minAgents": recipe.min_agents,
            "vibes": list(recipe.vibes),
            "inputs": amounts(recipe.inputs),
            "outputs": amounts(recipe.outputs),
            "cooldown": recipe.cooldown,
        }
        for recipe in found.recipes
    ]
    fields = {
        "input_resources": amounts(first.inputs),
        "output_resources": amounts(first.outputs),
        "output_limit": 0,
        "conversion_remaining": 0,
        "is_converting": False,
        "conversion_duration": 0,
        "cooldown_duration": first.cooldown,
        "protocols": protocols,
    }
    return fields | ({"max_uses": found.max_uses} if found.max_uses else {})


def interface(batch: Batch, rules: GridConfig | None) -> dict[str, Any]:
    """What a policy may know of the game (specs: grid-and-cogsguard §7.4)."""
    spec, sight = batch.spec, batch.spec.sight
    features = zip(sight.features, sight.normalizations, strict=True) if sight else ()
    return {
        "obs_features": [
            {"id": number, "name": name, "normalization": scale}
            for number, (name, scale) in enumerate(features)
        ],
        "tags": list(sight.tags) if sight else [],
        "action_names": [name for names in spec.action_names for name in names],
        "move_energy_cost": rules.actions.move_cost.consumed.get("energy", 0) if rules else 0,
        "num_agents": spec.seats,
        "observation_shape": list(spec.observation_shape),
        "egocentric_shape": [sight.height, sight.width] if sight else [],
    }


def infos(batch: Batch, replay: Replay, size: tuple[int, int]) -> dict[str, Any]:
    """The statistics at the end (specs: grid-and-cogsguard §6.4)."""
    own, seats = batch.statistics(0)
    teams: dict[str, dict[str, float]] = {}
    for name, value in own.items():
        team, slash, inner = name.partition("/")
        if slash:
            teams.setdefault(team, {})[inner] = value
    names = batch.spec.seat_statistics
    return {
        "game": {name: value for name, value in own.items() if "/" not in name},
        "agent": {name: sum(seat[name] for seat in seats) / len(seats) for name in names},
        "collective": teams,
        "attributes": {
            "seed": replay.header.seed,
            "map_w": size[0],
            "map_h": size[1],
            "steps": replay.last,
            "max_steps": batch.spec.max_steps or batch.spec.usual_steps,
        },
        "episode_rewards": batch.episode_returns(0).tolist(),
    }
