"""Dense: a linear layer with its activation, on the CPU without a pass over memory more than needed."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from coterie import native
from coterie.policies.network import Names
from coterie.policies.precision import is_half, multiplies_halves, rounded

SHAPES = ("plain", "relu", "tanh")  # of a layer's answer, by their number in the native layers
PLAIN, RELU, TANH = range(3)
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
    if is_half() and multiplies_halves():
        out = _Halves.apply(flat.to(torch.bfloat16), weight, bias, SHAPES.index(shape))
    elif is_half():
        out = _Native.apply(rounded(flat), rounded(weight), bias, SHAPES.index(shape))
    else:
        out = _Native.apply(flat.float(), weight, bias, SHAPES.index(shape))
    return out.view(*input.shape[:-1], -1)


def head(features: Tensor, hidden: nn.Module, output: nn.Linear) -> Tensor:
    """[..., inputs] → [..., outputs]: a hidden layer, if it is one, and a linear map of it."""
    if not isinstance(hidden, Dense) or features.device.type != "cpu" or is_half():
        return linear(hidden(features), output.weight, output.bias)
    flat = features.reshape(-1, features.shape[-1])
    shape = TANH if hidden.is_tanh else RELU
    out = _Head.apply(flat, hidden.scaled(), hidden.bias, shape, output.weight, output.bias)
    return out.view(*features.shape[:-1], -1)


def answer(inputs: Tensor, weight: Tensor, bias: Tensor, shape: int) -> Tensor:
    """What a layer makes of rows."""
    out = torch.empty(len(inputs), len(weight))
    native.dense_forward(inputs.numpy(), weight.numpy(), bias.numpy(), shape, out.numpy())
    return out


def differentiate(
    inputs: Tensor, weight: Tensor, shape: int, out: Tensor, grad: Tensor, *, found: Sequence[Tensor | None]
) -> None:
    """Writes the gradient of the inputs, if asked for, and adds to those of weight and bias."""
    given = (inputs.numpy(), weight.numpy(), shape, out.numpy(), grad.numpy())
    native.dense_backward(*given, *(None if part is None else part.numpy() for part in found))


class _Native(torch.autograd.Function):
    """All of a layer's work in one pass over tiles of rows, each way."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        inputs, weight, bias, shape = given
        inputs, weight = inputs.contiguous(), weight.contiguous()
        out = answer(inputs, weight, bias, shape)
        ctx.shape = shape
        ctx.save_for_backward(inputs, weight, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:  # type: ignore[bad-override]
        inputs, weight, out = ctx.saved_tensors
        d_input = torch.empty_like(inputs) if ctx.needs_input_grad[0] else None
        d_weight, d_bias = torch.zeros_like(weight), torch.zeros(len(weight))
        found = (d_input, d_weight, d_bias)
        differentiate(inputs, weight, ctx.shape, out, grad_outputs[0].contiguous(), found=found)
        return *found, None


class _Head(torch.autograd.Function):
    """A hidden layer and a linear map: of the wide gradient between them only some rows are there at once."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        inputs, weight, bias, shape, out_weight, out_bias = given
        inputs = inputs.contiguous()
        hidden = answer(inputs, weight, bias, shape)
        out = answer(hidden, out_weight, out_bias, PLAIN)
        ctx.shape = shape
        ctx.save_for_backward(inputs, weight, hidden, out_weight, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:  # type: ignore[bad-override]
        inputs, weight, hidden, out_weight, out = ctx.saved_tensors
        grad, d_inputs = grad_outputs[0].contiguous(), torch.empty_like(inputs)
        sums = [torch.zeros_like(weight), torch.zeros(len(weight))]
        out_sums = [torch.zeros_like(out_weight), torch.zeros(len(out_weight))]
        d_hidden = torch.empty(min(HEAD_ROWS, len(hidden)), len(weight))
        for first in range(0, len(hidden), HEAD_ROWS):
            rows = slice(first, first + HEAD_ROWS)
            part = d_hidden[: len(hidden[rows])]
            differentiate(hidden[rows], out_weight, PLAIN, out[rows], grad[rows], found=(part, *out_sums))
            differentiate(inputs[rows], weight, ctx.shape, hidden[rows], part, found=(d_inputs[rows], *sums))
        return d_inputs, *sums, None, *out_sums


class _Halves(torch.autograd.Function):
    """The same in bfloat16, by torch's products."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        inputs, weight, bias, shape = given
        weight = weight.to(inputs.dtype)
        out = torch.addmm(bias.to(inputs.dtype), inputs, weight.t())
        if shape:
            native.activate(out.data_ptr(), out.numel(), shape == TANH)
        ctx.shape = shape
        ctx.save_for_backward(inputs, weight, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:  # type: ignore[bad-override]
        inputs, weight, out = ctx.saved_tensors
        sums = grad = grad_outputs[0].to(out.dtype).contiguous()
        if ctx.shape:
            sums = torch.empty_like(out)
            addresses = [out.data_ptr(), grad.data_ptr(), sums.data_ptr()]
            native.activate_backward(addresses, out.numel(), ctx.shape == TANH, True)
        d_input = sums @ weight if ctx.needs_input_grad[0] else None
        return d_input, (sums.t() @ inputs).float(), sums.sum(0, dtype=torch.float32), None
