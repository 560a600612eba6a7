"""Foreign environments as games: what they show and pay reaches the batch, and what is wrong is told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces

from coterie.config import ConfigError
from coterie.envs.reading import Choices, Odd, Reader
from coterie.evaluation.simulation import SimulationConfig, simulate
from coterie.games.batch import Batch
from coterie.games.catalog import make
from coterie.policies.architectures import architecture
from coterie.policies.encoders import encoder
from coterie.tools.train import Train
from coterie.training import checkpoint
from coterie.training.build import build
from coterie.training.config import RunConfig
from coterie.training.trainer import train, update

STAGE = "unit.foreign_stage"
CARTPOLE = "gymnasium:make?id=CartPole-v1"


def batch(name: str, worlds: int = 1, seed: int = 0, **settings: Any) -> Batch:
    mission = name if ":" in name else f"{STAGE}:{name}"
    return Batch(make(mission).replace(**settings), worlds=worlds, seed=seed)


def act(copies: Batch, *actions: Any) -> None:
    copies.actions[:] = actions
    copies.step()


def test_spaces_become_a_vector_in_the_documented_order() -> None:
    keys = batch("Keys?length=2", statistics=("choice", "deep.step", "nothing"))
    spec = keys.spec
    assert (spec.seats, spec.actions, spec.has_mask) == (1, (3, 2), True)
    assert spec.action_names == (("0", "1", "2"), ("0", "1"))
    bag, pair, picture, where = [1, 0, 1], [0.5, -2, 0, 1, 0, 0, 1], [0, 0.2, 0.4, 1], [1, 0, 0, 0]
    assert keys.observations[0] == pytest.approx([*bag, *pair, *picture, *where])
    keys.reset(5)
    forbidden = int((~keys.masks[0, :3]).argmax())
    with pytest.raises(ConfigError, match=r"actions\[0, 0\] \(world 0, seat 0\): . is masked out"):
        act(keys, [forbidden, 1])
    act(keys, [(forbidden + 1) % 3, 1])
    assert keys.rewards[0] == 1 and not keys.masks[0, (forbidden + 1) % 3] and keys.masks[0, 3:].all()
    assert keys.text(0) == "step 1"
    act(keys, [forbidden, 1])
    assert keys.terminals[0] and not keys.truncations[0] and keys.episode_step(0) == 0
    done = keys.episodes()
    assert done.named(0) == {"choice": forbidden, "deep.step": 2, "nothing": 0}
    assert (done.returns[0, 0], done.length[0], keys.episodes().length.size) == (2, 2, 0)


def test_a_picture_keeps_its_bytes_and_its_shape() -> None:
    image = batch("Image", worlds=2)
    assert image.spec.observation_shape == (6, 6, 1) and image.observations.dtype == np.uint8
    assert (image.observations.reshape(2, -1) == 255).sum(axis=1).tolist() == [9, 9]
    image.actions[:] = 3
    for _ in range(8):
        image.step()
    assert image.truncations.all() and not image.terminals.any()
    assert (image.final_observations != 0).any() and image.episodes().truncated.all()
    with pytest.raises(ConfigError, match="4 is no choice of 4"):
        act(image, [0], [4])


def test_a_game_of_our_own_is_the_same_through_both_doors() -> None:
    """Native rules behind another library's face, and that as a foreign environment: the same numbers."""
    for face, mission in (("gymnasium:SingleEnv", "recall.basic"), ("pettingzoo:ParallelEnv", "meet.basic")):
        ours = Batch(make(mission))
        theirs = Batch(make(f"coterie.envs.{face}?mission={mission}"))
        for copies in (ours, theirs):
            copies.start_episode(0, 77)
            copies.episodes()
        ours.reset(77)  # the face starts the first episode of the batch seed that it is given
        assert theirs.spec.actions == ours.spec.actions and theirs.spec.has_mask == ours.spec.has_mask
        dice = np.random.default_rng(3)
        for _ in range(40):
            np.testing.assert_array_equal(theirs.observations, ours.observations)
            np.testing.assert_array_equal(theirs.masks, ours.masks)
            actions = [[dice.integers(n) for n in ours.spec.actions] for _ in range(ours.rows)]
            act(ours, *actions)
            act(theirs, *actions)
            np.testing.assert_array_equal(theirs.rewards, ours.rewards)
            np.testing.assert_array_equal(theirs.terminals, ours.terminals)
            np.testing.assert_array_equal(theirs.truncations, ours.truncations)
            if ours.terminals.any() or ours.truncations.any():
                np.testing.assert_array_equal(theirs.final_observations, ours.final_observations)
                break
        first, second = ours.episodes(), theirs.episodes()
        assert len(first) == 1 and first.length.tolist() == second.length.tolist()
        np.testing.assert_array_equal(first.returns, second.returns)


