"""Replays made for tests: random play of small games, recorded as people record it."""

from pathlib import Path

from coterie.config import override
from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.games.dice import Dice
from coterie.replays.reading import Replay, read
from coterie.replays.recorder import Keep, Recorder, Terms

# Games of every kind of world: without a map, with stations, with fights, with mazes, with masks, with turns.
MISSIONS = (
    "echo.basic",
    "cogsguard_arena.basic",
    "arena.basic",
    "navigation.boxout",
    "duel",
    "stagger",
    "meet",
)


def mission(name: str) -> str:
    """A mission by its name, or the first of a game."""
    return name if "." in name else next(iter(catalog.missions(name)))


def batch_of(name: str, steps: int | None = None, worlds: int = 1) -> Batch:
    config = catalog.make(mission(name))
    if steps and "max_steps" in type(config).model_fields:
        config = override(config, [f"max_steps={steps}"])
    return Batch(config, worlds)


def recorded(
    folder: Path,
    batch: Batch,
    ticks: int,
    *,
    seed: int = 3,
    world: int = 0,
    terms: Terms | None = None,
    keep: Keep | None = None,
) -> list[Path]:
    """Files of the episodes one world plays in so many ticks of random legal actions."""
    batch.reset(seed)
    dice = Dice(batch, seed)
    seats = [f"dice {k}" for k in range(batch.spec.seats)]
    with Recorder(batch, folder, "{seed}", seats=seats, world=world, terms=terms, keep=keep) as recorder:
        for _ in range(ticks):
            dice.throw(batch)
            batch.step()
    return recorder.kept


def replay_of(folder: Path, name: str, ticks: int = 40, **options: object) -> Replay:
    """The first episode of a game under random play."""
    return read(recorded(folder, batch_of(name, ticks), ticks, **options)[0])  # type: ignore[arg-type]
