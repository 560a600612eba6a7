"""Precision: in which numbers layers on the CPU take their products."""

import torch


def is_half() -> bool:
    """Whether products are of bfloat16, added up in float32.

    Autocast does not reach into a Function: layers ask.
    """
    return torch.is_autocast_enabled("cpu")
