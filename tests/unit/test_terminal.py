"""The terminal: how a world is drawn, what keys do, and that the terminal is given back."""

import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from typing import Any

import pytest

from coterie.games.batch import Batch
from coterie.games.lab.echo import EchoConfig
from coterie.play.canvas import Canvas, single_cell
from coterie.play.draw import draw, whole_size
from coterie.play.keyboard import decode
from coterie.play.scene import Scene, from_snapshot, look
from coterie.play.view import SPEEDS, View, press

ACTIONS = (
    "noop",
    "move_north",
    "move_south",
    "move_west",
    "move_east",
    "change_vibe_miner",
    "change_vibe_scout",
)
MAP = """\
################
#..............#
#..J...........#
#..............#
#......H...J...#
#..............#
#.....E....C...#
#..J...........#
################""".splitlines()


def agent(number: int, row: int, col: int, team: str, **others: Any) -> dict[str, Any]:
    plain = {
        "vibe": "miner",
        "frozen": 0,
        "action": "move_north",
        "success": True,
        "reward": 0.0,
        "return": 1.5,
        "inventory": {"energy": 20, "carbon": 3},
    }
    return {"id": number, "row": row, "col": col, "team": team} | plain | others


def thing(kind: str, row: int, col: int, team: str | None = None, **others: Any) -> dict[str, Any]:
    plain = {"inventory": {}, "cooldown": 0, "uses": 0, "radius": -1}
    return {"id": 0, "kind": kind, "row": row, "col": col, "team": team} | plain | others


def snapshot() -> dict[str, Any]:
    """A world as a grid game tells it."""
    return {
        "step": 42,
        "max_steps": 1000,
        "width": 16,
        "height": 9,
        "kinds": ["wall", "hub", "junction", "carbon_extractor", "chest"],
        "symbols": ["#", "H", "J", "E", "📦"],
        "tiles": [".#HJEC".index(symbol) for row in MAP for symbol in row],
        "vibes": ["default", "miner"],
        "actions": list(ACTIONS),
        "agents": [
            agent(0, 4, 6, "cogs"),
            agent(1, 3, 9, "cogs", vibe="scout", frozen=3, success=False, reward=0.25),
            agent(11, 7, 12, "clips", inventory={}),
        ],
        "objects": [
            thing("junction", 2, 3, "cogs", radius=2),
            thing("hub", 4, 7, "cogs", inventory={"heart": 5}),
            thing("junction", 4, 11, "clips", radius=2),
            thing("carbon_extractor", 6, 6, inventory={"carbon": 90}, uses=3),
            thing("chest", 6, 11),
            thing("junction", 7, 3, radius=2),
        ],
        "teams": [
            {
                "name": "cogs",
                "inventory": {"carbon": 12, "silicon": 0},
                "counts": {"junction": 1, "hub": 1, "chest": 0},
            },
            {"name": "clips", "inventory": {}, "counts": {"junction": 1}},
            {"name": "neutral", "inventory": {}, "counts": {"junction": 0}},
        ],
        "window": [11, 11],
    }


@pytest.fixture
def scene() -> Scene:
    return from_snapshot(snapshot())


@pytest.fixture
def view() -> View:
    return View(actions=ACTIONS)


# -- drawing

FRAME = """\
step 42/1000  reward +0.25  return 4.5
################################                              agent 0
##                            ##                                at 4,6
##    J                       ##                                cogs, vibe miner
##                1*          ##                                move_north
##          00H       J       ##                                reward +0, return 1.5
##                            ##                                energy 20, carbon 3
##          E         C       ##
##    J                 11    ##                              team cogs
################################                                1 junction, 1 hub
                                                                carbon 12

                                                              team clips
                                                                1 junction

                                                               agent  return  vibe     carries
                                                              >    0     1.5  miner    energy:20 car
                                                                   1     1.5  scout    energy:20 car
                                                                  11     1.5  miner
"""

