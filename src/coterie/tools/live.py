"""Live: episodes played in a thread while the browser shows them, and people set the pace or take a seat."""

import threading
from collections.abc import Callable
from contextlib import suppress

import numpy as np

from coterie.games.batch import Batch
from coterie.play.episode import Episode, Watch
from coterie.play.roster import Roster
from coterie.replays.notation import ENDS
from coterie.server import page
from coterie.server.live import Room
from coterie.server.played import Thoughts
from coterie.server.serving import serve
from coterie.server.shelf import LIVE
from coterie.tools.view import announcing, link_of

PATIENCE = 10.0  # seconds a policy has to finish its step when all is over

# Plays the episode of a seed before whoever watches.
PlayOne = Callable[[int, Watch], Episode]


def room_for(batch: Batch, roster: Roster, *, mission: str, seed: int, limit: int | None) -> Room:
    """A room for a batch of one world; a ConfigError if its game cannot be simulated again."""
    for share in roster.shares:
        share.actor.is_asked = True
    seats = tuple(roster.seat_names(batch))
    return Room(
        batch,
        roster.hands,
        seats,
        mission=mission,
        seed=seed,
        limit=limit,
        asked=lambda: thoughts(batch, roster),
    )


def thoughts(batch: Batch, roster: Roster) -> Thoughts | None:
    """What all policies thought when they acted last, by row; None if none of them tells."""
    if all(share.actor.insight is None for share in roster.shares):
        return None
    chances = np.full((batch.rows, sum(batch.spec.actions)), np.nan, np.float32)
    values = np.full(batch.rows, np.nan, np.float32)
    for share in roster.shares:
        insight = share.actor.insight
        if insight is not None:
            chances[share.rows], values[share.rows] = insight.probabilities, insight.values
    return chances, values


def play_live(room: Room, seeds: list[int], play: PlayOne, *, open_browser: bool = True) -> list[Episode]:
    """Play the seeds, and those that people ask for, until interrupted; what came of each.

    Whatever a policy raises is shown, and raised again at the end.
    """
    page.viewer()
    played: list[Episode] = []
    problems: list[BaseException] = []

    def run() -> None:
        waiting = list(seeds)
        try:
            seed: int | None = waiting.pop(0)
            while seed is not None:
                played.append(play(seed, room))
                how = ENDS.index(played[-1].end)
                seed = room.end(how, played[-1].returns, waiting[0] if waiting else None)
                if waiting and seed == waiting[0]:
                    waiting.pop(0)
        except BaseException as error:
            problems.append(error)
            room.fail(f"playing cannot go on: {error or type(error).__name__}")

    playing = threading.Thread(target=run, name="play", daemon=True)
    playing.start()
    try:
        serve(room.shelf, room, ready=announcing(link_of([LIVE]), open_browser))
    finally:
        room.close()
        with suppress(KeyboardInterrupt):
            playing.join(PATIENCE)
    if problems:
        raise problems[0]
    return played
