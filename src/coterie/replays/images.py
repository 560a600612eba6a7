"""Images: PNG and moving GIF files of pictures with a palette, written without any library."""

import struct
import zlib
from collections.abc import Iterable, Iterator

import numpy as np

from coterie.replays.pictures import PALETTE

SAME = len(PALETTE)  # in a GIF: the dot stays as it was
BITS = 5  # of a palette number in a GIF: the 16 of PALETTE, SAME, and room


def png(image: np.ndarray, scale: int = 2) -> bytes:
    """A PNG of an image of palette numbers, each dot `scale` × `scale`."""
    image = image.repeat(scale, 0).repeat(scale, 1)
    height, width = image.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), image], axis=1)

    def chunk(name: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(content, zlib.crc32(name))
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = [chunk(b"IHDR", head), chunk(b"PLTE", PALETTE.tobytes())]
    parts += [chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def gif(images: Iterable[np.ndarray], frames_per_second: float) -> Iterator[bytes]:
    """The parts of a GIF that repeats for ever; all images have the size of the first.

    Each holds only the rectangle that changed, and in it only the dots that did.
    """
    delay = max(
        2, round(100 / frames_per_second)
    )  # hundredths of a second; viewers slow down what is quicker
    before: np.ndarray | None = None
    for image in images:
        if before is None:
            height, width = image.shape
            yield b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF0 | (BITS - 1), 0, 0)
            yield PALETTE.tobytes().ljust(3 << BITS, b"\0")
            yield b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
        yield frame(image, before, delay)
        before = image
    yield b"\x3b"


def frame(image: np.ndarray, before: np.ndarray | None, delay: int) -> bytes:
    """One image of a GIF, over the one before."""
    top, left, bottom, right = changed(image, before)
    shown = image[top:bottom, left:right]
    if before is not None:
        shown = np.where(shown == before[top:bottom, left:right], SAME, shown)
    control = b"\x21\xf9\x04" + struct.pack("<BHBB", 0x05, delay, SAME, 0)
    place = b"\x2c" + struct.pack("<HHHHB", left, top, right - left, bottom - top, 0)
    data = lzw(shown.astype(np.uint8).tobytes())
    blocks = b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255))
    return control + place + bytes([BITS]) + blocks + b"\0"


def changed(image: np.ndarray, before: np.ndarray | None) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of what differs, one dot where nothing does."""
    if before is None:
        return 0, 0, *image.shape
    rows, cols = np.nonzero(image != before)
    if not len(rows):
        return 0, 0, 1, 1
    return int(rows.min()), int(cols.min()), int(rows.max()) + 1, int(cols.max()) + 1


def lzw(data: bytes) -> bytes:
    """GIF's variable-width LZW (Welch 1984) of palette numbers below 2^BITS."""
    clear, over = 1 << BITS, (1 << BITS) + 1
    table: dict[tuple[int, int], int] = {}
    width, following = BITS + 1, over + 1
    codes, bits, filled = bytearray(), clear, width
    prefix = -1
    for value in data:
        if prefix < 0:
            prefix = value
            continue
        known = table.get((prefix, value))
        if known is not None:
            prefix = known
            continue
        bits |= prefix << filled
        filled += width
        if following == 4096:
            bits |= clear << filled
            filled += width
            table.clear()
            width, following = BITS + 1, over + 1
        else:
            table[prefix, value] = following
            if following == 1 << width:
                width += 1
            following += 1
        while filled >= 8:
            codes.append(bits & 255)
            bits >>= 8
            filled -= 8
        prefix = value
    if prefix >= 0:
        bits |= prefix << filled
        filled += width
        if following == 1 << width and width < 12:
            width += 1
    bits |= over << filled
    filled += width
    return bytes(codes) + bits.to_bytes(-(-filled // 8), "little")
