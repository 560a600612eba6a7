"""Programs that measure a repetition whenever they are asked, so that two of them meet the same minutes."""

import sys

import pytest

from coterie.config import ConfigError
from coterie.tools.bench_train import Turns

COUNTS = """
import sys
for n, _ in enumerate(sys.stdin):
    print("so far", n)
    print('{"n": %d}' % n, flush=True)
"""


def test_programs_take_turns() -> None:
    command = [sys.executable, "-c", COUNTS]
    with (
        Turns("one", command) as one,
        Turns("two", command) as two,
    ):
        assert [(one.take()["n"], two.take()["n"]) for _ in range(3)] == [(0, 0), (1, 1), (2, 2)]
        one.ask()
        two.ask()
        assert (two.answer()["n"], one.answer()["n"]) == (3, 3)
    assert (one.process.returncode, two.process.returncode) == (0, 0)


@pytest.mark.parametrize(
    ("program", "says"),
    [("import sys; sys.exit('no such game')", "no such game"), ("", "it says nothing")],
)
def test_one_that_ends_is_named_with_its_last_words(program: str, says: str) -> None:
    with Turns("peer", [sys.executable, "-c", program]) as peer, pytest.raises(ConfigError) as refused:
        peer.take()
    assert str(refused.value) == f"peer did not run: {says}"
