"""Rosters: seats by proportion, by team, by number, and dealt anew in each episode."""

import numpy as np
import pytest

from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch, Spec
from coterie.games.lab.duel import DuelConfig
from coterie.play.match import Match
from coterie.play.roster import Roster, divide, seat, shuffled
from coterie.policies.policy import Actor, Policy
from coterie.policies.scripted.noop import Noop
from coterie.policies.scripted.random import Random

NOOPS = [("a", Noop()), ("b", Noop())]


def cogs(worlds: int = 3, *variants: str, steps: int = 10) -> Batch:
    return Batch(catalog.make("cogsguard_arena.basic", variants).replace(max_steps=steps), worlds)


@pytest.mark.parametrize(
    ("seats", "proportions", "counts"),
    [
        (4, [1, 2], [1, 3]),  # 1.33 and 2.67: the largest remainder
        (8, [3, 5], [3, 5]),
        (5, [1, 1, 1], [2, 2, 1]),  # of equal remainders the first
        (10, [1, 1, 4], [2, 2, 6]),  # 1.67, 1.67, 6.67
        (8, [1, 15], None),  # 0.5 and 7.5: the tie is the first's
        (1, [5], [1]),
    ],
)
def test_proportions_by_the_largest_remainder(
    seats: int, proportions: list[int], counts: list[int] | None
) -> None:
    owner = divide(seats, proportions)
    assert np.bincount(owner).tolist() == (counts or [1, 7])
    assert (np.diff(owner) >= 0).all()


@pytest.mark.parametrize("proportions", [[1, 2], [3, 5], [1, 1, 1], [2, 3, 5, 7], [1, 1, 4]])
def test_nobody_is_a_whole_seat_off(proportions: list[int]) -> None:
    for seats in range(len(proportions) * 8, 65):
        quota = np.array(proportions) * seats / sum(proportions)
        counts = np.bincount(divide(seats, proportions))
        assert counts.sum() == seats
        assert (np.abs(counts - quota) < 1).all()


def test_a_team_each() -> None:
    roster = seat(cogs(2, "multi_team"), NOOPS, seats="team")
    assert roster.owner is not None
    assert roster.owner.tolist() == [[0] * 8 + [1] * 8] * 2
    with pytest.raises(ConfigError, match="2 policies cannot have a team each: there is no teams"):
        seat(cogs(), NOOPS, seats="team")
    with pytest.raises(
        ConfigError, match="3 policies cannot have a team each: there is cogs_green, cogs_blue"
    ):
        seat(cogs(1, "multi_team"), [*NOOPS, ("c", Noop())], seats="team")


