"""Played: an episode under way as a film that grows, made of nothing but what was done in it."""

from collections import OrderedDict
from typing import Any

import numpy as np

import coterie
from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.replays.notation import ENDS, Ending, Header
from coterie.replays.reading import Replay
from coterie.server.film import Simulated

MOST_BYTES = 32 << 20  # of what policies said; the oldest is forgotten first


# What policies thought when they acted: probabilities [S, sum of K sizes], values [S]; NaN where unsaid.
Thoughts = tuple[np.ndarray, np.ndarray]


class Tape:
    """What was done in one episode until now. One thread notes; others may read while it does."""

    def __init__(self, batch: Batch, seats: tuple[str, ...], mission: str) -> None:
        spec, config = batch.spec, batch.config
        self.header = Header(
            game=config.game,
            game_version=catalog.version(config.game),
            kind=catalog.kind_of(config),
            config=config.model_dump(mode="json"),
            seed=batch.episode_seed(0),
            seats=seats,
            heads=spec.actions,
            every=256,
            mission=mission,
            coterie=coterie.__version__,
        )
        self.actions = np.zeros((256, spec.seats, len(spec.actions)), np.int32)
        self.ticks = 0
        self.ending: Ending | None = None
        self.thoughts: OrderedDict[int, Thoughts] = OrderedDict()

    def note(self, actions: np.ndarray, thoughts: Thoughts | None) -> None:
        """One tick more: what every seat did, int32 [S, K]."""
        if self.ticks == len(self.actions):
            self.actions = np.concatenate([self.actions, np.zeros_like(self.actions)])
        self.actions[self.ticks] = actions
        if thoughts is not None:
            self.thoughts[self.ticks + 1] = thoughts
            if len(self.thoughts) * sum(part.nbytes for part in thoughts) > MOST_BYTES:
                self.thoughts.popitem(last=False)
        self.ticks += 1  # last: whoever reads it finds the rest there

    def end(self, how: int, returns: tuple[float, ...]) -> None:
        """It is over; `how` is a number of ENDS."""
        self.ending = Ending(self.ticks, ENDS[how], returns)

    def replay(self) -> Replay:
        """What there is, as a replay; its actions are a view."""
        ending, ticks = self.ending, self.ticks
        return Replay(self.header, self.actions[:ticks], (), ending)


class Played(Simulated):
    """A tape simulated again, as far as it goes at the time it is looked at."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        super().__init__(tape.replay())

    @property
    def last(self) -> int:
        return self.tape.ticks

    def catch_up(self) -> None:
        """Take in what was played since."""
        tape = self.tape
        if tape.ticks != self.playback.last or tape.ending is not self.replay.ending:
            self.replay = tape.replay()
            self.playback.replay, self.playback.flat = self.replay, self.replay.flat

    def snapshot(self, tick: int) -> dict[str, Any]:
        self.catch_up()
        found = super().snapshot(tick)
        thoughts = self.tape.thoughts.get(tick)
        if thoughts is not None:
            for agent in found["agents"]:
                agent["infos"] = said(thoughts, agent["id"])
        return found

    def statistics(self, tick: int) -> dict[str, Any]:
        self.catch_up()
        return super().statistics(tick)


def said(thoughts: Thoughts, seat: int) -> dict[str, Any] | None:
    """One seat's part as plain data, probabilities in the order of the heads; None if nothing was said."""
    chances, value = thoughts[0][seat], float(thoughts[1][seat])
    if np.isnan(value):
        return None
    return {"value": round(value, 4), "probabilities": np.round(chances.astype(float), 4).tolist()}
