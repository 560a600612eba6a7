"""Store: every evaluated episode in one DuckDB file, to be queried, merged and exported."""

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb
import numpy as np

from coterie.config import ConfigError
from coterie.evaluation.rows import (
    Frame,
    agent_rows,
    episode_ids,
    episode_rows,
    hashed,
    numbers,
    shared,
    step_rows,
)
from coterie.evaluation.schema import KEY, TABLES, VERSION, creation

if TYPE_CHECKING:  # it brings torch along, which whoever only reads a store does without
    from coterie.evaluation.simulation import Simulation

# DuckDB would fetch an extension from the network for a file of another kind.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
# Rows that are written together. Of less than DuckDB's 122880 an append fills some, which then go straight to
# their place, and the unfilled one that the next append writes again stays small: twice as fast.
ROW_GROUP = 4096
PARTS = ("episodes", "agents", "measured", "metric_names", "steps", "meta")


class Store:
    """Statistics in a DuckDB file, opened where it is there and made where it is not.

    The file is open, and locked for other processes, only while a call lasts: others read between appends.
    Who finds it locked waits `patience_seconds` for it. An append is one transaction: it is there whole once
    the call has returned, whatever happens after, and not at all before.

    An episode's id is a hash of simulation, suite, mission, variants, settings, seeds and who sat where. The
    same episode played again, or merged from elsewhere, takes the place of the former: the newest counts,
    once. An episode of several policies is one row of `episodes` with `policy_uri` = their names in the order
    they were given, joined by ' + '; `agents` has one row for each seat and says its policy.

    A ConfigError says in one sentence what is wrong with a file: cut short, of another version, locked by
    another process, or no store at all.
    """

    def __init__(self, path: str | Path, *, must_exist: bool = False, patience_seconds: float = 10.0) -> None:
        self.path, self.patience_seconds = Path(path), patience_seconds
        if not self.path.exists():
            if must_exist:
                raise ConfigError(
                    f"no store {self.path}: coterie run, scrimmage and evaluate write one with --store FILE"
                )
            create(self.path)
        with self.connected() as connection:
            check_version(connection, self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left open."""

    def __len__(self) -> int:
        """Episodes in it."""
        return int(self.query("SELECT count(*) AS n FROM episodes")["n"][0])

    @contextmanager
    def connected(self, *, writing: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """The open file; with `writing` inside a transaction, which an exception takes back."""
        with self._opened(writing=writing) as connection:
            if not writing:
                yield connection
                return
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    @contextmanager
    def _opened(self, *, writing: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            connection = self._patiently(writing=writing)
            try:
                yield connection
            finally:
                connection.close()
        except duckdb.Error as error:
            raise ConfigError(f"store {self.path} {reason(error)}") from error

    def _patiently(self, *, writing: bool) -> duckdb.DuckDBPyConnection:
        """A connection with the file as its database, as soon as nobody else holds it."""
        until = time.monotonic() + self.patience_seconds
        connection = duckdb.connect(config=SETTINGS)
        while True:
            try:
                attach(connection, self.path, "store", writing=writing)
                return connection
            except duckdb.Error as error:
                if not is_held(error) or time.monotonic() > until:
                    connection.close()
                    raise
            time.sleep(0.02)

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> Frame:
        """Columns of what a SELECT gives, by name; `parameters` stand in it as `$name`."""
        with self.connected() as connection:
            found = connection.execute(sql, dict(parameters or {})).fetchnumpy()
        return {name: filled(column) for name, column in found.items()}

    def append(self, simulation: "Simulation", *, per_agent: bool = False) -> None:
        """Take in all episodes of a simulation, and their steps where it has them.

        With `per_agent` statistics of each single seat too.
        """
        ids, names = episode_ids(simulation), list(simulation.policies)
        if not len(ids):
            return
        with self.connected(writing=True) as connection:
            self._forget(connection, ids)
            same = shared(simulation)
            given = ", ".join(f"${key} AS {key}" for key in same)
            insert(connection, "episodes", f"*, {given}", episode_rows(simulation, ids), same)
            named = "* REPLACE ($names[policy + 1] AS policy)"
            insert(connection, "agents", named, agent_rows(simulation, ids), {"names": names})
            for own, keys, values in numbers(simulation, ids, per_agent=per_agent):
                measure(connection, own, keys, (names, values))
            for own_id, i in zip(ids.tolist(), simulation.numbers.tolist(), strict=True):
                if story := simulation.stories.get(i):
                    insert_steps(connection, own_id, story.actions, story.rewards, story.observations)

    def append_steps(
        self,
        episode_id: int,
        actions: np.ndarray,
        rewards: np.ndarray,
        observations: np.ndarray | None = None,
    ) -> None:
        """Keep every step of a stored episode (its id: `episode_ids`), in place of what was kept of it.

        `actions` int32 [T, S, K], `rewards` float32 [T, S], `observations` [T, S, ...] if wanted too: what
        was seen before the action.
        """
        steps, seats = rewards.shape
        wrong = actions.ndim != 3 or actions.shape[:2] != (steps, seats)
        if wrong or (observations is not None and observations.shape[:2] != (steps, seats)):
            raise ConfigError(
                f"steps of an episode: rewards are [T, S] = {rewards.shape}, so actions are "
                f"{(steps, seats, 'K')} and observations {(steps, seats, '...')}"
            )
        with self.connected(writing=True) as connection:
            if not scalar(connection, f"SELECT count(*) FROM episodes WHERE id = {int(episode_id)}"):
                raise ConfigError(f"store {self.path} has no episode {episode_id} whose steps it could keep")
            connection.execute("DELETE FROM steps WHERE episode_id = $1", [episode_id])
            insert_steps(connection, episode_id, actions, rewards, observations)

    def merge(self, other: "str | Path | Store") -> int:
        """Take in the episodes of another store that are not here, or here older; how many there were."""
        source = other if isinstance(other, Store) else Store(other, must_exist=True)
        if source.path.resolve() == self.path.resolve():
            raise ConfigError(f"store {self.path} is merged into itself: name another one")
        with self._opened(writing=True) as connection:
            attach(connection, source.path, "other", writing=False)
            return self._take(connection, {name: f"other.{name}" for name in PARTS})

    def export_parquet(self, folder: str | Path) -> list[Path]:
        """One Parquet file for each table, `metrics` in long form beside them; the files."""
        folder = Path(folder)
        files = {name: folder / f"{name}.parquet" for name in (*PARTS, "metrics")}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with self.connected() as connection:
                for name, file in files.items():
                    made = file.with_suffix(".part")
                    connection.execute(f"COPY {name} TO {quoted(made)} (FORMAT parquet, COMPRESSION zstd)")
                    made.replace(file)
        except OSError as error:
            raise ConfigError(f"{folder}: {error.strerror}") from None
        return list(files.values())

    def import_parquet(self, folder: str | Path) -> int:
        """Take in what `export_parquet` wrote, as `merge` does."""
        files = {name: Path(folder) / f"{name}.parquet" for name in PARTS}
        missing = [file.name for file in files.values() if not file.is_file()]
        if missing:
            raise ConfigError(f"{folder} is no exported store: there is no {', '.join(missing)}")
        sources = {name: f"read_parquet({quoted(file)})" for name, file in files.items()}
        with self._opened(writing=True) as connection:
            try:
                check_version(connection, Path(folder), sources["meta"])
                return self._take(connection, sources)
            except duckdb.Error as error:
                raise ConfigError(f"{folder} is no exported store: {first_line(error)}") from error

    def _take(self, connection: duckdb.DuckDBPyConnection, sources: dict[str, str]) -> int:
        """Copy from tables or files, by table, in one transaction, what is new there."""
        connection.execute("BEGIN")
        connection.execute(
            f"CREATE TEMP TABLE taken AS SELECT o.id FROM {sources['episodes']} AS o LEFT JOIN episodes AS e "
            "ON e.id = o.id WHERE e.id IS NULL OR e.created_at < o.created_at"
        )
        for table, key in KEY.items():
            connection.execute(f"DELETE FROM {table} WHERE {key} IN (FROM taken)")
            connection.execute(
                f"INSERT INTO {table} BY NAME SELECT * FROM {sources[table]} WHERE {key} IN (FROM taken)"
            )
        connection.execute(
            f"INSERT INTO metric_names SELECT * FROM {sources['metric_names']} "
            "WHERE names NOT IN (SELECT names FROM metric_names)"
        )
        count = scalar(connection, "SELECT count(*) FROM taken")
        connection.execute("DROP TABLE taken")
        connection.execute("COMMIT")
        return count

    def _forget(self, connection: duckdb.DuckDBPyConnection, ids: np.ndarray) -> None:
        """Drop what is stored of these episodes; mostly nothing is, and only `episodes` is looked at."""
        connection.register("played", {"id": ids})
        if scalar(connection, "SELECT count(*) FROM episodes WHERE id IN (FROM played)"):
            for table, key in KEY.items():
                connection.execute(f"DELETE FROM {table} WHERE {key} IN (FROM played)")


def insert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: str,
    frame: Frame,
    parameters: dict[str, Any] | None = None,
) -> None:
    """Insert columns of a frame, by name; `$name` in them is one of the parameters."""
    connection.register("frame", frame)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT {columns} FROM frame", parameters or {})


def insert_steps(
    connection: duckdb.DuckDBPyConnection,
    episode_id: int,
    actions: np.ndarray,
    rewards: np.ndarray,
    observations: np.ndarray | None,
) -> None:
    """Insert every step of an episode, observations as bytes beside their type and shape."""
    kept = ""
    if observations is not None:
        shape = ",".join(map(str, observations.shape[2:]))
        kept = f", unhex(observation) AS observation, '{observations.dtype}[{shape}]' AS observation_type"
    columns = f"episode_id, agent_id, step, reward, {listed(actions.shape[2])} AS action{kept}"
    insert(connection, "steps", columns, step_rows(episode_id, actions, rewards, observations))


def measure(
    connection: duckdb.DuckDBPyConnection,
    names: tuple[str, ...],
    keys: Frame,
    values: tuple[list[str], np.ndarray],
) -> None:
    """Insert one list of numbers a row; `values` are the policies and [n, K], whose K names are kept once."""
    policies, rows = values
    if not rows.size:
        return
    key = hashed("\n".join(names))
    connection.execute(
        "INSERT INTO metric_names SELECT $key, unnest(range(1, len($names) + 1)), unnest($names) "
        "WHERE $key NOT IN (SELECT names FROM metric_names)",
        {"key": key, "names": list(names)},
    )
    columns = np.ascontiguousarray(rows.T, dtype=np.float32)
    insert(
        connection,
        "measured",
        "episode_id, $policies[policy + 1] AS policy, nullif(agent, -1) AS agent, $key AS names, "
        f"{listed(len(names))} AS numbers",
        keys | {f"k{k}": columns[k] for k in range(len(names))},
        {"policies": policies, "key": key},
    )


def listed(count: int) -> str:
    """SQL of a list of the columns k0, k1, …"""
    return f"[{', '.join(f'k{k}' for k in range(count))}]"


def scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The one number of a result, which is fetched whole, so that the connection is free again."""
    return int(connection.execute(sql).fetchall()[0][0])


def create(path: Path) -> None:
    """An empty store, which appears whole or, where another process was first, not at all."""
    made = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with duckdb.connect(config=SETTINGS) as connection:
                attach(connection, made, "store", writing=True)
                connection.execute(creation())
            with suppress(FileExistsError):
                os.link(made, path)
        finally:
            made.unlink(missing_ok=True)
    except (OSError, duckdb.Error) as error:
        raise ConfigError(f"store {path} cannot be made: {first_line(error)}") from None


def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, *, writing: bool) -> None:
    """Open a file under a name, and make `store` the one that is meant where no name is said."""
    how = f"ROW_GROUP_SIZE {ROW_GROUP}" if writing else "READ_ONLY"
    connection.execute(f"ATTACH {quoted(path)} AS {name} (TYPE duckdb, {how})")
    if name == "store":
        connection.execute("USE store")


