"""Keyboard: the terminal lent to us for a while, its keys one by one, and given back whatever happens."""

import os
import select
import signal
import sys
import termios
import tty
from collections import deque
from types import FrameType, TracebackType

SEQUENCES = {"[A": "up", "[B": "down", "[C": "right", "[D": "left"}
SEQUENCES |= {"O" + sequence[1]: name for sequence, name in SEQUENCES.items()}
NAMES = {"\r": "enter", "\n": "enter", "\x1b": "escape", "\x7f": "escape"}
ENTER_SCREEN = "\x1b[?1049h\x1b[?25l\x1b[2J"
LEAVE_SCREEN = "\x1b[0m\x1b[?25h\x1b[?1049l"


def decode(text: str) -> list[str]:
    """What was typed as keys; cursor keys by name, an escape that begins nothing known as escape."""
    keys, at = [], 0
    while at < len(text):
        sequence = text[at + 1 : at + 3]
        if text[at] == "\x1b" and sequence in SEQUENCES:
            keys.append(SEQUENCES[sequence])
            at += 3
        else:
            keys.append(NAMES.get(text[at], text[at]))
            at += 1
    return keys


class Keyboard:
    """In a `with`: keys come at once and unseen, on a screen of their own; afterwards all is as before."""

    def __init__(self) -> None:
        self.input = sys.stdin.fileno()
        self.waiting: deque[str] = deque()

    def __enter__(self) -> "Keyboard":
        self.settings = termios.tcgetattr(self.input)
        self.handler = signal.signal(signal.SIGTERM, leave)
        tty.setcbreak(self.input)
        sys.stdout.write(ENTER_SCREEN)
        sys.stdout.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        termios.tcsetattr(self.input, termios.TCSADRAIN, self.settings)
        signal.signal(signal.SIGTERM, self.handler)
        sys.stdout.write(LEAVE_SCREEN)
        sys.stdout.flush()

    def read(self, timeout_seconds: float) -> str | None:
        """The next key, None if there is none in time. A terminal that hung up says q."""
        if not self.waiting:
            ready, _, _ = select.select([self.input], [], [], timeout_seconds)
            if not ready:
                return None
            typed = os.read(self.input, 1024).decode(errors="ignore")
            self.waiting.extend(decode(typed) if typed else ["q"])
        return self.waiting.popleft() if self.waiting else None


def leave(number: int, frame: FrameType | None) -> None:
    """Asked to end, unwind, so that the terminal is given back."""
    raise SystemExit(128 + number)
