"""Config: a frozen, checked value that a person chooses; unknown names are refused with the nearest match."""

import difflib
import importlib
import importlib.util
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Self, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

T = TypeVar("T")


class ConfigError(ValueError):
    """What is wrong, where, and what would be right, in one sentence.

    A command that ends with it has the exit code 2, unless its class names an `exit_code` of its own.
    """


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
            parts.append(within(path, str(cause)))
        elif path:
            parts.append(f"{path}: {said} (got {problem['input']!r:.80})")
        else:
            parts.append(f"{model.__name__}: {said}")
    return "; ".join(parts)


def within(path: str, said: str) -> str:
    """What was said of something at `path`, which may begin with a path of its own."""
    if not path:
        return said
    return f"{path}.{said}" if re.match(r"[\w.]+: ", said) else f"{path}: {said}"


def class_name(stem: str) -> str:
    """`random` → `Random`, `ppo_actor` → `PpoActor`: the class a file is named after."""
    return "".join(part.capitalize() for part in stem.split("_"))


def kinds(package: str) -> dict[str, Path]:
    """Name → file of every kind a package holds: a file's existence is its registration."""
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    files = sorted(file for folder in folders for file in Path(folder).glob("*.py"))
    return {file.stem: file for file in files if not file.stem.startswith("_")}


def kind(package: str, what: str, name: str) -> type[Any]:
    """The config class of one kind; `what` says in an error what was looked for."""
    choose(what, name, kinds(package))
    return getattr(importlib.import_module(f"{package}.{name}"), class_name(name))


def of_kind(package: str, what: str, value: Any, name: str | None = None) -> Any:
    """A config of some kind from plain data: a name, or settings with `kind` (else `name` is the kind)."""
    if isinstance(value, Config):
        return value
    if isinstance(value, str):
        name, value = value, {}
    if not isinstance(value, dict):
        raise ConfigError(f"{what}: expected a name or settings, got {value!r:.80}")
    settings = dict(value)
    chosen = settings.pop("kind", name)
    if not isinstance(chosen, str):
        raise ConfigError(f"{what}: settings need a kind; there is {', '.join(kinds(package))}")
    return kind(package, what, chosen)(**settings)


def plainly(value: Config) -> dict[str, Any]:
    """A config as plain data that says its kind, for `of_kind`."""
    return {"kind": type(value).__module__.rpartition(".")[2], **value.model_dump(mode="json")}


class _Loader(yaml.SafeLoader):
    """YAML whose scalars are read as `scalar` reads them: no yes for true, no 1:30 for 90, no dates."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        built: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            where = key_node.start_mark
            if not isinstance(key, str | int | float | bool):
                raise yaml.MarkedYAMLError(problem=f"{key!r} cannot be a key", problem_mark=where)
            if key in built:
                raise yaml.MarkedYAMLError(problem=f"'{key}' is there twice", problem_mark=where)
            if value_node.value == "" and value_node.style is None:
                hint = "; a space belongs after ':'" if ":" in str(key) else ""
                raise yaml.MarkedYAMLError(problem=f"'{key}' has no value{hint}", problem_mark=where)
            built[key] = self.construct_object(value_node, deep=True)
        return built


_Loader.yaml_implicit_resolvers = {}
INT = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)$")
FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9_]*)(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?$")
_Loader.add_implicit_resolver("!scalar", re.compile(""), None)
_Loader.add_constructor("!scalar", lambda loader, node: scalar(node.value))
_Loader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))


def scalar(text: str) -> Any:
    """A word or number as a person writes it: true, false, null or none, 5_000_000, 1e-3, else the text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text.lower() in ("null", "none"):
        return None
    if INT.match(text):
        return int(text)
    return float(text) if FLOAT.match(text) else text


def parse_value(text: str, where: str) -> Any:
    """The value a person wrote: a scalar; JSON or YAML's flow style where it opens with a bracket or quote.

    A ConfigError names `where` and the column of what is wrong.
    """
    if not text.startswith(("{", "[", '"', "'")):
        return scalar(text)
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        column = mark.column + 1 if mark else 1
        before = text[max(0, column - 13) : column - 1]
        after = text[column - 1 : column + 11] or "its end"
        said = f"column {column}: {error.problem or error.context}"
        raise ConfigError(f"{where}: {said} (after '{before}', at '{after}')") from None
    except yaml.YAMLError:
        raise ConfigError(f"{where}: there are characters in it that YAML does not allow") from None


@dataclass(slots=True)
class _Draft:
    """A config under change: checked when all changes are in, so that their order does not matter."""

    of: type[Config]
    values: dict[str, Any]


