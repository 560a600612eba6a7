"""Things in numbered slots: found by their names, seen alike, pointed at; and native passes against torch."""

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from coterie.games import catalog
from coterie.games.batch import Batch, Spec
from coterie.policies.architectures import architecture
from coterie.policies.network import Network, Output
from coterie.policies.slots import families_of, kinds_of, things_of

MISSION = "prospector.basic"


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(5)


def played(mission: str = MISSION, steps: int = 60) -> tuple[Spec, Tensor, Tensor]:
    """Observations [2, R / 2, ...] and masks of random legal play."""
    batch = Batch(catalog.make(mission), worlds=50, seed=3)
    draws = np.random.default_rng(0)
    for _ in range(steps):
        masks = batch.masks if batch.spec.has_mask else np.ones((batch.rows, sum(batch.spec.actions)))
        batch.actions[:, 0] = (draws.random(masks.shape) * masks).argmax(-1)
        batch.step()
    masks = batch.masks if batch.spec.has_mask else np.ones((batch.rows, sum(batch.spec.actions)))
    seen = torch.from_numpy(batch.observations.copy())
    return batch.spec, seen.unflatten(0, (2, -1)), torch.from_numpy(masks.copy()).unflatten(0, (2, -1))


def built(name: str, spec: Spec, **settings: Any) -> Network:
    """With weights that are all alive."""
    network = architecture(name, **settings).build(spec)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(torch.randn_like(weight) * 0.1)
    return network


def by_torch(network: Network) -> Network:
    """The same weights, without the native passes."""
    other = copy.deepcopy(network)
    other.swift = None  # type: ignore[assignment]
    return other


def thought(network: Network, observations: Tensor) -> Output:
    starts = torch.zeros(observations.shape[:2], dtype=torch.bool)
    return network(observations, starts, ())


def test_kinds_are_found_by_their_names() -> None:
    spec, _, _ = played()
    kinds = {kind.thing: kind for kind in kinds_of(spec)}
    assert set(kinds) == {"lane", "asteroid"}
    lane, asteroid = kinds["lane"], kinds["asteroid"]
    assert lane.leaves[:2] == ("is_there", "is_station") and "is_homeward" in lane.leaves
    assert lane.pointers == (tuple(range(6)),) and asteroid.pointers == (tuple(range(12, 28)),)
    features = spec.sight.features  # type: ignore[union-attr]
    for kind in kinds.values():
        for slot, columns in enumerate(kind.columns):
            assert [features[column] for column in columns] == [
                f"{kind.thing}_{slot}/{leaf}" for leaf in kind.leaves
            ]


def test_slots_with_a_gap_or_other_words_are_no_kind() -> None:
    assert things_of(["a_0/x", "a_2/x", "b_0/x", "b_1/y", "c_0/x", "d"]) == {}
    assert things_of(["a_1/x", "a_0/x"]) == {"a": [{"x": 1}, {"x": 0}]}
    assert families_of([["go_0", "stay", "go_1"], ["go_0", "go_1"], ["sell_25", "sell_50"]]) == [
        (0, 2),
        (3, 4),
    ]


@pytest.mark.parametrize(
    ("name", "mission", "settings"),
    [
        ("slots", MISSION, {"slot_units": 8}),
        ("slots", MISSION, {}),
        ("slots", MISSION, {"slot_units": 32, "layers": 3, "hidden": 48}),
        ("slots", "prospector.classic", {"layers": 1}),
        ("stateless", MISSION, {}),
        ("stateless", "echo.basic", {"layers": 3, "hidden": 16}),  # of bytes
    ],
)
@pytest.mark.usefixtures("lanes")
def test_native_passes_are_torch_s(name: str, mission: str, settings: dict[str, Any]) -> None:
    spec, observations, masks = played(mission)
    network = built(name, spec, **settings)
    assert network.swift is not None
    other = by_torch(network)
    with torch.no_grad():
        alone = thought(network, observations)
    found = []
    for one in (network, other):
        output = thought(one, observations)
        weights = torch.linspace(-1, 1, masks.numel()).view(masks.shape) * masks
        loss = (output.logits.square() * weights).sum() + (output.values * output.values.detach().cos()).sum()
        found.append((output, torch.autograd.grad(loss, list(one.parameters()))))
        torch.testing.assert_close(alone.logits, output.logits, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(alone.values, output.values, rtol=1e-5, atol=1e-5)
    for ours, theirs in zip(found[0][1], found[1][1], strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_native_passes_follow_the_weights() -> None:
    spec, observations, _ = played()
    network = built("slots", spec)
    with torch.no_grad():
        before = thought(network, observations).logits
        for weight in network.parameters():
            weight.mul_(0.5)
        after = thought(network, observations).logits
        close = thought(by_torch(network), observations).logits
    assert not torch.allclose(before, after)
    torch.testing.assert_close(after, close, rtol=1e-5, atol=1e-5)


def test_things_are_seen_alike_wherever_they_stand() -> None:
    """Two asteroids that change places change what is said of selecting them, and nothing else but that."""
    spec, observations, _ = played()
    network = built("slots", spec)
    with torch.no_grad():
        for name in ("weight", "bias"):  # of the trunk, which may tell slots apart
            network.get_parameter(f"heads.logits.{name}")[12:28] = 0
    columns = {kind.thing: kind.columns for kind in kinds_of(spec)}["asteroid"]
    swapped = observations.clone()
    swapped[..., columns[2]], swapped[..., columns[5]] = (
        observations[..., columns[5]],
        observations[..., columns[2]],
    )
    with torch.no_grad():
        before, after = thought(network, observations).logits, thought(network, swapped).logits
    order = list(range(before.shape[-1]))
    order[12 + 2], order[12 + 5] = order[12 + 5], order[12 + 2]
    torch.testing.assert_close(after, before[..., order], rtol=1e-4, atol=1e-5)


def test_another_order_of_numbers_is_matched_by_name() -> None:
    spec, observations, _ = played()
    sight = spec.sight
    assert sight is not None
    features = sight.features
    # Kinds are matched in the order they are first named: lanes stay before asteroids.
    first = features.index("asteroid_0/is_there")
    draws = np.random.default_rng(1)
    order = np.concatenate([draws.permutation(first), first + draws.permutation(len(features) - first)])
    scales = tuple(sight.normalizations[i] for i in order)
    turned = replace(sight, features=tuple(features[i] for i in order), normalizations=scales)
    trained = built("slots", spec)
    network = architecture("slots").build(replace(spec, sight=turned))
    network.adopt(trained)
    with torch.no_grad():
        ours = thought(network, observations[..., torch.from_numpy(order)])
        theirs = thought(trained, observations)
    torch.testing.assert_close(ours.logits, theirs.logits, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["slots", "stateless"])
def test_what_is_no_number_stays_seen(name: str) -> None:
    spec, observations, _ = played()
    network = built(name, spec)
    observations[0, 3, 5] = torch.nan
    with torch.no_grad():
        output = thought(network, observations)
    assert output.logits[0, 3].isnan().all() and output.values[0, 3].isnan()
    assert not output.logits[1].isnan().any()
    assert thought(network, observations).logits[0, 3].isnan().all()
