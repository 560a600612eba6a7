"""recall: answer with what was shown long ago; it cannot be learnt without memory."""

from typing import ClassVar

from pydantic import Field

from coterie.games.batch import GameConfig


class RecallConfig(GameConfig):
    """One seat sees one of `cues` cues, is distracted for `delay` steps, and is asked for the cue."""

    game: ClassVar[str] = "recall"

    cues: int = Field(2, ge=2, le=64, description="how many cues there are")
    delay: int = Field(16, ge=16, le=100_000, description="steps of distraction between cue and question")


missions = {"recall.basic": RecallConfig, "recall.long": lambda: RecallConfig(cues=4, delay=64)}
