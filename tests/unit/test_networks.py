"""Every architecture on every kind of observation: steps and sequences agree, games are matched by name."""

import numpy as np
import pytest
import torch
from torch import Tensor

from coterie.config import ConfigError
from coterie.games import catalog
from coterie.games.batch import Batch, Spec
from coterie.policies.architectures import ALIASES, architecture, architectures
from coterie.policies.heads import UNTRIED
from coterie.policies.network import Network
from coterie.policies.neural import Neural, keys_of

MISSIONS = {
    "tokens": "cogsguard_arena.basic",
    "planes": "grid.garden_box",
    "tiles": "grid.garden_tiles",
    "bytes": "duel.rich",
    "floats": "wait.basic",
    "slots": "prospector.basic",
}
READS = {
    name: ["tokens"] if name.startswith("vit") else ["slots"] if name == "slots" else list(MISSIONS)
    for name in architectures()
}
PAIRS = [(name, kind) for name, kinds in READS.items() for kind in kinds]
TOKENS = [name for name, kinds in READS.items() if "tokens" in kinds]
RECURRENT = [name for name in TOKENS if name != "stateless"]
STEPS = 6


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(7)


def played(mission: str, steps: int = STEPS) -> tuple[Spec, Tensor]:
    """Observations of random play, [T, R, ...]."""
    batch = Batch(catalog.make(mission), worlds=2, seed=1)
    draws = np.random.default_rng(0)
    observations = []
    for _ in range(steps):
        observations.append(batch.observations.copy())
        batch.actions[:] = (
            0 if batch.spec.has_mask else draws.integers(0, batch.spec.actions, batch.actions.shape)
        )
        batch.step()
    return batch.spec, torch.from_numpy(np.stack(observations))


