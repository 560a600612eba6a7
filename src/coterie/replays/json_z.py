"""The `.json.z` replays of MettaScope: versions 3 and 4 written from a timeline, and read into one."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from coterie.replays.members import ReplayError
from coterie.replays.reading import opened
from coterie.replays.timeline import Series, Thing, Timeline, whole

SUFFIXES = (".json.z", ".json.gz", ".json")
MOST = 1 << 30  # bytes a file may unfold to
READABLE = (3, 4)
PAIRS = {"inventory", "inventory_capacities", "input_resources", "output_resources"}  # lists of pairs
LISTS = {"location", "tag_ids"}  # lists of numbers
OBJECTS = {"protocols"}  # lists of objects


def save(timeline: Timeline, path: Path, version: int = 3) -> Path:
    """Write a timeline as a replay of version 3 or 4, packed as the suffix says: .z, .gz, or plain .json."""
    text = json.dumps(document(timeline, version), separators=(",", ":"), allow_nan=False).encode()
    if path.suffix == ".z":
        text = zlib.compress(text, 9)
    elif path.suffix == ".gz":
        text = gzip.compress(text, 9, mtime=0)
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(text)
        part.replace(path)
    except OSError as error:
        raise ReplayError(f"{path}: cannot be written: {error.strerror}") from None
    return path


def document(timeline: Timeline, version: int = 3) -> dict[str, Any]:
    """The whole replay as plain data."""
    if version not in READABLE:
        raise ReplayError(f"there is no version {version} to write: 3 and 4")
    found: dict[str, Any] = {
        "version": version,
        "action_names": timeline.action_names,
        "item_names": timeline.item_names,
        "type_names": timeline.type_names,
        "map_size": [timeline.width, timeline.height],
        "num_agents": timeline.num_agents,
        "max_steps": timeline.steps,
        "mg_config": timeline.config,
        "objects": [
            {name: written(series) for name, series in thing.items()}
            for thing in sorted(timeline.things, key=first_seen)
        ],
        "file_name": timeline.title,
    }
    if version == 4:
        found |= {
            "collective_names": timeline.collective_names,
            "collective_inventory": [
                [list(change) for change in one] for one in timeline.collective_inventory
            ],
            "policy_env_interface": timeline.interface,
            "infos": timeline.infos,
        }
    return found


def first_seen(thing: Thing) -> tuple[int, int]:
    """Things are in the order of their first appearance, those of one step by their number."""
    series = thing["id"]
    step = next((step for step, value in series if value), 0)
    return step, series[-1][1]


def written(series: Series) -> Any:
    """A field that never changes is its value; one that does, a list of [step, value]."""
    if len(series) == 1 and series[0][0] == 0:
        return series[0][1]
    if len(series) == 1:
        return [[0, 0], list(series[0])]
    return [list(change) for change in series]


def is_named(path: Path) -> bool:
    """Whether a file is called as such replays are."""
    return path.name.endswith(SUFFIXES)


# -- reading -------------------------------------------------------------------------------------------------


def load(path: Path) -> Timeline:
    """The timeline of a replay file; a ReplayError says what is wrong with it."""
    with opened(path) as file:
        data = file.read(MOST + 1)
    try:
        return read(unpacked(data))
    except ReplayError as error:
        raise ReplayError(f"{path}: {error}") from None


def unpacked(data: bytes) -> bytes:
    """The JSON text of a file, whatever it is packed with."""
    if len(data) > MOST:
        raise ReplayError(f"it is larger than {MOST >> 20} MB")
    if not data:
        raise ReplayError("it is empty")
    if data.lstrip()[:1] in (b"{", b"["):
        return data
    unfold = zlib.decompressobj(47)  # zlib's or gzip's, as it begins
    try:
        text = unfold.decompress(data, MOST + 1)
    except zlib.error:
        raise ReplayError("it is neither JSON nor packed by zlib or gzip, or it is damaged") from None
    if len(text) > MOST:
        raise ReplayError(f"it would unfold to more than {MOST >> 20} MB")
    if not unfold.eof:
        raise ReplayError("it is cut short: its packed text does not end")
    return text


def read(text: bytes) -> Timeline:
    """The timeline of a replay's JSON text."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReplayError(f"it is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ReplayError("it is no replay: its JSON is not an object")
    version = data.get("version")
    if version not in READABLE or isinstance(version, bool):
        raise ReplayError(f"it is a replay of version {version!s:.20}; versions 3 and 4 are read here")
    objects = listed(data, "objects")
    if not all(isinstance(thing, dict) for thing in objects):
        raise ReplayError("its objects are not all objects")
    problems: list[str] = []
    things = [thing_of(thing, number, problems) for number, thing in enumerate(objects)]
    said = data.get("max_steps")
    seen = max((series[-1][0] + 1 for thing in things for series in thing.values() if series), default=0)
    width, height = size_of(data, things)
    teams = [str(name) for name in listed(data, "collective_names")]
    stocks = [
        changes(one) if is_series(one, "inventory") else [(0, one)] for one in stocks_of(data, len(teams))
    ]
    return Timeline(
        steps=said if isinstance(said, int) and not isinstance(said, bool) and said > 0 else seen,
        width=width,
        height=height,
        num_agents=whole(data.get("num_agents")),
        action_names=[str(name) for name in listed(data, "action_names")],
        item_names=[str(name) for name in listed(data, "item_names")],
        type_names=[str(name) for name in listed(data, "type_names")],
        things=things,
        config=mapping(data, "mg_config"),
        collective_names=teams,
        collective_inventory=stocks,
        interface=mapping(data, "policy_env_interface"),
        infos=mapping(data, "infos"),
        title=str(data.get("file_name") or ""),
        problems=problems,
    )


