"""Parting: the first tick at which two films show different worlds."""

from contextlib import ExitStack
from typing import Any

from coterie.replays.comparing import diff, differences
from coterie.replays.members import ReplayError
from coterie.server.film import Film, Simulated
from coterie.server.played import Played
from coterie.server.shelf import Shown

SHOWN = 12  # differences told
FIELDS = ("agents", "objects", "teams", "tiles", "text")


def parting(one: Shown, other: Shown) -> dict[str, Any]:
    """`tick`, None if they never part, and `lines` on what differs there and in what they play."""
    if one.film is other.film:
        return {"tick": None, "lines": []}
    with ExitStack() as held:
        for shown in sorted((one, other), key=id):  # in one order, whoever asks
            held.enter_context(shown.lock)
        here, there = one.film, other.film
        if not (isinstance(here, Simulated) and isinstance(there, Simulated)):
            return of_pictures(here, there)
        for film in (here, there):
            if isinstance(film, Played):
                film.catch_up()
        found = diff(here.replay, there.replay)
    ticks = [tick for tick in (found.actions, found.state) if tick is not None]
    return {"tick": min(ticks, default=None), "lines": list(found.lines)}


def of_pictures(here: Film, there: Film) -> dict[str, Any]:
    """The same of films of which there are only pictures."""
    begin, end = max(here.first, there.first), min(here.last, there.last)
    if begin > end:
        raise ReplayError("they have no tick in common")
    for tick in range(begin, end + 1):
        a, b = ({name: film.snapshot(tick).get(name) for name in FIELDS} for film in (here, there))
        if a != b:
            lines = [line for _, line in zip(range(SHOWN), differences(a, b, ""), strict=False)]
            return {"tick": tick, "lines": [f"tick {tick}, {line}" for line in lines]}
    return {"tick": None, "lines": []}
