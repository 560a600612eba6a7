"""From the text a person writes, such as `random?seed=3` or `./train_dir/my_run:v5`, to a policy."""

import importlib
import inspect
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from coterie.config import ConfigError, kind, kinds, nearest, override
from coterie.policies.policy import Policy
from coterie.runs import DATA_DIR, RunFolder

# NAME[?key=value&…]                  a scripted policy; also as metta://policy/NAME and mock://NAME
# module.Class[?key=value&…]          a policy class of one's own
# class=NAME,kw.key=value,data=FILE   the same in fields
# RUN, RUN:vN, RUN:latest             a checkpoint of a run in train_dir
# PATH, file://PATH                   a bundle (folder, .zip, .mpt), a run's folder or its checkpoints, with
#                                     :vN or :latest behind the latter two; ?temperature=0.5, ?is_greedy=true
# …,proportion=N                      how many seats it has beside others; NAME:N is short for it

SCRIPTED = "coterie.policies.scripted"
SCHEMES = ("coterie", "metta", "mock", "file")
ELSEWHERE = ("s3", "http", "https", "wandb", "gs")  # addresses coterie does not fetch from
VERSION = re.compile(r"(?P<stem>.+):(?:v(?P<epoch>\d+)|latest)")
SUFFIXES = (".zip", ".mpt")
SHORT = re.compile(r"(?P<rest>[A-Za-z_]\w*):(?P<number>\d+)")
PROPORTION = re.compile(r"(?P<rest>.*),proportion=(?P<number>[^,=]*)")
SETTINGS = ("temperature", "is_greedy")  # of a trained policy
CLASS_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\.[A-Z]\w*")


@dataclass(frozen=True, slots=True)
class Entry:
    """Who plays: a policy under the text that names it, and its share of the seats beside others."""

    text: str
    policy: Policy
    proportion: int = 1


def policies() -> dict[str, Path]:
    """Name → file of every policy that can be played by name."""
    return kinds(SCRIPTED)


def entry(text: str) -> Entry:
    """The policy a text names, and its proportion; a ConfigError names what is unknown."""
    named, number = split_proportion(text)
    if number == 0:
        raise ConfigError(f"policy '{text}': proportion is a whole number above 0")
    if named.startswith("class="):
        return Entry(text, of_fields(named), number)
    return Entry(text, of_text(named), number)


def parse(text: str) -> Policy:
    """The policy a text names, where it plays alone, or shares evenly."""
    found = entry(text)
    if found.proportion != 1:
        raise ConfigError(f"policy '{text}': there are no seats to share here, leave proportion out")
    return found.policy


def split_proportion(text: str) -> tuple[str, int]:
    """The text without its proportion, and that; 0 for one that is no number above 0."""
    if text.startswith("class="):
        fields = text.split(",")
        own = [field for field in fields if field.startswith("proportion=")]
        number = own[-1].partition("=")[2] if own else "1"
        named = ",".join(field for field in fields if field not in own)
    else:
        match = PROPORTION.fullmatch(text) or SHORT.fullmatch(text)
        named, number = (match["rest"], match["number"]) if match else (text, "1")
    return named, int(number) if number.isdigit() else 0


def of_fields(text: str) -> Policy:
    """The policy of `class=NAME,data=FILE,kw.key=value`."""
    name, data, given = "", None, []
    for field in text.split(","):
        key, sign, value = field.partition("=")
        if key == "class" and sign:
            name = value
        elif key == "data" and sign:
            data = value
        elif key.startswith("kw.") and sign:
            given.append(f"{key.removeprefix('kw.').replace('-', '_')}={value}")
        else:
            hint = f"; settings of the policy are written kw.{key}=…" if sign else ""
            raise ConfigError(
                f"policy '{text}': after class= come kw.key=value, data=FILE, proportion=N{hint}"
            )
    if "?" in name or ":" in name:
        raise ConfigError(
            f"policy '{text}': class= is a name or module.Class; its settings follow as ,kw.key=value"
        )
    if data is not None:
        if name.rpartition(".")[2].lower() not in ("neural", ""):
            raise ConfigError(
                f"policy '{text}': data= is of class=neural, a trained policy; others have no file"
            )
        return trained(text, data, given)
    return override(of_class(text, name), given)


def of_text(text: str) -> Policy:
    """The policy of a text without proportion."""
    scheme, sign, rest = text.partition("://")
    if not sign:
        return of_path(text, text) if is_path(text) else of_name(text, text)
    if scheme in ELSEWHERE:
        raise ConfigError(
            f"policy '{text}': coterie does not fetch from {scheme}://; name a file that is here"
        )
    if scheme not in SCHEMES:
        raise ConfigError(f"policy '{text}': no scheme '{scheme}'; {nearest(scheme, SCHEMES)}")
    if scheme == "file":
        return of_path(text, rest)
    if scheme != "mock" and not rest.startswith("policy/"):
        raise ConfigError(f"policy '{text}': after {scheme}:// comes policy/NAME")
    return of_name(text, rest if scheme == "mock" else rest.removeprefix("policy/"))


