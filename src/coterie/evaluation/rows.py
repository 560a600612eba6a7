"""Rows of a simulation: its episodes, seats and statistics as columns for the tables of a store."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # it brings torch along, which whoever only reads a store does without
    from coterie.evaluation.simulation import Simulation

Frame = dict[str, np.ndarray]  # columns of equal length, by name
NOBODY = -1  # where a number belongs to no single policy, or to no single seat


def episode_ids(simulation: "Simulation") -> np.ndarray:
    """int64 [E], 63 bits that differ whenever two episodes do in settings, seeds or who sat where."""
    config, names = simulation.config, simulation.policies
    order = np.argsort(np.array(names, dtype=object), kind="stable")
    said = [config.title, config.suite, config.mission, *config.variants, setting_text(simulation)]
    digest = hashed(json.dumps([said, sorted(names)]))
    rank = np.argsort(order).astype(np.uint64)
    ids = np.full(len(simulation.episodes), digest, dtype=np.uint64)
    for column in (simulation.episodes.seed, simulation.map_seeds, *rank[simulation.seats].T):
        ids = mixed(ids ^ column.astype(np.uint64))
    return (ids >> np.uint64(1)).astype(np.int64)


def mixed(values: np.ndarray) -> np.ndarray:
    """A one-to-one shuffle of 64-bit numbers, uint64 [n] (SplitMix64, Steele et al. 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def hashed(text: str) -> int:
    """63 bits of a text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def setting_text(simulation: "Simulation") -> str:
    return json.dumps(simulation.config.settings, sort_keys=True, default=str)


def shared(simulation: "Simulation") -> dict[str, Any]:
    """What all its episodes have in common, by the columns of `episodes`."""
    config = simulation.config
    return {
        "policy_uri": " + ".join(simulation.policies),
        "simulation": config.title,
        "suite": config.suite,
        "mission": config.mission,
        "variants": " ".join(config.variants),
        "settings": setting_text(simulation),
        "seats": simulation.episodes.spec.seats,
        "created_at": datetime.now(UTC).replace(tzinfo=None),
    }


def episode_rows(simulation: "Simulation", ids: np.ndarray) -> Frame:
    """What each has of its own, by the other columns."""
    episodes = simulation.episodes
    return {
        "id": ids,
        "episode_idx": flat(simulation.numbers.astype(np.int64)),
        "seed": flat(episodes.seed.astype(np.uint64)),
        "map_seed": flat(simulation.map_seeds.astype(np.uint64)),
        "reward": episodes.returns.mean(axis=1, dtype=np.float64),
        "length": flat(episodes.length.astype(np.int32)),
        "truncated": flat(episodes.truncated),
    }


def agent_rows(simulation: "Simulation", ids: np.ndarray) -> Frame:
    """One row a seat; `policy` is an index into the simulation's."""
    count, seats = simulation.seats.shape
    return {
        "episode_id": np.repeat(ids, seats),
        "agent": np.tile(np.arange(seats, dtype=np.int32), count),
        "policy": flat(simulation.seats.astype(np.int32)),
        "reward": flat(simulation.episodes.returns),
        "timeouts": flat(simulation.timeouts.astype(np.int32)),
    }


def numbers(
    simulation: "Simulation", ids: np.ndarray, *, per_agent: bool
) -> Iterator[tuple[tuple[str, ...], Frame, np.ndarray]]:
    """(K names, keys of n rows, numbers [n, K]): statistics of the game, of each policy, of each seat."""
    spec, own = simulation.episodes.spec, simulation.episodes.seat_statistics
    yield spec.statistics, keys(ids, NOBODY), simulation.episodes.statistics
    names = tuple(f"seat/{name}" for name in spec.seat_statistics)
    for policy in range(len(simulation.policies)):
        held = (simulation.seats == policy).astype(np.float32)
        counts = held.sum(axis=1)
        there = counts > 0
        means = np.matmul((held / np.maximum(counts, 1)[:, None])[:, None, :], own)[:, 0]
        yield names, keys(ids[there], policy), means[there]
    if per_agent:
        rows = agent_rows(simulation, ids)
        yield names, {key: rows[key] for key in keys(ids, NOBODY)}, own.reshape(-1, len(names))


def keys(ids: np.ndarray, policy: int) -> Frame:
    """Whose the numbers of a row are."""
    same = np.full(len(ids), policy, dtype=np.int32)
    return {"episode_id": ids, "policy": same, "agent": np.full_like(same, NOBODY)}


def step_rows(
    episode_id: int, actions: np.ndarray, rewards: np.ndarray, observations: np.ndarray | None
) -> Frame:
    """One row a step and seat, actions in a column for each head, observations in hexadecimal digits."""
    steps, seats = rewards.shape
    heads = actions.reshape(steps * seats, -1)
    frame: Frame = {
        "episode_id": np.full(steps * seats, episode_id),
        "agent_id": np.tile(np.arange(seats, dtype=np.int32), steps),
        "step": np.repeat(np.arange(steps, dtype=np.int32), seats),
        "reward": flat(rewards),
    }
    if observations is not None:
        seen = np.ascontiguousarray(observations).reshape(steps * seats, -1)
        frame["observation"] = texts([row.tobytes().hex() for row in seen])
    return frame | {f"k{k}": np.ascontiguousarray(heads[:, k]) for k in range(heads.shape[1])}


def flat(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).reshape(-1)


def texts(values: Any) -> np.ndarray:
    """An object array [n], whatever the items are."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column
