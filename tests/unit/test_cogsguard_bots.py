"""The scripted teams of CoGsGuard: as policies, as teachers of a batch, and how strong they are."""

import re

import numpy as np
import pytest

from coterie.config import ConfigError, override
from coterie.games import catalog
from coterie.games.arena import ArenaConfig
from coterie.games.batch import Batch
from coterie.games.bots import Bots
from coterie.games.lab.echo import EchoConfig
from coterie.play.roster import Roster, Share, seat
from coterie.policies.team import label_of
from coterie.policies.uri import parse

ROLES = ("miner", "aligner", "scrambler", "scout")
TEAMS = ("role", "reflex", "wombo", "cogsguard_v2", "cogsguard_control", "cogsguard_targeted", "baseline")
POLICIES = (*TEAMS, "cogsguard?gear=10", "cogsguard", "teacher?cycle=2", *ROLES)


def arena(worlds: int, *variants: str, steps: int = 1000, threads: int = 1) -> Batch:
    config = override(catalog.make("cogsguard_arena.basic", variants), [f"max_steps={steps}"])
    return Batch(config, worlds=worlds, seed=3, threads=threads)


def teach(batch: Batch, policy: str = "role") -> Batch:
    batch.teach(*label_of(parse(policy), batch.spec))
    return batch


def follow(batch: Batch, steps: int) -> np.ndarray:
    """The labels [steps, A] of so many steps in which they are obeyed."""
    said = []
    for _ in range(steps):
        said.append(batch.labels[:, 0].copy())
        batch.actions[:] = batch.labels
        batch.step()
    return np.array(said)


def disturb(batch: Batch, random: np.random.Generator) -> None:
    """One step in which every second row does as it likes."""
    batch.actions[:] = batch.labels
    batch.actions[::2] = random.integers(0, 12, batch.actions[::2].shape)
    batch.step()


# -- what they are functions of


def test_a_batch_has_no_labels_before_it_is_taught() -> None:
    batch = arena(1)
    assert batch.labels.shape == (0, 1)
    assert teach(batch).labels.shape == (8, 1)
    assert batch.labels.dtype == np.int32


@pytest.mark.parametrize("policy", POLICIES)
def test_labels_are_what_the_team_would_do_whoever_acts(policy: str) -> None:
    batch = teach(arena(3, steps=70), policy)
    name, options = label_of(parse(policy), batch.spec)
    team = Bots(name, batch.spec, np.repeat([5, 4, 9], 8), options=options)
    random = np.random.default_rng(0)
    for step in range(150):
        assert np.array_equal(team.act(batch.observations), batch.labels), step
        assert ((batch.labels >= 0) & (batch.labels < 12)).all()
        disturb(batch, random)
        team.forget(batch.terminals | batch.truncations)


@pytest.mark.parametrize("policy", TEAMS)
def test_labels_depend_on_nothing_but_the_seed(policy: str) -> None:
    alone, crowded = teach(arena(2), policy), teach(arena(6, threads=3), policy)
    assert np.array_equal(follow(alone, 150), follow(crowded, 150)[:, :16])
    alone.reset()
    again = follow(alone, 30)
    assert np.array_equal(again, follow(teach(arena(2), policy), 30))


def test_the_reflex_of_a_cog_is_a_function_of_what_it_sees() -> None:
    """The same observation, the same action: whatever came before, whoever stands beside."""
    batch = teach(arena(3, steps=70), "reflex")
    random = np.random.default_rng(2)
    seen, said = [], []
    for _ in range(150):
        seen.append(batch.observations.copy())
        said.append(batch.labels.copy())
        disturb(batch, random)
    observations, actions = np.concatenate(seen), np.concatenate(said)
    assert len(np.unique(actions)) >= 6
    name, options = label_of(parse("reflex"), batch.spec)
    teams = [Bots(name, batch.spec, np.sort(random.integers(0, 5, 24)), options=options) for _ in range(3)]
    for rows in random.permutation(len(observations)).reshape(-1, 24):
        team = teams[random.integers(3)]
        assert np.array_equal(team.act(observations[rows]), actions[rows])


@pytest.mark.parametrize("policy", TEAMS)
def test_a_teacher_changes_nothing_of_the_game(policy: str) -> None:
    batch, plain = teach(arena(2), policy), arena(2)
    for _ in range(60):
        plain.actions[:] = batch.actions[:] = batch.labels
        batch.step(), plain.step()
    assert [batch.hash(w) for w in range(2)] == [plain.hash(w) for w in range(2)]
    assert np.array_equal(batch.observations, plain.observations)
    assert len(plain.save(0)) < len(batch.save(0))


@pytest.mark.parametrize("policy", TEAMS)
def test_a_saved_world_goes_on_with_its_teacher(policy: str) -> None:
    batch = teach(arena(2), policy)
    random = np.random.default_rng(1)
    for _ in range(90):
        disturb(batch, random)
    saved, said = batch.save(0), batch.labels[:8].copy()
    ahead = follow(batch, 60)[:, :8]
    other = teach(arena(2), policy)
    other.restore(1, saved)
    assert np.array_equal(other.labels[8:], said)
    assert np.array_equal(follow(other, 60)[:, 8:], ahead)
    with pytest.raises(ValueError, match="the saved world"):
        arena(1).restore(0, saved)


