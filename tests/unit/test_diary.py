"""Many steps at once change nothing, and the steps that are kept are those that were played."""

import shlex
from pathlib import Path

import numpy as np
import pytest

from coterie.cli.main import app
from coterie.config import ConfigError
from coterie.evaluation.rows import episode_ids
from coterie.evaluation.simulation import Simulation, SimulationConfig, simulate
from coterie.evaluation.store import Store
from coterie.games.batch import Batch
from coterie.play.loop import STRIDE
from coterie.play.roster import Roster
from coterie.tools.run import Run

TEAM = SimulationConfig(
    mission="cogsguard_arena.basic", settings={"max_steps": 2 * STRIDE + 30}, num_episodes=5
)


def test_a_native_team_plays_many_steps_at_once_as_it_does_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at_once = simulate(TEAM, ["role"], worlds=3, threads=2)
    monkeypatch.setattr(Roster, "native_teams", lambda self: None)
    one_by_one = simulate(TEAM, ["role"], worlds=3)
    assert np.array_equal(at_once.episodes.returns, one_by_one.episodes.returns)
    assert np.array_equal(at_once.episodes.seat_statistics, one_by_one.episodes.seat_statistics)
    assert np.array_equal(at_once.episodes.length, one_by_one.episodes.length)


@pytest.fixture(scope="module")
def kept() -> list[Simulation]:
    """Parts of a simulation whose steps are kept, with all that was seen."""
    parts: list[Simulation] = []
    done = simulate(TEAM, ["role", "random"], keep=parts.append, keep_steps="observations")
    assert done.is_complete and not done.stories
    return parts


def test_kept_steps_are_the_whole_episode(kept: list[Simulation]) -> None:
    steps, seats = TEAM.settings["max_steps"], 8
    found = {i: (part, k, story) for part in kept for k, (i, story) in enumerate(part.stories.items())}
    assert sorted(found) == list(range(5))
    for part, _, story in found.values():
        assert story.actions.shape == (steps, seats, 1) and story.rewards.shape == (steps, seats)
        assert story.observations is not None
        assert story.observations.shape == (steps, seats, *part.episodes.spec.observation_shape)


def test_played_again_they_come_to_the_same(kept: list[Simulation]) -> None:
    """The last episode, which began where another had ended."""
    batch, story = Batch(TEAM.game()), next(part.stories[4] for part in kept if 4 in part.stories)
    batch.start_episode(0, TEAM.episode_seed(4))
    assert story.observations is not None
    for seen, actions, rewards in zip(story.observations, story.actions, story.rewards, strict=True):
        assert np.array_equal(batch.observations, seen)
        batch.actions[:] = actions
        batch.step()
        assert np.array_equal(batch.rewards, rewards)


def test_the_store_has_them_by_episode(kept: list[Simulation], tmp_path: Path) -> None:
    store = Store(tmp_path / "s.duckdb")
    for part in kept:
        store.append(part)
    part = next(part for part in kept if 4 in part.stories)
    own = int(episode_ids(part)[list(part.stories).index(4)])
    rows = store.query(
        "SELECT action[1] AS action, observation, observation_type FROM steps WHERE episode_id = $own "
        "AND agent_id = 3 ORDER BY step",
        {"own": own},
    )
    story = part.stories[4]
    assert story.observations is not None
    assert rows["action"].tolist() == story.actions[:, 3, 0].tolist()
    assert bytes(rows["observation"][20]) == story.observations[20, 3].tobytes()
    assert rows["observation_type"][0] == "uint8[200,3]"


def test_a_command_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for line in ("scrimmage -m echo.basic -p random -e 3", "eval -m stagger.basic -p random -e 3"):
        with pytest.raises(SystemExit) as end:
            app(shlex.split(f"{line} --store s.duckdb --keep-steps actions"), prog_name="coterie")
        assert not end.value.code
    counts = Store(tmp_path / "s.duckdb").query(
        "SELECT simulation, count(DISTINCT episode_id) AS n, count(observation) AS seen, count(*) AS steps, "
        "any_value(length) AS length FROM steps JOIN episodes ON id = episode_id GROUP BY ALL"
    )
    assert sorted(counts["simulation"]) == ["echo.basic", "stagger.basic"]
    assert counts["n"].tolist() == [3, 3] and counts["seen"].tolist() == [0, 0]
    with pytest.raises(ConfigError, match="there is to be none"):
        Run(missions="echo.basic", policy_uris="random", store=None, keep_steps="actions").invoke()
