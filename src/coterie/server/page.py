"""Page: the built viewer, alone or with a replay inside it as one file that needs nothing else."""

import base64
import gzip
import json
from importlib import resources
from typing import Any

from coterie.config import ConfigError
from coterie.server.film import Film
from coterie.server.frames import PIECE, overview, piece

BUILT = "viewer.html"
MARK = "<!--replay-->"
MOST_FRAMES = 20_000
OVERVIEW = 1024


def viewer() -> str:
    """The viewer's page as it was built; a ConfigError if this package holds none."""
    file = resources.files("coterie.server").joinpath("static", BUILT)
    if not file.is_file():
        raise ConfigError("the viewer is not built: run `make web`")
    return file.read_text(encoding="utf-8")


def single_page(film: Film) -> str:
    """One HTML file that shows the film anywhere; of very many ticks only every second, third, … is kept."""
    stride = 1 + (film.last - film.first) // MOST_FRAMES
    pieces = []
    for first in range(film.first, film.last + 1, PIECE * stride):
        pieces.append(packed(piece(film, first, PIECE, stride)))
    data = {
        "head": head(film) | {"stride": stride},
        "overview": packed(overview(film, OVERVIEW)),
        "statistics": film.statistics(film.last),
        "pieces": pieces,
    }
    # A script's text ends at its first `</`, wherever that stands.
    inner = json.dumps(data, separators=(",", ":")).replace("</", "<\\/")
    tag = f'<script type="application/json" id="embedded">{inner}</script>'
    before, mark, after = viewer().partition(MARK)
    if not mark:
        raise ConfigError(f"the viewer is damaged: {MARK} is not in it; run `make web`")
    return before + tag + after


def head(film: Film) -> dict[str, Any]:
    """What a viewer needs to know before the first frame."""
    return film.title() | {
        "first": film.first,
        "last": film.last,
        "piece": PIECE,
        "stride": 1,
        "problem": film.problem,
    }


def packed(data: dict[str, Any]) -> str:
    """JSON, gzip, base64: what a browser unpacks by itself."""
    text = json.dumps(data, separators=(",", ":")).encode()
    return base64.b64encode(gzip.compress(text, 9, mtime=0)).decode()
