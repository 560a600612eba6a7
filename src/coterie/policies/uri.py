"""From the text a person writes, `random?seed=3` or `metta://policy/random?seed=3`, to a policy."""

import importlib
from pathlib import Path
from urllib.parse import parse_qsl

from coterie.config import ConfigError, choose, nearest, override
from coterie.policies.policy import Policy

HERE = Path(__file__).parent
SCHEMES = ("coterie", "metta")


def policies() -> dict[str, Path]:
    """Name → file of every policy that can be played by name."""
    return {file.stem: file for file in sorted(HERE.glob("scripted/*.py")) if file.stem != "__init__"}


def class_name(stem: str) -> str:
    """`random` → `Random`, `role_team` → `RoleTeam`."""
    return "".join(part.capitalize() for part in stem.split("_"))


def parse(text: str) -> Policy:
    """The policy a text names, with the settings its query gives; a ConfigError names what is unknown."""
    scheme, sign, rest = text.partition("://")
    if sign:
        if scheme not in SCHEMES:
            raise ConfigError(f"policy '{text}': no scheme '{scheme}'; {nearest(scheme, SCHEMES)}")
        if not rest.startswith("policy/"):
            raise ConfigError(f"policy '{text}': after {scheme}:// comes policy/NAME")
        text = rest.removeprefix("policy/")
    name, _, query = text.partition("?")
    file = choose("policy", name, policies())
    module = importlib.import_module(f"coterie.policies.{file.parent.name}.{name}")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise ConfigError(f"policy '{text}': after ? come key=value pairs joined by &") from None
    return override(vars(module)[class_name(name)](), [f"{key}={value}" for key, value in pairs])
