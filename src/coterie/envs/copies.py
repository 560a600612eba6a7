"""Copies: N copies of a foreign environment side by side, with the interface native worlds have."""

import ctypes
import hashlib
import struct
import traceback
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from coterie.config import ConfigError
from coterie.envs.guests import Guest, View, guest
from coterie.envs.reading import Odd

SEED_BITS = 31  # many environments hand their seed to a C int
MASK64 = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of the copies besides their number."""

    name: str
    make: Callable[[], Any]
    max_steps: int = 0  # a clock of the batch, 0 = the environment's own only
    statistics: tuple[str, ...] = ()


@dataclass(slots=True)
class Life:
    """Where one copy stands. S seats."""

    guest: Guest
    returns: np.ndarray  # float32 [S], of the episode under way
    scored: np.ndarray  # float32 [S], of seats that start anew by themselves: their first in it
    over: np.ndarray  # bool [S], which have ended that
    seed: int = 0
    episode: int = 0
    steps: int = 0
    limit: int = 0
    finished: list[dict[str, Any]] = field(default_factory=list)


class Copies:
    """What a Batch drives where no native game is: the same buffers, seeds and ends, stepped in Python.

    Rows as in Batch: row = copy * S + seat. Episode e of copy w starts by a reset with the lowest 31 bits of
    its seed, which depends on the batch's seed, w and e alone. An environment that raises, or gives what its
    spaces do not allow, is a ConfigError that names copy, step and seed.
    """

    def __init__(self, wish: Wish, *, worlds: int, seed: int, threads: int, desync: bool) -> None:
        if worlds < 1 or threads < 1:
            raise ConfigError("worlds and threads must be at least 1")
        self.wish, self.worlds, self.seed, self.desync = wish, worlds, seed, desync
        envs: list[Any] = []
        self.lives = [self.made(w, envs) for w in range(worlds)]
        self.first = self.lives[0].guest
        self.seats, self.sizes = self.first.seats, self.first.choices.sizes
        reader, rows, heads = self.first.reader, worlds * self.seats, len(self.sizes)
        self.seen = np.zeros((rows, *reader.shape), reader.dtype)
        self.finals = np.zeros_like(self.seen)
        self.chosen = np.zeros((rows, heads), np.int32)
        self.earned = np.zeros(rows, np.float32)
        self.ended, self.cut = np.zeros(rows, np.uint8), np.zeros(rows, np.uint8)
        self.allowed = np.ones((rows, sum(self.sizes) if self.first.has_mask else 0), np.uint8)
        self.all_allowed = np.ones((self.seats, sum(self.sizes)), np.bool_)

    def made(self, w: int, envs: list[Any]) -> Life:
        """Copy w, new."""
        try:
            env = self.wish.make()
            if any(env is other for other in envs):
                raise Odd("gave the same environment twice; each copy needs one of its own")
            envs.append(env)
            one = guest(env)
        except Exception as error:
            raise ConfigError(f"{self.wish.name}: copy {w}: {said('its making', error)}") from error
        weakref.finalize(self, one.close)
        zeros = np.zeros(one.seats, np.float32)
        return Life(one, zeros, zeros.copy(), np.zeros(one.seats, np.bool_))

    def spec(self) -> dict[str, Any]:
        """The fields of `games.batch.Spec`; choices have their numbers for names."""
        names = self.wish.statistics
        reader = self.first.reader
        return {
            "seats": self.seats,
            "observation_shape": reader.shape,
            "observation_is_float": reader.dtype is np.float32,
            "actions": self.sizes,
            "action_names": tuple(tuple(str(number) for number in range(size)) for size in self.sizes),
            "has_mask": self.first.has_mask,
            "max_steps": self.wish.max_steps or self.first.max_steps,
            "usual_steps": 0,
            "statistics": names if self.first.is_single else (),
            "seat_statistics": () if self.first.is_single else names,
        }

    def observations(self) -> np.ndarray:
        return self.seen

    def final_observations(self) -> np.ndarray:
        return self.finals

    def actions(self) -> np.ndarray:
        return self.chosen

    def rewards(self) -> np.ndarray:
        return self.earned

    def terminals(self) -> np.ndarray:
        return self.ended

    def truncations(self) -> np.ndarray:
        return self.cut

    def masks(self) -> np.ndarray:
        return self.allowed

    def labels(self) -> np.ndarray:
        return np.zeros((0, len(self.sizes)), np.int32)

    def point_observations(self, address: int) -> None:
        """From now on observations are written there, into memory of the same size."""
        memory = (ctypes.c_uint8 * self.seen.nbytes).from_address(address)
        self.seen = np.ctypeslib.as_array(memory).view(self.seen.dtype).reshape(self.seen.shape)

    def view(self, w: int) -> View:
        """The rows of one copy."""
        rows = slice(w * self.seats, (w + 1) * self.seats)
        return View(
            observations=self.seen[rows],
            finals=self.finals[rows],
            rewards=self.earned[rows],
            terminals=self.ended[rows].view(np.bool_),
            truncations=self.cut[rows].view(np.bool_),
            masks=self.allowed[rows].view(np.bool_) if self.first.has_mask else self.all_allowed,
        )

    def reset(self, seed: int | None) -> None:
        """Every copy starts its first episode; with a seed, the copies become that seed's."""
        self.seed = self.seed if seed is None else seed
        for w, life in enumerate(self.lives):
            life.episode, life.finished = 0, []
            self.start_episode(w, self.next_seed(w))
            length = self.wish.max_steps or life.guest.max_steps
            if self.desync and length > 1:
                life.limit = 1 + mixed(self.seed, w, 1) % length

    def start_episode(self, w: int, seed: int) -> None:
        """The copy starts the episode of that seed now."""
        view = self.view(w)
        for row in (view.rewards, view.terminals, view.truncations):
            row[:] = 0
        self.lives[w].returns[:] = 0
        self.start(w, seed, self.lives[w].guest.reset)

    def start(self, w: int, seed: int, verb: Callable[[int, View], None]) -> None:
        """The copy shows the first step of an episode; rewards and ends stay as they are."""
        life = self.lives[w]
        life.seed, life.steps, life.limit = seed, 0, self.wish.max_steps
        life.over[:] = False
        if not life.guest.starts_anew:
            life.returns[:] = 0
        try:
            verb(seed % 2**SEED_BITS, self.view(w))
        except Exception as error:
            raise self.blame(w, "reset", error) from error

    def next_seed(self, w: int) -> int:
        return mixed(self.seed, w, 2 * self.lives[w].episode)

    def step(self) -> None:
        self.begin(0, self.worlds)

    def begin(self, first: int, count: int) -> None:
        """Steps these copies, one after the other; there is nothing to `wait` for then."""
        self.check_actions(slice(first * self.seats, (first + count) * self.seats))
        for w in range(first, first + count):
            self.step_one(w)

    def wait(self) -> None:
        """All that was begun is done already."""

    def step_one(self, w: int) -> None:
        life, view = self.lives[w], self.view(w)
        life.steps += 1
        try:
            is_over = life.guest.step(self.chosen[w * self.seats : (w + 1) * self.seats], view)
        except Exception as error:
            raise self.blame(w, "step", error) from error
        life.returns += view.rewards
        is_cut = not is_over and 0 < life.limit <= life.steps
        if is_cut:
            view.truncations[:] = ~view.terminals
            view.finals[:] = view.observations
        if life.guest.starts_anew:
            ended = view.terminals | view.truncations
            new = ended & ~life.over
            life.scored[new] = life.returns[new]
            life.returns[ended] = 0
            life.over |= ended
        if is_over or is_cut:
            self.finish(w, view)
            life.episode += 1
            self.start(w, self.next_seed(w), life.guest.reset if is_cut else life.guest.go_on)

    def finish(self, w: int, view: View) -> None:
        """Note the episode that is over."""
        life = self.lives[w]
        told = life.guest.told(self.wish.statistics)
        empty = np.zeros((self.seats, 0), np.float32)
        is_single = life.guest.is_single
        life.finished.append(
            {
                "world": np.int32(w),
                "seed": np.uint64(life.seed),
                "length": np.int32(life.steps),
                "truncated": np.uint8(view.truncations.any()),
                "returns": self.episode_returns(w),
                "statistics": told[0] if is_single else empty[0],
                "seat_statistics": empty if is_single else told,
            }
        )

    def check_actions(self, rows: slice) -> None:
        """Refuse a choice that a head has not, or that its mask forbids."""
        chosen, masks = self.chosen[rows], self.allowed[rows]
        wrong = (chosen < 0) | (chosen >= np.array(self.sizes))
        why = "is no choice of {size}"
        if not wrong.any() and self.first.has_mask:
            first = np.cumsum((0, *self.sizes[:-1]))
            wrong = np.take_along_axis(masks, chosen.astype(np.int64) + first, axis=1) == 0
            why = "is masked out in this state"
        if wrong.any():
            row, head = (int(place[0]) for place in np.nonzero(wrong))
            at = rows.start + row
            raise ConfigError(
                f"actions[{at}, {head}] (world {at // self.seats}, seat {at % self.seats}): "
                f"{chosen[row, head]} {why.format(size=self.sizes[head])}"
            )

    def blame(self, w: int, call: str, error: Exception) -> ConfigError:
        life = self.lives[w]
        when = f"step {life.steps} of" if call == "step" else "the start of"
        seed = f"the episode of seed {life.seed % 2**SEED_BITS}"
        return ConfigError(f"{self.wish.name}: copy {w}, {when} {seed}: {said(call, error)}")

    def episodes(self) -> dict[str, np.ndarray]:
        """The finished episodes as arrays, one row an episode, those of a copy in order of their end."""
        found = [one for life in self.lives for one in life.finished]
        for life in self.lives:
            life.finished = []
        p, q = self.statistic_counts()
        shapes: dict[str, tuple[Any, tuple[int, ...]]] = {
            "world": (np.int32, ()),
            "seed": (np.uint64, ()),
            "length": (np.int32, ()),
            "truncated": (np.uint8, ()),
            "returns": (np.float32, (self.seats,)),
            "statistics": (np.float32, (p,)),
            "seat_statistics": (np.float32, (self.seats, q)),
        }
        return {
            name: np.array([one[name] for one in found], dtype).reshape(len(found), *shape)
            for name, (dtype, shape) in shapes.items()
        }

    def statistic_counts(self) -> tuple[int, int]:
        """How many there are of the episode, and of each seat."""
        count = len(self.wish.statistics)
        return (count, 0) if self.first.is_single else (0, count)

    def episode_seed(self, w: int) -> int:
        return self.lives[w].seed

    def episode_step(self, w: int) -> int:
        return self.lives[w].steps

    def episode_returns(self, w: int) -> np.ndarray:
        life = self.lives[w]
        return np.where(life.over, life.scored, life.returns)

    def statistics(self, w: int) -> list[float]:
        """Of the episode under way: the episode's, then each seat's."""
        return self.lives[w].guest.told(self.wish.statistics).ravel().tolist()

    def save(self, w: int) -> bytes:
        """Which episode the copy plays; what it is made of stays inside it."""
        return struct.pack("<QQ", self.lives[w].episode, self.seed & MASK64)

    def restore(self, w: int, saved: bytes) -> None:
        """The copy starts the episode after the saved one."""
        if len(saved) != struct.calcsize("<QQ"):
            raise ValueError("the saved world belongs to another game")
        episode, self.seed = struct.unpack("<QQ", saved)
        self.lives[w].episode = episode + 1
        self.start_episode(w, self.next_seed(w))

    def hash(self, w: int) -> int:
        """64 bits of what can be known from outside: seed, step, and what the seats see."""
        life = self.lives[w]
        known = struct.pack("<QQ", life.seed & MASK64, life.steps) + self.view(w).observations.tobytes()
        return int.from_bytes(hashlib.blake2b(known, digest_size=8).digest(), "little")

    def text(self, w: int) -> str:
        return self.lives[w].guest.text()

    def snapshot(self, w: int) -> str:
        return "{}"

    def teach(self, name: str, briefing: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        raise ValueError(f"the native team '{name}' plays native games, and not {self.wish.name}")


def said(call: str, error: Exception) -> str:
    """What went wrong in a call: our own sentence, or the exception and the line that raised it."""
    if isinstance(error, Odd):
        return f"{call} {error}"
    if isinstance(error, ConfigError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{call} raised {type(error).__name__}: {error}{where}"


def mixed(seed: int, w: int, number: int) -> int:
    """64 bits of three numbers (the finalizer of SplitMix64, Steele, Lea and Flood 2014)."""
    state = 0
    for part in (seed, w, number):
        state = (state + part + 0x9E3779B97F4A7C15) & MASK64
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK64
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK64
        state ^= state >> 31
    return state
