"""Spaces: a game's shapes, masks and choices in Gymnasium's words, which every face here shares."""

from typing import Any, Literal, TypeAlias

import numpy as np
from gymnasium import spaces

from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch, GameConfig, Spec

ActionMask: TypeAlias = np.ndarray | tuple[np.ndarray, ...]
Illegal: TypeAlias = Literal["refuse", "replace"]
RenderMode: TypeAlias = Literal["ansi"] | None


def config_of(mission: str | GameConfig) -> GameConfig:
    """The config itself, or that of a mission of the catalogue."""
    return catalog.make(mission) if isinstance(mission, str) else mission


def check_choices(illegal: str, render_mode: str | None = None) -> None:
    """Refuse what no face can do."""
    if illegal not in ("refuse", "replace"):
        raise ConfigError(f"illegal is {illegal!r}, it can be 'refuse' or 'replace'")
    if render_mode not in ("ansi", None):
        raise ConfigError(f"render_mode is {render_mode!r}, it can be 'ansi' (text) or None")


def observation_space(spec: Spec) -> spaces.Box:
    """What one seat sees: any bytes, or any float32 numbers."""
    if spec.observation_is_float:
        return spaces.Box(-np.inf, np.inf, spec.observation_shape, np.float32)
    return spaces.Box(0, 255, spec.observation_shape, np.uint8)


def action_space(spec: Spec) -> spaces.Discrete | spaces.MultiDiscrete:
    """What one seat chooses: Discrete for one action head, MultiDiscrete for K."""
    if len(spec.actions) == 1:
        return spaces.Discrete(spec.actions[0])
    return spaces.MultiDiscrete(np.array(spec.actions, dtype=np.int64))


def action_mask(spec: Spec, row: np.ndarray) -> ActionMask:
    """A row of masks, bool [sum of K sizes], copied into what `action_space(spec).sample` takes.

    One head: int8 [n]. K heads: a tuple of K such arrays.
    """
    heads = np.split(row, np.cumsum(spec.actions)[:-1])
    return heads[0].astype(np.int8) if len(heads) == 1 else tuple(head.astype(np.int8) for head in heads)


def as_actions(actions: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Whole numbers in `shape`; anything else is refused rather than rounded."""
    given = np.asarray(actions)
    if given.dtype.kind not in "iu" or given.size != np.prod(shape):
        raise ConfigError(
            f"actions: expected whole numbers of shape {shape}, got {given.dtype} {given.shape}"
        )
    return given.reshape(shape)


def replace_illegal(batch: Batch, rows: np.ndarray) -> np.ndarray:
    """In `rows` (bool [A]), put a head's first allowed choice where its mask forbids the chosen one.

    Returns the rows where that happened, bool [A]. A choice that the head does not have stays as it is: the
    batch refuses it.
    """
    replaced = np.zeros(batch.rows, dtype=np.bool_)
    if not batch.spec.has_mask:
        return replaced
    offset = 0
    for k, size in enumerate(batch.spec.actions):
        chosen, allowed = batch.actions[:, k], batch.masks[:, offset : offset + size]
        known = rows & (chosen >= 0) & (chosen < size)
        forbidden = known & ~allowed[np.arange(batch.rows), np.where(known, chosen, 0)]
        chosen[forbidden] = allowed[forbidden].argmax(axis=1)
        replaced |= forbidden
        offset += size
    return replaced
