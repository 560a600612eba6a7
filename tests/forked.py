"""Programs in a process of their own that is forked from one which has imported everything already."""

import faulthandler
import multiprocessing
import os
import runpy
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from subprocess import CompletedProcess

from coterie.cli.main import main

# What takes seconds to import; a fork begins with it.
HEAVY = ["coterie.cli.main", "coterie.training.trainer", "coterie.tools.train", "coterie.tools.evaluate"]
SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(HEAVY)


def coterie(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> CompletedProcess[str]:
    """`coterie` with these words in a folder, to its end: its exit code and what it said."""
    return finished(main, ["coterie", *words], folder, environment)


def python(script: Path, environment: Mapping[str, str]) -> CompletedProcess[str]:
    """A Python script in its folder, to its end."""
    return finished(run_script, [str(script)], script.parent, environment)


def run_script() -> None:
    runpy.run_path(sys.argv[0], run_name="__main__")


def finished(
    work: Callable[[], None], argv: list[str], folder: Path, environment: Mapping[str, str]
) -> CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as said:
        process = start(work, argv, Path(said), folder, environment)
        process.join(110)
        if process.exitcode is None:
            process.kill()
            seen = (Path(said) / "err").read_text(encoding="utf-8")
            raise TimeoutError(f"{' '.join(argv)} takes more than 110 s:\n{seen}")
        out, err = ((Path(said) / name).read_text(encoding="utf-8") for name in ("out", "err"))
        return CompletedProcess(argv, process.exitcode, out, err)


def start(
    work: Callable[[], None], argv: Sequence[str], said: Path, folder: Path, environment: Mapping[str, str]
) -> ForkServerProcess:
    """A process that calls `work`, an importable function; its words stand in the files `out` and `err`."""
    process = SERVER.Process(target=dressed, args=(work, list(argv), said, folder, dict(environment)))
    process.start()
    return process


def dressed(
    work: Callable[[], None], argv: list[str], said: Path, folder: Path, environment: dict[str, str]
) -> None:
    """`work` as if it had been started in that folder, with these words and this environment."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = argv
    writing = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for number, (path, flags) in enumerate(
        ((Path(os.devnull), os.O_RDONLY), (said / "out", writing), (said / "err", writing))
    ):
        os.dup2(os.open(path, flags, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, mode, encoding="utf-8", closefd=False) for number, mode in enumerate("rww")
    )
    faulthandler.dump_traceback_later(100, file=sys.stderr)  # where it hangs, if it does
    if environment.get("PYTHONWARNINGS") == "error":
        warnings.simplefilter("error")
    work()
