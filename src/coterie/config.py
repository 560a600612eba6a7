"""Config: a frozen, checked value that a person chooses; unknown names are refused with the nearest match."""

import difflib
import json
from collections.abc import Iterable
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

T = TypeVar("T")


class ConfigError(ValueError):
    """What is wrong, where, and what would be right, in one sentence."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for an unknown name: the closest known ones, or all when they are few."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"there is {', '.join(known[:12])}{' …' if len(known) > 12 else ''}" if known else "there is none"


def choose(kind: str, name: str, table: dict[str, T]) -> T:
    """`table[name]`, or a ConfigError that names what exists."""
    if name not in table:
        raise ConfigError(f"no {kind} '{name}'; {nearest(name, table)}")
    return table[name]


class Config(BaseModel):
    """Frozen value with named, bounded fields. Two equal configs describe the same thing."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError(sentences(type(self), error)) from None

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, checked like a new value."""
        return type(self)(**{**{name: getattr(self, name) for name in type(self).model_fields}, **changes})


ConfigT = TypeVar("ConfigT", bound=Config)


def sentences(model: type[BaseModel], error: ValidationError) -> str:
    """Every problem of a ValidationError as `path: what is wrong`."""
    parts = []
    for problem in error.errors():
        path = ".".join(str(step) for step in problem["loc"])
        said = problem["msg"].removeprefix("Value error, ")
        cause = problem.get("ctx", {}).get("error")
        if problem["type"] == "extra_forbidden":
            parts.append(f"{path}: no such setting; {nearest(str(problem['loc'][-1]), model.model_fields)}")
        elif isinstance(cause, ConfigError):  # of a config inside this one: it said all, but where it is
            parts.append(f"{path}.{cause}" if path else str(cause))
        elif path:
            parts.append(f"{path}: {said} (got {problem['input']!r:.80})")
        else:
            parts.append(f"{model.__name__}: {said}")
    return "; ".join(parts)


def override(config: ConfigT, assignments: Iterable[str]) -> ConfigT:
    """Apply `a.b=value` texts; a value is JSON, else plain text."""
    for text in assignments:
        path, sign, value = text.partition("=")
        if not sign:
            raise ConfigError(f"'{text}' is not key=value")
        try:
            parsed = json.loads(value)
        except json.JSONDecodeError:
            parsed = value
        config = _set(config, path.split("."), parsed, path)
    return config


def _set(holder: Any, keys: list[str], value: Any, path: str) -> Any:
    """A copy of `holder` (Config, dict or tuple) with the value at `keys` replaced."""
    key, rest = keys[0], keys[1:]
    if isinstance(holder, Config):
        fields = type(holder).model_fields
        if key not in fields:
            raise ConfigError(f"{path}: no such setting; {nearest(key, fields)}")
        return holder.replace(**{key: _set(getattr(holder, key), rest, value, path) if rest else value})
    if isinstance(holder, dict):
        if rest and key not in holder:
            raise ConfigError(f"{path}: no '{key}' here; {nearest(key, holder)}")
        return {**holder, key: _set(holder[key], rest, value, path) if rest else value}
    if isinstance(holder, tuple) and key.isdigit() and int(key) < len(holder):
        index = int(key)
        new = _set(holder[index], rest, value, path) if rest else value
        return (*holder[:index], new, *holder[index + 1 :])
    raise ConfigError(f"{path}: '{key}' has nothing to set inside a {type(holder).__name__}")
