"""Writing: a replay file that grows stretch by stretch, readable at any moment, named when it is whole."""

import os
import struct
from collections.abc import Sequence
from pathlib import Path

from coterie.replays.members import ReplayError, member
from coterie.replays.notation import PART, Ending, Header, Keyframe, Stretch

POINTER = struct.Struct("<Q")  # where the end is, so that a reader finds the index from the file's last bytes


class Writer:
    """Writes `<path>.part`, each member at once, and names it `path` at its end.

    A process that is killed leaves the part, which reads up to its last member. A ReplayError says why it
    cannot be written, with the path.
    """

    def __init__(self, path: Path, header: Header, start: bytes | None = None) -> None:
        self.path, self.header = path, header
        self.part = path.with_name(path.name + PART)
        self.ticks = 0
        self.index: list[tuple[str, int, int]] = []
        self.size = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file = open(self.part, "wb", buffering=0)
        except OSError as error:
            raise ReplayError(f"{path}: cannot be written: {error.strerror}") from None
        self.put(b"H", header.content())
        if start is not None:
            self.put(b"S", start)

    def put(self, kind: bytes, content: bytes, *, level: int = 9) -> None:
        written = member(kind, content, level=level)
        try:
            self.file.write(written)
        except OSError as error:
            self.file.close()
            raise ReplayError(f"{self.part}: cannot be written: {error.strerror}") from None
        self.index.append((kind.decode(), self.header.first + self.ticks, self.size))
        self.size += len(written)

    def stretch(self, stretch: Stretch) -> None:
        self.put(b"A", stretch.content(self.header), level=5)
        self.ticks += len(stretch.actions)

    def keyframe(self, keyframe: Keyframe) -> None:
        self.put(b"K", keyframe.content())

    def finish(self, end: str, returns: Sequence[float]) -> Ending:
        """The last members; whether and how the file is named is up to `name` or `discard`."""
        ending = Ending(self.ticks, end, tuple(returns), tuple(self.index))
        offset = self.size
        self.put(b"E", ending.content())
        self.put(b"Z", POINTER.pack(offset), level=0)
        self.file.close()
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
        self.file.close()
        self.part.unlink(missing_ok=True)