def test_seats_by_number() -> None:
    roster = seat(cogs(2), NOOPS, seats=[0, 1, 1, 0, 1, 1, 1, 0])
    assert roster.shares[0].rows.tolist() == [0, 3, 7, 8, 11, 15]  # type: ignore[union-attr]
    assert roster.shares[1].rows.tolist() == [1, 2, 4, 5, 6, 9, 10, 12, 13, 14]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("seats", "said"),
    [
        ([0, 1], "2 numbers for 8 seats"),
        ([0, 1, 2, 0, 0, 0, 0, 0], "there is no policy 2, they are 0..1"),
        ([0] * 8, "policy 1 has none"),
    ],
)
def test_wrong_seats_are_refused(seats: list[int], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        seat(cogs(), NOOPS, seats=seats)


def test_proportions_and_seats_are_not_both_given() -> None:
    with pytest.raises(ConfigError, match="not both"):
        seat(cogs(), NOOPS, [1, 1], seats="team")
    with pytest.raises(ConfigError, match="shared 0:1: a proportion is a whole number above 0"):
        seat(cogs(), NOOPS, [0, 1])


def test_dealing_keeps_the_numbers_and_depends_on_the_seed() -> None:
    owner = divide(8, [3, 5])
    dealt = [shuffled(owner, seed) for seed in range(200)]
    assert all(np.array_equal(np.sort(one), owner) for one in dealt)
    assert np.array_equal(shuffled(owner, 7), shuffled(owner, 7))
    share = np.mean([one == 0 for one in dealt], axis=0)
    assert np.abs(share - 3 / 8).max() < 0.12  # 3.5 deviations of 200 draws
    sides = {tuple(shuffled(np.array([0, 0, 1, 1]), seed, teams=True).tolist()) for seed in range(50)}
    assert sides == {(0, 0, 1, 1), (1, 1, 0, 0)}
    uneven = {tuple(shuffled(np.array([0, 1, 1]), seed, teams=True).tolist()) for seed in range(20)}
    assert uneven == {(0, 1, 1)}


def test_one_policy_on_all_seats_copies_nothing() -> None:
    roster = seat(cogs(), [("a", Noop())])
    assert roster.shares[0].rows == slice(None)


class Counting(Actor):
    """Plays noop; its memory is each row's number of steps in its episode, and it notes what it saw."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    def begin(self, worlds: np.ndarray, seed: int) -> np.ndarray:
        return np.zeros(len(worlds), dtype=int)

    def act(
        self, observations: np.ndarray, masks: np.ndarray, state: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((len(observations), len(self.spec.actions)), dtype=np.int32), state + 1

    def forget(self, state: np.ndarray, ended: np.ndarray) -> np.ndarray:
        return np.where(ended, 0, state)


class Counter(Policy):
    """Builds it."""

    def build(self, spec: Spec) -> Counting:
        return Counting(spec)


def play(batch: Batch, roster: Roster, seeds: list[int], shuffle: str) -> dict[int, list[int]]:
    """Number of an episode → who sat where."""
    found = {}
    for done in Match(batch, roster, seeds, shuffle).play(0):
        for number, owner in zip(done.numbers.tolist(), done.owner.tolist(), strict=True):
            found[number] = owner
        check_rows(batch, roster)
    return found


def check_rows(batch: Batch, roster: Roster) -> None:
    """Every row is acted for once, in the order of worlds, as `owner` says."""
    assert roster.owner is not None
    rows = [np.arange(batch.rows)[share.rows] for share in roster.shares]
    assert np.array_equal(np.sort(np.concatenate(rows)), np.arange(batch.rows))
    for k, own in enumerate(rows):
        assert np.array_equal(own, np.flatnonzero(roster.owner.ravel() == k))


def test_seats_are_dealt_by_the_seed_of_each_episode() -> None:
    seeds = list(range(100, 107))
    wide, narrow = cogs(4), cogs(1)
    policies = [("a", Counter()), ("b", Counter())]
    one = play(wide, seat(wide, policies, [3, 5]), seeds, "seats")
    two = play(narrow, seat(narrow, policies, [3, 5]), seeds, "seats")
    assert one == two
    assert one == {i: shuffled(divide(8, [3, 5]), seed).tolist() for i, seed in enumerate(seeds)}
    plain = play(wide, seat(wide, policies, [3, 5]), seeds, "")
    assert set(map(tuple, plain.values())) == {(0, 0, 0, 1, 1, 1, 1, 1)}


def test_memory_stays_with_the_actor_s_rows_and_ends_with_the_episode() -> None:
    batch = cogs(2, steps=5)
    roster = seat(batch, [("a", Counter()), ("b", Counter())])
    for _ in Match(batch, roster, list(range(6)), "seats").play(0):
        assert [share.state.tolist() for share in roster.shares] == [[0] * 8, [0] * 8]
    assert batch.episode_step(0) == 0


class SeatTeller(Actor):
    """Does what the first byte of its observation says, so that a wrong row would be seen."""

    def act(self, observations: np.ndarray, masks: np.ndarray, state: None) -> tuple[np.ndarray, None]:
        return (observations.reshape(len(observations), -1)[:, :1] % 2).astype(np.int32), state


def test_actions_go_to_the_rows_they_were_decided_for() -> None:
    batch = Batch(DuelConfig(), worlds=4)
    batch.observations[:] = np.arange(8).reshape(8, *[1] * (batch.observations.ndim - 1))
    roster = seat(batch, NOOPS)
    for share in roster.shares:
        share.actor = SeatTeller()
    roster.reseat(1, np.array([1, 0]))
    roster.reseat(3, np.array([1, 0]))
    roster.begin(batch, 0)
    roster.act(batch)
    assert batch.actions[:, 0].tolist() == [0, 1] * 4


def test_a_policy_that_cannot_be_built_is_named() -> None:
    class Broken(Policy):
        def build(self, spec: Spec) -> Actor:
            raise KeyError("map")

    with pytest.raises(ConfigError, match="policy 'mine' cannot be built: KeyError: 'map'"):
        seat(cogs(), [("mine", Broken())])
    with pytest.raises(ValueError, match="by hand has no owners"):
        Roster([]).reseat(0, np.array([0]))


def test_random_still_shares_evenly() -> None:
    batch = cogs(2)
    roster = seat(batch, [("random", Random()), ("noop", Noop())])
    assert roster.seat_names(batch) == ["random"] * 4 + ["noop"] * 4
