"""A diagnosis in one zip: the report, its data, a replay of each mission, and a guide to them."""

from collections.abc import Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from coterie.evaluation.simulation import Simulation

BUNDLE, GUIDE, REPLAYS = "replay_bundle.zip", "bundle_guide.md", "replays"


def guide(policy: str, played: Sequence[Simulation]) -> str:
    """What is in the bundle, for whoever is sent it; `played` are the policy's own, with their replays."""
    lines = [
        f"# Diagnosis of {policy}",
        "",
        "- `diagnose_report.html`: open it in a browser",
        "- `doctor_note.json`, `manifest.json`: the same for programs, and how it was made",
        f"- `{REPLAYS}/`: the first episode of each mission; `coterie replay FILE` shows it",
        "",
        "| mission | return of its replay | replay |",
        "|---|---|---|",
    ]
    for one in played:
        first = float(one.measured("return")[0])
        files = ", ".join(f"`{REPLAYS}/{path.name}`" for path in one.replays) or "–"
        lines.append(f"| {one.config.title} | {first:.4g} | {files} |")
    return "\n".join([*lines, ""])


def pack(folder: Path, files: Sequence[str], replays: Sequence[Path]) -> Path:
    """The zip of these files of a folder, and of replays; it appears whole or not at all."""
    made = folder / f".{BUNDLE}.part"
    with ZipFile(made, "w", ZIP_DEFLATED) as bundle:
        for name in files:
            bundle.write(folder / name, name)
        for path in replays:
            bundle.write(path, f"{REPLAYS}/{path.name}")
    return made.replace(folder / BUNDLE)
