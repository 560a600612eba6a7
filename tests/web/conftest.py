"""A browser, and a server with replays for it."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from web.browser import OPTIONS, executable

from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.replays import json_z
from coterie.replays.reading import read
from coterie.replays.recorder import Recorder, Terms
from coterie.replays.watching import timeline

SERVE = "import sys; from coterie.tools.view import serve_replay; from pathlib import Path; "
SERVE += "serve_replay([Path(p) for p in sys.argv[1:]], open_browser=False)"
COTERIE = "from coterie.cli.main import main; main()"


def record(folder: Path, mission: str, ticks: int, name: str = "") -> Path:
    """Random play of a mission as a replay named after it; under a name of its own it ends otherwise."""
    batch = Batch(catalog.make(mission), seed=3)
    dice = np.random.default_rng(7)
    seats = ["random"] * batch.spec.seats
    parts_at = ticks // 2 if name else ticks
    name = name or mission.replace(".", "_")
    with Recorder(batch, folder, name, seats=seats, terms=Terms(mission=mission)) as recorder:
        for tick in range(ticks):
            batch.actions[:] = dice.integers(0, batch.spec.actions, batch.actions.shape)
            if tick >= parts_at:
                batch.actions[:] = 0
            batch.step()
    return recorder.kept[0].rename(folder / f"{name}.coterie")


@dataclass
class Stage:
    """Replays in a folder, where they are served, and what the browser complained of."""

    folder: Path
    address: str
    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, name: str, link: str = "") -> None:
        """The viewer with that replay, its first picture drawn."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}#replay=shown%2F{name}{link}")
        self.page.locator("footer output b").wait_for()
        self.page.locator("aside .agents tbody tr").first.wait_for()

    def tick(self) -> int:
        return int(self.page.get_by_test_id("tick").inner_text())

    def shows(self, tick: int) -> None:
        """Wait until it shows that tick."""
        expect(self.page.get_by_test_id("tick")).to_have_text(str(tick))

    def look(self, script: str) -> object:
        return self.page.evaluate(script)

    def comes(self, script: str) -> None:
        """Wait until that is true; the page's own rules forbid Playwright to do so inside it."""
        for _ in range(100):
            if self.look(script):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never true: {script}")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """cogsguard_arena_basic, the same as idle, where all rest from tick 100 on; grid_garden, echo_basic.

    And the garden as another program wrote it.
    """
    shown = tmp_path_factory.mktemp("viewer") / "shown"
    record(shown, "cogsguard_arena.basic", 300)
    record(shown, "cogsguard_arena.basic", 200, "idle")
    garden = record(shown, "grid.garden", 120)
    record(shown, "echo.basic", 30)
    json_z.save(timeline(read(garden)), shown / "garden.json.z", 3)
    return shown


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    """Where the folder is served."""
    with started(SERVE, str(folder)) as (found, _):
        yield found


@contextmanager
def started(*command: str) -> Iterator[tuple[str, Callable[[], str]]]:
    """A command that serves the viewer: its address, and what ends it and returns what it printed."""
    server = subprocess.Popen([sys.executable, "-c", *command], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:\d+/\S*", server.stdout.readline())
    assert found, "the server did not say where it is"

    def end() -> str:
        server.send_signal(signal.SIGINT)
        said = server.communicate(timeout=20)[0]
        assert server.returncode == 0
        return said

    yield found[0], end
    if server.poll() is None:
        end()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable(), args=OPTIONS)
        yield started
        started.close()


@pytest.fixture
def stage(browser: Browser, folder: Path, address: str) -> Iterator[Stage]:
    """A page that has to stay without complaints."""
    context = browser.new_context(viewport={"width": 1200, "height": 760}, color_scheme="dark")
    page = context.new_page()
    own = Stage(folder, address, page)
    page.on("pageerror", lambda error: own.complaints.append(str(error)))
    page.on(
        "console", lambda message: own.complaints.append(message.text) if message.type == "error" else None
    )
    yield own
    context.close()
    assert not own.complaints
