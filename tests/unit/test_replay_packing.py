"""Packing: actions of any shape come back, by whichever way they were packed, and are as short as can be."""

import zlib
from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from coterie.games.digits import digits
from coterie.replays.members import inflate, member
from coterie.replays.packing import COLUMNS, DIGITS, group, packed, unpacked


@given(
    sizes=some.lists(some.sampled_from([1, 2, 3, 12, 250, 256, 257, 1000, 70_000]), min_size=1, max_size=3),
    ticks=some.integers(0, 40),
    seats=some.integers(1, 9),
    seed=some.integers(0, 99),
    is_random=some.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_actions_of_any_shape_pack(
    sizes: list[int], ticks: int, seats: int, seed: int, *, is_random: bool
) -> None:
    dice = np.random.default_rng(seed)
    actions = dice.integers(0, sizes, (ticks, seats, len(sizes))) * (1 if is_random else 0)
    way, content = packed(actions.astype(np.int32), sizes)
    assert np.array_equal(unpacked(way, content, (ticks, seats), sizes), actions)


@pytest.mark.parametrize("size", [1, 2, 3, 12, 61, 257, 70_000])
def test_dice_take_no_more_than_they_must(size: int) -> None:
    dice = np.random.default_rng(size).integers(0, size, (300, 4, 1)).astype(np.int32)
    way, content = packed(dice, [size])
    assert way == DIGITS
    assert len(content) <= 1.02 * dice.size * log2(size) / 8 + 9


def test_digits_are_numbers_in_a_base() -> None:
    """Two digits to base 3 in four bits each: 1 + 2·3, 2 + 0·3, and 1 alone; lowest bit first."""
    assert digits(np.array([1, 2, 2, 0, 1], np.int32), 3, 2, 4) == bytes([0b1110_0100, 0b1000_0000])
    assert group(1) == (1, 0) and digits(np.zeros(5, np.int32), 1, 1, 0) == b""
    with pytest.raises(ValueError, match="at most 62 bits"):
        digits(np.zeros(1, np.int32), 2, 1, 63)


def test_players_who_repeat_themselves_are_written_as_columns() -> None:
    steady = np.repeat(np.arange(8, dtype=np.int32) % 5, 20).reshape(20, 8, 1)
    assert packed(np.ascontiguousarray(steady), [5])[0] == COLUMNS


@pytest.mark.parametrize("level", [0, 1, 6, 9])
@pytest.mark.parametrize("length", [0, 1, 400, 66_000, 140_000])
def test_members_inflate_to_what_they_were(level: int, length: int) -> None:
    content = bytes(np.random.default_rng(0).integers(0, 9, length, np.uint8))
    for kind in (b"A", b"E"):
        whole = member(kind, content, level=level)
        assert zlib.decompress(whole, 31) == content
        assert inflate(whole[26:], "it") == content
