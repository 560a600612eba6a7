"""diagnose rollout, parity and audit: what they print, by which grammar, and when they fail."""

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from forked import coterie

from coterie.config import ConfigError
from coterie.evaluation.diagnostics.audit import audit
from coterie.evaluation.diagnostics.parity import parity
from coterie.evaluation.diagnostics.rollout import Rollout, Tracing, rollout
from coterie.evaluation.diagnostics.traces import prerequisite_line, role_line
from coterie.evaluation.diagnostics.watching import Deed, Instant, Sighting, Stage, Watch
from coterie.play.scene import Agent, Thing

ARENA = Stage("cogsguard_arena.basic", (), agents=10, max_steps=1000, seed=42)
TEAM = "role?miner=4&scout=2&aligner=2&scrambler=2"
ALL = Tracing(roles=True, prerequisites=True, resources=True)
NUMBERS = r"(aligner=\d+ miner=\d+ scout=\d+ scrambler=\d+)"
NAMES = r"(-|\w+(,\w+)*)"
ROLE_LINE = rf"step=\d+ roles\[{NUMBERS}\] present\[{NAMES}\] transitions=\d+"
STOCK = r"carbon=\d+ germanium=\d+ oxygen=\d+ silicon=\d+"
RESOURCE_LINE = (
    rf"step=\d+ inv\[{STOCK}\] delta\[{STOCK.replace('=', '=[+-]')}\] "
    rf"station_uses\[{NUMBERS}\] station_uses_with_resources\[{NUMBERS}\] "
    rf"adjacent_roles\[{NAMES}\] available_roles\[{NAMES}\]"
)
PREREQUISITE_LINE = (
    rf"step=\d+ agent=\d+ action=(align|scramble) gear=\d+ heart=\d+ influence=\d+ missing\[{NAMES}\]"
)


def all_match(pattern: str, lines: Iterable[str]) -> bool:
    return all(re.fullmatch(pattern, line) for line in lines)


def bump(vibe: str, kind: str, team: str | None, *, cog: int = 0, **inventory: int) -> Deed:
    """A Cog that bumped a thing and still has what it had."""
    agent = Agent(id=cog, row=4, col=4, team="cogs", vibe=vibe, inventory=inventory)
    return Deed(agent, agent, Thing(kind, 4, 5, team, {}, 0, 0, -1))


def instant(*deeds: Deed, sightings: Iterable[Sighting] = ()) -> Instant:
    return Instant(
        number=1,
        deeds=list(deeds),
        stock_before={},
        stock={},
        own_team="cogs",
        own_number=1,
        stations={},
        sightings=list(sightings),
        seen=[{} for _ in deeds],
        is_remembered=True,
        structures=9,
    )


def counted(*deeds: Deed, sightings: Iterable[Sighting] = ()) -> Rollout:
    found = Rollout("role", Tracing())
    found.take(instant(*deeds, sightings=sightings))
    return found


# -- rollout


def test_a_team_with_all_roles_passes() -> None:
    found = rollout(ARENA, TEAM, steps=200, tracing=ALL)
    assert found.failures() == []
    lines = found.lines()
    assert lines[0] == "CoGsGuard rollout check"
    names = [line.partition(":")[0] for line in lines if line.startswith("- ") and ":" in line]
    assert names[:8] == [
        "- steps",
        "- hub seen",
        "- hub missing in structures",
        "- tagged junctions checked",
        "- tagged junction mismatches",
        "- neutral junctions checked",
        "- neutral junctions flagged as clips",
        "- observed roles",
    ]
    assert found.map_checks["tagged"] > 100
    assert found.map_checks["neutral"] > 100
    assert "- observed roles: ['aligner', 'miner', 'scout', 'scrambler']" in lines
    assert found.figures["miner"]["mine_attempts"] > 20
    assert len(found.traces["roles"]) == len(found.traces["resources"]) == 200
    assert all_match(ROLE_LINE, found.traces["roles"])
    assert all_match(RESOURCE_LINE, found.traces["resources"])
    assert found.traces["prerequisites"]
    assert all_match(PREREQUISITE_LINE, found.traces["prerequisites"])
    assert found.data()["steps_with_all_roles"] == 200


