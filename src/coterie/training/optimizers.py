"""Optimizers: what moves weights along gradients, and what of it must be saved for an exact resume."""

import re
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from coterie import native
from coterie.config import ConfigError
from coterie.training.config import OptimizerConfig

Named = dict[str, nn.Parameter]


class Part(Protocol):
    """An optimizer of some of the weights, as torch has it."""

    param_groups: list[dict[str, Any]]
    state: Any  # of each weight, what is kept by name

    def step(self) -> Any: ...


class Optimizer(ABC):
    """Moves a network's weights along the gradients in their `.grad`.

    `learning_rate` may be set before any step; the first `warmup_steps` steps reach it on a line from 0.
    A weight without gradient stays as it is.
    """

    def __init__(self, config: OptimizerConfig, named: Named) -> None:
        self.config, self.named = config, named
        self.learning_rate = config.learning_rate
        self.steps = 0

    def step(self) -> None:
        """One step. Allocates nothing after the first."""
        self.steps += 1
        self.move(self.learning_rate * min(1.0, self.steps / max(1, self.config.warmup_steps)))

    @abstractmethod
    def move(self, rate: float) -> None:
        """One step at this learning rate."""

    @abstractmethod
    def parts(self) -> dict[str, Part]:
        """The optimizers inside, whose state is saved."""

    def eval_weights(self) -> None:  # noqa: B027 (most optimizers have one set of weights)
        """Put into the network the weights to act, evaluate and save with."""

    def train_weights(self) -> None:  # noqa: B027
        """Put into the network the weights at which gradients are taken."""

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors `PART.WEIGHT.SLOT`, not copied, and values that fit JSON."""
        tensors = {
            f"{part}.{name}.{slot}": value
            for part, inner in self.parts().items()
            for name, weight in zip(self.named, self.moved(), strict=True)
            for slot, value in inner.state.get(weight, {}).items()
        }
        return tensors, {"type": self.config.type, "steps": self.steps}

    def moved(self) -> list[Tensor]:
        """What the parts move, in the order of `named`."""
        return list(self.named.values())

    def restore(self, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
        """Go on from what `state` gave, copied; a ConfigError says what does not fit."""
        if values["type"] != self.config.type:
            raise ConfigError(
                f"optimizer.type: the checkpoint has {values['type']}, the run {self.config.type}"
            )
        places = {}
        for part, inner in self.parts().items():
            inner.state.clear()
            held = {id(weight) for group in inner.param_groups for weight in group["params"]}
            for name, weight in zip(self.named, self.moved(), strict=True):
                if id(weight) in held:
                    places[f"{part}.{name}"] = (inner, weight)
        for key, value in tensors.items():
            place, _, slot = key.rpartition(".")
            if place not in places:
                raise ConfigError(
                    f"the checkpoint's optimizer holds '{key}', which is no weight of this network"
                )
            inner, weight = places[place]
            if value.dim() and value.shape != weight.shape:
                saved, here = tuple(value.shape), tuple(weight.shape)
                raise ConfigError(f"the checkpoint's '{key}' has the shape {saved}, here it is {here}")
            inner.state[weight][slot] = value.detach().to(weight.device, copy=True)
        self.steps = values["steps"]


def optimizer(config: OptimizerConfig, network: nn.Module) -> Optimizer:
    """The optimizer of a network's weights that want gradients."""
    named = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
    if not named:
        raise ConfigError("the network has no weights to learn")
    if config.type == "muon":
        return Muon(config, named, tables(network))
    return (ScheduleFree if config.type.endswith("schedulefree") else Adam)(config, named)


class NativeAdam:
    """Torch's Adam with the same state, on the CPU in one native pass over all weights.

    It is none of torch.optim, whose first optimizer loads a compiler: 65 MB and a second.
    """

    def __init__(self, weights: list[Any], **settings: Any) -> None:
        self.param_groups: list[dict[str, Any]] = [{"params": weights, **settings}]
        self.state: dict[Tensor, dict[str, Tensor]] = defaultdict(dict)

    @torch.no_grad()
    def step(self) -> None:
        [group] = self.param_groups
        numbers = (group["lr"], *group["betas"], group["eps"], group["weight_decay"])
        pairs = [(weight, weight.grad.contiguous()) for weight in group["params"] if weight.grad is not None]
        moved = [self.places(weight, gradient) for weight, gradient in pairs]
        native.adam(moved, numbers, group["decoupled_weight_decay"])

    def places(self, weight: Tensor, gradient: Tensor) -> tuple[int, ...]:
        """Where the weight, its gradient, its moments and its steps are, and how many numbers it has."""
        held = self.state[weight]
        if not held:
            moments = {name: torch.zeros_like(weight) for name in ("exp_avg", "exp_avg_sq")}
            held.update(step=torch.zeros(()), **moments)
        parts = weight, gradient, held["exp_avg"], held["exp_avg_sq"], held["step"]
        return *(part.data_ptr() for part in parts), weight.numel()


