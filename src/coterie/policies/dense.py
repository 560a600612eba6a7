"""Dense: a linear layer with its activation, on the CPU without a pass over memory more than needed."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from coterie import native
from coterie.policies.network import Names

SHAPES = ("plain", "relu", "tanh")  # of a layer's answer, by their number in the native layers
TANH = 2


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
    # autocast does not reach into a Function: the type of its products is settled here.
    product = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else torch.float32
    flat = input.reshape(-1, input.shape[-1]).to(product)
    function = _Native if product == torch.float32 else _Torch
    return function.apply(flat, weight, bias, SHAPES.index(shape)).view(*input.shape[:-1], -1)


class _Native(torch.autograd.Function):
    """All of a layer's work in one pass over tiles of rows, each way."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        inputs, weight, bias, shape = given
        inputs, weight = inputs.contiguous(), weight.contiguous()
        out = torch.empty(len(inputs), len(weight))
        native.dense_forward(inputs.numpy(), weight.numpy(), bias.numpy(), shape, out.numpy())
        ctx.shape = shape
        ctx.save_for_backward(inputs, weight, bias, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:  # type: ignore[bad-override]
        inputs, weight, bias, out = ctx.saved_tensors
        d_input = torch.empty_like(inputs) if ctx.needs_input_grad[0] else None
        d_weight, d_bias = torch.zeros_like(weight), torch.zeros_like(bias)
        native.dense_backward(
            *(part.numpy() for part in (inputs, weight, bias)),
            ctx.shape,
            out.numpy(),
            grad_outputs[0].contiguous().numpy(),
            None if d_input is None else d_input.numpy(),
            d_weight.numpy(),
            d_bias.numpy(),
        )
        return d_input, d_weight, d_bias, None


class _Torch(torch.autograd.Function):
    """The same in half precision, by torch's products."""

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
