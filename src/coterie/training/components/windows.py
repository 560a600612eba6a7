"""Windows: the run in stretches of env steps, each with its numbers, a checkpoint and a replay to watch."""

import math
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import Field, field_validator, model_validator

from coterie.config import ConfigError
from coterie.games.batch import Batch, joined
from coterie.play.episode import Episode
from coterie.play.roster import seat
from coterie.policies.neural import Neural
from coterie.policies.policy import Policy
from coterie.policies.uri import parse
from coterie.replays.recorder import Terms
from coterie.training import window_checkpoints
from coterie.training.component import Component, Hooks
from coterie.training.components.wandb import Artifact, WandbHooks
from coterie.training.journal import Journal
from coterie.training.window_replays import (
    BEST,
    CUT_SHORT,
    EVERY,
    Exam,
    Index,
    Milestones,
    now,
    record,
    replay_id,
)
from coterie.training.windows import (
    Measures,
    Tally,
    Window,
    Windower,
    check_metric,
    metric_names,
    metrics_of,
)

if TYPE_CHECKING:
    from coterie.training.run import Run

SEEDS_OF_A_WINDOW = 1000  # episode i of window w has the seed: run's seed + offset + 1000 w + i


class WindowsHooks(Hooks):
    def __init__(self, run: "Run", settings: "Windows") -> None:
        self.run, self.settings = run, settings
        spec, trainer = run.spec, run.config.trainer
        words = {word: getattr(settings, word) for word in ("profit", "survival", "invalid_actions")}
        self.measures = Measures.of(spec, words, settings.metrics)
        metrics = {word: self.measures.metric(word) for word in settings.milestones}
        for word, metric in metrics.items():
            check_metric(f"windows.milestones.{word}", metric, metric_names(spec))
        self.milestones = Milestones(settings.milestones, metrics)
        self.windower = Windower(spec, settings.window_env_steps, trainer.total_timesteps // spec.seats)
        self.journal = Journal(run.folder.windows, "window_id")
        self.index = Index(run.folder)
        self.epoch = run.epoch  # the last update that was counted
        self.counts = {"episodes_total": 0, "checkpoints_written": 0}
        self.latest: dict[str, Any] = {}
        self.exam = self.prepared() if settings.eval_replays_per_window else None

    def prepared(self) -> Exam:
        """Who plays what after a window; seeds are put in when it is played."""
        run, settings = self.run, self.settings
        batch = Batch(run.batch.config)
        if not hasattr(batch.native, "record"):
            raise ConfigError(
                f"windows.eval_replays_per_window: episodes of {batch.config.game}, a game of another "
                "library, cannot be recorded; set it to 0"
            )
        player: Policy = parse("random")
        if run.config.trainer.backend != "random":
            player = Neural(
                network=run.network,
                architecture=run.architecture,
                spec=run.spec,
                is_greedy=settings.eval_policy_deterministic,
            )
        return Exam(
            batch=batch,
            roster=seat(batch, [(run.folder.name, player)]),
            seed=run.config.seed + settings.eval_seed_offset,
            episodes=settings.eval_replays_per_window,
            limit=settings.eval_max_steps_per_episode,
            terms=Terms(mission=run.config.training_env.mission, label=run.folder.name),
        )

    def on_start(self) -> None:
        self.align()

    def align(self) -> None:
        """Drop from the files what comes after the window under way: it comes again."""
        self.journal.cut(self.windower.number - 1)
        self.index.cut(self.windower.number)

    def after_update(self) -> None:
        run = self.run
        if run.epoch <= self.epoch:  # rolled back, and counted before
            return
        self.epoch = run.epoch
        batch, experience, seats = run.batch, run.experience, run.spec.seats
        # [T, chunks · A] → [chunks · T, N, S]: in the order the steps were taken
        parts = experience.rewards.numpy().reshape(experience.horizon, -1, batch.rows).swapaxes(0, 1)
        rewards = parts.reshape(-1, batch.worlds, seats)
        steps_now = np.array([batch.episode_step(world) for world in range(batch.worlds)])
        before = self.windower.tally.episodes
        for window in self.windower.add(rewards, joined(run.finished), steps_now):
            self.counts["episodes_total"] += window.tally.episodes - before
            before = 0
            self.close(window)
        self.counts["episodes_total"] += self.windower.tally.episodes - before

    def close(self, window: Window) -> None:
        """Tell what a window came to, and keep what is to be kept at its end."""
        folder = self.run.folder
        row = window.row(self.run.spec, self.measures)
        self.journal.append({"run_id": folder.name, **row, "update": self.run.epoch})
        self.latest["window"] = window.place() | {"metrics_row_path": folder.inside(folder.windows)}
        self.run.metrics |= {
            f"windows/{name}": float(value) for name, value in row.items() if value is not None
        }
        if window.number % self.settings.checkpoint_every_windows == 0:
            self.keep(window)

    def keep(self, window: Window) -> None:
        """The checkpoint of a window, and its replay."""
        folder, number = self.run.folder, window.number
        self.latest["checkpoint"] = window_checkpoints.save(self.run, number, window.last)
        self.counts["checkpoints_written"] += 1
        aliases = ("latest", f"window-{number}")
        self.mirror(Artifact("model", f"model-{folder.name}", folder.window_checkpoint(number), aliases))
        if self.exam is not None:
            entry = self.watched(window, self.exam)
            self.index.add(entry)
            self.latest["replay"] = entry
            name = f"replay-{folder.name}-{number:06d}-{entry['replay_id']}"
            path = folder.frames(entry["replay_id"])
            self.mirror(Artifact("replay", name, path, (*aliases, *entry["tags"])))

    def watched(self, window: Window, exam: Exam) -> dict[str, Any]:
        """Play with the present weights, keep the best episode, and say what it came to."""
        folder, name = self.run.folder, replay_id(self.run.folder.name, window.number)
        own = Exam(
            exam.batch,
            exam.roster,
            exam.seed + SEEDS_OF_A_WINDOW * window.number,
            exam.episodes,
            exam.limit,
            exam.terms,
        )
        best, played = record(own, folder, name, with_info=self.settings.eval_include_info)
        returns = [metrics_of(one)["return"] for one in played]
        tags = [EVERY, *([BEST] if self.index.is_best(max(returns)) else []), *self.milestones.tags(best)]
        return {
            "run_id": folder.name,
            "window_id": window.number,
            "replay_id": name,
            "replay_path": folder.inside(folder.frames(name)),
            "notation_path": folder.inside(folder.notation(name)),
            "checkpoint_path": folder.inside(folder.window_checkpoint(window.number)),
            "tags": tags,
            "trainer_backend": self.run.config.trainer.backend,
            **self.outcome(best),
            "checkpoint_env_steps_total": window.last,
            "episodes": len(played),
            "return_mean": float(np.mean(returns)),
            "created_at": now(),
        }

    def outcome(self, came: Episode) -> dict[str, Any]:
        """An episode in the index's words; whether it survives is not known where it was cut short."""
        values, own = metrics_of(came), self.measures
        is_over = came.end != CUT_SHORT
        return {
            "return_total": values["return"],
            "steps": came.length,
            "profit": values[own.profit] if own.profit else None,
            "survival": values[own.survival] if own.survival and is_over else None,
            "terminated": came.end == "by the rules",
            "truncated": came.end == "by the clock",
            "seed": came.seed,
        }

    def mirror(self, artifact: Artifact) -> None:
        for hook in self.run.hooks.values():
            if isinstance(hook, WandbHooks):
                hook.keep(artifact)

    def on_end(self, error: BaseException | None) -> None:
        window = self.windower.present()
        if error is None and self.settings.flush_partial_window and window.tally.env_steps:
            self.close(window)

    def state(self) -> dict[str, Any]:
        tally = self.windower.tally
        return {
            "epoch": self.epoch,
            "number": self.windower.number,
            "tally": {name: getattr(tally, name) for name in Tally.__slots__},
            "counts": dict(self.counts),
            "latest": dict(self.latest),
        }

    def restore(self, state: dict[str, Any]) -> None:
        if state:
            self.epoch = state["epoch"]
            self.windower.number, self.windower.tally = state["number"], Tally(**state["tally"])
            self.counts, self.latest = dict(state["counts"]), dict(state["latest"])
        self.align()


class Windows(Component):
    """Cuts the run into windows; writes each one's numbers, and at its end a checkpoint and a replay."""

    turn: ClassVar[int] = 1
    epoch_interval: int = Field(1, ge=1, le=1, description="every update is counted")
    window_env_steps: int = Field(2000, ge=1, description="env steps of a window: steps of one world")
    checkpoint_every_windows: int = Field(
        1, ge=1, description="windows from a checkpoint to the next, from 0 on"
    )
    flush_partial_window: bool = Field(False, description="the window the run ends in is told, too")
    eval_replays_per_window: int = Field(
        0, ge=0, le=SEEDS_OF_A_WINDOW, description="episodes played at a checkpoint; the best is kept"
    )
    eval_max_steps_per_episode: int = Field(512, ge=1, description="longer ones are cut short")
    eval_include_info: bool = Field(True, description="frames say every statistic so far")
    eval_policy_deterministic: bool = Field(
        True, description="the most probable action is taken, else one is drawn"
    )
    eval_seed_offset: int = Field(100_000, ge=0, lt=2**62, description="added to the run's seed")
    milestones: dict[str, tuple[float, ...]] = Field(
        {}, description="thresholds, in order, by metric: profit, return, survival, or any of the game"
    )
    profit: str | None = Field(None, description="metric that is the profit; none: `profit`, `net_profit`")
    survival: str | None = Field(None, description="metric that is 1 for who lives; none: `survival`")
    invalid_actions: str | None = Field(
        None, description="metric that counts actions in vain; none: `invalid_actions`"
    )
    metrics: dict[str, str] = Field({}, description="further means of a row: name and metric")

    @field_validator("window_env_steps", mode="before")
    @classmethod
    def _a_number_of_steps(cls, value: Any) -> Any:
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        if not is_whole or value < 1:
            raise ConfigError(f"a window is a whole number of env steps above 0, not {value}")
        return value

    @model_validator(mode="after")
    def _milestones_in_order(self) -> Self:
        for word, thresholds in self.milestones.items():
            said = ", ".join(f"{one:g}" for one in thresholds)
            if not all(map(math.isfinite, thresholds)):
                raise ConfigError(f"milestones.{word}: {said}: a threshold is a finite number")
            if list(thresholds) != sorted(set(thresholds)):
                right = ", ".join(f"{one:g}" for one in sorted(set(thresholds)))
                raise ConfigError(f"milestones.{word}: {said}: out of order; they rise, as {right}")
        return self

    def attach(self, run: "Run") -> WindowsHooks:
        return WindowsHooks(run, self)
