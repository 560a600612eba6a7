"""Guard: stands between a roster and a policy of somebody else's, which may be late, wrong or gone."""

import math
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import numpy as np

from coterie.config import ConfigError
from coterie.games.batch import Batch, Spec
from coterie.play.limits import Limits, Tally, Timed
from coterie.play.roster import Roster, Share
from coterie.policies.policy import Actor, Policy, State


class PolicyError(ConfigError):
    """A policy that cannot go on: its name, the seats it holds, the step, and what it did."""


class Fault(Exception):
    """What a policy did: for its rows `rows` [n], all if None, in the step `age` steps ago."""

    def __init__(self, what: str, rows: np.ndarray | None = None, age: int = 0) -> None:
        super().__init__(what)
        self.what, self.rows, self.age = what, rows, age


class Worker(Thread):
    """A thread that does one job after the other; each comes back as its value or as what it raised."""

    def __init__(self) -> None:
        super().__init__(name="policy", daemon=True)  # one that hangs must not keep the program from ending
        self.jobs: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self.done: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self.start()

    def run(self) -> None:
        while (job := self.jobs.get()) is not None:
            try:
                self.done.put((job(), None))
            except BaseException as error:  # SystemExit too: it would end this thread in silence
                self.done.put((None, error))


class Guard(Actor):
    """Calls an actor in a thread of its own and goes on without it when it is late.

    While it is still busy with an older step the worlds play noops; its answer to that step is dropped. What
    it returns is checked. The memory of the actor stays on its side.
    """

    def __init__(self, actor: Actor, spec: Spec, limits: Limits | None) -> None:
        self.actor, self.spec, self.limits = actor, spec, limits
        self.deadline = math.inf  # of time.monotonic: when the simulation is over, whoever acts
        self.worker = Worker()
        self.memory: State = None
        self.asked_at: float | None = None
        self.age = 0

    def begin(self, worlds: np.ndarray, seed: int) -> None:
        self.tally = Tally(self.spec, worlds, self.limits)
        self.ended = np.zeros(len(worlds), dtype=bool)
        self.heads = np.cumsum((0, *self.spec.actions))

        def job() -> None:
            self.actor.threads = self.threads
            self.memory = self.actor.begin(worlds, seed)

        self.ask(job)
        is_free, _ = self.answer(math.inf)
        if not is_free:
            raise Fault(f"has not begun after {self.busy_s:.3g} s")

    def act(self, observations: np.ndarray, masks: np.ndarray, state: None) -> tuple[np.ndarray, None]:
        tally = self.tally
        if len(tally.exhausted) and (tally.exhausted >= 0).all():
            return tally.settled(tally.noops(observations, masks), observations, masks), None
        if self.asked_at is not None:  # with an older step
            self.age += 1
            began = time.monotonic()
            is_free, _ = self.answer(tally.limit_s)
            tally.charge(time.monotonic() - began)
            if not is_free:
                return tally.settled(None, observations, masks), None
        # What it is shown must not change under it, should it be late.
        seen, allowed, ended = np.array(observations), np.array(masks), self.ended.copy()
        self.ended[:] = False

        def job() -> Any:
            if ended.any():
                self.memory = self.actor.forget(self.memory, ended)
            answer = self.actor.act(seen, allowed, self.memory)
            if not isinstance(answer, tuple) or len(answer) != 2:
                raise Fault(f"returned {in_words(answer)}, not actions and the new memory")
            actions, self.memory = answer
            return self.checked(actions, allowed)

        self.ask(job)
        is_free, actions = self.answer(tally.limit_s)
        return tally.settled(actions if is_free else None, observations, masks), None

    def forget(self, state: None, ended: np.ndarray) -> None:
        self.ended |= ended

    @property
    def busy_s(self) -> float:
        """Seconds since it was asked what it has not answered yet, 0 if there is no such thing."""
        return 0.0 if self.asked_at is None else time.monotonic() - self.asked_at

    def ask(self, job: Callable[[], Any]) -> None:
        self.asked_at, self.age = time.monotonic(), 0
        self.worker.jobs.put(job)

    def answer(self, seconds: float) -> tuple[bool, Any]:
        """Whether it answered after so many seconds at most, and what; a Fault if it failed or hangs."""
        patience = math.inf if self.limits is None else self.limits.hang_timeout_s - self.busy_s
        left = min(seconds, patience, self.deadline - time.monotonic())
        try:
            value, error = self.worker.done.get(timeout=None if left == math.inf else max(0.0, left))
        except Empty:
            if left < patience:
                return False, None
            raise Fault(f"has not answered for {self.busy_s:.3g} s", age=self.age) from None
        self.asked_at = None
        if isinstance(error, Fault):
            raise Fault(error.what, error.rows, self.age) from error
        if error is not None:
            raise Fault(raised(error), age=self.age) from error
        return True, value

    def checked(self, actions: Any, masks: np.ndarray) -> np.ndarray:
        """Actions as int32 [R, K]; a Fault says of the first wrong one what is allowed."""
        shape = (len(self.ended), len(self.spec.actions))
        if not isinstance(actions, np.ndarray) or actions.shape != shape or actions.dtype.kind not in "iu":
            raise Fault(f"returned {in_words(actions)}; actions are int32 {list(shape)}")
        wrong = (actions < 0) | (actions >= np.array(self.spec.actions))
        if wrong.any():
            row, head = np.argwhere(wrong)[0]
            top = self.spec.actions[head] - 1
            raise Fault(
                f"chose {actions[row, head]}{self.of(head)}, which is outside 0..{top}", wrong_row(row)
            )
        if self.spec.has_mask:
            allowed = np.take_along_axis(masks, self.heads[:-1] + actions, axis=1)
            if not allowed.all():
                row, head = np.argwhere(~allowed)[0]
                raise Fault(f"chose {actions[row, head]}{self.of(head)}, which is masked out", wrong_row(row))
        return actions.astype(np.int32)

    def of(self, head: int) -> str:
        return "" if len(self.spec.actions) == 1 else f" for head {head}"

    def close(self) -> None:
        """Send the thread home, once it is done with what it may be busy with."""
        self.worker.jobs.put(None)


