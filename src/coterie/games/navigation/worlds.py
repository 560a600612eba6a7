"""Where one navigates: worlds drawn in `maps/`, and worlds that scenes draw anew for every episode."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from coterie.games.grid.cells import SceneConfig
from coterie.games.grid.maps import AsciiMap, MapGen, load_map
from coterie.games.grid.scenes import (
    BoundedLayout,
    MakeConnected,
    MeanDistance,
    Placement,
    RadialMaze,
    Random,
    RandomScene,
    VariedTerrain,
    Weighted,
    over,
)

DRAWINGS = Path(__file__).parent / "maps"

# The worlds of the suite: name → (steps of an episode, what it asks for).
SUITE: dict[str, tuple[int, str]] = {
    "boxout": (
        150,
        "Out of a small box by its only door, then round it to the altar behind the opposite wall.",
    ),
    "choose_wisely": (200, "A fork: the short arm ends at one altar, the long one at three."),
    "corners": (300, "Four altars, each behind an angle of wall in a corner."),
    "corridors": (450, "A hall with side corridors of every length; altars stand at the ends of some."),
    "cylinder": (250, "An altar in a long tube whose only opening is at the far end."),
    "cylinder_easy": (250, "An altar in a short tube that is open at both ends."),
    "emptyspace_outofsight": (150, "Two altars in an empty field, neither in sight."),
    "emptyspace_sparse": (300, "A wide empty field with three altars about 30 cells away."),
    "hall_of_mirrors": (150, "Two halves that mirror each other; only one holds altars."),
    "honeypot": (300, "A blind alley with an altar in sight behind its end, and easier ones elsewhere."),
    "journey_home": (110, "Back along a hall whose two long walls have gaps at opposite ends."),
    "knotty": (500, "One passage winds over the whole map, with knots in it."),
    "labyrinth": (250, "Three rings around the altar, each open at one place."),
    "little_landmark_hard": (100, "Four walled corners alike; a landmark points to the one with the altar."),
    "lobster_legs": (210, "A body with eight legs; altars stand at the tips of two."),
    "lobster_legs_cues": (210, "A body with eight legs; landmarks on it point to the two with altars."),
    "memory_palace": (200, "Nine chambers, told apart by their landmarks; three hold an altar."),
    "memory_swirls": (300, "Four short spirals, two with an altar inside; landmarks stand between them."),
    "memory_swirls_hard": (300, "Four long spirals, one with an altar inside; landmarks point towards it."),
    "obstacles0": (100, "A wall between start and altar."),
    "obstacles1": (300, "Blocks on the way."),
    "obstacles2": (350, "Long bent walls on the way."),
    "obstacles3": (300, "A forest of pillars, a wall with two gaps, and pillars again."),
    "passing_things": (
        320,
        "A long gallery with screens and landmarks; one altar on the way, one at the end.",
    ),
    "radial_large": (1000, "Twelve wide, long arms; three end at an altar."),
    "radial_mini": (150, "Five narrow, short arms; two end at an altar."),
    "radial_small": (120, "Eight narrow arms; four end at an altar."),
    "radialmaze": (200, "Eight wide arms; three end at an altar."),
    "rooms": (350, "Sixteen rooms joined by doors; four altars."),
    "swirls": (350, "Four spirals, each with an altar inside."),
    "thecube": (350, "A box in a box in a box, each with its door on another side."),
    "walkaround": (250, "A long wall, bent back at its ends, between start and altar."),
    "walls_outofsight": (250, "Long walls around the start, the altars out of sight beyond."),
    "walls_withinsight": (120, "A bent wall around the start, the altars just beyond."),
    "wanderout": (500, "Out of a block of rooms by its only door, to altars far away in the open."),
}

# Things on random empty cells, by name: what a world holds besides its walls and agents.
Things = dict[str, int]


def radial(arms: int, arm_width: int, altars: int) -> SceneConfig:
    """Arms from the agent in the middle; altars at the ends of some of them."""
    altar = Placement(scene=Random(objects={"assembler": 1}), where=("end",), limit=altars)
    agent = Placement(scene=Random(agents=1), where=("centre",))
    return RadialMaze(arms=arms, arm_width=arm_width, children=(agent, altar))


def terrain(style: str) -> Callable[[Things], SceneConfig]:
    return lambda things: VariedTerrain.model_validate({"style": style, "objects": things, "agents": 1})


def sparse_world(things: Things) -> SceneConfig:
    """Open land of any size from 60 to 120, with a few rocks."""
    land = over(Random(objects={"wall": 60}), MakeConnected(), Random(objects=things, agents=1))
    anywhere = Placement(scene=land, where=("bounded",))
    return BoundedLayout(width=(60, 120), height=(60, 120), children=(anywhere,))


# Worlds of the suite that are drawn anew: name → (side, scene).
SCENES: dict[str, tuple[int, SceneConfig]] = {
    "emptyspace_sparse": (60, MeanDistance(mean_distance=30, objects={"assembler": 3})),
    "radial_large": (61, radial(arms=12, arm_width=3, altars=3)),
    "radial_mini": (17, radial(arms=5, arm_width=1, altars=2)),
    "radial_small": (25, radial(arms=8, arm_width=1, altars=4)),
    "radialmaze": (35, radial(arms=8, arm_width=3, altars=3)),
}

# Training worlds, which hold whatever they are asked for: name → (side, scene of the things, what it is).
LANDS: dict[str, tuple[int, Callable[[Things], SceneConfig], str]] = {
    "train_dense": (60, terrain("dense"), "Dense terrain with 3 to 50 altars."),
    "train_balanced": (60, terrain("balanced"), "Terrain of all shapes with 3 to 50 altars."),
    "train_maze": (60, terrain("maze"), "Small mazes in open land with 3 to 50 altars."),
    "train_sparse": (60, terrain("all-sparse"), "Almost open land with 3 to 50 altars."),
    "train_cylinder_world": (60, terrain("cylinder-world"), "Land full of tubes with 3 to 50 altars."),
    "train_sparse_world": (120, sparse_world, "Open land of side 60 to 120 with 1 to 10 altars."),
}


@cache
def drawing(name: str) -> AsciiMap:
    return load_map(DRAWINGS / f"{name}.map")


def suite_map(name: str, instances: int, border: int) -> MapGen:
    """A world of the suite, side by side in so many instances."""
    if name not in SCENES:
        settings = {"instances": instances, "border_width": border, "instance_border_width": border}
        return drawing(name).as_mapgen(**settings)
    side, scene = SCENES[name]
    return _side_by_side(scene, side, instances, border)


def land_map(name: str, choices: tuple[Things, ...], instances: int, border: int) -> MapGen:
    """A training world; each instance holds one of the choices of things, drawn anew for every episode."""
    side, make, _ = LANDS[name]
    options = tuple(Weighted(scene=make(things)) for things in choices)
    return _side_by_side(RandomScene(options=options), side, instances, border)


def _side_by_side(scene: SceneConfig, side: int, instances: int, border: int) -> MapGen:
    return MapGen(
        instance=scene,
        width=side,
        height=side,
        instances=instances,
        border_width=border,
        instance_border_width=border,
    )
