"""The contract of a trainable policy: an architecture, a frozen config, builds a torch module for a game."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from coterie.config import Config, ConfigError
from coterie.games.batch import Spec

# What a network remembers of R rows: tensors [R, ...] of its own choice, none if it forgets everything.
Memory = tuple[Tensor, ...]


@dataclass(slots=True)
class Output:
    """What a network says of T steps of R rows. C = sum of the action heads' sizes.

    `extra` holds what some losses ask for by name: `h_values` [T, R] of gtd_lambda's second head, and
    `h_weights`, what it multiplies features with.
    """

    logits: Tensor  # [T, R, C], unmasked
    values: Tensor  # [T, R]
    memory: Memory  # after the last step
    extra: dict[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Names:
    """What a parameter's slices along `dim` stand for, by name, so that another game's can be matched.

    A module tells them in a dict `names`, parameter's name → one Names for each such dim. `unknown` fills
    the slices of names that were not there in training.
    """

    dim: int
    names: tuple[str, ...]
    unknown: float = 0.0


class Network(nn.Module, ABC):
    """Acts and judges: one module for the rollout (T = 1) and for training (T = horizon).

    Both give the same numbers for the same steps: memory runs through the T steps and is zeroed before every
    step whose `starts` is true, because a new episode begins there.
    """

    def memory(self, rows: int) -> Memory:
        """The memory before an episode's first step, on the device of the weights."""
        return ()

    @abstractmethod
    def forward(self, observations: Tensor, starts: Tensor, memory: Memory) -> Output:
        """`observations` [T, R, ...] as the game wrote them (uint8 or float32), `starts` bool [T, R]."""

    @property
    def is_native(self) -> bool:
        """Whether native kernels do all its work on the CPU in float32: they share their rows themselves."""
        return False

    def parameters_count(self) -> int:
        return sum(weight.numel() for weight in self.parameters() if weight.requires_grad)

    def adopt(self, trained: "Network") -> None:
        """Take the weights of a network of the same architecture that was trained in another game.

        Features, tags, cells (by their distance from the centre) and actions are matched by name. What this
        game has and that one had not reads as 0; an action of that kind is all but never taken;
        what only that one had is dropped. ConfigError where the two differ otherwise.
        """
        ours, theirs = dict(_named(self)), dict(_named(trained))
        source = dict(trained.named_parameters())
        if type(self) is not type(trained) or source.keys() != dict(self.named_parameters()).keys():
            raise ConfigError(
                "the weights are of a network that is built otherwise: of another architecture or view"
            )
        for name, weight in self.named_parameters():
            fresh = source[name]
            for had, needed in zip(theirs.get(name, ()), ours.get(name, ()), strict=True):
                fresh = _matched(fresh, had, needed, name)
            if fresh.shape != weight.shape:
                raise ConfigError(
                    f"{name}: trained as {tuple(fresh.shape)}, needed as {tuple(weight.shape)}, and its "
                    "parts have no names to match; the same sizes and observations would do"
                )
            with torch.no_grad():
                weight.copy_(fresh)


def _named(network: Network) -> Iterator[tuple[str, tuple[Names, ...]]]:
    """Names of every parameter that has them, by the parameter's full name."""
    for prefix, module in network.named_modules():
        for name, names in getattr(module, "names", {}).items():
            yield f"{prefix}.{name}" if prefix else name, names


def _matched(weight: Tensor, had: Names, needed: Names, parameter: str) -> Tensor:
    """The weight with its named slices in the order that is needed."""
    if had == needed:
        return weight
    place = {name: i for i, name in enumerate(had.names)}
    found = [(i, place[name]) for i, name in enumerate(needed.names) if name in place]
    if not found:
        raise ConfigError(
            f"{parameter}: none of {', '.join(needed.names[:4])} … is known to the trained network"
        )
    shape = list(weight.shape)
    shape[needed.dim] = len(needed.names)
    result = torch.full(shape, needed.unknown, dtype=weight.dtype, device=weight.device)
    to, source = (torch.tensor(part, device=weight.device) for part in zip(*found, strict=True))
    return result.index_copy_(needed.dim, to, weight.detach().index_select(needed.dim, source))


class Architecture(Config, ABC):
    """What a person names with `policy_architecture`. Its class is its file's stem, capitalised."""

    @abstractmethod
    def build(self, spec: Spec) -> Network:
        """A fresh network for games of this spec, weights drawn from torch's generator.

        ConfigError if it cannot read the game's observations.
        """


def remember(memory: Memory, starts: Tensor) -> Memory:
    """The memory with the rows zeroed whose episode starts; `starts` bool [R]."""
    keep = (~starts).to(torch.float32)
    return tuple(part * keep.to(part.dtype).view(-1, *[1] * (part.dim() - 1)) for part in memory)
