"""Docs that cannot rot: every game and command has its page, every example runs, no link leads nowhere."""

import os
import re
import shlex
from pathlib import Path

import pytest
from forked import coterie, python
from house.tree import GAMES, PACKAGE, ROOT, fences, pages, parsed, text, without_fences, written

SECTIONS = [
    "Story",
    "Rules of a tick, in order",
    "Observation",
    "Actions",
    "Rewards and end",
    "Presets",
    "Version history",
]
COMMANDS_PAGE = Path("docs/reference/commands.md")
# As wide as a page and without colour.
PAGE = {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb", "PYTHONWARNINGS": "error"}


def game_folders() -> list[Path]:
    """A game is a folder with missions or with a page."""
    with_missions = {
        path.parent
        for path in GAMES.rglob("__init__.py")
        for node in parsed(path.relative_to(ROOT)).body
        if "missions" in assigned(node)
    }
    return sorted(with_missions | {page.parent for page in GAMES.rglob("README.md")})


def assigned(node: object) -> set[str]:
    """Names a top-level statement binds."""
    targets = getattr(node, "targets", None) or [getattr(node, "target", node)]
    names = {getattr(target, "id", "") for target in targets}
    aliases = {alias.asname or alias.name for alias in getattr(node, "names", [])}
    return names | aliases | {getattr(node, "name", "")}


def commands() -> list[str]:
    return sorted(p.stem.replace("_", "-") for p in (PACKAGE / "cli").glob("[a-z]*.py") if p.stem != "main")


@pytest.mark.parametrize("folder", game_folders(), ids=lambda p: p.name)
def test_a_game_has_its_page_and_playthrough(folder: Path) -> None:
    page = folder / "README.md"
    assert page.exists(), f"{folder.name} has no README.md"
    found = re.findall(r"^## (.+)$", without_fences(page.relative_to(ROOT)), flags=re.MULTILINE)
    assert found == SECTIONS, f"{folder.name}/README.md has the sections {found}"
    assert any((folder / "golden").glob("*.txt")), (
        f"{folder.name}/golden holds no playthrough: coterie golden {folder.name}"
    )


@pytest.mark.parametrize("page", written(".md", under=("src",)), ids=lambda p: p.parent.name)
def test_a_page_is_filled_in(page: Path) -> None:
    """Every section says something."""
    parts = re.split(r"^## (.+)$", text(page), flags=re.MULTILINE)[1:]
    empty = [name for name, body in zip(parts[::2], parts[1::2], strict=True) if not body.strip()]
    assert not empty, f"{page} says nothing under {', '.join(empty)}"


def section(command: str) -> str:
    """What the commands page says of a command, all its subcommands included."""
    parts = re.split(r"^## ", text(COMMANDS_PAGE), flags=re.MULTILINE)[1:]
    return "".join(part for part in parts if re.match(rf"`coterie {re.escape(command)}\b", part))


@pytest.mark.parametrize("command", commands())
def test_a_command_and_its_options_are_documented(command: str, tmp_path: Path) -> None:
    said = section(command)
    assert said, f"{COMMANDS_PAGE} has no section '## `coterie {command} …`'"
    helped = coterie([command, "--help"], tmp_path, os.environ | PAGE)
    assert helped.returncode == 0, helped.stderr
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", helped.stdout)) - {"--help"}
    missing = sorted(option for option in options if not re.search(rf"{option}(?![\w-])", said))
    assert not missing, f"{COMMANDS_PAGE}, coterie {command}: nothing about {', '.join(missing)}"


def test_the_commands_page_names_no_command_that_is_not() -> None:
    named = set(re.findall(r"^## `coterie ([a-z-]+)", text(COMMANDS_PAGE), flags=re.MULTILINE))
    assert named <= set(commands()), (
        f"documented, yet not there: {', '.join(sorted(named - set(commands())))}"
    )


def examples(language: str, among: list[Path]) -> list[tuple[Path, int, str]]:
    return [(page, line, body) for page in among for line, body in fences(page, language)]


def guides() -> list[Path]:
    """Pages that are followed step by step; a reference page lists what may be done."""
    return [page for page in pages() if not page.is_relative_to("docs/reference")]


def name_of(value: object) -> str:
    return str(value).replace("/", "-") if isinstance(value, Path | int) else ""


@pytest.mark.parametrize(("page", "line", "body"), examples("console", guides()), ids=name_of)
def test_a_console_block_runs(page: Path, line: int, body: str, tmp_path: Path) -> None:
    """Its `$ coterie …` lines, in order, in one empty folder. What changes the clone is fenced as `sh`."""
    for number, text_line in enumerate(body.splitlines(), start=line + 1):
        if text_line.startswith("$ coterie"):
            words = shlex.split(text_line, comments=True)[2:]
            result = coterie(words, tmp_path, os.environ | PAGE)
            assert result.returncode == 0, (
                f"{page}:{number}: {text_line}\n{result.stdout[-2000:]}{result.stderr[-2000:]}"
            )


@pytest.mark.parametrize(("page", "line", "body"), examples("python", pages()), ids=name_of)
def test_a_python_block_runs(page: Path, line: int, body: str, tmp_path: Path) -> None:
    script = tmp_path / "block.py"
    script.write_text(body, encoding="utf-8")
    result = python(script, os.environ | PAGE)
    assert result.returncode == 0, f"{page}:{line}\n{result.stderr[-2000:]}"


@pytest.mark.parametrize("page", pages(), ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)", without_fences(page)):
        link = "".join(target)
        path = link.partition("#")[0]
        if (
            path
            and "://" not in link
            and not link.startswith("mailto:")
            and not (ROOT / page.parent / path).exists()
        ):
            dead.append(link)
    assert not dead, f"{page} links to {', '.join(dead)}, which is not there"


@pytest.mark.parametrize("page", pages(), ids=str)
def test_fences_are_closed_and_named(page: Path) -> None:
    marks = [line for line in text(page).splitlines() if line.startswith("```")]
    assert len(marks) % 2 == 0, f"{page}: a fenced block is left open"
    known = {"```console", "```python", "```sh", "```text", "```cpp", "```json", "```toml", "```make"}
    assert set(marks[::2]) <= known, f"{page}: {sorted(set(marks[::2]) - known)}"


def test_make_targets_named_in_the_docs_are_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", text(Path("Makefile")), flags=re.MULTILINE))
    named = {
        name
        for page in pages()
        for name in re.findall(r"(?:^|`|\$ )make ([a-z]+)", text(page), flags=re.MULTILINE)
    }
    assert named <= targets, f"no such target: {', '.join(sorted(named - targets))}"
