"""Packing: the actions of a stretch of ticks in few bytes, whichever of two ways is shorter."""

import zlib
from collections.abc import Sequence
from functools import cache
from math import log2

import numpy as np

from coterie.games.digits import digits
from coterie.replays.members import ReplayError

# Scripted and trained players repeat themselves, so a column a seat deflates well; dice do not, and are
# written as numbers in base n: 3.588 bits an action where n = 12, and log2 12 = 3.585 is the least.
COLUMNS, DIGITS = 0, 1
SAMPLE = 512  # bytes at least, from which it is decided


def packed(actions: np.ndarray, heads: Sequence[int]) -> tuple[int, bytes]:
    """The way taken and the bytes of actions int32 [T, S, K], `heads` the number of choices of each head."""
    plain = columns(actions, heads)
    ticks, seats, _ = actions.shape
    values = np.frombuffer(plain, np.uint8)
    repeats = np.count_nonzero(values[1:] == values[:-1])
    chance = ticks * seats * sum(1 / choices for choices in heads)
    is_plain = max(heads) <= 256
    if is_plain and repeats >= max(len(values) / 3, 1.5 * chance):
        return COLUMNS, plain
    if not is_plain or not 0.9 * chance <= repeats <= 1.1 * chance:
        sizes = [-(-(-(-ticks * seats // count) * bits) // 8) for count, bits in map(group, heads)]
        sample = plain[: max(SAMPLE, len(plain) // 8)]  # all of it would cost as much again as writing it
        if len(zlib.compress(sample, 1)) * len(plain) <= sum(sizes) * len(sample):
            return COLUMNS, plain
    return DIGITS, dense(actions, heads)


def unpacked(way: int, data: bytes, shape: tuple[int, int], heads: Sequence[int]) -> np.ndarray:
    """Actions int32 [T, S, K] again, `shape` = (T, S); a ReplayError if the bytes are not of that shape."""
    ticks, seats = shape
    ways = {COLUMNS: from_columns, DIGITS: from_digits}
    if way not in ways:
        raise ReplayError(f"it is damaged: there is no packing {way}")
    actions = np.empty((ticks, seats, len(heads)), np.int32)
    at = 0
    for head, choices in enumerate(heads):
        values, at = ways[way](data, at, ticks * seats, choices)
        if len(values) and values.max() >= choices:
            raise ReplayError(f"it is damaged: action {values.max()} of {choices}")
        actions[:, :, head] = values.reshape(seats, ticks).T
    if at != len(data):
        raise ReplayError(f"it is damaged: {len(data)} bytes of actions where {at} belong")
    return actions


def columns(actions: np.ndarray, heads: Sequence[int]) -> bytes:
    """Head by head, seat by seat, a byte an action, or planes of bytes where there are more choices."""
    parts = []
    for head, choices in enumerate(heads):
        own = np.ascontiguousarray(actions[:, :, head].T)
        parts += [(own >> shift).astype(np.uint8).tobytes() for shift in range(0, 8 * width(choices), 8)]
    return b"".join(parts)


def from_columns(data: bytes, at: int, count: int, choices: int) -> tuple[np.ndarray, int]:
    values = np.zeros(count, np.int64)
    for shift in range(0, 8 * width(choices), 8):
        plane = taken(data, at, count)
        values |= plane.astype(np.int64) << shift
        at += count
    return values, at


def width(choices: int) -> int:
    """Bytes an action takes."""
    return max(1, (choices - 1).bit_length() + 7 >> 3)


@cache
def group(choices: int) -> tuple[int, int]:
    """How many actions make one number of at most 62 bits, and how many bits it has: the least bits each."""
    if choices < 2:
        return 1, 0
    most = max(1, int(62 / log2(choices)))
    sizes = {n: (choices**n - 1).bit_length() for n in range(1, most + 1)}
    return min(((n, bits) for n, bits in sizes.items() if bits <= 62), key=lambda pair: pair[1] / pair[0])


def dense(actions: np.ndarray, heads: Sequence[int]) -> bytes:
    """Groups of actions as numbers, their bits one after the other; each head begins at a byte."""
    parts = []
    for head, choices in enumerate(heads):
        own = np.ascontiguousarray(actions[:, :, head].T).ravel()
        parts.append(digits(own, choices, *group(choices)))
    return b"".join(parts)


def from_digits(data: bytes, at: int, count: int, choices: int) -> tuple[np.ndarray, int]:
    size, bits = group(choices)
    rows = -(-count // size)
    length = -(-rows * bits // 8)
    flat = np.unpackbits(taken(data, at, length))[: rows * bits].astype(np.int64)
    numbers = flat.reshape(rows, bits) @ (1 << np.arange(bits, dtype=np.int64))
    values = numbers[:, None] // powers(choices, size) % choices
    return values.ravel()[:count], at + length


def powers(choices: int, count: int) -> np.ndarray:
    return choices ** np.arange(count, dtype=np.int64)


def taken(data: bytes, at: int, count: int) -> np.ndarray:
    if at + count > len(data):
        raise ReplayError("it is damaged: there are fewer actions than it says")
    return np.frombuffer(data, np.uint8, count, at)
