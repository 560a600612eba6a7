"""Small native programs beside the tests, built with sanitizers: any slip ends the test."""

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

FLAGS = ("-std=c++20", "-O0", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def built(source: Path, headers: Sequence[Path], includes: Sequence[Path], folder: Path) -> Path:
    """The program, built anew when it or a header it includes has changed."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in (source, *headers))).hexdigest()[:16]
    program = folder / f"{source.stem}_{digest}"
    if not program.exists():
        compiler = shutil.which("c++") or shutil.which("g++") or "c++"
        parts = [compiler, *FLAGS, *(f"-I{path}" for path in includes), str(source)]
        fresh = program.with_suffix(f".{id(parts)}")
        subprocess.run([*parts, "-o", str(fresh)], check=True, timeout=300)
        fresh.replace(program)
    return program
