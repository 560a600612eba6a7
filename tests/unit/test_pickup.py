"""Pickup: who sits where, scores by hand, the same maps throughout, and what is printed."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

from coterie.cli.main import app
from coterie.config import ConfigError
from coterie.evaluation.pickup import own_scores, per_map, pickup, scenarios, seated
from coterie.evaluation.simulation import SimulationConfig
from coterie.stats.intervals import mean_interval
from coterie.tools.pickup import Pickup

SHORT = SimulationConfig(settings={"num_agents": 4, "max_steps": 120}, num_episodes=6, seed=50)


def test_the_candidate_gives_up_one_seat_after_the_other() -> None:
    found = scenarios(4, ["wombo", "random"])
    assert [one.name for one in found] == ["c4_p0", "c3_p1", "c2_p2", "c1_p3", "c0_p4"]
    assert [one.mix for one in found] == [
        "–",
        "wombo 1",
        "wombo 1, random 1",
        "wombo 2, random 1",
        "wombo 2, random 2",
    ]
    assert [one.candidate for one in scenarios(4, ["noop"], [0, 2, 2])] == [2, 0]
    assert scenarios(3, ["noop", "noop"])[-1].pool == (("noop", 3),)


@pytest.mark.parametrize(
    ("pool", "counts", "said"), [([], None, "--pool"), (["noop"], [5], "cannot have 5 of 4 seats")]
)
def test_what_cannot_be_seated_is_refused(pool: list[str], counts: list[int] | None, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        scenarios(4, pool, counts)


def test_a_candidate_of_the_pool_keeps_a_name_of_its_own() -> None:
    both = seated("noop", scenarios(4, ["noop", "random"], [1])[0])
    assert [(name, count) for (name, _), count in both] == [
        ("noop (candidate)", 1),
        ("noop", 2),
        ("random", 1),
    ]


def test_scores_are_of_the_candidates_seats_on_the_same_maps() -> None:
    planned = scenarios(4, ["random"], [4, 1, 0])
    found = pickup("role", planned, SHORT)
    assert found.is_complete
    maps = [one.map_seeds.tolist() for one in found.simulations]
    assert maps[0] == maps[1] == maps[2]
    one = found.simulations[1]
    by_hand = [one.episodes.returns[i, one.seats[i] == 0].mean() for i in range(6)]
    assert own_scores(planned[1], one) == pytest.approx(by_hand)
    assert (one.seats == 0).sum(axis=1).tolist() == [1] * 6
    assert len({tuple(row) for row in one.seats.tolist()}) > 1, "seats are dealt anew for each map"
    pool = found.simulations[2].episodes.returns.mean(axis=1)
    assert own_scores(planned[2], found.simulations[2]) == pytest.approx(pool)
    assert found.replacement.scores[4].mean == pytest.approx(found.simulations[0].episodes.returns.mean())


def test_the_value_is_the_weighted_mean_over_the_replacement() -> None:
    planned = scenarios(4, ["noop"])
    found = pickup("role", planned, SHORT)
    replacement = found.replacement
    assert replacement.overall is not None and replacement.baseline is not None
    scores = {n: one.mean for n, one in replacement.scores.items()}
    by_hand = sum(n * scores[n] for n in (4, 3, 2, 1)) / 10 - scores[0]
    assert replacement.overall.mean == pytest.approx(by_hand)
    assert per_map(planned, found.simulations).mean() == pytest.approx(by_hand)
    assert replacement.overall.half_width == pytest.approx(
        mean_interval(per_map(planned, found.simulations)).half_width, rel=0.35
    )


def test_everything_said_again_is_the_same() -> None:
    planned = scenarios(2, ["random"])
    short = SHORT.replace(settings={"num_agents": 2, "max_steps": 40})
    first, again = (json.dumps(pickup("role", planned, short).data()) for _ in range(2))
    assert first == again


def run(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as end:
        app(shlex.split(line), prog_name="coterie")
    return int(end.value.code or 0)


COMMAND = "pickup -p role --pool random --pool noop -m cogsguard_arena.basic -c 3 -e 3 -s 60"


def test_the_command_prints_tables_and_keeps_the_episodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(COMMAND, tmp_path, monkeypatch) == 0
    said = capsys.readouterr().out
    for part in (
        "c3_p0",
        "c0_p3",
        "random 2, noop 1",
        "Replacement baseline ",
        "Overall value over replacement",
    ):
        assert part in said, part
    assert "±" in said
    assert (tmp_path / "train_dir/stats.duckdb").exists()


def test_the_command_says_when_nobody_replaced_the_candidate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(f"{COMMAND} --counts 3 --counts 1 --no-store", tmp_path, monkeypatch) == 0
    assert "No replacement baseline available" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_the_command_prints_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(f"{COMMAND} --counts 1 --counts 0 --no-store --json", tmp_path, monkeypatch) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["candidate"] == "role" and data["is_complete"]
    assert [one["pool"] for one in data["scenarios"]] == [{"random": 1, "noop": 1}, {"random": 2, "noop": 1}]
    values = data["replacement"]["values"]
    assert values["1"]["count"] == 3 and np.isfinite(values["1"]["half_width"])
    assert data["verdict"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "name the candidate"),
        ({"policy_uri": "role"}, "--pool"),
        ({"policy_uri": "rloe", "pool": ["noop"]}, "did you mean role"),
        ({"policy_uri": "role,proportion=2", "pool": ["noop"]}, "proportion"),
        ({"policy_uri": "role", "pool": ["noop"], "mission": "arena"}, "no mission 'arena'"),
        ({"policy_uri": "role", "pool": ["noop"], "mission": "echo.basic"}, "num_agents"),
    ],
)
def test_bad_input_is_one_sentence(settings: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        Pickup(**settings).invoke()
    assert "\n" not in str(error.value)
