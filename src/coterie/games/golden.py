"""Playthroughs: an episode of a mission as text a person can review, kept as golden files of its game."""

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from zlib import crc32

import numpy as np

from coterie import native
from coterie.config import ConfigError, choose
from coterie.games import catalog
from coterie.games.batch import Batch, Spec
from coterie.games.dice import Dice

STEPS, SEED = 40, 7
# A drawing of more lines is shown every so many steps only.
TALL, EVERY = 8, 10
# Longer rows are summed up: how much of them is not 0, and a number that changes when they do.
LONG = 48
CROWD = 8


def playthrough(mission: str, steps: int = STEPS, seed: int = SEED) -> str:
    """One episode under random legal play, to its end or for `steps` steps; the same text every time."""
    batch = Batch(catalog.make(mission), seed=seed)
    return "\n".join([*_header(mission, batch, steps, seed), *_episode(batch, steps, seed)]) + "\n"


def write(game: str, missions: list[str] | None = None) -> list[Path]:
    """Write playthroughs of these missions; else of those it keeps, or of the game's first mission."""
    table, folder = catalog.missions(game), _folder(game)
    folder.mkdir(exist_ok=True)
    kept = [path.stem for path in sorted(folder.glob("*.txt")) if path.stem in table]
    wanted = missions or kept or list(table)[:1]
    for mission in wanted:
        choose(f"mission of {game}", mission, table)
    paths = [folder / f"{mission}.txt" for mission in wanted]
    for path in paths:
        path.write_text(playthrough(path.stem), encoding="utf-8")
    return paths


def compare(game: str) -> list[str]:
    """What differs between the golden files of a game and how it plays today, one sentence a file."""
    paths = sorted(_folder(game).glob("*.txt"))
    if not paths:
        return [f"{game} has no golden file; write one and read it"]
    return [problem for path in paths for problem in _difference(path)]


def _folder(game: str) -> Path:
    return choose("game", game, catalog.folders()) / "golden"


def _difference(path: Path) -> Iterator[str]:
    """The first line that differs, as the file has it and as the game plays it."""
    kept = path.read_text(encoding="utf-8").splitlines()
    if path.stem not in catalog.missions():
        yield f"{path.name}: there is no mission {path.stem}"
        return
    asked = {name: int(_said(kept, name, path)) for name in ("steps", "seed")}
    today = playthrough(path.stem, **asked).splitlines()
    for number, (old, new) in enumerate(zip_longest(kept, today), start=1):
        if old != new:
            yield f"{path.name}:{number}: was {_quoted(old)}, is {_quoted(new)}"
            return


def _quoted(line: str | None) -> str:
    return "nothing" if line is None else f"'{line}'"


def _said(lines: list[str], name: str, path: Path) -> str:
    """A number of the header."""
    for line in lines:
        key, sign, value = line.partition(": ")
        if key == name and sign and value.isdigit():
            return value
    raise ConfigError(f"{path}: the header does not say '{name}: ' and a number")


# -- the parts of a playthrough, in order ---------------------------------------------


def _header(mission: str, batch: Batch, steps: int, seed: int) -> Iterator[str]:
    spec, config = batch.spec, batch.config
    yield f"mission: {mission}"
    yield f"rules: {config.game}, version {native.games()[config.game]['version']}"
    yield f"steps: {steps}"
    yield f"seed: {seed}"
    yield f"seats: {spec.seats}"
    yield f"observation: {np.dtype(spec.observation_dtype).name} {list(spec.observation_shape)}"
    for head, names in enumerate(spec.action_names):
        yield from _listed(f"actions {head}", names)
    yield f"masks: {'yes' if spec.has_mask else 'no'}"
    yield f"clock: {f'{spec.max_steps} steps' if spec.max_steps else 'none'}"
    yield from _listed("statistics", spec.statistics)
    yield from _listed("statistics of a seat", spec.seat_statistics)
    settings = config.model_dump(mode="json")
    if all(isinstance(value, int | float | str | bool) for value in settings.values()):
        yield from _listed("settings", [f"{name}={value}" for name, value in settings.items()])


