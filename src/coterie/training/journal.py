"""Journal: JSON objects, one a line, each there whole; a run that goes on drops what it will write again."""

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EPOCH = "metric/epoch"


class Journal:
    """A file of records that each say under `key` which one they are. What is not finite is null."""

    def __init__(self, path: Path, key: str = EPOCH) -> None:
        self.path, self.key = path, key
        self.epoch = -1  # or what else `key` counts, of the last record

    def cut(self, epoch: int) -> None:
        """Keep the records up to `epoch`: not those of a future that is gone, nor a half line of a crash."""
        key = self.key
        self.path.parent.mkdir(parents=True, exist_ok=True)
        before = self.path.read_bytes() if self.path.exists() else b""
        records = [(line, parsed(line, key)) for line in before.splitlines(keepends=True)]
        kept = [(line, record) for line, record in records if record is not None and record[key] <= epoch]
        after = b"".join(line for line, _ in kept)
        if after != before:
            new = self.path.with_name(f".{self.path.name}.new")
            new.write_bytes(after)
            os.replace(new, self.path)
        self.epoch = int(kept[-1][1][key]) if kept else -1

    def append(self, record: Mapping[str, Any]) -> None:
        """Add a record; it is in the hands of the operating system when this returns."""
        line = json.dumps(finite(record), ensure_ascii=False, allow_nan=False)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        self.epoch = int(record[self.key])


def parsed(line: bytes, key: str = EPOCH) -> dict[str, Any] | None:
    """The record a whole line holds; None for anything else."""
    if not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get(key), int | float) else None


def finite(value: Any) -> Any:
    """The same data with None for numbers that JSON cannot write; whole numbers without their `.0`."""
    if isinstance(value, Mapping):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


def records(path: Path, key: str = EPOCH) -> list[dict[str, Any]]:
    """Every whole record of a file, none where there is no file."""
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [record for line in lines if (record := parsed(line, key)) is not None]
