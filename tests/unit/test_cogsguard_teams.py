"""The teams of CoGsGuard with a strategy: who has which role when, who is sent where, how strong they are."""

import itertools
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from unit.native_driver import built

from coterie.config import override
from coterie.evaluation.simulation import SimulationConfig, simulate
from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.policies.scripted.role import Role
from coterie.policies.team import label_of
from coterie.policies.uri import parse, policies

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_name("bots_driver.cpp")
GAMES = ROOT / "src/coterie/games"
ROLES = ("scrambler", "aligner", "scout", "miner")
LED = ("wombo", "cogsguard_control", "cogsguard_targeted")  # roles change while they play
TEAMS = (*LED, "cogsguard_v2", "baseline")
NEUTRAL, OWN, CLIPS = -1, 0, 1

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Step:
    """What a strategy says in one step, by member."""

    roles: tuple[str, ...]
    targets: tuple[Place | None, ...]
    wants: tuple[str, ...]

    def counts(self) -> tuple[int, ...]:
        """Cogs by role: scramblers, aligners, scouts, miners."""
        return tuple(self.roles.count(role) for role in ROLES)


class Driver:
    """Asks a strategy, without a game around it."""

    def __init__(self, folder: Path) -> None:
        headers = [*sorted((GAMES / "cogsguard").glob("bots*.h")), *sorted((ROOT / "native").glob("*.h"))]
        self.program = built(SOURCE, headers, (ROOT / "native", GAMES), folder)

    def __call__(self, team: str, cogs: int, steps: int, *facts: str) -> list[Step]:
        text = "\n".join((f"{team} {cogs} {steps}", *facts))
        done = subprocess.run([self.program], input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr[-3000:]
        return [self.step(line) for line in done.stdout.splitlines()]

    @staticmethod
    def step(line: str) -> Step:
        roles, targets, wants = (part.split() for part in line.split(";"))
        places = [None if place == "-" else tuple(map(int, place.split(","))) for place in targets]
        return Step(tuple(roles), tuple(places), tuple(wants))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def ask(request: pytest.FixtureRequest) -> Driver:
    return Driver(request.config.cache.mkdir("bots_driver"))


def site(kind: str, place: Place, team: int = NEUTRAL, step: int = 0) -> str:
    return f"site {step} {kind} {place[0]} {place[1]} {team}"


def junctions(places: Sequence[Place], team: int = NEUTRAL, step: int = 0) -> list[str]:
    return [site("junction", place, team, step) for place in places]


HUB = site("hub", (0, 0), OWN)
NINE = [(12, 4 * k - 16) for k in range(9)]  # places of junctions


# -- roles by number


@pytest.mark.parametrize(
    ("cogs", "counts"),
    [
        (1, (0, 0, 0, 1)),
        (2, (1, 0, 0, 1)),
        (3, (1, 0, 1, 1)),
        (4, (1, 1, 1, 1)),
        (7, (1, 1, 1, 4)),
        (8, (2, 2, 1, 3)),
        (12, (2, 2, 1, 7)),
        (20, (3, 3, 1, 13)),
    ],
)
def test_the_table_of_v2(ask: Driver, cogs: int, counts: tuple[int, ...]) -> None:
    said = ask("cogsguard_v2", cogs, 301, HUB, *junctions(NINE, step=50))
    assert said[0].counts() == counts
    assert all(one.roles == said[0].roles for one in said)


@pytest.mark.parametrize("team", LED)
def test_few_cogs_keep_a_miner_and_an_aligner(ask: Driver, team: str) -> None:
    said = ask(team, 2, 101, HUB, *junctions(NINE, step=50))[-1]
    assert said.counts() == (0, 1, 0, 1)


@pytest.mark.parametrize("team", LED)
def test_one_cog_alone_plays_the_whole_game(ask: Driver, team: str) -> None:
    facts = [HUB, *junctions(NINE), "self 10 0 stock 50", "self 20 0 stock 5"]
    roles = [one.roles[0] for one in ask(team, 1, 60, *facts)]
    assert {"miner", "aligner"} == set(roles) and roles[0] == roles[-1] == "miner"


# -- phases


def test_control_goes_by_phases(ask: Driver) -> None:
    """Explores, then fights for a third of the junctions, then holds: from one plan to the next."""
    said = ask("cogsguard_control", 8, 280, HUB, *junctions(NINE))
    assert [said[step].counts() for step in (0, 79)] == [(1, 0, 2, 5)] * 2
    assert [said[step].counts() for step in (80, 239)] == [(2, 2, 1, 3)] * 2
    assert said[240].counts() == (1, 1, 1, 5)


def test_control_holds_as_soon_as_it_has_a_third(ask: Driver) -> None:
    facts = [HUB, *junctions(NINE), *junctions(NINE[:3], OWN, step=100)]
    said = ask("cogsguard_control", 8, 130, *facts)
    assert (said[119].counts(), said[120].counts()) == ((2, 2, 1, 3), (1, 1, 1, 5))


def test_control_explores_until_it_knows_a_junction(ask: Driver) -> None:
    """And plans twice as often while it knows few."""
    said = ask("cogsguard_control", 8, 130, HUB, *junctions(NINE[:4], step=90))
    assert {one.counts() for one in said[:100]} == {(1, 0, 2, 5)}
    assert said[100].counts() == (2, 2, 1, 3)
    many = ask("cogsguard_control", 8, 130, HUB, *junctions(NINE, step=61))
    assert many[99].counts() == (1, 0, 2, 5) and many[100].counts() == (2, 2, 1, 3)


@pytest.mark.parametrize(("cogs", "fight"), [(8, (2, 3, 0, 3)), (12, (2, 3, 0, 7)), (7, (1, 2, 0, 4))])
def test_targeted_goes_by_phases(ask: Driver, cogs: int, fight: tuple[int, ...]) -> None:
    said = ask("cogsguard_targeted", cogs, 300, HUB, *junctions(NINE))
    assert [said[step].counts() for step in (0, 99)] == [(1, 1, 3, cogs - 5)] * 2
    assert [said[step].counts() for step in (100, 274)] == [fight] * 2
    assert said[275].counts() == (1, 2, 1, cogs - 4)


def test_wombo_pushes_until_two_junctions_are_held(ask: Driver) -> None:
    held = junctions(NINE[:2], OWN, step=150)
    said = ask("wombo", 8, 300, HUB, *junctions(NINE), *junctions(NINE[:3], CLIPS), *held)
    assert {one.counts() for one in said[:80]} == {(1, 1, 2, 4)}
    assert {one.counts() for one in said[80:150]} == {(2, 2, 2, 2)}
    assert said[-1].counts()[3] == 4
    never = ask("wombo", 8, 300, HUB, *junctions(NINE))
    assert {one.counts() for one in never[80:]} == {(2, 2, 2, 2)}


@pytest.mark.parametrize(("cogs", "miners"), [(6, 4), (8, 4), (12, 6), (20, 10)])
def test_half_of_wombo_mines_and_nobody_is_idle(ask: Driver, cogs: int, miners: int) -> None:
    counts = ask("wombo", cogs, 100, HUB, *junctions(NINE[:2], OWN), *junctions(NINE[2:]))[-1].counts()
    assert counts[3] == miners and sum(counts) == cogs
    assert cogs < 12 or min(counts[:2]) >= 2


# -- cooldowns


@pytest.mark.parametrize(("team", "cooldown"), [("wombo", 120), ("cogsguard_targeted", 40)])
def test_nobody_changes_its_role_again_too_soon(ask: Driver, team: str, cooldown: int) -> None:
    """Junctions come and go, so that the team would like other roles every 30 steps."""
    facts = [HUB, *junctions(NINE)]
    for k in range(1, 20):
        facts += junctions(NINE[:6], OWN if k % 2 else CLIPS, step=30 * k)
    said = ask(team, 8, 600, *facts)
    changes = 0
    for member in range(8):
        roles = [one.roles[member] for one in said]
        at = [step for step in range(1, 600) if roles[step] != roles[step - 1]]
        assert all(later - sooner >= cooldown for sooner, later in itertools.pairwise(at))
        changes += len(at)
    assert changes >= 4


def test_who_has_hearts_and_gear_is_the_last_to_change(ask: Driver) -> None:
    """Control lets one of its two aligners go, and one of its two scramblers."""
    before = ask("cogsguard_control", 8, 81, HUB, *junctions(NINE))[80].roles
    first, second = (i for i, role in enumerate(before) if role == "aligner")
    geared = [f"self 90 {i} aligner 1" for i in (first, second)]
    for rich, poor in ((first, second), (second, first)):
        for facts in ([*geared, f"self 90 {rich} heart 3"], [geared[rich == second]]):
            after = ask("cogsguard_control", 8, 241, HUB, *junctions(NINE), *facts)[240].roles
            assert (after[rich], after[poor]) == ("aligner", "miner")


# -- targets


def targets_by(said: Step, role: str) -> list[Place]:
    pairs = zip(said.roles, said.targets, strict=True)
    return [target for one, target in pairs if one == role and target is not None]


@pytest.mark.parametrize("team", ["cogsguard_control", "cogsguard_targeted"])
def test_no_two_are_sent_to_one_place(ask: Driver, team: str) -> None:
    extractors = [site("carbon", (-20, 3 * k)) for k in range(5)]
    facts = [HUB, *junctions(NINE[:6]), *junctions(NINE[6:], CLIPS), *extractors]
    for said in ask(team, 8, 300, *facts)[100:]:
        dealt = [target for target in said.targets if target is not None]
        assert len(dealt) == len(set(dealt)) >= 2
        assert set(targets_by(said, "aligner")) <= set(NINE[:6])
        assert set(targets_by(said, "scrambler")) <= set(NINE[6:])
        assert len(targets_by(said, "aligner")) == said.roles.count("aligner")


def test_control_deals_the_first_to_be_had_in_order(ask: Driver) -> None:
    near, next_, far = (0, 9), (0, 12), (0, 30)
    said = ask("cogsguard_control", 8, 81, HUB, *junctions([far, next_, near]))[80]
    assert targets_by(said, "aligner") == [near, next_]


def test_targeted_sends_whom_it_is_nearest(ask: Driver) -> None:
    places = [(0, 9), (0, -9), (9, 0)]
    facts = [HUB, *junctions(places)]
    roles = ask("cogsguard_targeted", 8, 101, *facts)[100].roles
    aligners = [i for i, role in enumerate(roles) if role == "aligner"]
    stand = [f"at {i} {row} {col}" for i, (row, col) in zip(aligners, reversed(places), strict=True)]
    said = ask("cogsguard_targeted", 8, 101, *facts, *stand)[100]
    assert [said.targets[i] for i in aligners] == [*reversed(places)]


def test_targeted_gives_each_miner_an_extractor_of_its_own(ask: Driver) -> None:
    places = [(-6, 3 * k) for k in range(3)]
    said = ask("cogsguard_targeted", 8, 1, HUB, *(site("carbon", place) for place in places))[0]
    assert sorted(targets_by(said, "miner")) == sorted(places)
    wants = [want for want, role in zip(said.wants, said.roles, strict=True) if role == "miner"]
    assert sorted(wants) == sorted(f"use:{row},{col}" for row, col in places)


def test_a_dealt_junction_is_where_an_aligner_goes(ask: Driver) -> None:
    """Though another, that nobody was dealt, is one step away."""
    facts = [HUB, *junctions([(0, 9), (0, 12), (0, 14)])]
    ready = [f"self 0 {i} {what} {n}" for i in range(8) for what, n in (("aligner", 1), ("heart", 2))]
    stand = [f"at {i} 0 15" for i in range(8)]
    said = ask("cogsguard_control", 8, 81, *facts, *ready, *stand)[80]
    assert targets_by(said, "aligner") == [(0, 9), (0, 12)]
    wants = [want for want, role in zip(said.wants, said.roles, strict=True) if role == "aligner"]
    assert wants == ["use:0,9", "use:0,12"]


# -- baseline


BASE = [HUB, site("chest", (3, 0), OWN), site("carbon", (0, 15)), site("junction", (0, 12)), "at 0 0 14"]


def wish(ask: Driver, *facts: str, step: int = 0) -> str:
    """What one Cog of baseline, four cells outside the hub's area, wants."""
    return ask("baseline", 1, step + 1, *BASE, *facts)[step].wants[0]


def armed(hearts: int) -> list[str]:
    return ["self 0 0 aligner 1", f"self 0 0 heart {hearts}", "self 0 0 stock 50"]


def test_baseline_delivers_else_assembles_else_gathers(ask: Driver) -> None:
    assert wish(ask, *armed(1)) == "use:0,12"
    assert wish(ask, *armed(0)) == "use:3,0"
    assert wish(ask, "self 0 0 miner 1", "self 0 0 stock 0") == "use:0,15"


def test_baseline_recharges_before_all_else(ask: Driver) -> None:
    """From below 35 % of its energy until 85 %; home if that is sooner than the sun, or for its life."""
    assert wish(ask, *armed(1), "self 0 0 energy 7") == "use:0,12"
    assert wish(ask, *armed(1), "self 0 0 energy 6").startswith("wait")
    low = ["self 0 0 energy 6", "self 1 0 energy 16", "self 2 0 energy 17"]
    assert wish(ask, *armed(1), *low, step=1).startswith("wait")
    assert wish(ask, *armed(1), *low, step=2) == "use:0,12"
    assert wish(ask, *armed(1), "self 0 0 energy 6", "self 0 0 solar 1", "at 0 0 11").startswith("retreat")
    assert wish(ask, *armed(1), "self 0 0 energy 6", "self 0 0 hp 5").startswith("retreat")


# -- in the game


def follow(policy: str, steps: int, *variants: str, worlds: int = 1) -> tuple[Batch, list[np.ndarray]]:
    """A batch that obeyed a team, and the role [steps, A] each Cog showed by its vibe, "" for none."""
    config = override(catalog.make("cogsguard_arena.basic", variants), [f"max_steps={steps}"])
    batch = Batch(config, worlds=worlds, seed=3, threads=1)
    batch.teach(*label_of(parse(policy), batch.spec))
    names = np.array(batch.spec.action_names[0])
    shown = np.full(len(batch.labels), "", dtype=names.dtype)
    history = []
    for _ in range(steps):
        said = names[batch.labels[:, 0]]
        vibes = np.char.startswith(said, "change_vibe_")
        shown = np.where(vibes, np.char.replace(said, "change_vibe_", ""), shown)
        history.append(shown)
        batch.actions[:] = batch.labels
        batch.step()
    return batch, history


def counts(shown: np.ndarray) -> tuple[int, ...]:
    return tuple(int((shown == role).sum()) for role in ROLES)


@pytest.mark.parametrize(
    ("team", "step", "shows"),
    [
        ("cogsguard_v2", 5, (2, 2, 1, 3)),
        ("cogsguard_v2", 300, (2, 2, 1, 3)),
        ("cogsguard_control", 5, (1, 0, 2, 5)),
        ("cogsguard_control", 290, (1, 1, 1, 5)),
        ("cogsguard_targeted", 5, (1, 1, 3, 3)),
        ("cogsguard_targeted", 110, (2, 3, 0, 3)),
        ("wombo", 5, (1, 1, 2, 4)),
    ],
)
def test_roles_are_shown_by_vibes(team: str, step: int, shows: tuple[int, ...]) -> None:
    _, history = follow(team, step + 1)
    assert counts(history[step]) == shows


@pytest.mark.parametrize("team", TEAMS)
def test_counts_keep_their_roles(team: str) -> None:
    _, history = follow(f"{team}?scrambler=1&scout=2", 300)
    pinned = history[-1][:3].tolist()
    assert pinned == ["scrambler", "scout", "scout"]
    assert all((shown[:3] == pinned).all() for shown in history[2:])


@pytest.mark.parametrize("team", TEAMS)
def test_two_teams_on_one_map_have_a_strategy_each(team: str) -> None:
    _, history = follow(team, 60, "multi_team")
    first, second = history[-1][:8], history[-1][8:]
    assert team == "baseline" or counts(first) == counts(second)
    assert "" not in history[-1]


@pytest.mark.parametrize("team", TEAMS)
def test_the_team_holds_junctions(team: str) -> None:
    """Five is what every team must hold; that of role is told in test_cogsguard_bots."""
    batch, _ = follow(team, 1000, worlds=4)
    done = batch.episodes()
    assert len(done) == 4 and done.returns.mean() > 5


def test_every_team_of_the_seeds_is_there() -> None:
    wanted = {"role", "miner", "scout", "aligner", "scrambler", "teacher", "cogsguard", "random", "noop"}
    assert wanted | set(TEAMS) <= set(policies())
    for team in TEAMS:
        policy = parse(f"metta://policy/{team}?miner=4&scout=2&aligner=2&scrambler=2&gear=1")
        assert isinstance(policy, Role) and policy.counts() == {
            "miner": 4,
            "scout": 2,
            "aligner": 2,
            "scrambler": 2,
        }


def test_role_brings_a_heart_to_the_chest() -> None:
    """All diagnoses but the one whose Cog has to look for the hub with energy for fifteen moves."""
    passed = set()
    for mission in catalog.mission_sets()["diagnostic_evals"]:
        done = simulate(SimulationConfig(mission=mission, num_episodes=2), ["role"])
        passed |= {mission} if (done.episodes.returns == 1.0).all() else set()
    assert passed == set(catalog.mission_sets()["diagnostic_evals"]) - {"diagnostic_evals.charge_up_hard"}