def override(config: ConfigT, assignments: Iterable[str]) -> ConfigT:
    """Apply `a.b=value` texts, values as `parse_value` reads them, and check the whole when all are in.

    A mapping given to a config changes the settings it names; given to a table it replaces the table. In a
    table of kinds (losses, components) a setting of an absent one adds it, `NAME.enabled=false` drops it.
    """
    draft: Any = config
    for text in assignments:
        path, sign, value = text.partition("=")
        if not sign:
            raise ConfigError(f"'{text}' is not key=value")
        draft = _set(draft, path.split("."), _Written(path, value, parse_value(value, path)))
    return _built(draft)


@dataclass(frozen=True, slots=True)
class _Written:
    """A value as it was written, and as it was read; `path` is for what is said of it."""

    path: str
    text: str
    value: Any


def _set(holder: Any, keys: list[str], new: _Written) -> Any:
    """A copy of `holder` (config, draft, dict or tuple) with the value at `keys` replaced."""
    key, rest = keys[0], keys[1:]
    if isinstance(holder, Config):
        holder = _Draft(type(holder), {name: getattr(holder, name) for name in type(holder).model_fields})
    if isinstance(holder, _Draft):
        return _Draft(holder.of, {**holder.values, key: _set_field(holder, key, rest, new)})
    if isinstance(holder, dict):
        if rest and key not in holder:
            raise ConfigError(f"{new.path}: no '{key}' here; {nearest(key, holder)}")
        return {**holder, key: _set(holder[key], rest, new) if rest else new.value}
    if isinstance(holder, tuple) and key.isdigit() and int(key) < len(holder):
        index = int(key)
        value = _set(holder[index], rest, new) if rest else new.value
        return (*holder[:index], value, *holder[index + 1 :])
    raise ConfigError(f"{new.path}: '{key}' has nothing to set inside a {type(holder).__name__}")


def _set_field(draft: _Draft, key: str, rest: list[str], new: _Written) -> Any:
    """What a field of a draft becomes."""
    fields = draft.of.model_fields
    if key not in fields:
        raise ConfigError(f"{new.path}: no such setting; {nearest(key, fields)}")
    field, present = fields[key], draft.values.get(key)
    if not rest:
        if isinstance(new.value, dict) and "kind" not in new.value and isinstance(present, Config | _Draft):
            for name, value in new.value.items():
                present = _set(present, [str(name)], _Written(f"{new.path}.{name}", str(value), value))
            return present
        return new.text if _is_text(field.annotation, new) else new.value
    if present is None and (kind := _config_of(field.annotation)):
        present = _Draft(kind, {})
    if isinstance(present, str) and field.annotation is Any:  # the name of a kind, all settings its own
        present = {"kind": present}
    if isinstance(present, dict) and any(isinstance(one, BeforeValidator) for one in field.metadata):
        return _set_kind(present, rest, new)
    return _set(present, rest, new)


def _set_kind(table: dict[str, Any], keys: list[str], new: _Written) -> dict[str, Any]:
    """A table of named kinds with one changed, added or dropped; its validator makes what is plain."""
    name, rest = keys[0], keys[1:]
    if rest == ["enabled"] and isinstance(new.value, bool):
        if new.value:
            return {**table, name: table.get(name, {})}
        return {other: value for other, value in table.items() if other != name}
    if not rest:
        return {**table, name: new.value}
    return {**table, name: _set(_opened(table.get(name, {}), rest), rest, new)}


def _opened(settings: Any, keys: list[str]) -> Any:
    """Plain settings with a table where `keys` lead through one that is absent: its kind will check it."""
    if not isinstance(settings, dict) or len(keys) < 2:
        return settings
    return {**settings, keys[0]: _opened(settings.get(keys[0], {}), keys[1:])}


def _built(draft: Any) -> Any:
    """The draft as a checked value; a problem inside is told with the path to it."""
    if not isinstance(draft, _Draft):
        return draft
    values = {}
    for name, value in draft.values.items():
        parts = value if isinstance(value, dict) else {None: value}
        done = {}
        for inner, part in parts.items():
            try:
                done[inner] = tuple(map(_built, part)) if isinstance(part, tuple) else _built(part)
            except ConfigError as error:
                path = ".".join(filter(None, (name, inner)))
                raise ConfigError(within(path, str(error))) from None
        values[name] = done if isinstance(value, dict) else done[None]
    return draft.of(**values)


def _options(annotation: Any) -> tuple[Any, ...]:
    """The types a field may hold."""
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _is_text(annotation: Any, new: _Written) -> bool:
    """Whether a field holds text, and so keeps as it was written what reads like something else."""
    options = _options(annotation)
    if any(new.text in get_args(one) for one in options if get_origin(one) is Literal):
        return True
    return str in options and not isinstance(new.value, str | dict | list) and type(new.value) not in options


def _config_of(annotation: Any) -> type[Config] | None:
    """The config class an optional field takes."""
    return next(
        (one for one in _options(annotation) if isinstance(one, type) and issubclass(one, Config)), None
    )


def as_yaml(data: Any) -> str:
    """Plain data as YAML, a line for each value."""
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
