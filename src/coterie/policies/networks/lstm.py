"""Lstm: an encoder, a hidden layer and an LSTM."""

from pydantic import Field
from torch import Tensor

from coterie.games.batch import Spec
from coterie.policies.encoders import encoder, is_native
from coterie.policies.heads import Heads, stack_of
from coterie.policies.network import Architecture, Memory, Network, Output
from coterie.policies.recurrence import LstmStack


class LstmNetwork(Network):
    def __init__(self, config: "Lstm", spec: Spec) -> None:
        super().__init__()
        self.encoder = encoder(spec, config.hidden)
        self.hidden = stack_of(config.layers - 1, config.hidden)
        self.recurrence = LstmStack(config.hidden, config.hidden, config.depth)
        self.heads = Heads(config.hidden, spec, auxiliary_value=config.auxiliary_value)

    @property
    def is_native(self) -> bool:
        return is_native(self.encoder)

    def memory(self, rows: int) -> Memory:
        return self.recurrence.memory(rows)

    def forward(self, observations: Tensor, starts: Tensor, memory: Memory) -> Output:
        features, memory = self.recurrence(self.hidden(self.encoder(observations)), starts, memory)
        return self.heads(features, memory)


class Lstm(Architecture):
    """Sees, remembers, acts: the usual choice where not everything that counts is in sight."""

    hidden: int = Field(
        128, ge=8, le=4096, multiple_of=8, description="units of each layer and of the memory"
    )
    layers: int = Field(2, ge=1, le=16, description="hidden layers before the memory, the encoder's included")
    depth: int = Field(1, ge=1, le=8, description="layers of memory")
    auxiliary_value: bool = Field(False, description="a second value head, `h_values`, for gtd_lambda")

    def build(self, spec: Spec) -> LstmNetwork:
        return LstmNetwork(self, spec)
