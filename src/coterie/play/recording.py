"""Recording: world 0 of a batch that a roster plays, kept as replays where somebody asked for them."""

import sys
from pathlib import Path

from coterie.games.batch import Batch, GameConfig
from coterie.play.roster import Roster
from coterie.replays.environment import Wanted, wanted
from coterie.replays.keeping import InFile, InFolder
from coterie.replays.recorder import Keep, Recorder, Terms


def recorder_into(
    batch: Batch,
    roster: Roster,
    target: Path,
    *,
    name: str = "{seed}",
    keep: Keep | None = None,
    terms: Terms | None = None,
) -> Recorder:
    """A recorder of world 0 with the names of the seats; its files are in the folder `target`."""
    return Recorder(batch, target, name, seats=roster.seat_names(batch), keep=keep, terms=terms)


def asked_for(batch: Batch, roster: Roster) -> Recorder | None:
    """The recorder that the environment asks for; None if it does not, or world 0 is recorded already."""
    asked = wanted()
    if asked is None:
        return None
    try:
        if batch.native.is_recorded(0):
            return None
    except AttributeError:
        print(
            f"coterie: {batch.config.game}: episodes of other libraries' games are not kept", file=sys.stderr
        )
        return None
    terms = Terms(label=asked.label)
    return recorder_into(
        batch, roster, asked.folder, name=name_for(asked, batch.config), keep=keep_for(asked), terms=terms
    )


def keep_for(asked: Wanted) -> Keep:
    """Which episodes stay, as what."""
    return InFile(asked.path) if asked.path else InFolder(asked.every, asked.suffix)


def name_for(asked: Wanted, config: GameConfig) -> str:
    """The name files begin with: the one asked for, or the game's folder."""
    return (
        f"{asked.name or type(config).__module__.removeprefix('coterie.games.').partition('.')[0]}-{{seed}}"
    )