@pytest.mark.parametrize("policy", TEAMS)
def test_saved_teams_go_on(policy: str) -> None:
    batch = teach(arena(2), policy)
    name, options = label_of(parse(policy), batch.spec)
    team, heir = (
        Bots(name, batch.spec, batch.seats * 0 + np.repeat([0, 1], 8), options=options) for _ in "ab"
    )
    for _ in range(50):
        team.act(batch.observations)
        follow(batch, 1)
    heir.restore(team.save())
    for _ in range(50):
        assert np.array_equal(team.act(batch.observations), heir.act(batch.observations))
        follow(batch, 1)
    with pytest.raises(ValueError, match="restore"):
        heir.restore(team.save()[:-3])


def test_a_team_may_have_but_some_seats() -> None:
    """Rows of one world that one actor has are a team, and play the same however the others are seated."""
    batch = arena(2)
    mine = np.array([1, 2, 3, 9, 10, 11])
    role, noop = parse("role").build(batch.spec), parse("noop").build(batch.spec)
    roster = Roster([Share("role", role, mine), Share("noop", noop, np.setdiff1d(np.arange(16), mine))])
    roster.begin(batch, seed=0)
    for _ in range(150):
        roster.act(batch)
        batch.step()
    assert all(
        seats[1]["miner.gained"] + seats[2]["aligner.gained"] > 0
        for _, seats in map(batch.statistics, (0, 1))
    )


# -- roles


def gear_after(policy: str, steps: int, *variants: str) -> list[str]:
    """What each Cog of world 0 has become, "" for nothing."""
    batch = teach(arena(1, *variants), policy)
    follow(batch, steps)
    _, seats = batch.statistics(0)
    return ["".join(role for role in ROLES if one[f"{role}.amount"]) for one in seats]


@pytest.mark.parametrize("team", TEAMS)
def test_counts_give_roles_by_number(team: str) -> None:
    wanted = ["scrambler"] * 2 + ["aligner"] * 2 + ["miner"] * 4 + ["scout"] * 2
    policy = f"metta://policy/{team}?miner=4&scout=2&aligner=2&scrambler=2"
    assert gear_after(policy, 250, "num_cogs=10") == wanted


@pytest.mark.parametrize(("team", "wanted"), [("role", [3, 3, 2, 0]), ("reflex", [4, 3, 1, 0])])
def test_a_team_has_all_it_needs(team: str, wanted: list[int]) -> None:
    got = gear_after(team, 200)
    assert [got.count(role) for role in ROLES] == wanted


def test_the_teacher_gives_everybody_a_turn() -> None:
    turns = [gear_after(f"teacher?cycle={cycle}", 250)[:4] for cycle in range(4)]
    assert turns[0] == ["scrambler", "aligner", "miner", "scout"]
    assert turns[1] == [*turns[0][1:], turns[0][0]]


def test_smart_cogs_begin_with_one_of_each() -> None:
    assert {"miner", "aligner", "scrambler", "scout"} <= set(gear_after("cogsguard?gear=10", 300))


# -- what they cannot play


@pytest.mark.parametrize("team", TEAMS)
@pytest.mark.parametrize(
    ("batch", "sentence"),
    [
        (lambda: Batch(EchoConfig()), "needs a game of a grid"),
        (lambda: Batch(ArenaConfig()), "needs a game that shows the feature 'inv:energy'"),
        (lambda: arena(1, steps=9), ""),
    ],
)
def test_a_game_without_the_features_is_refused(batch: object, sentence: str, team: str) -> None:
    made = batch()  # type: ignore[operator]
    if not sentence:
        seat(made, [(team, parse(team))])
        return
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        seat(made, [(team, parse(team))])


def test_a_policy_without_a_team_cannot_label() -> None:
    with pytest.raises(ConfigError, match="random cannot label a batch"):
        label_of(parse("random"), arena(1).spec)


def test_an_unknown_team_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean cogsguard"):
        arena(1).teach("cogsgard", {})


# -- strength


@pytest.mark.parametrize(("team", "mean", "least"), [("role", 20, 10), ("reflex", 8, 0.5)])
def test_the_team_is_strong(team: str, mean: float, least: float) -> None:
    """Well below what is measured on 50 maps; a team that cannot walk, mine or align holds fewer than 5."""
    batch = teach(arena(8, threads=2), team)
    follow(batch, 1000)
    done = batch.episodes()
    assert len(done) == 8
    assert done.returns.mean() > mean
    assert done.returns.min() > least


@pytest.mark.parametrize("team", TEAMS)
@pytest.mark.parametrize(
    "variants", [("multi_team",), ("num_cogs=1",), ("clips_hard", "num_cogs=20"), ("forest", "dark_side")]
)
def test_other_missions_are_played(team: str, variants: tuple[str, ...]) -> None:
    batch = teach(arena(2, *variants), team)
    random = np.random.default_rng(0)
    for step in range(300):
        if step % 10:
            follow(batch, 1)
        else:
            disturb(batch, random)
    statistics, _ = batch.statistics(0)
    assert sum(n for name, n in statistics.items() if re.fullmatch(r"cogs\w*/\w+\.deposited", name)) > 80
