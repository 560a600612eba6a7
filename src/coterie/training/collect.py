"""Collect: a rollout; the learner sits in the roster like any actor and writes down what it sees and does."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from coterie.games.batch import Batch
from coterie.play.loop import steps
from coterie.play.roster import Roster, Share
from coterie.policies.choice import sample
from coterie.policies.crew import Crew
from coterie.policies.network import Memory, Network, Output
from coterie.policies.policy import Actor
from coterie.training.experience import PPO, STUDENT_LED, TEACHER_LED, Experience


class Precision(Protocol):
    """Makes the context in which a network computes: autocast, or nothing."""

    def __call__(self) -> AbstractContextManager[object]: ...


@dataclass(slots=True)
class Mind:
    """A network in the rollout, with what it remembers of all A rows."""

    network: Network
    memory: Memory
    device: str = "cpu"  # of the network; what is written down stays where the games write

    def __call__(self, observations: Tensor, starts: Tensor, rows: slice | Tensor) -> Output:
        """One step of some rows; `observations` [R, ...]. What was remembered of them is replaced."""
        output = self.peek(observations, starts, rows)
        for part, new in zip(self.memory, output.memory, strict=True):
            part[rows] = new
        return output

    def peek(self, observations: Tensor, starts: Tensor, rows: slice | Tensor) -> Output:
        """The same without remembering it."""
        memory = tuple(part[rows] for part in self.memory)
        return self.network(observations[None].to(self.device), starts[None].to(self.device), memory)


@dataclass(slots=True)
class Dice(Mind):
    """In a network's place: every legal action is as likely as any other, nothing is worth anything."""

    choices: int = 0  # C of all action heads

    def __call__(self, observations: Tensor, starts: Tensor, rows: slice | Tensor) -> Output:
        return self.peek(observations, starts, rows)

    def peek(self, observations: Tensor, starts: Tensor, rows: slice | Tensor) -> Output:
        count = len(starts)
        return Output(torch.zeros(1, count, self.choices), torch.zeros(1, count), ())


