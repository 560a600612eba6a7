"""The store of statistics: what it keeps, once, whole after a kill, and what it says of a broken file."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import numpy as np
import pytest
from unit.stored import played

from coterie.config import ConfigError
from coterie.evaluation.rows import episode_ids
from coterie.evaluation.simulation import SimulationConfig, simulate
from coterie.evaluation.store import Store

RETURNS = np.arange(24.0).reshape(6, 4)
WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import numpy as np
from unit.stored import played
from coterie.evaluation.store import Store

store = Store({path!r})
for seed in range(100_000):
    store.append(played(["a", "b"], np.ones((50, 4)), seed=seed), per_agent=True)
    print(seed + 1, flush=True)
"""
HOLDER = """
import duckdb, sys
connection = duckdb.connect({path!r})
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "deep" / "stats.duckdb")


def count(store: Store, table: str) -> int:
    return int(store.query(f"SELECT count(*) AS n FROM {table}")["n"][0])


# -- what it keeps


def test_a_played_simulation_is_kept_number_for_number(store: Store) -> None:
    config = SimulationConfig(mission="arena.basic", num_episodes=3, settings={"max_steps": 20})
    done = simulate(config, ["random", "noop"], shuffle=True)
    store.append(done, per_agent=True)
    kept = store.query("SELECT * FROM episodes ORDER BY episode_idx")
    assert kept["seed"].tolist() == done.episodes.seed.tolist()
    assert kept["policy_uri"].tolist() == ["random + noop"] * 3
    assert kept["settings"][0] == '{"max_steps": 20}'
    assert np.allclose(kept["reward"], done.episodes.returns.mean(axis=1))
    assert kept["length"].tolist() == done.episodes.length.tolist()
    seats = store.query(
        "SELECT a.* FROM agents a JOIN episodes e ON id = episode_id ORDER BY episode_idx, agent"
    )
    assert seats["policy"].tolist() == [done.policies[k] for k in done.seats.ravel()]
    for name in (*done.episodes.spec.statistics[:3], "seat/action.noop.success", "seat/action.move.failed"):
        for policy in done.policies if name.startswith("seat/") else [None]:
            found = store.query(
                "SELECT value FROM metrics JOIN episodes ON id = episode_id WHERE name = $name "
                "AND agent IS NULL AND policy IS NOT DISTINCT FROM $policy ORDER BY episode_idx",
                {"name": name, "policy": policy},
            )
            assert np.allclose(found["value"], done.measured(name, policy), rtol=1e-6), (name, policy)
    single = store.query("SELECT count(*) AS n FROM metrics WHERE agent IS NOT NULL")
    assert single["n"][0] == 3 * done.episodes.spec.seats * len(done.episodes.spec.seat_statistics)


def test_results_are_one_row_a_policy_and_divide_a_win_among_those_that_tie(store: Store) -> None:
    returns = np.array([[1, 1, 0, 0], [2, 2, 2, 2], [0, 0, 5, 3]])
    store.append(played(["a", "b"], returns))
    found = store.query(
        "SELECT policy, r.seats, r.reward, win FROM results r JOIN episodes ON id = episode_id "
        "ORDER BY policy, episode_idx"
    )
    assert found["policy"].tolist() == ["a"] * 3 + ["b"] * 3
    assert found["seats"].tolist() == [2] * 6
    assert found["reward"].tolist() == [1, 2, 0, 0, 2, 4]
    assert found["win"].tolist() == [1, 0.5, 0, 0, 0.5, 1]
    store.append(played(["c"], returns))
    assert np.isnan(store.query("SELECT win FROM results WHERE policy = 'c'")["win"]).all()


def test_the_same_episode_counts_once_and_the_newest_stays(store: Store) -> None:
    store.append(played(["a"], RETURNS))
    store.append(played(["a"], RETURNS + 1))
    assert len(store) == 6
    assert store.query("SELECT reward FROM episodes ORDER BY episode_idx")["reward"][0] == 2.5
    assert count(store, "agents") == 24
    assert count(store, "metrics") == 6 * 4
    store.append(played(["a"], RETURNS, seed=1))
    store.append(played(["a"], RETURNS, settings={"max_steps": 3}))
    store.append(played(["a"], RETURNS, suite="other"))
    assert len(store) == 24


def test_ids_know_who_sat_where_and_not_in_which_order_policies_were_named() -> None:
    straight = played(["a", "b"], RETURNS, seats=np.tile([0, 0, 1, 1], (6, 1)))
    swapped = played(["b", "a"], RETURNS, seats=np.tile([1, 1, 0, 0], (6, 1)))
    turned = played(["a", "b"], RETURNS, seats=np.tile([1, 1, 0, 0], (6, 1)))
    assert episode_ids(straight).tolist() == episode_ids(swapped).tolist()
    assert not set(episode_ids(straight)) & set(episode_ids(turned))
    many = episode_ids(played(["a"], np.zeros((100_000, 1))))
    assert len(np.unique(many)) == 100_000
    assert many.min() >= 0


def test_steps_are_kept_when_asked_for(store: Store) -> None:
    simulation = played(["a"], RETURNS)
    store.append(simulation)
    one = int(episode_ids(simulation)[2])
    actions = np.arange(5 * 4 * 2, dtype=np.int32).reshape(5, 4, 2)
    seen = np.arange(5 * 4 * 6, dtype=np.uint8).reshape(5, 4, 2, 3)
    store.append_steps(one, actions, np.ones((5, 4), dtype=np.float32))
    store.append_steps(one, actions, np.ones((5, 4), dtype=np.float32), seen)
    found = store.query("SELECT * FROM steps ORDER BY step, agent_id")
    assert np.array_equal(np.stack(list(found["action"])).reshape(5, 4, 2), actions)
    assert bytes(found["observation"][7]) == seen[1, 3].tobytes()
    assert set(found["observation_type"]) == {"uint8[2,3]"}
    with pytest.raises(ConfigError, match="has no episode 7 whose steps"):
        store.append_steps(7, actions, np.ones((5, 4), dtype=np.float32))
    with pytest.raises(ConfigError, match=r"rewards are \[T, S\] = \(5, 3\), so actions"):
        store.append_steps(one, actions, np.ones((5, 3), dtype=np.float32))


# -- merging, Parquet


def test_merging_takes_what_is_new_and_doubles_nothing(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "it's another.duckdb")
    old, new = played(["a"], RETURNS), played(["a"], RETURNS + 10)
    store.append(old)
    other.append(new, per_agent=True)
    other.append(played(["b"], RETURNS))
    assert store.merge(other) == 12
    assert store.merge(other) == 0
    assert len(store) == 12
    assert store.query("SELECT min(reward) AS r FROM episodes WHERE policy_uri = 'a'")["r"][0] == 11.5
    assert other.merge(store) == 0
    other.append(old)
    assert store.merge(other.path) == 6
    assert count(store, "metrics") == 12 * 4
    with pytest.raises(ConfigError, match="into itself"):
        store.merge(store.path)


def test_parquet_goes_out_and_comes_back(store: Store, tmp_path: Path) -> None:
    simulation = played(["a", "b"], RETURNS)
    store.append(simulation)
    store.append_steps(
        int(episode_ids(simulation)[0]), np.zeros((2, 4, 1), np.int32), np.ones((2, 4), np.float32)
    )
    files = store.export_parquet(tmp_path / "out")
    assert all(file.stat().st_size for file in files)
    long = duckdb.execute(f"SELECT count(*) FROM '{tmp_path}/out/metrics.parquet'").fetchall()
    assert long == [(count(store, "metrics"),)]
    back = Store(tmp_path / "back.duckdb")
    assert back.import_parquet(tmp_path / "out") == 6
    assert back.import_parquet(tmp_path / "out") == 0
    for table in ("episodes", "agents", "metrics", "steps"):
        same = f"SELECT * FROM {table} ORDER BY ALL"
        ours, theirs = (one.query(same) for one in (store, back))
        assert {k: v.tolist() for k, v in ours.items() if k != "action"} == {
            k: v.tolist() for k, v in theirs.items() if k != "action"
        }


def test_what_is_no_export_is_said(store: Store, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no episodes\.parquet, agents\.parquet"):
        store.import_parquet(tmp_path)
    store.export_parquet(tmp_path)
    (tmp_path / "agents.parquet").write_bytes(b"PAR1 and so on")
    with pytest.raises(ConfigError, match=r"is no exported store: .*agents\.parquet"):
        store.import_parquet(tmp_path)


# -- crashes


def test_a_kill_loses_no_append_that_returned_and_leaves_none_in_half(tmp_path: Path) -> None:
    path = tmp_path / "stats.duckdb"
    code = WRITER.format(tests=str(Path(__file__).parents[1]), path=str(path))
    for _ in range(2):
        before = len(Store(path)) if path.exists() else 0
        writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        done = 0
        while done * 50 < before + 200:
            done = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().split()
        writer.stdout.close()
        writer.wait()
        done = max([done, *map(int, rest)])
        store = Store(path)
        assert len(store) >= done * 50
        assert len(store) % 50 == 0
        assert count(store, "agents") == 4 * len(store)
        assert count(store, "metrics") == (2 + 2 * 2 + 4 * 2) * len(store)


def test_an_append_that_fails_leaves_nothing(store: Store) -> None:
    broken = played(["a"], RETURNS)
    object.__setattr__(broken, "timeouts", np.zeros((6, 3), dtype=np.int32))
    with pytest.raises((ConfigError, ValueError)):
        store.append(broken)
    assert len(store) == 0
    assert count(store, "agents") == 0


def test_threads_append_beside_each_other(store: Store) -> None:
    def work(seed: int) -> None:
        store.append(played(["a"], RETURNS, seed=seed))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store) == 48


# -- broken files


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A store of 10,000 episodes, as bytes."""
    large = Store(tmp_path_factory.mktemp("large") / "stats.duckdb")
    large.append(played(["a"], np.random.default_rng(0).random((10_000, 4))))
    return large.path.read_bytes()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("text", "is not a DuckDB file"),
        ("empty", "is not a DuckDB file"),
        ("sqlite", "is not a DuckDB file"),
        ("half", "is cut short or damaged"),
        ("hundred", "is cut short or damaged"),
        ("folder", "is not a DuckDB file"),
        ("strange", "is a DuckDB file, but holds no statistics of coterie"),
        ("older", "is of version 0, this coterie reads version 1"),
    ],
)
def test_a_broken_file_is_refused_in_a_sentence(
    name: str, said: str, store: Store, content: bytes, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.duckdb"
    store.append(played(["a"], RETURNS))
    if name == "folder":
        bad.mkdir()
    elif name == "strange":
        with duckdb.connect(bad) as connection:
            connection.execute("CREATE TABLE cats (name VARCHAR)")
    elif name == "older":
        bad.write_bytes(content)
        with duckdb.connect(bad) as connection:
            connection.execute("UPDATE meta SET value = '0' WHERE key = 'version'")
    else:
        bad.write_bytes(
            {
                "text": b"episode,reward\n" * 500,
                "empty": b"",
                "sqlite": b"SQLite format 3\x00" + bytes(5000),
                "half": content[: len(content) // 2],
                "hundred": content[:100],
            }[name]
        )
    for use in (lambda: Store(bad).query("SELECT sum(value) AS s FROM metrics"), lambda: store.merge(bad)):
        with pytest.raises(ConfigError, match=said) as error:
            use()
        assert str(bad) in str(error.value)
        assert "\n" not in str(error.value)
    assert len(store) == 6


def test_a_file_another_process_holds_is_said_with_its_number(store: Store) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(path=str(store.path))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None and holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        with pytest.raises(ConfigError, match=f"is held by process {holder.pid}: wait until it ends"):
            Store(store.path, patience_seconds=0.1)
        patient = Store.__new__(Store)
        patient.path, patient.patience_seconds = store.path, 60.0
        threading.Timer(0.5, holder.stdin.close).start()
        patient.append(played(["a"], RETURNS))
        assert len(patient) == 6
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()


def test_what_is_missing_or_cannot_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no store .*: coterie run"):
        Store(tmp_path / "none.duckdb", must_exist=True)
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made"):
        Store(tmp_path / "file" / "stats.duckdb")
    with pytest.raises(ConfigError, match='"foo" not found'):
        Store(tmp_path / "new.duckdb").query("SELECT foo FROM episodes")


def test_reading_a_store_brings_no_torch() -> None:
    code = "import sys, coterie.evaluation.store; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
