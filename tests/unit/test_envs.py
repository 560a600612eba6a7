"""Faces for other people's tools pass those tools' own tests, for one mission of every game."""

import re
import subprocess
import sys
import warnings
from types import SimpleNamespace
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import vector as vector_wrappers
from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, seed_test
from pettingzoo.utils.conversions import parallel_to_aec

from coterie.config import ConfigError
from coterie.envs import gymnasium as ours
from coterie.envs.pettingzoo import ParallelEnv
from coterie.envs.spaces import action_mask, action_space, replace_illegal
from coterie.games import catalog
from coterie.games.batch import Batch, GameConfig
from coterie.games.lab.duel import DuelConfig
from coterie.games.lab.echo import EchoConfig

GAMES = [game for game in catalog.folders() if catalog.missions(game)]
CYCLES = 120


def mission_of(game: str, *, is_single: bool) -> str:
    """The game's first mission of one seat, or of several; where it has none, its first mission."""
    table = catalog.missions(game)
    fitting = (mission for mission, make in table.items() if (Batch(make()).spec.seats == 1) == is_single)
    return next(fitting, next(iter(table)))


@pytest.fixture(scope="module", params=GAMES)
def single(request: pytest.FixtureRequest) -> str:
    return mission_of(request.param, is_single=True)


@pytest.fixture(scope="module", params=GAMES)
def many(request: pytest.FixtureRequest) -> GameConfig:
    return catalog.make(mission_of(request.param, is_single=False))


@pytest.fixture
def lenient() -> Any:
    """Third-party tests warn about taste: unbounded numbers, small or dark observations, several heads."""
    told = (
        "A Box observation space (minimum|maximum) value is",
        "Agent's (minimum|maximum) observation space value is",
        "Observation is a single number",
        "Observation numpy array is all zeros",
        "Action space for each agent probably should be",
    )
    with warnings.catch_warnings():
        for words in told:
            warnings.filterwarnings("ignore", message=rf"(\x1b\[\d+m)?(WARN: )?{words}")
        yield


def unknown(**values: Any) -> dict[str, Any]:
    """Arguments that the types rule out."""
    return values


def parallel(config: GameConfig) -> ParallelEnv:
    """Third-party tests draw blindly, so forbidden actions must be replaced."""
    return ParallelEnv(config, illegal="replace")


@pytest.mark.usefixtures("lenient")
def test_gymnasium_checks_single_env(single: str) -> None:
    ours.register()
    if Batch(catalog.make(single)).spec.seats == 1:
        check_env(gymnasium.make(f"coterie/{single}", illegal="replace", render_mode="ansi").unwrapped)
    else:
        with pytest.raises(ConfigError, match="PettingZoo"):
            ours.SingleEnv(single)


@pytest.mark.usefixtures("lenient")
def test_pettingzoo_checks_parallel_env(many: GameConfig) -> None:
    parallel_api_test(parallel(many), CYCLES)
    parallel_seed_test(lambda: parallel(many), CYCLES)


@pytest.mark.usefixtures("lenient")
def test_pettingzoo_checks_aec_env(many: GameConfig) -> None:
    api_test(parallel_to_aec(parallel(many)), CYCLES)
    seed_test(lambda: parallel_to_aec(parallel(many)), CYCLES)


def test_parallel_env_is_the_batch(many: GameConfig) -> None:
    """The same seed and actions give the rows of a batch, to the episode's end or for some steps."""
    env, batch = ParallelEnv(many, illegal="replace"), Batch(many, seed=7)
    seen, infos = env.reset(seed=7)
    rng = np.random.default_rng(0)
    for _ in range(CYCLES):
        assert sorted(infos) == sorted(seen) == sorted(env.agents)
        np.testing.assert_array_equal(np.stack([seen[agent] for agent in env.agents]), batch.observations)
        draws = rng.integers(0, batch.spec.actions, size=batch.actions.shape, dtype=np.int32)
        batch.actions[:] = draws
        replace_illegal(batch, np.ones(batch.rows, dtype=np.bool_))
        given = {agent: draws[s] if len(draws[s]) > 1 else draws[s, 0] for s, agent in enumerate(env.agents)}
        batch.step()
        seen, rewards, terminations, truncations, infos = env.step(given)
        assert list(rewards.values()) == batch.rewards.tolist()
        assert list(terminations.values()) == batch.terminals.tolist()
        assert list(truncations.values()) == batch.truncations.tolist()
        if len(env.agents) < batch.rows:
            break
    if not env.agents:
        assert all("statistics" in info for info in infos.values())
        np.testing.assert_array_equal(np.stack(list(seen.values())), batch.final_observations)
        with pytest.raises(ConfigError, match="reset"):
            env.step({})


