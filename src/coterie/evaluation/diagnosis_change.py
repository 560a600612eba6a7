"""What changed between two diagnoses: axis by axis, mission by mission."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coterie.config import ConfigError
from coterie.evaluation.diagnosis import Diagnosis
from coterie.stats.intervals import mean_interval

Pair = tuple[float | None, float | None]  # before and now, None where it was not judged


@dataclass(frozen=True, slots=True)
class Change:
    """`axes` are scores from 0 to 100, `missions` mean returns, those that both diagnoses have."""

    policy: str
    folder: Path
    axes: dict[str, Pair]
    missions: dict[str, Pair]

    def data(self) -> dict[str, Any]:
        """As plain data, for JSON."""

        def told(pairs: Mapping[str, Pair]) -> dict[str, Any]:
            return {name: {"before": before, "now": now} for name, (before, now) in pairs.items()}

        return {
            "policy": self.policy,
            "run_dir": str(self.folder),
            "axes": told(self.axes),
            "missions": told(self.missions),
        }


def earlier(folder: Path, note: str) -> dict[str, Any]:
    """The note of the diagnosis in a folder; a ConfigError where there is none that can be read."""
    path = folder / note
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {
            "policy": str(found["policy"]),
            "axes": {one["axis"]: one["score"] for one in found["axes"]},
            "missions": {one["mission"]: one["return"]["mean"] for one in found["missions"]},
        }
    except OSError as error:
        raise ConfigError(f"compare_run_dir: no diagnosis in {folder}: {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"compare_run_dir: {path} is no note of a diagnosis ({error})") from None


def change(folder: Path, before: Mapping[str, Any], now: Diagnosis) -> Change:
    """Between the note of a folder and a diagnosis."""
    means = {one.mission: mean_interval(one.returns).mean for one in now.evidence}
    return Change(
        before["policy"],
        folder,
        {axis.name: (before["axes"].get(axis.name), axis.score) for axis in now.axes},
        {
            name: (before["missions"][name], mean)
            for name, mean in means.items()
            if name in before["missions"]
        },
    )


def signed(pair: Pair, digits: int = 0) -> str:
    """`40 → 62 (+22)`."""
    before, now = pair
    if before is None or now is None:
        return " → ".join("not judged" if one is None else f"{one:.{digits}f}" for one in pair)
    return f"{before:.{digits}f} → {now:.{digits}f} ({now - before:+.{digits}f})"
