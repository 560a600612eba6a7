"""Stateless: an encoder and hidden layers, nothing remembered."""

from pydantic import Field
from torch import Tensor

from coterie.games.batch import Spec
from coterie.policies.encoders import Vector, encoder, is_native
from coterie.policies.heads import Heads, stack_of
from coterie.policies.network import Architecture, Memory, Network, Output
from coterie.policies.swift import Swift


class StatelessNetwork(Network):
    def __init__(self, config: "Stateless", spec: Spec) -> None:
        super().__init__()
        self.encoder = encoder(spec, config.hidden)
        self.hidden = stack_of(config.layers - 1, config.hidden)
        self.heads = Heads(config.hidden, spec, auxiliary_value=config.auxiliary_value)
        first = [self.encoder.dense] if isinstance(self.encoder, Vector) else [self.encoder]
        self.swift = Swift.of([*first, *self.hidden], self.heads)

    @property
    def is_native(self) -> bool:
        return is_native(self.encoder)

    def forward(self, observations: Tensor, starts: Tensor, memory: Memory) -> Output:
        if self.swift is not None and (answer := self.swift(observations)) is not None:
            return answer
        return self.heads(self.hidden(self.encoder(observations)))


class Stateless(Architecture):
    """Sees, thinks, acts: the fastest to train, for games that show all that counts."""

    hidden: int = Field(128, ge=8, le=4096, description="units of each hidden layer")
    layers: int = Field(2, ge=1, le=16, description="hidden layers, the encoder's included")
    auxiliary_value: bool = Field(False, description="a second value head, `h_values`, for gtd_lambda")

    def build(self, spec: Spec) -> StatelessNetwork:
        return StatelessNetwork(self, spec)