def test_agents_that_are_gone_are_flagged_and_see_nothing() -> None:
    leavers = batch("Leavers", worlds=2)
    assert leavers.spec.seats == 4 and leavers.spec.has_mask
    assert leavers.masks[:4].tolist() == [[True, False]] * 3 + [[True, True]]
    flags = []
    for _ in range(3):
        leavers.actions[:] = 0
        leavers.step()
        flags.append((leavers.terminals[4:].astype(int) + 2 * leavers.truncations[4:]).tolist())
    assert flags == [[1, 0, 0, 1], [1, 1, 0, 0], [1, 1, 2, 2]]
    assert leavers.rewards[4:].tolist() == [0, 0, 3, 3]
    assert leavers.final_observations[4:].tolist()[2:] == [[2, 3], [3, 3]]
    assert leavers.observations[4:].tolist() == [[0, 0], [1, 0], [2, 0], [0, 0]]
    done = leavers.episodes()
    assert done.returns.tolist() == [[1, 3, 6, 3]] * 2 and done.world.tolist() == [0, 1]


def test_statistics_of_agents_are_those_of_seats() -> None:
    meet = batch("Meet", statistics=("rounds",))
    for _ in range(10):
        act(meet, *meet.observations.argmax(axis=1, keepdims=True))
    done = meet.episodes()
    assert done.seat_statistics[0].tolist() == [[10], [10]] and done.returns[0].tolist() == [10, 10]
    assert meet.spec.statistics == () and meet.spec.seat_statistics == ("rounds",)


def test_agents_of_pufferlib_start_anew_each_for_itself() -> None:
    """Seat 1 loses a step at the start: its corridor ends two steps later, and the copy's episode with it."""
    halls = batch("Corridors?num_agents=2", statistics=("steps",))
    ends = []
    for step in range(8):
        before = halls.observations.copy()
        act(halls, [1], [0 if step < 1 else 1])
        ends.append(halls.terminals.tolist())
        ended = halls.terminals
        np.testing.assert_array_equal(halls.final_observations[ended], before[ended])
        if step < 6:
            assert not len(halls.episodes())
    assert ends[5] == [True, False] and ends[6] == [False, True]
    done = halls.episodes()
    assert done.length.tolist() == [7] and halls.episode_step(0) == 1
    np.testing.assert_allclose(done.returns[0], [1 - 6 * 0.05, 1 - 7 * 0.05], atol=1e-6)
    assert done.statistics[0].tolist() == [7]


def test_the_clock_of_the_batch_cuts_episodes() -> None:
    halls = batch("Corridors?num_agents=2", max_steps=4)
    for _ in range(4):
        act(halls, [1], [1])
    assert halls.truncations.all() and halls.observations[:, 0].all() and halls.final_observations[:, 4].all()
    assert halls.episodes().truncated.tolist() == [True] and halls.spec.max_steps == 4


def history(copies: Batch, world: int, steps: int = 40) -> np.ndarray:
    seen = []
    for step in range(steps):
        copies.actions[:] = step % 2
        seen.append(np.append(copies.observations[world], copies.rewards[world]))
        copies.step()
    return np.array(seen)


