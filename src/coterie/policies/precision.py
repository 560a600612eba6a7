"""Precision: in which numbers layers on the CPU take their products."""

import functools

import torch
from torch import Tensor


def is_half() -> bool:
    """Whether products are of bfloat16. Autocast does not reach into a Function: layers ask."""
    return torch.is_autocast_enabled("cpu")


@functools.cache
def multiplies_halves() -> bool:
    """Whether this processor multiplies bfloat16; where it does not, torch takes twenty times as long."""
    found = torch.cpu.get_capabilities()
    return any(found.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def rounded(numbers: Tensor) -> Tensor:
    """To bfloat16, kept as floats: their products are those of bfloat16, added up in float32 as these are."""
    return numbers.bfloat16().float()
