"""Reading: foreign observations as rows of numbers, and rows of choices as foreign actions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from coterie.config import ConfigError

MASK = "action_mask"
MOST = 1 << 24  # numbers in one observation: 64 MB a row, more than any rollout could hold
NUMBERS = "biuf"


class Odd(ValueError):
    """Something an environment gave that its spaces or its interface do not allow."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One simple space inside an observation, and where its numbers stand in the row."""

    path: tuple[Any, ...]  # keys of Dicts and places in Tuples that lead to it
    space: spaces.Space[Any]
    place: slice

    @property
    def name(self) -> str:
        return "observation" + "".join(f"[{key!r}]" for key in self.path)


class Reader:
    """Writes observations of a space into a row of `shape` and `dtype`.

    A Box alone keeps its shape; uint8 stays uint8, all other numbers become float32. Every other space is one
    float32 vector: the parts of a Dict in the order of its space (Gymnasium sorts a plain dict's keys), those
    of a Tuple in theirs, each flattened in C order. Discrete and MultiDiscrete are one-hot, MultiBinary is 0
    and 1, and bytes (uint8) within a Dict or Tuple are divided by 255. The `action_mask` of a Dict is no part
    of it: `has_mask` says that there is one.
    """

    def __init__(self, space: Any) -> None:
        self.has_mask = isinstance(space, spaces.Dict) and MASK in space.spaces
        self.leaves: list[Leaf] = []
        seen = within(space, ())
        for path, one in (part for part in seen if not (self.has_mask and part[0][:1] == (MASK,))):
            first = self.leaves[-1].place.stop if self.leaves else 0
            self.leaves.append(Leaf(path, one, slice(first, first + size_of(one, path))))
        self.size = self.leaves[-1].place.stop if self.leaves else 0
        if not 0 < self.size <= MOST:
            raise ConfigError(
                f"its observation space {space} makes {self.size} numbers; 1 to {MOST} would do"
            )
        alone = self.leaves[0].space if len(self.leaves) == 1 else None
        is_box = isinstance(alone, spaces.Box)
        self.is_bytes = is_box and alone.dtype == np.uint8  # type: ignore[union-attr]
        self.shape: tuple[int, ...] = (alone.shape or (1,)) if is_box else (self.size,)  # type: ignore
        self.dtype: type = np.uint8 if self.is_bytes else np.float32

    def __call__(self, observation: Any, row: np.ndarray) -> None:
        """Write it into `row`; an Odd says what does not fit its space."""
        if self.is_bytes:
            row[...] = numbers(self.leaves[0], part_of(observation, self.leaves[0])).reshape(self.shape)
            return
        flat = row.reshape(-1)
        for leaf in self.leaves:
            write(leaf, part_of(observation, leaf), flat[leaf.place])
            if len(self.leaves) > 1 and leaf.space.dtype == np.uint8 and isinstance(leaf.space, spaces.Box):
                flat[leaf.place] *= 1 / 255


