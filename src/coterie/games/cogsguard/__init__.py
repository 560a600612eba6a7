"""cogsguard: a team of Cogs gathers, makes hearts and holds junctions against the Clips."""

from coterie.games.cogsguard import evals
from coterie.games.cogsguard.config import CogsguardConfig
from coterie.games.cogsguard.evals import mission_sets
from coterie.games.cogsguard.sites import Hub, MachinaArena
from coterie.games.cogsguard.variants import variants


def basic() -> CogsguardConfig:
    """8 Cogs, 50×50 cells of land, 1000 steps."""
    return CogsguardConfig()


def machina_1() -> CogsguardConfig:
    """The tournament: 8 Cogs, 88×88 cells of land on which every biome occurs once, 10000 steps."""
    site = MachinaArena(width=88, height=88, coverage=0.05, sequential=True)
    return CogsguardConfig(site=site, max_steps=10000)


def tutorial() -> CogsguardConfig:
    """One Cog, 35×35 cells of land around a small hub, 2000 steps."""
    hub = Hub(size=15, clearance=2, chest_in_row=True)
    site = MachinaArena(width=35, height=35, coverage=0.05, hub=hub)
    return CogsguardConfig(site=site, num_agents=1, max_steps=2000)


missions = {
    "cogsguard_arena.basic": basic,
    "cogsguard_machina_1.basic": machina_1,
    "cogsguard_arena.tutorial": tutorial,
    "tutorial": tutorial,
    **evals.missions,
}

__all__ = ["CogsguardConfig", "mission_sets", "missions", "variants"]