SELECTING = """\
step 42/1000  reward +0.25  return 4.5  7 steps/s  paused  select
################################          cell 6,6
##· · · · ·                   ##            carbon_extractor
##· · J · ·       · · · · ·   ##            uses 3
##· · · · ·       1*· · · ·   ##            carbon 90
##· · · · · 00H   · · J · ·   ##
##                · · · · ·   ##          team cogs
##          E     · · C · ·   ##            1 junction, 1 hub
##    J                 11    ##            carbon 12
################################
[miner] scout   arrows, enter, esc
"""

SMALL = """\
step 42/1000  reward +0.25  re
#  J           #
#        1     #
#     0H   J   #
#              #
#     E    C   #
space play  n step  < > speed
"""


def drawn(scene: Scene, view: View, size: tuple[int, int], pace: float | None = None) -> str:
    return (
        "\n".join(line[: size[0]].rstrip() for line in draw(scene, view, size, pace=pace, colour=False))
        + "\n"
    )


def test_a_whole_frame(scene: Scene, view: View) -> None:
    assert drawn(scene, view, whole_size(scene, view)).rstrip() == FRAME.rstrip()


def test_a_cursor_with_areas_and_the_picker(scene: Scene, view: View) -> None:
    for key in ["o", "t", "k", "k", "1", "2", "e"]:
        press(view, key, scene)
    assert drawn(scene, view, (80, 11), pace=7.0) == SELECTING


def test_a_small_screen_shows_the_surroundings_of_the_agent(scene: Scene, view: View) -> None:
    assert drawn(scene, view, (30, 7), pace=7.0) == SMALL


def test_teams_have_colours_and_the_agent_stands_out(scene: Scene, view: View) -> None:
    lines = draw(scene, view, (80, 11), colour=True)
    assert "\x1b[1;36;7m00\x1b[0m\x1b[36mH\x1b[0m" in lines[5]
    assert "\x1b[31mJ\x1b[0m" in lines[5]
    assert all(line.count("\x1b[0m") >= line.count("\x1b[") / 2 for line in lines)


def test_help_names_every_key_and_kind(scene: Scene, view: View) -> None:
    press(view, "?", scene)
    page = drawn(scene, view, (100, 30), pace=0.0)
    assert all(word in page for word in ["play or pause", "steer", "C  chest", "J  junction"])


def test_every_character_is_one_cell_wide() -> None:
    assert [
        single_cell(*pair) for pair in [("#", "wall"), ("📦", "chest"), ("é", "x"), ("\u0301", "?a")]
    ] == [
        "#",
        "C",
        "é",
        "A",
    ]


def test_a_canvas_cuts_what_stands_outside() -> None:
    canvas = Canvas(4, 2)
    canvas.put(0, 2, "abc", "1")
    canvas.put(1, -1, "xyz")
    canvas.put(7, 0, "far")
    assert canvas.lines(colour=False) == ["  ab", "yz"]
    assert canvas.lines(colour=True) == ["  \x1b[1mab\x1b[0m", "yz"]


def test_a_game_without_a_map_shows_its_text(view: View) -> None:
    batch = Batch(EchoConfig(), worlds=3)
    assert "shown" in drawn(look(batch), view, (100, 10))
    assert look(batch, 2).agents[0].total == 0.0


# -- keys


def test_the_camera_pans_and_stays_on_the_map(scene: Scene, view: View) -> None:
    press(view, "l", scene)
    assert (view.mode, view.row, view.col) == ("pan", 4, 7)
    for key, cell in [("L", (4, 15)), ("I", (0, 15)), ("k", (1, 15)), ("J", (1, 5)), ("j", (1, 4))]:
        press(view, key, scene)
        assert (view.row, view.col) == cell
    press(view, "f", scene)
    assert view.centre(scene) == (4, 6)


