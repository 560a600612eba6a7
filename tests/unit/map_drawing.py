"""Draws maps with a small native program, built with sanitizers: any slip of the drawing ends the test."""

import json
import subprocess
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unit.native_driver import built

from coterie.games.grid.cells import SPAWN
from coterie.games.grid.maps import AsciiMap, MapGen

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("map_driver.cpp")
GRID = ROOT / "src/coterie/games/grid"

Rows = list[list[str]]


class Drawer:
    """Draws maps of given kinds and teams as names, row by row."""

    def __init__(self, folder: Path, kinds: Sequence[str], teams: Sequence[str]) -> None:
        headers = [*sorted(GRID.glob("grid_*.h")), ROOT / "native/fields.h", ROOT / "native/rng.h"]
        self.program = built(SOURCE, headers, (ROOT / "native", GRID), folder)
        self.kinds = {name: i for i, name in enumerate(kinds)}
        self.teams = {name: i for i, name in enumerate(teams)}
        self.names = {0: "empty"} | {1 + i: name for name, i in self.kinds.items()}
        self.names |= {SPAWN + i: f"agent.{name}" for name, i in self.teams.items()}

    def draw(self, map_config: MapGen | AsciiMap, seeds: Sequence[int] = (0,)) -> list[Rows]:
        native = map_config.native(self.kinds, self.teams)
        return self.draw_all([(seed, native) for seed in seeds])

    def draw_all(self, wanted: Sequence[tuple[int, Mapping[str, Any]]]) -> list[Rows]:
        lines = "".join(f"{seed} 1 {json.dumps(config)}\n" for seed, config in wanted)
        done = subprocess.run([self.program], input=lines, capture_output=True, text=True, timeout=120)
        answers = done.stdout.splitlines()
        last = json.dumps(wanted[min(len(answers), len(wanted) - 1)][1])
        assert done.returncode == 0, f"{done.stderr[-3000:]}\nwhile drawing {last}"
        return [self.rows(answer) for answer in answers]

    def rows(self, answer: str) -> Rows:
        width, _, _, *cells = answer.split()
        drawn = bytes.fromhex(cells[0])
        return [[self.names[c] for c in drawn[i : i + int(width)]] for i in range(0, len(drawn), int(width))]


def counts(rows: Rows) -> Counter[str]:
    return Counter(name for row in rows for name in row)


def places(rows: Rows, *names: str) -> list[tuple[int, int]]:
    """(row, column) of every cell of these names."""
    return [(r, c) for r, row in enumerate(rows) for c, name in enumerate(row) if name in names]


def is_floor(name: str) -> bool:
    return name == "empty" or name.startswith("agent.")


def distances(rows: Rows, start: tuple[int, int]) -> dict[tuple[int, int], int]:
    """Steps from `start` to every floor cell that can be walked to."""
    steps, queue = {start: 0}, deque([start])
    while queue:
        r, c = queue.popleft()
        for at in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
            if (
                0 <= at[0] < len(rows)
                and 0 <= at[1] < len(rows[0])
                and at not in steps
                and is_floor(rows[at[0]][at[1]])
            ):
                steps[at] = steps[r, c] + 1
                queue.append(at)
    return steps


def is_connected(rows: Rows) -> bool:
    floor = [(r, c) for r, row in enumerate(rows) for c, name in enumerate(row) if is_floor(name)]
    return not floor or len(distances(rows, floor[0])) == len(floor)
