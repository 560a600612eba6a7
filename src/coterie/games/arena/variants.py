"""Ways to change an arena: what is rewarded, what a heart costs, what one starts with, how large it is."""

from collections.abc import Callable

from coterie.games.arena.config import ArenaConfig
from coterie.games.arena.rewards import SHAPED, SPARSE


def shaped(config: ArenaConfig) -> ArenaConfig:
    """Ore, batteries, lasers, armour and blueprints are rewarded too, each up to a cap of 1."""
    return config.replace(rewards=SHAPED)


def sparse(config: ArenaConfig) -> ArenaConfig:
    """Hearts alone are rewarded."""
    return config.replace(rewards=SPARSE)


def caps(config: ArenaConfig, cap: int = 2) -> ArenaConfig:
    """Every reward but the heart's is capped at this value."""
    capped = {item: r if item == "heart" else r.replace(cap=float(cap)) for item, r in config.rewards.items()}
    return config.replace(rewards=capped)


def easy_heart(config: ArenaConfig, batteries: int = 1) -> ArenaConfig:
    """A heart costs one red battery, as it did in October 2025."""
    return config.replace(heart_batteries=batteries)


def combat(config: ArenaConfig, lasers: int = 1) -> ArenaConfig:
    """Whoever is armed and holds the lasers can attack."""
    return config.replace(combat=True, attack_lasers=lasers)


def peaceful(config: ArenaConfig) -> ArenaConfig:
    """An attack costs more lasers than one can carry."""
    return config.replace(combat=False)


def start_ore(config: ArenaConfig, ore: int = 3) -> ArenaConfig:
    """Everybody starts with red ore."""
    return config.replace(initial={**config.initial, "ore_red": ore})


def start_batteries(config: ArenaConfig, batteries: int = 3) -> ArenaConfig:
    """Everybody starts with red batteries."""
    return config.replace(initial={**config.initial, "battery_red": batteries})


def stocked(config: ArenaConfig, units: int = 1) -> ArenaConfig:
    """Every building holds units of its product at the start, free for whoever comes first."""
    return config.replace(stocked={name: units for name, count in config.buildings.items() if count})


def all_colours(config: ArenaConfig) -> ArenaConfig:
    """Blue and green mines and generators stand beside the red ones."""
    coloured = {f"mine_{colour}": 10 for colour in ("blue", "green")}
    coloured |= {f"generator_{colour}": 5 for colour in ("blue", "green")}
    return config.replace(buildings={**config.buildings, **coloured})


def one_room(config: ArenaConfig) -> ArenaConfig:
    """One of the four rooms alone, with its share of the agents."""
    return config.replace(instances=1, num_agents=max(1, config.num_agents // config.instances))


def steps(config: ArenaConfig, max_steps: int = 1000) -> ArenaConfig:
    """Episodes of another length."""
    return config.replace(max_steps=max_steps)


variants: dict[str, Callable[..., ArenaConfig]] = {
    apply.__name__: apply
    for apply in (
        shaped,
        sparse,
        caps,
        easy_heart,
        combat,
        peaceful,
        start_ore,
        start_batteries,
        stocked,
        all_colours,
        one_room,
        steps,
    )
}
