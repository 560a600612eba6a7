"""Pictures of replays: what is drawn, and that PNG and GIF files hold it."""

import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from unit.replay_stage import replay_of

from coterie.replays import images
from coterie.replays.lettering import glyph
from coterie.replays.pictures import CELL, LINE, PALETTE, picture
from coterie.replays.playback import Playback
from coterie.replays.reading import Replay


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    return replay_of(tmp_path_factory.mktemp("replay"), "cogsguard_arena.basic", 60)


def test_a_map_is_drawn_cell_by_cell(replay: Replay) -> None:
    player = Playback(replay)
    snapshot = player.snapshot()
    image = picture(snapshot, caption="a map")
    assert image.shape == (snapshot["height"] * CELL + LINE, snapshot["width"] * CELL)
    assert image.max() < len(PALETTE)
    for agent in snapshot["agents"]:
        row, col = agent["row"] * CELL + LINE, agent["col"] * CELL
        cell = image[row : row + CELL, col : col + CELL]
        assert np.array_equal(cell[:7, 1:6] == 0, glyph(str(agent["id"] % 10)))


def test_letters_are_legible() -> None:
    drawn = "\n".join("".join(" #"[dot] for dot in row).rstrip() for row in glyph("R").astype(int))
    assert drawn == "####\n#   #\n#   #\n####\n# #\n#  #\n#   #"
    assert len({glyph(chr(k)).tobytes() for k in range(32, 127)}) == 95


def test_a_png_is_one() -> None:
    image = np.random.default_rng(0).integers(0, 16, (9, 14)).astype(np.uint8)
    data = images.png(image, scale=3)
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and data[16:24] == (42).to_bytes(4, "big") + (27).to_bytes(
        4, "big"
    )
    chunks, at_byte = {}, 8
    while at_byte < len(data):
        size = int.from_bytes(data[at_byte : at_byte + 4], "big")
        body = data[at_byte + 4 : at_byte + 8 + size]
        assert int.from_bytes(data[at_byte + 8 + size : at_byte + 12 + size], "big") == zlib.crc32(body)
        chunks[body[:4]] = body[4:]
        at_byte += 12 + size
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(27, 43)
    assert not rows[:, 0].any() and np.array_equal(rows[::3, 1::3], image)


def unfolded(data: bytes) -> list[np.ndarray]:
    """The pictures of a GIF, by a reader of its own after the GIF89a specification."""
    assert data[:6] == b"GIF89a"
    width, height = (int.from_bytes(data[k : k + 2], "little") for k in (6, 8))
    position = 13 + (3 << ((data[10] & 7) + 1))
    screen, shown, through = np.zeros((height, width), np.uint8), [], -1

    def blocks() -> bytes:
        nonlocal position
        parts = []
        while size := data[position]:
            parts.append(data[position + 1 : position + 1 + size])
            position += size + 1
        position += 1
        return b"".join(parts)

    while (mark := data[position]) != 0x3B:
        if mark == 0x21:
            kind = data[position + 1]
            position += 2
            body = blocks()
            through = body[3] if kind == 0xF9 else through
            continue
        left, top, w, h = (
            int.from_bytes(data[position + k : position + k + 2], "little") for k in (1, 3, 5, 7)
        )
        bits = data[position + 10]
        position += 11
        part = np.array(unpacked(blocks(), bits), np.uint8).reshape(h, w)
        area = screen[top : top + h, left : left + w]
        area[part != through] = part[part != through]
        shown.append(screen.copy())
    return shown


def unpacked(data: bytes, bits: int) -> list[int]:
    """LZW undone."""
    clear, number, position, out = 1 << bits, int.from_bytes(data, "little"), 0, []
    table: dict[int, list[int]] = {}
    width, before = bits + 1, None
    while True:
        code = number >> position & ((1 << width) - 1)
        position += width
        if code == clear:
            table = {k: [k] for k in range(clear)} | {clear: [], clear + 1: []}
            width, before = bits + 1, None
        elif code == clear + 1:
            return out
        else:
            if before is not None and len(table) < 4096:
                table[len(table)] = table[before] + (table[code] if code in table else table[before])[:1]
            out += table[code]
            before = code
            if len(table) == 1 << width and width < 12:
                width += 1


@given(seed=some.integers(0, 99), shades=some.sampled_from([1, 2, 16]), side=some.integers(1, 90))
@settings(max_examples=25, deadline=None)
def test_a_gif_shows_what_was_drawn(seed: int, shades: int, side: int) -> None:
    dice = np.random.default_rng(seed)
    first = dice.integers(0, shades, (side, side + 3)).astype(np.uint8)
    second = first.copy()
    second[side // 2 :, 1:] = dice.integers(0, shades, second[side // 2 :, 1:].shape)
    drawn = [first, second, second, first]
    seen = unfolded(b"".join(images.gif(drawn, 10)))
    assert len(seen) == 4 and all(np.array_equal(a, b) for a, b in zip(drawn, seen, strict=True))
