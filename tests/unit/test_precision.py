"""Layers in bfloat16: near what they are in float32, whether or not the processor multiplies it."""

import pytest
import torch
from torch import Tensor

from coterie.policies import dense, recurrence
from coterie.policies.dense import Dense
from coterie.policies.recurrence import Lstm


@pytest.fixture(params=[True, False], ids=["multiplied", "rounded"])
def multiplies(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Halves as on a processor that multiplies them, and on one that does not."""
    for module in (dense, recurrence):
        monkeypatch.setattr(module, "multiplies_halves", lambda: request.param)
    return request.param


def test_an_lstm_in_bfloat16_is_near(multiplies: bool) -> None:
    layer, inputs = Lstm(20, 24), torch.randn(7, 5, 20)
    starts, memory = torch.rand(7, 5) < 0.3, layer.memory(5)
    weights = [layer.weight_input, layer.weight_hidden, layer.bias]

    def scalar(out: Tensor, after: tuple[Tensor, ...]) -> Tensor:
        blend = torch.linspace(-1, 1, out.numel()).view(out.shape)
        return (out.float() * blend).sum() + sum((part * part.sin()).sum() for part in after)

    exact = torch.autograd.grad(scalar(*layer(inputs, starts, memory)), weights)
    with torch.autocast("cpu", torch.bfloat16):
        out, after = layer(inputs, starts, memory)
    assert out.dtype == (torch.bfloat16 if multiplies else torch.float32)
    assert {part.dtype for part in after} == {torch.float32}
    for a, b in zip(torch.autograd.grad(scalar(out, after), weights), exact, strict=True):
        assert a.dtype == torch.float32
        assert 1e-4 * b.norm() < (a - b).norm() < 0.03 * b.norm()


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_dense_layer_in_bfloat16_is_near(activation: str, multiplies: bool) -> None:
    layer, inputs = Dense(13, 11, activation), torch.randn(3, 5, 13)  # type: ignore[arg-type]
    with torch.autocast("cpu", torch.bfloat16):
        half = layer(inputs)
    assert half.dtype == (torch.bfloat16 if multiplies else torch.float32)
    torch.testing.assert_close(half.float(), layer(inputs), rtol=0.05, atol=0.05)
    assert not torch.equal(half.float(), layer(inputs))
