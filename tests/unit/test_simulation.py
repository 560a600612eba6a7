"""Simulations: exact counts, seeds nobody trains on, no favour for short episodes, and tables that say so."""

import json

import numpy as np
import pytest
import torch

from coterie.config import ConfigError
from coterie.evaluation.comparison import Comparison, compare
from coterie.evaluation.simulation import EVALUATION, Simulation, SimulationConfig, simulate
from coterie.games.batch import Batch, Spec
from coterie.games.lab.echo import EchoConfig
from coterie.policies.architectures import architecture
from coterie.policies.neural import NeuralActor
from coterie.policies.policy import Actor, Policy, State
from coterie.policies.uri import parse

COGS = SimulationConfig(
    settings={"max_steps": 60},
    num_episodes=6,
    metrics={"junctions held": "return", "hearts gained": "team/heart.gained"},
)


class LeftActor(Actor):
    def __init__(self, spec: Spec, choice: int) -> None:
        self.heads, self.choice = len(spec.actions), choice

    def act(self, observations: np.ndarray, masks: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        return np.full((len(observations), self.heads), self.choice, dtype=np.int32), state


class Always(Policy):
    """Takes one choice whatever it sees."""

    choice: int = 0

    def build(self, spec: Spec) -> LeftActor:
        return LeftActor(spec, self.choice)


def missions() -> list[str]:
    return ["echo.basic", "cogsguard_arena.basic", "arena.basic"]


@pytest.mark.parametrize("count", [1, 5, 8, 13])
def test_exactly_so_many_episodes_each_of_its_own_seed(count: int) -> None:
    config = SimulationConfig(mission="echo.basic", num_episodes=count, seed=7)
    played = simulate(config, ["random"], worlds=4)
    assert played.is_complete
    assert played.episodes.seed.tolist() == [config.episode_seed(i) for i in range(count)]
    assert len(set(played.episodes.seed.tolist())) == count
    assert played.episodes.returns.shape == (count, 1)


def test_evaluation_has_a_range_of_seeds_of_its_own() -> None:
    last = SimulationConfig(seed=(1 << 24) - 1).episode_seed((1 << 24) - 2)
    assert EVALUATION >> 48 == last >> 48 == 0xE7A1
    trained = Batch(EchoConfig(), worlds=512, seed=0)
    assert not any(trained.episode_seed(w) >> 48 == 0xE7A1 for w in range(512))
    assert SimulationConfig(seed=1).episode_seed(0) > SimulationConfig(seed=0).episode_seed((1 << 24) - 2)


@pytest.mark.parametrize("mission", missions())
def test_worlds_and_threads_change_nothing(mission: str) -> None:
    config = SimulationConfig(mission=mission, num_episodes=5)
    if mission != "echo.basic":
        config = config.replace(settings={"max_steps": 40})
    alone, crowd = (
        simulate(config, [("still", Always())], worlds=w, threads=t).episodes for w, t in ((1, 1), (3, 2))
    )
    for name in ("seed", "length", "truncated", "returns", "statistics", "seat_statistics"):
        assert np.array_equal(getattr(alone, name), getattr(crowd, name)), name


def test_short_episodes_have_no_advantage() -> None:
    """Goals near the start end an episode early: whoever counts what ends first, counts too many of them."""
    config = SimulationConfig(mission="stagger.basic", num_episodes=24)
    one_by_one = simulate(config, [("still", Always())], worlds=1).episodes.length
    beside = simulate(config, [("still", Always())], worlds=8).episodes.length
    assert np.array_equal(one_by_one, beside)


def test_statistics_are_those_of_the_policy_s_own_seats() -> None:
    played = simulate(COGS, [("random", Always(choice=1)), ("still", Always())])
    assert played.policies == ("random", "still")
    assert played.seats.tolist() == [[0] * 4 + [1] * 4] * 6
    returns = played.episodes.returns.astype(np.float64)
    assert np.array_equal(played.measured("return", "still"), returns[:, 4:].mean(1))
    assert played.measured("return").dtype == played.measured("length").dtype == np.float64
    q = played.episodes.spec.seat_statistics.index("action.move.success")
    moves = played.episodes.seat_statistics[:, :, q]
    assert np.array_equal(played.measured("team/action.move.success", "random"), moves[:, :4].sum(1))
    assert np.array_equal(played.measured("seat/action.move.success"), moves.mean(1))
    assert played.measured("length").tolist() == [60.0] * 6
    assert played.measured("cogs/aligned.junction.held").shape == (6,)
    data = json.loads(json.dumps(played.data()))
    assert data["policies"]["still"]["seats"] == 4
    assert data["policies"]["still"]["seat/action.move.success"] == 0


@pytest.mark.parametrize(
    ("metric", "hint"),
    [
        ("team/heart.gaind", "did you mean team/heart.gained"),
        ("retrun", "did you mean return?"),
        ("length/heart.gained", "has no metric"),
    ],
)
def test_an_unknown_metric_is_refused(metric: str, hint: str) -> None:
    played = simulate(COGS.replace(num_episodes=1), ["noop"])
    with pytest.raises(ConfigError, match=hint):
        played.measured(metric)


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"mission": "cogsgard_arena.basic"}, "did you mean cogsguard_arena.basic"),
        ({"settings": {"max_step": 3}}, "did you mean max_steps"),
        ({"variants": ("cavs",)}, "no variant of cogsguard"),
        ({"num_episodes": 0}, "num_episodes"),
    ],
)
def test_a_wrong_simulation_is_refused(changes: dict[str, object], hint: str) -> None:
    with pytest.raises(ConfigError, match=hint):
        simulate(COGS.replace(**changes), ["random"])


