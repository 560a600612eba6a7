"""Playing: scripted policies, rosters, the loop, episodes, and what is printed of them."""

import re

import numpy as np
import pytest

from coterie.config import ConfigError, class_name, override
from coterie.games import catalog
from coterie.games.batch import Batch, Spec
from coterie.games.lab.echo import EchoConfig
from coterie.play import episode
from coterie.play.log import RewardLog, in_words
from coterie.play.loop import has_ended, steps
from coterie.play.roster import Roster, Share, divide, seat
from coterie.play.terminal import Frames
from coterie.policies import uri
from coterie.policies.policy import Actor
from coterie.policies.scripted.noop import Noop
from coterie.policies.scripted.random import Random
from coterie.policies.team import TeamPolicy


def spec(
    actions: tuple[int, ...] = (3, 2), *, names: tuple[tuple[str, ...], ...] = (), mask: bool = False
) -> Spec:
    return Spec(
        seats=2,
        observation_shape=(4,),
        observation_is_float=False,
        actions=actions,
        action_names=names,
        has_mask=mask,
        max_steps=8,
        usual_steps=0,
        statistics=(),
        seat_statistics=(),
    )


@pytest.fixture
def batch() -> Batch:
    return Batch(EchoConfig(), worlds=3, seed=5)


# -- policies and rosters


def test_random_takes_every_allowed_action_and_no_other() -> None:
    masks = np.array([[1, 0, 1, 0, 1], [0, 1, 0, 1, 1]] * 200, dtype=bool)
    actor = Random().build(spec(mask=True))
    actions, _ = actor.act(np.zeros((400, 4), np.uint8), masks, actor.begin(np.arange(400), seed=1))
    assert actions.dtype == np.int32
    assert {tuple(row) for row in actions[0::2].tolist()} == {(0, 1), (2, 1)}
    assert {tuple(row) for row in actions[1::2].tolist()} == {(1, 0), (1, 1)}


def test_random_is_even_and_depends_on_both_seeds() -> None:
    nothing = np.zeros((9000, 0), dtype=bool)

    def drawn(policy_seed: int, seed: int) -> np.ndarray:
        actor = Random(seed=policy_seed).build(spec())
        return actor.act(np.zeros((9000, 4), np.uint8), nothing, actor.begin(np.arange(9000), seed))[0]

    assert np.abs(np.bincount(drawn(0, 0)[:, 0]) - 3000).max() < 200
    assert np.array_equal(drawn(1, 2), drawn(1, 2))
    assert not np.array_equal(drawn(1, 2), drawn(1, 3))
    assert not np.array_equal(drawn(1, 2), drawn(2, 2))


def test_noop_rests_where_it_may() -> None:
    named = Noop().build(spec(names=(("go", "noop", "turn"), ("a", "b")), mask=True))
    masks = np.array([[1, 1, 1, 1, 1], [0, 0, 1, 0, 1]], dtype=bool)
    actions, _ = named.act(np.zeros((2, 4), np.uint8), masks, None)
    assert actions.tolist() == [[1, 0], [2, 1]]


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("random", Random()),
        ("random?seed=3", Random(seed=3)),
        ("metta://policy/random?seed=3", Random(seed=3)),
        ("coterie://policy/noop", Noop()),
    ],
)
def test_a_policy_is_named_by_a_text(text: str, policy: object) -> None:
    assert uri.parse(text) == policy


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("randm", "no policy 'randm'; did you mean random?"),
        ("random?sed=3", "sed: no such setting; did you mean seed?"),
        ("random?seed=many", "seed: "),
        ("random?seed", "key=value"),
        ("meta://policy/random", "no scheme 'meta'; did you mean metta?"),
        ("metta://random", "comes policy/NAME"),
    ],
)
def test_a_wrong_policy_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        uri.parse(text)


@pytest.mark.parametrize("name", sorted(uri.policies()))
def test_every_policy_plays(name: str, batch: Batch) -> None:
    """In a game whose answer is known; who reads a game by its names refuses that one and plays its own."""
    policy = uri.parse(name)
    assert type(policy).__name__ == class_name(name)
    if isinstance(policy, TeamPolicy):
        with pytest.raises(ConfigError, match="needs a game of a grid"):
            seat(batch, [(name, policy)])
        batch = own_game(policy)
    assert 0 < episode.play(batch, seat(batch, [(name, policy)]), seed=1).length <= 32


def own_game(policy: TeamPolicy) -> Batch:
    """32 steps of the game that a native team reads: the others are refused."""
    for mission, change in (("cogsguard_arena.basic", "max_steps=32"), ("prospector.basic", "ticks=32")):
        batch = Batch(override(catalog.make(mission), [change]))
        try:
            policy.build(batch.spec)
        except ConfigError:
            continue
        return batch
    raise AssertionError(f"no game for {policy}")


