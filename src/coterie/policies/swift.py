"""Swift: a network of numbers and dense layers does all its work in one native call each way."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from coterie import native
from coterie.policies.built import Built
from coterie.policies.dense import Dense
from coterie.policies.heads import Heads
from coterie.policies.network import Output
from coterie.policies.patches import BYTE_LEVELS
from coterie.policies.precision import is_half
from coterie.policies.slots import Eye, Eyes, Pointer

UNITS = 16  # the native layers' widths are multiples of it
ALL_FACES = [(is_bytes, is_half) for is_bytes in (False, True) for is_half in (False, True)]


@dataclass(frozen=True, slots=True)
class Face:
    """What a native network is beside its weights."""

    inputs: int
    choices: int
    is_bytes: bool
    is_half: bool  # whether products are of bfloat16
    rest: Tensor  # int32, columns that belong to no kind
    kinds: tuple[tuple[Tensor, Tensor], ...]  # int32 columns [N, D] and pointers [F, N] of each


class Swift:
    """The passes of a network made of `layers` with relu and `heads`; with `eyes` and `pointers`, if any."""

    def __init__(
        self,
        layers: Sequence[Dense],
        heads: Heads,
        eyes: Eyes | None = None,
        pointers: dict[int, Pointer] | None = None,
    ) -> None:
        self.layers, self.heads, self.eyes, self.pointers = list(layers), heads, eyes, pointers or {}
        self.said = [heads.logits, heads.value, *(pointer.query for pointer in self.pointers.values())]
        self.faces = {key: self.face(*key) for key in ALL_FACES}
        self.parameters = self.learned()
        self.nets: dict[tuple[bool, bool], Built[Any]] = {key: Built() for key in self.faces}

    @classmethod
    def of(
        cls,
        layers: Sequence[nn.Module],
        heads: Heads,
        eyes: Eyes | None = None,
        pointers: nn.ModuleDict | None = None,
    ) -> "Swift | None":
        """None where the native passes do not know these layers and heads."""
        dense = [layer for layer in layers if isinstance(layer, Dense)]
        is_known = len(dense) == len(layers) and heads.is_plain and heads.value.out_features == 1
        if not is_known or any(layer.is_tanh or layer.out_features % UNITS for layer in dense):
            return None
        named = pointers.items() if pointers is not None else ()
        return cls(dense, heads, eyes, {int(i): one for i, one in named if isinstance(one, Pointer)})

    def __call__(self, observations: Tensor) -> Output | None:
        """`observations` [T, R, ...]; None where they or the weights are elsewhere or of another type."""
        if (
            observations.device.type != "cpu"
            or observations.dtype not in (torch.float32, torch.uint8)
            or self.heads.value.weight.dtype != torch.float32
        ):
            return None
        rows = observations.shape[:2]
        flat = observations.reshape(rows[0] * rows[1], -1)
        face = self.faces[flat.dtype == torch.uint8, is_half()]
        if torch.is_grad_enabled():
            logits, values = _Passes.apply(self, face, flat.contiguous(), *self.parameters)
        else:
            logits, values = torch.empty(len(flat), face.choices), torch.empty(len(flat))
            self.net(face).run(flat.contiguous().numpy(), logits.numpy(), values.numpy())
        return Output(logits.view(*rows, -1), values.view(rows), ())

    def face(self, is_bytes: bool, is_half: bool) -> Face:
        kinds = []
        for i, eye in enumerate(self.eyes.each() if self.eyes else ()):
            nothing = torch.zeros(0, len(eye.columns), dtype=torch.int32)
            kinds.append((eye.columns, self.pointers[i].pointers if i in self.pointers else nothing))
        rest = self.eyes.rest if self.eyes else torch.zeros(0, dtype=torch.int32)
        inputs = self.eyes.features if self.eyes else self.layers[0].in_features
        return Face(inputs, self.heads.logits.out_features, is_bytes, is_half, rest, tuple(kinds))

    def seers(self) -> list[tuple[Eye, Pointer | None]]:
        """Of each kind what sees its things, and what points at them."""
        return [(eye, self.pointers.get(i)) for i, eye in enumerate(self.eyes.each() if self.eyes else ())]

    def learned(self) -> list[Tensor]:
        """What learns, in the order of `weights`: but weights of all heads, then biases of all heads."""
        found: list[Tensor] = []
        for eye, pointer in self.seers():
            found += [eye.weight, eye.bias]
            found += [pointer.key, pointer.score] if pointer else []
        for layer in self.layers:
            found += [layer.weight, layer.bias]
        return [*found, *(layer.weight for layer in self.said), *(layer.bias for layer in self.said)]

    def weights(self) -> list[Tensor]:
        """Of each kind weight, bias, key and score, then weight and bias of each layer and of the heads."""
        found: list[Tensor] = []
        for eye, pointer in self.seers():
            units = eye.out_features
            found += [eye.scaled(), eye.bias]
            found += (
                [pointer.key, pointer.score]
                if pointer
                else [eye.weight.new_zeros(units, units), eye.weight.new_zeros(0, units)]
            )
        for layer in self.layers:
            found += [layer.scaled(), layer.bias]
        return [
            *found,
            torch.cat([layer.weight for layer in self.said]),
            torch.cat([layer.bias for layer in self.said]),
        ]

    def spread(self, sums: Sequence[Tensor]) -> list[Tensor]:
        """Gradients of the parameters from those of the weights, flat each."""
        found: list[Tensor] = []
        rest = iter(sums)
        for eye, pointer in self.seers():
            weight, bias, key, score = islice(rest, 4)
            found += [(weight.view(-1, eye.out_features) * eye.inverse[:, None]).t().contiguous(), bias]
            found += [key.view_as(pointer.key), score.view_as(pointer.score)] if pointer else []
        for layer in self.layers:
            weight, bias = next(rest).view_as(layer.weight), next(rest)
            found += [weight.mul_(layer.inverse) if len(layer.inverse) else weight, bias]
        weight, bias = rest
        counts = [layer.out_features for layer in self.said]
        return [*found, *weight.view(-1, self.heads.logits.in_features).split(counts), *bias.split(counts)]

    def net(self, face: Face) -> Any:
        return self.nets[face.is_bytes, face.is_half](self.parameters, lambda: made(face, self.weights()))


def made(face: Face, weights: Sequence[Tensor]) -> Any:
    """The native network of these weights."""
    arrays = [weight.detach().contiguous().numpy() for weight in weights]
    many = 4 * len(face.kinds)
    kinds = []
    for (columns, pointers), first in zip(face.kinds, range(0, many, 4), strict=True):
        kinds.append((columns.numpy(), *arrays[first : first + 4], pointers.numpy()))
    *layers, heads = zip(arrays[many::2], arrays[many + 1 :: 2], strict=True)
    return native.Swift.make(
        {
            "is_half": face.is_half,
            "inputs": face.inputs,
            "choices": face.choices,
            "levels": BYTE_LEVELS.numpy() if face.is_bytes else None,
            "rest": face.rest.numpy(),
            "kinds": kinds,
            "layers": layers,
            "heads": heads,
        }
    )


class _Passes(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, *given: Any) -> tuple[Tensor, Tensor]:
        swift, face, flat, *_ = given
        net, rows = swift.net(face), len(flat)
        seen = [torch.empty(rows, eye.columns.shape[0], eye.out_features) for eye, _ in swift.seers()]
        hidden = [torch.empty(rows, layer.out_features) for layer in swift.layers]
        joined = torch.empty(rows, net.first_width()) if face.kinds else None
        queries = torch.empty(rows, net.queries())
        logits, values = torch.empty(rows, face.choices), torch.empty(rows)
        ctx.swift, ctx.net, ctx.many = swift, net, len(seen)
        ctx.save_for_backward(flat, queries, joined, *seen, *hidden)
        kept = _kept(joined, seen, hidden, queries)
        net.run_keeping(flat.numpy(), logits.numpy(), values.numpy(), *kept)
        return logits, values

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:  # type: ignore[bad-override]
        flat, queries, joined, *rest = ctx.saved_tensors
        above = [grad.contiguous().numpy() for grad in grad_outputs]
        kept = _kept(joined, rest[: ctx.many], rest[ctx.many :], queries)
        sizes = ctx.net.sizes()
        sums = torch.zeros(sum(sizes))
        ctx.net.back(flat.numpy(), *above, *kept, sums.numpy())
        return None, None, None, *ctx.swift.spread(sums.split(sizes))


def _kept(
    joined: Tensor | None, seen: Sequence[Tensor], hidden: Sequence[Tensor], queries: Tensor
) -> tuple[Any, ...]:
    return (
        None if joined is None else joined.numpy(),
        [part.numpy() for part in seen],
        [part.numpy() for part in hidden],
        queries.numpy(),
    )