def test_a_copy_depends_on_seed_and_number_alone() -> None:
    np.testing.assert_array_equal(
        history(batch(CARTPOLE, 3, seed=4), 1), history(batch(CARTPOLE, 2, seed=4), 1)
    )
    other = history(batch(CARTPOLE, 3, seed=4), 2)
    assert (history(batch(CARTPOLE, 3, seed=4), 1) != other).any()
    alone = batch(CARTPOLE, 1)
    alone.start_episode(0, (1 << 40) + 9)
    expected, _ = make_cartpole().reset(seed=9)
    np.testing.assert_array_equal(alone.observations[0], expected)
    assert alone.spec.max_steps == 500


def make_cartpole() -> Any:
    import_of = make(CARTPOLE)
    return import_of.engine(worlds=1, seed=0, threads=1, desync=False).lives[0].guest.env


def test_observations_go_where_they_are_wanted() -> None:
    cart = batch(CARTPOLE, 2)
    first, other = cart.observations.copy(), np.full_like(cart.observations, 9)
    cart.observe_into(other)
    cart.actions[:] = 1
    cart.step()
    assert cart.observations is other and (other != 9).all() and (other != first).any()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("raise", r"step raised IndexError: list index out of range \(foreign_stage\.py:\d+\)"),
        ("nan", "step gave observation with NaN in it"),
        ("shape", r"step gave observation of shape \(3,\), its space has \(2,\)"),
        ("words", "step gave observation of <U4, and not numbers"),
        ("reward", "step gave the reward inf"),
        ("rewards", r"step gave a reward of float64 and shape \(2,\), and not one number"),
        ("four", "step gave 4 values and not 5: step gives observation, reward, terminated, truncated, info"),
        ("mask", "step gave an action_mask in the info of a step, and none in that of its first reset"),
    ],
)
def test_what_an_environment_does_wrong_is_told_with_copy_and_step(what: str, said: str) -> None:
    copies = batch(f"Broken?what={what}", worlds=2)
    copies.start_episode(0, 42)
    copies.step()
    copies.step()
    with pytest.raises(
        ConfigError,
        match=rf"^{STAGE}:Broken\?what={what}: copy 0, step 3 of the episode of seed 42: {said}",
    ):
        copies.step()


@pytest.mark.parametrize(
    ("mission", "said"),
    [
        ("nowhere:make", "mission 'nowhere:make': No module named 'nowhere'"),
        (f"{STAGE}:Imagee", "no 'Imagee' in unit.foreign_stage; did you mean Image?"),
        (f"{STAGE}:ONLY", "ONLY is a Broken, and nothing to call"),
        ("a b:make", "is package.module:factory"),
        ("gymnasium:make?id", r"after \? come key=value pairs"),
        ("gymnasium:make?id=Nope-v9", "copy 0: its making raised NameNotFound"),
        ("gymnasium:make?id=Pendulum-v1", r"copy 0: its action space is Box\(.*Discrete and MultiDiscrete"),
        ("gymnasium:make_vec?id=CartPole-v1", "it is a vector of environments"),
        (f"{STAGE}:turns", "pettingzoo.utils.aec_to_parallel"),
        ("builtins:dict", "it is a dict, and no environment of Gymnasium"),
    ],
)
def test_what_is_no_environment_is_refused(mission: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Batch(make(mission))


def test_a_factory_that_gives_one_environment_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="copy 1: its making gave the same environment twice"):
        batch("same", worlds=2)


@pytest.mark.parametrize(
    "given", [{"variant_names": ("caves",)}, {"agents": 3}, {"map_seed": 1}], ids=lambda one: next(iter(one))
)
def test_what_only_missions_have_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"gymnasium:make.* has no "):
        make(CARTPOLE, **given)


def test_spaces_that_have_no_fixed_size_are_refused() -> None:
    for space in (spaces.Text(3), spaces.Dict({"a": spaces.Sequence(spaces.Discrete(2))})):
        with pytest.raises(ConfigError, match="coterie reads Box, Discrete, MultiDiscrete and MultiBinary"):
            Reader(space)
    with pytest.raises(ConfigError, match="makes 1073741824 numbers"):
        Reader(spaces.Discrete(1 << 30))


