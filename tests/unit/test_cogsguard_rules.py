"""The numbers of CoGsGuard: the Cog, stations and recipes, areas, and what a Cog without hp cannot do."""

import pytest
from unit.cogsguard_stage import Stage

from coterie.games.cogsguard.config import Cog, Weather
from coterie.games.cogsguard.rules import ELEMENTS, GEAR, GEAR_COST, RESOURCES, VIBES

FULL = dict.fromkeys(ELEMENTS, 100)
ALONE = ("#####", "#@..#", "#####")
READY = {"hp": 100, "energy": 20, "solar": 3}


def test_resources_and_vibes_keep_their_numbers() -> None:
    elements = ("oxygen", "carbon", "germanium", "silicon")
    assert RESOURCES == ("energy", "heart", "hp", "influence", "solar", *elements, *GEAR)
    assert GEAR == ("aligner", "scrambler", "miner", "scout")
    assert VIBES == ("default", "heart", "gear", "scrambler", "aligner", "miner", "scout")


# -- the Cog -------------------------------------------------------------------------------------------------


def test_a_cog_starts_and_decays() -> None:
    stage = Stage(*ALONE)
    assert stage.held == {"energy": 100, "hp": 50, "solar": 1}
    stage.act(".")
    assert stage.held == {"energy": 20, "hp": 49, "solar": 3}, (
        "the surplus of energy goes at its first change"
    )


def test_influence_decays() -> None:
    stage = Stage(*ALONE, start={"hp": 50, "aligner": 1, "influence": 20})
    stage.act("...")
    assert stage.held["influence"] == 17


@pytest.mark.parametrize(
    ("gear", "hp", "energy", "cargo", "influence"),
    [
        (None, 100, 20, 4, 0),
        ("miner", 100, 20, 40, 0),
        ("scout", 400, 100, 4, 0),
        ("aligner", 100, 20, 4, 20),
        ("scrambler", 200, 20, 4, 0),
    ],
)
def test_limits_follow_gear(gear: str | None, hp: int, energy: int, cargo: int, influence: int) -> None:
    start = {"hp": 5000, "energy": 5000, "influence": 5000, "solar": 5000, "heart": 5}
    stage = Stage("#####", "#@c##", "##H##", "#####", start=start | ({gear: 1} if gear else {}))
    stage.act("....." + 5 * ">")
    held = stage.held
    assert (held["hp"], held["energy"]) == (hp, energy)
    assert (held["carbon"], held.get("influence", 0)) == (cargo, influence)


def test_hearts_are_limited_to_ten() -> None:
    stage = Stage("#####", "#@CH#", "#####", stock={"heart": 30})
    stage.act(15 * ">" + 300 * ">")
    assert stage.held["heart"] == 10
    assert stage.stock["heart"] == 20


def test_a_move_and_a_use_cost_four_and_the_rest_is_free() -> None:
    dark = Weather(day_solar=0, night_solar=0)
    stage = Stage("#####", "#@.c#", "#####", start={"hp": 100, "energy": 20}, weather=dark)
    stage.act("<.")
    stage.do("change_vibe_gear")
    assert stage.held["energy"] == 20, "a blocked move, a wait and a vibe"
    stage.act(">>")
    assert stage.held["energy"] == 12
    assert stage.held["carbon"] == 1


def test_weather() -> None:
    stage = Stage(*ALONE, cog=Cog(hp_decay=0))
    solar = []
    for _ in range(200):
        stage.act(".")
        solar.append(stage.held["solar"])
    assert solar == 99 * [3] + 100 * [1] + [3]


# -- stations and recipes ------------------------------------------------------------------------------------

STATION = {"aligner": "A", "scrambler": "S", "miner": "M", "scout": "O"}
PRICES = {
    "aligner": {"carbon": 3, "oxygen": 1, "germanium": 1, "silicon": 1},
    "scrambler": {"carbon": 1, "oxygen": 3, "germanium": 1, "silicon": 1},
    "miner": {"carbon": 1, "oxygen": 1, "germanium": 3, "silicon": 1},
    "scout": {"carbon": 1, "oxygen": 1, "germanium": 1, "silicon": 3},
}


@pytest.mark.parametrize("gear", GEAR)
def test_a_station_sells_its_gear_once(gear: str) -> None:
    assert GEAR_COST == PRICES
    stage = Stage("####", f"#@{STATION[gear]}#", "####")
    stage.act(">>")
    assert [stage.held.get(g, 0) for g in GEAR] == [int(g == gear) for g in GEAR]
    assert stage.stock == {"heart": 5} | {e: 10 - n for e, n in PRICES[gear].items()}, "keeping it is free"
    assert stage.cog["success"]


def test_a_station_takes_the_old_gear_and_refuses_who_cannot_pay() -> None:
    stage = Stage("#####", "#A@M#", "#####", stock={**dict.fromkeys(ELEMENTS, 5), "carbon": 4})
    stage.act("<")
    assert stage.held["aligner"] == 1
    stage.act(">")
    assert "aligner" not in stage.held
    assert stage.held["miner"] == 1
    before = stage.held["energy"]
    stage.act("<")
    assert not stage.cog["success"]
    assert stage.held["miner"] == 1
    assert stage.held["energy"] == min(20, before + 3), "a refused use is free"


