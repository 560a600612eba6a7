"""Window checkpoints: the policy at the end of a window in one file: a bundle, or JSON if nothing learns."""

import io
import json
import math
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coterie.config import plainly
from coterie.policies import bundle
from coterie.training.window_replays import now

if TYPE_CHECKING:
    from coterie.training.run import Run

# What a file says of itself. Both end in .pt; neither holds a pickle.
FORMATS = {"random": "json_v1", "ppo": "ppo_torch_v1"}
CHECKPOINT = "checkpoint.json"  # of a bundle: what the other one is as a whole


def about(run: "Run", window_id: int, env_steps: int) -> dict[str, Any]:
    """Which window of which run a file is of, and what is in it."""
    backend = run.config.trainer.backend
    told: dict[str, Any] = {
        "run_id": run.folder.name,
        "window_id": window_id,
        "env_steps_total": env_steps,
        "trainer_backend": backend,
        "created_at": now(),
        "checkpoint_format": FORMATS[backend],
    }
    if backend == "random":
        return told
    spec = run.spec
    return told | {
        "policy_arch": plainly(run.architecture),
        "obs_shape": list(spec.observation_shape),
        "n_actions": math.prod(spec.actions),
        "actions": list(spec.actions),
        "update": run.epoch,
    }


def save(run: "Run", window_id: int, env_steps: int) -> dict[str, Any]:
    """Write the file of a window, whole or not at all; what the run's metadata says of it."""
    path = run.folder.window_checkpoint(window_id)
    told = about(run, window_id, env_steps)
    said = (json.dumps(told, indent=2) + "\n").encode()
    write(path, said if run.config.trainer.backend == "random" else bundled(run, said))
    return {
        "window_id": window_id,
        "env_steps_total": env_steps,
        "path": run.folder.inside(path),
        "checkpoint_format": told["checkpoint_format"],
        "created_at": told["created_at"],
    }


def bundled(run: "Run", said: bytes) -> bytes:
    """The present weights as a bundle in a zip, playable by its path, with what is `said` beside them."""
    spec = json.dumps(bundle.policy_spec(run.architecture, run.spec), indent=2) + "\n"
    contents = {
        bundle.WEIGHTS: bundle.weights_of(run.network),
        bundle.POLICY_SPEC: spec.encode(),
        CHECKPOINT: said,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return file.getvalue()


def write(path: Path, content: bytes) -> None:
    """Bytes under a name that nobody ever finds half of."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
