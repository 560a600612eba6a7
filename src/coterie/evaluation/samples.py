"""Samples: what policies did in simulations, one number a map, as a store tells it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Any

import numpy as np

from coterie.config import ConfigError, nearest
from coterie.evaluation.store import Store

Key = tuple[Any, ...]  # the values of COLUMN or of ROW

ALWAYS = {"return": "r.reward", "length": "e.length", "timeouts": "r.timeouts"}

# What makes a column (a simulation) and a row (a policy, beside whom) of a table, as columns of episodes.
COLUMN = ("simulation", "suite", "mission", "variants", "settings")
ROW = ("policy", "policy_uri", "share")
UNITS = """
    SELECT e.simulation, e.suite, e.mission, e.variants, e.settings, r.policy, e.policy_uri,
        CASE WHEN r.policy = e.policy_uri THEN 1 ELSE round(r.seats / e.seats, 3) END AS share,
        e.seed, e.map_seed, avg({value})::DOUBLE AS value, avg(r.win)::DOUBLE AS win
    FROM results AS r JOIN episodes AS e ON e.id = r.episode_id {metric}
    WHERE list_contains($simulations, e.simulation) AND list_contains($policies, r.policy)
    GROUP BY ALL ORDER BY ALL"""
METRIC = """
    JOIN (
        SELECT episode_id, policy, numbers[position] AS value FROM measured JOIN metric_names USING (names)
        WHERE agent IS NULL AND name = $name
    ) AS m ON m.episode_id = e.id AND {whose}"""
NAMES = """
    SELECT DISTINCT name FROM metric_names WHERE names IN (
        SELECT DISTINCT names FROM measured JOIN episodes ON id = episode_id
        WHERE list_contains($simulations, simulation))
    ORDER BY name"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One metric of one policy in one simulation, on n maps.

    `together` names all who played in its episodes, "" for a policy on its own. `seeds` uint64 [n, 2], of the
    episode and of its map, each pair once and in order; `values` float64 [n]; `wins` float64 [n], shares of
    wins over those who played in the same episodes, NaN where nobody did.
    """

    policy: str
    simulation: str
    suite: str
    together: str
    seeds: np.ndarray
    values: np.ndarray
    wins: np.ndarray


@dataclass(frozen=True, slots=True)
class Selection:
    """The policies, simulations and metrics of a store that were asked for, by their names."""

    policies: list[str]
    simulations: list[str]
    metrics: list[str]


def select(
    store: Store,
    *,
    policies: Sequence[str] = (),
    simulations: Sequence[str] = (),
    metrics: Sequence[str] = ("return",),
) -> Selection:
    """What globs choose, everything where there is none; a ConfigError for one that chooses nothing."""
    played = store.query("SELECT DISTINCT simulation FROM episodes ORDER BY 1")["simulation"].tolist()
    if not played:
        raise ConfigError(f"store {store.path} holds no episode yet: coterie run and evaluate fill it")
    there = store.query("SELECT DISTINCT policy FROM agents ORDER BY 1")["policy"].tolist()
    chosen = matching(simulations, played, f"store {store.path} has no simulation")
    return Selection(
        matching(policies, there, f"store {store.path} has no policy"),
        chosen,
        matching(metrics, metric_names(store, chosen), "nobody recorded a metric"),
    )


def matching(globs: Sequence[str], names: Sequence[str], what: str) -> list[str]:
    """The names that are one of the globs or match it, glob by glob, each once."""
    found: list[str] = [] if globs else list(names)
    for glob in globs:
        hits = [glob] if glob in names else [name for name in names if fnmatchcase(name, glob)]
        if not hits:
            raise ConfigError(f"{what} '{glob}'; {nearest(glob, names)}")
        found += hits
    return list(dict.fromkeys(found))


def metric_names(store: Store, simulations: Sequence[str]) -> list[str]:
    """Every metric of these simulations, named as `Simulation.measured` takes it."""
    names = store.query(NAMES, {"simulations": list(simulations)})["name"].tolist()
    own = [name.removeprefix("seat/") for name in names if name.startswith("seat/")]
    return [*ALWAYS, *names, *(f"team/{name}" for name in own)]


def read(store: Store, selection: Selection, metric: str) -> list[Sample]:
    """One sample for each policy and simulation that recorded the metric.

    Episodes of one seed on one map are one number, their mean: playing a map again tells nothing new of
    others. A simulation that was played in several ways is several, told apart in the titles.
    """
    value, join, name = source(metric)
    given = {"policies": selection.policies, "simulations": selection.simulations}
    found = store.query(UNITS.format(value=value, metric=join), given | ({"name": name} if join else {}))
    places = boundaries([found[name] for name in (*COLUMN, *ROW)])
    columns: list[Key] = [tuple(found[name][a] for name in COLUMN) for a, _ in places]
    rows: list[Key] = [tuple(found[name][a] for name in ROW) for a, _ in places]
    simulations, policies = column_titles(columns), row_titles(rows)
    return [
        Sample(
            policies[row],
            simulations[column],
            column[1],
            "" if row[0] == row[1] else row[1],
            np.stack([found["seed"][a:b], found["map_seed"][a:b]], axis=1),
            found["value"][a:b],
            found["win"][a:b],
        )
        for (a, b), column, row in zip(places, columns, rows, strict=True)
    ]


def source(metric: str) -> tuple[str, str, str]:
    """SQL of a metric's number and of where it comes from, and the name it was recorded under."""
    if metric in ALWAYS:
        return ALWAYS[metric], "", ""
    scope, _, rest = metric.partition("/")
    if scope == "team":
        return "m.value * r.seats", METRIC.format(whose="m.policy = r.policy"), f"seat/{rest}"
    return (
        "m.value",
        METRIC.format(whose="m.policy = r.policy" if scope == "seat" else "m.policy IS NULL"),
        metric,
    )


def boundaries(columns: Sequence[np.ndarray]) -> list[tuple[int, int]]:
    """(first, end) of each run of rows that agree in all columns."""
    count = len(columns[0])
    if not count:
        return []
    new = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    edges = [0, *(np.flatnonzero(new) + 1).tolist(), count]
    return list(pairwise(edges))


def row_titles(keys: Iterable[Key]) -> dict[Key, str]:
    """`role` where it played alone, `role with random` beside others; its share of seats if that varies."""
    shares: dict[tuple[str, str], set[float]] = {}
    known = set(keys)
    for policy, together, share in known:
        shares.setdefault((policy, together), set()).add(share)
    named = {}
    for policy, together, share in known:
        others = [name for name in together.split(" + ") if name != policy]
        beside = f" with {' + '.join(others)}" if others else ""
        held = f" on {share:.0%} of the seats".replace("%", " %") if len(shares[policy, together]) > 1 else ""
        named[policy, together, share] = f"{policy}{beside}{held}"
    return named


def column_titles(keys: Iterable[Key]) -> dict[Key, str]:
    """The simulation's name, and in brackets whatever else tells it from others of that name."""
    among: dict[str, set[Key]] = {}
    for key in keys:
        among.setdefault(key[0], set()).add(key)
    named = {}
    for name, same in among.items():
        differ = [k for k in range(1, len(COLUMN)) if len({key[k] for key in same}) > 1]
        for key in same:
            said = [setting_text(key[k]) if COLUMN[k] == "settings" else key[k] for k in differ]
            named[key] = f"{name} ({', '.join(filter(None, said)) or 'plain'})" if differ else name
    return named


def setting_text(settings: str) -> str:
    """`max_steps=20 seed=3` of a JSON text."""
    return " ".join(f"{key}={json.dumps(value)}" for key, value in json.loads(settings).items())
