"""Prospector in a real browser: its star map, its instruments and its market, and a person as the pilot."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect
from web.conftest import Stage

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
    stage.page.wait_for_function(f"viewer.overview?.ticks.length === {TICKS + 1}")  # drawn for the last time
    over = curves.locator(".u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box
    over.click(position={"x": box["width"] / 2, "y": 20})
    stage.page.wait_for_function(f"Math.abs(viewer.tick - {TICKS // 2}) < 4")
