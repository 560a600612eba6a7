"""The contract of a component: a frozen config that attaches hooks to a run."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from coterie.config import Config

if TYPE_CHECKING:
    from coterie.training.run import Run


class Hooks:
    """What a component does, when. It reads the run and returns nothing; what it raises fails the run.

    `state` and `restore` carry what must survive a resume (plain data that fits JSON).
    """

    def on_start(self) -> None:
        """Before the first rollout, after a checkpoint was restored."""

    def after_rollout(self) -> None:
        """The experience is full, nothing has been learned from it."""

    def after_update(self) -> None:
        """The weights have moved, `run.metrics` holds what this update measured."""

    def on_end(self, error: BaseException | None) -> None:
        """The run is over: finished or stopped (None), or failed of `error`."""

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""


class Component(Config, ABC):
    """Its class is its file's stem, capitalised: `progress.py`, `Progress`."""

    # Whose hooks come first: 0 guards what the others read, 1 measures, 2 reports, 3 keeps the state of all,
    # 4 tells what came of that.
    turn: ClassVar[int] = 1

    epoch_interval: int = Field(1, ge=0, description="updates from one call to the next, 0 = never")

    @abstractmethod
    def attach(self, run: "Run") -> Hooks:
        """The hooks, for one run; a ConfigError if the run lacks what they need."""


# What a run has unless it is told otherwise: nothing here slows it by more than a hundredth.
DEFAULT_COMPONENTS: dict[str, dict[str, Any]] = {
    "nan_guard": {},
    "stats_reporter": {},
    "monitor": {},
    "metrics": {},
    "progress": {},
    "heartbeat": {},
    "watchdog": {},
    "abort": {},
    "checkpointer": {},
}
