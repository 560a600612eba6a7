"""Keeping: which of the recorded episodes stay, under what name, as what kind of file."""

import sys
from dataclasses import dataclass
from pathlib import Path

from coterie.replays.exports import export, suffix_of
from coterie.replays.members import ReplayError
from coterie.replays.notation import SUFFIX, Ending
from coterie.replays.reading import read
from coterie.replays.recorder import Keep, Recorder
from coterie.replays.writing import Writer, free


@dataclass(slots=True)
class InFile:
    """The first episode goes into one file, whose suffix says what kind; the others are not kept."""

    path: Path

    def __post_init__(self) -> None:
        suffix_of(self.path)

    def wants(self, recorder: Recorder) -> bool:
        return not recorder.kept

    def __call__(self, recorder: Recorder, writer: Writer, ending: Ending) -> Path | None:
        return placed(writer, self.path)


@dataclass(slots=True)
class InFolder:
    """Every so many episodes one stays (0: none), under the name it has, with this suffix."""

    every: int = 1
    suffix: str = SUFFIX

    def wants(self, recorder: Recorder) -> bool:
        return bool(self.every) and not recorder.number % self.every

    def __call__(self, recorder: Recorder, writer: Writer, ending: Ending) -> Path | None:
        if not self.every or (recorder.number - 1) % self.every:
            writer.discard()
            return None
        stem = writer.path.name.removesuffix(SUFFIX)
        is_plain = self.suffix == SUFFIX
        return placed(writer, writer.path if is_plain else free(writer.path.parent, stem, self.suffix))


@dataclass(slots=True)
class Best:
    """The episode in which the seats got most so far stays as one file; `then` decides of all, if given.

    The file's suffix says what kind it is.
    """

    path: Path
    then: Keep | None = None
    most: float | None = None

    def wants(self, recorder: Recorder) -> bool:
        return True

    def __call__(self, recorder: Recorder, writer: Writer, ending: Ending) -> Path | None:
        total = sum(ending.returns)
        if ending.returns and (self.most is None or total > self.most):
            self.most = total
            if suffix_of(self.path) == SUFFIX:
                copy(writer.part, self.path)
            else:
                export(read(writer.part), self.path)
            recorder.kept.append(self.path)
        if self.then is not None:
            return self.then(recorder, writer, ending)
        writer.discard()
        return None


def copy(source: Path, target: Path) -> None:
    """The bytes of a file under another name, at once."""
    part = target.with_name(target.name + ".new")
    part.write_bytes(source.read_bytes())
    part.replace(target)


def placed(writer: Writer, path: Path) -> Path:
    """The finished recording as a file of the kind its path says.

    One that cannot be exported stays as the notation beside it, which is told on stderr: the episode is not
    lost.
    """
    if suffix_of(path) == SUFFIX:
        return writer.name(path)
    plain = writer.name(free(path.parent, path.name.removesuffix(suffix_of(path))))
    try:
        export(read(plain), path)
    except ReplayError as error:
        print(f"coterie: the replay stays as {plain}: {error}", file=sys.stderr)
        return plain
    plain.unlink()
    return path
