"""Slots: looks at all things of a kind with the same eyes, thinks, and points at one of them."""

from typing import Literal

from pydantic import Field
from torch import Tensor, nn

from coterie.config import ConfigError
from coterie.games.batch import Spec
from coterie.policies.dense import Dense
from coterie.policies.heads import Heads, stack_of
from coterie.policies.network import Architecture, Memory, Names, Network, Output
from coterie.policies.slots import Eyes, Pointer, kinds_of
from coterie.policies.swift import Swift


class SlotsNetwork(Network):
    def __init__(self, config: "Slots", spec: Spec) -> None:
        super().__init__()
        kinds = kinds_of(spec)
        if spec.sight is None or not kinds:
            raise ConfigError(
                "slots: this game's observation names no things in numbered slots, as lane_0/fuel and "
                "lane_1/fuel; stateless reads any numbers"
            )
        self.eyes = Eyes(kinds, spec.sight, config.slot_units)
        self.first = Dense(len(self.eyes.inputs), config.hidden, usual=self.eyes.usual)
        self.first.names = {"weight": (Names(1, self.eyes.inputs),)}
        self.hidden = stack_of(config.layers - 1, config.hidden)
        self.heads = Heads(config.hidden, spec, auxiliary_value=config.auxiliary_value)
        self.pointers = nn.ModuleDict(
            {
                str(i): Pointer(kind, config.slot_units, config.hidden)
                for i, kind in enumerate(kinds)
                if kind.pointers
            }
        )
        self.swift = Swift.of([self.first, *self.hidden], self.heads, self.eyes, self.pointers)

    @property
    def is_native(self) -> bool:
        return self.swift is not None

    def forward(self, observations: Tensor, starts: Tensor, memory: Memory) -> Output:
        if self.swift is not None and (answer := self.swift(observations)) is not None:
            return answer
        rows = observations.shape[:2]
        joined, *seen = self.eyes(observations.flatten(2).flatten(0, 1))
        thought = self.hidden(self.first(joined))
        output = self.heads(thought.unflatten(0, rows))
        logits = output.logits.flatten(0, 1)
        for kind, pointer in self.pointers.items():
            logits = pointer(seen[int(kind)], thought, logits)
        output.logits = logits.unflatten(0, rows)
        return output


class Slots(Architecture):
    """Sees like things alike, thinks, points: for games of numbers that come in numbered slots."""

    hidden: int = Field(128, ge=8, le=4096, description="units of each hidden layer")
    layers: int = Field(2, ge=1, le=16, description="hidden layers, the first included")
    slot_units: Literal[8, 16, 32] = Field(16, description="units of what is seen of each thing")
    auxiliary_value: bool = Field(False, description="a second value head, `h_values`, for gtd_lambda")

    def build(self, spec: Spec) -> SlotsNetwork:
        return SlotsNetwork(self, spec)
