"""What CoGsGuard pays: held junctions over max_steps, and the stated sums of every shaping variant."""

import pytest
from unit.cogsguard_stage import Stage

from coterie.games.cogsguard import variants
from coterie.games.cogsguard.config import CogsguardConfig

READY = {"hp": 100, "energy": 20, "solar": 3}
ALIGNER = READY | {"aligner": 1, "influence": 20, "heart": 3}
SCRAMBLER = READY | {"scrambler": 1, "heart": 3}


def shaped(*names: str) -> tuple[str, ...]:
    config = CogsguardConfig()
    for name in names:
        config = variants[name](config)
    return config.shaping


def sums(moves: str, row: str, start: dict[str, int], *names: str) -> list[float]:
    """Rewards of a Cog on a one-row stage under variants, without the objective."""
    edge = "#" * len(row)
    return Stage(edge, row, edge, start=start, shaping=shaped("no_objective", *names)).act(moves)


def close(*values: float) -> object:
    return pytest.approx(values, abs=1e-6)


def test_a_step_pays_the_junctions_held_over_max_steps() -> None:
    stage = Stage("#J@J#", start=ALIGNER, max_steps=50)
    assert stage.act("<>..") == close(1 / 50, 2 / 50, 2 / 50, 2 / 50)


def test_the_return_is_the_mean_number_of_junctions_held() -> None:
    stage = Stage("#@J#", start=ALIGNER, max_steps=20)
    assert sum(stage.act(10 * "." + ">" + 9 * ".")) == pytest.approx(0.5, abs=1e-5)
    assert stage.batch.terminals.all()


def test_objective_is_there_already_and_can_be_taken_away() -> None:
    assert shaped() == shaped("objective") == shaped("objective", "objective") == ("objective",)
    assert sums(">.", "#@J#", ALIGNER) == [0, 0]


def test_milestones() -> None:
    assert sums(">.", "#@J#", ALIGNER, "milestones") == close(2, 0), "one for the team's, one for the claim"
    assert sums(">.", "#@K#", SCRAMBLER, "milestones") == close(0.5, 0)


def test_credit_pays_nothing_for_what_is_there_at_the_start() -> None:
    assert sums("...", "#@.#", {"hp": 50, "solar": 1}, "credit") == [0, 0, 0]


def test_credit_for_hearts_and_gear() -> None:
    assert sums(">>", "#@C#", READY, "credit") == close(0.05, 0.05)
    assert sums(">>", "#@A#", READY, "credit") == close(0.2, 0)
    assert sums("><", "#M@A#".replace("M@A", "M@S"), READY, "credit") == close(0.2, -0.2), "lost by a change"


def test_credit_for_elements_mined_and_deposited() -> None:
    assert sums(">>", "#@o#", READY, "credit") == close(0.001, 0.001)
    assert sums(">>", "#@o#", READY | {"miner": 1}, "credit") == close(0.01, 0.01)
    assert sums("><>", "#H@c#", READY, "credit") == close(0.001, 0.002, 0.001)


def test_credit_is_capped() -> None:
    paid = sums(20 * ">" + 40 * "." + 20 * ">", "#@C#", READY | {"hp": 1000}, "credit")
    assert sum(paid) <= 0.5 + 1e-6
    mined = sums(300 * ">", "#@oH#", READY | {"miner": 1, "scout": 1}, "credit")
    assert sum(mined) <= 0.1 + 1e-6


def test_losses_are_capped_too() -> None:
    edge, start = "#####", READY | {"hp": 1000}
    stage = Stage(edge, "#A@S#", edge, start=start, wealth=10, shaping=shaped("no_objective", "credit"))
    paid = [stage.act(moves)[0] for moves in ("<", ">..", "<..", ">..", "<..", ">..")]
    # Twice each gear is paid and twice its loss is charged, ±0.4 in all; then nothing more happens.
    assert paid == close(0.2, 0, 0, 0, -0.2, 0)


def test_vibe_changes_and_aligner_credit() -> None:
    stage = Stage("#@.#", start=READY, shaping=shaped("no_objective", "penalize_vibe_change"))
    assert [stage.do("change_vibe_gear"), stage.do("noop")] == close(-0.01, 0)
    assert sums(">.", "#@J#", ALIGNER, "aligner_credit") == close(0.1, 0)
    assert sums(">.", "#@K#", SCRAMBLER, "aligner_credit") == close(0.1, 0)


def test_a_heart_brought_to_a_chest_that_banks_pays_one() -> None:
    bank = {"chest_takes_hearts": True, "shaping": ("hearts_banked",), "wealth": 0}
    stage = Stage("#@C#", start=READY | {"heart": 1}, **bank)
    assert stage.act(".>>") == close(0, 1, 0)
    assert stage.stock == {"heart": 1}


# -- rules that only some missions have ----------------------------------------------------------------------


def test_with_single_use_an_extractor_serves_once() -> None:
    for gear, units in (({}, 1), ({"miner": 1}, 10)):
        stage = Stage("###", "#@o", "###", start=READY | gear, single_use_extractors=True)
        stage.act(">")
        assert stage.held["oxygen"] == units
        assert not stage.things("oxygen_extractor")


def test_with_single_use_who_has_no_room_spends_nothing() -> None:
    stage = Stage("###", "#@o", "###", start=READY | {"carbon": 4}, single_use_extractors=True)
    stage.act(">")
    assert not stage.cog["success"]
    assert stage.things("oxygen_extractor")


def test_with_vibes_required_only_who_asks_is_served() -> None:
    stage = Stage("#####", "#C@A#", "#####", start=READY, vibes_required=True)
    stage.act("<>")
    assert not {"heart", "aligner"} & stage.held.keys()
    stage.do("change_vibe_heart")
    stage.act("<")
    stage.do("change_vibe_aligner")
    stage.act(">")
    assert (stage.held["heart"], stage.held["aligner"]) == (1, 1)
