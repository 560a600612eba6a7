"""Writing: a replay file that grows stretch by stretch, readable at any moment, named when it is whole."""

import os
import struct
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from coterie.replays.members import ReplayError, member
from coterie.replays.notation import PART, SUFFIX, Ending, Header, Keyframe, Stretch

POINTER = struct.Struct("<Q")  # where the end is, so that a reader finds the index from the file's last bytes


class Writer:
    """Writes `<path>.part`, and names it `path` at its end.

    What it is given waits until `save`, which also writes a stretch under way: the next save goes over that.
    A process that is killed leaves the part, which reads up to its last member. A ReplayError says why it
    cannot be written, with the path. One that `is_modest` takes another name where its own is taken.
    """

    def __init__(
        self,
        path: Path,
        header: Header,
        *,
        config: bytes = b"",
        is_modest: bool = False,
    ) -> None:
        self.path, self.header, self.is_modest = path, header, is_modest
        self.trouble = ""
        self.ticks = 0  # written, those before the first included
        self.index: list[tuple[str, int, int]] = []
        self.file: int | None = None
        self.waiting = bytearray()
        self.size = 0  # of what stays, without what waits
        self.length = 0  # of the file, which may end with a stretch under way
        self.put(b"H", header.content(config))

    @property
    def part(self) -> Path:
        return self.path.with_name(self.path.name + PART)

    def put(self, kind: bytes, content: bytes, *, level: int = 6, tick: int | None = None) -> None:
        """One member more; `tick` is that of what it holds, none: of the last stretch."""
        at = self.ticks if tick is None else tick
        self.index.append((kind.decode(), at, self.size + len(self.waiting)))
        self.waiting += member(kind, content, level=level)

    def stretch(self, stretch: Stretch) -> None:
        content, level = stretch.content(self.header)
        self.put(b"A", content, level=level)
        self.ticks += len(stretch.actions)

    def keyframe(self, keyframe: Keyframe) -> None:
        self.put(b"K", keyframe.content(), tick=keyframe.tick)

    def save(self, under_way: Stretch | None = None) -> None:
        """Into the file with what waits, and with a stretch that is not yet whole behind it."""
        data = bytes(self.waiting)
        if under_way is not None:
            content, level = under_way.content(self.header)
            data += member(b"A", content, level=level)
        if self.trouble:
            raise ReplayError(self.trouble)
        try:
            if self.file is None:
                self.file = self.opened()
            if self.length > self.size:
                os.lseek(self.file, self.size, os.SEEK_SET)
            write(self.file, data)
            if self.length > self.size + len(data):
                os.ftruncate(self.file, self.size + len(data))
        except OSError as error:
            self.close()
            self.trouble = f"{self.part}: cannot be written: {error.strerror}"
            raise ReplayError(self.trouble) from None
        self.length = self.size + len(data)
        self.size += len(self.waiting)
        self.waiting.clear()

    def opened(self) -> int:
        """The part, new; of several processes that want the same name each has another."""
        if not self.is_modest:
            return os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        plain = str(self.path).removesuffix(SUFFIX)
        for number in count(1):
            path = f"{plain}{f'.{number}' if number > 1 else ''}{SUFFIX}"
            if os.path.exists(path):
                continue
            try:
                file = os.open(path + PART, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:
                continue
            if number > 1:
                self.path = Path(path)
            return file
        raise AssertionError("there is always another number")

    def finish(self, end: str, returns: Sequence[float]) -> Ending:
        """The last members; whether and how the file is named is up to `name` or `discard`."""
        ending = Ending(self.ticks - self.header.first, end, tuple(returns), tuple(self.index))
        offset = self.size + len(self.waiting)
        self.put(b"E", ending.content(), level=1)
        self.put(b"Z", POINTER.pack(offset), level=0)
        self.save()
        self.close()
        return ending

    def name(self, path: Path | None = None) -> Path:
        """The finished file gets its name, in one step; what was there under it is replaced."""
        path = path or self.path
        try:
            os.replace(self.part, path)
        except OSError as error:
            raise ReplayError(f"{path}: cannot be written: {error.strerror}") from None
        return path

    def discard(self) -> None:
        """As if it had never been."""
        if self.length:
            self.close()
            self.part.unlink(missing_ok=True)

    def close(self) -> None:
        if self.file is not None:
            os.close(self.file)
            self.file = None


def write(file: int, data: bytes) -> None:
    """All of the bytes, where one call may take but some of them."""
    while len(taken := data[os.write(file, data) :]):
        data = taken


def free(folder: Path, stem: str, suffix: str = SUFFIX) -> Path:
    """A path nobody has yet: `stem`, `stem.2` and on."""
    number, path = 1, f"{folder}/{stem}{suffix}"
    while os.path.exists(path) or os.path.exists(path + PART):
        number += 1
        path = f"{folder}/{stem}.{number}{suffix}"
    return Path(path)