def within(space: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The simple spaces in a space with the paths to them, in order."""
    if isinstance(space, spaces.Dict):
        for key, part in space.spaces.items():
            yield from within(part, (*path, key))
    elif isinstance(space, spaces.Tuple):
        for place, part in enumerate(space.spaces):
            yield from within(part, (*path, place))
    else:
        yield path, space


def size_of(space: Any, path: tuple[Any, ...]) -> int:
    """How many numbers a simple space becomes; a ConfigError for one that has no fixed number of them."""
    if isinstance(space, spaces.Box) and space.dtype is not None and space.dtype.kind in NUMBERS:
        return int(np.prod(space.shape))
    if isinstance(space, spaces.MultiBinary):
        return int(np.prod(space.shape))
    if isinstance(space, spaces.Discrete):
        return int(space.n)
    if isinstance(space, spaces.MultiDiscrete):
        return int(np.sum(space.nvec))
    at = "".join(f"[{key!r}]" for key in path)
    raise ConfigError(
        f"its observation space{at} is {foreign_name(space)}; coterie reads Box, Discrete, MultiDiscrete and "
        "MultiBinary of Gymnasium, and Dict and Tuple of these"
    )


def foreign_name(space: Any) -> str:
    """The space, with the library it is of where that is not Gymnasium."""
    library = type(space).__module__.partition(".")[0]
    return str(space) if library == "gymnasium" else f"{library}'s {type(space).__name__}"


def part_of(observation: Any, leaf: Leaf) -> Any:
    """What an observation holds at a leaf's path."""
    for key in leaf.path:
        try:
            observation = observation[key]
        except (KeyError, IndexError, TypeError):
            raise Odd(f"gave no {leaf.name}, which its space has") from None
    return observation


def numbers(leaf: Leaf, value: Any) -> np.ndarray:
    """A leaf's value as finite numbers of its shape, which bytes have room for where it is made of bytes."""
    array, shape = np.asarray(value), leaf.space.shape
    if array.dtype.kind not in NUMBERS:
        raise Odd(f"gave {leaf.name} of {array.dtype}, and not numbers")
    if array.shape != shape:
        raise Odd(f"gave {leaf.name} of shape {array.shape}, its space has {shape}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise Odd(f"gave {leaf.name} with {'NaN' if np.isnan(array).any() else 'an infinite number'} in it")
    if leaf.space.dtype == np.uint8 != array.dtype and array.size and (array.min() < 0 or array.max() > 255):
        raise Odd(f"gave {leaf.name} from {array.min()} to {array.max()}, its space is of bytes")
    return array


def write(leaf: Leaf, value: Any, row: np.ndarray) -> None:
    """The numbers of a leaf's value into their place, float32 [size]."""
    space = leaf.space
    if isinstance(space, spaces.Discrete | spaces.MultiDiscrete):
        sizes = np.atleast_1d(getattr(space, "nvec", getattr(space, "n", 0))).ravel()
        chosen = numbers(leaf, value).ravel() - np.ravel(getattr(space, "start", 0))
        if (chosen < 0).any() or (chosen >= sizes).any() or (chosen != np.floor(chosen)).any():
            raise Odd(f"gave {leaf.name} = {value}, its space is {space}")
        row[:] = 0.0
        row[np.cumsum(sizes) - sizes + chosen.astype(np.int64)] = 1.0
        return
    given = numbers(leaf, value).ravel()
    if given.dtype != np.float64:
        row[:] = given
        return
    with np.errstate(over="ignore"):
        row[:] = given
    if not np.isfinite(row).all():
        raise Odd(f"gave {leaf.name} with numbers too large for float32")


class Choices:
    """An action space as K heads of choices: one for Discrete, one for each number of a MultiDiscrete."""

    def __init__(self, space: Any) -> None:
        if not isinstance(space, spaces.Discrete | spaces.MultiDiscrete):
            raise ConfigError(
                f"its action space is {foreign_name(space)}; coterie chooses in Gymnasium's Discrete and "
                "MultiDiscrete, so a wrapper would have to make choices of it"
            )
        self.space = space
        self.starts = np.ravel(getattr(space, "start", 0)).astype(np.int64)
        counts = [space.n] if isinstance(space, spaces.Discrete) else space.nvec.ravel()
        self.sizes = tuple(int(count) for count in counts)
        self.is_single = isinstance(space, spaces.Discrete)

    def __call__(self, row: np.ndarray) -> Any:
        """The action of a row of choices, int32 [K], as the environment takes it."""
        if self.is_single:
            return int(row[0]) + int(self.starts[0])
        return (row + self.starts).reshape(self.space.shape).astype(self.space.dtype)

    def write_mask(self, mask: Any, row: np.ndarray) -> None:
        """An action mask into `row`, bool [sum of K sizes]; K heads are a tuple of arrays or all in one."""
        parts = [np.ravel(part) for part in mask] if isinstance(mask, tuple | list) else [np.ravel(mask)]
        flat = np.concatenate(parts) if parts else np.zeros(0)
        if flat.size != row.size or flat.dtype.kind not in NUMBERS:
            raise Odd(f"gave an action_mask of {flat.size} {flat.dtype}, there are {row.size} choices")
        row[:] = flat != 0
        first = 0
        for head, size in enumerate(self.sizes):
            if not row[first : first + size].any():
                of = "" if len(self.sizes) == 1 else f" for head {head}"
                raise Odd(f"gave an action_mask that allows nothing{of}")
            first += size
