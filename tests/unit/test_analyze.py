"""The command `coterie analyze`: its tables, its data, and its page, which needs nothing else."""

import csv
import io
import json
import os
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from forked import finished, run_script
from unit.stored import played

from coterie.cli.main import main
from coterie.evaluation.drawing import interval_plot, ticks
from coterie.evaluation.store import Store
from coterie.stats.intervals import Interval

MAPS = np.random.default_rng(0).normal(10, 3, (20, 1))
VOID = {"meta", "path", "circle", "br", "polygon", "polyline", "wbr"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two simulations of three policies, one of which has a name that HTML would misread."""
    made = Store(tmp_path_factory.mktemp("filled") / "stats.duckdb")
    for k, simulation in enumerate(("x.one", "x.two")):
        for j, policy in enumerate(("role", "random", "<b>&'run'")):
            noise = np.random.default_rng(10 * k + j).normal(0, 0.5, (20, 4))
            made.append(played([policy], MAPS - j + noise, simulation=simulation, suite=f"s{k}"))
    made.append(played(["role", "random"], np.tile([1.0, 1, 0, 0], (20, 1)), simulation="x.one", suite="s0"))
    return made.path


@pytest.fixture
def store(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A copy where commands look for it."""
    monkeypatch.chdir(tmp_path)
    Path("train_dir").mkdir()
    return Store(shutil.copy(filled, tmp_path / "train_dir" / "stats.duckdb"))


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["coterie", "analyze", *words])
        with pytest.raises(SystemExit) as end:
            main()
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out, said.err


def test_the_table_has_rows_columns_and_sentences(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "return"
    assert re.split(r"\s{2,}", lines[1]) == ["policy", "x.one", "x.two", "suite s0", "suite s1", "overall"]
    assert lines[2].startswith("role ")
    assert "won 100 %" in out
    assert "over all 2 simulations: role is better than random by" in out


def test_json_and_csv_hold_the_same_numbers(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--json", "--metric", "ret*", "--metric", "seat/gold")
    cards = json.loads(out)
    assert code == 0
    assert [card["metric"] for card in cards] == ["return", "seat/gold"]
    assert all(pair["sentence"] for pair in cards[0]["comparisons"])
    _, out, _ = run(capsys, "--format", "csv", "--metric", "return")
    rows = list(csv.DictReader(io.StringIO(out)))
    role = next(row for row in rows if (row["policy"], row["simulation"]) == ("role", "x.one"))
    cell = cards[0]["policies"]["role"]["simulations"]["x.one"]
    assert float(role["mean"]) == cell["mean"]
    assert role["win_rate"] == ""
    beside = next(row for row in rows if row["policy"] == "role with random")
    assert float(beside["win_rate"]) == 1.0


class Tags(HTMLParser):
    """Whether tags close in order, and what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [f"{tag} {k}" for k, _ in attrs if k in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag("meta", attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_one_file_that_loads_nothing(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--out", "deep/card.html", "--metric", "return", "--metric", "doors")
    assert (code, out) == (0, "wrote deep/card.html\n")
    text = Path("deep/card.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert tags.open == [] and tags.loads == []
    assert "http" not in text and "url(" not in text and "<script" not in text
    assert "prefers-color-scheme: dark" in text
    assert "<b>&'run'" not in text and "&lt;b&gt;&amp;&#x27;run&#x27;" in text
    for said in (
        "140 episodes",
        "Performance profile",
        "Interquartile mean",
        "role is better than random by",
    ):
        assert said in text, said
    pictures = re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)
    assert len(pictures) == 2 * (2 + 2)
    for picture in pictures:
        root = ElementTree.fromstring(picture)
        width, height = map(float, root.attrib["viewBox"].split()[2:])
        for dot in root.iter("circle"):
            assert 0 < float(dot.attrib["cx"]) < width and 0 < float(dot.attrib["cy"]) < height


def test_a_file_is_written_as_its_ending_says(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    for name, opening in (
        ("a.json", "[\n"),
        ("a.csv", "metric,"),
        ("a.txt", "return\n"),
        ("a.htm", "<!doctype"),
    ):
        assert run(capsys, "--out", name)[0] == 0
        assert Path(name).read_text(encoding="utf-8").startswith(opening)
    _, out, _ = run(capsys, "--format", "html")
    assert out.startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.duckdb"], "no store none.duckdb: coterie run"),
        (["--metric", "retrun"], "nobody recorded a metric 'retrun'; did you mean return?"),
        (["-p", "rloe"], "has no policy 'rloe'; did you mean role"),
        (["--format", "pdf"], "format: Input should be 'table', 'json', 'csv' or 'html'"),
        (["--out", "train_dir"], "--out train_dir: Is a directory"),
        (["--reference", "rol"], "no policy 'rol' to compare with; did you mean role"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    words: list[str], said: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, error = run(capsys, *words)
    assert code == 2
    assert said in error
    assert error.count("\n") == 1


def test_the_notebook_opens_a_store_and_draws_it(store: Store, tmp_path: Path) -> None:
    notebook, made = str(Path(__file__).parents[2] / "notebooks" / "analysis.py"), tmp_path / "notebook.html"
    marimo = tmp_path / "marimo_main.py"
    script = "from marimo._cli.cli import main\nif __name__ == '__main__':\n    main()\n"
    marimo.write_text(script, encoding="utf-8")
    words = [str(marimo), "export", "html", notebook, "-o", str(made), "--", "--store", str(store.path)]
    done = finished(run_script, words, tmp_path, os.environ)
    assert done.returncode == 0, done.stderr
    said = made.read_text(encoding="utf-8")
    for part in ("Performance profile", "role is better than random by", "140", "Ask it yourself"):
        assert part in said, part
    done = finished(run_script, [notebook, "--", "--store", "none.duckdb"], tmp_path, os.environ)
    assert "no store none.duckdb" in done.stderr


def test_plots_take_bounds_that_are_not_known() -> None:
    alone = Interval(3.0, -np.inf, np.inf, 1)
    picture = ElementTree.fromstring(interval_plot([("a", 0, alone)], "one map"))
    assert len(list(picture.iter("circle"))) == 1
    assert not [p for p in picture.iter("path") if p.attrib["class"] == "bar"]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.7, 12.2), (1e-9, 2e-9), (-5e6, 1e7), (99.5, 100.5)])
def test_ticks_are_few_and_round(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 2 <= len(found) <= 7
    assert all(low - 1e-12 <= value <= high + 1e-12 for value in found)


def test_many_simulations_are_a_line_a_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Store(tmp_path / "many.duckdb")
    for k in range(12):
        made.append(played(["role"], MAPS, simulation=f"a_suite_with_a_name.mission_{k}", suite="s"))
    code, out, _ = run(capsys, str(tmp_path / "many.duckdb"))
    lines = out.splitlines()
    assert code == 0 and max(map(len, lines[:14])) < 120
    assert re.split(r"\s{2,}", lines[1]) == ["simulation", "policy", "return"]
    assert len([line for line in lines if line.startswith("a_suite_with_a_name.mission_")]) == 12
