"""Imitation: how far a student is from its teacher, step by step; what the losses of teaching are made of."""

from abc import ABC
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from torch import Tensor

from coterie.config import ConfigError
from coterie.policies.choice import likelihood, log_probabilities
from coterie.policies.network import Output
from coterie.training.experience import Minibatch
from coterie.training.loss import Loss, Term

Direction = Literal["reverse", "forward"]
LED = ("teacher_led", "student_led")


def surprise(minibatch: Minibatch, output: Output) -> Tensor:
    """−log π_S(a_T | s) of the scripted teacher's actions, summed over heads, [T, B]."""
    assert minibatch.labels is not None, "the run gives labels to losses that need them"
    return -likelihood(output.logits, minibatch.masks, minibatch.labels, minibatch.sizes)[0]


def divergence(minibatch: Minibatch, output: Output, temperature: float, direction: Direction) -> Tensor:
    """KL of student and neural teacher, both softened by `temperature`, summed over heads, [T, B].

    reverse is KL(π_S ‖ π_T): the student keeps to what the teacher does, but need not do all of it. forward
    is KL(π_T ‖ π_S), that of Hinton et al. 2015 and Schmitt et al. 2018: the student covers all of it.
    """
    teacher = minibatch.teacher_logits
    assert teacher is not None, "the run gives a teacher to losses that need one"
    ours = log_probabilities(output.logits.float() / temperature, minibatch.masks, minibatch.sizes)
    theirs = log_probabilities(teacher.float() / temperature, minibatch.masks, minibatch.sizes)
    first, second = (ours, theirs) if direction == "reverse" else (theirs, ours)
    return (first.exp() * (first - second)).sum(-1)


def cross_entropy(minibatch: Minibatch, output: Output) -> Tensor:
    """−Σ_a π_S(a) log π_T(a), summed over heads, [T, B]: reverse KL and the student's entropy."""
    teacher = minibatch.teacher_logits
    assert teacher is not None, "the run gives a teacher to losses that need one"
    ours = log_probabilities(output.logits, minibatch.masks, minibatch.sizes)
    return -(ours.exp() * log_probabilities(teacher, minibatch.masks, minibatch.sizes)).sum(-1)


def value_gap(minibatch: Minibatch, output: Output) -> Tensor:
    """(V_T − V_S)², [T, B]."""
    assert minibatch.teacher_values is not None, "the run gives a teacher to losses that need one"
    return (minibatch.teacher_values - output.values.float()).square()


def led_weights(minibatch: Minibatch) -> Tensor:
    """Weights [T, B] of the segments before the teacher's eyes, led by it or by the student.

    They add up to these segments' share of the minibatch: where few are led, little is imitated, and what a
    step weighs does not depend on how many there are.
    """
    is_watched = minibatch.weights["teacher_led"] + minibatch.weights["student_led"] > 0
    return minibatch.weights["all"] * is_watched


def led_metrics(minibatch: Minibatch, loss: Tensor) -> dict[str, Tensor]:
    """Mean of `loss` [T, B] in each slice before the teacher's eyes, and its share of the minibatch."""
    metrics: dict[str, Tensor] = {"supervised_action_loss": (loss * led_weights(minibatch)).sum().detach()}
    for name in LED:
        weights = minibatch.weights[name]
        metrics[f"supervised_action_loss_{name}"] = (loss * weights).sum().detach()
        metrics[f"{name}_proportion"] = (minibatch.weights["all"] * (weights > 0)).sum()
    return metrics


class Sliced(Loss, ABC):
    """Imitation in segments of its own: some the teacher leads, some the student, who is corrected."""

    teacher_led_proportion: float = Field(0.0, ge=0, le=1)
    student_led_proportion: float = Field(0.0, ge=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _restricts_nobody(cls, values: dict[str, object]) -> dict[str, object]:
        if "restrict_ppo_to_ppo_mask" in values:
            raise ConfigError(
                "restrict_ppo_to_ppo_mask: PPO keeps to its slice; where it should not, "
                "set slice: all in ppo_actor and ppo_critic"
            )
        return values

    @model_validator(mode="after")
    def _at_most_all(self) -> Self:
        total = self.teacher_led_proportion + self.student_led_proportion
        if total > 1:
            raise ConfigError(
                f"teacher_led_proportion and student_led_proportion are shares of rows: together {total:g}, "
                "more than 1"
            )
        return self

    def led(self) -> tuple[float, float]:
        return self.teacher_led_proportion, self.student_led_proportion


class Distillation(Loss, ABC):
    """L = c_a · T² · mean KL_T + c_v · mean (V_T − V_S)²: a neural teacher's policy and values.

    KL_T is that of policies softened by the temperature T; T² keeps the size of its gradients (Hinton et al.
    2015, section 2). Schmitt et al. 2018, "Kickstarting Deep Reinforcement Learning".
    """

    needs: ClassVar[Literal["labels", "teacher"] | None] = "teacher"

    teacher_uri: str = Field(min_length=1, description="checkpoint of the teacher")
    action_loss_coef: float = Field(0.6, ge=0)
    value_loss_coef: float = Field(1.0, ge=0)
    temperature: float = Field(2.0, gt=0)
    direction: Direction = Field(
        "reverse", description="KL(student ‖ teacher), or forward: KL(teacher ‖ student)"
    )

    def steps(self, minibatch: Minibatch, output: Output) -> tuple[Tensor, Tensor]:
        """T² · KL_T and (V_T − V_S)² of each step, [T, B]."""
        kl = divergence(minibatch, output, self.temperature, self.direction)
        return self.temperature**2 * kl, value_gap(minibatch, output)

    def term(self, steps: tuple[Tensor, Tensor], weights: Tensor) -> Term:
        """Over the steps of `weights` [T, B]."""
        action, value = ((step * weights).sum() for step in steps)
        metrics = {"distillation_loss": action.detach(), "teacher_value_loss": value.detach()}
        return Term(self.action_loss_coef * action + self.value_loss_coef * value, metrics)
