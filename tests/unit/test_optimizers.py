"""Optimizers against their published recursions, and against themselves saved and restored."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from coterie.config import ConfigError
from coterie.games.batch import Batch
from coterie.games.catalog import make
from coterie.policies import architectures
from coterie.training.config import OptimizerConfig
from coterie.training.optimizers import Muon, Optimizer, Part, is_matrix, optimizer, orthogonal, tables

TYPES = ("adam", "adamw", "muon", "adamw_schedulefree", "sgd_schedulefree")


class Net(nn.Module):
    """A table, a hidden layer, a head: what optimizers tell apart."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(5, 4)
        self.hidden = nn.Linear(4, 6)
        self.action_head = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.action_head(torch.tanh(self.hidden(self.words(x))))


@pytest.fixture
def net() -> Net:
    torch.manual_seed(3)
    return Net()


def gradients(net: nn.Module, count: int, seed: int = 0) -> Iterator[list[Tensor]]:
    """The same random gradients again for the same seed; set as `.grad`, too."""
    generator = torch.Generator().manual_seed(seed)
    for _ in range(count):
        given = [torch.randn(weight.shape, generator=generator) for weight in net.parameters()]
        for weight, gradient in zip(net.parameters(), given, strict=True):
            weight.grad = gradient.clone()
        yield given


def config(**settings: Any) -> OptimizerConfig:
    return OptimizerConfig().replace(**{"learning_rate": 0.01, "weight_decay": 0.1, **settings})


def weights(net: nn.Module) -> list[Tensor]:
    return [weight.detach().clone().double() for weight in net.parameters()]


def expect(net: nn.Module, wanted: list[Tensor]) -> None:
    torch.testing.assert_close(weights(net), wanted, rtol=1e-4, atol=1e-6)


def adamw(w: Tensor, g: list[Tensor], rate: float, *, decoupled: bool = True) -> Tensor:
    """Loshchilov and Hutter 2019, algorithm 2, in float64; or Adam with the decay in the gradient."""
    m, v = torch.zeros_like(w), torch.zeros_like(w)
    for t, gradient in enumerate(g, start=1):
        gradient = gradient.double() + (0 if decoupled else 0.1) * w
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        step = (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8)
        w = w - rate * (step + (0.1 if decoupled else 0) * w)
    return w


@pytest.mark.parametrize("decoupled", [True, False])
def test_adam_and_adamw(net: Net, decoupled: bool) -> None:
    start = weights(net)
    moved = optimizer(config(type="adamw" if decoupled else "adam"), net)
    history = []
    for given in gradients(net, 7):
        history.append(given)
        moved.step()
    per_weight = list(zip(*history, strict=True))
    expect(
        net, [adamw(w, list(g), 0.01, decoupled=decoupled) for w, g in zip(start, per_weight, strict=True)]
    )


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
@pytest.mark.parametrize("warmup", [0, 4])
def test_schedule_free_is_the_published_recursion(net: Net, kind: str, warmup: int) -> None:
    """Defazio et al. 2024, algorithm 1: z, x and y as three lists of numbers, in float64."""
    rate, decay, beta = 0.01, 0.1, 0.8
    moved = optimizer(config(type=f"{kind}_schedulefree", momentum=beta, warmup_steps=warmup), net)
    z = weights(net)
    x, y = list(z), list(z)
    v = [torch.zeros_like(w) for w in z]
    total = 0.0
    for t, given in enumerate(gradients(net, 9), start=1):
        moved.step()
        now = rate * min(1, t / warmup) if warmup else rate
        total += now**2
        c = now**2 / total
        for i, gradient in enumerate(given):
            g = gradient.double()
            if kind == "adamw":
                v[i] = 0.999 * v[i] + 0.001 * g**2
                g = g / ((v[i] / (1 - 0.999**t)).sqrt() + 1e-8)
            z[i] = z[i] - now * g - now * decay * y[i]
            x[i] = (1 - c) * x[i] + c * z[i]
            y[i] = (1 - beta) * z[i] + beta * x[i]
        expect(net, y)
    moved.eval_weights()
    expect(net, x)
    moved.train_weights()
    expect(net, y)
    assert max((a - b).abs().max() for a, b in zip(x, y, strict=True)) > 1e-3, "x and y must differ here"


