"""Frames: what a viewer is sent of a film: key frames, the changes from tick to tick, and an overview."""

from collections import Counter
from typing import Any

from coterie.server.film import SAME, Film

PIECE = 64  # ticks sent at once
MOST_EVENTS = 8192


def key(snapshot: dict[str, Any]) -> dict[str, Any]:
    """A whole frame, less what the title says."""
    return {name: value for name, value in snapshot.items() if name not in SAME}


def delta(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What changed: fields of `agents`, `objects` and `teams` by id or place, `tiles` [cell, kind], `text`.

    An object that is gone is None, one that came is whole. Of a `scene` see `patch`.
    """
    found: dict[str, Any] = {}
    for name in ("agents", "objects", "teams"):
        if name in after and (changed := rows(before.get(name, []), after[name])):
            found[name] = changed
    if after.get("tiles") is not before.get("tiles"):
        pairs = zip(before["tiles"], after["tiles"], strict=True)
        tiles = [[cell, now] for cell, (then, now) in enumerate(pairs) if then != now]
        if tiles:
            found["tiles"] = tiles
    if after.get("scene") != before.get("scene"):
        found["scene"] = patch(before["scene"], after["scene"])
    if after.get("text", "") != before.get("text", ""):
        found["text"] = after["text"]
    return found


def patch(before: Any, after: Any) -> Any:
    """What changed of a plain value: of a mapping by key, None for what is gone; of a list of those by place.

    Anything else comes whole, and so does a list that got another length.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        gone = {name: None for name in before if name not in after}
        return gone | {n: patch(before.get(n), v) for n, v in after.items() if before.get(n) != v}
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        if after and all(isinstance(one, dict) for one in (*before, *after)):
            pairs = enumerate(zip(before, after, strict=True))
            return {str(place): patch(old, new) for place, (old, new) in pairs if old != new}
    return after


def rows(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, Any]:
    """Changed fields by id, or by place where there is none."""
    then = {one.get("id", index): one for index, one in enumerate(before)}
    now = {one.get("id", index): one for index, one in enumerate(after)}
    found: dict[str, Any] = {}
    for ident, one in now.items():
        old = then.get(ident)
        if old is None:
            found[str(ident)] = one
        elif old != one:
            found[str(ident)] = {
                field: v for field, v in one.items() if old.get(field, v) != v or field not in old
            }
    found |= {str(ident): None for ident in then if ident not in now}
    return found


def piece(film: Film, first: int, count: int, stride: int = 1) -> dict[str, Any]:
    """Frames of the ticks `first`, `first + stride`, … as a key frame and its `deltas`, at most `count`."""
    first = min(max(first, film.first), film.last)
    snapshot = film.snapshot(first)
    deltas = []
    whole = key(snapshot)
    for tick in range(first + stride, min(first + count * stride, film.last + 1), stride):
        after = film.snapshot(tick)
        deltas.append(delta(snapshot, after))
        snapshot = after
    return {"first": first, "stride": stride, "key": whole, "deltas": deltas}


def overview(film: Film, points: int) -> dict[str, Any]:
    """The whole film at up to `points` ticks: returns, stocks and holdings of teams, what happened between.

    `returns` is [agents][points]; `visits` are [cell, how many agents stood there]; `curves` are the fields
    of a scene that its scenery names, by field and name [points]; `events` {tick, kind, …} are exact where
    there are as many points as ticks.
    """
    ticks = spread(film.first, film.last, points)
    before: dict[str, Any] | None = None
    visits: Counter[int] = Counter()
    title = film.title()
    width = title.get("width", 0)
    curves: dict[str, dict[str, list[float]]] = {f: {} for f in title.get("scenery", {}).get("curves", ())}
    returns: list[list[float]] = []
    teams: list[dict[str, Any]] = []
    events: list[dict[str, Any]] = []
    for index, tick in enumerate(ticks):
        now = film.snapshot(tick)
        if not index:
            returns = [[] for _ in now["agents"]]
            teams = [{"name": team["name"], "inventory": {}, "counts": {}} for team in now.get("teams", [])]
        for row, agent in zip(returns, now["agents"], strict=False):
            row.append(agent["return"])
        for row, team in zip(teams, now.get("teams", []), strict=False):
            for part in ("inventory", "counts"):
                note(row[part], team[part], index)
        for field, series in curves.items():
            note(series, now["scene"][field], index)
        if width:
            visits.update(agent["row"] * width + agent["col"] for agent in now["agents"])
        if before is not None:
            events += happenings(before, now, tick)
        before = now
    for row in teams:
        for part in ("inventory", "counts"):
            for series in row[part].values():
                series += [0] * (len(ticks) - len(series))
    return {
        "ticks": ticks,
        "returns": returns,
        "teams": teams,
        "visits": sorted(visits.items()),
        "curves": curves,
        "events": events[:MOST_EVENTS],
    }


def note(columns: dict[str, list[float]], amounts: dict[str, float], index: int) -> None:
    """One more point of each series; one that was not there before, or is not now, is 0."""
    for name, amount in amounts.items():
        series = columns.setdefault(name, [])
        series += [0] * (index - len(series))
        series.append(amount)


def spread(first: int, last: int, points: int) -> list[int]:
    """Up to `points` ticks from the first to the last, evenly."""
    points = max(min(points, last - first + 1), 1)
    return [first + (last - first) * k // max(points - 1, 1) for k in range(points)]


def happenings(before: dict[str, Any], after: dict[str, Any], tick: int) -> list[dict[str, Any]]:
    """What a person would tell: things taken over, gone and new; agents frozen; `counts` that went up."""
    found: list[dict[str, Any]] = []
    then = {one["id"]: one for one in before.get("objects", [])}
    for one in after.get("objects", []):
        old = then.pop(one["id"], None)
        where = {"tick": tick, "object": one["id"], "name": one["kind"], "row": one["row"], "col": one["col"]}
        if old is None:
            found.append(where | {"kind": "appeared"})
        elif old["team"] != one["team"]:
            found.append(where | {"kind": "owner", "team": one["team"], "before": old["team"]})
    for gone in then.values():
        where = {"name": gone["kind"], "row": gone["row"], "col": gone["col"]}
        found.append({"tick": tick, "kind": "vanished", "object": gone["id"], **where})
    counts = before.get("scene", {}).get("counts", {})
    for name, count in after.get("scene", {}).get("counts", {}).items():
        if count > counts.get(name, 0):
            found.append(
                {"tick": tick, "kind": "counted", "name": name, "amount": count - counts.get(name, 0)}
            )
    for old, one in zip(before["agents"], after["agents"], strict=False):
        if one.get("frozen", 0) and not old.get("frozen", 0):
            found.append({"tick": tick, "kind": "frozen", "agent": one["id"]})
        if one["return"] != old["return"]:
            gained = one["return"] - old["return"]
            found.append({"tick": tick, "kind": "reward", "agent": one["id"], "amount": round(gained, 6)})
    return found
