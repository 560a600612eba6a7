"""What a browser does with the viewer: `coterie bench viewer` runs this on addresses of replays."""

import argparse
import json
import shutil
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Software rendering, in a container whose user may be root.
OPTIONS = ["--no-sandbox", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage"]
MARK = "performance.getEntriesByName('first picture')[0]?.startTime"
SETTLE_MS, WATCH_MS = 12_000, 4000  # until all is fetched and told of, and how long is counted
# Pictures drawn of the moving board, and how many the screen would have taken.
COUNT = """(wait) => new Promise((done) => {
  let [drawn, shown] = [0, 0];
  const plain = viewer.board.draw.bind(viewer.board);
  viewer.board.draw = (...picture) => (drawn++, plain(...picture));
  const begin = performance.now();
  requestAnimationFrame(function count(now) {
    shown++;
    if (now - begin < wait) return requestAnimationFrame(count);
    viewer.board.draw = plain;
    done([drawn / (now - begin) * 1000, shown / (now - begin) * 1000]);
  });
})"""


def page_of(browser: Browser) -> Page:
    """A page that has nothing in store."""
    return browser.new_context(viewport={"width": 1200, "height": 760}, bypass_csp=True).new_page()


def first_picture(browser: Browser, address: str) -> float:
    """Milliseconds from asking for the page to the first picture of the replay."""
    page = page_of(browser)
    page.goto(address)
    page.wait_for_function(MARK)
    found = float(page.evaluate(MARK))
    page.context.close()
    return found


def drawn(browser: Browser, address: str) -> tuple[float, float]:
    """Pictures a second drawn while all agents glide, and those that could have been shown."""
    page = page_of(browser)
    page.goto(f"{address}&play=1&speed=8")
    page.wait_for_function(MARK)
    page.wait_for_timeout(SETTLE_MS)
    found = page.evaluate(COUNT, WATCH_MS)
    page.context.close()
    return found[0], found[1]


def main() -> None:
    """Print one JSON object: `first_ms` of all turns, `drawn` and `shown` pictures a second."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("long", help="address of a replay to open")
    parser.add_argument("crowd", help="address of a replay to draw")
    parser.add_argument("-n", type=int, default=5, help="turns")
    wish = parser.parse_args()
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        raise SystemExit("no browser: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        first = [first_picture(browser, wish.long) for _ in range(wish.n)]
        rates = [drawn(browser, wish.crowd) for _ in range(max(1, wish.n // 2))]
        row = {"version": browser.version, "first_ms": first}
        row |= {"drawn": [rate for rate, _ in rates], "shown": median(rate for _, rate in rates)}
        print(json.dumps(row))
        browser.close()


if __name__ == "__main__":
    main()
