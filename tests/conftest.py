"""What every test run says about itself: which native module it ran, and the sizes of the house."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import sizes
from web.browser import executable

from coterie import native

# Without a browser the tests of the viewer cannot run; the end of the run says so.
collect_ignore = [] if executable() else ["web"]


@pytest.fixture(params=[most for most in (8, 16, 32) if most <= native.lanes()])
def lanes(request: pytest.FixtureRequest) -> Iterator[int]:
    """So many numbers at a time products take until the test ends: each number that this processor can."""
    yield native.lanes(request.param)
    native.lanes()


def pytest_report_header() -> str:
    path = Path(native.__file__)
    kind = "sanitized" if b"__asan_init" in path.read_bytes() else "plain"
    return f"native: {kind}, {native.compiler()}, {path}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was left out, and after a run of the house tests the table whose caps they check."""
    if collect_ignore:
        terminalreporter.section("left out")
        terminalreporter.line("tests/web: the viewer in a browser, for there is no Chromium on this machine")
    if any("test_sizes" in report.nodeid for report in terminalreporter.getreports("passed")):
        terminalreporter.section("sizes of the house")
        for line in sizes.table():
            terminalreporter.line(line)
