"""TokenSum: a first layer for tokens, the positive part of the sum of the rows of a table they stand for."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from coterie import native
from coterie.games.batch import Sight, Spec
from coterie.policies.built import Built
from coterie.policies.codebook import PADDING, SLOTS, Codebook, codebook
from coterie.policies.network import Names

TYPICAL_ENTRIES = 64  # rows that an observation adds up, by order of magnitude: the fan-in of the layer
BLOCK = 64  # columns the native sum takes at once


class TokenSum(nn.Module):
    """[..., L, 3] bytes → [..., width]: ReLU of bias + sum of weight · row over what the tokens stand for.

    A sparse layer over (cell of the window × channel). A row of a cell is its own part plus a part that
    all cells share through a few directions (ahead, how far, …), so that what is learnt of a thing in one
    cell holds for its neighbours from the start: `cells` [cells, channels, width] + `bearings` @ `shared`.
    """

    bearings: Tensor  # [cells, directions], constants

    def __init__(self, spec: Spec, sight: Sight, width: int) -> None:
        super().__init__()
        self.book = codebook(spec, sight)
        self.width = -(-width // BLOCK) * BLOCK  # summed in whole blocks; what is too much is cut off
        self.columns = width
        self.register_buffer("bearings", bearings(self.book.cells, sight), persistent=False)
        cells, channels = len(self.book.cells), len(self.book.channels)
        scale = 1 / math.sqrt(TYPICAL_ENTRIES)
        strength = self.bearings.square().sum(1).mean().sqrt().item()
        self.cells = nn.Parameter(torch.randn(cells, channels, self.width) * scale * math.sqrt(0.5))
        self.shared = nn.Parameter(
            torch.randn(self.bearings.shape[1], channels, self.width) * scale * math.sqrt(0.5) / strength
        )
        self.rest = nn.Parameter(torch.randn(len(self.book.rest), self.width) * scale)
        self.bias = nn.Parameter(torch.zeros(self.width))
        self.names = {
            "cells": (Names(0, tuple(map(str, self.book.cells))), Names(1, self.book.channels)),
            "shared": (Names(1, self.book.channels),),
            "rest": (Names(0, self.book.rest),),
        }
        self.table: Built[Tensor] = Built()

    def forward(self, observations: Tensor) -> Tensor:
        lead = observations.shape[:-2]
        tokens = observations.reshape(-1, *observations.shape[-2:])
        rows = (self.cells, self.shared, self.rest)
        weights = (*rows, self.bias)
        if observations.device.type != "cpu":
            out = token_sum_reference(self.book, self.bearings, tokens, weights)
        else:
            table = self.table(rows, lambda: _table(self.bearings, *rows))
            out = _TokenSumFunction.apply(self.book, self.bearings, tokens, table, *weights)
        return out[:, : self.columns].reshape(*lead, self.columns)


def bearings(cells: tuple[tuple[int, int], ...], sight: Sight) -> Tensor:
    """What the cells share: being there, down, right, far, near, and how squarely on each of four sides."""
    place = torch.tensor(cells, dtype=torch.float32).view(-1, 2)
    reach = torch.tensor([max(1, sight.height // 2), max(1, sight.width // 2)])
    distance = place.abs().sum(1, keepdim=True).clamp(min=1)
    sides = torch.cat([place, -place], 1).clamp(min=0) / distance
    near = torch.exp(-(distance - 1) / 2)
    everywhere = torch.ones(len(cells), 1)
    return torch.cat([everywhere, place / reach, distance / reach.sum(), near, sides], 1)


def _table(turns: Tensor, cells: Tensor, shared: Tensor, rest: Tensor) -> Tensor:
    """The rows of all cells, then the rest: [rows, width]."""
    many, channels, width = cells.shape
    table = torch.empty(many * channels + len(rest), width)
    own, together = cells.detach().view(many, -1), shared.detach().view(len(shared), -1)
    torch.addmm(own, turns, together, out=table[: many * channels].view(many, channels * width))
    table[many * channels :] = rest
    return table


class _TokenSumFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        book, turns, tokens, table, cells, shared, _, bias = given
        readings = book.native.find(tokens.contiguous().numpy())
        out = torch.empty(len(tokens), table.shape[1])
        readings.sum(table.numpy(), bias.detach().numpy(), out.numpy())
        ctx.readings, ctx.rows, ctx.shapes = readings, book.rows, (cells.shape, shared.shape)
        ctx.save_for_backward(turns, out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:  # type: ignore[bad-override]
        grad = grad_outputs[0]
        turns, out = ctx.saved_tensors
        cells, shared = ctx.shapes
        grad, above = torch.empty_like(out), grad.float().contiguous()
        native.relu_backward(*(part.view(-1).numpy() for part in (out, above, grad)))
        table = torch.zeros(ctx.rows, grad.shape[1])
        ctx.readings.sum_backward(grad.numpy(), table.numpy())
        of_cells = table[: cells[0] * cells[1]]
        d_shared = torch.mm(turns.t(), of_cells.view(cells[0], -1)).view(shared)
        return None, None, None, None, of_cells.view(cells), d_shared, table[len(of_cells) :], grad.sum(0)


def token_sum_reference(
    book: Codebook, turns: Tensor, tokens: Tensor, weights: tuple[Tensor, Tensor, Tensor, Tensor]
) -> Tensor:
    """What `TokenSum` computes in plain torch: for other devices and as the kernels' oracle.

    `tokens` [N, L, 3] uint8 → [N, width].
    """
    cells, shared, rest, bias = weights
    rows, weight = entries(book, tokens)
    own = cells + torch.einsum("ck,knw->cnw", turns, shared)
    table = torch.cat([own.flatten(0, 1), rest])
    found = nn.functional.embedding_bag(rows, table, per_sample_weights=weight.to(table.dtype), mode="sum")
    return (found + bias).relu()


def entries(book: Codebook, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Rows int64 and weights float32 [N, E] that each observation adds up, filled up with weight 0."""
    parts = book.tensors(tokens.device)
    location, feature, value = tokens.long().unbind(-1)
    following = parts["digit"].long()[feature]
    is_next = torch.zeros_like(location, dtype=torch.bool)
    is_next[:, 1:] = (following[:, :-1] == feature[:, 1:]) & (location[:, :-1] == location[:, 1:])
    amount = value
    for _ in range(book.digits - 1):
        higher = torch.where(is_next, amount, 0)
        amount = value + book.parts["base"] * torch.cat([higher[:, 1:], torch.zeros_like(higher[:, :1])], 1)
    scale = 256 + (32 * torch.log2(amount.float() / 256)).long()
    slot = torch.where(amount < 256, amount, scale.clamp(max=SLOTS - 1))
    code = (parts["scope"].long()[location] * 256 + feature) * SLOTS + slot
    begin, count = parts["first"][code].long(), (parts["first"][code + 1] - parts["first"][code]).long()
    offset = parts["offset"].long()[location]
    heard = (offset >= 0) & ~is_next & (location != PADDING)
    place = torch.arange(book.most, device=tokens.device)
    is_there = heard.unsqueeze(-1) & (place < count.unsqueeze(-1))
    at = torch.where(is_there, begin.unsqueeze(-1) + place, 0)
    row = parts["row"].long()[at]
    row = torch.where(row < 0, ~row, row + offset.unsqueeze(-1))
    weight = torch.where(is_there, parts["weight"][at], 0.0)
    return torch.where(is_there, row, 0).flatten(1), weight.flatten(1)
