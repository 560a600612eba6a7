"""Digits: choices as numbers in base n, bit after bit, the least that dice can be written in."""

import numpy as np

from coterie import native


def digits(choices: np.ndarray, n: int, count: int, bits: int) -> bytes:
    """Choices int32 [C] of 0 … n - 1 as numbers of `bits` (at most 62), `count` in each, the first lowest.

    A number's lowest bit comes first; the last number is filled up with zeros, the last byte with zero bits.
    """
    return native.digits(choices, n, count, bits)
