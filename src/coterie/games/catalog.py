"""Every game, mission and variant there is: found by looking at the folders, no list is kept."""

import importlib
import os
import sys
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl

from coterie import native
from coterie.config import ConfigError, choose, nearest, parse_value
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
    """The game a mission belongs to, `foreign` for an environment of another library."""
    if is_foreign(mission):
        return "foreign"
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
    if is_foreign(mission):
        return {}
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
    if is_foreign(pattern):
        return {pattern: lambda: foreign(pattern)}
    table = missions()
    found = {name: make for name, make in table.items() if fnmatch(name, pattern)}
    return found or {pattern: choose("mission", pattern, table)}


def mission_sets() -> dict[str, tuple[str, ...]]:
    """Name → missions of every set that games name to evaluate policies on; `all` has those of every set."""
    sets: dict[str, tuple[str, ...]] = {}
    for game in folders():
        sets |= getattr(module(game), "mission_sets", {})
    return sets | {"all": tuple(dict.fromkeys(one for table in sets.values() for one in table))}


def make(
    mission: str, variant_names: Iterable[str] = (), *, agents: int | None = None, map_seed: int | None = None
) -> GameConfig:
    """The config of a mission under variants (`caves`, `num_cogs=4`), number of agents and map seed."""
    game = game_of(mission)
    config = foreign(mission) if is_foreign(mission) else missions(game)[mission]()
    for text in variant_names:
        if is_foreign(mission):
            raise ConfigError(f"{mission} has no variant '{text}'; its arguments follow it as ?key=value")
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


def is_foreign(mission: str) -> bool:
    """Whether it names an environment of another library, `package.module:factory`, and no mission."""
    return ":" in mission


def foreign(mission: str) -> GameConfig:
    """The config of `package.module:factory?key=value&…`; the values are arguments of the factory."""
    name, _, query = mission.partition("?")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise ConfigError(f"mission '{mission}': after ? come key=value pairs joined by &") from None
    factory(name)
    arguments = {key: parse_value(value, f"mission '{mission}': {key}") for key, value in pairs}
    try:
        module = importlib.import_module("coterie.envs.foreign")
    except ModuleNotFoundError as error:
        raise ConfigError(f"mission '{mission}': {error}; pip install 'coterie[envs]'") from None
    return module.Foreign(factory=name, arguments=arguments)


def factory(name: str) -> Callable[..., Any]:
    """What `package.module:function` names, on the path or in the present folder."""
    path, _, inner = name.partition(":")
    where = f"mission '{name}'"
    if not all(part.isidentifier() for part in [*path.split("."), *inner.split(".")]):
        raise ConfigError(f"{where}: an environment of another library is package.module:factory?key=value")
    sys.path.insert(0, os.getcwd())
    try:
        found: Any = importlib.import_module(path)
    except ImportError as error:
        raise ConfigError(f"{where}: {error}") from None
    finally:
        sys.path.remove(os.getcwd())
    for part in inner.split("."):
        if not hasattr(found, part):
            public = [own for own in dir(found) if not own.startswith("_")]
            raise ConfigError(f"{where}: no '{part}' in {path}; {nearest(part, public)}")
        found = getattr(found, part)
    if not callable(found):
        raise ConfigError(f"{where}: {inner} is a {type(found).__name__}, and nothing to call")
    return found


def version(game: str) -> int:
    """The version of a native game's rules; a ConfigError if there is no such game."""
    return choose("native game", game, native.games())["version"]


def kind_of(config: GameConfig) -> str:
    """`package.module:Class` of a config of ours, for `rebuild`; a ConfigError for one of another library."""
    kind = type(config)
    if not kind.__module__.startswith(f"{__package__}."):
        raise ConfigError(f"{config.game}: only the games of coterie can be played again from what was noted")
    return f"{kind.__module__}:{kind.__qualname__}"


def rebuild(kind: str, values: dict[str, Any]) -> GameConfig:
    """The config that `kind_of` named, from its plain data; a ConfigError if there is no such game now."""
    path, _, name = kind.partition(":")
    parts = path.split(".")
    file = HERE.joinpath(*parts[2:])
    is_ours = parts[:2] == ["coterie", "games"] and len(parts) > 2 and all(p.isidentifier() for p in parts)
    if not is_ours or not (file.with_suffix(".py").is_file() or (file / "__init__.py").is_file()):
        raise ConfigError(f"there is no game config '{kind}' in this version of coterie")
    found = vars(importlib.import_module(path)).get(name)
    if not (isinstance(found, type) and issubclass(found, GameConfig)):
        raise ConfigError(f"there is no game config '{kind}' in this version of coterie")
    return found(**values)
