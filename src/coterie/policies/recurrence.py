"""Recurrence: memory that runs through the steps of rows and is zeroed where an episode starts."""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from coterie import native
from coterie.policies.built import Built
from coterie.policies.precision import is_half


class Lstm(nn.Module):
    """One layer: [T, R, inputs] → [T, R, units], memory (hidden, cell) [R, units].

    Gates stand in torch's order: input, forget, candidate, output. The forget gate starts open, bias 1.
    """

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.units = units
        self.weight_input = nn.Parameter(torch.empty(4 * units, inputs))
        self.weight_hidden = nn.Parameter(torch.empty(4 * units, units))
        self.bias = nn.Parameter(torch.zeros(4 * units))
        for weight in (self.weight_input, self.weight_hidden):
            for gate in weight.data.chunk(4):
                nn.init.orthogonal_(gate)
        self.bias.data[units : 2 * units] = 1.0
        self.layers: dict[bool, Built[Any]] = {is_half: Built() for is_half in (False, True)}

    def memory(self, rows: int) -> tuple[Tensor, Tensor]:
        zeros = torch.zeros(rows, self.units, device=self.bias.device)
        return zeros, zeros.clone()

    def forward(
        self, inputs: Tensor, starts: Tensor, memory: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        hidden, cell = memory
        weights = (self.weight_input, self.weight_hidden, self.bias)
        if inputs.device.type != "cpu":
            return lstm_reference(inputs, starts, (hidden, cell), weights)
        halves = is_half()
        layer = self.layers[halves](weights, lambda: made(*weights, halves))
        out, hidden, cell = _Native.apply(layer, inputs.float(), starts, hidden, cell, *weights)
        return out, (hidden, cell)


class LstmStack(nn.Module):
    """`depth` layers, one above the other; memory is (hidden, cell) of each in turn."""

    def __init__(self, inputs: int, units: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Lstm(inputs if k == 0 else units, units) for k in range(depth))

    def memory(self, rows: int) -> tuple[Tensor, ...]:
        return tuple(part for layer in self.layers for part in cast(Lstm, layer).memory(rows))

    def forward(
        self, inputs: Tensor, starts: Tensor, memory: tuple[Tensor, ...]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        after: tuple[Tensor, ...] = ()
        for k, layer in enumerate(self.layers):
            inputs, parts = layer(inputs, starts, memory[2 * k : 2 * k + 2])
            after += parts
        return inputs, after


def lstm_reference(
    inputs: Tensor, starts: Tensor, memory: tuple[Tensor, Tensor], weights: tuple[Tensor, Tensor, Tensor]
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """What `Lstm` computes, step by step in plain torch: for other devices and as the kernels' oracle."""
    weight_input, weight_hidden, bias = weights
    hidden, cell = memory
    sums = nn.functional.linear(inputs, weight_input, bias)
    keeps = (~starts).to(hidden.dtype).unsqueeze(-1)
    steps = []
    for step, keep in zip(sums, keeps, strict=True):
        gates = step + nn.functional.linear(hidden * keep, weight_hidden)
        enter, forget, candidate, leave = gates.float().chunk(4, -1)
        cell = forget.sigmoid() * (cell * keep) + enter.sigmoid() * candidate.tanh()
        hidden = leave.sigmoid() * cell.tanh()
        steps.append(hidden)
    return torch.stack(steps), (hidden, cell)


def made(weight_input: Tensor, weight_hidden: Tensor, bias: Tensor, is_half: bool) -> Any:
    """The native layer over input and hidden side by side."""
    joined = torch.cat([weight_input, weight_hidden], 1).detach()
    return native.Layer.make(joined.numpy(), bias.detach().numpy(), is_half)


class _Native(torch.autograd.Function):
    """The layer on the CPU: one call each way."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> tuple[Tensor, Tensor, Tensor]:
        layer, inputs, starts, hidden, cell, *_ = given
        steps, rows, width = inputs.shape
        units = hidden.shape[1]
        inputs, starts = inputs.contiguous(), starts.contiguous()
        joined = torch.empty(steps, rows, width + units)
        gates, out = torch.empty(steps, rows, 4 * units), torch.empty(steps, rows, units)
        cells = torch.empty(steps + 1, rows, units)
        cells[0] = cell
        passed = (inputs, starts, joined, gates, cells, out)
        native.lstm(layer, *(part.numpy() for part in passed), hidden.contiguous().numpy())
        ctx.layer = layer
        ctx.save_for_backward(*passed)
        return out, out[-1].clone(), cells[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:  # type: ignore[bad-override]
        d_out, *d_memory = (grad.contiguous() for grad in grad_outputs)
        passed = ctx.saved_tensors
        inputs, starts, joined, gates, *_ = passed
        d_hidden, d_cell = (grad.clone() for grad in d_memory)
        d_inputs = torch.empty_like(inputs) if ctx.needs_input_grad[1] else None
        d_weight, d_bias = torch.zeros(gates.shape[2], joined.shape[2]), torch.zeros(gates.shape[2])
        native.lstm_backward(
            ctx.layer,
            *(part.numpy() for part in (*passed, d_out, d_hidden, d_cell)),
            None if d_inputs is None else d_inputs.numpy(),
            d_weight.numpy(),
            d_bias.numpy(),
        )
        keep = (~starts[0]).unsqueeze(1)
        of_inputs, of_hidden = d_weight.split([inputs.shape[2], d_hidden.shape[1]], 1)
        return None, d_inputs, None, d_hidden * keep, d_cell * keep, of_inputs, of_hidden, d_bias
