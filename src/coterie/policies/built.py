"""Built: what kernels read is made of weights once, and again when these changed."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

Made = TypeVar("Made")
BUILDING = threading.Lock()  # made once, whoever needs it first


class Built(Generic[Made]):
    """Keeps what was made of weights until one changes (in place, as optimizers do); copies start empty."""

    def __init__(self) -> None:
        self.made: tuple[list[tuple[int, int]], Made] | None = None

    def __call__(self, weights: Sequence[Tensor], make: Callable[[], Made]) -> Made:
        key = [(weight.data_ptr(), weight._version) for weight in weights]
        with BUILDING:
            if self.made is None or self.made[0] != key:
                with torch.no_grad(), torch.autocast("cpu", enabled=False):
                    self.made = key, make()
            return self.made[1]

    def __getstate__(self) -> dict[str, Any]:
        return {"made": None}
