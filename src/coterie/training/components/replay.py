"""Replay: episodes of the run kept to be watched: those it trains on, or played with the present weights."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from coterie.evaluation.simulation import SimulationConfig
from coterie.games.batch import Batch
from coterie.play import episode
from coterie.play.recording import keep_for, name_for
from coterie.play.roster import seat
from coterie.policies.neural import Neural
from coterie.replays.environment import wanted
from coterie.replays.keeping import Best, InFolder
from coterie.replays.notation import SUFFIX
from coterie.replays.recorder import Keep, Recorder, Terms
from coterie.training.component import Component, Hooks

if TYPE_CHECKING:
    from coterie.training.run import Run


class ReplayHooks(Hooks):
    def __init__(self, run: "Run", settings: "Replay") -> None:
        self.run, self.settings = run, settings
        self.asked = wanted()
        self.folder = self.asked.folder if self.asked else run.folder.replays
        self.best: float | None = None
        self.number = 0
        self.kept: list[Path] = []
        env = run.config.training_env
        self.simulation = SimulationConfig(
            mission=env.mission, variants=env.variants, settings=env.settings, seed=settings.seed
        )
        self.recorder: Recorder | None = None
        self.batch = run.batch
        self.player = Neural(network=run.network, architecture=run.architecture, spec=run.spec)
        if settings.source == "evaluation":
            self.batch = Batch(self.simulation.game())
            self.player.build(self.batch.spec)  # refuse now what would be refused after hours

    def keep(self) -> Keep:
        """Which episodes stay: those that are asked for, and the best so far."""
        settings = self.settings
        every = settings.every if settings.source == "rollout" else 1
        then = keep_for(self.asked) if self.asked else InFolder(every)
        if not settings.keep_best or self.asked:
            return then
        return Best(self.folder / f"best{SUFFIX}", then, self.best)

    def record(self) -> Recorder:
        """A recorder of world 0."""
        name, env = self.run.folder.name, self.run.config.training_env
        terms = Terms(
            keyframes=self.settings.keyframes,
            mission=env.mission,
            label=self.asked.label if self.asked else f"{name} v{self.run.epoch}",
        )
        stem = name_for(self.asked, self.batch.config) if self.asked else self.stem()
        seats = [name] * self.batch.spec.seats
        return Recorder(self.batch, self.folder, stem, seats=seats, terms=terms, keep=self.keep())

    def stem(self) -> str:
        return f"v{self.run.epoch}"

    def on_start(self) -> None:
        if self.settings.source == "rollout":
            self.recorder = self.record()

    def after_rollout(self) -> None:
        if self.recorder is not None:
            if not self.asked:
                self.recorder.name = self.stem()
            self.tidy(self.recorder)

    def after_update(self) -> None:
        if self.settings.source != "evaluation":
            return
        recorder = self.record()
        roster = seat(self.batch, [(self.run.folder.name, self.player)])
        seed = self.simulation.episode_seed(self.number)
        self.number += 1
        with recorder:
            episode.play(self.batch, roster, seed=seed)
        self.tidy(recorder)

    def tidy(self, recorder: Recorder) -> None:
        """Remember what was best, and let the oldest files go."""
        if isinstance(recorder.keep, Best):
            self.best = recorder.keep.most
        new = [path for path in recorder.kept if path.name != f"best{SUFFIX}"]
        recorder.kept.clear()
        self.kept += new
        while self.settings.keep_last and not self.asked and len(self.kept) > self.settings.keep_last:
            self.kept.pop(0).unlink(missing_ok=True)

    def on_end(self, error: BaseException | None) -> None:
        if self.recorder is not None:
            self.recorder.close()
            self.tidy(self.recorder)

    def state(self) -> dict[str, Any]:
        return {"best": self.best, "number": self.number, "kept": [str(path) for path in self.kept]}

    def restore(self, state: dict[str, Any]) -> None:
        self.best, self.number = state.get("best"), state.get("number", 0)
        self.kept = [Path(path) for path in state.get("kept", ())]


class Replay(Component):
    """Records episodes into `replays/` of the run's folder, or where COTERIE_REPLAY_DIR says."""

    turn: ClassVar[int] = 1
    epoch_interval: int = Field(50, ge=0, description="updates from one time to the next, 0 = never")
    source: Literal["evaluation", "rollout"] = Field(
        "evaluation", description="an episode played with the present weights, or what world 0 trains on"
    )
    every: int = Field(10, ge=1, description="of the episodes of a rollout's world one in so many stays")
    keep_last: int | None = Field(None, ge=1, description="how many of the newest stay; none: all")
    keep_best: bool = Field(True, description="the episode with the highest return so far, as best.coterie")
    keyframes: int = Field(
        0, ge=0, description="a picture each so many ticks, for when the rules have changed"
    )
    seed: int = Field(0, ge=0, lt=1 << 24, description="of the evaluation's episodes")

    def attach(self, run: "Run") -> ReplayHooks:
        return ReplayHooks(run, self)