def test_vector_env_is_the_batch(many: GameConfig) -> None:
    env = ours.VectorEnv(many, worlds=3, illegal="replace", render_mode="ansi")
    batch = Batch(many, worlds=3, seed=5)
    assert env.num_envs == batch.rows
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    seen, info = env.reset(seed=5)
    env.action_space.seed(1)
    for _ in range(CYCLES):
        assert env.observation_space.contains(seen)
        assert info.get("action_mask", batch.masks).shape == batch.masks.shape
        actions = env.action_space.sample()
        batch.actions[:] = actions.reshape(batch.actions.shape)
        replace_illegal(batch, np.ones(batch.rows, dtype=np.bool_))
        batch.step()
        seen, rewards, terminations, truncations, info = env.step(actions)
        np.testing.assert_array_equal(seen, batch.observations)
        np.testing.assert_array_equal(rewards, batch.rewards)
        done = terminations | truncations
        np.testing.assert_array_equal(info.get("_final_obs", np.zeros_like(done)), done)
        assert len(env.render() or ()) == 3
    env.close()


def test_vector_env_survives_wrappers() -> None:
    env = vector_wrappers.RecordEpisodeStatistics(ours.VectorEnv(EchoConfig(length=4), worlds=3))
    _, info = env.reset(seed=0)
    for step in range(1, 9):
        _, rewards, _, _, info = env.step(env.action_space.sample())
        assert rewards.shape == (3,)
        assert ("final_obs" in info) == (step % 4 == 0)
    assert info["episode"]["l"].tolist() == [4, 4, 4]
    assert info["final_info"]["statistics"]["echoes"].tolist() == info["episode"]["r"].tolist()


def test_all_that_vector_env_tells_becomes_tensors(many: GameConfig) -> None:
    """What `NumpyToTorch` does with it; the wrapper itself runs in benchmarks/conformance.py."""
    env = ours.VectorEnv(many, worlds=2, illegal="replace")
    env.reset(seed=0)
    for _ in range(CYCLES):
        *arrays, info = env.step(env.action_space.sample())
        for array in (*arrays, *leaves(info)):
            assert torch.from_dlpack(array).shape[0] == env.num_envs


def leaves(info: Any) -> list[Any]:
    """The arrays in nested dicts."""
    return [
        leaf for value in info.values() for leaf in (leaves(value) if isinstance(value, dict) else [value])
    ]


def test_vector_env_keeps_what_ended_rows_saw_last() -> None:
    config = EchoConfig(length=2)
    env, alone = ours.VectorEnv(config, worlds=1), ours.SingleEnv(config)
    env.reset(seed=3)
    alone.reset(seed=3)
    for _ in range(2):
        seen, rewards, _, _, info = env.step(np.array([1]))
        last, reward, is_terminal, _, told = alone.step(1)
        assert rewards[0] == reward
    assert is_terminal
    np.testing.assert_array_equal(info["final_obs"][0], last)
    assert info["final_info"]["statistics"]["echoes"][0] == told["statistics"]["echoes"]
    np.testing.assert_array_equal(seen[0], env.batch.observations[0])


def test_views_are_given_only_when_asked_for() -> None:
    for copy in (True, False):
        env = ours.VectorEnv(EchoConfig(), copy=copy)
        seen, _ = env.reset(seed=0)
        assert np.shares_memory(seen, env.batch.observations) is not copy


def test_gymnasium_makes_missions_by_name() -> None:
    ours.register()
    ours.register()
    for game in GAMES:
        for mission, make in catalog.missions(game).items():
            if Batch(make()).spec.seats > 1:
                continue
            with gymnasium.make(f"coterie/{mission}", illegal="replace", render_mode="ansi") as env:
                assert env.observation_space.contains(env.reset(seed=0)[0])
                env.step(env.action_space.sample())
                assert isinstance(env.render(), str)
            envs = gymnasium.make_vec(f"coterie/{mission}", 2, vectorization_mode="vector_entry_point")
            assert envs.reset(seed=0)[0].shape[0] == 2


def test_same_seed_same_episode_everywhere() -> None:
    config = EchoConfig()
    env, batch = ours.SingleEnv(config), Batch(config, seed=11)
    np.testing.assert_array_equal(env.reset(seed=11)[0], batch.observations[0])
    assert env.world.batch.hash(0) == batch.hash(0)
    after = [env.reset()[0].tobytes() for _ in range(8)]
    env.reset(seed=11)
    assert [env.reset()[0].tobytes() for _ in range(8)] == after
    assert len(set(after)) > 1