def alive(network: Network) -> Network:
    """Heads start all but silent: louder, so that differences show."""
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if name.startswith("heads.logits"):
                weight.add_(torch.randn_like(weight) * 0.3)
    return network


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_steps_give_what_the_sequence_gives(name: str, kind: str) -> None:
    spec, observations = played(MISSIONS[kind])
    rows = observations.shape[1]
    network = alive(architecture(name).build(spec))
    starts = torch.rand(STEPS, rows) < 0.3
    starts[0] = True
    whole = network(observations, starts, network.memory(rows))
    assert whole.logits.shape == (STEPS, rows, sum(spec.actions))
    assert whole.values.shape == (STEPS, rows)
    assert whole.logits.dtype == whole.values.dtype == torch.float32
    memory = network.memory(rows)
    with torch.inference_mode():
        for t in range(STEPS):
            one = network(observations[t : t + 1], starts[t : t + 1], memory)
            torch.testing.assert_close(one.logits[0], whole.logits[t], rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(one.values[0], whole.values[t], rtol=1e-4, atol=1e-5)
            memory = one.memory
    for a, b in zip(memory, whole.memory, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_every_weight_has_a_gradient(name: str, kind: str) -> None:
    spec, observations = played(MISSIONS[kind])
    network = alive(architecture(name, auxiliary_value=True).build(spec))
    rows = observations.shape[1]
    output = network(observations, torch.zeros(STEPS, rows, dtype=torch.bool), network.memory(rows))
    loss = output.logits.square().sum() + output.values.sum() + output.extra["h_values"].square().sum()
    gradients = torch.autograd.grad(loss, list(network.parameters()))
    silent = [
        n for (n, _), g in zip(network.named_parameters(), gradients, strict=True) if not g.abs().sum() > 0
    ]
    assert not silent


@pytest.mark.parametrize("name", RECURRENT)
def test_memory_counts_until_an_episode_starts(name: str) -> None:
    spec, observations = played(MISSIONS["tokens"], 2)
    rows = observations.shape[1]
    network = alive(architecture(name).build(spec))
    zeros = network.memory(rows)
    other = tuple(torch.randn_like(part) for part in zeros)
    none = torch.zeros(1, rows, dtype=torch.bool)
    fresh = network(observations[:1], none, zeros).logits
    assert not torch.allclose(network(observations[:1], none, other).logits, fresh, atol=1e-4)
    torch.testing.assert_close(network(observations[:1], ~none, other).logits, fresh)


@pytest.mark.parametrize("name", [name for name in READS if name.startswith("vit")])
def test_padding_is_not_seen(name: str) -> None:
    spec, observations = played(MISSIONS["tokens"], 1)
    network = alive(architecture(name).build(spec))
    rows = observations.shape[1]
    starts = torch.ones(1, rows, dtype=torch.bool)
    fresh = network(observations, starts, network.memory(rows)).logits
    alone = network(observations[:, :1], starts[:, :1], network.memory(1)).logits
    torch.testing.assert_close(alone[0, 0], fresh[0, 0], rtol=1e-4, atol=1e-5)
    noisy = observations.clone()
    noisy[..., 1:][noisy[..., 0] == 255] = 7
    torch.testing.assert_close(network(noisy, starts, network.memory(rows)).logits, fresh)


def test_what_an_architecture_cannot_read_is_refused() -> None:
    spec, _ = played("duel.rich", 1)
    with pytest.raises(ConfigError, match="VitSmall reads tokens, the game shows a vector"):
        architecture("vit_small").build(spec)
    with pytest.raises(ConfigError, match="5 do not divide the width 32"):
        architecture("vit_small", heads=5).build(played(MISSIONS["tokens"], 1)[0])
    with pytest.raises(ConfigError, match="names no things in numbered slots"):
        architecture("slots").build(spec)


def test_architectures_are_found_by_name() -> None:
    assert {"stateless", "slots", "lstm", "fast", "mingru", "vit_tiny", "vit_default"} <= set(architectures())
    assert architecture("lstm", hidden=64).model_dump()["hidden"] == 64
    for alias, name in ALIASES.items():
        assert architecture(alias) == architecture(name)
    with pytest.raises(ConfigError, match="no policy architecture 'lstn'; did you mean lstm"):
        architecture("lstn")
    with pytest.raises(ConfigError, match="hiden: no such setting; did you mean hidden"):
        architecture("lstm", hiden=3)
    with pytest.raises(ConfigError, match="multiple of 8"):
        architecture("lstm", hidden=12)


@pytest.mark.parametrize("name", list(READS))
def test_a_network_adopts_itself(name: str) -> None:
    spec, observations = played(MISSIONS[READS[name][0]], 1)
    trained = alive(architecture(name).build(spec))
    fresh = architecture(name).build(spec)
    fresh.adopt(trained)
    starts = torch.ones(observations.shape[:2], dtype=torch.bool)
    rows = observations.shape[1]
    outputs = [network(observations, starts, network.memory(rows)) for network in (trained, fresh)]
    torch.testing.assert_close(outputs[0].logits, outputs[1].logits)


def renamed(spec: Spec) -> tuple[Spec, list[int], list[int]]:
    """The game with features and tags in another order and new ones among them; new numbers by old."""
    sight = spec.sight
    assert sight is not None
    # Digits stay behind their amounts; all else is turned around.
    stems = [name for name in sight.features if ":p" not in name][::-1]
    order = [name for stem in stems for name in (stem, f"{stem}:p1") if name in sight.features]
    features = ("inv:moonstone", *order)
    tags = ("moon", *sight.tags[::-1])
    changed = type(sight)(
        view=sight.view,
        height=sight.height,
        width=sight.width,
        features=features,
        normalizations=(1.0,) * len(features),
        tags=tags,
        base=sight.base,
    )
    actions = ("leap", *spec.action_names[0])
    values = {name: getattr(spec, name) for name in spec.__dataclass_fields__}
    values |= {"sight": changed, "actions": (len(actions),), "action_names": (actions,)}
    return (
        Spec(**values),
        [features.index(name) for name in sight.features],
        [tags.index(t) for t in sight.tags],
    )


def renumbered(tokens: Tensor, spec: Spec, features: list[int], tags: list[int]) -> Tensor:
    """Tokens as the renamed game would write them."""
    assert spec.sight is not None
    feature, value = tokens[..., 1].long(), tokens[..., 2].long()
    is_real = tokens[..., 0] != 255
    is_tag = is_real & (feature == spec.sight.features.index("tag"))
    is_action = is_real & (feature == spec.sight.features.index("last_action"))
    result = tokens.clone()
    result[..., 2] = torch.where(is_tag, torch.tensor(tags)[value.clamp(max=len(tags) - 1)], value).byte()
    result[..., 2] += is_action.byte()
    turned = torch.tensor(features)[feature.clamp(max=len(features) - 1)]
    result[..., 1] = torch.where(is_real, turned, feature).byte()
    return result


@pytest.mark.parametrize("name", TOKENS)
def test_another_numbering_is_matched_by_name(name: str) -> None:
    spec, observations = played(MISSIONS["tokens"], 3)
    other, features, tags = renamed(spec)
    trained = alive(architecture(name).build(spec))
    network = architecture(name).build(other)
    network.adopt(trained)
    rows = observations.shape[1]
    starts = torch.zeros(3, rows, dtype=torch.bool)
    before = trained(observations, starts, trained.memory(rows))
    after = network(renumbered(observations, spec, features, tags), starts, network.memory(rows))
    torch.testing.assert_close(after.logits[..., 1:], before.logits, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(after.values, before.values, rtol=1e-4, atol=1e-5)
    assert (after.logits[..., 0] == UNTRIED).all()


def test_another_window_keeps_the_cells_both_have() -> None:
    small, large = (Batch(catalog.make("grid.garden"), worlds=1).spec for _ in range(2))
    sight = small.sight
    assert sight is not None
    values = {name: getattr(sight, name) for name in sight.__dataclass_fields__} | {"height": 7, "width": 5}
    whole = {name: getattr(small, name) for name in small.__dataclass_fields__} | {
        "sight": type(sight)(**values)
    }
    trained, network = architecture("stateless").build(large), architecture("stateless").build(Spec(**whole))
    network.adopt(trained)
    book = network.encoder.book  # type: ignore[union-attr]
    before = trained.encoder.book  # type: ignore[union-attr]
    assert len(book.cells) == 34
    cell = (-3, 2)
    ours = network.get_parameter("encoder.cells")[book.cells.index(cell)]
    assert torch.equal(ours, trained.get_parameter("encoder.cells")[before.cells.index(cell)])


def test_a_network_of_another_size_is_not_adopted() -> None:
    spec, _ = played(MISSIONS["tokens"], 1)
    with pytest.raises(ConfigError, match=r"trained as .* needed as"):
        architecture("lstm").build(spec).adopt(architecture("lstm", hidden=64).build(spec))
    with pytest.raises(ConfigError, match="another architecture"):
        architecture("lstm").build(spec).adopt(architecture("stateless").build(spec))


def policy(mission: str, **settings: bool) -> tuple[Batch, Neural]:
    batch = Batch(catalog.make(mission), worlds=3, seed=1)
    chosen = architecture("lstm")
    network = alive(chosen.build(batch.spec))
    return batch, Neural(network=network, architecture=chosen, spec=batch.spec, **settings)


def acts(batch: Batch, chosen: Neural, seed: int, steps: int = 30) -> np.ndarray:
    """Actions of all steps, [T, A, K]."""
    batch.reset(1)
    actor = chosen.build(batch.spec)
    state = actor.begin(np.repeat(np.arange(batch.worlds), batch.spec.seats), seed)
    taken = []
    for _ in range(steps):
        actions, state = actor.act(batch.observations, batch.masks, state)
        if batch.spec.has_mask:
            assert np.take_along_axis(batch.masks, actions, 1).all()
        batch.actions[:] = actions
        batch.step()
        state = actor.forget(state, batch.terminals | batch.truncations)
        taken.append(actions.copy())
    return np.stack(taken)


@pytest.mark.parametrize("mission", ["duel.rich", "recall.long", "cogsguard_arena.basic"])
def test_a_neural_policy_plays_the_same_by_the_same_seed(mission: str) -> None:
    batch, chosen = policy(mission)
    first = acts(batch, chosen, 5)
    assert np.array_equal(first, acts(batch, chosen, 5))
    assert not np.array_equal(first, acts(batch, chosen, 6))
    greedy = policy(mission, is_greedy=True)[1].replace(network=chosen.network)
    assert np.array_equal(acts(batch, greedy, 5), acts(batch, greedy, 6))
    cold = chosen.replace(temperature=1e-6)
    assert np.array_equal(acts(batch, cold, 5), acts(batch, greedy, 5))


def test_a_row_draws_the_same_beside_others() -> None:
    assert keys_of(np.array([2, 0, 2, 0, 5])).tolist() == [2 * 2**24, 0, 2 * 2**24 + 1, 1, 5 * 2**24]
    assert keys_of(np.array([], np.int32)).tolist() == []


def test_forgetting_zeroes_memory() -> None:
    batch, chosen = policy("recall.long", is_greedy=True)
    actor = chosen.build(batch.spec)
    fresh = actor.begin(np.arange(3), 0)
    _, used = actor.act(batch.observations, batch.masks, fresh)
    forgotten = actor.forget(used, np.array([True, False, True]))
    assert forgotten.starts.tolist() == [[True, False, True]]
    _, a = actor.act(batch.observations, batch.masks, forgotten)
    _, b = actor.act(batch.observations, batch.masks, fresh)
    same = (a.memory[0] == b.memory[0]).all(1)
    assert same.tolist() == [True, False, True]