def _listed(title: str, names: tuple[str, ...] | list[str]) -> Iterator[str]:
    """Short lists on one line, long ones in rows of six."""
    if len(names) <= 12:
        yield f"{title}: {' '.join(names) or 'none'}"
        return
    yield f"{title}: {len(names)}"
    for at in range(0, len(names), 6):
        yield "  " + " ".join(names[at : at + 6])


def _episode(batch: Batch, steps: int, seed: int) -> Iterator[str]:
    dice = Dice(batch, seed)
    is_tall = batch.text(0).count("\n") >= TALL
    for step in range(steps):
        yield f"\n# step {step}"
        yield from _shown(batch, has_drawing=not is_tall or step % EVERY == 0)
        dice.throw(batch)
        yield _acted(batch)
        batch.step()
        yield f"rewards: {_rewards(batch.rewards)}"
        if len(episodes := batch.episodes()):
            how = "truncated" if episodes.truncated[0] else "terminal"
            yield f"\n# {how} after {episodes.length[0]} steps"
            yield from _rows("observation", batch.final_observations)
            yield from _numbers(batch.spec, episodes.statistics[0], episodes.seat_statistics[0])
            yield f"returns: {_rewards(episodes.returns[0])}"
            return
    yield f"\n# under way after {steps} steps"
    yield from _shown(batch, has_drawing=True)
    own, seats = batch.statistics(0)
    table = np.array([list(seat.values()) for seat in seats], np.float32)
    yield from _numbers(batch.spec, np.array(list(own.values()), np.float32), table)
    yield f"returns: {_rewards(batch.episode_returns(0))}"


def _shown(batch: Batch, has_drawing: bool) -> Iterator[str]:
    """The drawn world, what the seats see of it and may do."""
    if has_drawing and (drawing := batch.text(0)):
        yield from (line.rstrip() for line in drawing.rstrip("\n").split("\n"))
    yield from _rows("observation", batch.observations)
    if batch.spec.has_mask:
        yield from (f"may {seat}: {_legal(batch, seat)}" for seat in range(min(batch.spec.seats, CROWD)))
        if batch.spec.seats > CROWD:
            yield f"may: {_digest(batch.masks)}"


def _rows(title: str, rows: np.ndarray) -> Iterator[str]:
    """What each seat sees; a crowd is summed up in one line."""
    if len(rows) > CROWD:
        yield f"{title}s: {_digest(rows)}"
        return
    for seat, row in enumerate(rows):
        yield f"{title} {seat}: {' '.join(f'{x:g}' for x in row.flat) if row.size <= LONG else _digest(row)}"


def _digest(array: np.ndarray) -> str:
    return f"{np.count_nonzero(array)} of {array.size} are not 0, crc {crc32(array.tobytes()):08x}"


def _legal(batch: Batch, seat: int) -> str:
    """Names of the legal actions, head by head; of many only their number."""
    ends = np.cumsum(batch.spec.actions)[:-1]
    parts = []
    for names, mask in zip(batch.spec.action_names, np.split(batch.masks[seat], ends), strict=True):
        legal = [name for name, is_legal in zip(names, mask, strict=True) if is_legal]
        parts.append(" ".join(legal) if len(legal) <= 12 else f"{len(legal)} of {len(names)}")
    return " / ".join(parts)


def _acted(batch: Batch) -> str:
    """The actions by name, seat by seat; those of a crowd are counted."""
    said = [
        "/".join(n[a] for n, a in zip(batch.spec.action_names, row, strict=True)) for row in batch.actions
    ]
    if len(said) > CROWD:
        said = [f"{name} x{count}" for name, count in sorted(Counter(said).items())]
    return f"actions: {', '.join(said)}"


def _rewards(rewards: np.ndarray) -> str:
    if len(rewards) > CROWD:
        return f"{rewards.sum():g} in all, crc {crc32(rewards.tobytes()):08x}"
    return " ".join(f"{reward:g}" for reward in rewards)


def _numbers(spec: Spec, own: np.ndarray, seats: np.ndarray) -> Iterator[str]:
    """Statistics by name, those that are not 0 where there are many."""
    for name, value in zip(spec.statistics, own, strict=True):
        if value or len(spec.statistics) <= 12:
            yield f"{name}: {value:g}"
    for i, name in enumerate(spec.seat_statistics):
        if seats[:, i].any() or len(spec.seat_statistics) <= 12:
            yield f"{name}: {_rewards(seats[:, i])}"
