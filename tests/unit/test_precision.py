"""Products however many numbers the processor multiplies at a time, in float32 and in bfloat16."""

import pytest
import torch
from torch import Tensor

from coterie import native
from coterie.games.batch import Batch
from coterie.games.catalog import make
from coterie.policies.architectures import architecture
from coterie.policies.dense import linear
from coterie.policies.recurrence import Lstm, lstm_reference

# Columns: a part of a panel, one, more.
SIZES = [(1, 1), (13, 16), (33, 17), (121, 40), (140, 70), (256, 8)]


def rounded(numbers: Tensor) -> Tensor:
    return numbers.bfloat16().float()


def halved() -> torch.autocast:
    return torch.autocast("cpu", torch.bfloat16)


@pytest.mark.usefixtures("lanes")
@pytest.mark.parametrize("rows", [1, 5, 8, 14, 97])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("is_half", [False, True])
def test_products_are_torch_s(rows: int, size: tuple[int, int], is_half: bool) -> None:
    """In bfloat16 of all that is multiplied, there and back, added up in float32."""
    torch.manual_seed(0)
    inputs, weight = (
        torch.randn(rows, size[0], requires_grad=True),
        torch.randn(size[::-1], requires_grad=True),
    )
    bias, grad = torch.randn(size[1], requires_grad=True), torch.randn(rows, size[1])
    with torch.autocast("cpu", torch.bfloat16, enabled=is_half):
        out = linear(inputs, weight, bias)
    found = torch.autograd.grad(out, [inputs, weight, bias], grad)
    x, w, g = (rounded(part.detach()) if is_half else part.detach() for part in (inputs, weight, grad))
    assert out.dtype == torch.float32
    torch.testing.assert_close(out, torch.nn.functional.linear(x, w, bias), rtol=1e-4, atol=1e-4)
    for ours, theirs in zip(found, (g @ w, g.t() @ x, grad.sum(0)), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.usefixtures("lanes")
@pytest.mark.parametrize("units", [8, 16, 24])
@pytest.mark.parametrize("rows", [5, 33])
def test_an_lstm_is_torch_s_or_near(units: int, rows: int) -> None:
    torch.manual_seed(0)
    layer, inputs = Lstm(20, units), torch.randn(7, rows, 20)
    starts, memory = torch.rand(7, rows) < 0.3, (torch.randn(rows, units), torch.randn(rows, units))
    weights = (layer.weight_input, layer.weight_hidden, layer.bias)

    def gradients(out: Tensor, after: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        blend = torch.linspace(-1, 1, out.numel()).view(out.shape)
        loss = (out * blend).sum() + sum((part * part.sin()).sum() for part in after)
        return torch.autograd.grad(loss, weights)

    theirs = gradients(*lstm_reference(inputs, starts, memory, weights))
    for a, b in zip(gradients(*layer(inputs, starts, memory)), theirs, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)
    with halved():
        out, after = layer(inputs, starts, memory)
    assert {part.dtype for part in (out, *after)} == {torch.float32}
    for a, b in zip(gradients(out, after), theirs, strict=True):
        assert 1e-4 * b.norm() < (a - b).norm() < 0.03 * b.norm()


def said_in_halves(name: str, mission: str) -> list[Tensor]:
    """What a network in bfloat16 says of a game's first sight, and its gradients."""
    batch = Batch(make(mission), 3, seed=3)
    torch.manual_seed(0)
    network = architecture(name).build(batch.spec)
    observations = torch.from_numpy(batch.observations.copy()).unsqueeze(0)
    starts, memory = torch.zeros(observations.shape[:2], dtype=torch.bool), network.memory(batch.rows)
    with halved():
        output = network(observations, starts, memory)
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    gradients = torch.autograd.grad(output.logits.square().sum() + output.values.sum(), weights)
    return [output.logits, output.values, *gradients]


@pytest.mark.parametrize(
    ("name", "mission"),
    [
        ("stateless", "prospector.basic"),
        ("slots", "prospector.basic"),
        ("fast", "cogsguard_arena.basic"),
        ("lstm", "echo.noisy"),
    ],
)
def test_every_processor_finds_the_same_in_bfloat16(name: str, mission: str, lanes: int) -> None:
    """One that does not multiply it rounds to it and multiplies floats."""
    here = said_in_halves(name, mission)
    native.lanes(8 if lanes > 8 else 32)
    for a, b in zip(said_in_halves(name, mission), here, strict=True):
        assert (a - b).norm() <= 1e-2 * b.norm()


@pytest.mark.parametrize("name", ["stateless", "slots"])
def test_a_whole_network_in_bfloat16_is_near(name: str) -> None:
    batch = Batch(make("prospector.basic"), 64, seed=3)
    torch.manual_seed(0)
    network = architecture(name).build(batch.spec)
    observations = torch.from_numpy(batch.observations.copy()).unsqueeze(0)
    starts = torch.zeros(observations.shape[:2], dtype=torch.bool)
    exact = network(observations, starts, ())
    with halved():
        near = network(observations, starts, ())
    for a, b in ((near.logits, exact.logits), (near.values, exact.values)):
        assert a.dtype == torch.float32
        assert 1e-4 * b.norm() < (a - b).norm() < 0.02 * b.norm()
