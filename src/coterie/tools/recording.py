"""Recording: episodes go to the store as they end, and a bar on the terminal says how far it is."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from coterie.config import ConfigError
from coterie.evaluation.simulation import Simulation
from coterie.evaluation.store import Store
from coterie.runs import STORE as STORE


@contextmanager
def recording(episodes: int, store: Path | None = None) -> Iterator[Callable[[Simulation], None]]:
    """What `simulate` is to `keep` episodes with: appends them, where there is a store, and counts them.

    The bar of `episodes` is on stderr, and only where that is a terminal.
    """
    keeper = None
    if store is not None:
        store.parent.mkdir(parents=True, exist_ok=True)
        keeper = Store(store)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
    with bar:
        task = bar.add_task("episodes", total=episodes)

        def keep(simulation: Simulation) -> None:
            if keeper is not None:
                keeper.append(simulation)
            bar.advance(task, len(simulation.episodes))

        yield keep


def check_steps(keep_steps: str | None, store: Path | None) -> None:
    """A ConfigError where steps are to be kept, but nothing is."""
    if keep_steps is not None and store is None:
        raise ConfigError("keep_steps: steps are kept in the store, and there is to be none")


def tell_stopped(simulations: Iterable[Simulation]) -> None:
    """Say on stderr of each simulation that was cut why."""
    for one in simulations:
        if one.stopped:
            print(
                f"coterie: {one.config.title} is cut to {len(one.episodes)} of {one.config.num_episodes} "
                f"episodes: {one.stopped}",
                file=sys.stderr,
            )
