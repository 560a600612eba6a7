"""Fast: an encoder straight into an LSTM, with wide actor and critic."""

from pydantic import Field
from torch import Tensor

from coterie.games.batch import Spec
from coterie.policies.encoders import encoder, is_native
from coterie.policies.heads import Heads
from coterie.policies.network import Architecture, Memory, Network, Output
from coterie.policies.recurrence import LstmStack


class FastNetwork(Network):
    def __init__(self, config: "Fast", spec: Spec) -> None:
        super().__init__()
        self.encoder = encoder(spec, config.encoded)
        self.recurrence = LstmStack(config.encoded, config.hidden, 1)
        self.heads = Heads(
            config.hidden,
            spec,
            actor=config.actor,
            critic=config.critic,
            auxiliary_value=config.auxiliary_value,
        )

    @property
    def is_native(self) -> bool:
        return is_native(self.encoder)

    def memory(self, rows: int) -> Memory:
        return self.recurrence.memory(rows)

    def forward(self, observations: Tensor, starts: Tensor, memory: Memory) -> Output:
        features, memory = self.recurrence(self.encoder(observations), starts, memory)
        return self.heads(features, memory)


class Fast(Architecture):
    """The sizes of Metta's Fast policy; tokens are read by a sparse layer, not by convolutions over a box."""

    encoded: int = Field(128, ge=8, le=4096, description="units of the encoder")
    hidden: int = Field(128, ge=8, le=4096, multiple_of=8, description="units of the memory")
    actor: int = Field(512, ge=0, le=8192, description="units of the actor's hidden layer, 0 for none")
    critic: int = Field(1024, ge=0, le=8192, description="units of the critic's hidden layer, 0 for none")
    auxiliary_value: bool = Field(True, description="a second value head, `h_values`, for gtd_lambda")

    def build(self, spec: Spec) -> FastNetwork:
        return FastNetwork(self, spec)