def wrong_row(row: int) -> np.ndarray:
    return np.array([row])


def in_words(value: Any) -> str:
    """`float64 [4, 1]` of an array, else the type."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {list(value.shape)}"
    return "nothing" if value is None else f"a {type(value).__name__}"


def raised(error: BaseException) -> str:
    """`raised ValueError: no such tile (my_policy.py:31)`, from where it was raised."""
    if isinstance(error, SystemExit):
        return f"left the program (exit code {0 if error.code is None else error.code})"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    said = " ".join(str(error).split())
    return f"raised {type(error).__name__}{': ' if said else ''}{said:.300}{place}"


def is_own(policy: Policy) -> bool:
    """Whether it is coterie's own code that acts: scripted teams, and networks trained here."""
    return type(policy).__module__.partition(".")[0] == "coterie"


def watch(roster: Roster, policies: list[Policy], spec: Spec, limits: Limits | None, deadline: float) -> None:
    """Put a guard before every policy of somebody else's, and limits on our own where there are any."""
    for share, policy in zip(roster.shares, policies, strict=True):
        threads = share.actor.threads
        if not is_own(policy):
            share.actor = Guard(share.actor, spec, limits)
            share.actor.deadline = deadline
        elif limits is not None:
            share.actor = Timed(share.actor, spec, limits)
        share.actor.threads = threads


def unwatch(roster: Roster) -> None:
    """Send the guards' threads home."""
    for share in roster.shares:
        if isinstance(share.actor, Guard):
            share.actor.close()


def blamed(share: Share, batch: Batch, error: BaseException) -> PolicyError:
    """The sentence on what a policy did, with its name, the seats concerned and the step."""
    fault = error if isinstance(error, Fault) else Fault(raised(error))
    rows = np.arange(batch.rows)[share.rows]
    rows = rows if fault.rows is None else rows[fault.rows]
    seats = np.unique(rows % batch.spec.seats)
    steps = [max(0, batch.episode_step(world) - fault.age) for world in np.unique(rows // batch.spec.seats)]
    step = f"step {steps[0]}" if min(steps) == max(steps) else f"steps {min(steps)} to {max(steps)}"
    where = f"seat{'' if len(seats) == 1 else 's'} {spans(seats.tolist())}, {step}"
    return PolicyError(f"policy '{share.name}', {where}: {fault.what}")


def spans(numbers: list[int]) -> str:
    """`0–3, 6` of 0, 1, 2, 3, 6."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][-1] == number - 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}–{part[-1]}" for part in parts)
