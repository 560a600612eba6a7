"""Named changes of a mission: its map, the Cogs, the weather, the Clips, the reward."""

from collections.abc import Callable
from typing import Any

from coterie.config import ConfigError
from coterie.games.cogsguard.config import Clips, CogsguardConfig, Shaping
from coterie.games.cogsguard.sites import Biome, MachinaArena
from coterie.games.grid.arenas import EXTRACTORS

Variant = Callable[..., CogsguardConfig]

MAXIMUM = 255  # "as much as one could want"


def land(config: CogsguardConfig, variant: str, **changes: Any) -> CogsguardConfig:
    """The mission on other generated land; a drawn board has none to change."""
    if not isinstance(config.site, MachinaArena):
        raise ConfigError(
            f"variant {variant} changes how land is generated, but {config.site.title} is drawn; "
            "it applies to missions on generated land (cogsguard_arena, cogsguard_machina_1, hello_world, …)"
        )
    return config.replace(site=config.site.replace(**changes))


def timers(config: CogsguardConfig, **numbers: Any) -> CogsguardConfig:
    """The mission with the default Clips, these numbers apart."""
    return config.replace(clips=Clips(**numbers))


# -- the map -------------------------------------------------------------------------------------------------


def biome(name: Biome) -> Variant:
    def apply(config: CogsguardConfig) -> CogsguardConfig:
        return land(config, name, biome=name)

    apply.__doc__ = f"The land is all {name}."
    return apply


def small_50(config: CogsguardConfig) -> CogsguardConfig:
    """The land is 50×50."""
    return land(config, "small_50", width=50, height=50)


def empty_base(config: CogsguardConfig) -> CogsguardConfig:
    """The hub has no extractors in its corners."""
    site = config.site
    hub = site.hub.replace(extractors=False) if isinstance(site, MachinaArena) else None
    return land(config, "empty_base", hub=hub)


def quadrant_buildings(config: CogsguardConfig) -> CogsguardConfig:
    """Only extractors stand on the land, each element around the centre of a quadrant of its own."""
    extractors = dict.fromkeys(EXTRACTORS, 1.0)
    return land(config, "quadrant_buildings", weights=extractors, distribution="quadrants")


def single_resource_uniform(config: CogsguardConfig) -> CogsguardConfig:
    """Only oxygen extractors stand on the land."""
    oxygen = {"oxygen_extractor": 1.0}
    return land(config, "single_resource_uniform", weights=oxygen, distribution="uniform")


def distant_resources(config: CogsguardConfig) -> CogsguardConfig:
    """Buildings are few and stand near two opposite corners."""
    return land(config, "distant_resources", coverage=0.01, distribution="corners")


def balanced_corners(config: CogsguardConfig) -> CogsguardConfig:
    """Up to ten shortcuts are dug, until the ways from the hub to the corners differ 1.5-fold at most."""
    return land(config, "balanced_corners", corner_tolerance=1.5)


def multi_team(config: CogsguardConfig) -> CogsguardConfig:
    """Two teams with a map and a hub each, side by side with an open border; twice the agents."""
    return config if config.teams == 2 else config.replace(teams=2, num_agents=2 * config.num_agents)


def num_cogs(config: CogsguardConfig, number: int = 4) -> CogsguardConfig:
    """So many Cogs, of all teams together."""
    return config.replace(num_agents=number)


def map_seed(config: CogsguardConfig, number: int = 0) -> CogsguardConfig:
    """The same map in every episode, the one of this seed."""
    return config.replace(map_seed=number)


# -- weather, difficulty -------------------------------------------------------------------------------------


def sun(config: CogsguardConfig, day: int, night: int) -> CogsguardConfig:
    return config.replace(weather=config.weather.replace(day_solar=day, night_solar=night))


def dark_side(config: CogsguardConfig) -> CogsguardConfig:
    """It is always night: solar 1."""
    return sun(config, 1, 1)


def super_charged(config: CogsguardConfig) -> CogsguardConfig:
    """Two more solar by day and by night: 5 and 3."""
    weather = config.weather
    return sun(config, min(MAXIMUM, weather.day_solar + 2), min(MAXIMUM, weather.night_solar + 2))


def energized(config: CogsguardConfig) -> CogsguardConfig:
    """Energy for whatever one wants: solar 255 by day and night, and a limit of at least 255."""
    cog = config.cog
    bright = sun(config, MAXIMUM, MAXIMUM)
    return bright.replace(cog=cog.replace(energy_limit=max(MAXIMUM, cog.energy_limit)))


def standard(config: CogsguardConfig) -> CogsguardConfig:
    """The mission as it is."""
    return config


def hard(config: CogsguardConfig) -> CogsguardConfig:
    """Solar 2 by day and 1 by night, and a move costs 5."""
    return sun(config, 2, 1).replace(cog=config.cog.replace(move_cost=5))


def single_use(config: CogsguardConfig) -> CogsguardConfig:
    """An extractor is gone after one use, which gives a miner 10 and anybody else 1."""
    return config.replace(single_use_extractors=True)


def speed_run(config: CogsguardConfig) -> CogsguardConfig:
    """600 steps at most, and a move costs 2."""
    cog = config.cog.replace(move_cost=2)
    return config.replace(max_steps=min(600, config.max_steps), cog=cog)


def energy_crisis(config: CogsguardConfig) -> CogsguardConfig:
    """Solar 1 by day and none by night."""
    return sun(config, 1, 0)


