"""in_context: a task can be solved by who knows it, is dealt by its seed, and does not tell what it means."""

import pytest
from unit.wayfinding import act, use_nearest

from coterie.config import ConfigError
from coterie.games.batch import Batch
from coterie.games.in_context import EVALUATIONS, STYLES, InContextConfig, missions, sample, variants
from coterie.games.in_context.styles import SIZES


def complete(batch: Batch, config: InContextConfig) -> None:
    """Use the buildings of the chain in order."""
    held = (*config.resources_in_order, "heart")
    for building, product in zip(config.buildings_in_order, held, strict=False):
        inventory = use_nearest(batch, building)["agents"][0]["inventory"]
        assert product in inventory, f"{building} gave no {product}"


@pytest.mark.parametrize("mission", missions)
def test_who_knows_the_task_completes_it(mission: str) -> None:
    config = missions[mission]()
    batch = Batch(config)
    complete(batch, config)
    assert batch.episode_returns(0)[0] == 1
    assert batch.episode_step(0) < config.max_steps / 10


def test_there_is_time_for_several_hearts() -> None:
    config = InContextConfig(width=7, height=6, chain=2, sinks=1, task_seed=5)
    batch = Batch(config)
    for _ in range(8):
        complete(batch, config)
        while any(o["cooldown"] for o in batch.snapshot(0)["objects"]):
            act(batch, "noop")
    assert batch.episode_returns(0)[0] == 8


def test_cooldown_and_length_follow_the_printed_formulas() -> None:
    config = InContextConfig(width=8, height=7, chain=3, sinks=2)
    assert config.cooldown == int((8 + 3.5) * 3)
    assert config.max_steps == int(4 * 11.5 * 2 + 10 * 4 * 11.5 * 3)
    books = config.recipes()
    assert [books[b].cooldown for b in config.buildings_in_order] == [34, 34, 34, 34, 10, 10]
    assert config.rules().max_steps == config.max_steps


def test_the_task_seed_deals_the_meaning() -> None:
    deals = {
        (config.resources_in_order, config.buildings_in_order)
        for config in (InContextConfig(chain=3, sinks=1, task_seed=seed) for seed in range(50))
    }
    assert len(deals) == 50
    once, again = (InContextConfig(chain=3, task_seed=7) for _ in range(2))
    assert once.buildings_in_order == again.buildings_in_order
    for _, buildings in deals:
        assert len(set(buildings)) == 5


def test_a_sink_takes_one_of_every_resource_of_the_chain() -> None:
    config = InContextConfig(chain=1, sinks=1, task_seed=3)
    batch = Batch(config)
    first, _, sink = config.buildings_in_order
    use_nearest(batch, first)
    snapshot = use_nearest(batch, sink)
    assert snapshot["agents"][0]["inventory"] == {}
    assert {o["kind"]: o["cooldown"] for o in snapshot["objects"]}[sink] == 10


def test_one_carries_one_of_each_and_fifteen_hearts() -> None:
    inventory = InContextConfig().rules().groups["agent"].inventory
    assert inventory.default_limit == 1
    assert [(limit.resources, limit.base) for limit in inventory.limits] == [(("heart",), 15)]


def test_buildings_keep_what_they_do_to_themselves_unless_asked() -> None:
    config = InContextConfig(chain=2, sinks=1)
    for asked, is_told in ((config, False), (variants["shown"](config), True)):
        names = asked.rules().features
        seen = {names[f] for _, f, _ in Batch(asked).observations[0].tolist() if f != 255}
        assert any(name.startswith("protocol") for name in seen) is is_told
    assert Batch(config).spec == Batch(variants["shown"](config)).spec


@pytest.mark.parametrize("style", STYLES)
def test_a_style_samples_within_its_ranges(style: str) -> None:
    ranges = STYLES[style]
    low = min(SIZES[size][0] for size in ranges.sizes)
    high = max(SIZES[size][1] for size in ranges.sizes)
    tasks = [sample(style, seed) for seed in range(60)]
    assert tasks == [sample(ranges, seed) for seed in range(60)]
    assert all(low <= side <= high for task in tasks for side in (task.width, task.height))
    assert {task.chain for task in tasks} == set(ranges.chains)
    assert {task.sinks for task in tasks} == set(ranges.sinks)
    assert {task.terrain for task in tasks} == set(ranges.terrains)
    for task in tasks[:5]:
        Batch(task).step()


def test_the_evaluations_are_the_twelve() -> None:
    assert len(EVALUATIONS) == 12
    for name in EVALUATIONS:
        config = missions[f"in_context.{name}"]()
        assert name.startswith(f"{config.chain}c_{config.sinks}s_")
        assert name.endswith(config.terrain) or config.terrain == "no-terrain"


@pytest.mark.parametrize("variant", variants)
def test_variants_make_worlds(variant: str) -> None:
    Batch(variants[variant](missions["in_context.level_2"]())).step()


def test_an_unknown_style_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean level_"):
        sample("level_9", 0)
