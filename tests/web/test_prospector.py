"""Prospector in a real browser: its star map, its instruments and its market, and a person as the pilot."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from web.conftest import COTERIE, Stage, started

from coterie.replays.playback import Playback
from coterie.replays.reading import read
from coterie.tools.play import Play

VOYAGE = "voyage.coterie"
TICKS = 180
COLOURS = """() => {
  const board = document.querySelector("canvas.chartboard"), seen = new Set();
  const data = board.getContext("2d").getImageData(0, 0, board.width, board.height).data;
  for (let at = 0; at < data.length; at += 148) seen.add(data.slice(at, at + 3).join());
  return seen.size;
}"""


@pytest.fixture(scope="module")
def voyage(folder: Path) -> Playback:
    """The beginning of a voyage of the shuttle, on the shelf."""
    path = folder / VOYAGE
    Play(
        mission="prospector.basic",
        policy_uris=("shuttle",),
        render="none",
        seed=3,
        max_steps=TICKS,
        save_replay_file=path,
    ).invoke()
    return Playback(read(path))


def scene(voyage: Playback, tick: int) -> dict:
    voyage.seek(tick)
    return voyage.snapshot()["scene"]


def test_a_voyage_is_watched(stage: Stage, voyage: Playback) -> None:
    tick = next(tick for tick in range(60, TICKS) if scene(voyage, tick)["asteroids"])
    now, page = scene(voyage, tick), stage.page
    stage.open(VOYAGE, f"&t={tick}")
    expect(page.locator(".told")).to_contain_text(f"tick {now['tick']} of 20,000")
    ship = page.get_by_role("region", name="Ship")
    hull = str(round(now["ship"]["hull"]))
    expect(ship.get_by_role("meter", name="hull")).to_have_attribute("aria-valuenow", hull)
    expect(page.get_by_role("region", name="Market")).to_contain_text(f"{now['price']['pge']:.1f}")
    rows = page.get_by_role("region", name="Asteroids here").locator("tbody tr")
    expect(rows).to_have_count(len(now["asteroids"]))
    drawn = stage.look(COLOURS)
    assert isinstance(drawn, int)
    assert drawn > 60
    # Through the pilot's eyes there is less of it.
    places = page.get_by_role("list", name="Places on the chart").get_by_role("button")
    nodes = voyage.snapshot()["scenery"]["nodes"]
    expect(places).to_have_count(len(nodes) + len(now["asteroids"]))
    page.keyboard.press("u")
    expect(places).not_to_have_count(len(nodes) + len(now["asteroids"]))
    places.first.focus()
    expect(page.locator(".tip")).to_contain_text("credits a unit")
    for further in (tick + 1, 64, TICKS):  # the changes from tick to tick add up to what is there
        stage.look(f"viewer.goTo({further})")
        stage.shows(further)
        assert json.loads(str(stage.look("JSON.stringify(viewer.frame.scene)"))) == scene(voyage, further)


def test_the_market_is_drawn_and_leads_to_its_ticks(stage: Stage, voyage: Playback) -> None:
    stage.page.set_viewport_size({"width": 390, "height": 780})
    stage.open(VOYAGE, "&theme=light")
    assert stage.look("document.documentElement.scrollWidth <= innerWidth")
    curves = stage.page.get_by_role("region", name="Curves").first
    for name in ("iron", "nickel", "water ice", "pge", "rare isotopes", "volatiles"):
        expect(curves.locator(".legend")).to_contain_text(name)
    stage.comes(f"viewer.overview?.ticks.length === {TICKS + 1}")  # drawn for the last time
    over = curves.locator(".u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box
    over.click(position={"x": box["width"] / 2, "y": 20})
    stage.comes(f"Math.abs(viewer.tick - {TICKS // 2}) < 4")


def test_a_person_is_the_pilot(stage: Stage, tmp_path: Path) -> None:
    page = stage.page
    kept = tmp_path / "flown.coterie"
    play = ("play", "-m", "prospector.basic", "-p", "shuttle", "-r", "gui", "--seed", "3")
    with started(COTERIE, *play, "--save-replay-file", str(kept)) as (address, end):
        page.goto(address)
        page.get_by_role("button", name="Take over").click()
        controls = page.get_by_role("region", name="What you may do")
        expect(controls.get_by_role("button", name="kit")).to_be_disabled()
        # The first lane by the map, an asteroid by its row, the rest by the buttons.
        page.get_by_role("button", name=re.compile("go there$")).first.press("Enter")
        stage.shows(1)
        controls.get_by_role("button", name="scan all").click()
        stage.shows(2)
        page.get_by_role("button", name="Select 4").click()
        stage.shows(3)
        controls.get_by_role("button", name="as usual").click()
        stage.shows(4)
        expect(page.get_by_role("region", name="Voyage")).to_contain_text("mine standard")
        expect(page.get_by_role("region", name="Asteroids here").locator("tr.on")).to_contain_text("4")
        assert stage.look("viewer.truth") is False
        controls.get_by_role("button", name="Hand back").click()
        expect(page.get_by_role("button", name="Take over")).to_be_enabled()
        page.goto("about:blank")
        end()
    done = read(kept).actions[:4, 0, 0].tolist()
    assert (done[0] < 6, done[1:]) == (True, [8, 16, 29])