def test_schedule_free_goes_to_the_average_and_back_without_losing_a_bit(net: Net) -> None:
    moved = optimizer(config(type="adamw_schedulefree"), net)
    for _ in gradients(net, 5):
        moved.step()
    before = weights(net)
    for _ in range(3):
        moved.eval_weights()
        moved.eval_weights()
        moved.train_weights()
    assert all(torch.equal(a, b) for a, b in zip(before, weights(net), strict=True))
    moved.eval_weights()
    with pytest.raises(RuntimeError, match="train_weights"):
        moved.step()


def test_the_average_of_equal_steps_is_the_mean_of_z(net: Net) -> None:
    """With one learning rate, c = 1/t: x is the plain mean of all z."""
    moved = optimizer(config(type="sgd_schedulefree", weight_decay=0.0), net)
    z = weights(net)
    seen = []
    for given in gradients(net, 6):
        moved.step()
        z = [w - 0.01 * g.double() for w, g in zip(z, given, strict=True)]
        seen.append(z)
    moved.eval_weights()
    expect(net, [torch.stack(list(one)).mean(0) for one in zip(*seen, strict=True)])


def test_orthogonal_flattens_singular_values() -> None:
    """Jordan et al. 2024: all between 0.7 and 1.2; the singular vectors stay."""
    torch.manual_seed(1)
    for rows, columns in ((8, 8), (32, 6), (5, 40)):
        matrix = torch.randn(rows, columns)
        u, s, v = torch.linalg.svd(matrix, full_matrices=False)
        made = orthogonal(matrix)
        inside = u.T @ made @ v.T
        assert inside.diagonal().min() > 0.6 and inside.diagonal().max() < 1.25, (rows, columns)
        assert (inside - inside.diagonal().diag()).abs().max() < 1e-3
        assert s.max() / s.min() > 1.5
        scalar = 3.4445 * 0.5 - 4.7750 * 0.5**3 + 2.0315 * 0.5**5
        twice = orthogonal(torch.diag(torch.tensor([0.3, 0.3, 0.3, 0.3])), steps=1)  # each 0.5 of the norm
        torch.testing.assert_close(twice.diagonal(), torch.full((4,), scalar), rtol=1e-5, atol=1e-5)


def test_muon_moves_hidden_matrices_and_adamw_the_rest(net: Net) -> None:
    assert tables(net) == {"words.weight"}
    named = dict(net.named_parameters())
    assert [name for name, w in named.items() if is_matrix(name, w) and name not in tables(net)] == [
        "hidden.weight"
    ]
    start = dict(zip(named, weights(net), strict=True))
    moved = optimizer(config(type="muon", momentum=0.7), net)
    history = []
    for given in gradients(net, 4):
        history.append(given)
        moved.step()
    per_weight = dict(zip(named, zip(*history, strict=True), strict=True))
    wanted = {name: adamw(w, list(per_weight[name]), 0.01) for name, w in start.items()}
    w, m = start["hidden.weight"], torch.zeros(6, 4, dtype=torch.float64)
    for gradient in per_weight["hidden.weight"]:
        m = 0.7 * m + gradient.double()
        step = orthogonal((gradient.double() + 0.7 * m).float()).double()
        w = w * (1 - 0.01 * 0.1) - 0.01 * 0.2 * 6**0.5 * step
    wanted["hidden.weight"] = w
    expect(net, [wanted[name] for name in named])
    with pytest.raises(ConfigError, match="muon moves hidden matrices and this network has none; take adamw"):
        optimizer(config(type="muon"), nn.Embedding(4, 4))


def test_muon_knows_the_matrices_of_our_networks() -> None:
    """Not the rows of the encoder's table of tokens, nor what gives logits and values."""
    spec = Batch(make("cogsguard_arena.basic"), 1).spec
    net = architectures.architecture("fast").build(spec)
    moved = optimizer(config(type="muon"), net)
    assert isinstance(moved, Muon)
    held = {id(weight) for group in moved.matrices.param_groups for weight in group["params"]}
    assert [name for name, weight in net.named_parameters() if id(weight) in held] == [
        "recurrence.layers.0.weight_input",
        "recurrence.layers.0.weight_hidden",
        "heads.actor.weight",
        "heads.critic.weight",
    ]


