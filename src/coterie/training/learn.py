"""Learn: from an experience to weights that moved; one update epoch after another, minibatch by minibatch."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from coterie import native
from coterie.policies.choice import likelihood
from coterie.policies.crew import Crew
from coterie.policies.network import Output
from coterie.training.advantages import advantages
from coterie.training.collect import Precision
from coterie.training.config import SamplingConfig, TrainerConfig
from coterie.training.experience import PPO, SLICES, Common, Experience, Minibatch
from coterie.training.loss import Loss, Term
from coterie.training.optimizers import Optimizer, is_plain

TINY = 1e-8


@dataclass(slots=True)
class Student:
    """What learns, and with what."""

    network: torch.nn.Module
    weights: list[Tensor]
    optimizer: Optimizer
    crew: Crew
    precision: Precision
    device: str = "cpu"
    cut: float = 1.0  # what the last minibatch's gradients were multiplied by
    cut_gradients: list[Tensor] | None = None

    @property
    def gradients(self) -> list[Tensor] | None:
        """Of the last minibatch, before they were cut to max_grad_norm."""
        if self.cut_gradients is None or not self.cut:
            return self.cut_gradients
        return [gradient / self.cut for gradient in self.cut_gradients]


@dataclass(frozen=True, slots=True)
class Lesson:
    """An experience as one update epoch sees it."""

    experience: Experience
    rewards: Tensor  # [T, S] shaped and centred
    advantages: Tensor  # [T, S] by the values and ratios of the epoch's beginning


@dataclass(frozen=True, slots=True)
class Draw:
    """Which segments make a minibatch, and what undoes a biased draw."""

    columns: list[slice] | list[Tensor]  # of each part
    importance: Tensor | None


def learn(
    experience: Experience, rewards: Tensor, trainer: TrainerConfig, student: Student, seed: int
) -> dict[str, float]:
    """All update epochs over one experience; metrics are means over its minibatches."""
    totals: dict[str, float] = {}
    minibatches = epochs = 0
    for _ in range(trainer.update_epochs):
        targets = advantages(experience, rewards, trainer.advantage)
        lesson = Lesson(experience, rewards, targets)
        is_enough = False
        epochs += 1
        for draw in draws(lesson, trainer, student.crew, seed + epochs):
            metrics = learn_from(draw, lesson, trainer, student)
            minibatches += 1
            for name, value in metrics.items():
                totals[name] = totals.get(name, 0.0) + value
            if any(loss.is_enough(metrics) for loss in trainer.losses.values()):
                is_enough = True
                break
        if is_enough:
            break
    means = {f"losses/{name}": value / minibatches for name, value in totals.items()}
    means["losses/explained_variance"] = explained(experience.values, experience.values + targets)
    means["losses/update_epochs"] = float(epochs)
    return means


def explained(values: Tensor, returns: Tensor) -> float:
    """1 − Var[R − V] / Var[R]: 1 is perfect, 0 no better than a constant; 0 where returns do not vary."""
    spread = returns.var()
    return float(1 - (returns - values).var() / spread) if spread > TINY else 0.0


def draws(lesson: Lesson, trainer: TrainerConfig, crew: Crew, seed: int) -> Iterator[Draw]:
    """The minibatches of one update epoch."""
    segments, count = lesson.experience.segments, trainer.minibatch_size // lesson.experience.horizon
    if trainer.sampling.method == "sequential":
        for first in range(0, segments, count):
            yield Draw(crew.split(first, count), None)
        return
    chance, importance = priorities(lesson.advantages, trainer.sampling)
    dice = torch.Generator().manual_seed(seed)
    for _ in range(segments // count):
        drawn = torch.multinomial(chance, count, replacement=False, generator=dice)
        yield Draw([drawn[part] for part in crew.split(0, count)], importance)


def priorities(targets: Tensor, sampling: SamplingConfig) -> tuple[Tensor, Tensor]:
    """Chance of each segment, (Σ|A|)^α, and importance (S·p)^−β (Schaul et al. 2016), both [S]."""
    weight = targets.abs().sum(0).pow(sampling.prio_alpha) + 1e-6
    chance = weight / weight.sum()
    return chance, (len(chance) * chance).pow(-sampling.prio_beta0)


def learn_from(draw: Draw, lesson: Lesson, trainer: TrainerConfig, student: Student) -> dict[str, float]:
    """One gradient: each worker differentiates its part of the minibatch, the parts add up."""
    experience, common = lesson.experience, facts(draw, lesson, trainer)
    losses: dict[str, Loss] = trainer.losses

    def work(columns: slice | Tensor) -> tuple[tuple[Tensor | None, ...], dict[str, Tensor]]:
        minibatch = experience.part(columns, common).to(student.device)
        with student.precision():
            output = student.network(minibatch.observations, minibatch.starts, minibatch.memory)
        terms = {name: loss(minibatch, output) for name, loss in losses.items()}
        if trainer.update_epochs > 1:
            refresh(experience, columns, minibatch, output)
        total = torch.stack([term.value for term in terms.values()]).sum()
        gradients = torch.autograd.grad(total, student.weights, allow_unused=True)
        return gradients, measured(terms, total.detach())

    parts = student.crew.map(work, draw.columns)
    norm = descend([gradients for gradients, _ in parts], trainer, student)
    sums: dict[str, float] = {"grad_norm": norm}
    for _, metrics in parts:
        for name, value in metrics.items():
            sums[name] = sums.get(name, 0.0) + float(value)
    return sums


def measured(terms: dict[str, Term], total: Tensor) -> dict[str, Tensor]:
    """The terms' metrics; a name that two losses report carries the loss's name the second time."""
    metrics = {"total": total}
    for name, term in terms.items():
        for metric, value in term.metrics.items():
            metrics[metric if metric not in metrics else f"{name}_{metric}"] = value
    return metrics


def facts(draw: Draw, lesson: Lesson, trainer: TrainerConfig) -> Common:
    """Numbers over the whole minibatch, before it is cut into parts."""
    experience, first, last = lesson.experience, draw.columns[0], draw.columns[-1]
    if isinstance(first, slice) and isinstance(last, slice):
        columns: slice | Tensor = slice(first.start, last.stop)
        picked = lesson.advantages[:, columns]
    else:
        columns = torch.cat(draw.columns)  # type: ignore[arg-type]
        picked = lesson.advantages.index_select(1, columns)
    slices = experience.slices[columns]
    counts = {
        name: max(1.0, float((slices == number).sum()) * experience.horizon)
        for number, name in enumerate(SLICES)
    }
    counts["all"] = float(len(slices) * experience.horizon)
    own = picked[:, slices == PPO] if counts["ppo"] < counts["all"] else picked
    nobody = own.numel() == 0  # all segments are imitated
    mean = torch.zeros(()) if nobody else own.mean()
    deviation = torch.ones(()) if nobody else own.std(correction=0)
    return Common(
        advantages=lesson.advantages,
        rewards=lesson.rewards,
        counts=counts,
        mean=mean,
        scale=1.0 / (deviation + TINY),
        importance=draw.importance,
        gamma=trainer.advantage.gamma,
        gae_lambda=trainer.advantage.gae_lambda,
    )


@torch.no_grad()
def refresh(experience: Experience, columns: slice | Tensor, minibatch: Minibatch, output: Output) -> None:
    """The next update epoch's advantages see the values and ratios of the policy as it is by now."""
    now, _ = likelihood(output.logits.detach(), minibatch.masks, minibatch.actions, minibatch.sizes)
    experience.ratios[:, columns] = (now - minibatch.log_probs).clamp(-10, 10).exp().cpu()
    experience.values[:, columns] = output.values.detach().float().cpu()


@torch.no_grad()
def descend(parts: list[tuple[Tensor | None, ...]], trainer: TrainerConfig, student: Student) -> float:
    """Add the parts' gradients in their order, cut them to max_grad_norm, step; the norm before the cut."""
    gradients = []
    for weight, *pieces in zip(student.weights, *parts, strict=True):
        given = [piece.contiguous() for piece in pieces if piece is not None]
        total = given[0] if given else torch.zeros_like(weight)
        for piece in given[1:]:
            total = total + piece
        gradients.append(total)
    norm = length(gradients)
    student.cut, student.cut_gradients = min(1.0, trainer.max_grad_norm / (norm + 1e-6)), gradients
    if student.cut < 1:
        torch._foreach_mul_(gradients, student.cut)
    for weight, gradient in zip(student.weights, gradients, strict=True):
        weight.grad = gradient
    student.optimizer.step()
    return norm


def length(gradients: list[Tensor]) -> float:
    """The Euclidean norm of all of them side by side."""
    if all(map(is_plain, gradients)):
        return native.length([(one.data_ptr(), one.numel()) for one in gradients])
    return float(torch.stack(torch._foreach_norm(gradients)).norm())