def test_seats_are_shared_evenly() -> None:
    assert divide(8, [1, 1]).tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert divide(5, [1, 1, 1]).tolist() == [0, 0, 1, 1, 2]
    assert divide(8, [3, 5]).tolist() == [0, 0, 0, 1, 1, 1, 1, 1]
    with pytest.raises(ConfigError, match="8 seats cannot be shared 100:1: somebody would have none"):
        divide(8, [100, 1])
    with pytest.raises(ConfigError, match="2 policies cannot share 1 seat"):
        divide(1, [1, 1])


class Teller(Actor):
    """Says its own number, and counts steps for each row until its episode ends."""

    def __init__(self, number: int) -> None:
        self.number = number

    def begin(self, worlds: np.ndarray, seed: int) -> np.ndarray:
        return np.zeros(len(worlds), dtype=int)

    def act(
        self, observations: np.ndarray, masks: np.ndarray, state: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        return np.full((len(observations), 1), self.number, dtype=np.int32), state + 1

    def forget(self, state: np.ndarray, ended: np.ndarray) -> np.ndarray:
        return np.where(ended, 0, state)


def test_each_row_is_acted_for_once_and_forgets_at_its_end(batch: Batch) -> None:
    rows = [np.array([0, 2]), np.array([1])]
    roster = Roster([Share(f"teller {k}", Teller(k), rows[k]) for k in range(2)])
    roster.begin(batch, seed=0)
    roster.hands[2] = np.array([3], dtype=np.int32)
    for taken in steps(batch, roster):
        assert batch.actions[:, 0].tolist() == ([0, 1, 3] if taken == 1 else [0, 1, 0])
        assert [share.state.tolist() for share in roster.shares] == [[taken % 32] * 2, [taken % 32]]
        if taken == 40:
            break


# -- episodes


def test_an_episode_depends_on_its_seed_alone(batch: Batch) -> None:
    alone = Batch(EchoConfig())
    first = episode.play(alone, seat(alone, [("random", Random())]), seed=7)
    again = episode.play(alone, seat(alone, [("random", Random())]), seed=7)
    other = episode.play(alone, seat(alone, [("random", Random())]), seed=8)
    assert first == again != other
    assert (first.length, first.end, first.seats) == (32, "by the rules", ("random",))
    assert sum(first.returns) == first.statistics["echoes"]


def test_a_limit_or_a_watcher_cuts_an_episode_short(batch: Batch) -> None:
    roster = seat(batch, [("random", Random())])
    cut = episode.play(batch, roster, seed=7, limit=5)
    left = episode.play(batch, roster, seed=7, watch=lambda batch: batch.episode_step(0) < 5)
    assert cut == left
    assert (cut.length, cut.end) == (5, "cut short")
    assert cut.statistics.keys() == {"echoes"}
    assert episode.play(batch, roster, seed=7, watch=lambda batch: False).length == 0


def test_an_end_is_seen_in_the_step_that_makes_it(batch: Batch) -> None:
    roster = seat(batch, [("noop", Noop())])
    roster.begin(batch, seed=0)
    ends = [taken for taken, _ in zip(steps(batch, roster), range(64), strict=False) if has_ended(batch)]
    assert ends == [32, 64]


# -- what is printed


def test_frames_are_the_first_some_and_the_last(batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    with Frames(every=20) as watch:
        for seed in range(2):
            episode.play(batch, seat(batch, [("noop", Noop())]), seed=seed, watch=watch)
        episode.play(batch, seat(batch, [("noop", Noop())]), seed=2, limit=3, watch=watch)
    printed = re.findall(r"^step (\d+)", capsys.readouterr().out, flags=re.MULTILINE)
    assert printed == ["0", "20", "31", "0", "20", "31", "0", "3"]


def test_the_log_says_who_was_rewarded_when(batch: Batch, capsys: pytest.CaptureFixture[str]) -> None:
    with RewardLog() as watch:
        result = episode.play(batch, seat(batch, [("noop", Noop())]), seed=3, watch=watch)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "an episode begins, 1 seat"
    spans = [re.fullmatch(r"step +(\d+)(?:–(\d+))?  \+1  \(return \d+\)", line) for line in lines[1:]]
    lengths = [int(span[2] or span[1]) - int(span[1]) + 1 for span in spans if span]
    assert len(spans) == len(lengths)
    assert sum(lengths) == sum(result.returns) > 0


def test_rewards_in_words() -> None:
    assert in_words(np.array([0.5], np.float32)) == "+0.5"
    assert in_words(np.array([0.5, 0.5], np.float32)) == "+0.5 to each seat"
    assert in_words(np.array([0, 0.5, -1, 0.5], np.float32)) == "+0.5 to seats 1, 3; -1 to seat 2"