def test_agents_speed_and_panels(scene: Scene, view: View) -> None:
    for key in "[[]":
        press(view, key, scene)
    assert view.agent == 2
    for key in ">" * 30 + "<,.":
        press(view, key, scene)
    assert SPEEDS[view.speed] == SPEEDS[-2]
    for key in "131":
        press(view, key, scene)
    assert view.panels == {1, 2}
    press(view, " ", scene)
    assert not view.is_paused
    press(view, "n", scene)
    assert view.is_paused and view.wants_step


def test_moves_need_manual_control(scene: Scene, view: View) -> None:
    press(view, "w", scene)
    assert view.wish is None and "press m" in view.message
    press(view, "m", scene)
    for key, action in zip("wsadr", ACTIONS[1:5] + ACTIONS[:1], strict=True):
        press(view, key, scene)
        assert view.wish == action and view.wants_step
    view.actions = ("say_0", "say_1")
    press(view, "w", scene)
    assert "no action north" in view.message


def test_the_picker_offers_vibes_else_actions(scene: Scene, view: View) -> None:
    for key in ["e", "down", "down", "up", "enter"]:
        press(view, key, scene)
    assert view.wish == "change_vibe_scout" and view.picker is None
    view.actions = ("say_0", "say_1")
    for key in ["e", "escape"]:
        press(view, key, scene)
    assert view.choices() == ["say_0", "say_1"] and view.picker is None


def test_typing_becomes_keys() -> None:
    assert decode("a\x1b[A\x1bOB\r\x1b ") == ["a", "up", "down", "enter", "escape", " "]


# -- the terminal itself


class Person:
    """Somebody at a terminal, who sees all that is printed and presses keys."""

    def __init__(self, *arguments: str) -> None:
        self.seat, other = pty.openpty()
        self.before = termios.tcgetattr(other)
        self.other = other
        self.unread = self.printed = ""
        code = "from coterie.cli.main import main; main()"
        environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "24"}
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], stdin=other, stdout=other, stderr=other, env=environment
        )

    def sees(self, text: str, *, timeout_seconds: float = 20) -> bool:
        """Wait for a text printed since the last one; colours and moves of the cursor are not text."""
        end = time.monotonic() + timeout_seconds
        while time.monotonic() < end:
            plain = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", self.unread)
            if text in plain:
                self.unread = plain.partition(text)[2]
                return True
            if select.select([self.seat], [], [], 0.1)[0]:
                printed = os.read(self.seat, 65536).decode(errors="ignore")
                self.printed += printed
                self.unread = plain + printed
        return False

    def presses(self, keys: str) -> None:
        os.write(self.seat, keys.encode())

    def ends(self) -> int:
        return self.process.wait(timeout=20)


@pytest.fixture
def person() -> Iterator[Person]:
    sitting = Person("play", "-m", "echo.basic", "-r", "unicode", "length=1000")
    yield sitting
    if sitting.process.poll() is None:
        sitting.process.kill()
        sitting.process.wait()
    os.close(sitting.seat)
    os.close(sitting.other)


def test_a_person_pauses_steps_steers_and_leaves(person: Person) -> None:
    assert person.sees("step 0  ") and person.process.poll() is None
    person.presses("n")
    assert person.sees("step 1  ")
    person.presses("?")
    assert person.sees("play or pause")
    person.presses("?e\x1b[B\r")
    assert person.sees("step 2  ") and person.sees("say_1")
    person.presses("  >>")
    person.presses(" ")
    assert person.sees("step 4  ")
    person.presses("q")
    assert person.sees("cut short")
    assert person.ends() == 0
    assert termios.tcgetattr(person.other) == person.before


def test_the_terminal_is_given_back_whatever_happens(person: Person) -> None:
    assert person.sees("step 0  ")
    assert termios.tcgetattr(person.other) != person.before
    person.process.terminate()
    assert person.ends() != 0
    assert termios.tcgetattr(person.other) == person.before
    assert "\x1b[?25h" in person.printed + os.read(person.seat, 65536).decode()
