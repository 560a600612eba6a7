"""Image: convolutions over a picture, which a game shows without saying what its numbers stand for."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from coterie.games.batch import Spec
from coterie.policies.dense import Dense

# (channels, size, stride) of each layer: Mnih et al. 2015 where there is room, else whole neighbourhoods.
LARGE = ((32, 8, 4), (64, 4, 2), (64, 3, 1))
SMALL = ((32, 3, 1), (64, 3, 2))
ROOM = 36  # the least side that LARGE leaves a place of


def is_image(spec: Spec) -> bool:
    """Whether observations are three-dimensional, at least 4 by 4, with at most 64 channels first or last."""
    if spec.sight is not None or len(spec.observation_shape) != 3:
        return False
    channels, height, width = channels_first(spec.observation_shape)
    return channels <= 64 and min(height, width) >= 4


def channels_first(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Channels, height and width; the channels stand first, as in stacked frames, or else last."""
    first, middle, last = shape
    return (first, middle, last) if first < last else (last, first, middle)


class Image(nn.Module):
    """Pictures [T, R, C, height, width] or [T, R, height, width, C] → [T, R, width], positive.

    Bytes are divided by 255, floats taken as they are.
    """

    def __init__(self, spec: Spec, width: int) -> None:
        super().__init__()
        channels, *sides = channels_first(spec.observation_shape)
        self.is_last = spec.observation_shape[0] >= spec.observation_shape[2]
        layers = LARGE if min(sides) >= ROOM else SMALL
        counts = [channels, *(count for count, _, _ in layers)]
        self.layers = nn.ModuleList(
            nn.Conv2d(before, after, size, stride)
            for (before, after), (_, size, stride) in zip(pairwise(counts), layers, strict=True)
        )
        for layer in self.layers:
            nn.init.orthogonal_(layer.weight, math.sqrt(2))  # type: ignore[bad-argument-type]
            nn.init.zeros_(layer.bias)  # type: ignore[bad-argument-type]
        for _, size, stride in layers:
            sides = [(side - size) // stride + 1 for side in sides]
        self.dense = Dense(counts[-1] * math.prod(sides), width)

    def forward(self, observations: Tensor) -> Tensor:
        seen = observations.flatten(0, 1)
        seen = seen.movedim(3, 1) if self.is_last else seen
        seen = seen.float() / 255 if seen.dtype == torch.uint8 else seen
        for layer in self.layers:
            seen = layer(seen).relu()
        return self.dense(seen.flatten(1)).unflatten(0, observations.shape[:2])
