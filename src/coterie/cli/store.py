"""Query, merge, export and import stores of episodes."""

from pathlib import Path
from typing import Annotated

import typer

from coterie.cli._output import JSON

store = typer.Typer(no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="STORE", help="A file of episodes.")]


@store.command("query")
def query(
    file: File,
    sql: Annotated[str, typer.Argument(metavar="SQL", help="A SELECT of DuckDB.")],
    *,
    as_json: JSON = False,
) -> None:
    """Print what a SELECT gives.

    The tables are episodes, agents, steps and meta, the views metrics and results: docs/guides/statistics.md.

    \b
    $ coterie run -m echo.basic -p random -e 4 --store stats.duckdb
    $ coterie store query stats.duckdb "SELECT policy_uri, avg(reward) FROM episodes GROUP BY ALL"
    """
    from coterie.evaluation.store import Store
    from coterie.tools.tables import show_json, show_table

    found = {name: column.tolist() for name, column in Store(file, must_exist=True).query(sql).items()}
    rows = list(zip(*found.values(), strict=True))
    if as_json:
        show_json([dict(zip(found, map(plain, row), strict=True)) for row in rows])
    else:
        show_table(list(found), [["–" if one is None else str(plain(one)) for one in row] for row in rows])


@store.command("merge")
def merge(
    file: File,
    others: Annotated[list[Path], typer.Argument(metavar="OTHER...", help="Files to take episodes from.")],
) -> None:
    """Take in the episodes of other stores; the same episode counts once, as it was played last.

    \b
    $ coterie run -m echo.basic -p random -e 4 --store a.duckdb
    $ coterie run -m echo.basic -p noop -e 4 --store b.duckdb
    $ coterie store merge all.duckdb a.duckdb b.duckdb
    """
    from coterie.evaluation.store import Store

    into = Store(file)
    for other in others:
        print(f"{into.merge(other)} episodes from {other}")
    print(f"{len(into)} episodes in {file}")


@store.command("export")
def export(
    file: File,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files go.")],
) -> None:
    """Write each table as a Parquet file, for other programs and for keeping.

    \b
    $ coterie run -m echo.basic -p random -e 4 --store stats.duckdb
    $ coterie store export stats.duckdb parquet
    """
    from coterie.evaluation.store import Store

    for written in Store(file, must_exist=True).export_parquet(folder):
        print(written)


@store.command("import")
def take(
    file: File,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What export wrote.")],
) -> None:
    """Take in the episodes of an export, as merge does of a store.

    \b
    $ coterie run -m echo.basic -p random -e 4 --store stats.duckdb
    $ coterie store export stats.duckdb parquet
    $ coterie store import other.duckdb parquet
    """
    from coterie.evaluation.store import Store

    print(f"{Store(file).import_parquet(folder)} episodes from {folder}")


def plain(value: object) -> object:
    """A value of a table as JSON and people take it."""
    return value if value is None or isinstance(value, int | float | str | bool) else str(value)
