"""THE loop: policies act, worlds step; training, evaluation, the league and human play all run it."""

from collections.abc import Collection, Iterator

from coterie.games.batch import Batch
from coterie.play.recording import asked_for
from coterie.play.roster import Roster

# Long enough for the caches, short enough that who waits for an end, or a deadline, need not wait.
STRIDE = 50


def has_ended(batch: Batch, world: int = 0) -> bool:
    """Whether the last step ended the world's episode, so that it shows the first state of the next."""
    rows = slice(world * batch.spec.seats, (world + 1) * batch.spec.seats)
    is_over = batch.terminals[rows].any() or batch.truncations[rows].any()
    return bool(is_over) and batch.episode_step(world) == 0


def steps(
    batch: Batch, roster: Roster, *, is_noted: bool = True, playing: Collection[int] | None = None
) -> Iterator[int]:
    """Step the batch without end, yielding the number of steps taken; whoever iterates reads it and stops.

    Where only the ends of episodes matter, `playing` are the worlds whose episode is not over. Then a native
    team that has all seats takes STRIDE steps at once in each of them, while the world is in the processor's
    caches; one whose episode ends stays as it is.

    At each yield `rewards`, `terminals` and `truncations` belong to the step just taken, `observations` to
    the next. World 0 is recorded where the environment asks for replays, unless it is not to be noted.
    """
    taken = 0
    recorder = asked_for(batch, roster) if is_noted else None
    try:
        while True:
            if playing is not None and not batch.recorders and (teams := roster.native_teams()):
                batch.play(teams, STRIDE, playing)
                taken += STRIDE
            else:
                roster.act(batch)
                batch.step()
                taken += 1
            roster.forget(batch.terminals | batch.truncations)
            yield taken
    finally:
        if recorder is not None:
            recorder.close()