@pytest.mark.parametrize("type_name", TYPES)
def test_learning_rate_is_read_at_every_step(net: Net, type_name: str) -> None:
    """At a rate of nearly nothing what gradients move stands still; schedule-free averages on."""
    moved = optimizer(config(type=type_name), net)
    for _ in gradients(net, 2):
        moved.step()
    before = [weight.detach().clone() for weight in moved.moved()]
    moved.learning_rate = 1e-30
    for _ in gradients(net, 1):
        moved.step()
    assert all(torch.equal(a, b) for a, b in zip(before, moved.moved(), strict=True))


class Rates(Optimizer):
    """Notes at which rates it is to move."""

    def __init__(self, config: OptimizerConfig) -> None:
        super().__init__(config, {})
        self.rates: list[float] = []

    def parts(self) -> dict[str, Part]:
        return {}

    def move(self, rate: float) -> None:
        self.rates.append(rate)


def test_warm_up_reaches_the_rate_on_a_line() -> None:
    seen = Rates(OptimizerConfig(learning_rate=0.5, warmup_steps=4))
    for _ in range(6):
        seen.step()
    assert seen.rates == [0.125, 0.25, 0.375, 0.5, 0.5, 0.5]


@pytest.mark.parametrize("type_name", TYPES)
def test_saved_and_restored_it_goes_on_bit_by_bit(type_name: str) -> None:
    def made() -> tuple[Net, Optimizer]:
        torch.manual_seed(5)
        net = Net()
        return net, optimizer(config(type=type_name, warmup_steps=3), net)

    net, moved = made()
    for _ in gradients(net, 3, seed=1):
        moved.step()
    moved.eval_weights()
    tensors, values = moved.state()
    saved = {name: tensor.clone() for name, tensor in tensors.items()}
    network = {name: tensor.clone() for name, tensor in net.state_dict().items()}

    other, again = made()
    for _ in gradients(other, 2, seed=9):  # elsewhere entirely
        again.step()
    other.load_state_dict(network)
    again.restore(saved, values)
    assert all(torch.equal(a, b) for a, b in zip(weights(net), weights(other), strict=True))
    for one, its in ((net, moved), (other, again)):
        its.train_weights()
        for _ in gradients(one, 3, seed=2):
            its.step()
        its.eval_weights()
    assert all(torch.equal(a, b) for a, b in zip(weights(net), weights(other), strict=True))
    for name, tensor in again.state()[0].items():
        assert torch.equal(tensor, moved.state()[0][name]), name


def test_a_state_that_does_not_fit_is_refused(net: Net) -> None:
    moved = optimizer(config(type="adam"), net)
    for _ in gradients(net, 1):
        moved.step()
    tensors, values = moved.state()
    with pytest.raises(ConfigError, match="the checkpoint has adam, the run adamw"):
        optimizer(config(type="adamw"), net).restore(tensors, values)
    with pytest.raises(ConfigError, match=r"'adam\.elsewhere\.exp_avg', which is no weight"):
        moved.restore({"adam.elsewhere.exp_avg": torch.zeros(1)}, values)
    with pytest.raises(ConfigError, match=r"has the shape \(2, 2\), here it is \(6, 4\)"):
        moved.restore({"adam.hidden.weight.exp_avg": torch.zeros(2, 2)}, values)
    free = optimizer(config(type="sgd_schedulefree"), net)
    with pytest.raises(ConfigError, match=r"no z and x of 'words\.weight'"):
        free.restore({}, free.state()[1])


@pytest.mark.parametrize("type_name", TYPES)
def test_a_weight_without_gradient_stays(net: Net, type_name: str) -> None:
    moved = optimizer(config(type=type_name), net)
    for _ in gradients(net, 2):
        net.words.weight.grad = None
        before = net.words.weight.detach().clone()
        moved.step()
        assert torch.equal(before, net.words.weight)


@pytest.mark.parametrize("type_name", TYPES)
def test_it_learns(type_name: str) -> None:
    """Regression of a table of 5 numbers: every optimizer brings the error below a tenth in 300 steps."""
    torch.manual_seed(0)
    net = Net()
    x, wanted = torch.arange(5), torch.randn(5, 3)
    rate = 0.3 if type_name == "sgd_schedulefree" else 0.02
    moved = optimizer(config(type=type_name, learning_rate=rate, weight_decay=0.0), net)
    first = (net(x) - wanted).square().mean().item()
    for _ in range(300):
        net.zero_grad()
        (net(x) - wanted).square().mean().backward()
        moved.step()
    moved.eval_weights()
    assert (net(x) - wanted).square().mean().item() < first / 10