def is_held(error: duckdb.Error) -> bool:
    """Whether another process, or another thread of this one, has the file open."""
    return any(
        said in str(error) for said in ("Conflicting lock", "already attached", "file handle conflict")
    )


def tables_of(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in connection.execute("SHOW TABLES").fetchall()}


def check_version(connection: duckdb.DuckDBPyConnection, path: Path, meta: str = "meta") -> None:
    """ConfigError unless the tables are those of this version."""
    if meta == "meta" and "meta" not in tables_of(connection):
        raise ConfigError(f"store {path} is a DuckDB file, but holds no statistics of coterie")
    said = dict(connection.execute(f"SELECT key, value FROM {meta}").fetchall())
    if said.get("version") != str(VERSION):
        raise ConfigError(
            f"store {path} is of version {said.get('version')}, this coterie reads version {VERSION}: "
            "read it with the coterie that wrote it, or give another file"
        )


def reason(error: duckdb.Error) -> str:
    """What is wrong with a file, from what DuckDB says."""
    said = str(error)
    if is_held(error):
        process = re.search(r"PID (\d+)", said)
        who = f"process {process[1]}" if process else "another call of this process"
        return f"is held by {who}: wait until it ends, or give another file"
    if "not a valid DuckDB database file" in said or "Is a directory" in said:
        return "is not a DuckDB file: give another one"
    if "read enough bytes" in said or "orrupt" in said or "checksum" in said:
        return f"is cut short or damaged ({first_line(error)}): restore a copy, or give another file"
    return f"cannot be read or written: {first_line(error)}"


def first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def filled(column: np.ndarray) -> np.ndarray:
    """A column of a result with NaN among floats, None among texts, else 0, where it is NULL."""
    if not isinstance(column, np.ma.MaskedArray):
        return column
    values = column.data.copy()
    values[np.ma.getmaskarray(column)] = {"f": np.nan, "O": None}.get(values.dtype.kind, 0)
    return values


def quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


assert set(KEY) <= set(TABLES) == set(PARTS)