def test_values_that_their_space_has_not_are_refused() -> None:
    row = np.zeros(3, np.float32)
    with pytest.raises(Odd, match=r"gave observation = 3, its space is Discrete\(3\)"):
        Reader(spaces.Discrete(3))(3, row)
    with pytest.raises(Odd, match="from -1 to 300, its space is of bytes"):
        Reader(spaces.Box(0, 255, (2,), np.uint8))(np.array([-1, 300]), np.zeros(2, np.uint8))
    with pytest.raises(Odd, match=r"gave no observation\['a'\]"):
        Reader(spaces.Dict({"a": spaces.Discrete(2), "b": spaces.Discrete(1)}))({"b": 0}, row)
    with pytest.raises(Odd, match="too large for float32"):
        Reader(spaces.Box(-np.inf, np.inf, (1,), np.float64))(np.array([1e300]), row[:1])
    with pytest.raises(Odd, match="allows nothing for head 1"):
        Choices(spaces.MultiDiscrete([2, 2])).write_mask(([1, 0], [0, 0]), np.zeros(4, np.bool_))


@pytest.mark.parametrize("name", ["fast", "lstm", "mingru", "stateless"])
def test_networks_read_vectors_and_pictures(name: str) -> None:
    for mission in ("Keys", "Image", "Image?side=36", "Image?side=3"):
        copies = batch(mission, worlds=2)
        network = architecture(name).build(copies.spec)
        seen = torch.from_numpy(copies.observations)[None]
        output = network(seen, torch.ones(1, 2, dtype=torch.bool), network.memory(2))
        assert output.logits.shape == (1, 2, sum(copies.spec.actions))


def test_a_picture_reads_alike_with_channels_first_and_last() -> None:
    last = batch("Image?side=40").spec
    first = replace(last, observation_shape=(1, 40, 40))
    encoders = [encoder(spec, 32) for spec in (last, first)]
    encoders[1].load_state_dict(encoders[0].state_dict())
    seen = torch.randint(0, 256, (2, 3, 40, 40, 1), dtype=torch.uint8)
    torch.testing.assert_close(encoders[0](seen), encoders[1](seen.movedim(4, 2)))


def test_a_network_of_tokens_refuses_it() -> None:
    with pytest.raises(ConfigError, match="the game shows a vector"):
        architecture("vit_tiny").build(batch(CARTPOLE).spec)


def config(folder: Path, steps: int, name: str = "run") -> RunConfig:
    return RunConfig(
        run=name,
        data_dir=str(folder),
        policy_architecture="lstm",
        training_env={"mission": f"{STAGE}:Leavers", "worlds": 4},
        trainer={
            "total_timesteps": steps,
            "batch_size": 128,
            "minibatch_size": 128,
            "bptt_horizon": 8,
            "threads": 1,
            "losses": {"ppo_actor": {}, "ppo_critic": {}},
        },
        components={"checkpointer": {"epoch_interval": 1}},
    )


def test_a_resumed_run_begins_new_episodes(tmp_path: Path) -> None:
    run = train(config(tmp_path, 256))
    again = build(config(tmp_path, 512))
    again.restore(*checkpoint.latest_state(again))
    assert (again.agent_step, again.epoch) == (256, 2) and again.learner.starts.all()
    assert [again.batch.episode_step(w) for w in range(4)] == [0] * 4
    assert again.batch.episode_seed(0) != run.batch.episode_seed(0)
    for name, weight in run.network.state_dict().items():
        assert torch.equal(weight, again.network.state_dict()[name])
    np.testing.assert_array_equal(again.learner.tail.numpy(), again.batch.observations)
    update(again)
    assert np.isfinite(again.metrics["losses/total"])


def test_training_says_what_a_resume_keeps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = config(tmp_path, 128).model_dump()
    assert Train(**settings).invoke() == 0
    assert "environments cannot be saved" in capsys.readouterr().out
    assert any("environments cannot be saved" in line for line in Train(**settings).preview())


def test_evaluation_plays_it() -> None:
    done = simulate(SimulationConfig(mission=CARTPOLE, num_episodes=6), ["random"], worlds=4)
    assert len(done.episodes) == 6 and 9 < done.measured("return").mean() < 60
    again = simulate(SimulationConfig(mission=CARTPOLE, num_episodes=6), ["noop"], worlds=2)
    assert again.measured("return").tolist() == again.measured("length").tolist()