def listed(data: dict[str, Any], key: str) -> list[Any]:
    found = data.get(key) or []
    if not isinstance(found, list):
        raise ReplayError(f"its {key} are no list")
    return found


def mapping(data: dict[str, Any], key: str) -> dict[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def stocks_of(data: dict[str, Any], count: int) -> list[Any]:
    """One entry for each team."""
    found = [one if isinstance(one, list) else [] for one in listed(data, "collective_inventory")]
    return (found + [[]] * count)[:count]


def size_of(data: dict[str, Any], things: list[Thing]) -> tuple[int, int]:
    """Width and height: as it says, or as far as anything stands."""
    said = data.get("map_size")
    if isinstance(said, list) and len(said) == 2 and all(whole(n) for n in said):
        if max(said) > 1 << 16:
            raise ReplayError(
                f"its map is {said[0]} × {said[1]} cells: at most {1 << 16} a side can be shown"
            )
        return said[0], said[1]
    places = [place for thing in things for _, place in thing.get("location", []) if is_place(place)]
    cols, rows = (
        zip(*((int(place[0]), int(place[1])) for place in places), strict=True) if places else ((0,), (0,))
    )
    return max(cols) + 1, max(rows) + 1


def is_place(value: Any) -> bool:
    numbers = value[:2] if isinstance(value, list) else []
    return len(numbers) == 2 and all(isinstance(n, int | float) and 0 <= n < 1 << 16 for n in numbers)


def thing_of(data: dict[str, Any], number: int, problems: list[str]) -> Thing:
    """A thing's fields as series; what cannot be read is told of and left out."""
    thing: Thing = {}
    for name, value in data.items():
        series = changes(value) if is_series(value, name) else [(0, value)]
        if name == "location":
            series = [(step, place) for step, place in series if is_place(place)]
            if not series:
                problems.append(f"object {number} has no place: {value!r:.60}")
                continue
        thing[name] = series
    return thing


def is_series(value: Any, name: str) -> bool:
    """Whether a list is a series of changes, and not a value: [[3, 5]] is an inventory of one kind."""
    if not isinstance(value, list) or not value or not is_pair(value[0]):
        return False
    inner = value[0][1]
    if name in PAIRS or name in LISTS:
        return isinstance(inner, list) or (inner == 0 and len(value) > 1 and isinstance(value[-1][-1], list))
    return name not in OBJECTS or isinstance(inner, list)


def is_pair(value: Any) -> bool:
    is_step = isinstance(value, list) and len(value) == 2 and isinstance(value[0], int)
    return is_step and not isinstance(value[0], bool) and value[0] >= 0


def changes(value: list[Any]) -> Series:
    """The changes of a series in order; pairs that are none, or go back in time, are left out."""
    series: Series = []
    for pair in value:
        if is_pair(pair) and (not series or pair[0] >= series[-1][0]):
            series.append((pair[0], pair[1]))
    return series
