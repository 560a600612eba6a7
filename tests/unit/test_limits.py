"""Limits: who is late plays noops and is counted, who fails is named with its seats and step."""

import os
import sys
import time
from threading import Event

import numpy as np
import pytest

from coterie.config import ConfigError
from coterie.evaluation.simulation import Simulation, SimulationConfig, Unplayed, simulate
from coterie.games import catalog
from coterie.games.batch import Batch, Spec
from coterie.play.guard import Guard, is_own, spans, watch
from coterie.play.limits import Limits, Tally, Timed
from coterie.play.match import Match, TimeIsUp
from coterie.play.roster import seat
from coterie.policies.policy import Actor, Policy, State
from coterie.policies.scripted.noop import Noop
from coterie.policies.uri import parse

ECHO = SimulationConfig(mission="echo.basic", num_episodes=4)
COGS = SimulationConfig(settings={"max_steps": 20}, num_episodes=4)
RELEASED = Event()


class Odd(Policy):
    """Plays action 1, and does what `how` says in its call number `at`."""

    how: str = "nothing"
    at: int = 5

    def build(self, spec: Spec) -> "OddActor":
        return OddActor(spec, self.how, self.at)


class OddActor(Actor):
    def __init__(self, spec: Spec, how: str, at: int) -> None:
        self.spec, self.how, self.at, self.calls = spec, how, at, 0

    def begin(self, worlds: np.ndarray, seed: int) -> State:
        if self.how == "begin":
            raise OSError("no weights")
        return np.zeros(len(worlds), dtype=int)

    def act(self, observations: np.ndarray, masks: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        actions = np.ones((len(observations), len(self.spec.actions)), dtype=np.int32)
        self.calls += 1
        if self.calls != self.at and self.how not in ("slow", "print", "write"):
            return actions, state + 1
        match self.how:
            case "raise":
                raise ValueError("boom")
            case "exit":
                sys.exit(3)
            case "rows":
                return actions[1:], state
            case "floats":
                return actions.astype(np.float32), state
            case "list":
                return actions.tolist(), state  # type: ignore[return-value]
            case "nothing at all":
                return None  # type: ignore[return-value]
            case "range":
                actions[3] = 99
            case "negative":
                actions[0] = -1
            case "long":
                time.sleep(0.35)
            case "slow":
                time.sleep(0.03)
            case "hang":
                RELEASED.wait(20)
            case "print":
                print("hello from the policy")
            case "write":
                os.write(1, b"hello from below\n")
        return actions, state + 1

    def forget(self, state: State, ended: np.ndarray) -> State:
        return np.where(ended, 0, state)


def played(config: SimulationConfig, how: str, at: int = 5, **changes: object) -> Simulation:
    return simulate(config, [("odd", Odd(how=how, at=at))], **changes)  # type: ignore[arg-type]


# -- policies that fail


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("raise", r"seats 0–7, step 4: raised ValueError: boom \(test_limits.py:\d+\)"),
        ("exit", r"seats 0–7, step 4: left the program \(exit code 3\)"),
        ("rows", r"seats 0–7, step 4: returned int32 \[31, 1\]; actions are int32 \[32, 1\]"),
        ("floats", r"seats 0–7, step 4: returned float32 \[32, 1\]; actions are int32"),
        ("list", r"seats 0–7, step 4: returned a list; actions are int32"),
        ("nothing at all", r"seats 0–7, step 4: returned nothing, not actions and the new memory"),
        ("range", r"seat 3, step 4: chose 99, which is outside 0..11"),
        ("negative", r"seat 0, step 4: chose -1, which is outside 0..11"),
        ("begin", r"seats 0–7, step 0: raised OSError: no weights"),
    ],
)
@pytest.mark.parametrize("limits", [None, Limits()], ids=["free", "limits"])
def test_who_fails_is_named(how: str, said: str, limits: Limits | None) -> None:
    with pytest.raises(Unplayed, match=rf"episode 0 was not over, policy 'odd', {said}"):
        played(COGS, how, limits=limits)


def test_our_own_failing_is_named_too() -> None:
    batch = Batch(COGS.game(), 2)
    roster = seat(batch, [("still", Noop()), ("odd", Odd(how="raise"))])
    with pytest.raises(ConfigError, match=r"policy 'odd', seats 4–7, step 4: raised ValueError: boom"):
        list(Match(batch, roster, [1, 2]).play(0))


def test_a_masked_action_is_named() -> None:
    batch = Batch(catalog.make("stagger.basic"), 1)
    guard = Guard(Odd().build(batch.spec), batch.spec, None)
    guard.spec = Spec(**{name: getattr(batch.spec, name) for name in Spec.__slots__} | {"has_mask": True})
    guard.begin(np.arange(2), 0)
    masks = np.ones((2, sum(batch.spec.actions)), dtype=bool)
    masks[1, 1] = False
    with pytest.raises(Exception, match="chose 1, which is masked out") as error:
        guard.checked(np.ones((2, 1), dtype=np.int32), masks)
    assert error.value.rows.tolist() == [1]  # type: ignore[attr-defined]
    guard.close()


def test_what_was_finished_before_counts() -> None:
    kept: list[int] = []
    done = played(
        COGS.replace(num_episodes=6),
        "raise",
        45,
        worlds=2,
        keep=lambda one: kept.extend(one.numbers.tolist()),
    )
    assert done.numbers.tolist() == kept == [0, 1, 2, 3]
    assert not done.is_complete
    assert done.stopped.startswith("policy 'odd', seats 0–7, step 4: raised ValueError")


