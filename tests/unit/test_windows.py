"""Windows: their rows equal the steps and episodes they are of, and what makes no windows is refused."""

from pathlib import Path
from typing import Any

import pytest
from unit.training_stage import end, stage, start, update
from unit.windows_stage import Witness, rows, windowed

from coterie.config import ConfigError, override
from coterie.training.build import build
from coterie.training.components.windows import Windows
from coterie.training.config import TrainerConfig
from coterie.training.trainer import train
from coterie.training.trainer import update as trainer_update

# -- the numbers: a window's row against the steps and episodes it is of


@pytest.mark.parametrize(
    ("mission", "settings"),
    [
        ("echo.basic", {}),
        ("recall.basic", {}),
        ("stagger.basic", {}),
        ("duel.basic", {}),
        ("cogsguard_arena.basic", {"max_steps": 11}),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 64, 333])
def test_a_row_is_what_its_steps_and_episodes_come_to(
    tmp_path: Path, mission: str, settings: dict[str, Any], size: int
) -> None:
    windows = {"window_env_steps": size, "checkpoint_every_windows": 10_000}
    run = stage(tmp_path, {"windows": windows}, mission, **settings)
    witness = Witness(run)
    start(run)
    update(run, 12 if size > 1 else 2)
    compare(run, witness, size)
    end(run)


def test_a_rollout_of_several_chunks_is_counted_in_the_order_it_was_played(tmp_path: Path) -> None:
    config = windowed(tmp_path, "stagger.basic", checkpoint_every_windows=10_000)
    run = build(config)
    witness = Witness(run)
    assert run.experience.segments == 4 * run.batch.worlds
    start(run)
    for _ in range(3):
        trainer_update(run)
    compare(run, witness, 1000)
    end(run)


def compare(run: Any, witness: Witness, size: int) -> None:
    """Every row, and that none is missing."""
    found = rows(run.folder)
    assert [row["window_id"] for row in found] == list(range(len(witness.rewards) // size))
    for row in found:
        first, last = row["env_steps_start"], row["env_steps_end"]
        assert (first, last - first) == (row["window_id"] * size, size)
        assert row["window_complete"] and row["env_steps_in_window"] == size
        assert row["env_steps_total"] == last
        for name, value in witness.row(first, last, run.spec.seats).items():
            assert row[name] == (None if value is None else pytest.approx(value, abs=1e-5)), name
    assert sum(row["episodes_completed"] for row in found) <= len(witness.episodes)
    assert run.hooks["windows"].counts["episodes_total"] == len(witness.episodes)


def test_a_row_has_every_field_in_its_order(tmp_path: Path) -> None:
    settings = {
        "window_env_steps": 64,
        "profit": "seat/coins_left",
        "survival": "seat/wins",
        "invalid_actions": "ties",
        "metrics": {"net_profit": "seat/coins_left"},
    }
    run = start(stage(tmp_path, {"windows": settings}, "duel.basic"))
    update(run, 3)
    row = rows(run.folder)[0]
    assert list(row) == [
        "run_id",
        "window_id",
        "window_complete",
        "env_steps_start",
        "env_steps_end",
        "env_steps_in_window",
        "env_steps_total",
        "episodes_completed",
        "terminated_episodes",
        "truncated_episodes",
        "reward_sum",
        "reward_mean",
        "return_mean",
        "invalid_action_rate",
        "profit_mean",
        "survival_rate",
        "episode_length_mean",
        "ties_mean",
        "seat/wins_mean",
        "seat/coins_left_mean",
        "net_profit_mean",
        "update",
    ]
    assert row["profit_mean"] == row["net_profit_mean"] == row["seat/coins_left_mean"]
    assert row["survival_rate"] == row["seat/wins_mean"]
    assert row["invalid_action_rate"] == pytest.approx(row["ties_mean"] / row["episode_length_mean"] / 2)
    assert run.metrics["windows/return_mean"] == rows(run.folder)[-1]["return_mean"]
    end(run)


def test_what_lies_beyond_the_last_step_is_of_no_window(tmp_path: Path) -> None:
    run = stage(tmp_path, {"windows": {"window_env_steps": 64, "flush_partial_window": True}})
    vars(run.hooks["windows"])["windower"].limit = 100
    start(run)
    update(run, 3)
    assert [row["env_steps_end"] for row in rows(run.folder)] == [64]
    end(run)
    assert [(row["env_steps_end"], row["window_complete"]) for row in rows(run.folder)] == [
        (64, True),
        (100, False),
    ]


# -- what is refused


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"window_env_steps": 0}, "above 0, not 0"),
        ({"window_env_steps": -3}, "above 0, not -3"),
        ({"window_env_steps": float("inf")}, "a whole number of env steps above 0, not inf"),
        ({"window_env_steps": float("nan")}, "a whole number of env steps above 0, not nan"),
        ({"milestones": {"return": (5, 3)}}, "milestones.return: 5, 3: out of order; they rise, as 3, 5"),
        ({"milestones": {"return": (3, 3)}}, "they rise, as 3"),
        ({"milestones": {"return": (1, float("nan"))}}, "a threshold is a finite number"),
    ],
)
def test_settings_that_make_no_windows_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Windows(**settings)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"milestones": {"echos": (1,)}}, "windows.milestones.echos: .* did you mean echoes"),
        ({"milestones": {"profit": (1,)}}, "windows.milestones.profit: the game has no metric 'profit'"),
        ({"profit": "gain"}, "windows.profit: the game has no metric 'gain'"),
        ({"metrics": {"x": "y"}}, "windows.metrics.x: the game has no metric 'y'"),
    ],
)
def test_metrics_the_game_has_not_are_refused_before_the_first_step(
    tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        train(windowed(tmp_path, **settings))
    assert not list(tmp_path.iterdir())


def test_a_backend_nobody_knows_is_refused() -> None:
    with pytest.raises(ConfigError, match="backend: Input should be 'ppo' or 'random'"):
        override(TrainerConfig(), ["backend=dqn"])
    assert override(TrainerConfig(), ["backend=puffer_ppo"]).backend == "ppo"
