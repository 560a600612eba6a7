"""View: opens replays in the browser, served from this machine to this machine."""

import webbrowser
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from coterie.config import ConfigError
from coterie.server import page
from coterie.server.serving import serve
from coterie.server.shelf import Shelf


def serve_replay(
    paths: Path | Sequence[Path], open_browser: bool = True, *, host: str = "127.0.0.1", port: int = 0
) -> int:
    """Show files and folders of replays until interrupted; returns the exit code.

    The address is printed, and opened in a browser if there is one. Port 0 is any free one. A ConfigError
    says what cannot be shown, or that the port is taken.
    """
    places = [paths] if isinstance(paths, Path) else list(paths)
    missing = [str(place) for place in places if not place.exists()]
    if missing:
        raise ConfigError(f"there is no {missing[0]} to show")
    page.viewer()
    shelf = Shelf(places)
    names = list(shelf.files) if not shelf.folders else []
    for name in names:
        shelf.film(name)  # what is wrong with a file is said here, before a browser opens

    def ready(address: str) -> None:
        if len(names) == 1:
            address += f"#replay={quote(names[0], safe='')}"
        has_opened = open_browser and webbrowser.open(address)
        print(f"{'Showing' if has_opened else 'Open'} {address} (Ctrl+C ends it)", flush=True)

    serve(shelf, host=host, port=port, ready=ready)
    return 0
