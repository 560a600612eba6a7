"""Match: a roster plays many episodes, each of a seed given beforehand, in the worlds of a batch."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field

import numpy as np

from coterie.games.batch import Batch, Episodes
from coterie.play.diary import Diary, Story
from coterie.play.guard import Guard, PolicyError, blamed
from coterie.play.limits import Timed
from coterie.play.loop import steps
from coterie.play.recording import Album
from coterie.play.roster import Roster, Share, shuffled


@dataclass(frozen=True, slots=True)
class Finished:
    """E episodes that ended in the same step: `numbers` [E] of their seeds, and who sat where.

    `owner` int32 [E, S] is the number of each seat's policy, `timeouts` int32 [E, S] how many of its actions
    came too late, `exhausted` int32 [E, S] the step in which its overage budget was used up, -1 before.
    `stories` are their steps, by number; none where they are not kept.
    """

    numbers: np.ndarray
    episodes: Episodes
    owner: np.ndarray
    timeouts: np.ndarray
    exhausted: np.ndarray
    stories: dict[int, Story] = field(default_factory=dict)

    def only(self, own: np.ndarray) -> "Finished":
        """Those where `own`, bool [E]."""
        return Finished(
            self.numbers[own],
            self.episodes.take(own),
            self.owner[own],
            self.timeouts[own],
            self.exhausted[own],
        )


class TimeIsUp(Exception):
    """The deadline came before the last episode was over; the text says who was waited for, if anybody."""


@dataclass(slots=True)
class Match:
    """Episodes `seeds[i]` for i = 0, 1, …: world w plays numbers w, w + N, w + 2N … in turn.

    So each is decided beforehand and played to its end, and short ones have no advantage. `shuffle` deals the
    seats anew for each episode, by its seed; "teams" deals whole teams.
    """

    batch: Batch
    roster: Roster
    seeds: Sequence[int]
    shuffle: str = ""  # "", "seats" or "teams"
    deadline: float = float("inf")  # of time.monotonic
    album: Album | None = None  # where the episodes are kept as replays
    diary: Diary | None = None  # where their steps are kept

    def play(self, seed: int) -> Iterator[Finished]:
        """Episodes as soon as they are over, before anything else is done.

        `seed` is the actors'. PolicyError if one cannot go on, TimeIsUp at the deadline.
        """
        batch, roster = self.batch, self.roster
        try:
            roster.begin(batch, seed)
            dealt = None if roster.owner is None else roster.owner[0].copy()
            playing = dict(enumerate(range(min(batch.worlds, len(self.seeds)))))  # world → its episode
            for world, i in playing.items():
                self.start(world, i, dealt)
            batch.episodes()
            for _ in steps(batch, roster, playing=None if self.diary else playing):
                if self.diary is not None:
                    for world in playing:
                        self.diary.note(world)
                if batch.terminals.any() or batch.truncations.any():
                    done = batch.episodes()
                    if len(own := np.flatnonzero([world in playing for world in done.world.tolist()])):
                        yield self.finished(done.take(own), playing)
                        self.go_on(done.world[own].tolist(), playing, dealt)
                if not playing:
                    return
                if time.monotonic() > self.deadline:
                    raise TimeIsUp(waited_for(roster))
        except Exception as error:
            if roster.acting is None or isinstance(error, PolicyError):
                raise
            raise blamed(roster.acting, batch, error) from error

    def start(self, world: int, i: int, dealt: np.ndarray | None) -> None:
        """World begins episode `i`, with seats dealt for it."""
        self.batch.start_episode(world, self.seeds[i])
        if self.shuffle and dealt is not None and len(self.roster.shares) > 1:
            self.roster.reseat(world, shuffled(dealt, self.seeds[i], teams=self.shuffle == "teams"))
        if self.album is not None:
            self.album.start(world, i)
        if self.diary is not None:
            self.diary.start(world)

    def go_on(self, worlds: list[int], playing: dict[int, int], dealt: np.ndarray | None) -> None:
        """Worlds whose episode is over begin the next of their own; who has none left is left alone."""
        for world in worlds:
            i = playing.pop(world) + self.batch.worlds
            if i < len(self.seeds):
                playing[world] = i
                self.start(world, i, dealt)
            elif self.album is not None:
                self.album.stop(world)

    def finished(self, done: Episodes, playing: dict[int, int]) -> Finished:
        """What just ended, and the tallies of its seats, which then start anew."""
        shape = (len(done), self.batch.spec.seats)
        timeouts, exhausted = np.zeros(shape, np.int32), np.full(shape, -1, np.int32)
        worlds = done.world.tolist()
        owner = np.zeros(shape, np.int32) if self.roster.owner is None else self.roster.owner[worlds]
        for k, share in enumerate(self.roster.shares):
            if isinstance(share.actor, Guard | Timed):
                for at, world in enumerate(worlds):
                    own = owner[at] == k
                    timeouts[at, own], exhausted[at, own] = share.actor.tally.take(rows_of(share, world, own))
        numbers = np.array([playing[world] for world in worlds], dtype=np.int64)
        told = {} if self.diary is None else {playing[world]: self.diary.take(world) for world in worlds}
        return Finished(numbers, done, owner, timeouts, exhausted, told)


def rows_of(share: Share, world: int, own: np.ndarray) -> slice:
    """The rows of a world in the order of the share's actor; `own` bool [S] are its seats there."""
    count = int(own.sum())
    return slice(world * count, (world + 1) * count)


def waited_for(roster: Roster) -> str:
    """Who had not answered, "" if nobody was waited for."""
    late = [
        f"policy '{share.name}' has not answered for {share.actor.busy_s:.3g} s"
        for share in roster.shares
        if isinstance(share.actor, Guard) and share.actor.busy_s
    ]
    return " and ".join(late)


@contextmanager
def prints_apart() -> Iterator[None]:
    """Whatever policies print goes to stderr, from Python or below: stdout belongs to the results."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
