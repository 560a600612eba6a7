"""Heads: from a network's features to what it does and what it expects."""

import torch
from torch import Tensor, nn

from coterie.games.batch import Spec
from coterie.policies.dense import Dense, head, linear, orthogonal
from coterie.policies.network import Memory, Names, Output

# The logit of an action that a network met only after training: e^-10, unless training takes it up.
UNTRIED = -10.0


class Logits(nn.Linear):
    """[..., inputs] → [..., C], rows named by action, so that they can be matched in another game."""

    def __init__(self, inputs: int, spec: Spec) -> None:
        super().__init__(inputs, sum(spec.actions))
        orthogonal(self, 0.01)  # at first every action is about as likely
        actions = tuple(f"{k}:{name}" for k, names in enumerate(spec.action_names) for name in names)
        self.names = {"weight": (Names(0, actions),), "bias": (Names(0, actions, unknown=UNTRIED),)}


class Heads(nn.Module):
    """Actor and critic over shared features, each with a hidden layer of `actor` and `critic` units if not 0.

    With `auxiliary_value` a second estimate beside the value: `h_values` and `h_weights` in extra.
    """

    def __init__(
        self, inputs: int, spec: Spec, *, actor: int = 0, critic: int = 0, auxiliary_value: bool = False
    ) -> None:
        super().__init__()
        self.actor = Dense(inputs, actor) if actor else nn.Identity()
        self.critic = Dense(inputs, critic, "tanh") if critic else nn.Identity()
        self.logits = Logits(actor or inputs, spec)
        self.value = nn.Linear(critic or inputs, 2 if auxiliary_value else 1)
        orthogonal(self.value, 1.0)

    def forward(self, features: Tensor, memory: Memory = ()) -> Output:
        """`features` [T, R, inputs]; logits and values come as float32 whatever autocast does."""
        logits, values = self.both(features)
        extra = (
            {"h_values": values[..., 1], "h_weights": self.value.weight[1]} if values.shape[-1] == 2 else {}
        )
        return Output(logits, values[..., 0], memory, extra)

    @property
    def is_plain(self) -> bool:
        """Whether nothing stands before either."""
        return isinstance(self.actor, nn.Identity) and isinstance(self.critic, nn.Identity)

    def both(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and values, in one product where nothing stands before either: features are read once."""
        if not self.is_plain:
            logits, values = head(features, self.actor, self.logits), head(features, self.critic, self.value)
            return logits.float(), values.float()
        weight = torch.cat([self.logits.weight, self.value.weight])
        bias = torch.cat([self.logits.bias, self.value.bias])
        found = linear(features, weight, bias).float()
        logits, values = found.split([self.logits.out_features, self.value.out_features], -1)
        return logits, values


def stack_of(layers: int, units: int) -> nn.Sequential:
    """`layers` hidden layers of `units`."""
    return nn.Sequential(*(Dense(units, units) for _ in range(layers)))
