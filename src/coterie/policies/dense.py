"""Dense: a linear layer with its activation, on the CPU without a pass over memory more than needed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from coterie import native
from coterie.policies.network import Names
from coterie.policies.precision import is_half

SHAPES = ("plain", "relu", "tanh")  # of a layer's answer, by their number in the native layers
PLAIN, RELU, TANH = range(3)
ALL = slice(None)
HEAD_ROWS = 1536  # whose gradients between the layers of a head are there at once


def orthogonal(layer: nn.Linear, gain: float) -> None:
    """Orthogonal weights (Saxe et al. 2014) and no bias at first."""
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)


class Dense(nn.Linear):
    """[..., inputs] → [..., outputs]: a linear map and its activation.

    Each input is divided by its part of `usual` first, if there is one: inputs of like size learn alike.
    """

    inverse: Tensor
    names: dict[str, tuple[Names, ...]]  # of the weights, where a network knows what its inputs are called

    def __init__(
        self,
        inputs: int,
        outputs: int,
        activation: Literal["relu", "tanh"] = "relu",
        usual: Sequence[float] = (),
    ) -> None:
        super().__init__(inputs, outputs)
        self.register_buffer("inverse", 1 / torch.tensor(usual), persistent=False)
        self.is_tanh = activation == "tanh"
        orthogonal(self, 5 / 3 if self.is_tanh else math.sqrt(2))

    def scaled(self) -> Tensor:
        """The weights for inputs as they come: dividing these instead is less work."""
        return self.weight * self.inverse if len(self.inverse) else self.weight

    def forward(self, input: Tensor) -> Tensor:
        return linear(input, self.scaled(), self.bias, "tanh" if self.is_tanh else "relu")


def linear(
    input: Tensor, weight: Tensor, bias: Tensor, shape: Literal["plain", "relu", "tanh"] = "plain"
) -> Tensor:
    """[..., inputs] → [..., outputs]: a linear map and its activation, `weight` [outputs, inputs]."""
    if input.device.type != "cpu":
        out = nn.functional.linear(input, weight, bias)
        return out if shape == "plain" else out.tanh() if shape == "tanh" else out.relu()
    flat = input.reshape(-1, input.shape[-1])
    out = _Native.apply(flat.float(), weight, bias, SHAPES.index(shape), is_half())
    return out.view(*input.shape[:-1], -1)


def head(features: Tensor, hidden: nn.Module, output: nn.Linear) -> Tensor:
    """[..., inputs] → [..., outputs]: a hidden layer, if it is one, and a linear map of it."""
    if not isinstance(hidden, Dense) or features.device.type != "cpu":
        return linear(hidden(features), output.weight, output.bias)
    flat = features.reshape(-1, features.shape[-1])
    shape = TANH if hidden.is_tanh else RELU
    out = _Head.apply(flat, hidden.scaled(), hidden.bias, shape, output.weight, output.bias, is_half())
    return out.view(*features.shape[:-1], -1)


def answer(inputs: Tensor, weight: Tensor, bias: Tensor, shape: int, is_half: bool) -> Tensor:
    """What a layer makes of rows."""
    out = torch.empty(len(inputs), len(weight))
    native.dense_forward(inputs.numpy(), weight.numpy(), bias.numpy(), shape, out.numpy(), is_half)
    return out


@dataclass(frozen=True, slots=True)
class Back:
    """What the way back through a layer reads, of all its rows."""

    inputs: Tensor
    weight: Tensor
    shape: int
    out: Tensor
    is_half: bool

    def __call__(self, rows: slice, grad: Tensor, found: Sequence[Tensor | None]) -> None:
        """Writes the gradient of some rows' inputs, if asked for, and adds to those of weight and bias."""
        given = (self.inputs[rows].numpy(), self.weight.numpy(), self.shape, self.out[rows].numpy())
        wanted = (None if part is None else part.numpy() for part in found)
        native.dense_backward(*given, grad.numpy(), *wanted, self.is_half)


class _Native(torch.autograd.Function):
    """All of a layer's work in one pass over tiles of rows, each way."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        inputs, weight, bias, shape, is_half = given
        inputs, weight = inputs.contiguous(), weight.contiguous()
        out = answer(inputs, weight, bias, shape, is_half)
        ctx.shape, ctx.is_half = shape, is_half
        ctx.save_for_backward(inputs, weight, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:  # type: ignore[bad-override]
        inputs, weight, out = ctx.saved_tensors
        d_input = torch.empty_like(inputs) if ctx.needs_input_grad[0] else None
        found = (d_input, torch.zeros_like(weight), torch.zeros(len(weight)))
        Back(inputs, weight, ctx.shape, out, ctx.is_half)(ALL, grad_outputs[0].contiguous(), found)
        return *found, None, None


class _Head(torch.autograd.Function):
    """A hidden layer and a linear map: of the wide gradient between them only some rows are there at once."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        inputs, weight, bias, shape, out_weight, out_bias, is_half = given
        inputs = inputs.float().contiguous()
        hidden = answer(inputs, weight, bias, shape, is_half)
        out = answer(hidden, out_weight, out_bias, PLAIN, is_half)
        ctx.shape, ctx.is_half = shape, is_half
        ctx.save_for_backward(inputs, weight, hidden, out_weight, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:  # type: ignore[bad-override]
        inputs, weight, hidden, out_weight, out = ctx.saved_tensors
        grad, d_inputs = grad_outputs[0].contiguous(), torch.empty_like(inputs)
        sums = [torch.zeros_like(weight), torch.zeros(len(weight))]
        out_sums = [torch.zeros_like(out_weight), torch.zeros(len(out_weight))]
        above = Back(hidden, out_weight, PLAIN, out, ctx.is_half)
        below = Back(inputs, weight, ctx.shape, hidden, ctx.is_half)
        d_hidden = torch.empty(min(HEAD_ROWS, len(hidden)), len(weight))
        for first in range(0, len(hidden), HEAD_ROWS):
            rows = slice(first, first + HEAD_ROWS)
            part = d_hidden[: len(hidden[rows])]
            above(rows, grad[rows], (part, *out_sums))
            below(rows, part, (d_inputs[rows], *sums))
        return d_inputs, *sums, None, *out_sums, None