def test_the_time_is_kept_and_told() -> None:
    with pytest.raises(ConfigError, match="episode 0 was not over, max_time_s = 1e-06 was up"):
        simulate(COGS.replace(max_time_s=1e-6), ["random"])
    long = SimulationConfig(settings={"max_steps": 40}, num_episodes=10_000, max_time_s=0.4)
    table = compare(long, ["noop"])
    assert 0 < len(table.simulations[0].episodes) < 10_000
    assert not table.data()["is_complete"]
    assert "10000 were asked for, max_time_s = 0.4 was up" in table.text()


# -- seats that change, maps that do not, and episodes as they come


def test_statistics_follow_a_policy_from_seat_to_seat() -> None:
    policies = [("mover", Always(choice=1)), ("still", Always())]
    played = simulate(COGS, policies, proportions=[3, 5], shuffle=True, worlds=2)
    assert (np.bincount(played.seats[0]) == [3, 5]).all()
    assert len({tuple(row) for row in played.seats.tolist()}) > 1
    q = played.episodes.spec.seat_statistics.index("action.noop.success")
    rests = played.episodes.seat_statistics[:, :, q]
    assert (rests[played.seats == 1] == 60).all()
    assert (rests[played.seats == 0] < 60).all()
    assert (played.measured("team/action.noop.success", "still") == 5 * 60).all()
    assert (played.measured("seat/action.noop.success", "still") == 60).all()
    again = simulate(COGS, policies, proportions=[3, 5], shuffle=True, worlds=5, threads=2)
    assert np.array_equal(played.seats, again.seats)
    assert np.array_equal(played.episodes.returns, again.episodes.returns)


def test_a_policy_named_twice_is_one() -> None:
    played = simulate(
        COGS.replace(num_episodes=2), [("still", Always()), ("a", Always()), ("still", Always())]
    )
    assert played.policies == ("still", "a")
    assert played.seats[0].tolist() == [0, 0, 0, 1, 1, 1, 0, 0]


def starts(config: SimulationConfig) -> list[str]:
    """The maps of the first episodes."""
    batch = Batch(config.game())
    found = []
    for i in range(4):
        batch.start_episode(0, config.episode_seed(i))
        found.append(batch.text(0))
    return found


def test_a_map_seed_pins_the_map_and_leaves_the_dice() -> None:
    free, pinned = COGS, COGS.replace(map_seed=7)
    assert len(set(starts(free))) == 4
    assert len(set(starts(pinned))) == 1
    assert starts(pinned) == starts(pinned.replace(seed=3)) != starts(COGS.replace(map_seed=8))
    players = [("random", parse("random"))]
    one, other = (simulate(pinned.replace(seed=s, num_episodes=4), players) for s in (0, 1))
    assert (one.map_seeds == 7).all() and one.map_seeds.dtype == np.uint64
    assert np.array_equal(simulate(free.replace(num_episodes=2), players).map_seeds, one.episodes.seed[:2])
    moves = one.episodes.statistics
    assert len(np.unique(moves, axis=0)) == 4  # the same map, other episodes
    assert not np.array_equal(moves, other.episodes.statistics)


