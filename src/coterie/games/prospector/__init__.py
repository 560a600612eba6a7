"""prospector: one ship mines hidden asteroids, sells into a moving market, and lives to keep its gains."""

from typing import ClassVar

from pydantic import Field

from coterie.games.batch import GameConfig, Sight

COMMODITIES = ("iron", "nickel", "water_ice", "pge", "rare_isotopes", "volatiles")
KINDS = ("station", "cluster", "hazard")
LANES, ASTEROIDS = 6, 16
SHIP = ("fuel", "hull", "heat", "tool", "load", "alert", "time_left", "credits")
SUPPLIES = ("repair_kits", "stabilizers", "decoys")
MARKETED = ("iron", "water_ice", "pge", "rare_isotopes")  # those of which the station shows its inventory
TOLD = (
    "is_homeward",
    "was_visited",
    "left",
    "best_worth",
    "untried",
    "way_home",
    "hazard",
    "next_left",
    "next_worth",
)
HOLD = ("hold_worth", "way_home", "fuel_to_spare", "hazard")
TIMES = (
    "escape_ticks",
    "stabilized_ticks",
    "last_ticks",
    "met_pirates",
    "inventory/nickel",
    "inventory/volatiles",
)
# About how far each kind of number moves in voyages that go well, where that is far less than 1: by its last
# name or else by its first.
USUAL = {
    "heat": 0.1,
    "load": 0.1,
    "credits": 0.3,
    "cargo": 0.02,
    "repair_kits": 0.1,
    "stabilizers": 0.1,
    "decoys": 0.1,
    "hops": 0.05,
    "confidence": 0.2,
    "change": 0.1,
    "inventory": 0.1,
    "amount": 0.2,
    "assay": 0.3,
    "worth": 0.3,
    "best_worth": 0.3,
    "next_worth": 0.3,
    "untried": 0.3,
    "way_home": 0.2,
    "time_left": 0.2,
}


class ProspectorConfig(GameConfig):
    """One seat pilots a ship for `ticks` ticks; each of its steps takes 1 to 8 of them."""

    game: ClassVar[str] = "prospector"

    ticks: int = Field(20_000, ge=1, le=1_000_000, description="the clock of a voyage, in ticks")
    banked: bool = Field(
        True, description="pay for what a ship that lives brings home, else as the reference does"
    )
    masked: bool = Field(True, description="open only what can be done here and now, and refuse the rest")
    notes: bool = Field(True, description="show what a pilot would write down, 120 numbers after the 260")
    advance: float = Field(
        0.5, ge=0, le=1, description="share of the hold's base price paid when loaded, taken back when sold"
    )
    loss: float = Field(1.0, ge=0, le=1000, description="thousands of credits that a lost ship costs besides")
    tick_discount: float = Field(
        1.0, gt=0, le=1, description="each reward is multiplied by it once for every tick gone by, 1 = off"
    )
    invalid_penalty: float = Field(
        0.01, ge=0, le=1000, description="what an invalid action costs, if not banked"
    )

    def sight(self) -> Sight:
        """The name of each number of an observation."""
        names = (*_numbers(), *_notes()) if self.notes else _numbers()
        return Sight("vector", 1, len(names), names, tuple(map(_usual, names)), (), 1)


def _usual(name: str) -> float:
    """What a number of this name is about, where that is far from 1."""
    stem, _, leaf = name.partition("/")
    return USUAL.get(leaf, USUAL.get(stem, 1.0))


def _numbers() -> tuple[str, ...]:
    """Of the reference's 260 numbers, in their order."""
    kinds = tuple(f"is_{kind}" for kind in KINDS)
    lane = ("is_there", *kinds, "ticks", "fuel", "threat")
    asteroid = ("is_there", *COMMODITIES, "stability", "depletion", "confidence", "is_selected")
    return (
        *SHIP,
        *(f"cargo/{name}" for name in COMMODITIES),
        *SUPPLIES,
        *("is_home", "is_ready", *kinds, "node", "hops"),
        *(f"lane_{k}/{name}" for k in range(LANES) for name in lane),
        *("unused_0", "unused_1"),
        *(f"asteroid_{a}/{name}" for a in range(ASTEROIDS) for name in asteroid),
        *(f"price/{name}" for name in COMMODITIES),
        *(f"change/{name}" for name in COMMODITIES),
        *(f"inventory/{name}" for name in MARKETED),
    )


def _notes() -> tuple[str, ...]:
    """Of the 120 that the pilot's notes add."""
    return (
        *(f"asteroid_{a}/{name}" for name in ("assay", "worth") for a in range(ASTEROIDS)),
        *(f"lane_{k}/{name}" for k in range(LANES) for name in TOLD),
        *(f"{name}/{what}" for name in ("level", "trend", "crest", "amount") for what in COMMODITIES),
        *HOLD,
        *TIMES,
    )


missions = {
    "prospector.basic": ProspectorConfig,
    "prospector.classic": lambda: ProspectorConfig(banked=False, masked=False, notes=False),
}
