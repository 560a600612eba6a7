"""Live: the room in which an episode is played while others watch it, set its pace and take its seats."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np

from coterie.games.batch import Batch
from coterie.server.frames import key
from coterie.server.played import Played, Tape, Thoughts
from coterie.server.shelf import Shelf, Shown

SPEEDS = (0.25, 1000.0)  # ticks a second, least and most
MOST_VIEWERS = 32
# What the policies thought when they acted last, None where nobody tells.
Asked = Callable[[], Thoughts | None]


@dataclass(slots=True)
class Viewer:
    """Somebody who watches: what is to be told them next. A second sentence takes the place of the first."""

    number: int
    sentence: str = ""


@dataclass(slots=True)
class Present:
    """The episode on the table: its name, its tape, and the film of its newest frame."""

    name: str
    tape: Tape
    edge: Shown
    tick: int = -1
    frame: dict[str, Any] = field(default_factory=dict)


class Room:
    """Called after the reset and after each step of a batch of one world, it waits until the next is due.

    False means that the episode is to stop: somebody asked for another one, or all is over. The actions of
    people go into `hands`, by row. The thread that plays waits for nobody's browser: what is seen of the
    episode comes of playing its tape again, in the threads of those who ask.
    """

    def __init__(
        self,
        batch: Batch,
        hands: dict[int, np.ndarray],
        seats: tuple[str, ...],
        *,
        mission: str = "",
        seed: int = 0,
        limit: int | None = None,
        asked: Asked | None = None,
    ) -> None:
        self.batch, self.hands, self.seats = batch, hands, seats
        self.mission, self.limit, self.asked = mission, limit, asked
        self.turn = threading.Condition()
        self.shelf = Shelf()
        self.viewers: dict[int, Viewer] = {}
        self.entered = 0
        self.held: dict[int, int] = {}  # seat → number of the viewer who has it
        self.wishes: dict[int, np.ndarray] = {}
        self.masks = batch.masks.copy()
        self.is_playing = False
        self.speed = 8.0
        self.steps = 0  # asked for, one by one
        self.due = 0.0
        self.seed = seed  # of the batch, which makes the episode's own of it
        self.seed_wanted: int | None = None
        self.is_closed = False
        self.problem = ""
        self.episodes = 0
        self.present: Present | None = None

    # -- the thread that plays -------------------------------------------------------------------------------

    def __call__(self, batch: Batch) -> bool:
        with self.turn:
            present = self.present
            if present is None:
                present = self.begin()
            elif (
                batch.episode_step(0) == 0
            ):  # the step ended it, and the world shows the next one's beginning
                self.note(present)
                return True
            else:
                self.note(present)
            self.masks = batch.masks.copy()
            if present.tape.ticks == self.limit:
                return True
            is_on = self.wait()
            if is_on:
                self.steer()
            return is_on

    def begin(self) -> Present:
        """A new episode on the table."""
        self.episodes += 1
        tape = Tape(self.batch, self.seats, self.mission)
        name = f"episode {self.episodes}"
        self.present = Present(name, tape, Shown(Played(tape)))
        self.shelf.lay(name, Shown(Played(tape)))
        self.wishes.clear()
        self.due = time.monotonic()
        return self.present

    def note(self, present: Present) -> None:
        present.tape.note(self.batch.actions, self.asked() if self.asked else None)

    def wait(self) -> bool:
        """Sleep until the next step is due or asked for; false if there is to be none."""
        while not self.is_closed and self.seed_wanted is None:
            if self.steps:
                self.steps -= 1
                return True
            left = self.due - time.monotonic()
            if self.is_playing and left <= 0:
                self.due = max(self.due + 1 / self.speed, time.monotonic())
                return True
            self.turn.wait(left if self.is_playing else None)
        return False

    def steer(self) -> None:
        """Hand over what people want done; who holds a seat and wants nothing rests."""
        for seat in self.held:
            wish = self.wishes.pop(seat, None)
            if wish is not None and (why := self.forbids(seat, wish)):
                self.tell(self.held[seat], f"{why} any more")
                wish = None
            self.hands[seat] = rest(self.batch, self.masks[seat]) if wish is None else wish

    def end(self, how: int, returns: tuple[float, ...], following: int | None) -> int | None:
        """The episode is over; the seed of the next: the one following, or what somebody asks for.

        None if there is none because all is over. Without a following one it stays to be watched.
        """
        with self.turn:
            if self.present is not None:
                self.present.tape.end(how, returns)
            while not self.is_closed and self.seed_wanted is None and following is None:
                self.is_playing = False
                self.turn.wait()
            seed = following if self.seed_wanted is None else self.seed_wanted
            self.seed_wanted, self.steps = None, 0
            if self.is_closed:
                return None
            self.present, self.seed = None, seed or 0
            return seed

    def fail(self, problem: str) -> None:
        """Playing cannot go on; what was played stays."""
        with self.turn:
            self.problem, self.is_playing = problem, False

    def close(self) -> None:
        """Let the thread that plays come to its end."""
        with self.turn:
            self.is_closed = True
            self.turn.notify_all()

    # -- the threads that serve ------------------------------------------------------------------------------

    def enter(self) -> Viewer | None:
        """A seat among those who watch, None if there is none left."""
        with self.turn:
            if len(self.viewers) >= MOST_VIEWERS:
                return None
            self.entered += 1
            viewer = self.viewers[self.entered] = Viewer(self.entered)
            return viewer

    def leave(self, viewer: Viewer) -> None:
        """Their seats go back to the policies."""
        with self.turn:
            self.viewers.pop(viewer.number, None)
            for seat in [seat for seat, number in self.held.items() if number == viewer.number]:
                self.give(seat)

    def give(self, seat: int) -> None:
        self.held.pop(seat, None)
        self.wishes.pop(seat, None)
        self.hands.pop(seat, None)

    def tell(self, number: int, sentence: str) -> None:
        if number in self.viewers:
            self.viewers[number].sentence = sentence

    def state(self, viewer: Viewer) -> dict[str, Any]:
        """How things stand for this viewer; `legal` says what each of their seats may choose, as 0 1."""
        with self.turn:
            present = self.present
            mine = [seat for seat, number in self.held.items() if number == viewer.number]
            return {
                "episode": present.name if present else "",
                "is_playing": self.is_playing,
                "speed": self.speed,
                "seed": self.seed,
                "is_over": self.is_over,
                "problem": self.problem,
                "viewers": len(self.viewers),
                "mine": mine,
                "others": [seat for seat in self.held if seat not in mine],
                "legal": {seat: "".join("01"[int(one)] for one in self.masks[seat]) for seat in mine},
            }

    @property
    def is_over(self) -> bool:
        present = self.present
        return bool(self.problem) or (present is not None and present.tape.ending is not None)

    def newest(self) -> tuple[str, int, dict[str, Any]] | None:
        """Name of the episode, its newest tick, and the world there; None between two episodes."""
        present = self.present
        if present is None:
            return None
        with present.edge.lock:
            tick = present.tape.ticks
            if tick != present.tick:
                present.frame, present.tick = key(present.edge.film.snapshot(tick)), tick
            return present.name, present.tick, present.frame

    def obey(self, viewer: Viewer, wish: dict[str, Any]) -> str:
        """Do what a viewer asks for; why not in a sentence, "" if it was done."""
        verbs: dict[str, Callable[[Viewer, dict[str, Any]], str]] = {
            "play": self.play,
            "pause": self.pause,
            "step": self.step,
            "speed": self.pace,
            "restart": self.restart,
            "take": self.take,
            "give": self.give_back,
            "act": self.act,
        }
        verb = verbs.get(str(wish.get("do")))
        if verb is None:
            return f"there is nothing like that to do; there is {', '.join(verbs)}"
        with self.turn:
            over = wish["do"] in ("play", "step", "act") and self.is_over
            why = self.problem or "the episode is over: begin another one" if over else verb(viewer, wish)
            self.turn.notify_all()
            return why

    def play(self, viewer: Viewer, wish: dict[str, Any]) -> str:
        self.is_playing, self.due = True, time.monotonic()
        return ""

    def pause(self, viewer: Viewer, wish: dict[str, Any]) -> str:
        self.is_playing = False
        return ""

    def step(self, viewer: Viewer, wish: dict[str, Any]) -> str:
        self.is_playing, self.steps = False, min(self.steps + 1, 16)
        return ""

    def pace(self, viewer: Viewer, wish: dict[str, Any]) -> str:
        speed = wish.get("speed")
        if not isinstance(speed, int | float) or not isfinite(speed):
            return "speed is a number of ticks a second"
        self.speed = min(max(float(speed), SPEEDS[0]), SPEEDS[1])
        self.due = min(self.due, time.monotonic() + 1 / self.speed)
        return ""

    def restart(self, viewer: Viewer, wish: dict[str, Any]) -> str:
        if others := [seat for seat, number in self.held.items() if number != viewer.number]:
            return f"somebody else plays agent {others[0]}: let them finish, or hand it back"
        seed = wish.get("seed")
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
            return "a seed is a whole number from 0 on"
        self.seed_wanted = seed
        return ""

    def take(self, viewer: Viewer, wish: dict[str, Any]) -> str:
        seat = wish.get("seat")
        if not isinstance(seat, int) or not 0 <= seat < len(self.seats):
            return f"there is no agent {seat}; they are 0 to {len(self.seats) - 1}"
        holder = self.held.setdefault(seat, viewer.number)
        return "" if holder == viewer.number else f"somebody else plays agent {seat}"

    def give_back(self, viewer: Viewer, wish: dict[str, Any]) -> str:
        seat = wish.get("seat")
        if not isinstance(seat, int) or self.held.get(seat) != viewer.number:
            return f"agent {seat} is not yours to hand back"
        self.give(seat)
        return ""

    def act(self, viewer: Viewer, wish: dict[str, Any]) -> str:
        """The action of a seat in the next step; a paused episode takes that step."""
        seat, action = wish.get("seat"), wish.get("action")
        if not isinstance(seat, int) or self.held.get(seat) != viewer.number:
            return f"agent {seat} is not yours: take it over first"
        sizes = self.batch.spec.actions
        if (
            not isinstance(action, list)
            or len(action) != len(sizes)
            or not all(isinstance(a, int) and 0 <= a < n for a, n in zip(action, sizes, strict=True))
        ):
            return f"an action is {len(sizes)} numbers, below {', '.join(map(str, sizes))}"
        wanted = np.array(action, np.int32)
        if why := self.forbids(seat, wanted):
            return f"{why} now"
        self.wishes[seat] = wanted
        if not self.is_playing:
            self.steps = max(self.steps, 1)
        return ""

    def forbids(self, seat: int, action: np.ndarray) -> str:
        """Why a seat may not do that, "" if it may."""
        spec, mask, begin = self.batch.spec, self.masks[seat], 0
        if not spec.has_mask:
            return ""
        for head, (choice, size) in enumerate(zip(action.tolist(), spec.actions, strict=True)):
            if not mask[begin + choice]:
                name = spec.action_names[head][choice] if spec.action_names else f"choice {choice}"
                return f"agent {seat} may not {name.replace('_', ' ')}"
            begin += size
        return ""


def rest(batch: Batch, mask: np.ndarray) -> np.ndarray:
    """The action [K] of a seat of which nothing is wanted: noop if it may, else the first that it may."""
    spec, begin, chosen = batch.spec, 0, []
    for head, size in enumerate(spec.actions):
        own = mask[begin : begin + size] if spec.has_mask else np.ones(size, bool)
        names = spec.action_names[head] if spec.action_names else ()
        idle = names.index("noop") if "noop" in names else 0
        chosen.append(idle if own[idle] else int(own.argmax()))
        begin += size
    return np.array(chosen, np.int32)
