"""Scenes: what a map is composed of; each draws into a rectangle, then its children into areas it named."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from coterie.config import Config, ConfigError, nearest
from coterie.games.grid.cells import Cells, Count, Counts, SceneConfig, Share, Span, Table
from coterie.games.grid.terrain import (
    AsteroidMask,
    BaseHub,
    BuildingDistributions,
    Caves,
    City,
    Desert,
    Forest,
    PerimeterInContext,
    Plains,
    VariedTerrain,
)

Side = Annotated[int, Field(ge=1, le=4000)]


class Placement(Config):
    """A scene, and where it is drawn: over the full area, or into areas its parent named."""

    scene: "Scene"
    where: Literal["full"] | tuple[str, ...] = Field(
        "full", description="or tags of the areas it may be drawn into"
    )
    limit: int | None = Field(None, ge=0, description="so many areas at most")
    order_by: Literal["random", "first", "last"] = "random"
    lock: str | None = Field(None, description="areas used are closed to later placements with the same lock")

    def native(self, cells: Cells, path: str) -> list[Table]:
        if self.limit == 0 or self.where == ():
            return []
        order = cells.value(type(self).model_fields["order_by"].annotation, self.order_by, path)
        tags = [] if self.where == "full" else [cells.tag(tag) for tag in self.where]
        drawn = {"node": node(self.scene, cells, path), "tags": tags, "limit": self.limit or 0}
        return [drawn | {"order_by": order, "lock": cells.lock(self.lock)}]


class Parent(SceneConfig):
    """A scene with children, drawn in order after it."""

    children: tuple[Placement, ...] = ()

    @model_validator(mode="after")
    def _areas_exist(self) -> Self:
        for child in self.children:
            for tag in child.where if child.where != "full" else ():
                if tag not in self.areas:
                    raise ConfigError(
                        f"children: a {self.kind} names no area '{tag}'; {nearest(tag, self.areas)}"
                    )
        return self

    def native(self, cells: Cells, path: str) -> Table:
        return cells.fields(self, path, leave_out=("children", "tag")) | {"tag": cells.tag(self.areas[0])}


# -- layouts: areas for children -----------------------------------------------------------------------------


class NamedArea(Config):
    """A rectangle, cells from the top left corner of its parent."""

    tag: str
    x: int = Field(0, ge=0, le=4000)
    y: int = Field(0, ge=0, le=4000)
    width: Side
    height: Side


class Layout(Parent):
    """Draws nothing itself: named areas at fixed places, or without any, its children one over the other."""

    kind: Literal["layout"] = "layout"
    named: tuple[NamedArea, ...] = ()

    @property
    def areas(self) -> tuple[str, ...]:
        return tuple(area.tag for area in self.named)

    def native(self, cells: Cells, path: str) -> Table:
        areas = [area.model_dump() | {"tag": cells.tag(area.tag)} for area in self.named]
        return {"kind": self.kind, "areas": areas}


class BoundedLayout(Parent):
    """One area of random size within bounds, at a random place or in the middle."""

    kind: Literal["bounded_layout"] = "bounded_layout"
    width: Span
    height: Span
    is_centred: bool = False
    tag: str = "bounded"

    @property
    def areas(self) -> tuple[str, ...]:
        return (self.tag,)


class RoomGrid(Parent):
    """Equal rooms in rows and columns with walls between; each is an area `room`."""

    kind: Literal["room_grid"] = "room_grid"
    rows: int = Field(2, ge=1, le=1000)
    columns: int = Field(2, ge=1, le=1000)
    border_width: int = Field(1, ge=0, le=1000)

    @property
    def areas(self) -> tuple[str, ...]:
        return ("room",)


class Bsp(Parent):
    """Binary space partition into rooms joined by corridors; each is an area `room`."""

    kind: Literal["bsp"] = "bsp"
    rooms: int = Field(6, ge=1, le=1000)
    min_room_size: int = Field(3, ge=1, le=1000)
    min_room_ratio: Share = Field(0.5, description="of a part's side that its room takes at least")
    max_room_ratio: Share = Field(0.9, description="of a part's side that its room takes at most")

    @property
    def areas(self) -> tuple[str, ...]:
        return ("room",)


class BspLayout(Parent):
    """Binary space partition: areas `zone`, nothing drawn; fewer than asked for if too small."""

    kind: Literal["bsp_layout"] = "bsp_layout"
    area_count: int = Field(4, ge=1, le=1000)
    smallest: int = Field(3, ge=1, le=1000, description="shortest side of a zone")

    @property
    def areas(self) -> tuple[str, ...]:
        return ("zone",)


class RadialMaze(Parent):
    """Arms away from a centre; areas `end` (of each arm) and `centre`."""

    kind: Literal["radial_maze"] = "radial_maze"
    arms: int = Field(8, ge=1, le=64)
    arm_width: int = Field(1, ge=1, le=100)
    arm_length: int | None = Field(None, ge=1, description="none = as long as fits")

    @property
    def areas(self) -> tuple[str, ...]:
        return ("end", "centre")

    def native(self, cells: Cells, path: str) -> Table:
        own = cells.fields(self, path, leave_out=("children",))
        return own | {"end_tag": cells.tag("end"), "centre_tag": cells.tag("centre")}


# -- walls ---------------------------------------------------------------------------------------------------


class Maze(SceneConfig):
    """A perfect maze; room and wall sizes are drawn once for the whole maze."""

    kind: Literal["maze"] = "maze"
    algorithm: Literal["kruskal", "dfs"] = "kruskal"
    room_size: Span = (1, 1)
    wall_size: Span = (1, 1)


class MakeConnected(SceneConfig):
    """Joins every region of floor to the largest by its cheapest tunnel, never through objects."""

    kind: Literal["make_connected"] = "make_connected"
    floor_cost: int = Field(1, ge=1, le=100)
    wall_cost: int = Field(10, ge=1, le=100)
    corner_tolerance: float | None = Field(
        None,
        ge=1,
        description="digs shortcuts until the ways from the centre to the corners differ by this factor",
    )
    max_shortcuts: int = Field(10, ge=0, le=1000)


# -- contents ------------------------------------------------------------------------------------------------


class Random(SceneConfig):
    """So many of each object, and agents (in all, or by team), on random empty cells."""

    kind: Literal["random"] = "random"
    objects: Counts = {}
    agents: Count | Counts = 0

    def native(self, cells: Cells, path: str) -> Table:
        everything = cells.agents(self.agents) | self.objects
        return {"kind": self.kind, "objects": cells.amounts(everything, f"{path}.objects")}


class RandomObjects(SceneConfig):
    """A share of the area for each object, on random empty cells."""

    kind: Literal["random_objects"] = "random_objects"
    fractions: dict[str, Share] = {}


class AroundAgents(SceneConfig):
    """Objects placed in relation to agents in the middle of the area."""

    objects: Counts = {}
    agents: Count | Counts = 1

    def native(self, cells: Cells, path: str) -> Table:
        agents = cells.amounts(cells.agents(self.agents), f"{path}.agents")
        return cells.fields(self, path, leave_out=("agents",)) | {"agents": agents}


class Spiral(AroundAgents):
    """Objects in random order along a spiral."""

    kind: Literal["spiral"] = "spiral"
    spacing: float = Field(4, ge=0.5, le=1000, description="cells from object to object")
    turn: float = Field(3, ge=0.5, le=1000, description="cells from one turn to the next")


class MeanDistance(AroundAgents):
    """Objects in random directions at half to one and a half times the mean distance."""

    kind: Literal["mean_distance"] = "mean_distance"
    mean_distance: float = Field(30, ge=0, le=4000)


class MultiLeftAndRight(SceneConfig):
    """Rooms with an agent in the middle and objects to both sides, more on one side, in all the same."""

    kind: Literal["multi_left_and_right"] = "multi_left_and_right"
    rows: int = Field(2, ge=1, le=1000)
    columns: int = Field(2, ge=1, le=1000)
    total: int = Field(8, ge=0, le=10_000, description="objects in each room")
    ratio: Share = Field(0.75, description="of the objects that are on the richer side")
    object: str
    agent: str = "agent.agent"


class RemoveAgents(SceneConfig):
    """Spawn cells become empty."""

    kind: Literal["remove_agents"] = "remove_agents"


class Ascii(SceneConfig):
    """A fixed drawing in the middle of its area: a character a cell, named by the legend or `#`, `.`, `@`."""

    kind: Literal["ascii"] = "ascii"
    map_data: tuple[str, ...] = Field(min_length=1, max_length=4000)
    legend: dict[Annotated[str, Field(min_length=1, max_length=1)], str] = {}

    @model_validator(mode="after")
    def _is_drawn(self) -> Self:
        known = {"#", ".", " ", "@", *self.legend}
        for r, row in enumerate(self.map_data, start=1):
            if not row or len(row) != self.width:
                raise ConfigError(
                    f"row {r} has {len(row)} cells, the first has {self.width}; all need the same, 1 at least"
                )
            for c, sign in enumerate(row, start=1):
                if sign not in known:
                    raise ConfigError(
                        f"row {r}, column {c}: the legend has no {sign!r}; {nearest(sign, sorted(known))}"
                    )
        return self

    @property
    def width(self) -> int:
        return len(self.map_data[0])

    @property
    def height(self) -> int:
        return len(self.map_data)

    def native(self, cells: Cells, path: str) -> Table:
        codes = {
            sign: cells.code(self.legend.get(sign, sign), f"{path}.map_data")
            for sign in set("".join(self.map_data))
        }
        drawn = [codes[sign] for row in self.map_data for sign in row]
        return {"kind": self.kind, "width": self.width, "height": self.height, "cells": drawn}


# -- scenes of scenes ----------------------------------------------------------------------------------------


class Weighted(Config):
    """A scene and how often it is chosen, relative to its rivals."""

    scene: "Scene"
    weight: float = Field(1, ge=0, le=1e6)


class RandomScene(SceneConfig):
    """One of several scenes, drawn anew each time."""

    kind: Literal["random_scene"] = "random_scene"
    options: tuple[Weighted, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if not any(option.weight > 0 for option in self.options):
            raise ConfigError("options: one weight at least must be above 0")
        return self

    def native(self, cells: Cells, path: str) -> Table:
        options = [{"weight": o.weight, "node": node(o.scene, cells, path)} for o in self.options]
        return {"kind": self.kind, "options": options}


class Mirror(SceneConfig):
    """A scene drawn once and mirrored: left to right (horizontal), top to bottom (vertical), or both (x4)."""

    kind: Literal["mirror"] = "mirror"
    axis: Literal["horizontal", "vertical", "x4"] = "horizontal"
    scene: "Scene"

    def native(self, cells: Cells, path: str) -> Table:
        return cells.fields(self, path, leave_out=("scene",)) | {"scene": [node(self.scene, cells, path)]}


Scene = Annotated[
    Layout
    | BoundedLayout
    | RoomGrid
    | Bsp
    | BspLayout
    | RadialMaze
    | Maze
    | MakeConnected
    | Random
    | RandomObjects
    | Spiral
    | MeanDistance
    | MultiLeftAndRight
    | RemoveAgents
    | Ascii
    | RandomScene
    | Mirror
    | Caves
    | City
    | Desert
    | Forest
    | Plains
    | AsteroidMask
    | VariedTerrain
    | BaseHub
    | BuildingDistributions
    | PerimeterInContext,
    Field(discriminator="kind"),
]

for model in (
    Placement,
    Parent,
    Layout,
    BoundedLayout,
    RoomGrid,
    Bsp,
    BspLayout,
    RadialMaze,
    Weighted,
    RandomScene,
    Mirror,
):
    model.model_rebuild()


def node(scene: SceneConfig, cells: Cells, path: str) -> Table:
    """A scene and its children in native form; `path` says in errors where it stands."""
    path = f"{path}.{scene.kind}"
    children = [c for child in getattr(scene, "children", ()) for c in child.native(cells, path)]
    return {"scene": scene.native(cells, path), "children": children}


def over(*scenes: SceneConfig) -> Layout:
    """Scenes drawn one over the other into the same area."""
    return Layout(children=tuple(Placement(scene=scene) for scene in scenes))
