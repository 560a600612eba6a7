"""The files of the house, and its Python modules as dotted names and syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
PACKAGE = SRC / "coterie"
GAMES = PACKAGE / "games"

FOLDERS = ("src", "native", "tests", "benchmarks", "docs", "notebooks", "web", ".ci")
TOP_FILES = ("README.md", "Makefile", "CMakeLists.txt", "pyproject.toml")
TEXT = {
    ".py",
    ".pyi",
    ".h",
    ".cpp",
    ".md",
    ".txt",
    ".ts",
    ".svelte",
    ".js",
    ".css",
    ".html",
    ".json",
    ".toml",
    ".map",
    "",
}
MADE = {"__pycache__", "__marimo__", "node_modules", "dist", "static"}


@cache
def files() -> tuple[Path, ...]:
    """Every text file that people wrote, relative to the root."""
    found = [ROOT / name for name in TOP_FILES]
    for folder in FOLDERS:
        found += [p for p in (ROOT / folder).rglob("*") if p.is_file() and p.suffix in TEXT]
    return tuple(sorted(p.relative_to(ROOT) for p in found if not MADE & set(p.parts)))


def written(*suffixes: str, under: tuple[str, ...] = FOLDERS) -> list[Path]:
    """Those of `files` with one of the suffixes, below one of the folders."""
    return [p for p in files() if p.suffix in suffixes and p.parts[0] in under]


@cache
def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(text(path), filename=str(path))


def modules() -> dict[str, Path]:
    """Dotted name → file of every module of the package, `coterie` itself first."""
    names = {}
    for path in written(".py", under=("src",)):
        parts = path.relative_to("src").with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


def pages() -> list[Path]:
    """Every Markdown page that people read: README, docs and the pages of the games."""
    return [Path("README.md"), *written(".md", under=("docs", "src"))]


def fences(page: Path, language: str) -> Iterator[tuple[int, str]]:
    """(line, body) of every fenced block of a language on a page."""
    opened: tuple[int, str] | None = None
    body: list[str] = []
    for number, line in enumerate(text(page).splitlines(), start=1):
        if not line.startswith("```"):
            body.append(line)
        elif opened is None:
            opened, body = (number, line.removeprefix("```").strip()), []
        else:
            if opened[1] == language:
                yield opened[0], "\n".join(body) + "\n"
            opened = None


def without_fences(page: Path) -> str:
    """The prose of a page: its text less fenced blocks."""
    inside = False
    kept = []
    for line in text(page).splitlines():
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            kept.append(line)
    return "\n".join(kept)