class Learner(Actor):
    """Fills an experience, step by step, chunk by chunk; `T` steps of all rows are a chunk."""

    def __init__(
        self, batch: Batch, experience: Experience, student: Mind, crew: Crew, precision: Precision
    ) -> None:
        self.batch, self.experience, self.student = batch, experience, student
        self.crew, self.precision = crew, precision
        self.teacher: Mind | None = None
        self.uses_labels = False
        rows = batch.rows
        self.rows = rows
        self.parts = crew.split(0, rows)
        self.starts = torch.ones(rows, dtype=torch.bool)
        self.slices = torch.zeros(rows, dtype=torch.uint8)
        self.seed = 0
        self.clock = 0  # steps of this run so far: with the seed, where the dice of a step come from
        self.t = self.chunk = 0
        self.keys = np.arange(rows)  # which dice each row throws, whoever thinks for it
        self.tail = torch.empty_like(experience.observations[0, :rows])
        self.places = [
            [experience.observations[t, self.columns(chunk)].numpy() for t in range(experience.horizon)]
            for chunk in range(experience.segments // rows)
        ]
        self.tail.copy_(torch.from_numpy(batch.observations))
        batch.observe_into(self.tail.numpy())

    def columns(self, chunk: int) -> slice:
        return slice(chunk * self.rows, (chunk + 1) * self.rows)

    def begin_rollout(self) -> None:
        """The step after the last rollout's is the first of this one."""
        experience = self.experience
        self.t = self.chunk = 0
        experience.observations[0, self.columns(0)] = self.tail
        experience.slices.copy_(self.slices.repeat(experience.segments // self.rows))
        experience.ratios.fill_(1.0)

    def act(self, observations: np.ndarray, masks: np.ndarray, state: None) -> tuple[np.ndarray, None]:
        """Decide for all rows, note it, and tell the batch where to write what comes of it."""
        experience, t, columns = self.experience, self.t, self.columns(self.chunk)
        if t == 0:
            self.keep_memory(columns)
        seen = experience.observations[t, columns]
        allowed = torch.from_numpy(masks) if experience.masks is not None else None
        self.clock += 1
        drawn = self.crew.map(lambda rows: self.think(seen, allowed, rows, columns.start), self.parts)
        actions, log_probs = drawn[0] if len(drawn) == 1 else map(torch.cat, zip(*drawn, strict=True))
        shown = self.show(columns, allowed)
        if shown is not None:
            led = self.slices == TEACHER_LED
            actions = torch.where(led[:, None], shown, actions)
            log_probs = log_probs.masked_fill(led, 0.0)
        if experience.masks is not None and allowed is not None:
            experience.masks[t, columns] = allowed
        experience.actions[t, columns] = actions
        experience.log_probs[t, columns] = log_probs
        experience.starts[t, columns] = self.starts
        self.batch.observe_into(self.next_place())
        return actions.numpy(), None

    def think(self, seen: Tensor, allowed: Tensor | None, rows: slice, first: int) -> tuple[Tensor, Tensor]:
        """Values of some rows, into the experience; actions drawn [R, K] and their log-probabilities [R]."""
        experience, t = self.experience, self.t
        columns = slice(first + rows.start, first + rows.stop)
        with torch.no_grad(), self.precision():
            output = self.student(seen[rows], self.starts[rows], rows)
            experience.values[t, columns] = output.values[0]
            if self.teacher is not None and experience.teacher_logits is not None:
                shown = self.teacher(seen[rows], self.starts[rows], rows)
                experience.teacher_logits[t, columns] = shown.logits[0]
                experience.teacher_values[t, columns] = shown.values[0]  # type: ignore[index]
        return sample(
            output.logits[0].cpu(),
            None if allowed is None else allowed[rows],
            self.batch.spec.actions,
            seed=self.seed,
            counter=self.clock,
            keys=self.keys[rows],
        )

    def show(self, columns: slice, allowed: Tensor | None) -> Tensor | None:
        """What the teacher would do, [A, K], None without one; a scripted teacher's labels are noted."""
        experience, t = self.experience, self.t
        if self.uses_labels and experience.labels is not None:
            labels = torch.from_numpy(self.batch.labels)
            experience.labels[t, columns] = labels
            return labels
        if self.teacher is None or experience.teacher_logits is None:
            return None
        thought, sizes = experience.teacher_logits[t, columns], self.batch.spec.actions
        return sample(thought, allowed, sizes, seed=self.seed + 1, counter=self.clock)[0]

    def keep_memory(self, columns: slice) -> None:
        """What the student remembers where segments begin: training starts from there, too."""
        for kept, part in zip(self.experience.memory, self.student.memory, strict=True):
            kept[columns] = part

    def next_place(self) -> np.ndarray:
        """Where the game writes the next step's observations."""
        if self.t + 1 < self.experience.horizon:
            return self.places[self.chunk][self.t + 1]
        if self.chunk + 1 < len(self.places):
            return self.places[self.chunk + 1][0]
        return self.tail.numpy()

    def forget(self, state: None, ended: np.ndarray) -> None:
        """Note what came of the step; networks zero their memory themselves where an episode starts."""
        experience, t, columns = self.experience, self.t, self.columns(self.chunk)
        batch = self.batch
        experience.rewards[t, columns] = torch.from_numpy(batch.rewards)
        over = torch.from_numpy(ended)
        experience.ends[t, columns] = over
        experience.next_values[t, columns] = 0.0
        truncated = torch.from_numpy(np.flatnonzero(batch.truncations))
        if len(truncated):
            last = torch.from_numpy(batch.final_observations)[truncated]
            on = torch.zeros(len(truncated), dtype=torch.bool)
            with torch.no_grad(), self.precision():
                values = self.student.peek(last, on, truncated).values[0]
            experience.next_values[t, columns.start + truncated] = values.float().cpu()
        self.starts = over.clone()
        self.t += 1
        if self.t == experience.horizon:
            self.t = 0
            self.chunk += 1

    def end_rollout(self) -> None:
        """The values after each segment's last step: what the next chunk begins with, or of the tail."""
        experience = self.experience
        chunks = len(self.places)
        for chunk in range(chunks - 1):
            experience.last_values[self.columns(chunk)] = experience.values[0, self.columns(chunk + 1)]
        first = self.columns(chunks - 1).start

        def judge(rows: slice) -> None:
            with torch.no_grad(), self.precision():
                values = self.student.peek(self.tail[rows], self.starts[rows], rows).values[0]
            experience.last_values[first + rows.start : first + rows.stop] = values

        self.crew.map(judge, self.parts)


def draw_slices(learner: Learner, led: tuple[float, float], seed: int, update: int) -> None:
    """Who drives each row in the next rollout: rand < s the student watched, < s + t the teacher, or PPO."""
    teacher, student = led
    draw = np.random.default_rng([seed, update]).random(learner.rows)
    learner.slices.fill_(PPO)
    learner.slices[torch.from_numpy(draw < student + teacher)] = TEACHER_LED
    learner.slices[torch.from_numpy(draw < student)] = STUDENT_LED


def collect(batch: Batch, learner: Learner) -> Experience:
    """One rollout through the loop that evaluation and play run, too."""
    learner.begin_rollout()
    roster = Roster([Share("learner", learner, slice(None))])
    wanted = learner.experience.horizon * len(learner.places)
    for taken in steps(batch, roster, is_noted=False):  # the component `replay` sees to that
        if taken == wanted:
            break
    learner.end_rollout()
    return learner.experience
