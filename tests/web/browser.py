"""The browser that the tests of the viewer drive: Debian's Chromium, or any other on the path."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# Software rendering, in a container whose user may be root.
OPTIONS = ["--no-sandbox", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage"]


def executable() -> str | None:
    """Where a Chromium is, None if there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)
