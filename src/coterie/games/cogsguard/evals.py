"""The evaluation missions, and the sets they come in."""

from collections.abc import Callable
from typing import Any

from coterie.games.cogsguard.config import Cog, CogsguardConfig, Weather
from coterie.games.cogsguard.sites import Board, MachinaArena
from coterie.games.cogsguard.variants import (
    dark_side,
    difficulty_easy,
    distant_resources,
    hard,
    single_use,
    standard,
)
from coterie.games.grid.arenas import EXTRACTORS

Mission = Callable[[], CogsguardConfig]

STEPS = 10000
LITTLE_OXYGEN = {"junction": 0.7, **dict.fromkeys(EXTRACTORS, 0.3), "oxygen_extractor": 0.03}


def mission(about: str, make: Mission) -> Mission:
    """A mission and the sentence it is listed with."""

    def named() -> CogsguardConfig:
        return make()

    named.__doc__ = about
    return named


# -- integrated_evals: one difficulty each, on a wide world --------------------------------------------------


def hello_world(**changes: Any) -> CogsguardConfig:
    """100×100 cells of land, 8 Cogs, 10000 steps."""
    values: dict[str, Any] = {"site": MachinaArena(width=100, height=100), "max_steps": STEPS, **changes}
    return CogsguardConfig(**values)


def oxygen_bottleneck() -> CogsguardConfig:
    return hello_world(site=MachinaArena(width=100, height=100, weights=LITTLE_OXYGEN))


def quadrant_buildings() -> CogsguardConfig:
    """The junctions stay where the land has them: without them there would be nothing to hold."""
    return hello_world(site=MachinaArena(width=100, height=100, distribution="quadrants"))


def easy_hearts(side: int = 100, coverage: float = 0.1) -> CogsguardConfig:
    return hello_world(site=MachinaArena(width=side, height=side, coverage=coverage), heart_cost=1)


INTEGRATED: dict[str, Mission] = {
    "oxygen_bottleneck": mission("Oxygen is ten times rarer than the other elements.", oxygen_bottleneck),
    "energy_starved": mission("It is always night.", lambda: dark_side(hello_world())),
    "distant_resources": mission(
        "Few buildings, near two opposite corners.", lambda: distant_resources(hello_world())
    ),
    "quadrant_buildings": mission("Each element has a quadrant of its own.", quadrant_buildings),
    "single_use_swarm": mission(
        "20 Cogs, and every extractor serves once.", lambda: single_use(hello_world(num_agents=20))
    ),
    "vibe_check": mission(
        "Stations and chest serve only who shows their vibe.", lambda: hello_world(vibes_required=True)
    ),
    "easy_hearts": mission("A heart costs one of each element.", easy_hearts),
}

# -- cogsguard_evals: drawn boards ---------------------------------------------------------------------------


def board(name: str, **changes: Any) -> CogsguardConfig:
    """A drawn board with as many Cogs as it has pads, 10000 steps."""
    border = 10 if name.startswith("extractor_hub") else 0
    site = Board(name=name, border=border)
    values: dict[str, Any] = {"site": site, "num_agents": site.pads, "max_steps": STEPS, **changes}
    return CogsguardConfig(**values)


BOARDS = {
    "eval_balanced_spread": "All elements and four junctions in each quarter, alike for all.",
    "eval_clip_oxygen": "All oxygen lies in a corner full of junctions, which the Clips are quick to hold.",
    "eval_collect_resources": "All elements close around the hub.",
    "eval_collect_resources_medium": "Each element in a walled corner.",
    "eval_collect_resources_hard": "Few extractors behind rows of walls with far gaps.",
    "eval_divide_and_conquer": "Four rooms with one element each, the hub between them.",
    "eval_energy_starved": "Always night, long halls, junctions on the way to refill at.",
    "eval_multi_coordinated_collect_hard": "One element in the innermost room of each corner.",
    "eval_oxygen_bottleneck": "Two oxygen extractors, walled in at opposite corners.",
    "eval_single_use_world": "Many extractors that serve once.",
}
SIDES = (30, 50, 70, 80, 100)


def of_board(name: str) -> Mission:
    def make() -> CogsguardConfig:
        config = board(name)
        if name == "eval_energy_starved":
            return dark_side(config)
        return single_use(config) if name == "eval_single_use_world" else config

    return make


COGSGUARD: dict[str, Mission] = {
    **{name: mission(about, of_board(name)) for name, about in BOARDS.items()},
    **{
        f"extractor_hub_{n}x{n}": mission(
            f"Extractors in rings around a hub, {n}×{n}.", of_board(f"extractor_hub_{n}x{n}")
        )
        for n in SIDES
    },
}

