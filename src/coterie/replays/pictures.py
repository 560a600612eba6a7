"""Pictures: how a world looked, drawn into an image of palette numbers."""

import re
from typing import Any

import numpy as np

from coterie.replays.lettering import HEIGHT, WIDTH, lettered

# Ground, rock, letters, neutral things; then a light and a dark shade for each of six teams.
PALETTE = np.array(
    [
        (24, 26, 31), (72, 76, 88), (222, 226, 230), (150, 150, 158),
        (64, 196, 255), (20, 84, 120), (255, 99, 99), (128, 34, 40), (255, 202, 80), (126, 92, 20),
        (120, 150, 255), (44, 60, 136), (226, 126, 255), (104, 40, 126), (110, 220, 120), (32, 98, 44),
    ],
    np.uint8,
)  # fmt: skip
GROUND, ROCK, INK, NEUTRAL, TEAMS = 0, 1, 2, 3, 4
CELL = 8  # dots a side
LINE = HEIGHT + 3
LEAST_WIDTH = 160


def picture(snapshot: dict[str, Any], text: str = "", caption: str = "") -> np.ndarray:
    """A world as uint8 [height, width] of PALETTE: its map, or its text where it has none."""
    if "tiles" in snapshot:
        return titled(drawn_map(snapshot), caption)
    lines = [re.sub(r"\s+$", "", line) for line in text.splitlines()] or [" "]
    width = max(max(map(len, lines)) * (WIDTH + 1) + 4, LEAST_WIDTH)
    image = np.full((len(lines) * LINE + 4, width), GROUND, np.uint8)
    for number, line in enumerate(lines):
        lettered(image, line, (number * LINE + 2, 2), INK)
    return titled(image, caption)


def titled(image: np.ndarray, caption: str) -> np.ndarray:
    """The image under a line of text."""
    width = max(image.shape[1], LEAST_WIDTH)
    whole = np.full((image.shape[0] + LINE, width), GROUND, np.uint8)
    whole[LINE:, : image.shape[1]] = image
    lettered(whole, caption[: width // (WIDTH + 1)], (1, 2), INK)
    return whole


def drawn_map(snapshot: dict[str, Any]) -> np.ndarray:
    """Rock as blocks, things as letters on their team's colour, agents as bright tiles with their number."""
    height, width = snapshot["height"], snapshot["width"]
    tiles = np.array(snapshot["tiles"]).reshape(height, width)
    symbols = snapshot["symbols"]
    rock = np.array([False, *(symbol == "#" for symbol in symbols)])[tiles]
    image = np.kron(np.where(rock, ROCK, GROUND).astype(np.uint8), np.ones((CELL, CELL), np.uint8))
    teams = {team["name"]: number % 6 for number, team in enumerate(snapshot["teams"])}
    signs = dict(zip(snapshot["kinds"], symbols, strict=True))
    placed = set()
    for thing in snapshot["objects"]:
        placed.add((thing["row"], thing["col"]))
        team = teams.get(thing["team"])
        put(
            image,
            thing,
            sign(signs[thing["kind"]], thing["kind"]),
            colours(team)[1],
            NEUTRAL if team is None else INK,
        )
    for row, col in np.argwhere((tiles > 0) & ~rock).tolist():
        if (row, col) not in placed:
            kind = snapshot["kinds"][tiles[row, col] - 1]
            put(image, {"row": row, "col": col}, sign(signs[kind], kind), GROUND, NEUTRAL)
    for agent in snapshot["agents"]:
        put(image, agent, str(agent["id"] % 10), colours(teams.get(agent["team"], 0))[0], GROUND)
    return image


def colours(team: int | None) -> tuple[int, int]:
    """The light and the dark shade of a team."""
    return (NEUTRAL, GROUND) if team is None else (TEAMS + 2 * team, TEAMS + 2 * team + 1)


def sign(symbol: str, kind: str) -> str:
    """The symbol, or the capital of the kind where the font has none."""
    if len(symbol) == 1 and "!" <= symbol <= "~":
        return symbol
    return next((letter.upper() for letter in kind if letter.isalnum()), "?")


def put(image: np.ndarray, place: dict[str, Any], letter: str, ground: int, ink: int) -> None:
    """Fill a cell, and letter it."""
    row, col = place["row"] * CELL, place["col"] * CELL
    if row < 0 or col < 0:
        return
    image[row : row + CELL, col : col + CELL] = ground
    lettered(image, letter, (row, col + 1), ink)
