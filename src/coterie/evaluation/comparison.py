"""Comparison: policies on the same maps, as a table of means and of differences that may be beyond chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coterie.config import ConfigError, nearest
from coterie.evaluation.simulation import KeepSteps, Named, Simulation, SimulationConfig, named, simulate
from coterie.play.limits import Limits
from coterie.replays.environment import Wanted
from coterie.stats.intervals import Interval, mean_interval, paired_difference


@dataclass(frozen=True, slots=True)
class Row:
    """One policy: title → its mean over maps, and its difference to the reference on the same maps."""

    policy: str
    means: dict[str, Interval]
    differences: dict[str, Interval]  # empty for the reference itself, or where there is none


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows of policies that each held all seats, on the same maps."""

    config: SimulationConfig
    rows: list[Row]
    reference: str | None
    simulations: list[Simulation]

    def text(self) -> str:
        """A table for people: mean ± 95 % half-width, and the difference to the reference with its bounds."""
        titles = list(self.config.metrics)
        head = ["policy"]
        for title in titles:
            head += [title, f"over {self.reference}"] if self.reference else [title]
        lines = [head]
        for row in self.rows:
            cells = [row.policy]
            for title in titles:
                cells.append(row.means[title].text())
                if self.reference:
                    cells.append(difference_text(row.differences.get(title)))
            lines.append(cells)
        return "\n".join([*columns(lines), "", self.caption()])

    def caption(self) -> str:
        """What the numbers are of, and whether any run was cut by its time."""
        played = len(self.simulations[0].episodes)
        maps = "map" if played == 1 else "maps"
        said = f"{self.config.title}: mean ± 95 % interval over {played} {maps} nobody trained on"
        if self.reference:
            said += "; differences on the same maps, with their 95 % bounds"
        stopped = "; ".join(dict.fromkeys(one.stopped for one in self.simulations if one.stopped))
        return f"{said}; {self.config.num_episodes} were asked for, {stopped}" if stopped else said

    @property
    def is_complete(self) -> bool:
        """Whether every policy played every episode."""
        return all(one.is_complete for one in self.simulations)

    def data(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "simulation": self.config.title,
            "episodes": len(self.simulations[0].episodes),
            "is_complete": self.is_complete,
            "stopped": [one.stopped for one in self.simulations if one.stopped],
            "reference": self.reference,
            "policies": {
                row.policy: {
                    title: {
                        **row.means[title].data(),
                        **({"over": row.differences[title].data()} if title in row.differences else {}),
                    }
                    for title in row.means
                }
                for row in self.rows
            },
        }


def compare(
    config: SimulationConfig,
    policies: Sequence[str | Named],
    *,
    reference: str | None = None,
    threads: int = 1,
    limits: Limits | None = None,
    keep: Callable[[Simulation], None] | None = None,
    replays: Wanted | None = None,
    keep_steps: KeepSteps | None = None,
) -> Comparison:
    """Each policy alone holds all seats of the same episodes; columns are `config.metrics`.

    `reference` names one of them: the others' differences to it are taken map by map. A policy that is named
    twice is refused. `limits`, `keep`, `replays` and `keep_steps` are those of `simulate`.
    """
    players = named(policies)
    names = [name for name, _ in players]
    if len(set(names)) < len(names):
        raise ConfigError(f"'{max(names, key=names.count)}' is compared with itself: name each policy once")
    if reference is not None and reference not in names:
        raise ConfigError(f"no policy '{reference}' to compare with; {nearest(reference, names)}")
    simulations = [
        simulate(
            config,
            [player],
            threads=threads,
            limits=limits,
            keep=keep,
            replays=replays,
            keep_steps=keep_steps,
        )
        for player in players
    ]
    maps = min(len(one.episodes) for one in simulations)
    values = {
        name: {title: one.measured(metric)[:maps] for title, metric in config.metrics.items()}
        for name, one in zip(names, simulations, strict=True)
    }
    against = {} if reference is None else values[reference]
    rows = [
        Row(
            name,
            {title: mean_interval(of) for title, of in values[name].items()},
            {title: paired_difference(values[name][title], of) for title, of in against.items()}
            if name != reference
            else {},
        )
        for name in names
    ]
    return Comparison(config, rows, reference, simulations)


def difference_text(difference: Interval | None) -> str:
    """`+2.9 [+2.4, +3.4]`, empty for the reference."""
    if difference is None:
        return ""
    digits = len(difference.text().partition(" ")[0].partition(".")[2])
    return f"{difference.mean:+.{digits}f} [{difference.low:+.{digits}f}, {difference.high:+.{digits}f}]"


def columns(lines: Sequence[Sequence[str]]) -> list[str]:
    """Cells in columns as wide as need be, the first flush left, the others right."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