def is_plain(tensor: Tensor) -> bool:
    """Whether native passes may read and write it."""
    return tensor.device.type == "cpu" and tensor.dtype == torch.float32 and tensor.is_contiguous()


def adam(config: OptimizerConfig, weights: list[Any], *, decoupled: bool) -> Part:
    """One pass over each weight, on whatever device."""
    settings = {
        "lr": config.learning_rate,
        "betas": (config.beta1, config.beta2),
        "eps": config.eps,
        "weight_decay": config.weight_decay,
        "decoupled_weight_decay": decoupled,
    }
    if all(map(is_plain, weights)):
        return NativeAdam(weights, **settings)
    return torch.optim.Adam(weights, fused=True, **settings)


def step_at(inner: Part, rate: float) -> None:
    for group in inner.param_groups:
        group["lr"] = rate
    inner.step()
    for group in inner.param_groups:  # fused steps don't tell, and networks keep what they made of a weight
        torch.autograd.graph.increment_version(group["params"])


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015), decay in the gradient, or AdamW (Loshchilov and Hutter 2019), beside it."""

    def __init__(self, config: OptimizerConfig, named: Named) -> None:
        super().__init__(config, named)
        self.adam = adam(config, list(named.values()), decoupled=config.type == "adamw")

    def parts(self) -> dict[str, Part]:
        return {"adam": self.adam}

    def move(self, rate: float) -> None:
        step_at(self.adam, rate)


# Words of a weight's name, between dots and underscores, by which networks call tables of tokens and outputs.
NO_MATRIX = {"embed", "embedding", "table", "rest", "queries", "head", "logits", "value", "values"}


def tables(network: nn.Module) -> set[str]:
    """Names of the weights of embeddings: rows of a table, not a matrix that maps."""
    return {
        f"{name}.weight" if name else "weight"
        for name, module in network.named_modules()
        if isinstance(module, nn.Embedding | nn.EmbeddingBag)
    }


def is_matrix(name: str, weight: Tensor) -> bool:
    """Whether Muon moves it: a hidden layer's matrix, no table, no head, no vector in two dimensions."""
    return weight.dim() == 2 and min(weight.shape) > 1 and not NO_MATRIX & set(re.split(r"[._]", name))


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """U Vᵀ of the matrix U S Vᵀ, roughly (singular values 0.7 … 1.2), by Newton-Schulz iteration.

    The quintic of Jordan et al. 2024 ("Muon"), X ← aX + (bA + cA²)X with A = XXᵀ; in bfloat16 where a GPU
    multiplies that fast, else in float32.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    wide = matrix.shape[0] <= matrix.shape[1]
    x = (matrix if wide else matrix.T).to(torch.bfloat16 if matrix.is_cuda else torch.float32)
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x if wide else x.T).to(matrix.dtype)


class Momentum(torch.optim.Optimizer):
    """Muon's part: hidden matrices move along their orthogonalised Nesterov momentum."""

    def __init__(self, weights: list[Any], config: OptimizerConfig) -> None:
        super().__init__(weights, {"lr": config.learning_rate})
        self.momentum, self.decay = config.momentum, config.weight_decay

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """m ← μm + g, W ← (1 − γλ)W − γ · 0.2 √max(rows, columns) · orthogonal(g + μm).

        The factor gives steps the size of AdamW's, so that both share a learning rate and a decay (Liu et al.
        2025, equation 4).
        """
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                held = self.state[weight]
                if not held:
                    held["momentum"] = torch.zeros_like(weight)
                momentum = held["momentum"].mul_(self.momentum).add_(weight.grad)
                ahead = orthogonal(torch.add(weight.grad, momentum, alpha=self.momentum))
                weight.mul_(1 - group["lr"] * self.decay)
                weight.add_(ahead, alpha=-group["lr"] * 0.2 * max(weight.shape) ** 0.5)


