"""Slots: numbers that come in numbered slots of like things, seen with the same eyes, and pointed at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from coterie.games.batch import Sight, Spec
from coterie.policies.dense import orthogonal
from coterie.policies.network import Names

SLOT = re.compile(r"(?P<thing>.+)_(?P<slot>\d+)/(?P<leaf>.+)")
POINTER = re.compile(r"(?P<verb>.+)_(?P<slot>\d+)")
Part = TypeVar("Part")
POOLS = ("sum", "most")  # of what is seen of all things of a kind


@dataclass(frozen=True, slots=True)
class Kind:
    """N things of one kind: each is told in the same D words, and F families of actions point at them."""

    thing: str
    leaves: tuple[str, ...]  # D
    columns: tuple[tuple[int, ...], ...]  # [N, D] of the observation
    pointers: tuple[tuple[int, ...], ...]  # [F, N] of the logits


def kinds_of(spec: Spec) -> list[Kind]:
    """The kinds a game names as `THING_0/LEAF`, `THING_1/LEAF` and on, with actions `VERB_0` and on to each.

    A family of actions points at the things of which there are as many.
    """
    features = spec.sight.features if spec.sight and spec.sight.view == "vector" else ()
    families = families_of(spec.action_names)
    kinds = []
    for thing, slots in things_of(features).items():
        leaves = tuple(slots[0])
        columns = tuple(tuple(slot[leaf] for leaf in leaves) for slot in slots)
        pointers = tuple(family for family in families if len(family) == len(slots))
        kinds.append(Kind(thing, leaves, columns, pointers))
    return kinds


def things_of(features: Sequence[str]) -> dict[str, list[dict[str, int]]]:
    """Thing → for each of its slots leaf → column, where all slots have the same leaves."""
    found: dict[str, dict[int, dict[str, int]]] = {}
    for column, feature in enumerate(features):
        if match := SLOT.fullmatch(feature):
            found.setdefault(match["thing"], {}).setdefault(int(match["slot"]), {})[match["leaf"]] = column
    rows = {thing: row_of(slots) for thing, slots in found.items()}
    return {
        thing: slots
        for thing, slots in rows.items()
        if slots and all(slot.keys() == slots[0].keys() for slot in slots)
    }


def families_of(action_names: Sequence[Sequence[str]]) -> list[tuple[int, ...]]:
    """The logits of each family of actions that are called `VERB_0`, `VERB_1` and on."""
    found: dict[tuple[int, str], dict[int, int]] = {}
    names = ((head, name) for head, names in enumerate(action_names) for name in names)
    for logit, (head, name) in enumerate(names):
        if match := POINTER.fullmatch(name):
            found.setdefault((head, match["verb"]), {})[int(match["slot"])] = logit
    return [tuple(family) for family in map(row_of, found.values()) if family]


def row_of(slots: dict[int, Part]) -> list[Part]:
    """What is in slots 0 … N − 1, if there are at least two and no gap; else nothing."""
    is_row = len(slots) > 1 and max(slots) == len(slots) - 1
    return [slots[i] for i in range(len(slots))] if is_row else []


class Eye(nn.Linear):
    """What sees things of one kind."""

    columns: Tensor  # int32 [N, D]
    inverse: Tensor  # [D], of what is usual

    def __init__(self, kind: Kind, sight: Sight, units: int) -> None:
        super().__init__(len(kind.leaves), units)
        orthogonal(self, 2**0.5)
        self.names = {"weight": (Names(1, kind.leaves),)}
        usual = torch.tensor([sight.normalizations[column] for column in kind.columns[0]])
        self.register_buffer("columns", torch.tensor(kind.columns, dtype=torch.int32), persistent=False)
        self.register_buffer("inverse", 1 / usual, persistent=False)

    def scaled(self) -> Tensor:
        """The weights for leaves as they come, [D, units]."""
        return (self.weight * self.inverse).t().contiguous()


class Eyes(nn.Module):
    """What is seen of things of all kinds: [B, F] → [B, rest + pools] and of each kind [B, N, units].

    Of each thing relu(W x + b), of each kind the sum over its things, divided by √N, and the most (Zaheer
    and others 2017, "Deep Sets"); the rest of the observation stands before the pools, as it is.
    """

    rest: Tensor

    def __init__(self, kinds: Sequence[Kind], sight: Sight, units: int) -> None:
        super().__init__()
        told = {column for kind in kinds for slot in kind.columns for column in slot}
        rest = [column for column in range(len(sight.features)) if column not in told]
        self.features = len(sight.features)
        self.register_buffer("rest", torch.tensor(rest, dtype=torch.int32), persistent=False)
        self.kinds = nn.ModuleList(Eye(kind, sight, units) for kind in kinds)
        pools = [f"{kind.thing}/{pool}_{i}" for kind in kinds for pool in POOLS for i in range(units)]
        self.inputs = (*(sight.features[column] for column in rest), *pools)
        self.usual = (*(sight.normalizations[column] for column in rest), *(1.0 for _ in pools))

    def each(self) -> list[Eye]:
        """Of every kind."""
        return [eye for eye in self.kinds if isinstance(eye, Eye)]

    def forward(self, flat: Tensor) -> tuple[Tensor, ...]:
        joined, every = [flat.index_select(1, self.rest)], []
        for eye in self.each():
            own = flat.index_select(1, eye.columns.flatten()).view(len(flat), *eye.columns.shape)
            seen = (own @ eye.scaled() + eye.bias).relu()
            joined += [seen.sum(1) / seen.shape[1] ** 0.5, seen.max(1).values]
            every.append(seen)
        return torch.cat(joined, 1), *every


class Pointer(nn.Module):
    """Adds to the logits [B, C] of actions that point at a thing how well it suits, score · relu(K x + Q h).

    Additive attention (Vinyals, Fortunato and Jaitly 2015, "Pointer Networks", equation 3).
    """

    pointers: Tensor

    def __init__(self, kind: Kind, units: int, hidden: int) -> None:
        super().__init__()
        pointers = torch.tensor(kind.pointers, dtype=torch.int32)
        self.register_buffer("pointers", pointers, persistent=False)
        self.key = nn.Parameter(torch.empty(units, units))
        self.query = nn.Linear(hidden, units)
        self.score = nn.Parameter(torch.empty(len(kind.pointers), units))
        nn.init.uniform_(self.key, -(units**-0.5), units**-0.5)
        orthogonal(self.query, 1.0)
        nn.init.orthogonal_(self.score, 0.01)  # at first every action is about as likely

    def forward(self, seen: Tensor, thought: Tensor, logits: Tensor) -> Tensor:
        suits = (seen @ self.key + self.query(thought).unsqueeze(1)).relu() @ self.score.t()
        return logits.index_add(1, self.pointers.flatten(), suits.transpose(1, 2).flatten(1).to(logits.dtype))
