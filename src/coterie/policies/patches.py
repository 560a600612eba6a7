"""Patches: a first convolution over planes or tiles that only looks at what is not empty."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from coterie import native
from coterie.games.batch import Sight
from coterie.policies.network import Names

# What a byte of no known meaning is worth: 1 → 0.5, 255 → 4. One-hot bytes and counts both stay near 1.
BYTE_LEVELS = torch.log2(1 + torch.arange(256, dtype=torch.float32)) / 2
TYPICAL_ENTRIES = 16  # cells of a patch that are not empty, by order of magnitude: the fan-in of the layer


class Patches(nn.Module):
    """[N, planes, height, width] or tiles [N, height, width] → [N, places, channels], after ReLU.

    Patches of 5 by 5 cells lie 3 apart. A tile stands for a plane of its own; tile 0 is nothing. Planes are
    named, so that another game's can be matched.
    """

    def __init__(self, sight: Sight, channels: int) -> None:
        super().__init__()
        is_tiles = sight.view == "tiles"
        self.size = min(5, sight.height, sight.width)
        self.stride = min(3, self.size)
        planes = 256 if is_tiles else len(sight.features)
        self.window = (is_tiles, planes, sight.height, sight.width, self.size, self.stride)
        rows, columns = ((side - self.size) // self.stride + 1 for side in (sight.height, sight.width))
        self.places = rows * columns
        self.weight = nn.Parameter(torch.randn(planes, self.size**2, channels) / math.sqrt(TYPICAL_ENTRIES))
        self.bias = nn.Parameter(torch.zeros(channels))
        if not is_tiles:
            self.names = {"weight": (Names(0, sight.features),)}

    def forward(self, observations: Tensor) -> Tensor:
        if observations.device.type != "cpu":
            return patches_reference(self, observations)
        return _PatchesFunction.apply(self.window, observations.flatten(1), self.weight, self.bias)


def patches_reference(layer: Patches, observations: Tensor) -> Tensor:
    """What `Patches` computes in plain torch: for other devices and as the kernel's oracle."""
    is_tiles, planes, *_ = layer.window
    if is_tiles:
        cells = nn.functional.one_hot(observations.long(), planes).permute(0, 3, 1, 2).float()
        cells = torch.cat([torch.zeros_like(cells[:, :1]), cells[:, 1:]], 1)
    else:
        cells = (observations.float() + 1).log2() / 2
    kernel = layer.weight.unflatten(1, (layer.size, layer.size)).permute(3, 0, 1, 2)
    return nn.functional.conv2d(cells, kernel, layer.bias, layer.stride).relu().flatten(2).transpose(1, 2)


class _PatchesFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *given: Any) -> Tensor:
        window, cells, weight, bias = given
        _, _, height, width, size, stride = window
        places = ((height - size) // stride + 1) * ((width - size) // stride + 1)
        cells, flat = cells.contiguous(), weight.detach().flatten(0, 1).contiguous()
        out = torch.empty(len(cells), places, flat.shape[1])
        parts = (cells, BYTE_LEVELS, flat, bias.detach(), out)
        native.patch_sum(window, *(part.numpy() for part in parts))
        ctx.window = window
        ctx.save_for_backward(cells, out, weight)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:  # type: ignore[bad-override]
        cells, out, weight = ctx.saved_tensors
        above, grad = grad_outputs[0].float().contiguous(), torch.empty_like(out)
        native.relu_backward(*(part.view(-1).numpy() for part in (out, above, grad)))
        d_weight = torch.zeros(weight.shape).flatten(0, 1)
        native.patch_sum_backward(
            ctx.window, *(part.numpy() for part in (cells, BYTE_LEVELS, grad, d_weight))
        )
        return None, None, d_weight.view(weight.shape), grad.sum((0, 1))