@pytest.mark.parametrize("how", ["print", "write"])
def test_prints_go_to_stderr(how: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert played(ECHO, how).is_complete
    said = capfd.readouterr()
    assert said.out == ""
    assert "hello from" in said.err


# -- policies that are late


def test_who_is_late_plays_noops_and_is_counted() -> None:
    """4 worlds: a call may take 4 * 20 ms; the long one misses steps until it is back, and then plays on."""
    done = played(COGS, "long", limits=Limits(action_timeout_ms=20))
    assert done.is_complete
    assert len(set(done.timeouts.ravel().tolist())) == 1  # all seats of all worlds were in that call
    missed = done.timeouts[0, 0]
    assert 1 <= missed <= 5
    ones = done.episodes.seat_statistics[
        :, :, done.episodes.spec.seat_statistics.index("action.noop.success")
    ]
    assert (ones == missed).all()
    assert (done.measured("timeouts") == 8 * missed).all()


def test_who_is_in_time_is_not_touched() -> None:
    quick = played(COGS, "nothing", limits=Limits(action_timeout_ms=1000))
    free = played(COGS, "nothing")
    assert not quick.timeouts.any()
    assert np.array_equal(quick.episodes.returns, free.episodes.returns)
    assert np.array_equal(quick.episodes.seat_statistics, free.episodes.seat_statistics)
    assert (quick.exhausted == -1).all()


def test_a_budget_ends_what_a_seat_may_be_late() -> None:
    limits = Limits(action_timeout_ms=1, overage_budget_ms=15)  # a call for 4 worlds: 4 ms of 30
    done = played(COGS, "slow", limits=limits)
    spent = done.exhausted
    assert (spent >= 1).all()
    assert (done.timeouts <= spent).all()  # after that it is not late, it is not asked
    assert done.is_complete


def test_budgets_are_new_in_each_episode() -> None:
    tally = Tally(Batch(COGS.game(), 2).spec, np.repeat([0, 1], 3), Limits(overage_budget_ms=100))
    observations, masks = np.zeros((6, 200, 3), np.uint8), np.zeros((6, 0), bool)
    for _ in range(3):
        tally.charge(0.08)
        tally.settled(None, observations, masks)
    assert tally.exhausted.tolist() == [2] * 6  # 40 ms for each of the two worlds, the third is too much
    timeouts, exhausted = tally.take(slice(0, 3))
    assert timeouts.tolist() == [2] * 3 and exhausted.tolist() == [2] * 3
    assert tally.exhausted.tolist() == [-1] * 3 + [2] * 3
    actions = tally.settled(np.ones((6, 1), np.int32), observations, masks)
    assert actions[:, 0].tolist() == [1, 1, 1, 0, 0, 0]


def test_who_hangs_is_given_up() -> None:
    began = time.monotonic()
    done = played(COGS.replace(num_episodes=6), "hang", 25, worlds=3, limits=Limits(hang_timeout_s=0.4))
    assert time.monotonic() - began < 5
    assert done.numbers.tolist() == [0, 1, 2]
    assert "policy 'odd', seats 0–7, step 4: has not answered for 0.4" in done.stopped
    RELEASED.set()


def test_who_hangs_costs_no_more_than_the_time_there_is() -> None:
    RELEASED.clear()
    with pytest.raises(
        Unplayed, match=r"max_time_s = 0.3 was up: policy 'odd' has not answered for 0\.\d+ s"
    ):
        played(COGS.replace(max_time_s=0.3), "hang")
    RELEASED.set()


def test_others_play_on_while_one_sleeps() -> None:
    limits = Limits(action_timeout_ms=25)
    done = simulate(COGS, [("odd", Odd(how="long")), ("role", parse("role"))], limits=limits)
    assert done.measured("timeouts", "odd").all()
    assert not done.measured("timeouts", "role").any()


def test_our_own_are_timed_without_a_thread() -> None:
    batch = Batch(COGS.game(), 2)
    roster = seat(batch, [("still", Noop()), ("odd", Odd())])
    watch(roster, [Noop(), Odd()], batch.spec, Limits(), float("inf"))
    assert [type(share.actor) for share in roster.shares] == [Timed, Guard]
    plain = seat(batch, [("still", Noop()), ("odd", Odd())])
    watch(plain, [Noop(), Odd()], batch.spec, None, float("inf"))
    assert type(plain.shares[0].actor).__name__ == "NoopActor"  # nobody in between
    assert is_own(parse("role")) and not is_own(Odd())


def test_our_own_first_call_is_free() -> None:
    batch = Batch(COGS.game(), 1)
    actor = Timed(OddActor(batch.spec, "slow", 1), batch.spec, Limits(action_timeout_ms=5))
    state = actor.begin(np.zeros(8, int), 0)
    for calls in (0, 1, 2):
        actions, state = actor.act(batch.observations, batch.masks, state)
        assert actor.tally.timeouts.tolist() == [calls] * 8
        assert (actions == (calls == 0)).all()


def test_the_deadline_stops_a_match() -> None:
    batch = Batch(COGS.game(), 1)
    with pytest.raises(TimeIsUp):
        list(Match(batch, seat(batch, [("still", Noop())]), [1], deadline=0.0).play(0))


def test_spans_of_seats() -> None:
    assert spans([0, 1, 2, 3, 6]) == "0–3, 6"
    assert spans([5]) == "5"
