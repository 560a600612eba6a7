"""Export: a replay file as another kind, the page that holds the viewer included."""

import sys
from pathlib import Path

from coterie.replays import json_z
from coterie.replays.exports import export, put, suffix_of
from coterie.replays.members import ReplayError
from coterie.replays.reading import read
from coterie.server.film import film
from coterie.server.page import single_page

PAGE = ".html"


def export_file(
    source: Path, path: Path, *, version: int = 3, tick: int | None = None, every: int | None = None
) -> Path:
    """Write what is in `source` as the kind of file that `path` says, as `replays.exports.export` does.

    `.html` is one page with the viewer. What another program wrote becomes that, or its other version. A
    ReplayError says why not.
    """
    if path.name.endswith(PAGE) and path.name != PAGE:
        return put(path, [single_page(film(source)).encode()])
    try:
        suffix = suffix_of(path)
    except ReplayError as error:
        raise ReplayError(f"{error}, {PAGE}") from None
    if json_z.is_named(source):
        if not json_z.is_named(path):
            raise ReplayError(f"{source}: to make a {suffix} it takes a replay that can be played again")
        return json_z.save(json_z.load(source), path, version)
    found = read(source)
    if found.damage:
        print(f"coterie: {source}: {found.damage}; {found.ticks} ticks could be read", file=sys.stderr)
    return export(found, path, version=version, tick=tick, every=every)