# -- spanning_evals: four of the integrated missions in three tiers; cheap hearts on maps of all sizes -------

SPANNED = ("oxygen_bottleneck", "energy_starved", "distant_resources", "quadrant_buildings")
TIERS = {
    "easy": (difficulty_easy, "without Clips"),
    "standard": (standard, "as it is"),
    "hard": (hard, "with the variant hard"),
}
# Night is what energy_starved is about: hard must not bring the sun back.
STARVED = Weather(day_solar=1, night_solar=1)


def of_tier(name: str, tier: str) -> Mission:
    def make() -> CogsguardConfig:
        config = TIERS[tier][0](INTEGRATED[name]())
        return config.replace(weather=STARVED) if name == "energy_starved" else config

    return make


SPANNING: dict[str, Mission] = {
    **{
        f"{name}_{tier}": mission(f"{name} of integrated_evals, {how}.", of_tier(name, tier))
        for name in SPANNED
        for tier, (_, how) in TIERS.items()
    },
    "easy_hearts_training": mission(
        "Cheap hearts in one room of 13×13, 4 Cogs.", lambda: board("easy_hearts_training", heart_cost=1)
    ),
    "easy_small_hearts": mission("Cheap hearts, 50×50.", lambda: easy_hearts(50)),
    "easy_medium_hearts": mission("Cheap hearts, 100×100.", lambda: easy_hearts(100)),
    "easy_large_hearts": mission("Cheap hearts, 500×500.", lambda: easy_hearts(500, 0.02)),
}

# -- diagnostic_evals: one Cog brings one heart to a chest ---------------------------------------------------

AMPLE = 255
CAREFREE = Cog(
    hp=AMPLE,
    hp_limit=AMPLE,
    energy=AMPLE,
    energy_limit=AMPLE,
    cargo_limit=AMPLE,
    heart_limit=AMPLE,
    hp_decay=0,
    influence_decay=0,
    hearts=1,
)
DIAGNOSES = {
    "chest_navigation1": (250, "An open room."),
    "chest_navigation2": (250, "Through a gap in a wall."),
    "chest_navigation3": (250, "Through four halls, to and fro."),
    "chest_deposit_near": (250, "The chest is in sight."),
    "chest_deposit_search": (250, "The chest has to be looked for."),
    "charge_up": (250, "Energy for 15 moves and no sun: the hub first, then the chest."),
    "memory": (110, "The chest is seen at the start, behind a wall, and not again on the way round."),
    "chest_navigation1_hard": (350, "A larger room."),
    "chest_navigation2_hard": (350, "Through gaps in two walls."),
    "chest_navigation3_hard": (350, "Through five halls, some cut in two."),
    "chest_deposit_search_hard": (350, "The chest has to be looked for in a larger place."),
    "charge_up_hard": (350, "As charge_up, round two walls."),
    "memory_hard": (170, "As memory, by a longer way."),
}


def diagnosis(name: str, steps: int) -> CogsguardConfig:
    """1 Cog with a heart, ample limits, no decay, no Clips, no stock; banking the heart pays 1."""
    is_charging = name.startswith("charge_up")
    return CogsguardConfig(
        site=Board(name=name),
        num_agents=1,
        max_steps=steps,
        wealth=0,
        clips=None,
        cog=CAREFREE.replace(energy=60) if is_charging else CAREFREE,
        weather=Weather(day_solar=0, night_solar=0) if is_charging else Weather(),
        area_radius=5 if is_charging else 10,
        chest_takes_hearts=True,
        shaping=("hearts_banked",),
    )


def of_diagnosis(name: str) -> Mission:
    return lambda: diagnosis(name, DIAGNOSES[name][0])


DIAGNOSTIC: dict[str, Mission] = {
    name: mission(f"One Cog brings its heart to the chest. {about}", of_diagnosis(name))
    for name, (_, about) in DIAGNOSES.items()
}

SETS: dict[str, tuple[str, dict[str, Mission]]] = {
    "integrated_evals": ("hello_world", INTEGRATED),
    "cogsguard_evals": ("cogsguard_evals", COGSGUARD),
    "spanning_evals": ("spanning_evals", SPANNING),
    "diagnostic_evals": ("diagnostic_evals", DIAGNOSTIC),
}
missions: dict[str, Mission] = {
    f"{prefix}.{name}": make for prefix, table in SETS.values() for name, make in table.items()
}
mission_sets: dict[str, tuple[str, ...]] = {
    name: tuple(f"{prefix}.{mission}" for mission in table) for name, (prefix, table) in SETS.items()
}
