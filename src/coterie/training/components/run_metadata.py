"""RunMetadata: a file that says how the run stands, for whoever reads along while it goes on."""

import json
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from coterie.training.component import Component, Hooks
from coterie.training.components.wandb import WandbHooks
from coterie.training.components.windows import WindowsHooks
from coterie.training.window_replays import now, write_json
from coterie.training.windows import metric_names

if TYPE_CHECKING:
    from coterie.training.run import Run


class RunMetadataHooks(Hooks):
    def __init__(self, run: "Run", settings: "RunMetadata") -> None:
        self.run, self.settings = run, settings
        self.started_at = now()

    def on_start(self) -> None:
        if not self.run.is_fresh:
            self.started_at = self.first_start()
        self.write("running")

    def first_start(self) -> str:
        """When a run began that was resumed."""
        try:
            return str(json.loads(self.run.folder.run_metadata.read_bytes())["started_at"])
        except (OSError, ValueError, KeyError):
            return self.started_at

    def after_update(self) -> None:
        self.write("running")

    def on_end(self, error: BaseException | None) -> None:
        error = error or self.run.failure
        if error is None:
            return self.write("completed", finished_at=now(), stop_reason=self.run.stop_reason)
        said = str(error) or "it was interrupted"
        self.write("failed", finished_at=now(), error=f"{type(error).__name__}: {said}")

    def write(self, status: str, **how: Any) -> None:
        """Replace the file; all paths in it are within the run's folder."""
        run, folder = self.run, self.run.folder
        config, spec = run.config, run.spec
        end = {"finished_at": None, "stop_reason": None, "error": None} | how
        write_json(
            folder.run_metadata,
            {
                "run_id": folder.name,
                "status": status,
                "trainer_backend": config.trainer.backend,
                "mission": config.training_env.mission,
                "target_env_steps": config.trainer.total_timesteps // spec.seats,
                "env_steps_taken": run.agent_step // spec.seats,
                "update": run.epoch,
                **self.windows(),
                "checkpoints_dir": folder.inside(folder.checkpoints),
                "replays_dir": folder.inside(folder.replays),
                "config_path": folder.inside(folder.config),
                "wandb_run_url": self.wandb_url(),
                "constellation_url": self.settings.constellation_url,
                "info_metric_keys": list(metric_names(spec)),
                "started_at": self.started_at,
                "updated_at": now(),
                **end,
            },
        )

    def windows(self) -> dict[str, Any]:
        """What the windows have come to, nothing yet where the run has none."""
        folder = self.run.folder
        own = next((hook for hook in self.run.hooks.values() if isinstance(hook, WindowsHooks)), None)
        latest = own.latest if own else {}
        has_index = own is not None and own.exam is not None
        return {
            "window_env_steps": own.settings.window_env_steps if own else None,
            "env_steps_total": own.windower.env_steps if own else None,
            "windows_emitted": own.journal.epoch + 1 if own else 0,
            **(own.counts if own else {"episodes_total": None, "checkpoints_written": 0}),
            "latest_window": latest.get("window"),
            "latest_checkpoint": latest.get("checkpoint"),
            "latest_replay": latest.get("replay"),
            "metrics_windows_path": folder.inside(folder.windows) if own else None,
            "replay_index_path": folder.inside(folder.replay_index) if has_index else None,
        }

    def wandb_url(self) -> str | None:
        """The run's page at Weights & Biases, once there is one."""
        mirrors = [hook for hook in self.run.hooks.values() if isinstance(hook, WandbHooks)]
        return next((hook.url for hook in mirrors if hook.url), None)


class RunMetadata(Component):
    """Writes `run_metadata.json` when the run starts, after each update, and when it has ended or failed."""

    turn: ClassVar[int] = 4
    constellation_url: str | None = Field(
        None, description="the run's page at Constellation, where it has one"
    )

    def attach(self, run: "Run") -> RunMetadataHooks:
        return RunMetadataHooks(run, self)
