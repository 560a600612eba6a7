"""Evaluate: policies play simulations on maps nobody trained on, and are compared."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, field_validator

from coterie.config import ConfigError
from coterie.evaluation.comparison import Comparison, compare
from coterie.evaluation.simulation import KeepSteps, SimulationConfig, Unplayed
from coterie.play.limits import Limits
from coterie.play.match import prints_apart
from coterie.policies.uri import parse
from coterie.tools.recording import STORE, check_steps, recording, tell_stopped
from coterie.tools.saving import Saving, tell_kept
from coterie.tools.tables import show_json


class Evaluate(Saving):
    """Each policy alone holds all seats, on the same maps."""

    aliases: ClassVar[dict[str, str]] = {"policy_uri": "policy_uris"}

    policy_uris: tuple[str, ...] = Field((), description="who is judged, one or a list")
    simulations: tuple[SimulationConfig, ...] = (SimulationConfig(),)
    num_episodes: int | None = Field(None, ge=1, description="of each simulation, instead of its own number")
    reference: str | None = Field(None, description="one of policy_uris: the others are compared with it")
    threads: int = Field(2, ge=1)
    action_timeout_ms: float = Field(250.0, gt=0, description="for a later action a noop is played")
    store: Path | None = STORE
    keep_steps: KeepSteps | None = Field(None, description="keep every step in the store too")
    as_json: bool = False

    @field_validator("policy_uris", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    def played(self) -> tuple[SimulationConfig, ...]:
        """The simulations as they will be played."""
        if self.num_episodes is None:
            return self.simulations
        return tuple(one.replace(num_episodes=self.num_episodes) for one in self.simulations)

    def count(self) -> int:
        return sum(one.num_episodes for one in self.played()) * max(1, len(self.policy_uris))

    def check(self) -> None:
        if not self.policy_uris:
            raise ConfigError(
                "nobody to evaluate: give policy_uris=POLICY, such as role or ./train_dir/my_run:v5"
            )
        if not self.simulations:
            raise ConfigError("nothing to play: give simulations")
        check_steps(self.keep_steps, self.store)

    def preview(self) -> list[str]:
        self.check()
        for text in self.policy_uris:
            parse(text)
        count = sum(one.num_episodes for one in self.played())
        titles = ", ".join(one.title for one in self.simulations)
        return [f"{len(self.policy_uris)} policies × {count} episodes: {titles}"]

    def invoke(self) -> int:
        self.check()
        outcomes: list[Comparison | Unplayed] = []
        replays = self.wanted()
        with prints_apart(), recording(self.count(), self.store) as keep:
            for config in self.played():
                try:
                    outcomes.append(
                        compare(
                            config,
                            self.policy_uris,
                            reference=self.reference,
                            threads=self.threads,
                            limits=Limits(action_timeout_ms=self.action_timeout_ms),
                            keep=keep,
                            replays=replays,
                            keep_steps=self.keep_steps,
                        )
                    )
                except Unplayed as error:
                    outcomes.append(error)
        return self.tell(outcomes)

    def tell(self, outcomes: Sequence[Comparison | Unplayed]) -> int:
        """The tables, what was not played on stderr, and the exit code."""
        done = [one for one in outcomes if isinstance(one, Comparison)]
        if self.as_json:
            show_json([one.data() for one in done])
        else:
            print("\n\n".join(one.text() for one in done))
        tell_stopped(simulation for one in done for simulation in one.simulations)
        tell_kept(path for one in done for simulation in one.simulations for path in simulation.replays)
        for one in outcomes:
            if isinstance(one, Unplayed):
                print(f"coterie: {one}", file=sys.stderr)
        return 0 if all(isinstance(one, Comparison) and one.is_complete for one in outcomes) else 1
