"""A run small enough for unit tests: a lab game, a little network, and updates that can be spoilt."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coterie.games.batch import Batch, Spec
from coterie.games.catalog import make
from coterie.policies.crew import Crew
from coterie.policies.network import Architecture, Memory, Network, Output
from coterie.runs import RunFolder
from coterie.training.collect import Learner, Mind, collect
from coterie.training.config import RunConfig
from coterie.training.experience import Experience
from coterie.training.learn import Student
from coterie.training.optimizers import optimizer
from coterie.training.run import Run, World

HORIZON = 16


class LittleNetwork(Network):
    def __init__(self, spec: Spec) -> None:
        super().__init__()
        size = int(torch.tensor(spec.observation_shape).prod())
        self.actor = nn.Linear(size, sum(spec.actions))
        self.critic = nn.Linear(size, 1)

    def forward(self, observations: Tensor, starts: Tensor, memory: Memory) -> Output:
        seen = observations.flatten(2).float() / 255
        return Output(self.actor(seen), self.critic(seen).squeeze(-1), ())


class TrainingStage(Architecture):
    """A line from what is seen to what is done."""

    def build(self, spec: Spec) -> LittleNetwork:
        return LittleNetwork(spec)


def stage(folder: Path, components: dict[str, Any], mission: str = "echo.basic", **settings: Any) -> Run:
    """A run of 4 worlds in `folder`, its components attached, none started."""
    config = RunConfig(
        run="little",
        trainer={
            "total_timesteps": 100_000,
            "batch_size": 4 * HORIZON,
            "bptt_horizon": HORIZON,
            "threads": 1,
        },
        training_env={"mission": mission, "settings": settings, "worlds": 4},
        components=components,
    )
    game = make(mission).replace(**settings)
    batch = Batch(game, 4, desync=True)
    torch.manual_seed(0)
    architecture = TrainingStage()
    network = architecture.build(batch.spec)
    crew = Crew(1)
    experience = Experience(batch.spec, HORIZON, batch.rows, set())
    learner = Learner(batch, experience, Mind(network, ()), crew, torch.no_grad)
    student = Student(
        network, list(network.parameters()), optimizer(config.trainer.optimizer, network), crew, torch.no_grad
    )
    run = Run(
        config,
        RunFolder(folder / "little"),
        World(batch, architecture, network, experience, learner),
        student,
    )
    run.hooks = {name: component.attach(run) for name, component in config.components.items()}
    return run


def start(run: Run) -> Run:
    for hook in run.hooks.values():
        hook.on_start()
    return run


def update(run: Run, count: int = 1) -> None:
    """Updates as the trainer makes them, but for what is learned: values go to the rewards, logits to 0."""
    for _ in range(count):
        with run.stopwatch("rollout"):
            experience = collect(run.batch, run.learner)
        run.agent_step += experience.steps
        call(run, "after_rollout")
        with run.stopwatch("learn"):
            loss = learn(run)
        run.epoch += 1
        run.finished.append(run.batch.episodes())
        seconds = run.stopwatch.lap()
        run.metrics = {
            "metric/agent_step": float(run.agent_step),
            "metric/epoch": float(run.epoch),
            "overview/sps": experience.steps / sum(seconds.values()),
            "losses/value_loss": loss,
            "losses/approx_kl": 0.01,
        } | {f"timing/{stage}": spent / sum(seconds.values()) for stage, spent in seconds.items()}
        call(run, "after_update")
        run.finished.clear()


def learn(run: Run) -> float:
    experience = run.experience
    output = run.network(experience.observations, experience.starts, ())
    loss = (output.values - experience.rewards).square().mean() + output.logits.square().mean()
    run.student.cut_gradients = gradients = list(torch.autograd.grad(loss, run.student.weights))
    for weight, gradient in zip(run.student.weights, gradients, strict=True):
        weight.grad = gradient
    run.optimizer.step()
    return float(loss.detach())


def call(run: Run, hook: str) -> None:
    for name, component in run.config.components.items():
        turn = run.epoch if hook == "after_update" else run.epoch + 1
        if component.epoch_interval and turn % component.epoch_interval == 0:
            with run.stopwatch(name):
                getattr(run.hooks[name], hook)()


def end(run: Run, error: BaseException | None = None) -> None:
    for hook in run.hooks.values():
        hook.on_end(error)
