"""View: opens replays in the browser, served from this machine to this machine."""

import os
import sys
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from coterie.config import ConfigError
from coterie.server import page
from coterie.server.serving import serve
from coterie.server.shelf import Shelf


def serve_replay(
    paths: Path | Sequence[Path],
    open_browser: bool = True,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tick: int | None = None,
) -> int:
    """Show files and folders of replays until interrupted; returns the exit code.

    One file is opened, two are shown side by side, of more and of folders the list. The address is printed,
    and opened in a browser if there is one. Port 0 is any free one, `tick` where to begin. A ConfigError says
    what cannot be shown, or that the port is taken.
    """
    places = [paths] if isinstance(paths, Path) else list(paths)
    missing = [str(place) for place in places if not place.exists()]
    if missing:
        raise ConfigError(f"there is no {missing[0]} to show")
    page.viewer()
    shelf = Shelf(places)
    for name in shelf.files:
        shelf.film(name)  # what is wrong with a file is said here, before a browser opens
    names = list(shelf.files) if not shelf.folders else []
    link = link_of(names, tick)
    serve(shelf, host=host, port=port, ready=announcing(link, open_browser))
    return 0


def link_of(names: Sequence[str], tick: int | None = None) -> str:
    """What of one or two replays the viewer shows at once, "" for the list of all."""
    if not 1 <= len(names) <= 2:
        return ""
    parts = [f"{key}={quote(name, safe='')}" for key, name in zip(("replay", "with"), names, strict=False)]
    return "#" + "&".join(parts + ([f"t={tick}"] if tick else []))


def announcing(link: str, open_browser: bool) -> Callable[[str], None]:
    """Opens the viewer in a browser if it may and can, and says where it is."""

    def ready(address: str) -> None:
        has_opened = open_browser and has_browser() and webbrowser.open(address + link)
        print(f"{'Showing' if has_opened else 'Open'} {address}{link} (Ctrl+C ends it)", flush=True)

    return ready


def has_browser() -> bool:
    """Whether a browser with windows may open; one for text would take the terminal and show nothing."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))
