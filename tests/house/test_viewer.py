"""The committed viewer is the one that `web/` and the games' pictures build, proved without npm."""

import gzip
import hashlib
from pathlib import Path

from house.tree import GAMES, PACKAGE, ROOT

WEB = ROOT / "web"
STATIC = PACKAGE / "server" / "static"
MADE = {"node_modules", "package-lock.json", "dist"}
MOST_BYTES = 500_000
MOST_PACKED = 120_000


def sources() -> list[str]:
    """What web/vite.config.ts lists, in its order."""
    views = GAMES.rglob("*.ts")
    inside = (p for p in WEB.rglob("*") if p.is_file() and not made(p.relative_to(WEB)))
    return sorted(path.relative_to(ROOT).as_posix() for path in [*inside, *views])


def made(path: Path) -> bool:
    return any(part in MADE or part.startswith(".") for part in path.parts)


def test_the_bundle_is_built_from_these_sources() -> None:
    total = hashlib.sha256()
    for name in sources():
        total.update(f"{name}\n".encode() + (ROOT / name).read_bytes() + b"\n")
    noted = (STATIC / "viewer.sha256").read_text(encoding="utf-8").strip()
    assert total.hexdigest() == noted, "web/ was changed after the viewer was built: run `make web`"


def test_the_bundle_is_small_and_whole() -> None:
    page = (STATIC / "viewer.html").read_bytes()
    assert len(page) <= MOST_BYTES
    assert len(gzip.compress(page)) <= MOST_PACKED
    assert page.count(b"<!--replay-->") == 1
    assert b"http://" not in page.replace(b"http://www.w3.org/", b"")
