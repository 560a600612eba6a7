"""Analyze: what a store of episodes says of policies, as tables, data or a page."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from coterie.config import ConfigError
from coterie.evaluation.analysis import Scorecard, analyze
from coterie.evaluation.samples import Selection, select
from coterie.evaluation.scorecard_page import page
from coterie.evaluation.store import Store
from coterie.runs import STORE
from coterie.stats.intervals import Interval
from coterie.tools.tables import heading, show_table
from coterie.tools.tool import Tool

Format = Literal["table", "json", "csv", "html"]
OF_SUFFIX: dict[str, Format] = {".json": "json", ".csv": "csv", ".html": "html", ".htm": "html"}
WIDE = 160  # characters of a line that people still read
BOUNDS = ("mean", "low", "high", "half_width")


class Analyze(Tool):
    """Scorecards of the policies and simulations in a store, and comparisons on shared seeds."""

    aliases: ClassVar[dict[str, str]] = {
        "policy": "policies",
        "simulation": "simulations",
        "metric": "metrics",
    }

    store: Path = Field(STORE, description="the file that run, scrimmage and evaluate wrote")
    policies: tuple[str, ...] = Field((), description="names or globs; all if none")
    simulations: tuple[str, ...] = Field((), description="names or globs; all if none")
    metrics: tuple[str, ...] = Field(("return",), description="names or globs, a scorecard for each metric")
    reference: str | None = Field(None, description="the others are compared with it, not with the best")
    format: Format | None = Field(None, description="as the ending of `out` says, else table, if None")
    out: Path | None = Field(None, description="a file instead of the terminal")

    def chosen(self) -> Format:
        """The format that was asked for, outright or by the ending of a file."""
        return self.format or (OF_SUFFIX.get(self.out.suffix, "table") if self.out else "table")

    def selected(self) -> tuple[Store, Selection]:
        store = Store(self.store, must_exist=True)
        return store, select(
            store, policies=self.policies, simulations=self.simulations, metrics=self.metrics
        )

    def preview(self) -> list[str]:
        _, found = self.selected()
        return [f"{name}: {', '.join(getattr(found, name))}" for name in Selection.__slots__]

    def invoke(self) -> int:
        store, selection = self.selected()
        cards = analyze(store, selection, reference=self.reference)
        form = self.chosen()
        if form == "table" and self.out is None:
            show(cards)
            return 0
        if form == "html":
            when = f"{datetime.now():%Y-%m-%d %H:%M}"
            text = page(cards, store=str(self.store), episodes=len(store), when=when)
        elif form == "json":
            text = json.dumps([card.data() for card in cards], indent=2, ensure_ascii=False) + "\n"
        else:
            text = comma_separated(cards) if form == "csv" else plain(cards)
        if self.out is None:
            print(text, end="")
            return 0
        try:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            self.out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"--out {self.out}: {error.strerror}") from None
        print(f"wrote {self.out}")
        return 0


def show(cards: Sequence[Scorecard]) -> None:
    """Tables for people, each with its comparisons as sentences."""
    for k, card in enumerate(cards):
        print(("\n" if k else "") + heading(card.metric))
        columns, rows = layout(card)
        show_table(columns, rows, numbers=range(1 if columns[0] == "policy" else 2, len(columns)))
        print(f"\n{caption(card)}")
        for pair in card.pairs:
            print(f"  {pair.sentence}")


def layout(card: Scorecard) -> tuple[list[str], list[list[str]]]:
    """Titles and rows: a line a policy, or where that is wider than `WIDE` a line a score."""
    columns, rows = card.columns(), card.rows()
    widths = [max(len(row[k]) for row in [columns, *rows]) + 2 for k in range(len(columns))]
    if sum(widths) <= WIDE:
        return columns, rows
    scores = [
        [title, row[0], row[k]] for k, title in enumerate(columns[1:], 1) for row in rows if row[k] != "–"
    ]
    return ["simulation", "policy", card.metric], scores


def plain(cards: Sequence[Scorecard]) -> str:
    """The same as text for a file: cells between bars."""
    lines = []
    for card in cards:
        rows = [card.columns(), *card.rows()]
        lines += [card.metric, *(" | ".join(row) for row in rows), caption(card)]
        lines += [f"  {pair.sentence}" for pair in card.pairs] + [""]
    return "\n".join(lines)


def caption(card: Scorecard) -> str:
    """What the numbers are of."""
    said = "Mean ± 95 % interval over maps"
    if card.is_scaled:
        said += f"; overall: the mean of {', '.join(card.counted)}"
    lines = [said + "."]
    if len(card.aggregates) > 1:
        means = "; ".join(f"{name} {one.text()}" for name, one in card.aggregates.items())
        scale = ", 0 = the weakest policy of a simulation, 1 = the strongest" if card.is_scaled else ""
        lines.append(f"Mean of the middle half of all maps{scale}: {means}.")
    return "\n".join([*lines, *(["On the same maps:"] if card.pairs else [])])


def comma_separated(cards: Sequence[Scorecard]) -> str:
    """One line a policy and simulation, suite or overall, of each metric."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(["metric", "simulation", "policy", "maps", *BOUNDS, "win_rate", "win_low", "win_high"])

    def line(metric: str, simulation: str, policy: str, one: Interval, wins: Interval | None = None) -> None:
        data = one.data()
        won: list[Any] = [wins.mean, wins.low, wins.high] if wins else ["", "", ""]
        table.writerow([metric, simulation, policy, one.count, *(data[name] for name in BOUNDS), *won])

    for card in cards:
        for (policy, simulation), cell in card.cells.items():
            line(card.metric, simulation, policy, cell.interval, cell.wins)
        for (policy, suite), interval in card.suites.items():
            if suite in card.suite_names:
                line(card.metric, f"suite {suite}", policy, interval)
        for policy, interval in card.overall.items() if card.is_scaled else ():
            line(card.metric, "overall", policy, interval)
    return written.getvalue()
