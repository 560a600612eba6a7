"""The viewer in a real browser: what a person does with it, and what stands on the page then."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from web.conftest import Stage

from coterie.replays.playback import Playback
from coterie.replays.reading import read
from coterie.server.film import film
from coterie.server.page import single_page

ARENA = "cogsguard_arena_basic.coterie"
COLOURS = """() => {
  const seen = new Set(), board = document.querySelector("canvas.ground");
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [board.width, board.height];
  viewer.isDirty = true;
  viewer.pulse(performance.now(), 0);
  const ctx = copy.getContext("2d");
  ctx.drawImage(board, 0, 0);
  const data = ctx.getImageData(0, 0, copy.width, copy.height).data;
  for (let at = 0; at < data.length; at += 388) seen.add(data.slice(at, at + 3).join());
  return seen.size;
}"""


def snapshot(stage: Stage, tick: int) -> dict:
    player = Playback(read(stage.folder / ARENA))
    player.seek(tick)
    return player.snapshot()


def test_a_replay_opens_draws_and_steps(stage: Stage) -> None:
    stage.open(ARENA)
    stage.shows(0)
    drawn = stage.look(COLOURS)
    assert isinstance(drawn, int)
    assert drawn > 40
    stage.page.keyboard.press("]")
    stage.shows(1)
    stage.page.get_by_role("button", name="One step on").click()
    stage.shows(2)
    stage.page.keyboard.press("[")
    stage.shows(1)
    stage.page.keyboard.press("End")
    stage.shows(300)


def test_it_plays_and_pauses(stage: Stage) -> None:
    stage.open(ARENA)
    stage.page.get_by_label("Speed, ticks a second").select_option("60")
    stage.page.get_by_role("button", name="Play", exact=True).click()
    expect(stage.page.get_by_role("button", name="Pause")).to_be_visible()
    expect(stage.page.get_by_test_id("tick")).not_to_have_text("0")
    stage.page.get_by_role("button", name="Pause").click()
    at = stage.tick()
    stage.page.wait_for_timeout(300)
    assert 0 < stage.tick() == at


def test_the_fastest_speed_ends_at_the_last_tick(stage: Stage) -> None:
    stage.open(ARENA, "&speed=1000&play=1")
    stage.shows(300)
    expect(stage.page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_link_leads_to_a_tick_and_an_agent(stage: Stage) -> None:
    stage.open(ARENA, "&t=120&agent=3")
    agent = snapshot(stage, 120)["agents"][3]
    card = stage.page.get_by_role("region", name="Agent 3")
    expect(card).to_contain_text(f"{agent['row']}, {agent['col']}")
    expect(card).to_contain_text(agent["action"].replace("_", " "))
    for name, amount in agent["inventory"].items():
        expect(card).to_contain_text(f"{name}{amount}")
    stage.shows(120)
    spoken = stage.page.locator("[aria-live=polite]")
    expect(spoken).to_contain_text("Tick 120 of 300. Agent 3")
    stage.page.keyboard.press("]")
    stage.page.wait_for_timeout(600)
    assert "t=121" in stage.page.url
    assert "agent=3" in stage.page.url


def test_who_is_pressed_is_selected_followed_and_looked_through(stage: Stage) -> None:
    stage.open(ARENA, "&t=50")
    agent = snapshot(stage, 50)["agents"][5]
    board = stage.page.locator("canvas.overlay")
    place = stage.look(
        f"(() => {{ const {{camera, width, height}} = viewer.board; return ["
        f"({agent['col']} + 0.5 - camera.x) * camera.zoom + width / 2,"
        f"({agent['row']} + 0.5 - camera.y) * camera.zoom + height / 2] }})()"
    )
    assert isinstance(place, list)
    board.click(position={"x": place[0], "y": place[1]})
    expect(stage.page.get_by_role("region", name="Agent 5")).to_be_visible()
    before = stage.look(COLOURS)
    stage.page.keyboard.press("v")
    expect(stage.page.get_by_text("Through the eyes of agent 5")).to_be_visible()
    assert stage.look(COLOURS) != before
    stage.page.keyboard.press("f")
    stage.page.wait_for_timeout(1500)
    middle = stage.look("[viewer.board.camera.x, viewer.board.camera.y]")
    assert middle == pytest.approx([agent["col"] + 0.5, agent["row"] + 0.5], abs=0.1)
    stage.page.keyboard.press("Escape")
    expect(stage.page.get_by_text("Select an agent or a thing")).to_be_visible()


def test_the_timeline_scrubs(stage: Stage) -> None:
    stage.open(ARENA)
    strip = stage.page.get_by_role("slider", name="Tick")
    box = strip.bounding_box()
    assert box
    strip.click(position={"x": box["width"] / 2, "y": 10})
    expect(strip).to_have_attribute("aria-valuenow", re.compile("^1(49|50|51)$"))
    strip.focus()
    stage.page.keyboard.press("ArrowLeft")
    expect(strip).to_have_attribute("aria-valuenow", str(stage.tick()))
    stage.page.mouse.move(box["x"] + 20, box["y"] + 20)
    stage.page.mouse.down()
    stage.page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 20, steps=8)
    stage.page.mouse.up()
    stage.shows(270)


# While a whole piece is on its way, somebody wants to go elsewhere.
LATE = """() => {
  const plain = window.fetch;
  window.fetch = async (...wish) => {
    const answer = await plain(...wish);
    if (String(wish[0]).includes("count=64")) {
      window.fetch = plain;
      viewer.goTo(270);
      await new Promise((done) => setTimeout(done, 100));
    }
    return answer;
  };
  viewer.goTo(200);
}"""


def test_the_last_tick_asked_for_is_shown_however_late_frames_come(stage: Stage) -> None:
    """A wish that came while the neighbours of a frame were on their way was once forgotten."""
    stage.open(ARENA)
    stage.look(LATE)
    stage.shows(270)


def test_every_key_does_something_and_nothing_breaks(stage: Stage) -> None:
    stage.open(ARENA, "&t=10")
    for key in "n p f v v o h r g m w a s d z x 0 t t - = PageDown PageUp Home ArrowUp".split():
        stage.page.keyboard.press(key)
    stage.shows(0)
    stage.page.keyboard.press("?")
    expect(stage.page.get_by_role("dialog", name="Keys")).to_contain_text("see through its eyes")
    stage.page.keyboard.press("Escape")
    expect(stage.page.get_by_role("dialog")).to_have_count(0)


def test_a_game_without_a_map_shows_its_words(stage: Stage) -> None:
    stage.open("echo_basic.coterie", "&t=7")
    player = Playback(read(stage.folder / "echo_basic.coterie"))
    player.seek(7)
    expect(stage.page.locator(".words pre")).to_have_text(player.batch.text(0).strip())


def test_a_replay_of_another_program_opens(stage: Stage) -> None:
    stage.open("garden.json.z", "&t=40&agent=0")
    player = Playback(read(stage.folder / "grid_garden.coterie"))
    player.seek(40)
    agent = player.snapshot()["agents"][0]
    expect(stage.page.get_by_role("region", name="Agent 0")).to_contain_text(
        f"{agent['row']}, {agent['col']}"
    )


def test_the_shelf_opens_and_a_bad_file_is_told_of(stage: Stage, tmp_path: Path) -> None:
    stage.page.goto(stage.address)
    shelf = stage.page.get_by_role("dialog", name="Replays")
    shelf.get_by_role("button", name="echo.basic").click()
    expect(stage.page.locator("h1")).to_have_text("echo.basic")
    bad = tmp_path / "bad.coterie"
    bad.write_bytes((stage.folder / ARENA).read_bytes()[:33])
    stage.page.keyboard.press("l")
    stage.page.locator("input[type=file]").set_input_files(bad)
    expect(stage.page.get_by_role("alert")).to_contain_text("bad.coterie: ")
    # The browser itself notes that the server refused it.
    stage.complaints[:] = [text for text in stage.complaints if "422" not in text]


def test_one_page_shows_the_replay_without_a_server(stage: Stage, tmp_path: Path) -> None:
    alone = tmp_path / "alone.html"
    alone.write_text(single_page(film(stage.folder / ARENA)), encoding="utf-8")
    stage.page.goto(f"{alone.as_uri()}#t=130&agent=2")
    agent = snapshot(stage, 130)["agents"][2]
    card = stage.page.get_by_role("region", name="Agent 2")
    expect(card).to_contain_text(f"{agent['row']}, {agent['col']}")
    stage.page.keyboard.press("]")
    stage.shows(131)
    stage.page.keyboard.press("Home")
    stage.shows(0)


def test_a_narrow_page_holds_everything(stage: Stage) -> None:
    stage.page.set_viewport_size({"width": 390, "height": 780})
    stage.open(ARENA, "&theme=light")
    assert stage.look("document.documentElement.scrollWidth <= innerWidth")
    expect(stage.page.get_by_role("button", name="Play", exact=True)).to_be_in_viewport()
