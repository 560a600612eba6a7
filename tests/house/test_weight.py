"""What an import brings along, counted in modules and not in seconds."""

import json
import subprocess
import sys

import pytest

GAMES = """
import coterie.games.batch
from coterie.games import catalog
catalog.missions()
for game in catalog.folders():
    catalog.variants(game)
"""
REPORT = """
import json, sys
print()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
HELP = """
import sys
from coterie.cli.main import main
sys.argv = ["coterie", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


def loaded(code: str) -> set[str]:
    """Top-level names of the modules in a fresh interpreter after `code`."""
    command = [sys.executable, "-c", code + REPORT]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


@pytest.mark.parametrize("code", ["import coterie.games", GAMES], ids=["package", "catalogue"])
def test_games_bring_no_torch(code: str) -> None:
    assert not loaded(code) & {"torch", "gymnasium", "pettingzoo"}


def test_help_brings_neither_numpy_nor_torch() -> None:
    assert not loaded(HELP) & {"numpy", "torch", "pydantic"}
