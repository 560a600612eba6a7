"""GridConfig: a whole gridworld as one frozen value that reads like its rule book."""

from abc import abstractmethod
from functools import cached_property
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from coterie.config import ConfigError
from coterie.games.batch import GameConfig, Sight
from coterie.games.grid.compile import Names
from coterie.games.grid.describe import Sections, describe
from coterie.games.grid.maps import Map
from coterie.games.grid.possible import refuse_the_impossible
from coterie.games.grid.rules import (
    NORMALIZATION,
    Actions,
    Event,
    Group,
    Object,
    Observation,
    Team,
    refuse_twice,
)


class GridConfig(GameConfig):
    """A gridworld: map, things, agents, teams, actions, events, observation."""

    game: ClassVar[str] = "grid"

    map: Map
    resources: tuple[str, ...] = Field(min_length=1, max_length=64)
    vibes: tuple[str, ...] = Field(("default",), min_length=1, max_length=255)
    objects: dict[str, Object] = Field(max_length=200)
    groups: dict[str, Group] = Field(min_length=1, max_length=24)
    teams: dict[str, Team] = Field({}, max_length=24)
    actions: Actions = Actions()
    events: dict[str, Event] = {}
    observation: Observation = Observation()
    max_steps: int = Field(1000, ge=0, le=1_000_000_000, description="0 = no end")
    truncates: bool = Field(False, description="max_steps truncates the episode instead of ending it")
    map_seed: int | None = Field(None, ge=0, lt=2**63, description="the same map in every episode")
    fixed_spawn_order: bool = False

    @model_validator(mode="after")
    def _names_are_single(self) -> Self:
        refuse_twice("resources", self.resources)
        refuse_twice("vibes", self.vibes)
        refuse_twice("actions.move", self.actions.move)
        refuse_twice("objects, by map_name", tuple(o.map_name or name for name, o in self.objects.items()))
        if len(self.tag_names) > 256:
            raise ConfigError(f"tags: there are {len(self.tag_names)}, 256 fit")
        return self

    @model_validator(mode="after")
    def _rules_can_apply(self) -> Self:
        refuse_the_impossible(self)
        return self

    @property
    def num_agents(self) -> int:
        return sum(group.count for group in self.groups.values())

    def seat_teams(self) -> tuple[str, ...]:
        if any(group.team is None for group in self.groups.values()):
            return ()
        return tuple(str(group.team) for group in self.groups.values() for _ in range(group.count))

    @cached_property
    def team_names(self) -> tuple[str, ...]:
        """Teams by number: alphabetical, as observers see them."""
        return tuple(sorted(self.teams))

    @cached_property
    def tag_names(self) -> tuple[str, ...]:
        """Tags by number: alphabetical."""
        things = [(name, thing) for name, thing in self.objects.items()]
        groups = [("agent", group) for group in self.groups.values()]
        return tuple(sorted({tag for name, thing in [*things, *groups] for tag in self.tags_of(name, thing)}))

    def tags_of(self, name: str, thing: Object | Group) -> tuple[str, ...]:
        """A thing's own tags, its kind's, and that of the team it starts in."""
        is_object = isinstance(thing, Object)
        kind = (thing.called if is_object else None) or name
        team = (f"collective:{thing.team}",) if thing.team and (not is_object or thing.wears_team_tag) else ()
        return (*thing.tags, self.observation.type_tag.format(kind), *team)

    @cached_property
    def action_names(self) -> tuple[str, ...]:
        vibes = tuple(f"change_vibe_{v}" for v in self.vibes) if self.actions.change_vibe else ()
        return ("noop", *(f"move_{d}" for d in self.actions.move), *vibes)

    @cached_property
    def features(self) -> tuple[str, ...]:
        """Observation features by number."""
        seen = self.observation
        digits, top = 1, seen.token_value_base
        while top <= 65535:
            digits, top = digits + 1, top * seen.token_value_base

        def series(name: str) -> list[str]:
            return [name, *(f"{name}:p{d}" for d in range(1, digits))]

        names = [
            *seen.features,
            *(n for r in self.resources for n in series(f"inv:{r}")),
            *(f"protocol_input:{r}" for r in self.resources),
            *(f"protocol_output:{r}" for r in self.resources),
            *(n for r in seen.team_stock for n in series(f"inv:collective:{r}")),
        ]
        if len(names) > 254:
            raise ConfigError(
                f"resources: {len(self.resources)} make {len(names)} observation features, 254 fit"
            )
        return tuple(names)

    def normalization(self, feature: str) -> float:
        """What a feature's value is divided by to be about 1."""
        if feature.startswith("inv:"):
            return float(self.observation.token_value_base)
        return NORMALIZATION.get(feature, 100.0 if feature.startswith("protocol") else 255.0)

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """Planes of the box view: the features, then one per tag."""
        return (*self.features, *(f"tag:{tag}" for tag in self.tag_names))

    @cached_property
    def kinds(self) -> dict[str, int]:
        """Map name → number of each object kind."""
        return {thing.map_name or name: i for i, (name, thing) in enumerate(self.objects.items())}

    def sight(self) -> Sight:
        seen = self.observation
        if seen.view == "box":
            names = self.channels
            scale = tuple(1.0 if name.startswith("tag:") else self.normalization(name) for name in names)
        else:
            names, scale = self.features, tuple(map(self.normalization, self.features))
        return Sight(
            view="planes" if seen.view == "box" else seen.view,
            height=seen.height,
            width=seen.width,
            features=names,
            normalizations=scale,
            tags=self.tag_names,
            base=seen.token_value_base,
        )

    def describe(self) -> Sections:
        return describe(self)

    def native(self) -> dict[str, Any]:
        names = Names(
            resource={r: i for i, r in enumerate(self.resources)},
            vibe={v: i for i, v in enumerate(self.vibes)},
            team={t: i for i, t in enumerate(self.team_names)},
            tag={t: i for i, t in enumerate(self.tag_names)},
            event={e: i for i, e in enumerate(self.events)},
        )
        objects = [names.kind(name, o, self.tags_of(name, o)) for name, o in self.objects.items()]
        groups = [names.kind(name, g, self.tags_of("agent", g)) for name, g in self.groups.items()]
        groups_by_name = {name: i for i, name in enumerate(self.groups)}
        return {
            "map": self.map.native(self.kinds, groups_by_name),
            "resources": list(self.resources),
            "vibes": list(self.vibes),
            "tags": list(self.tag_names),
            "kinds": objects + groups,
            "teams": [
                {"name": t, "inventory": names.inventory(self.teams[t].inventory, f"teams.{t}.inventory")}
                for t in self.team_names
            ],
            "actions": names.actions(self.actions),
            "events": names.events(self.events),
            "observation": names.observation(self.observation, list(self.features)),
            "max_steps": self.max_steps,
            "truncates": self.truncates,
            "map_seed": -1 if self.map_seed is None else self.map_seed,
            "fixed_spawn_order": self.fixed_spawn_order,
        }


class GridGame(GameConfig):
    """A game whose rules are a grid config; most games on the grid are a small config of this kind."""

    game: ClassVar[str] = "grid"

    @abstractmethod
    def rules(self) -> GridConfig:
        """The rule book this configuration stands for."""

    def native(self) -> dict[str, Any]:
        return self.rules().native()

    def sight(self) -> Sight:
        return self.rules().sight()

    def seat_teams(self) -> tuple[str, ...]:
        return self.rules().seat_teams()

    def describe(self) -> Sections:
        return self.rules().describe()
