"""arena: combat is a difference that happens; prices, stocks, rewards and variants do what they say."""

from typing import Any

import pytest
from unit.wayfinding import act

from coterie.config import ConfigError, override
from coterie.games.arena import CURRICULUM, ArenaConfig, january, missions, variants
from coterie.games.arena.rewards import SHAPED
from coterie.games.batch import Batch
from coterie.games.grid.maps import AsciiMap

DUEL = ("######", "#.@@.#", "######")


def on_map(config: ArenaConfig, rows: tuple[str, ...], **legend: str) -> Batch:
    """The arena's rules on a drawing, with as many agents as it has."""
    config = config.replace(num_agents="".join(rows).count("@"))
    return Batch(config.rules().replace(map=AsciiMap(map_data=rows, legend=legend)))


def duel(**settings: Any) -> Batch:
    return on_map(ArenaConfig(**settings), DUEL)


def test_the_default_map_is_that_of_january() -> None:
    batch = Batch(ArenaConfig())
    snapshot = batch.snapshot(0)
    assert (snapshot["height"], snapshot["width"]) == (62, 62)
    assert len(snapshot["agents"]) == 24
    kinds = [o["kind"] for o in snapshot["objects"]]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    assert counts == {"assembler": 20, "mine_red": 40, "generator_red": 20, "lasery": 4, "armory": 4}
    assert batch.spec.max_steps == 0  # the episode ends there, it is not cut


def test_basic_and_combat_differ_in_the_price_of_an_attack_alone() -> None:
    basic, combat = missions["arena.basic"]().rules(), missions["arena.combat"]().rules()
    assert basic.actions.attack and combat.actions.attack
    assert basic.actions.attack.cost.consumed == {"laser": 100}
    assert combat.actions.attack.cost.consumed == {"laser": 1}
    assert basic == combat.replace(actions=basic.actions)
    assert basic.action_names == combat.action_names
    assert basic.action_names[-2:] == ("change_vibe_default", "change_vibe_armed")


def test_a_hit_freezes_and_takes_all_but_hearts() -> None:
    batch = duel(combat=True, initial={"laser": 2, "ore_red": 3, "heart": 1})
    act(batch, "change_vibe_armed", "noop")
    snapshot = act(batch, "move_east", "noop")
    attacker, victim = snapshot["agents"]
    assert attacker["inventory"] == {"laser": 3, "ore_red": 6, "heart": 1}
    assert victim["inventory"] == {"heart": 1}
    assert victim["frozen"] >= 9
    assert attacker["col"] == 2
    stats = batch.statistics(0)[1]
    assert stats[0]["action.attack.agent.hit.agent"] == 1
    assert stats[1]["action.attack.agent.hit_by.agent"] == 1


def test_a_frozen_agent_misses_ten_turns_and_is_pushed_past() -> None:
    batch = duel(combat=True, initial={"laser": 1})
    act(batch, "change_vibe_armed", "noop")
    act(batch, "move_east", "noop")
    attacker, victim = act(batch, "move_east", "move_east")["agents"]
    assert (attacker["col"], victim["col"]) == (3, 2)  # they changed places
    assert batch.statistics(0)[1][0]["actions.swap"] == 1
    for _ in range(12):
        act(batch, "noop", "move_west")
    victim = batch.snapshot(0)["agents"][1]
    assert victim["frozen"] == 0
    assert victim["col"] == 1
    assert batch.statistics(0)[1][1]["status.frozen.ticks"] == 10


def test_armour_blocks_one_hit() -> None:
    batch = duel(combat=True, initial={"laser": 2, "armor": 1, "ore_red": 1})
    act(batch, "change_vibe_armed", "noop")
    attacker, victim = act(batch, "move_east", "noop")["agents"]
    assert attacker["success"]
    assert attacker["inventory"] == {"laser": 1, "armor": 1, "ore_red": 1}
    assert victim["inventory"] == {"laser": 2, "ore_red": 1}
    assert victim["frozen"] == 0
    assert batch.statistics(0)[1][0]["action.attack.agent.blocked_by.agent"] == 1
    assert act(batch, "move_east", "noop")["agents"][1]["frozen"] >= 9


@pytest.mark.parametrize("settings", [{"combat": False}, {"combat": True, "attack_lasers": 51}])
def test_nobody_attacks_what_they_cannot_pay(settings: dict[str, Any]) -> None:
    batch = duel(**settings, initial={"laser": 50})
    act(batch, "change_vibe_armed", "noop")
    attacker, victim = act(batch, "move_east", "noop")["agents"]
    assert not attacker["success"]
    assert victim["frozen"] == 0
    assert victim["inventory"] == {"laser": 50}


def test_only_the_armed_attack() -> None:
    attacker, victim = act(duel(combat=True, initial={"laser": 1}), "move_east", "noop")["agents"]
    assert not attacker["success"]
    assert victim["inventory"] == {"laser": 1}


def test_shaped_rewards_are_capped_sums() -> None:
    batch = on_map(ArenaConfig(rewards=SHAPED, initial={"ore_red": 50, "laser": 1}), ("###", "#@#", "###"))
    act(batch, "noop")
    assert batch.rewards[0] == pytest.approx(1.0 + 0.5)
    act(batch, "noop")
    assert batch.rewards[0] == 0


def test_an_easy_heart_costs_one_battery() -> None:
    config = variants["easy_heart"](ArenaConfig(initial={"battery_red": 1}))
    snapshot = act(on_map(config, ("####", "#@a#", "####"), a="assembler"), "move_east")
    assert snapshot["agents"][0]["inventory"] == {"heart": 1}


def test_a_stocked_building_gives_without_price_or_cooldown() -> None:
    batch = on_map(ArenaConfig(stocked={"lasery": 2}), ("####", "#@l#", "####"), l="lasery")
    for lasers in (1, 2):
        snapshot = act(batch, "move_east")
        assert snapshot["agents"][0]["inventory"] == {"laser": lasers}
        assert snapshot["objects"][0]["cooldown"] == 0
    assert not act(batch, "move_east")["agents"][0]["success"]


@pytest.mark.parametrize("mission", missions)
@pytest.mark.parametrize("variant", variants)
def test_every_variant_makes_a_world(mission: str, variant: str) -> None:
    config = missions[mission]()
    batch = Batch(variants[variant](config))
    batch.step()
    assert batch.spec.action_names == Batch(config).spec.action_names


def test_the_curriculum_sets_what_it_names() -> None:
    config = missions["arena.combat_easy_shaped"]()
    for path, values in CURRICULUM.items():
        changed = [override(config, [f"{path}={value}"]) for value in values]
        assert len({c.model_dump_json() for c in changed}) == len(values), path
        Batch(changed[-1])


def test_any_number_of_agents_finds_a_place() -> None:
    for number in (1, 5, 25):
        assert len(Batch(ArenaConfig(num_agents=number)).snapshot(0)["agents"]) == number


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean mine_red"):
        ArenaConfig(buildings={"mine_rad": 3})
    with pytest.raises(ConfigError, match="initial: no resource 'lasers'; did you mean laser"):
        ArenaConfig(initial={"lasers": 3})


def test_the_feature_numbers_are_those_of_january() -> None:
    features = ArenaConfig().rules().features
    assert features[:12] == january.FEATURES
    assert features[12:14] == ("inv:ore_red", "inv:ore_red:p1")
    assert features[32] == "protocol_input:ore_red"
    assert len(features) == 52
