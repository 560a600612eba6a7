"""role_py and the native role decide alike, and the search that makes it fast is a queue's."""

from collections import deque
from math import inf

import numpy as np
import pytest

from coterie.config import ConfigError
from coterie.evaluation.diagnostics.parity import Difference, watch
from coterie.evaluation.diagnostics.watching import Stage
from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.policies.scripted.role_machine import ground
from coterie.policies.scripted.role_machine.board import Board, Place, moved
from coterie.policies.scripted.role_machine.search import cell_at, cells_of, search
from coterie.policies.scripted.role_machine.sight import FLOOR, ROCK, UNKNOWN
from coterie.policies.team import label_of
from coterie.policies.uri import parse

COUNTS = "?miner=4&scout=2&aligner=2&scrambler=2"


def differences(mission: str, steps: int, *, options: str = "", agents: int = 8, seed: int = 1) -> Difference:
    stage = Stage(mission, (), agents, max_steps=1000, seed=seed)
    return watch(stage, f"role{options}", steps, second=f"role_py{options}")[1]


@pytest.mark.parametrize(
    ("mission", "options", "agents", "seed"),
    [
        ("cogsguard_arena.basic", "", 10, 3),
        ("cogsguard_machina_1.basic", COUNTS, 10, 1),
        ("hello_world.energy_starved", "?aligner=3", 4, 2),
        ("tutorial", "", 1, 5),
        ("diagnostic_evals.charge_up", "", 1, 1),
    ],
)
def test_it_decides_as_the_native_team_does(mission: str, options: str, agents: int, seed: int) -> None:
    found = differences(mission, 300, options=options, agents=agents, seed=seed)
    assert (found.differing, found.first) == (0, "")
    assert found.asked == 300 * agents


def test_it_starts_anew_with_each_episode() -> None:
    stage = Stage("cogsguard_arena.basic", (), 8, max_steps=60, seed=4)
    assert watch(stage, "role", 200, second="role_py")[1] == Difference(0, 1600)


def test_a_difference_of_one_in_one_constant_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground, "AREA", 9)
    found = differences("cogsguard_arena.basic", 300)
    assert found.differing > 0
    assert found.first.startswith("step ")


def test_teams_of_several_worlds_do_not_mix() -> None:
    batch = Batch(catalog.make("cogsguard_arena.basic"), worlds=3, seed=2)
    actor = parse("role_py").build(batch.spec)
    worlds = np.repeat([4, 9, 2], 8)
    together = actor.begin(worlds, 0)
    alone = [actor.begin(np.zeros(8, dtype=np.int64), 0) for _ in range(3)]
    for _ in range(40):
        actions, together = actor.act(batch.observations, batch.masks, together)
        for k in range(3):
            rows = slice(8 * k, 8 * k + 8)
            own, alone[k] = actor.act(batch.observations[rows], batch.masks[rows], alone[k])
            assert np.array_equal(own, actions[rows])
        batch.actions[:] = actions
        batch.step()


def test_its_labels_are_those_of_role() -> None:
    spec = Batch(catalog.make("cogsguard_arena.basic")).spec
    assert label_of(parse(f"role_py{COUNTS}"), spec) == label_of(parse(f"role{COUNTS}"), spec)


@pytest.mark.parametrize(
    ("mission", "said"),
    [("echo.basic", "needs a game of a grid"), ("arena.basic", "it needs a game that shows")],
)
def test_a_game_it_cannot_play_is_refused(mission: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse("role_py").build(Batch(catalog.make(mission)).spec)


# -- the search, against a queue


def land(random: np.random.Generator) -> Board:
    """A board with rocks all over, a part of it unknown."""
    board = Board()
    board.make_room((0, 0), 8)
    contents = random.choice([UNKNOWN, FLOOR, ROCK], p=[0.1, 0.6, 0.3], size=(24, 24))
    board.grid[52:76, 52:76] = contents
    board.top, board.bottom = 52, 76
    return board


def queued(
    board: Board, start: Place, goals: set[Place], limit: float, blocked: set[Place]
) -> list[int] | None:
    """The same as `search`, as it is done natively."""
    paths: dict[Place, list[int]] = {start: []}
    queue = deque([start])
    taken = 0
    while queue and taken < limit:
        here = queue.popleft()
        taken += 1
        for move in (1, 2, 3, 4):
            following = moved(here, move)
            if following in paths or following in blocked:
                continue
            paths[following] = [*paths[here], move]
            if following in goals:
                return paths[following]
            if board.cell(following) <= FLOOR:
                queue.append(following)
    return None


@pytest.mark.parametrize("limit", [inf, 1, 20, 60, 150])
def test_the_search_finds_what_a_queue_finds(limit: float) -> None:
    random = np.random.default_rng(int(min(limit, 999)))
    met = 0
    for _ in range(150):
        board = land(random)
        places = [
            (int(row), int(col))
            for row, col in random.integers(-12, 12, size=(int(random.integers(1, 9)), 2))
        ]
        start, goals, blocked = places[0], set(places[1:-1]), set(places[-1:]) - {places[0]}
        cells = [sum({cell_at(board, place) for place in some}) for some in (goals, blocked)]
        found = search(board, start, cells[0], limit=limit, blocked=cells[1])
        assert found == queued(board, start, goals - {start}, limit, blocked)
        met += found is not None
    assert met > 10 or limit == 1


def test_a_set_of_cells_is_a_bit_for_each() -> None:
    board = land(np.random.default_rng(0))
    where = np.zeros((board.side, board.side), dtype=bool)
    where[70, 5] = where[0, 0] = True
    assert cells_of(where) == cell_at(board, (70 - 64, 5 - 64)) | 1


def test_no_way_leads_over_the_edge_of_the_map() -> None:
    board = Board()
    board.make_room((0, 0), 8)
    board.grid[:, 60] = ROCK  # a wall from north to south: around it is only the edge
    board.top, board.bottom = 0, 128
    assert search(board, (0, 0), cell_at(board, (0, -10))) is None
    board.make_room((90, 0), 8)
    assert board.side == 256
    assert (board.grid[64:192, 124] == ROCK).sum() == 126  # the old edge is open again
    assert search(board, (0, 0), cell_at(board, (0, -10))) is not None
