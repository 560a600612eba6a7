"""Run: what moves while a run learns, and how it is saved and goes on exactly."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from coterie.config import ConfigError
from coterie.games.batch import Batch, Episodes
from coterie.policies.network import Architecture, Network
from coterie.runs import RunFolder
from coterie.training.advantages import Centering
from coterie.training.collect import Learner
from coterie.training.component import Hooks
from coterie.training.config import RunConfig
from coterie.training.experience import Experience
from coterie.training.learn import Student
from coterie.training.schedules import Schedule
from coterie.training.stopwatch import Stopwatch


@dataclass(slots=True)
class World:
    """What is played, by whom, and where it is written down."""

    batch: Batch
    architecture: Architecture
    network: Network
    experience: Experience
    learner: Learner


class Run:
    """What moves while a run learns. Components read it; the trainer alone changes it."""

    def __init__(self, config: RunConfig, folder: RunFolder, world: World, student: Student) -> None:
        self.config = config
        self.folder = folder
        self.trainer = config.trainer  # as scheduled for the present update
        self.spec, self.batch = world.batch.spec, world.batch
        self.architecture, self.network = world.architecture, world.network
        self.optimizer, self.student = student.optimizer, student
        self.experience, self.learner = world.experience, world.learner
        advantage = config.trainer.advantage.reward_centering
        self.centering = Centering(world.batch.rows, advantage.beta, advantage.initial_reward_mean)
        self.schedule = Schedule(config.trainer)
        self.stopwatch = Stopwatch()
        self.hooks: dict[str, Hooks] = {}
        self.agent_step = 0
        self.epoch = 0
        self.metrics: dict[str, float] = {}
        self.finished: list[Episodes] = []
        self.stop_reason: str | None = None
        self.failure: BaseException | None = None  # what ended it, be it in a component's last hook
        self.is_fresh = True

    @property
    def gradients(self) -> list[Tensor] | None:
        """Of the last minibatch, before they were cut to max_grad_norm."""
        return self.student.gradients

    @property
    def progress(self) -> float:
        """0 at the start, 1 at total_timesteps."""
        return min(1.0, self.agent_step / self.config.trainer.total_timesteps)

    def stop(self, reason: str) -> None:
        """End the run after the present update."""
        self.stop_reason = self.stop_reason or reason

    @property
    def is_finished(self) -> bool:
        return self.stop_reason is not None or self.agent_step >= self.config.trainer.total_timesteps

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Everything an exact resume needs: tensors, and values that fit JSON."""
        learner = self.learner
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        moving, values = self.optimizer.state()
        tensors |= {f"optimizer.{name}": value for name, value in moving.items()}
        tensors |= {f"memory.{i}": part for i, part in enumerate(learner.student.memory)}
        if learner.teacher is not None:
            tensors |= {f"teacher_memory.{i}": part for i, part in enumerate(learner.teacher.memory)}
        tensors |= {"starts": learner.starts, "centering": self.centering.mean}
        for world in range(self.batch.worlds):
            saved = np.frombuffer(self.batch.save(world), dtype=np.uint8)
            tensors[f"world.{world}"] = torch.from_numpy(saved.copy())
        return tensors, {
            "agent_step": self.agent_step,
            "epoch": self.epoch,
            "clock": learner.clock,
            "optimizer": values,
            "metrics": self.metrics,
            "schedule": self.schedule.state(),
            "hooks": {name: hook.state() for name, hook in self.hooks.items()},
        }

    def restore(self, tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
        """Become the run whose `state` this is; a ConfigError names what does not fit."""

        def under(prefix: str) -> dict[str, Tensor]:
            return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}

        worlds = under("world.")
        if len(worlds) != self.batch.worlds:
            raise ConfigError(
                f"the checkpoint holds {len(worlds)} worlds, the run {self.batch.worlds}: "
                "resume with the config.json of its folder"
            )
        learner = self.learner
        try:
            self.network.load_state_dict(under("network."))
            self.optimizer.restore(under("optimizer."), values["optimizer"])
            minds = [("memory.", learner.student)]
            if learner.teacher is not None:
                minds.append(("teacher_memory.", learner.teacher))
            for prefix, mind in minds:
                for i, part in enumerate(mind.memory):
                    part.copy_(tensors[f"{prefix}{i}"])
            learner.starts.copy_(tensors["starts"])
            self.centering.mean.copy_(tensors["centering"])
            for world, saved in worlds.items():
                self.batch.restore(int(world), saved.numpy().tobytes())
            if not self.batch.config.can_be_saved:
                learner.starts.fill_(True)
        except (KeyError, RuntimeError, ValueError) as error:
            raise ConfigError(f"the checkpoint does not fit this run: {error}") from None
        self.agent_step, self.epoch = values["agent_step"], values["epoch"]
        learner.clock = values["clock"]
        self.metrics = dict(values["metrics"])
        self.schedule.restore(values["schedule"])
        self.is_fresh = False
        for name, hook in self.hooks.items():
            hook.restore(values["hooks"].get(name, {}))