@pytest.mark.parametrize(("gear", "units"), [({}, 1), ({"miner": 1}, 10)])
def test_an_extractor_holds_a_hundred_and_goes_when_empty(gear: dict[str, int], units: int) -> None:
    stage = Stage("####", "#@s#", "####", start=READY | gear)
    stage.act(">")
    assert stage.held["silicon"] == units
    assert stage.things("silicon_extractor")[0]["inventory"] == {"silicon": 100 - units}
    short = Stage("####", "#@s#", "####", start=READY | gear, extractor_stock=units)
    short.act(">")
    assert not short.things("silicon_extractor")


def test_hub_and_own_junction_take_all_elements() -> None:
    cargo = {"oxygen": 3, "carbon": 1}
    stage = Stage("####", "#@H#", "####", start=READY | cargo)
    stage.act(">")
    assert stage.stock == {"heart": 5, "oxygen": 13, "carbon": 11, "germanium": 10, "silicon": 10}
    armed = READY | cargo | {"aligner": 1, "influence": 2, "heart": 1}
    claimed = Stage("####", "#@J#", "####", start=armed)
    claimed.act(">>")
    assert claimed.stock == stage.stock


def test_the_chest_gives_hearts_then_makes_them() -> None:
    stage = Stage("#####", "#@CH#", "#####", start=READY, stock={"heart": 1, **FULL})
    stage.act(">")
    assert (stage.held["heart"], stage.stock) == (1, FULL)
    stage.act(">")
    assert (stage.held["heart"], stage.stock) == (2, dict.fromkeys(ELEMENTS, 90))


def test_team_stock_is_limited() -> None:
    stage = Stage("####", "#@H#", "####", start=READY | {"oxygen": 4}, wealth=249, heart_cost=7)
    stage.act(">")
    assert stage.stock["oxygen"] == 2494
    full = Stage("####", "#@H#", "####", start=READY | {"oxygen": 4}, wealth=250)
    full.act(">")
    assert (full.stock["oxygen"], full.held["oxygen"]) == (2500, 4), "10000 elements together"


# -- mended: what destroyed things in the original -----------------------------------------------------------


def test_at_the_heart_limit_nothing_is_destroyed() -> None:
    stage = Stage("#####", "#@C##", "#####", start=READY | {"heart": 10}, stock=FULL)
    stage.act(">")
    assert not stage.cog["success"]
    assert (stage.held["heart"], stage.stock, stage.held["energy"]) == (10, FULL, 20)


def test_without_hp_gear_and_hearts_are_lost_and_not_sold() -> None:
    held = {"hp": 1, "energy": 20, "solar": 1, "miner": 1, "heart": 2}
    stage = Stage("#####", "#CcH#", "#M@.#", "#####", start=held, stock={"heart": 5, **FULL}, area_radius=0)
    stage.act(".")
    assert stage.held == {"energy": 20, "solar": 3}
    stage.act("<")
    assert not stage.cog["success"]
    stage.act("^")
    assert stage.held["carbon"] == 1, "it still mines"
    stage.act(">^")
    assert stage.stock == {"heart": 5, **FULL, "carbon": 101}, "and deposits; the station sold it nothing"


def test_without_hp_the_chest_gives_and_makes_nothing() -> None:
    start = {"hp": 1, "energy": 20, "solar": 3}
    for stock in ({"heart": 5}, FULL):
        stage = Stage("####", "#@C#", "####", start=start, stock=stock)
        stage.act(".>")
        assert not stage.cog["success"]
        assert stage.stock == stock


# -- areas, junctions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("distance", "is_home"), [(10, True), (11, False)])
def test_home_refills_within_ten(distance: int, is_home: bool) -> None:
    row = "H" + "." * (distance - 1) + "@"
    stage = Stage(row, start={"hp": 50, "energy": 1, "aligner": 1})
    stage.act(".")
    home = {"hp": 100, "energy": 20, "influence": 10, "aligner": 1}
    # These Cogs start without solar; the first morning brings 2.
    away = {"hp": 49, "energy": 3, "aligner": 1}
    assert {k: v for k, v in stage.held.items() if k != "solar"} == (home if is_home else away)


@pytest.mark.parametrize(("row", "hp"), [("@J", 99), ("@K", 98), ("K@K", 97)])
def test_hostile_ground_wears_down(row: str, hp: int) -> None:
    stage = Stage(row, start={"hp": 100, "energy": 20, "aligner": 1, "influence": 20})
    stage.act(".")
    assert stage.held["hp"] == hp
    assert stage.held.get("influence", 0) == (0 if "K" in row else 19)


def test_align_and_scramble() -> None:
    armed = READY | {"aligner": 1, "influence": 1, "heart": 2}
    stage = Stage("#@J#", start=armed)
    assert stage.act(">")[0] == pytest.approx(1 / 1000)
    assert (stage.things("junction")[0]["team"], stage.held["heart"]) == ("cogs", 1)
    stage = Stage("#@K#", start=READY | {"scrambler": 1, "heart": 2})
    stage.act(">")
    assert (stage.things("junction")[0]["team"], stage.held["heart"]) == (None, 1)


@pytest.mark.parametrize("lacking", ["aligner", "influence", "heart"])
def test_aligning_needs_gear_influence_and_a_heart(lacking: str) -> None:
    armed = READY | {"aligner": 1, "influence": 1, "heart": 1}
    stage = Stage("#@J#", start={name: n for name, n in armed.items() if name != lacking})
    stage.act(">")
    assert not stage.cog["success"]
    assert stage.things("junction")[0]["team"] is None
