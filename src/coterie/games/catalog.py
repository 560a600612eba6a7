"""Every game, mission and variant there is: found by looking at the folders, no list is kept."""

import importlib
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType

from coterie.config import ConfigError, choose
from coterie.games.batch import GameConfig

HERE = Path(__file__).parent

Mission = Callable[[], GameConfig]
Variant = Callable[..., GameConfig]  # (config) or (config, number) for `-v name=number`


def folders() -> dict[str, Path]:
    """Name → folder of every game: a game is a folder with a page (README.md)."""
    return {page.parent.name: page.parent for page in sorted(HERE.rglob("README.md"))}


def module(game: str) -> ModuleType:
    """The Python side of a game: `missions`, and `variants` where it has them."""
    folder = choose("game", game, folders())
    return importlib.import_module(".".join(["coterie.games", *folder.relative_to(HERE).parts]))


def missions(game: str | None = None) -> dict[str, Mission]:
    """Mission name → function that makes its config, for one game or all."""
    games = [game] if game else list(folders())
    return {name: make for g in games for name, make in getattr(module(g), "missions", {}).items()}


def game_of(mission: str) -> str:
    """The game a mission belongs to."""
    for game in folders():
        if mission in getattr(module(game), "missions", {}):
            return game
    choose("mission", mission, missions())
    raise AssertionError("unreachable")


def variants(game: str) -> dict[str, Variant]:
    """Variant name → function from config to config; its docstring says what it does."""
    return getattr(module(game), "variants", {})


def variants_of(mission: str) -> dict[str, Variant]:
    """The variants of its game that a mission can be played under; some need land that is not yet drawn."""
    game = game_of(mission)
    config = missions(game)[mission]()

    def applies(variant: Variant) -> bool:
        try:
            variant(config)
        except ConfigError:
            return False
        return True

    return {name: variant for name, variant in variants(game).items() if applies(variant)}


def matching(pattern: str) -> dict[str, Mission]:
    """Missions whose name matches a glob; none is an error."""
    table = missions()
    found = {name: make for name, make in table.items() if fnmatch(name, pattern)}
    return found or {pattern: choose("mission", pattern, table)}


def make(
    mission: str, variant_names: Iterable[str] = (), *, agents: int | None = None, map_seed: int | None = None
) -> GameConfig:
    """The config of a mission under variants (`caves`, `num_cogs=4`), number of agents and map seed."""
    game = game_of(mission)
    config = missions(game)[mission]()
    for text in variant_names:
        name, sign, number = text.partition("=")
        apply = choose(f"variant of {game}", name, variants(game))
        if sign and not number.lstrip("-").isdigit():
            raise ConfigError(f"variant {name}: '{number}' is not a whole number")
        config = apply(config, int(number)) if sign else apply(config)
    for field, value in (("num_agents", agents), ("map_seed", map_seed)):
        if value is not None:
            if field not in type(config).model_fields:
                raise ConfigError(f"{mission} has no {field} to set")
            config = config.replace(**{field: value})
    return config