def test_another_map_seed_leaves_the_episode_s_seed() -> None:
    one, other = (simulate(COGS.replace(map_seed=s), [("still", Always())]) for s in (7, 8))
    assert np.array_equal(one.episodes.seed, other.episodes.seed)
    assert not np.array_equal(one.episodes.statistics, other.episodes.statistics)


def test_a_game_without_maps_refuses_a_map_seed() -> None:
    with pytest.raises(ConfigError, match=r"echo\.basic has no map_seed to set"):
        simulate(SimulationConfig(mission="echo.basic", map_seed=3), ["random"])


def test_episodes_are_given_as_they_come() -> None:
    """Goals near the start end episodes early: each group is whole, in order, and what is kept is all."""
    config = SimulationConfig(mission="stagger.basic", num_episodes=24)
    groups: list[Simulation] = []
    done = simulate(config, [("still", Always())], worlds=8, keep=groups.append)
    assert len(groups) > 3
    assert all(group.stopped == "" and len(group.numbers) == len(group.episodes) for group in groups)
    numbers = np.concatenate([group.numbers for group in groups])
    assert sorted(numbers.tolist()) == done.numbers.tolist() == list(range(24))
    lengths = np.concatenate([group.episodes.length for group in groups])
    assert np.array_equal(lengths[np.argsort(numbers)], done.episodes.length)
    assert done.timeouts.shape == done.seats.shape == (24, done.episodes.spec.seats)


def test_what_the_time_cuts_is_said() -> None:
    long = SimulationConfig(settings={"max_steps": 40}, num_episodes=10_000, max_time_s=0.4)
    done = simulate(long, ["noop"])
    assert done.stopped == "max_time_s = 0.4 was up"
    assert done.numbers.tolist() == list(range(len(done.episodes)))


@pytest.fixture(scope="module")
def table() -> Comparison:
    return compare(COGS, ["random", ("still", Always())], reference="still")


def test_a_comparison_is_of_the_same_maps(table: Comparison) -> None:
    first, second = table.simulations
    assert np.array_equal(first.episodes.seed, second.episodes.seed)
    random, still = table.rows
    assert still.differences == {}
    hearts = first.measured("team/heart.gained")
    assert random.means["hearts gained"].mean == pytest.approx(hearts.mean())
    assert random.differences["hearts gained"].mean == pytest.approx(hearts.mean())


def test_a_comparison_reads_as_a_table(table: Comparison) -> None:
    lines = table.text().splitlines()
    assert lines[0].split() == "policy junctions held over still hearts gained over still".split()
    assert lines[1].startswith("random") and "±" in lines[1] and "[" in lines[1]
    assert lines[2].startswith("still") and "[" not in lines[2]
    assert "mean ± 95 % interval over 6 maps nobody trained on" in lines[-1]
    assert len({len(line) for line in lines[:2]}) == 1
    data = json.loads(json.dumps(table.data()))
    assert data["policies"]["random"]["hearts gained"]["over"]["count"] == 6


def test_a_comparison_needs_different_policies() -> None:
    with pytest.raises(ConfigError, match="'noop' is compared with itself"):
        compare(COGS, ["noop", "noop"])
    with pytest.raises(ConfigError, match="no policy 'nop' to compare with; did you mean noop"):
        compare(COGS, ["noop"], reference="nop")


def test_a_network_says_the_same_on_two_threads() -> None:
    """Row by row, but for the last digits of a product's sums."""
    batch = Batch(COGS.game(), 10)
    network = architecture("lstm").build(batch.spec)
    said = []
    for threads in (1, 2):
        actor = NeuralActor(network, batch.spec)
        actor.threads = threads
        state = actor.begin(np.repeat(np.arange(10), 8), 0)
        assert actor.crew.threads == threads
        for _ in range(3):
            logits, _, memory = actor.thought(batch.observations, state)
            _, state = actor.act(batch.observations, batch.masks, state)
        said.append((logits, *memory))
        actor.crew.close()
    for one, two in zip(*said, strict=True):
        assert torch.allclose(one, two, atol=1e-5)
