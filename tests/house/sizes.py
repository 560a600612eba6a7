"""How large the files and functions of the house are: the table of DESIGN §7."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from house import cpp
from house.tree import parsed, text, written

FILE_CAP = {".py": 400, ".pyi": 400, ".h": 500, ".cpp": 500}
FUNCTION_CAP = 60
FUNCTION_MEDIAN_CAP = 10
POSITIONAL_CAP = 5
LINE_CAP = 110

PYTHON, CPP = (".py", ".pyi"), (".h", ".cpp")


@dataclass(frozen=True, slots=True)
class Function:
    path: Path
    line: int
    name: str
    lines: int
    positional: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.name}"


def python_functions(path: Path) -> Iterator[Function]:
    """Functions and methods of a Python file, from `def` to their last line; self and cls are not counted."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            positional = len(names) - (bool(names) and names[0] in ("self", "cls"))
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield Function(path, node.lineno, node.name, lines, positional)


def functions(suffixes: tuple[str, ...], under: tuple[str, ...]) -> list[Function]:
    found: list[Function] = []
    for path in written(*suffixes, under=under):
        if path.suffix in PYTHON:
            found += python_functions(path)
        else:
            found += [
                Function(path, f.line, f.name, f.lines, f.positional) for f in cpp.functions(text(path))
            ]
    return found


def file_lengths(suffixes: tuple[str, ...], under: tuple[str, ...]) -> dict[Path, int]:
    return {path: len(text(path).splitlines()) for path in written(*suffixes, under=under)}


def spread(values: Iterable[int]) -> str:
    """`median / 90th percentile / maximum`, as the table gives them."""
    ordered = sorted(values)
    if len(ordered) < 2:
        return " / ".join(map(str, ordered * 3)) or "–"
    return f"{median(ordered):.0f} / {quantiles(ordered, n=10)[-1]:.0f} / {ordered[-1]}"


def table() -> list[str]:
    """Lines of text: one row for each kind of code."""
    rows = [("code", "files", "lines", "file p50/p90/max", "functions", "function p50/p90/max")]
    for name, suffixes, under in (
        ("Python package", PYTHON, ("src",)),
        ("C++", CPP, ("native", "src")),
        ("tests", PYTHON, ("tests",)),
        ("benchmarks", PYTHON, ("benchmarks",)),
    ):
        lengths = file_lengths(suffixes, under)
        found = [f.lines for f in functions(suffixes, under)]
        total = f"{sum(lengths.values()):,}"
        rows.append(
            (name, str(len(lengths)), total, spread(lengths.values()), str(len(found)), spread(found))
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
