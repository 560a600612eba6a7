"""Batch: many worlds of one game side by side, as stable numpy views of native buffers."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from coterie import native
from coterie.config import Config, ConfigError, choose
from coterie.games import bots


class GameConfig(Config):
    """Configuration of one game; `game` names the native rules it configures."""

    game: ClassVar[str]
    can_be_saved: ClassVar[bool] = True  # else `save` keeps no state and `restore` begins anew

    def engine(self, **options: Any) -> Any:
        """What a batch drives, made of `worlds`, `seed`, `threads` and `desync`: the native rules of `game`.

        `envs.copies` is another engine with the same methods.
        """
        choose("native game", self.game, native.games())
        return native.make(self.game, self.native(), **options)

    def native(self) -> dict[str, Any]:
        """The values the native game reads, by the names of its field table."""
        return self.model_dump()

    def sight(self) -> "Sight | None":
        """What the numbers of an observation stand for; None where they have no names."""
        return None

    def seat_teams(self) -> tuple[str, ...]:
        """The team of each of S seats; empty where the game has no teams."""
        return ()

    def describe(self) -> list[tuple[str, list[str]]]:
        """The rules as a person wants to read them: titles of sections, each with its lines."""
        return []


@dataclass(frozen=True, slots=True)
class Sight:
    """What the numbers of an observation stand for, so that it can be matched by name.

    `tokens` are bytes (location, feature, value), location = row * 16 + column of the window, 254 for what is
    of no cell, 255 for padding; an amount is written in digits to `base`, its second digit under `NAME:p1`.
    `planes` are bytes [feature, row, column], a plane for each feature and tag. `tiles` are [row, column].
    A `vector` is one row of floats, each of them a feature.
    """

    view: Literal["tokens", "planes", "tiles", "vector"]
    height: int
    width: int
    features: tuple[str, ...]
    normalizations: tuple[float, ...]  # what each feature's value is divided by to be about 1
    tags: tuple[str, ...]  # the values of the feature `tag`
    base: int


@dataclass(frozen=True, slots=True)
class Spec:
    """Shapes and names of a configured game. S seats, K action heads."""

    seats: int
    observation_shape: tuple[int, ...]
    observation_is_float: bool
    actions: tuple[int, ...]
    action_names: tuple[tuple[str, ...], ...]
    has_mask: bool
    max_steps: int  # the clock: where the batch truncates, 0 = never
    usual_steps: int  # of an episode that the rules end, 0 = not known
    statistics: tuple[str, ...]
    seat_statistics: tuple[str, ...]
    sight: Sight | None = None

    @property
    def observation_dtype(self) -> type:
        return np.float32 if self.observation_is_float else np.uint8


@dataclass(frozen=True, slots=True)
class Episodes:
    """E finished episodes, one row each; a statistic that did not happen is 0, never missing.

    `returns` [E, S], `statistics` [E, P] and `seat_statistics` [E, S, Q] are float32, in the order of the
    spec's names.
    """

    spec: Spec
    world: np.ndarray
    seed: np.ndarray
    length: np.ndarray
    truncated: np.ndarray
    returns: np.ndarray
    statistics: np.ndarray
    seat_statistics: np.ndarray

    def __len__(self) -> int:
        return len(self.length)

    def take(self, index: np.ndarray) -> "Episodes":
        """Those with the numbers `index` [E'], in its order."""
        return Episodes(self.spec, *(getattr(self, name)[index] for name in COLUMNS))

    def named(self, i: int) -> dict[str, float]:
        """Statistics of episode `i` by name; those of seats are their mean, under `seat/`."""
        values = dict(zip(self.spec.statistics, self.statistics[i].tolist(), strict=True))
        means = self.seat_statistics[i].mean(axis=0).tolist()
        return values | {f"seat/{name}": v for name, v in zip(self.spec.seat_statistics, means, strict=True)}


COLUMNS = tuple(field.name for field in fields(Episodes) if field.name != "spec")


def joined(parts: Sequence[Episodes]) -> Episodes:
    """Episodes of one spec, the first part's first; at least one part."""
    return Episodes(parts[0].spec, *(np.concatenate([getattr(p, name) for p in parts]) for name in COLUMNS))


class Batch:
    """N worlds of one game. Rows are agents: row = world * S + seat, A = N * S in all.

    `observations` [A, ...], `actions` [A, K] int32, `rewards` [A] float32, `terminals` and `truncations` [A]
    bool, `masks` [A, sum of K sizes] bool, `final_observations` (rows of worlds that ended in the last step
    hold what their last step showed; `observations` already shows the next episode). All are views that never
    move, except `observations` after `observe_into`. After `teach`, `labels` [A, K] int32 say what the
    teacher would do upon `observations`; before, they are [0, K].

    A world's history depends on its seed alone: not on `threads`, nor on how many worlds there are. Episode e
    of world w has the seed `episode_seed(w)`, from which `start_episode` plays it again. With `desync` the
    first episode of each world is truncated at a random step of its clock, so that not all end at once.

    `recorders` are called when a world's tape asks for it (native/tape.h), and where an episode is started.
    """

    def __init__(
        self, config: GameConfig, worlds: int = 1, seed: int = 0, threads: int = 1, *, desync: bool = False
    ) -> None:
        self.config = config
        self.worlds = worlds
        try:
            self.native = config.engine(worlds=worlds, seed=seed % 2**64, threads=threads, desync=desync)
            self.native.reset(None)
        except ValueError as error:
            raise ConfigError(str(error)) from None
        self.observations: np.ndarray = self.native.observations()
        self.final_observations: np.ndarray = self.native.final_observations()
        self.actions: np.ndarray = self.native.actions()
        self.rewards: np.ndarray = self.native.rewards()
        self.terminals: np.ndarray = self.native.terminals().view(np.bool_)
        self.truncations: np.ndarray = self.native.truncations().view(np.bool_)
        self.masks: np.ndarray = self.native.masks().view(np.bool_)
        self.labels: np.ndarray = self.native.labels()
        self.recorders: list[Callable[[], None]] = []

    @cached_property
    def spec(self) -> Spec:
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in self.native.spec().items()
        }
        values["action_names"] = tuple(tuple(names) for names in values["action_names"])
        return Spec(**values, sight=self.config.sight())

    @property
    def rows(self) -> int:
        return self.worlds * self.spec.seats

    @cached_property
    def seats(self) -> np.ndarray:
        """Seat of each row, int32 [A]."""
        return np.tile(np.arange(self.spec.seats, dtype=np.int32), self.worlds)

    def reset(self, seed: int | None = None) -> None:
        """All worlds start their first episode."""
        self.native.reset(None if seed is None else seed % 2**64)
        self.call_recorders()

    def call_recorders(self) -> None:
        for call in self.recorders:
            call()

    def step(self) -> None:
        """All worlds take the step that `actions` say; ended ones start their next episode."""
        if self.native.step():
            self.call_recorders()

    def play(self, teams: bots.Bots, steps: int, worlds: Collection[int]) -> None:
        """Let these worlds take so many steps by themselves, a team of `teams` on all seats of each.

        Where an episode ends its last state stays, and so do `terminals` and `truncations`: start the next.
        """
        is_playing = np.zeros(self.worlds, dtype=np.uint8)
        is_playing[list(worlds)] = 1
        self.native.play(teams.native, steps, is_playing)

    def begin(self, first: int, count: int) -> None:
        """Start stepping worlds first … first + count - 1 on the batch's threads; `wait` completes it.

        With two halves stepped in turn, one half simulates while the policy acts for the other.
        """
        if first < 0 or count < 1 or first + count > self.worlds:
            raise ConfigError(f"worlds {first}..{first + count - 1} are not all within 0..{self.worlds - 1}")
        self.native.begin(first, count)

    def wait(self) -> None:
        """Sleep until the worlds begun are done."""
        if self.native.wait():
            self.call_recorders()

    def observe_into(self, array: np.ndarray) -> None:
        """From now on observations are written into `array` (same shape and dtype, C order)."""
        want = self.observations
        if array.shape != want.shape or array.dtype != want.dtype or not array.flags.c_contiguous:
            raise ConfigError(
                f"observations need a C-contiguous {want.dtype} array of shape {want.shape}, "
                f"got {array.dtype} {array.shape}{'' if array.flags.c_contiguous else ', not contiguous'}"
            )
        if not array.flags.writeable:
            raise ConfigError("observations need a writable array")
        self.native.point_observations(array.ctypes.data)
        self.observations = array

    def teach(self, name: str, options: Mapping[str, int | bool]) -> None:
        """Give the batch a teacher: the native team `name`, one for each world, from the present step on.

        It sees every observation, whoever acts. `save` and `restore` hold its memory too; `hash` does not.
        """
        briefing = bots.briefing(name, self.spec)
        try:
            self.native.teach(name, briefing, dict(options))
        except ValueError as error:
            raise ConfigError(str(error)) from None
        self.labels = self.native.labels()

    def episodes(self) -> Episodes:
        """Episodes finished since last asked, world by world in order of their end."""
        values = self.native.episodes()
        values["truncated"] = values["truncated"].view(np.bool_)
        return Episodes(spec=self.spec, **values)

    def save(self, world: int) -> bytes:
        """Everything one world is made of; `restore` continues its episode exactly, in any batch.

        Which episodes follow is up to where it is restored: the batch's seed and the world's number.
        """
        return self.native.save(world)

    def restore(self, world: int, saved: bytes) -> None:
        """The world becomes the saved one, and its rows of `observations` show it."""
        self.native.restore(world, saved)

    def copy_world(self, source: int, target: int) -> None:
        self.native.restore(target, self.native.save(source))

    def hash(self, world: int) -> int:
        """64 bits that differ whenever two states of an episode do, wherever it is played."""
        return self.native.hash(world)

    def text(self, world: int) -> str:
        """The world drawn for people, "" if the game draws nothing."""
        return self.native.text(world)

    def snapshot(self, world: int) -> dict[str, Any]:
        """The world as plain data for viewers and tests, {} if the game gives none.

        A game with a map tells its `tiles`, `agents`, `objects`, `teams` and their names; others a `scene`,
        which changes, and its `scenery`, which an episode leaves as it is.
        """
        return json.loads(self.native.snapshot(world))

    def start_episode(self, world: int, seed: int) -> None:
        """The world starts the episode of that seed now."""
        self.native.start_episode(world, seed % 2**64)
        self.call_recorders()

    def episode_seed(self, world: int) -> int:
        return self.native.episode_seed(world)

    def episode_step(self, world: int) -> int:
        """Steps taken in the world's present episode."""
        return self.native.episode_step(world)

    def episode_returns(self, world: int) -> np.ndarray:
        """Sum of rewards so far in the present episode, float32 [S]."""
        return np.asarray(self.native.episode_returns(world), dtype=np.float32)

    def statistics(self, world: int) -> tuple[dict[str, float], list[dict[str, float]]]:
        """Statistics of the present episode so far: by name, and by name for each seat."""
        names, seat_names = self.spec.statistics, self.spec.seat_statistics
        values = self.native.statistics(world)
        own, rest = values[: len(names)], values[len(names) :]
        seats = [
            dict(zip(seat_names, rest[s * len(seat_names) : (s + 1) * len(seat_names)], strict=True))
            for s in range(self.spec.seats)
        ]
        return dict(zip(names, own, strict=True)), seats
