"""The names of the files in a run folder; nothing else knows them."""

from dataclasses import dataclass
from pathlib import Path

DATA_DIR = Path("train_dir")
STORE = DATA_DIR / "stats.duckdb"  # where commands that play keep their episodes, unless told otherwise


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`<data_dir>/<run>`: what one training run leaves behind."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def config(self) -> Path:
        """The whole resolved configuration, JSON."""
        return self.path / "config.json"

    @property
    def checkpoints(self) -> Path:
        """Bundles, one folder each: `<run>:v<epoch>`."""
        return self.path / "checkpoints"

    @property
    def metrics(self) -> Path:
        """One JSON object a line, one line an update."""
        return self.path / "metrics.jsonl"

    @property
    def evaluations(self) -> Path:
        """One JSON object a line, one line an evaluation."""
        return self.path / "evaluations.jsonl"

    @property
    def versus(self) -> Path:
        """The trained policy beside others, JSON."""
        return self.path / "versus.json"

    @property
    def heartbeat(self) -> Path:
        """Touched after each update."""
        return self.path / "heartbeat"

    @property
    def abort(self) -> Path:
        """Somebody makes this file to end the run after the present update."""
        return self.path / "abort"

    @property
    def replays(self) -> Path:
        """What the components `replay` and `windows` recorded."""
        return self.path / "replays"

    @property
    def windows(self) -> Path:
        """One JSON object a line, one line a window."""
        return self.path / "metrics" / "windows.jsonl"

    @property
    def replay_index(self) -> Path:
        """Which replays the component `windows` recorded, JSON."""
        return self.path / "replay_index.json"

    @property
    def run_metadata(self) -> Path:
        """How the run stands, JSON."""
        return self.path / "run_metadata.json"

    @property
    def profile(self) -> Path:
        return self.path / "profile"

    @property
    def dumps(self) -> Path:
        """Batches and stacks kept when something went wrong."""
        return self.path / "dumps"

    def bundle(self, epoch: int) -> Path:
        return self.checkpoints / f"{self.name}:v{epoch}"

    def window_checkpoint(self, window_id: int) -> Path:
        """The policy at the end of a window: a bundle in one file, or JSON where nothing is learned."""
        return self.checkpoints / f"ckpt_{window_id:06d}.pt"

    def frames(self, replay_id: str) -> Path:
        """A replay as one JSON object a tick."""
        return self.replays / f"{replay_id}.jsonl.gz"

    def notation(self, name: str) -> Path:
        """A replay as what was done, which everything else is made of."""
        return self.replays / f"{name}.coterie"

    def inside(self, path: Path) -> str:
        """Where a file is within the folder, as its JSON files say it."""
        return path.relative_to(self.path).as_posix()
