"""Trimming: some ticks of a replay as a replay of their own."""

from dataclasses import replace

import numpy as np

from coterie.replays.members import ReplayError
from coterie.replays.notation import ENDS, Ending
from coterie.replays.playback import prepared, taped
from coterie.replays.reading import Replay


def trim(replay: Replay, begin: int | None = None, end: int | None = None) -> Replay:
    """Ticks after `begin` up to `end`; none: from its first, to its last.

    One that begins later holds the actions that lead there, so that it is proved from the seed on. A
    ReplayError if there are no such ticks, or the game cannot be played here.
    """
    first, last = replay.header.first, replay.last
    begin, end = first if begin is None else begin, last if end is None else end
    if not first <= begin < end <= last:
        raise ReplayError(f"ticks {begin} to {end} are not within {first} to {last}")
    known = replay.actions if replay.before is None else np.concatenate([replay.before, replay.actions])
    cut = replace(
        replay,
        header=replace(replay.header, first=begin),
        actions=known[begin:end],
        before=known[:begin] if begin else None,
        marks=(),
        keyframes=tuple(frame for frame in replay.keyframes if begin <= frame.tick <= end),
        damage="",
    )
    batch = prepared(cut)
    _, marks, _ = taped(batch, cut)
    is_whole = end == last and replay.ending is not None
    ending = Ending(
        end - begin, replay.end if is_whole else ENDS[3], tuple(batch.episode_returns(0).tolist())
    )
    return replace(cut, marks=tuple(marks.values()), ending=ending)