class Muon(Optimizer):
    """Muon for hidden matrices, AdamW for all else: biases, gains, kernels, tables of tokens, heads."""

    def __init__(self, config: OptimizerConfig, named: Named, tables: set[str]) -> None:
        super().__init__(config, named)
        matrices = {name for name, weight in named.items() if is_matrix(name, weight)} - tables
        if not matrices:
            raise ConfigError(
                "optimizer.type: muon moves hidden matrices and this network has none; take adamw"
            )
        self.matrices = Momentum([named[name] for name in named if name in matrices], config)
        rest = [weight for name, weight in named.items() if name not in matrices]
        self.rest = adam(config, rest, decoupled=True) if rest else None

    def parts(self) -> dict[str, Part]:
        return {"muon": self.matrices} | ({"adam": self.rest} if self.rest else {})

    def move(self, rate: float) -> None:
        for part in self.parts().values():
            step_at(part, rate)


class ScheduleFree(Optimizer):
    """Schedule-free SGD and AdamW (Defazio et al. 2024, "The Road Less Scheduled", algorithm 1).

    Gradients are taken at y = (1 − β)z + βx; z moves along them, x is z's average, weighted by the square of
    the largest learning rate so far. Acting, evaluation and checkpoints use x. x and z are both kept: going
    from y to x and back loses no bit.
    """

    def __init__(self, config: OptimizerConfig, named: Named) -> None:
        super().__init__(config, named)
        weights = list(named.values())
        self.fast = [weight.detach().clone() for weight in weights]  # z
        self.mean = [weight.detach().clone() for weight in weights]  # x
        self.is_mean = False  # whether the network holds x
        self.rate_max = self.weight_sum = 0.0
        if config.type == "sgd_schedulefree":
            self.inner: Part = torch.optim.SGD(self.fast, lr=config.learning_rate, fused=True)
        else:
            # Without first moment, whose place the average takes. Decay is taken at y, by `move`.
            plain = config.replace(beta1=0.0, weight_decay=0.0)
            self.inner = adam(plain, self.fast, decoupled=True)

    def parts(self) -> dict[str, Part]:
        return {"fast": self.inner}

    def moved(self) -> list[Tensor]:
        return self.fast

    @torch.no_grad()
    def move(self, rate: float) -> None:
        if self.is_mean:
            raise RuntimeError("the network holds the averaged weights: train_weights() comes before a step")
        self.rate_max = max(self.rate_max, rate)
        self.weight_sum += self.rate_max**2
        share = self.rate_max**2 / self.weight_sum
        moving = [
            (y, z, x)
            for y, z, x in zip(self.named.values(), self.fast, self.mean, strict=True)
            if y.grad is not None
        ]
        for y, z, _ in moving:
            z.grad = y.grad
            if self.config.weight_decay:
                z.add_(y, alpha=-rate * self.config.weight_decay)
        step_at(self.inner, rate)
        for y, z, x in moving:
            z.grad = None
            x.lerp_(z, share)
            torch.lerp(z, x, self.config.momentum, out=y)

    @torch.no_grad()
    def eval_weights(self) -> None:
        if not self.is_mean:
            torch._foreach_copy_(list(self.named.values()), self.mean)
            self.is_mean = True

    @torch.no_grad()
    def train_weights(self) -> None:
        if self.is_mean:
            for y, z, x in zip(self.named.values(), self.fast, self.mean, strict=True):
                torch.lerp(z, x, self.config.momentum, out=y)
            self.is_mean = False

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        tensors, values = super().state()
        for name, z, x in zip(self.named, self.fast, self.mean, strict=True):
            tensors |= {f"z.{name}": z, f"x.{name}": x}
        return tensors, {**values, "rate_max": self.rate_max, "weight_sum": self.weight_sum}

    @torch.no_grad()
    def restore(self, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
        """As above; the network holds the averaged weights after it."""
        kept = dict(tensors)
        pairs = [(kept.pop(f"z.{name}", None), kept.pop(f"x.{name}", None)) for name in self.named]
        super().restore(kept, values)
        for name, z, x, (saved_z, saved_x) in zip(self.named, self.fast, self.mean, pairs, strict=True):
            if saved_z is None or saved_x is None or saved_z.shape != z.shape or saved_x.shape != x.shape:
                raise ConfigError(
                    f"the checkpoint's optimizer has no z and x of '{name}' in the shape {z.shape}"
                )
            z.copy_(saved_z)
            x.copy_(saved_x)
        self.rate_max, self.weight_sum = values["rate_max"], values["weight_sum"]
        self.is_mean = False
        self.eval_weights()
