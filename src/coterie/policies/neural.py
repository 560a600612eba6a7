"""Neural: a trained network as a policy that plays."""

from dataclasses import dataclass

import numpy as np
import torch
from pydantic import ConfigDict, Field
from torch import Tensor

from coterie.games.batch import Spec
from coterie.policies.choice import greedy, log_probabilities, sample
from coterie.policies.crew import Crew
from coterie.policies.network import Architecture, Memory, Network, Output
from coterie.policies.policy import Actor, Insight, Policy

SAID = ("logits", "values")
FEW = 32  # rows: less are not worth a thread of their own


@dataclass(slots=True)
class State:
    """What a neural actor remembers of R rows."""

    memory: Memory
    starts: Tensor  # bool [1, R]: an episode begins with the next step
    keys: np.ndarray  # int64 [R], which numbers each row draws
    seed: int
    counter: int = 0


def keys_of(worlds: np.ndarray) -> np.ndarray:
    """A number for each row, int64 [R], made of its world and its place among the rows of that world."""
    order = np.argsort(worlds, kind="stable")
    ordered = worlds[order]
    is_first = np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(worlds)]
    begins = np.flatnonzero(is_first)
    place = np.empty(len(worlds), np.int64)
    place[order] = np.arange(len(worlds)) - begins[np.cumsum(is_first) - 1]
    return worlds.astype(np.int64) * 2**24 + place


class NeuralActor(Actor):
    """Acts by what its network says: draws from its probabilities, or takes the most probable action."""

    def __init__(
        self, network: Network, spec: Spec, *, is_greedy: bool = False, temperature: float = 1.0
    ) -> None:
        self.network = network.eval()
        self.spec = spec
        self.is_greedy, self.temperature = is_greedy, temperature
        self.device = next(network.parameters()).device
        self.crew = Crew(1)

    def begin(self, worlds: np.ndarray, seed: int) -> State:
        rows = len(worlds)
        threads = max(1, min(self.threads, rows // FEW)) if self.device.type == "cpu" else 1
        if threads != self.crew.threads:
            self.crew.close()
            self.crew = Crew(threads, shares_rows=self.network.is_native)
        if threads > 1:
            torch.set_num_threads(1)  # the crew's workers are the threads
        starts = torch.ones(1, rows, dtype=torch.bool)
        return State(self.network.memory(rows), starts, keys_of(np.asarray(worlds)), seed)

    def think(self, observations: np.ndarray, state: State, rows: slice) -> Output:
        """What the network says of some rows, one step."""
        with torch.inference_mode():
            seen = torch.from_numpy(np.ascontiguousarray(observations[rows])).unsqueeze(0).to(self.device)
            memory = tuple(part[rows] for part in state.memory)
            return self.network(seen, state.starts[:, rows].to(self.device), memory)

    def thought(self, observations: np.ndarray, state: State) -> tuple[Tensor, Tensor, Memory]:
        """Logits [R, C], values [R] and the memory after, by as many threads as there are."""
        parts = self.crew.split(0, len(observations))
        outputs = self.crew.map(lambda rows: self.think(observations, state, rows), parts)
        if len(outputs) == 1:
            return outputs[0].logits[0], outputs[0].values[0], outputs[0].memory
        memories = zip(*(output.memory for output in outputs), strict=True)
        logits, values = (torch.cat([getattr(output, name)[0] for output in outputs]) for name in SAID)
        return logits, values, tuple(map(torch.cat, memories))

    @torch.inference_mode()
    def act(self, observations: np.ndarray, masks: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        logits, values, memory = self.thought(observations, state)
        if self.temperature != 1:
            logits = logits / self.temperature
        sizes = self.spec.actions
        if self.is_asked:
            allowed = torch.from_numpy(masks).to(self.device) if self.spec.has_mask else None
            chances = log_probabilities(logits, allowed, sizes).exp()
            self.insight = Insight(chances.cpu().numpy(), values.float().cpu().numpy())
        if self.is_greedy:
            actions, _ = greedy(logits, masks, sizes)
        else:
            actions, _ = sample(logits, masks, sizes, seed=state.seed, counter=state.counter, keys=state.keys)
        none = torch.zeros_like(state.starts)
        return actions.cpu().numpy(), State(memory, none, state.keys, state.seed, state.counter + 1)

    def forget(self, state: State, ended: np.ndarray) -> State:
        starts = state.starts | torch.from_numpy(np.asarray(ended, dtype=np.bool_)).unsqueeze(0)
        return State(state.memory, starts, state.keys, state.seed, state.counter)


class Neural(Policy):
    """A network with the architecture and the spec it was trained for; in another game matched by name."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    network: Network
    architecture: Architecture
    spec: Spec
    is_greedy: bool = Field(False, description="take the most probable action instead of drawing one")
    temperature: float = Field(
        1.0, gt=0, allow_inf_nan=False, description="logits are divided by it: the lower, the surer"
    )

    def build(self, spec: Spec) -> NeuralActor:
        is_at_home = (spec.sight, spec.action_names) == (self.spec.sight, self.spec.action_names)
        network = self.network if is_at_home else self.fitted(spec)
        return NeuralActor(network, spec, is_greedy=self.is_greedy, temperature=self.temperature)

    def fitted(self, spec: Spec) -> Network:
        """A network for games of this spec with these weights, matched by name.

        ConfigError if they do not fit. Torch's own generator is left as it was.
        """
        with torch.random.fork_rng(devices=()):
            network = self.architecture.build(spec).to(next(self.network.parameters()).device)
        network.adopt(self.network)
        return network
