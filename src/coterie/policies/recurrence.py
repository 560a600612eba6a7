"""Recurrence: memory that runs through the steps of rows and is zeroed where an episode starts."""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from coterie import native
from coterie.policies.built import Built
from coterie.policies.precision import is_half, multiplies_halves, rounded


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
        self.layer: Built[Any] = Built()

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
        if is_half() and multiplies_halves():
            out, hidden, cell = _Halves.apply(inputs, starts, hidden, cell, *weights)
        elif is_half():
            weights = (rounded(self.weight_input), rounded(self.weight_hidden), self.bias)
            out, hidden, cell = _Native.apply(made(*weights), rounded(inputs), starts, hidden, cell, *weights)
        else:
            layer = self.layer(weights, lambda: made(*weights))
            out, hidden, cell = _Native.apply(layer, inputs, starts, hidden, cell, *weights)
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


def made(weight_input: Tensor, weight_hidden: Tensor, bias: Tensor) -> Any:
    """The native layer over input and hidden side by side."""
    joined = torch.cat([weight_input, weight_hidden], 1).detach()
    return native.Layer.make(joined.numpy(), bias.detach().numpy())


class _Native(torch.autograd.Function):
    """The layer on the CPU in float32: one call each way."""

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


class _Halves(torch.autograd.Function):
    """The same in bfloat16: torch's products, of all steps at once if they can be, and native gates."""

    @staticmethod
    def forward(ctx: Any, *given: Any) -> tuple[Tensor, Tensor, Tensor]:
        inputs, starts, hidden, cell, weight_input, weight_hidden, bias = given
        product = torch.bfloat16
        steps, rows, width = inputs.shape
        units = hidden.shape[1]
        inputs = inputs.to(product).contiguous()
        starts = starts.contiguous()
        w_in, w_hid = weight_input.to(product), weight_hidden.to(product)
        gates = torch.addmm(bias.to(product), inputs.view(-1, width), w_in.t()).view(steps, rows, 4 * units)
        before = torch.empty(steps, rows, units, dtype=product)  # hidden as each step sees it
        before[0] = hidden.masked_fill(starts[0].unsqueeze(1), 0.0)
        out = torch.empty(steps, rows, units, dtype=product)
        cells = torch.empty(steps + 1, rows, units)
        cells[0] = cell
        start, row = starts.data_ptr(), rows * units
        g, c, o, b = (part.data_ptr() for part in (gates, cells, out, before))
        size, turned = out.element_size(), w_hid.t()
        for t in range(steps):
            step, last = gates[t], t + 1 == steps
            torch.addmm(step, before[t], turned, out=step)
            addresses = [
                g + t * 4 * row * size,
                c + t * row * 4,
                start + t * rows,
                0 if last else start + (t + 1) * rows,
                c + (t + 1) * row * 4,
                o + t * row * size,
                0 if last else b + (t + 1) * row * size,
            ]
            native.lstm_step(rows, units, addresses)
        ctx.save_for_backward(inputs, starts, gates, cells, before, w_in, w_hid)
        return out, out[-1].float(), cells[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:  # type: ignore[bad-override]
        d_out, d_hidden, d_cell = grad_outputs
        inputs, starts, gates, cells, before, w_in, w_hid = ctx.saved_tensors
        steps, rows, units = before.shape
        product = inputs.dtype
        d_out = d_out.to(product).contiguous()
        carry = d_hidden.to(product, copy=True).contiguous()
        cell_carry = d_cell.clone(memory_format=torch.contiguous_format)
        sums = torch.empty_like(gates)
        size, row = gates.element_size(), rows * units
        start = starts.data_ptr()
        g, c, o, s = (part.data_ptr() for part in (gates, cells, d_out, sums))
        wants_memory = any(ctx.needs_input_grad[2:4])
        fixed = carry.data_ptr(), cell_carry.data_ptr()
        for t in range(steps - 1, -1, -1):
            addresses = [
                g + t * 4 * row * size,
                c + t * row * 4,
                c + (t + 1) * row * 4,
                start + t * rows,
                0 if t + 1 == steps else start + (t + 1) * rows,
                o + t * row * size,
                *fixed,
                s + t * 4 * row * size,
            ]
            native.lstm_step_backward(rows, units, addresses)
            if t or wants_memory:
                torch.mm(sums[t], w_hid, out=carry)
        flat = sums.view(steps * rows, 4 * units)
        d_input = torch.mm(flat, w_in).view_as(inputs) if ctx.needs_input_grad[0] else None
        d_weight_input = torch.mm(flat.t(), inputs.view(steps * rows, -1)).float()
        d_weight_hidden = torch.mm(flat.t(), before.view(steps * rows, units)).float()
        d_bias = flat.sum(0, dtype=torch.float32)
        keep = (~starts[0]).unsqueeze(1)
        d_first = (carry.float() * keep, cell_carry * keep) if wants_memory else (None, None)
        return d_input, None, *d_first, d_weight_input, d_weight_hidden, d_bias