def test_a_policy_without_a_map_is_not_asked_for_it_but_for_deeds() -> None:
    found = rollout(ARENA, "random", steps=60, tracing=Tracing())
    assert "- hub missing in structures: -" in found.lines()
    assert "no miner deposited" in found.failures()
    assert found.failures(allow_missing_roles=True) == []
    assert found.data()["map"]["tagged"] is None


def test_roles_nobody_has_are_missing() -> None:
    found = rollout(ARENA, "miner", steps=30, tracing=Tracing())
    assert "nobody was aligner, scout, scrambler" in found.failures()


def test_traces_come_as_often_as_asked() -> None:
    tracing = Tracing(roles=True, role_every=10, role_limit=2, resources=True, resource_every=7)
    found = rollout(ARENA, "role", steps=30, tracing=tracing)
    steps = [[int(re.findall(r"\d+", line)[0]) for line in lines] for lines in found.traces.values()]
    assert steps == [[10, 20], [], [7, 14, 21, 28]]


@pytest.mark.parametrize(
    ("deed", "figure"),
    [
        (bump("miner", "carbon_extractor", None, miner=1), {"mine_attempts": 1}),
        (bump("miner", "junction", "clips", miner=1), {"mine_attempts": 1, "mine_mismatches": 1}),
        (bump("miner", "c:chest", "cogs"), {}),
        (bump("aligner", "junction", None), {"align_attempts": 1}),
        (bump("aligner", "junction", "clips"), {"align_attempts": 1, "align_mismatches": 1}),
        (
            bump("aligner", "junction", "cogs"),
            {"align_attempts": 1, "align_mismatches": 1, "align_cogs_targets": 1},
        ),
        (bump("aligner", "junction", "cogs", carbon=3), {}),
        (bump("aligner", "carbon_extractor", None), {}),
        (bump("aligner", "carbon_extractor", None, aligner=1), {"align_attempts": 1, "align_mismatches": 1}),
        (bump("scrambler", "junction", "clips"), {"scramble_attempts": 1}),
        (bump("scrambler", "junction", None), {"scramble_attempts": 1, "scramble_mismatches": 1}),
    ],
)
def test_a_bump_is_work_of_the_role_or_its_mistake(deed: Deed, figure: dict[str, int]) -> None:
    assert +counted(deed).figures[deed.role] == figure


def test_prerequisites_count_what_is_missing() -> None:
    found = counted(
        bump("aligner", "junction", None, aligner=1, heart=2), bump("scrambler", "junction", "clips", heart=1)
    )
    assert found.prerequisites("aligner") == {
        "attempts": 1,
        "missing_gear": 0,
        "missing_heart": 0,
        "missing_influence": 1,
    }
    assert found.prerequisites("scrambler") == {"attempts": 1, "missing_gear": 1, "missing_heart": 0}


@pytest.mark.parametrize(
    ("sighting", "said"),
    [
        (Sighting(0, "hub", (1, 1), 1, None), "the hub was seen but is missing in the map"),
        (Sighting(0, "junction", (1, 1), 1, -1), "junctions are another team's than the map says"),
        (Sighting(0, "junction", (1, 1), 0, None), "junctions are another team's than the map says"),
        (Sighting(0, "junction", (1, 1), -1, 0), "neutral junctions are taken for those of Clips"),
    ],
)
def test_a_wrong_map_fails_whatever_is_allowed(sighting: Sighting, said: str) -> None:
    deed = bump("scout", "wall", None)
    assert counted(deed, sightings=[sighting]).failures(allow_missing_roles=True) == [said]


def test_a_right_map_does_not() -> None:
    sightings = [Sighting(0, "hub", (1, 1), 1, 1), Sighting(0, "junction", (2, 2), -1, -1)]
    assert counted(bump("scout", "wall", None), sightings=sightings).failures(allow_missing_roles=True) == []


