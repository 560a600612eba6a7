"""Encoders: the first layers of a network, by what the game's observations stand for."""

import math

import torch
from torch import Tensor, nn

from coterie import native
from coterie.games.batch import Sight, Spec
from coterie.policies.dense import Dense
from coterie.policies.image import Image, is_image
from coterie.policies.patches import BYTE_LEVELS, Patches
from coterie.policies.tokens import TokenSum

CNN_CHANNELS = 64


def encoder(spec: Spec, width: int) -> nn.Module:
    """Observations [T, R, ...] → [T, R, width], positive: sparse sum, convolutions or one dense layer."""
    if spec.sight is None or spec.sight.view == "vector":
        return Image(spec, width) if is_image(spec) else Vector(spec, width)
    if spec.sight.view == "tokens":
        return TokenSum(spec, spec.sight, width)
    return Picture(spec.sight, width)


def is_native(encoder: nn.Module) -> bool:
    """Whether native kernels do all of an encoder's work on the CPU."""
    return isinstance(encoder, (TokenSum, Vector))


def levels(observations: Tensor) -> Tensor:
    """Bytes as floats on a scale of logarithms, `BYTE_LEVELS`; floats as they are."""
    if observations.dtype != torch.uint8:
        return observations
    if observations.device.type == "cpu":
        flat = observations.reshape(-1)
        out = torch.empty(len(flat))
        native.look_up(flat.numpy(), BYTE_LEVELS.numpy(), out.numpy())
        return out.view(observations.shape)
    return (observations.float() + 1).log2() / 2


class Vector(nn.Module):
    """One dense layer over whatever numbers there are."""

    def __init__(self, spec: Spec, width: int) -> None:
        super().__init__()
        usual = spec.sight.normalizations if spec.sight else ()
        is_plain = all(scale == 1 for scale in usual)
        self.dense = Dense(math.prod(spec.observation_shape), width, usual=() if is_plain else usual)

    def forward(self, observations: Tensor) -> Tensor:
        return self.dense(levels(observations.flatten(2)))


class Picture(nn.Module):
    """A convolution over patches of a window of planes or tiles, then two dense layers over all patches."""

    def __init__(self, sight: Sight, width: int) -> None:
        super().__init__()
        self.first = Patches(sight, CNN_CHANNELS)
        self.second = Dense(self.first.places * CNN_CHANNELS, width)
        self.third = Dense(width, width)

    def forward(self, observations: Tensor) -> Tensor:
        patches = self.first(observations.flatten(0, 1)).flatten(1)
        return self.third(self.second(patches)).unflatten(0, observations.shape[:2])
