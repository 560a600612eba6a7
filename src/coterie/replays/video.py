"""Video: pictures as an MP4, which the program ffmpeg makes of them."""

import shutil
import subprocess
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np

from coterie.replays.members import ReplayError
from coterie.replays.pictures import PALETTE

SCALE = 2  # dots a side that a dot of a picture has


def mp4(images: Iterable[np.ndarray], frames_per_second: float, path: Path) -> Path:
    """Write images of palette numbers, all of one size, as H.264; memory does not grow with their number.

    A ReplayError if there is no ffmpeg, or it fails, with what it said.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        raise ReplayError(
            f"{path}: an .mp4 is made by the program ffmpeg, which is not on PATH: "
            "install it, or export a .gif, which needs nothing"
        )
    rows = iter(images)
    first = next(rows)
    part = path.with_name(path.name + ".part")
    with TemporaryFile() as said:
        command = [program, *options(first.shape, frames_per_second), str(part)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=said, stderr=said) as maker:
            assert maker.stdin is not None
            try:
                for image in chain([first], rows):
                    maker.stdin.write(PALETTE[image].tobytes())
                maker.stdin.close()
            except BrokenPipeError:
                pass  # it has ended, and said why
        if maker.returncode:
            part.unlink(missing_ok=True)
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            raise ReplayError(f"{path}: ffmpeg failed: {lines[-1] if lines else maker.returncode}")
    part.replace(path)
    return path


def options(shape: tuple[int, ...], frames_per_second: float) -> list[str]:
    """What ffmpeg is told: RGB comes in, H.264 that browsers play goes out, of even width and height."""
    height, width = shape
    size = f"scale={SCALE}*iw:{SCALE}*ih:flags=neighbor,pad=ceil(iw/2)*2:ceil(ih/2)*2"
    return [
        *("-hide_banner", "-loglevel", "error", "-y"),
        *("-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", f"{width}x{height}"),
        *("-framerate", f"{frames_per_second:g}", "-i", "-"),
        *("-vf", size, "-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p"),
        *("-movflags", "+faststart", "-f", "mp4"),
    ]
