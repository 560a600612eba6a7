"""Wandb: a mirror of the run at Weights & Biases that can neither hold the run up nor bring it down."""

import importlib
import queue
import re
import secrets
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from coterie.config import ConfigError
from coterie.training.component import Component, Hooks

if TYPE_CHECKING:
    from coterie.training.run import Run

MOST_WAITING = 1000  # updates whose numbers wait for a slow network; further ones are dropped


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that is kept at the mirror, too, under a name and aliases; what these cannot hold is a dash."""

    kind: str  # model, replay
    name: str
    path: Path
    aliases: tuple[str, ...] = ()


def permitted(name: str) -> str:
    return re.sub(r"[^\w.-]", "-", name)


class WandbHooks(Hooks):
    """Puts numbers into a queue; a thread of its own sends them. `tags` are those last seen at the mirror."""

    def __init__(self, run: "Run", settings: "Wandb", module: ModuleType | None) -> None:
        self.run, self.settings, self.module = run, settings, module
        self.id = secrets.token_hex(4)
        self.tags: frozenset[str] = frozenset()
        self.queue: queue.Queue[dict[str, float] | Artifact | None] = queue.Queue(MOST_WAITING)
        self.url: str | None = None  # of the run's page
        self.thread: threading.Thread | None = None
        self.has_warned = False
        self.exit_code = 0

    def on_start(self) -> None:
        if self.module is not None:
            self.thread = threading.Thread(target=self.serve, name="wandb", daemon=True)
            self.thread.start()

    def after_update(self) -> None:
        if self.thread is not None:
            self.put(dict(self.run.metrics))

    def on_end(self, error: BaseException | None) -> None:
        if self.thread is None:
            return
        self.exit_code = int(error is not None)
        self.put(None)
        self.thread.join(self.settings.finish_s)
        if self.thread.is_alive():
            self.warn(f"not everything was sent within {self.settings.finish_s:g} s")

    def keep(self, artifact: Artifact) -> None:
        """Send a file in its turn; nothing where there is no mirror."""
        if self.thread is not None:
            self.put(artifact)

    def put(self, item: dict[str, float] | Artifact | None) -> None:
        try:
            self.queue.put_nowait(item)
        except queue.Full:
            self.warn(f"{MOST_WAITING} updates wait to be sent; some are left out")

    def serve(self) -> None:
        """The thread: send what comes, look for tags, and give up at the first failure."""
        try:
            mirror = self.begin()
            self.url = getattr(mirror, "url", None) or None
            looked = time.monotonic()
            while (item := self.queue.get()) is not None:
                if isinstance(item, Artifact):
                    self.send(mirror, item)
                    continue
                mirror.log(item, step=int(item.get("metric/agent_step", 0)))
                if self.settings.mode == "online" and time.monotonic() - looked >= self.settings.tags_every_s:
                    looked = time.monotonic()
                    self.tags = frozenset(self.wandb.Api().run(mirror.path).tags or ())
            mirror.finish(exit_code=self.exit_code)
        except Exception as error:  # whatever a service far away comes up with
            self.warn(f"{type(error).__name__}: {error}; the run goes on without its mirror")
            self.thread = None

    def send(self, mirror: Any, item: Artifact) -> None:
        """One file; a name that is there already gets a new version."""
        artifact = self.wandb.Artifact(permitted(item.name), type=item.kind)
        artifact.add_file(str(item.path))
        mirror.log_artifact(artifact, aliases=[permitted(alias) for alias in item.aliases])

    def begin(self) -> Any:
        """The run at the mirror: a new one, or the one this run had before it was resumed."""
        settings, run = self.settings, self.run
        return self.wandb.init(
            project=settings.project,
            entity=settings.entity,
            group=settings.group,
            tags=list(settings.tags),
            name=run.folder.name,
            id=self.id,
            resume="allow",
            mode=settings.mode,
            dir=str(run.folder.path),
            config=run.config.model_dump(mode="json"),
        )

    @property
    def wandb(self) -> Any:
        return self.module

    def warn(self, what: str) -> None:
        if not self.has_warned:
            print(f"warning: wandb: {what}", flush=True)
        self.has_warned = True

    def state(self) -> dict[str, Any]:
        return {"id": self.id}

    def restore(self, state: dict[str, Any]) -> None:
        self.id = state.get("id", self.id)


class Wandb(Component):
    """Sends metrics to Weights & Biases; a failure is one warning. Needs `pip install 'coterie[wandb]'`."""

    turn: ClassVar[int] = 2
    mode: Literal["online", "offline", "disabled"] = "online"
    project: str = Field("coterie", min_length=1)
    entity: str | None = Field(None, description="user or team that owns the project")
    group: str | None = Field(None, description="runs that are shown together")
    tags: tuple[str, ...] = ()
    tags_every_s: float = Field(60.0, gt=0, description="how often the mirror is asked for tags, as abort")
    finish_s: float = Field(60.0, ge=0, description="for what is still waiting when the run is over")

    def attach(self, run: "Run") -> WandbHooks:
        return WandbHooks(run, self, None if self.mode == "disabled" else package())


def package() -> ModuleType:
    """The package wandb, which is no part of coterie; a ConfigError where it is not installed."""
    try:
        return importlib.import_module("wandb")
    except ModuleNotFoundError:
        raise ConfigError(
            "components.wandb: the package wandb is not installed; "
            "pip install 'coterie[wandb]', or set components.wandb.mode=disabled"
        ) from None