def difficulty_easy(config: CogsguardConfig) -> CogsguardConfig:
    """No Clips."""
    return config.replace(clips=None)


def difficulty_medium(config: CogsguardConfig) -> CogsguardConfig:
    """The default Clips, whose timers all end at step 300."""
    return timers(config, end=300)


def difficulty_hard(config: CogsguardConfig) -> CogsguardConfig:
    """The default Clips."""
    return timers(config)


# -- Clips, event profiles -----------------------------------------------------------------------------------


def no_clips(config: CogsguardConfig) -> CogsguardConfig:
    """Nobody takes junctions but Cogs."""
    return config.replace(clips=None)


def clips_easy(config: CogsguardConfig) -> CogsguardConfig:
    """Clips from step 50; they scramble each 250 from 250 and align each 250 from 300, within 15."""
    scrambles = {"scramble_start": 250, "scramble_every": 250, "scramble_radius": 15}
    return timers(config, start=50, **scrambles, align_start=300, align_every=250, align_radius=15)


def clips_medium(config: CogsguardConfig) -> CogsguardConfig:
    """The default Clips."""
    return timers(config)


def clips_hard(config: CogsguardConfig) -> CogsguardConfig:
    """Clips from step 5 at two places; they scramble each 50 from 25 and align each 50 from 50, within 35."""
    scrambles = {"scramble_start": 25, "scramble_every": 50, "scramble_radius": 35}
    return timers(config, start=5, spots=2, **scrambles, align_start=50, align_every=50, align_radius=35)


def clips_wave_only(config: CogsguardConfig) -> CogsguardConfig:
    """Clips take three junctions at step 10 and do nothing after."""
    return timers(config, spots=3, scramble_start=None, align_start=None, presence_every=None)


def day(config: CogsguardConfig, length: int) -> CogsguardConfig:
    return config.replace(weather=config.weather.replace(day_length=length))


def events_baseline(config: CogsguardConfig) -> CogsguardConfig:
    """Event profile: the default Clips, days of 200 steps."""
    return timers(day(config, 200))


def events_fast_clips_short_day(config: CogsguardConfig) -> CogsguardConfig:
    """Event profile: Clips as in clips_hard, days of 100 steps."""
    return clips_hard(day(config, 100))


def events_slow_clips_long_day(config: CogsguardConfig) -> CogsguardConfig:
    """Event profile: Clips that scramble from 200 and align from 300, each 200 within 15; days of 400."""
    scrambles = {"scramble_start": 200, "scramble_every": 200, "scramble_radius": 15}
    slow = timers(config, start=50, **scrambles, align_start=300, align_every=200, align_radius=15)
    return day(slow, 400)


def events_no_clips(config: CogsguardConfig) -> CogsguardConfig:
    """Event profile: no Clips, days of 200 steps."""
    return no_clips(day(config, 200))


# -- what is rewarded ----------------------------------------------------------------------------------------


def reward(config: CogsguardConfig, shaping: Shaping) -> CogsguardConfig:
    """The mission with one more thing rewarded."""
    return config if shaping in config.shaping else config.replace(shaping=(*config.shaping, shaping))


def objective(config: CogsguardConfig) -> CogsguardConfig:
    """Each step pays the number of junctions held ÷ max_steps (as every mission but the diagnostics does)."""
    return reward(config, "objective")


def no_objective(config: CogsguardConfig) -> CogsguardConfig:
    """Held junctions are not rewarded."""
    return config.replace(shaping=tuple(s for s in config.shaping if s != "objective"))


def milestones(config: CogsguardConfig) -> CogsguardConfig:
    """Junctions of the team pay 1 each (at most 100), scrambling one 0.5 (50), aligning one 1 (100)."""
    return reward(config, "milestones")


def credit(config: CogsguardConfig) -> CogsguardConfig:
    """Hearts, aligner and scrambler gear, elements mined and deposited pay a little, each up to a cap."""
    return reward(config, "credit")


def penalize_vibe_change(config: CogsguardConfig) -> CogsguardConfig:
    """Each change of vibe costs 0.01."""
    return reward(config, "penalize_vibe_change")


def aligner_credit(config: CogsguardConfig) -> CogsguardConfig:
    """Who aligns or scrambles a junction gets 0.1 for it, alone."""
    return reward(config, "aligner_credit")


BIOMES: tuple[Biome, ...] = ("caves", "city", "desert", "forest")
# What is about generated land, and refused on boards.
LAND: tuple[Variant, ...] = (
    small_50,
    empty_base,
    quadrant_buildings,
    single_resource_uniform,
    distant_resources,
    balanced_corners,
)
ANYWHERE: tuple[Variant, ...] = (
    multi_team,
    num_cogs,
    map_seed,
    dark_side,
    super_charged,
    energized,
    standard,
    hard,
    single_use,
    speed_run,
    energy_crisis,
    difficulty_easy,
    difficulty_medium,
    difficulty_hard,
    no_clips,
    clips_easy,
    clips_medium,
    clips_hard,
    clips_wave_only,
    events_baseline,
    events_fast_clips_short_day,
    events_slow_clips_long_day,
    events_no_clips,
    objective,
    no_objective,
    milestones,
    credit,
    penalize_vibe_change,
    aligner_credit,
)
of_land: dict[str, Variant] = {
    **{name: biome(name) for name in BIOMES},
    **{apply.__name__: apply for apply in LAND},
}
variants: dict[str, Variant] = {**of_land, **{apply.__name__: apply for apply in ANYWHERE}}
