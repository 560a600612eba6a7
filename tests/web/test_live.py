"""Live play and two replays side by side, in a real browser, as a person would use them."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect
from web.conftest import COTERIE, Stage, started

from coterie.replays.playback import verify
from coterie.replays.reading import read

ARENA = "cogsguard_arena_basic.coterie"
PLAY = ("play", "-m", "cogsguard_arena.basic", "-p", "random", "-r", "gui")


def number(page: Page) -> int:
    return int(page.get_by_test_id("tick").inner_text())


def test_play_is_watched_live_and_a_person_takes_a_seat(stage: Stage, tmp_path: Path) -> None:
    page = stage.page
    with started(COTERIE, *PLAY, "--save-replay-dir", str(tmp_path)) as (address, end):
        assert address.endswith("#replay=live")
        page.goto(address)
        expect(page.get_by_text("live, paused")).to_be_visible()
        page.get_by_role("button", name="Play", exact=True).click()
        expect(page.get_by_test_id("tick")).not_to_have_text(re.compile("^[0-3]$"))
        page.get_by_role("button", name="Pause").click()
        page.get_by_role("button", name="0", exact=True).first.click()
        page.get_by_role("button", name="Take over").click()
        actions = page.get_by_role("group", name="Actions of agent 0")
        expect(actions.get_by_role("button")).to_have_count(12)
        page.wait_for_timeout(150)
        at = number(page)
        card = page.get_by_role("region", name="Agent 0")
        actions.get_by_role("button", name="move west").click()
        stage.shows(at + 1)
        expect(card).to_contain_text("move west")
        page.keyboard.press("ArrowRight")
        stage.shows(at + 2)
        expect(card).to_contain_text("move east")
        page.keyboard.press("[")
        stage.shows(at + 1)
        expect(card).to_contain_text("You look at what was.")
        page.get_by_role("button", name="Back to now").last.click()
        stage.shows(at + 2)
        page.get_by_role("button", name="Hand back").click()
        expect(page.get_by_role("button", name="Take over")).to_be_enabled()
        page.get_by_role("button", name="Another episode").click()
        page.get_by_label("Seed").fill("77")
        page.get_by_role("button", name="Start it").click()
        expect(page.locator("header")).to_contain_text("seed 77")
        stage.shows(0)
        assert number(page) == 0
        said = end()
        expect(page.get_by_role("button", name="Connection lost")).to_be_visible()
        page.goto("about:blank")  # before it knocks again where nobody answers
    assert "steps" in said and "cut short" in said and "random" in said
    kept = tmp_path / "cogsguard_arena.basic-seed0.coterie"
    assert verify(read(kept)).is_true
    assert read(kept).actions[at : at + 2, 0, 0].tolist() == [3, 4]
    # That the server is gone is what the browser complains of.
    stage.complaints[:] = [text for text in stage.complaints if "ERR_CONNECTION" not in text]


def test_two_replays_go_in_step_and_show_where_they_part(stage: Stage) -> None:
    page = stage.page
    stage.open(ARENA)
    page.get_by_role("button", name="Compare with another replay").click()
    page.get_by_role("dialog", name="Replays").get_by_role("button", name="shown/idle.coterie").click()
    expect(page.locator(".caption")).to_contain_text([f"Ashown/{ARENA}", "Bshown/idle"])
    expect(page.locator(".strip .parts")).to_have_attribute("title", "They part at tick 101")
    page.locator(".parting button").click()
    stage.shows(101)
    expect(page.locator(".caption").last).to_contain_text("tick 101")
    page.keyboard.press("n")
    expect(page.get_by_role("region", name="Agent 0 of B")).to_contain_text("noop")
    expect(page).to_have_url(re.compile("with=shown%2Fidle.coterie&t=101"))
    page.keyboard.press("End")
    stage.shows(300)
    expect(page.locator(".caption").last).to_contain_text("tick 200")  # it has no more
    stage.open(ARENA, "&with=shown%2Fidle.coterie&t=150&agent=2")
    expect(page.get_by_role("region", name="Agent 2 of B")).to_be_visible()
    expect(page.locator(".caption")).to_contain_text(["tick 150", "tick 150"])
    page.get_by_role("button", name="Show one replay only").click()
    expect(page.locator(".caption")).to_have_count(0)
