"""The arena does, step by step, what the January 2026 engine was recorded doing."""

from typing import Any

import pytest
from golden import traces

from coterie.games.arena import ArenaConfig, ItemReward
from coterie.games.batch import Batch
from coterie.games.grid.grid import GridConfig
from coterie.games.grid.maps import AsciiMap

LEGEND = {
    "#": "wall",
    ".": "empty",
    "@": "agent.agent",
    "m": "mine_red",
    "g": "generator_red",
    "a": "assembler",
    "l": "lasery",
    "r": "armory",
}


def rules_of(trace: traces.Trace) -> GridConfig:
    """The rules the trace was recorded under, on its map."""
    shaped = trace.changes.get("shaped_rewards")
    arena = ArenaConfig(
        num_agents=trace.seats,
        max_steps=trace.max_steps,
        initial=trace.changes.get("agent_initial", {}),
    )
    if shaped:
        caps = shaped["inventory_max"]
        rewards = {item: ItemReward(weight=w, cap=caps[item]) for item, w in shaped["inventory"].items()}
        arena = arena.replace(rewards=rewards)
    return arena.rules().replace(map=AsciiMap(map_data=trace.map, legend=LEGEND))


def agent_of(agent: dict[str, Any], vibes: list[str]) -> dict[str, Any]:
    """An agent of our snapshot in the words of a trace."""
    return {
        "row": agent["row"],
        "col": agent["col"],
        "vibe": vibes.index(agent["vibe"]),
        "inv": agent["inventory"],
        "success": agent["success"],
        "frozen": agent["frozen"],
    }


def check_state(batch: Batch, recorded: dict[str, Any]) -> None:
    """Positions, inventories, success and rewards of agents; cooldowns and uses of buildings; the end."""
    snapshot = batch.snapshot(0)
    ours = [agent_of(agent, snapshot["vibes"]) for agent in snapshot["agents"]]
    theirs = [{k: v for k, v in agent.items() if k != "reward"} for agent in recorded["agents"]]
    if recorded["step"] == 0:
        for agent in (*ours, *theirs):
            agent["success"] = None
    assert ours == theirs
    buildings = [
        {
            "kind": o["kind"],
            "row": o["row"],
            "col": o["col"],
            "cooldown_remaining": o["cooldown"],
            "uses": o["uses"],
        }
        for o in snapshot["objects"]
    ]
    assert sorted(buildings, key=str) == sorted(recorded["buildings"], key=str)
    assert batch.rewards.tolist() == pytest.approx([a["reward"] for a in recorded["agents"]], rel=0, abs=1e-6)
    assert batch.terminals.any() == recorded["terminal"]
    assert batch.truncations.any() == recorded["truncated"]


@pytest.mark.parametrize("name", traces.names("jan_"))
def test_the_arena_repeats_january(name: str) -> None:
    trace = traces.load(name)
    config = rules_of(trace)
    for step, batch in traces.play(trace, config):
        recorded = trace.steps[step]
        assert recorded["step"] == step
        check_state(batch, recorded)
        if step in trace.tokens:
            wrong = traces.different(traces.seen_by(batch, config, 0), trace.seen(step))
            assert not wrong, f"step {step}: " + "\n".join(wrong)
        if step == len(trace.actions):
            check_statistics(batch, trace.final)


def check_statistics(batch: Batch, final: dict[str, Any]) -> None:
    game, seats = batch.statistics(0)
    wrong = traces.unlike(game, final["game"], but=("objects.agent.",))
    for seat, recorded in zip(seats, final["agents"], strict=True):
        wrong += traces.unlike(seat, recorded)
    assert not wrong, "\n".join(wrong)
    returns = batch.episode_returns(0).tolist()
    assert returns == pytest.approx(final["episode_rewards"], rel=0, abs=1e-5)


def test_all_recorded_scenarios_are_there() -> None:
    assert traces.names("jan_") == [
        "jan_chain",
        "jan_cooldown_exact",
        "jan_limit",
        "jan_movement",
        "jan_pooling",
        "jan_shaped_rewards",
    ]
