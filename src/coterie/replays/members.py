"""Members: the parts a replay file is made of, each a gzip member that says what it is and how long."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from coterie.config import ConfigError

# A member of RFC 1952 with one extra field `co`: kind, version of the notation, size of the whole member,
# crc32 of all that follows. `zcat` reads the file; whoever knows the field skips what it is not after.
PREFIX = bytes([0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 255, 14, 0]) + b"co" + bytes([10, 0])
FIELD = struct.Struct("<cBII")
TRAILER = struct.Struct("<II")
HEAD = len(PREFIX) + FIELD.size
BLOCK = struct.Struct("<BHH")
LEAST = HEAD + TRAILER.size + 2
VERSION = 2
MOST = 1 << 28  # bytes a member may unfold to

KINDS = {b"H": "header", b"A": "actions", b"K": "keyframe", b"E": "end", b"Z": "index"}


class ReplayError(ConfigError):
    """What is wrong with a replay file, and what can be done."""


@dataclass(frozen=True, slots=True)
class Member:
    """One part: its kind (a letter of KINDS), where it begins in the file, and its content."""

    kind: bytes
    offset: int
    content: bytes


def member(kind: bytes, content: bytes, *, level: int = 9) -> bytes:
    """The bytes of one member; the same content gives the same bytes."""
    if level:
        # Of actions runs alone are looked for: that is twice as fast as all else there is, and no longer. Of
        # the rest no more window than there is to see: to clear it takes longer than to deflate a kilobyte.
        strategy = zlib.Z_RLE if kind == b"A" else zlib.Z_DEFAULT_STRATEGY
        window = min(max(len(content).bit_length(), 9), 15)
        deflate = zlib.compressobj(level, zlib.DEFLATED, -window, min(window - 5, 8), strategy)
        body = deflate.compress(content) + deflate.flush()
    else:
        body = stored(content)
    rest = body + TRAILER.pack(zlib.crc32(content), len(content) & 0xFFFFFFFF)
    size = HEAD + len(rest)
    return PREFIX + FIELD.pack(kind, VERSION, size, check(kind, size, rest)) + rest


def stored(content: bytes) -> bytes:
    """Deflated bytes that are as long as they were (RFC 1951, 3.2.4)."""
    most = 0xFFFF
    parts = [content[at : at + most] for at in range(0, len(content), most)] or [b""]
    heads = [BLOCK.pack(part is parts[-1], len(part), len(part) ^ most) for part in parts]
    return b"".join(piece for pair in zip(heads, parts, strict=True) for piece in pair)


def check(kind: bytes, size: int, rest: bytes) -> int:
    return zlib.crc32(rest, zlib.crc32(struct.pack("<cI", kind, size)))


def members(file: BinaryIO) -> Iterator[Member]:
    """The members from where the file stands to its end; a ReplayError at the first that is not whole."""
    while True:
        offset = file.tell()
        head = file.read(HEAD)
        if not head:
            return
        yield one(file, head, offset)


def one(file: BinaryIO, head: bytes, offset: int) -> Member:
    """The member whose first bytes are `head`."""
    if len(head) < HEAD:
        raise ReplayError(f"it is cut short at byte {offset}")
    kind, version, size, said = FIELD.unpack_from(head, len(PREFIX))
    if not offset and not head.startswith(PREFIX):
        raise ReplayError("it is no replay of coterie")
    if not head.startswith(PREFIX) or kind not in KINDS:
        raise ReplayError(f"it is damaged at byte {offset}, where a part should begin")
    if version != VERSION:
        raise ReplayError(f"it is written in version {version} of the notation, this coterie reads {VERSION}")
    if not LEAST <= size <= MOST:
        raise ReplayError(f"it is damaged at byte {offset}: a part of {size} bytes")
    rest = file.read(size - HEAD)
    if len(rest) < size - HEAD:
        raise ReplayError(f"it is cut short in the {KINDS[kind]} at byte {offset}")
    if check(kind, size, rest) != said:
        raise ReplayError(f"it is damaged: the {KINDS[kind]} at byte {offset} is not what was written")
    return Member(kind, offset, inflate(rest, f"the {KINDS[kind]} at byte {offset}"))


def inflate(rest: bytes, what: str) -> bytes:
    """The content of deflated bytes with their trailer."""
    crc, size = TRAILER.unpack(rest[-TRAILER.size :])
    unfold = zlib.decompressobj(-15)
    try:
        content = unfold.decompress(rest[: -TRAILER.size], MOST + 1)
    except zlib.error as error:
        raise ReplayError(f"it is damaged: {what} cannot be unpacked ({error})") from None
    if len(content) > MOST:
        raise ReplayError(f"{what} would unfold to more than {MOST >> 20} MB")
    if not unfold.eof or len(content) != size or zlib.crc32(content) != crc:
        raise ReplayError(f"it is damaged: {what} does not come to what its trailer says")
    return content
