"""Terminal: worlds watched and steered in the terminal, or printed as frames where nobody sits."""

import os
import shutil
import sys
import time
from collections import deque
from types import TracebackType

import numpy as np

from coterie.games.batch import Batch
from coterie.play.draw import draw, whole_size
from coterie.play.keyboard import Keyboard
from coterie.play.loop import has_ended
from coterie.play.roster import Roster
from coterie.play.scene import Eye
from coterie.play.view import SPEEDS, View, press

FRAMES_PER_SECOND = 30
HOME, CLEAR_LINE, CLEAR_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"


def has_colour() -> bool:
    """Whether the terminal shows colour and the person wants it."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def is_interactive() -> bool:
    """Whether somebody sits there who can press keys."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def paint(lines: list[str]) -> None:
    """Put lines over what the screen shows."""
    sys.stdout.write(HOME + (CLEAR_LINE + "\r\n").join(lines) + CLEAR_LINE + CLEAR_BELOW)
    sys.stdout.flush()


class Frames:
    """Prints the first frame of an episode, one each `every` steps, and the last before its end."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.view = View()
        self.eye: Eye | None = None
        self.is_printed = True

    def __enter__(self) -> "Frames":
        return self

    def __exit__(self, *_: object) -> None:
        self.print_last()

    def __call__(self, batch: Batch) -> bool:
        if has_ended(batch):
            self.print_last()
            return True
        if batch.episode_step(0) == 0:
            self.print_last()
        self.eye = self.eye or Eye(batch)
        self.eye.keep(batch)
        self.is_printed = False
        if batch.episode_step(0) % self.every == 0:
            self.print_last()
        return True

    def print_last(self) -> None:
        """Print the frame at hand, unless it was."""
        if self.is_printed or self.eye is None:
            return
        scene = self.eye.scene()
        lines = draw(scene, self.view, whole_size(scene, self.view), colour=has_colour())
        print("\n".join(lines).rstrip("\n"), end="\n\n")
        self.is_printed = True


class Screen:
    """Shows world 0 and obeys the keys; starts paused. False from a call means that the person left."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.keyboard = Keyboard()
        self.view = View()
        self.eye: Eye | None = None
        self.colour = has_colour()
        self.drawn = 0.0
        self.times: deque[float] = deque(maxlen=64)

    def __enter__(self) -> "Screen":
        self.keyboard.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.keyboard.__exit__(kind, error, trace)

    def __call__(self, batch: Batch) -> bool:
        self.eye = self.eye or Eye(batch)
        self.view.actions = batch.spec.action_names[0] if batch.spec.action_names else ()
        if has_ended(batch):
            self.view.message = "the episode is over"
            self.view.is_paused = True
        else:
            self.eye.keep(batch)
        self.times.append(time.monotonic())
        is_on = self.wait(self.eye)
        if is_on:
            self.steer(batch)
        return is_on

    def wait(self, eye: Eye) -> bool:
        """Draw and take keys until it is time for the next step; false if the person leaves."""
        view = self.view
        view.wants_step = False
        start = time.monotonic()
        if start - self.drawn >= 1 / FRAMES_PER_SECOND or view.is_paused:
            self.draw(eye)
        while not view.is_over and not view.wants_step:
            left = 0.5 if view.is_paused else start + 1 / SPEEDS[view.speed] - time.monotonic()
            key = self.keyboard.read(max(left, 0))
            if key is not None:
                press(view, key, eye.scene())
                self.draw(eye)
            elif not view.is_paused:
                break
            elif shutil.get_terminal_size() != self.size:
                self.draw(eye)
        return not view.is_over

    def draw(self, eye: Eye) -> None:
        """Paint the screen anew, in place."""
        self.drawn = time.monotonic()
        self.size = shutil.get_terminal_size()
        paint(draw(eye.scene(), self.view, self.size, pace=self.pace(), colour=self.colour))

    def pace(self) -> float:
        """Steps per second of late."""
        if len(self.times) < 2 or self.times[-1] == self.times[0]:
            return 0.0
        return (len(self.times) - 1) / (self.times[-1] - self.times[0])

    def steer(self, batch: Batch) -> None:
        """Hand the person's action to the roster; a steered agent without one rests, if it may."""
        view = self.view
        name = view.wish or ("noop" if view.is_manual and "noop" in view.actions else None)
        view.wish = None
        if name is None or view.agent >= batch.spec.seats:
            return
        action = view.actions.index(name)
        if batch.spec.has_mask and not batch.masks[view.agent, action]:
            view.message = f"{name} is not allowed now"
            return
        self.roster.hands[view.agent] = np.array(
            [action, *[0] * (len(batch.spec.actions) - 1)], dtype=np.int32
        )
