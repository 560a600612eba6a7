"""Say what a store of episodes tells of policies."""

import json
from pathlib import Path
from typing import Annotated

import typer

from coterie.cli._names import complete_policy
from coterie.cli._output import JSON
from coterie.cli._tools import make, sugar


def analyze(
    store: Annotated[
        Path | None,
        typer.Argument(metavar="STORE", show_default="train_dir/stats.duckdb", help="A file of episodes."),
    ] = None,
    *,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            "--policy",
            "-p",
            metavar="GLOB",
            help="Only these; may be given again.",
            autocompletion=complete_policy,
        ),
    ] = None,
    simulation: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Only these; may be given again.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", show_default="return", help="A scorecard of each; may be given again."),
    ] = None,
    reference: Annotated[
        str | None, typer.Option(metavar="POLICY", help="Compare the others with it, not with the best.")
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="FORM", show_default="table", help="table, json, csv or html, as --out ends."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a file.")] = None,
    as_json: JSON = False,
) -> None:
    """Make scorecards of the episodes in a store: policies × simulations, with intervals and win rates.

    Policies are compared on the seeds they share. A page (--out FILE.html) has plots too, and needs nothing
    else. Metrics are return, length, timeouts and the game's statistics; those of seats are seat/NAME, their
    mean, and team/NAME, their sum.

    \b
    $ coterie run -m echo.basic -p random -e 8 --store stats.duckdb
    $ coterie run -m echo.basic -p noop -e 8 --store stats.duckdb
    $ coterie analyze stats.duckdb --reference noop
    $ coterie analyze stats.duckdb -p 'r*' --metric length --metric 'r*' --format csv
    $ coterie analyze stats.duckdb --out scorecard.html
    """
    flags = {
        "store": json.dumps(str(store)) if store else None,
        "policies": policy or None,
        "simulations": simulation or None,
        "metrics": metric or None,
        "reference": json.dumps(reference) if reference else None,
        "format": "json" if as_json else form,
        "out": json.dumps(str(out)) if out else None,
    }
    raise typer.Exit(make("analyze", None, sugar(flags), alone=True).tool.invoke())