def test_render_shows_text_and_how_it_ended() -> None:
    env = ours.SingleEnv(EchoConfig(length=1), render_mode="ansi")
    env.reset(seed=0)
    assert "shown" in str(env.render())
    env.step(0)
    assert re.match(r"over after 1 steps, by the rules; returns [01]$", str(env.render()))
    with pytest.raises(ConfigError, match="reset"):
        env.step(0)
    assert ours.SingleEnv(EchoConfig()).render() is None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda env: env.step({"agent_0": 0, "agent_9": 0}), "no agent 'agent_9'; did you mean agent_0"),
        (lambda env: env.step({}), "agent_0 plays and has none"),
        (lambda env: env.step({"agent_0": 0.5}), "expected whole numbers"),
        (lambda env: env.step({"agent_0": 4}), r"actions\[0, 0\].*outside 0\.\.3"),
        (lambda _: ParallelEnv("ecko.basic"), "no mission 'ecko.basic'"),
        (
            lambda _: ParallelEnv(EchoConfig(), **unknown(render_mode="human")),
            "render_mode is 'human', it can be 'ansi'",
        ),
        (lambda _: ParallelEnv(EchoConfig(), **unknown(illegal="ignore")), "illegal is 'ignore'"),
        (lambda _: ours.VectorEnv(EchoConfig()).reset(options={"reset_mask": 1}), "reset_mask"),
    ],
)
def test_mistakes_are_refused_in_a_sentence(call: Any, words: str) -> None:
    env = ParallelEnv(EchoConfig())
    env.reset(seed=0)
    with pytest.raises(ValueError, match=words):
        call(env)


def test_forbidden_choices_become_the_first_allowed() -> None:
    spec = SimpleNamespace(actions=(3, 2), has_mask=True)
    masks = np.array([[0, 1, 1, 0, 1], [1, 1, 1, 1, 1], [0, 0, 1, 1, 0]], dtype=np.bool_)
    actions = np.array([[0, 0], [2, 1], [9, 1]], dtype=np.int32)
    batch: Any = SimpleNamespace(spec=spec, rows=3, masks=masks, actions=actions)
    assert replace_illegal(batch, np.array([True, True, False])).tolist() == [True, False, False]
    assert actions.tolist() == [[1, 1], [2, 1], [9, 1]]
    assert replace_illegal(batch, np.ones(3, dtype=np.bool_)).tolist() == [False, False, True]
    assert actions.tolist() == [[1, 1], [2, 1], [9, 0]]


def test_masks_have_the_form_that_spaces_sample() -> None:
    for sizes, row in (((3,), [0, 1, 0]), ((2, 3), [1, 0, 0, 0, 1])):
        spec: Any = SimpleNamespace(actions=sizes)
        mask: Any = action_mask(spec, np.array(row, dtype=np.bool_))
        choice = action_space(spec).sample(mask)
        assert np.array_equal(choice, 1 if len(sizes) == 1 else [0, 2])


def test_a_forbidden_action_is_refused_or_replaced() -> None:
    """In duel nobody bids more coins than are left."""
    config = DuelConfig()
    for illegal in ("refuse", "replace"):
        env = ParallelEnv(config, **unknown(illegal=illegal))
        _, infos = env.reset(seed=0)
        assert all(set(info) == {"action_mask"} for info in infos.values())
        *_, infos = env.step({"agent_0": 1, "agent_1": 1})
        assert [info["action_mask"].tolist() for info in infos.values()] == [[1] * config.coins + [0]] * 2
        assert not any("action_replaced" in info for info in infos.values())
        actions = {"agent_0": 1, "agent_1": config.coins}
        if illegal == "replace":
            *_, infos = env.step(actions)
            assert [info.get("action_replaced", False) for info in infos.values()] == [False, True]
            assert env.world.batch.actions[:, 0].tolist() == [1, 0]
        else:
            with pytest.raises(ValueError, match=r"seat 1.*masked out"):
                env.step(actions)


def test_puffer_face_names_what_is_missing() -> None:
    """In an interpreter that has no PufferLib, whatever is installed."""
    code = "import sys; sys.modules['pufferlib'] = None; import coterie.envs.puffer"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert run.stderr.splitlines()[-1].startswith("ImportError: coterie.envs.puffer needs PufferLib")
    assert "pip install --no-deps pufferlib-core" in run.stderr
