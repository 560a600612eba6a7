"""What a Cog is rewarded for: the objective, and the shaping that variants add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coterie.games.grid.effects import Value, stat
from coterie.games.grid.rules import Reward

if TYPE_CHECKING:
    from coterie.games.cogsguard.config import CogsguardConfig

ELEMENTS = ("oxygen", "carbon", "germanium", "silicon")


def rewards(config: CogsguardConfig) -> dict[str, Reward]:
    """What the shaping variants add up to, entry by entry."""
    entries: dict[str, Reward] = {}
    for shaping in config.shaping:
        entries |= SHAPING[shaping](config)
    return entries


def objective(config: CogsguardConfig) -> dict[str, Reward]:
    """The mean number of junctions the team holds."""
    held = stat("aligned.junction.held", "team")
    return {"aligned_junction_held": Reward(numerators=(held,), weight=1 / config.max_steps)}


def milestones(config: CogsguardConfig) -> dict[str, Reward]:
    return {
        "aligned_junctions": Reward(numerators=(stat("aligned.junction", "team"),), weight=1.0, maximum=100),
        "scrambled": Reward(numerators=(stat("junction.scrambled_by_agent"),), weight=0.5, maximum=50),
        "aligned": Reward(numerators=(stat("junction.aligned_by_agent"),), weight=1.0, maximum=100),
    }


def credit(config: CogsguardConfig) -> dict[str, Reward]:
    # What one starts with counts as gained, and the starting stock as deposited, but nobody earned them.
    hearts = (stat("heart.gained"), Value(constant=-float(config.cog.hearts)))
    entries = {"heart_gained": Reward(numerators=hearts, weight=0.05, maximum=0.5)}
    for gear in ("aligner", "scrambler"):
        entries[f"{gear}_gained"] = Reward(numerators=(stat(f"{gear}.gained"),), weight=0.2, maximum=0.4)
        entries[f"{gear}_lost"] = Reward(numerators=(stat(f"{gear}.lost"),), weight=-0.2, maximum=0.4)
    for element in ELEMENTS:
        entries[f"{element}_gained"] = Reward(
            numerators=(stat(f"{element}.gained"),), weight=0.001, maximum=0.1
        )
        deposited = (stat(f"{element}.deposited", "team"), Value(constant=-10.0 * config.wealth))
        entries[f"{element}_deposited"] = Reward(numerators=deposited, weight=0.002, maximum=0.2)
    return entries


def penalize_vibe_change(config: CogsguardConfig) -> dict[str, Reward]:
    return {"vibe_changes": Reward(numerators=(stat("action.change_vibe.success"),), weight=-0.01)}


def aligner_credit(config: CogsguardConfig) -> dict[str, Reward]:
    """Credit for junctions to the agent that claimed or freed them, not to the whole team."""
    return {
        "claimed": Reward(numerators=(stat("junction.aligned_by_agent"),), weight=0.1),
        "freed": Reward(numerators=(stat("junction.scrambled_by_agent"),), weight=0.1),
    }


def hearts_banked(config: CogsguardConfig) -> dict[str, Reward]:
    """Hearts brought to a chest that takes them."""
    banked = (stat("heart.deposited", "team"), Value(constant=-5.0 * config.wealth))
    return {"hearts_banked": Reward(numerators=banked, weight=1.0)}


SHAPING = {
    "objective": objective,
    "milestones": milestones,
    "credit": credit,
    "penalize_vibe_change": penalize_vibe_change,
    "aligner_credit": aligner_credit,
    "hearts_banked": hearts_banked,
}