def test_a_cog_that_is_lost_is_found_out() -> None:
    found = Rollout("role", Tracing())
    watch = Watch(ARENA, "role")
    for step in watch.instants(40):
        if step.number == 20:
            assert found.failures(allow_missing_roles=True) == []
            for cog in watch.twin.sides[0].board.cogs:
                cog.spawn = cog.spawn[0] + 1, cog.spawn[1]
        found.take(step)
    assert found.map_checks["tagged_mismatches"] > 0


# -- parity and audit


def test_role_and_role_py_do_the_same() -> None:
    found = parity(ARENA, "role", "role_py", steps=60)
    lines = found.lines(5, 5)
    assert lines[0] == "CoGsGuard parity summary"
    assert "- top_action_deltas (A-B): -" in lines
    assert lines[-1] == "- 0 differing actions of 600"
    assert found.a.data(5) == found.b.data(5) | {"policy_uri": "role"}
    assert found.a.actions.total() == 600
    assert found.a.move_attempts == found.a.move_success + found.a.move_fail > 300


def test_policies_that_differ_are_told_apart() -> None:
    found = parity(ARENA, "role", "noop", steps=20)
    assert found.b.actions == {"noop": 200}
    assert found.b.move_attempts == 0
    assert found.deltas(1) == {"noop": found.a.actions["noop"] - 200}
    assert found.difference.differing > 100
    assert re.fullmatch(r"- first: step 1, agent \d: A \w+, B noop", found.lines(5, 5)[-1])


def test_parity_goes_on_over_the_ends_of_episodes() -> None:
    short = Stage("cogsguard_arena.basic", (), agents=4, max_steps=15, seed=1)
    found = parity(short, "role", "role_py", steps=40)
    assert found.difference.asked == 160
    assert found.difference.differing == 0
    assert found.a.actions.total() == 160


def test_an_audit_traces_and_counts() -> None:
    stage = Stage("cogsguard_arena.basic", (), agents=2, max_steps=1000, seed=42)
    found = audit(stage, "role_py?miner=1&scout=1", steps=100, every=25)
    assert len(found.role_trace) == len(found.resource_trace) == 4
    assert all_match(ROLE_LINE, found.role_trace)
    assert all_match(RESOURCE_LINE, found.resource_trace)
    assert found.roles["miner"] == {"min": 1, "max": 1, "avg": 1.0}
    assert len(found.junctions) == 2
    assert max(found.extractors) > 3
    text = "\n".join(found.lines())
    assert re.search(r"Junction counts per agent: \[\d+, \d+\]\nExtractor counts per agent", text)
    assert re.search(r"Extractor counts min/max/avg: \d+ \d+ \d+\.\d\d", text)


def test_lines_name_what_is_there_and_what_lacks() -> None:
    line = role_line(7, {"miner": 2}, 1)
    assert line == "step=7 roles[aligner=0 miner=2 scout=0 scrambler=0] present[miner] transitions=1"
    line = prerequisite_line(3, 1, "scramble", {"gear": 1, "heart": 0, "influence": 0})
    assert line == "step=3 agent=1 action=scramble gear=1 heart=0 influence=0 missing[heart]"


# -- the commands


def test_the_exit_code_says_whether_all_is_well(tmp_path: Path) -> None:
    good = coterie("diagnose rollout --steps 150".split(), tmp_path, os.environ)
    assert good.returncode == 0, good.stdout + good.stderr
    bad = coterie("diagnose rollout -p noop --steps 5 --json".split(), tmp_path, os.environ)
    assert bad.returncode == 1
    assert "no miner deposited" in json.loads(bad.stdout)["failures"]


def test_a_mission_of_another_game_is_refused() -> None:
    with pytest.raises(ConfigError, match="is no mission of CoGsGuard"):
        Stage("arena.basic", (), 4, 100, 0).config()
