"""The learner's native kernels against plain torch: sums of tokens, recurrences, dense layers, choices."""

import copy
import pickle
import threading
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from coterie import native
from coterie.games import catalog
from coterie.games.batch import Batch, Sight, Spec
from coterie.policies import dense
from coterie.policies.choice import entropy, greedy, likelihood, log_probabilities, log_probability, sample
from coterie.policies.codebook import codebook, knots, level
from coterie.policies.dense import HEAD_ROWS, Dense, linear
from coterie.policies.encoders import levels
from coterie.policies.min_gru import MinGru, min_gru_reference
from coterie.policies.patches import BYTE_LEVELS, Patches, patches_reference
from coterie.policies.recurrence import Lstm, lstm_reference
from coterie.policies.tokens import TokenSum, entries, token_sum_reference


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(5)


def close(a: Tensor, b: Tensor, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def same_gradients(ours: Tensor, theirs: Tensor, weights: Sequence[Tensor], tolerance: float = 1e-4) -> None:
    """Both scalars, and their gradients by every weight."""
    close(ours, theirs, tolerance)
    found = torch.autograd.grad(ours, weights)
    for a, b in zip(found, torch.autograd.grad(theirs, weights), strict=True):
        close(a, b, tolerance)


def seen(mission: str, steps: int = 40) -> tuple[Spec, Sight, Tensor]:
    """A game's observations after random play, [rows, tokens, 3]."""
    batch = Batch(catalog.make(mission), worlds=4, seed=3)
    draws = np.random.default_rng(0)
    for _ in range(steps):
        batch.actions[:] = draws.integers(0, batch.spec.actions, batch.actions.shape)
        batch.step()
    assert batch.spec.sight is not None
    return batch.spec, batch.spec.sight, torch.from_numpy(batch.observations.copy())


def by_hand(base: int = 256) -> tuple[Spec, Sight]:
    """A window of 3 by 3, amounts in digits."""
    sight = Sight(
        view="tokens",
        height=3,
        width=3,
        features=("tag", "inv:ore", "inv:ore:p1", "inv:ore:p2", "last_action", "last_reward", "vibe"),
        normalizations=(1.0,) * 7,
        tags=("wall", "mine"),
        base=base,
    )
    spec = Spec(
        seats=1,
        observation_shape=(12, 3),
        observation_is_float=False,
        actions=(3,),
        action_names=(("noop", "north", "change_vibe_calm"),),
        has_mask=False,
        max_steps=8,
        usual_steps=0,
        statistics=(),
        seat_statistics=(),
        sight=sight,
    )
    return spec, sight


def told(tokens: list[tuple[int, int, int]], base: int = 256) -> list[tuple[str, float]]:
    """What tokens stand for, by name."""
    spec, sight = by_hand(base)
    book = codebook(spec, sight)
    cells = [f"{cell} {channel}" for cell in book.cells for channel in book.channels]
    rows = [*cells, *book.rest]
    padded = np.array([*tokens, (255, 255, 255)], np.uint8)
    return [(rows[row], round(weight, 4)) for row, weight in book.native.entries(padded)]


def test_a_tag_in_a_cell_has_a_row_of_that_cell() -> None:
    assert told([(0, 0, 1)]) == [("(-1, -1) tag=mine", 1.0)]
    assert told([(18, 0, 0)]) == [("(0, 1) tag=wall", 1.0)]
    assert told([(17, 0, 9)]) == [("self tag=other", 1.0)]


def test_what_is_of_no_cell_is_told_by_name() -> None:
    assert told([(254, 4, 1)]) == [("nowhere last_action=north", 1.0)]
    assert told([(17, 6, 0)]) == [("self vibe=calm", 1.0)]
    assert told([(254, 5, 255)]) == [
        ("nowhere last_reward~-1", 1.0),
        ("nowhere last_reward#", round(-level(1), 4)),
    ]


def test_digits_are_put_together() -> None:
    assert told([(17, 1, 5)])[:2] == [("self inv:ore~4", 0.5), ("self inv:ore~6", 0.5)]
    (low, _), (high, _), (_, height) = told([(17, 1, 44), (17, 2, 1)])  # 300
    assert (low, high) == ("self inv:ore~256", "self inv:ore~512")
    assert height == pytest.approx(level(300), abs=0.003)
    assert told([(17, 1, 2), (17, 2, 3), (17, 3, 1)], base=10) == told([(17, 1, 132)])
    # Digits of another cell's amount are its own.
    assert told([(16, 1, 44), (17, 2, 1)]) == told([(16, 1, 44)])


def test_knots_share_an_amount() -> None:
    for amount in (0, 1, 5, 100, 255, 300.5, 65535, 1e6):
        found = knots(amount)
        assert sum(weight for _, weight in found) == pytest.approx(1)
        assert all(weight > 0 for _, weight in found)


def test_places_outside_the_window_and_unknown_features_tell_nothing() -> None:
    assert told([(3, 0, 1), (200, 0, 1), (17, 77, 1), (17, 2, 1)]) == []


MISSIONS = ["cogsguard_arena.basic", "arena.basic", "in_context.level_0", "grid.garden"]


@pytest.mark.parametrize("mission", MISSIONS)
def test_a_sum_of_tokens_is_torch_s(mission: str) -> None:
    spec, sight, observations = seen(mission)
    layer = TokenSum(spec, sight, 96)
    weights = (layer.cells, layer.shared, layer.rest, layer.bias)
    blend = torch.randn(layer.width)
    blend[96:] = 0
    theirs = token_sum_reference(layer.book, layer.bearings, observations, weights)
    ours = layer(observations)
    assert ours.shape == (len(observations), 96)
    close(ours, theirs[:, :96])
    with torch.no_grad():
        close(layer(observations), ours)
    same_gradients((ours * blend[:96]).sum(), (theirs * blend).sum(), list(weights), 1e-3)


def test_native_entries_are_torch_s() -> None:
    spec, sight, observations = seen("cogsguard_arena.basic")
    book = codebook(spec, sight)
    rows, weights = entries(book, observations)
    for tokens, row, weight in zip(observations, rows, weights, strict=True):
        native = sorted(entry for entry in book.native.entries(tokens.numpy()) if entry[1] != 0)
        kept = weight != 0
        theirs = sorted(zip(row[kept].tolist(), weight[kept].tolist(), strict=True))
        assert native == theirs


def test_the_table_for_playing_follows_the_weights() -> None:
    spec, sight, observations = seen("arena.basic", 5)
    layer = TokenSum(spec, sight, 64)
    with torch.no_grad():
        before = layer(observations)
        layer.rest.add_(1.0)
        assert not torch.equal(before, layer(observations))
        close(layer(observations), copy.deepcopy(layer)(observations))
    again = pickle.loads(pickle.dumps(layer))
    close(layer(observations), again(observations))


@pytest.mark.parametrize("mission", ["grid.garden_box", "grid.garden_tiles"])
@pytest.mark.parametrize(("height", "width"), [(11, 11), (7, 9), (4, 13), (1, 3)])
def test_patches_are_torch_s(mission: str, height: int, width: int) -> None:
    _, sight, observations = seen(mission)
    observations = observations[..., :height, :width].contiguous()
    values = {name: getattr(sight, name) for name in sight.__dataclass_fields__}
    layer = Patches(Sight(**values | {"height": height, "width": min(width, 11)}), 16)
    theirs = patches_reference(layer, observations)
    ours = layer(observations)
    close(ours, theirs)
    same_gradients(scalar(ours, ()), scalar(theirs, ()), [layer.weight, layer.bias], 1e-3)


def lstm_case(rows: int = 5, steps: int = 7) -> tuple[Lstm, Tensor, Tensor, tuple[Tensor, Tensor]]:
    layer = Lstm(20, 24)
    inputs = torch.randn(steps, rows, 20, requires_grad=True)
    memory = (torch.randn(rows, 24, requires_grad=True), torch.randn(rows, 24, requires_grad=True))
    return layer, inputs, torch.rand(steps, rows) < 0.3, memory


def scalar(out: Tensor, memory: tuple[Tensor, ...]) -> Tensor:
    """Weighs every part of a result."""
    blend = torch.linspace(-1, 1, out.numel()).view(out.shape)
    return (out.float() * blend).sum() + sum((part * part.sin()).sum() for part in memory)


def test_an_lstm_is_torch_s() -> None:
    layer, inputs, starts, memory = lstm_case()
    weights = (layer.weight_input, layer.weight_hidden, layer.bias)
    ours = scalar(*layer(inputs, starts, memory))
    theirs = scalar(*lstm_reference(inputs, starts, memory, weights))
    same_gradients(ours, theirs, [inputs, *memory, *weights])


def test_an_lstm_without_starts_is_torch_s_own() -> None:
    layer, inputs, _, memory = lstm_case()
    own = torch.nn.LSTM(20, 24)
    values = (layer.weight_input, layer.weight_hidden, layer.bias, torch.zeros_like(layer.bias))
    for weight, value in zip(own.parameters(), values, strict=True):
        weight.data.copy_(value)
    out, (hidden, cell) = layer(inputs, torch.zeros(inputs.shape[:2], dtype=torch.bool), memory)
    theirs, (last, last_cell) = own(inputs, tuple(part.unsqueeze(0) for part in memory))
    for a, b in ((out, theirs), (hidden, last[0]), (cell, last_cell[0])):
        close(a, b)


def test_a_min_gru_is_torch_s() -> None:
    layer = MinGru(24)
    inputs = torch.randn(9, 5, 24, requires_grad=True)
    memory = torch.randn(5, 24, requires_grad=True)
    starts = torch.rand(9, 5) < 0.3
    out, after = layer(inputs, starts, memory)
    theirs, last = min_gru_reference(layer.sums(inputs), inputs, starts, memory)
    weights = [inputs, memory, layer.sums.weight, layer.sums.bias]
    same_gradients(scalar(out, (after,)), scalar(theirs, (last,)), weights)


@pytest.mark.parametrize("rows", [1, 5, 6, 97])
@pytest.mark.parametrize("units", [(1, 1), (13, 16), (140, 70)])
def test_a_layer_of_any_size_is_torch_s(rows: int, units: tuple[int, int]) -> None:
    inputs, weight = torch.randn(rows, units[0], requires_grad=True), torch.randn(units[::-1])
    weight, bias = (weight / units[0] ** 0.5).requires_grad_(), torch.randn(units[1], requires_grad=True)
    theirs = torch.nn.functional.linear(inputs, weight, bias)
    ours = linear(inputs, weight, bias)
    same_gradients(scalar(ours, ()), scalar(theirs, ()), [inputs, weight, bias])


def test_a_layer_divides_what_is_usual() -> None:
    layer = Dense(4, 16, usual=(1.0, 0.5, 2.0, 0.1))
    inputs = torch.randn(7, 4)
    plain = torch.nn.functional.linear(inputs / torch.tensor([1.0, 0.5, 2.0, 0.1]), layer.weight, layer.bias)
    close(layer(inputs), plain.relu())


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_dense_layer_is_torch_s(activation: str) -> None:
    layer = Dense(13, 11, activation)  # type: ignore[arg-type]
    inputs = torch.randn(3, 5, 13, requires_grad=True)
    theirs = getattr(torch, activation)(torch.nn.functional.linear(inputs, layer.weight, layer.bias))
    ours = layer(inputs)
    same_gradients(scalar(ours, ()), scalar(theirs, ()), [inputs, layer.weight, layer.bias])


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_wide_head_is_torch_s(activation: str) -> None:
    hidden, output = Dense(13, 40, activation), torch.nn.Linear(40, 3)  # type: ignore[arg-type]
    features = torch.randn(2, HEAD_ROWS, 13, requires_grad=True)  # more than are taken at once
    between = getattr(torch, activation)(torch.nn.functional.linear(features, hidden.weight, hidden.bias))
    ours, theirs = dense.head(features, hidden, output), output(between)
    weights = [features, hidden.weight, hidden.bias, output.weight, output.bias]
    same_gradients(scalar(ours, ()), scalar(theirs, ()), weights, 1e-3)


def test_what_is_no_number_is_not_hidden_by_an_activation() -> None:
    layer = Dense(4, 9)
    assert layer(torch.full((2, 4), torch.nan)).isnan().all()


def test_bytes_are_looked_up() -> None:
    observations = torch.arange(256, dtype=torch.uint8).view(2, 8, 16)
    assert torch.equal(levels(observations).flatten(), BYTE_LEVELS)


def test_two_threads_run_one_layer() -> None:
    """As the trainer's do: forward and backward of the same module on different rows."""
    layer, inputs, starts, _ = lstm_case(rows=64, steps=30)
    weights = [layer.weight_input, layer.weight_hidden, layer.bias]

    def gradient(rows: slice) -> list[Tensor]:
        part = inputs[:, rows].detach()
        out, memory = layer(part, starts[:, rows], layer.memory(part.shape[1]))
        return list(torch.autograd.grad(scalar(out, memory), weights))

    halves = (slice(0, 32), slice(32, 64))
    alone = [gradient(rows) for rows in halves]
    together: dict[int, list[Tensor]] = {}

    def work(k: int) -> None:
        for _ in range(5):
            together[k] = gradient(halves[k])

    threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k in range(2):
        assert all(torch.equal(a, b) for a, b in zip(alone[k], together[k], strict=True))


@pytest.mark.parametrize("sizes", [(69,), (5, 3), (8,)])
@pytest.mark.parametrize("is_masked", [True, False])
def test_likelihoods_are_torch_s(sizes: tuple[int, ...], is_masked: bool) -> None:
    logits = (torch.randn(40, 6, sum(sizes)) * 3).requires_grad_()
    masks = torch.rand(logits.shape) < 0.5
    first = torch.tensor(sizes).cumsum(0) - torch.tensor(sizes)
    masks[..., first] = True  # and once nothing is allowed
    masks[3, 2] = False
    actions = torch.zeros(40, 6, len(sizes), dtype=torch.int32)
    if not is_masked:
        actions += torch.randint(0, min(sizes), actions.shape, dtype=torch.int32)
    allowed = masks if is_masked else None
    ours = likelihood(logits, allowed, actions, sizes)
    log_probs = log_probabilities(logits, allowed, sizes)
    theirs = log_probability(log_probs, actions, sizes), entropy(log_probs)
    for a, b in zip(ours, theirs, strict=True):
        close(a, b)
    same_gradients(scalar(ours[0], ours[1:]), scalar(theirs[0], theirs[1:]), [logits])


def test_a_likelihood_is_asked_of_actions_there_are() -> None:
    with pytest.raises(ValueError, match="no such action"):
        likelihood(torch.zeros(2, 3), None, torch.tensor([[1], [3]]), (3,))


ROWS = 100_000


def test_choices_are_as_frequent_as_they_are_probable() -> None:
    logits = torch.tensor([[0.3, -1.0, 2.0, 0.0, 1.0, -0.5, 0.7, -2.0]]).expand(ROWS, 8)
    masks = torch.tensor([[True, True, False, True, True, True, False, True]]).expand(ROWS, 8)
    sizes = (3, 5)
    actions, log_probs = sample(logits, masks, sizes, seed=1, counter=2)
    expected = log_probabilities(logits[:1], masks[:1], sizes).exp()[0].split(sizes)
    for head, probabilities in enumerate(expected):
        share = torch.bincount(actions[:, head], minlength=len(probabilities)) / ROWS
        assert (share - probabilities).abs().max() < 5 * (0.25 / ROWS) ** 0.5
        assert (share[probabilities == 0] == 0).all()
    close(log_probs, log_probability(log_probabilities(logits, masks, sizes), actions, sizes))
    # Heads are drawn apart from each other.
    both = ((actions[:, 0] == 0) & (actions[:, 1] == 1)).float().mean()
    assert both == pytest.approx((expected[0][0] * expected[1][1]).item(), abs=0.01)


def test_a_draw_depends_on_seed_counter_and_key_alone() -> None:
    logits = torch.randn(50, 6)

    def draw(seed: int = 3, counter: int = 7) -> Tensor:
        return sample(logits, None, (6,), seed=seed, counter=counter)[0]

    assert torch.equal(draw(), draw())
    assert not torch.equal(draw(), draw(counter=8))
    assert not torch.equal(draw(), draw(seed=4))
    order = np.arange(50)[::-1].copy()
    turned, _ = sample(logits[order], None, (6,), seed=3, counter=7, keys=order)
    assert torch.equal(turned[order], draw())


def test_greedy_takes_the_best_that_is_allowed() -> None:
    logits = torch.tensor([[1.0, 3.0, 3.0, 0.0, 5.0]])
    masks = np.array([[True, True, True, True, False]])
    actions, log_probs = greedy(logits, masks, (3, 2))
    assert actions.tolist() == [[1, 0]]
    close(log_probs, log_probabilities(logits[:, :3], None, (3,))[:, 1])


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
def test_a_row_that_can_choose_nothing_is_named(bad: float) -> None:
    logits = torch.zeros(4, 3)
    logits[2, 1] = bad
    with pytest.raises(ValueError, match=r"row 2: .*not finite"):
        sample(logits, None, (3,), seed=0, counter=0)
    masks = torch.ones(4, 3, dtype=torch.bool)
    masks[3] = False
    with pytest.raises(ValueError, match=r"row 3: .*forbidden"):
        sample(torch.zeros(4, 3), masks, (3,), seed=0, counter=0)


def test_a_length_is_that_of_all_side_by_side() -> None:
    torch.manual_seed(0)
    parts = [torch.randn(size) for size in (1, 7, 8, 1003)]
    found = native.length([(part.data_ptr(), part.numel()) for part in parts])
    assert found == pytest.approx(float(torch.cat(parts).double().norm()), rel=1e-6)
    assert native.length([]) == 0
