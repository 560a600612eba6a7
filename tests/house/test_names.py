"""What the house does not keep: drains for homeless code, paths of one machine, unfinished work."""

import ast
import re
from pathlib import Path

import pytest
from house.tree import files, parsed, text, written

DRAINS = {"utils", "util", "common", "helpers", "helper", "core", "base", "misc", "manager"}
# Written in halves, so that the rules do not find themselves.
MACHINE_PATH = re.compile(r"(?<![\w.~}])/" + r"(?:work|home|root|Users|tmp)" + r"/\w")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
SKIPS = re.compile(r"(?:mark\.|pytest\.|unittest\.)(?:sk" + r"ip|xf" + r"ail)|import" + r"orskip")

CODE_FOLDERS = ("src", "native", "tests", "benchmarks", "web")


@pytest.mark.parametrize(
    ("pattern", "what"),
    [(MACHINE_PATH, "path of one machine"), (UNFINISHED, "unfinished work"), (SKIPS, "skipped test")],
    ids=["paths", "notes", "skips"],
)
def test_no_file_holds(pattern: re.Pattern[str], what: str) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:80]}"
        for path in files()
        for number, line in enumerate(text(path).splitlines(), start=1)
        if pattern.search(line)
    ]
    assert not found, f"{what}:\n" + "\n".join(found)


def test_no_file_or_folder_is_a_drain() -> None:
    found = [p for p in files() if DRAINS & {part.partition(".")[0].lower() for part in p.parts}]
    assert not found, f"named for nothing they hold: {', '.join(map(str, found))}"


def test_no_module_name_is_split_by_hyphens_or_capitals() -> None:
    found = [
        p for p in written(".py", ".h", ".cpp", under=CODE_FOLDERS) if not re.fullmatch(r"[a-z0-9_]+", p.stem)
    ]
    assert not found, ", ".join(map(str, found))


def sentences(docstring: str) -> int:
    """Full stops that end a sentence: before a space or the end, not inside a word or after `e.g`."""
    return len(re.findall(r"(?<!e\.g)(?<!i\.e)(?<!vs)(?<!\bno)[.!?](?=\s|$)", docstring))


@pytest.mark.parametrize("path", written(".py", under=("src", "tests", "benchmarks")), ids=str)
def test_a_module_opens_with_one_sentence(path: Path) -> None:
    """It is the module's entry in the reference. A file that is empty needs none."""
    if not parsed(path).body:
        return
    docstring = ast.get_docstring(parsed(path))
    assert docstring, f"{path} has no docstring"
    assert sentences(docstring) == 1, f"{path}: '{docstring}' is not one sentence"
    assert docstring.rstrip()[-1] in ".!?", f"{path}: the docstring ends without a full stop"


@pytest.mark.parametrize("path", written(".h", under=("src", "native")), ids=str)
def test_a_header_opens_with_its_purpose(path: Path) -> None:
    lines = text(path).splitlines()
    assert lines[0].startswith("// "), f"{path} does not open with a comment that says what it is"
    assert "#pragma once" in lines, f"{path} has no #pragma once"