def is_path(text: str) -> bool:
    """Whether a text without scheme is a path, not a name."""
    stem = text.partition("?")[0]
    return "/" in stem or stem.startswith((".", "~")) or stem.endswith(SUFFIXES)


def of_name(text: str, named: str) -> Policy:
    """A scripted policy, a class of one's own, or a run in train_dir: in this order."""
    name = named.partition("?")[0]
    match = VERSION.fullmatch(name)
    stem = match["stem"] if match else name
    if match or (name not in policies() and (DATA_DIR / stem).is_dir()):
        if not (DATA_DIR / stem).is_dir():
            raise ConfigError(f"policy '{text}': no run '{stem}' in {DATA_DIR}; {nearest(stem, runs())}")
        return of_path(text, str(DATA_DIR / named))
    return override(of_class(text, name), settings(text, named))


def settings(text: str, named: str) -> list[str]:
    """What follows the ? of a name or path, each as key=value."""
    query = named.partition("?")[2]
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise ConfigError(f"policy '{text}': after ? come key=value pairs joined by &") from None
    return [f"{key}={value}" for key, value in pairs]


def runs() -> list[str]:
    """Names of the runs in train_dir."""
    return sorted(path.parent.name for path in DATA_DIR.glob("*/checkpoints"))


def of_class(text: str, name: str) -> Policy:
    """The policy of a scripted policy's name, or of a `module.Class` on the path or in the present folder."""
    known = policies()
    if name in known:
        return kind(SCRIPTED, "policy", name)()
    if not CLASS_PATH.fullmatch(name):
        raise ConfigError(f"no policy '{name}'; {nearest(name, [*known, *runs()])}")
    path, _, own = name.rpartition(".")
    sys.path.insert(0, os.getcwd())
    try:
        found = vars(importlib.import_module(path)).get(own)
    except ModuleNotFoundError as error:
        raise ConfigError(f"policy '{text}': {error}") from None
    finally:
        sys.path.remove(os.getcwd())
    if not inspect.isclass(found) or not issubclass(found, Policy):
        raise ConfigError(f"policy '{text}': {path} holds no class {own} that is a coterie Policy")
    return found()


def of_path(text: str, path: str) -> Policy:
    """The trained policy in the bundle a path leads to, with the settings that follow its ?."""
    return trained(text, path.partition("?")[0], settings(text, path))


def trained(text: str, path: str, given: list[str]) -> Policy:
    """The trained policy in the bundle a path leads to, with settings, each as key=value."""
    bundle = importlib.import_module("coterie.policies.bundle")  # brings torch, which scripted ones need not
    if any(one.partition("=")[0] not in SETTINGS for one in given):
        raise ConfigError(f"policy '{text}': settings of a trained policy are {' and '.join(SETTINGS)}")
    return override(bundle.load(bundle_at(text, path)), given)


def bundle_at(text: str, path: str) -> Path:
    """The bundle a path leads to: itself, or one of the run or folder of checkpoints it names.

    The suffix of a bundle may be another than is there, or missing.
    """
    bundle = importlib.import_module("coterie.policies.bundle")
    place = Path(path).expanduser()
    if place.is_file() or (place / bundle.POLICY_SPEC).is_file():
        return place
    if place.is_dir():
        return bundle.latest(checkpoints(place))
    bare = place.with_name(place.name.removesuffix(".zip").removesuffix(".mpt"))
    match = VERSION.fullmatch(bare.name)
    if match is None:
        raise ConfigError(f"policy '{text}': there is no {place}")
    stem = bare.with_name(match["stem"])
    folder = checkpoints(stem) if stem.is_dir() else bare.parent
    if not folder.is_dir() or (not stem.is_dir() and not bundle.versions(folder)):
        raise ConfigError(f"policy '{text}': there is no {stem} with checkpoints in it")
    return bundle.of_epoch(folder, int(match["epoch"])) if match["epoch"] else bundle.latest(folder)


def checkpoints(folder: Path) -> Path:
    """The checkpoints of a run's folder, or the folder itself."""
    inner = RunFolder(folder).checkpoints
    return inner if inner.is_dir() else folder


def normalize(text: str) -> str:
    """One spelling for all that mean the same: `metta://policy/NAME`, or `file://` and the whole path."""
    named, _ = split_proportion(text)
    scheme, sign, rest = named.partition("://")
    name = rest.removeprefix("policy/") if sign and scheme != "file" else named
    if name.startswith("class="):
        raise ConfigError(f"policy '{text}': class= has no address; write NAME?key=value")
    stem, mark, query = name.partition("?")
    said = mark + query
    is_run = VERSION.fullmatch(stem) or (stem not in policies() and (DATA_DIR / stem).is_dir())
    if scheme == "file" and sign:
        return f"file://{bundle_at(text, rest.partition('?')[0]).resolve()}{said}"
    if not sign and is_path(name):
        return f"file://{bundle_at(text, stem).resolve()}{said}"
    if is_run:
        return f"file://{bundle_at(text, str(DATA_DIR / stem)).resolve()}{said}"
    of_text(named)  # refuses what is unknown
    return f"metta://policy/{name}"
