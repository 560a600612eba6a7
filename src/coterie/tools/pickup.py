"""Pickup: what a policy adds to a team of others, seat by seat."""

from pathlib import Path
from typing import Any

from pydantic import Field

from coterie.config import ConfigError
from coterie.evaluation.pickup import Pickup as Result
from coterie.evaluation.pickup import Scenario, pickup, scenarios
from coterie.evaluation.simulation import SimulationConfig
from coterie.play.limits import Limits
from coterie.policies.uri import parse
from coterie.tools.recording import STORE, recording, tell_stopped
from coterie.tools.saving import Saving, tell_kept
from coterie.tools.tables import heading, show_json, show_table


class Pickup(Saving):
    """The candidate with N, N - 1 … 0 seats of a team, the others from the pool, on the same maps."""

    policy_uri: str = ""
    pool: tuple[str, ...] = Field((), description="who has the other seats, in turn")
    mission: str = "cogsguard_machina_1.basic"
    variants: tuple[str, ...] = ()
    agents: int = Field(4, ge=1, description="seats of the team")
    counts: tuple[int, ...] | None = Field(None, description="how many seats the candidate has; all if None")
    num_episodes: int = Field(10, ge=1, description="of each scenario; one alone has no interval")
    max_steps: int = Field(1000, ge=1)
    seed: int = Field(50, ge=0)
    action_timeout_ms: float = Field(250.0, gt=0, description="a later action is not played")
    threads: int = Field(2, ge=1)
    store: Path | None = STORE
    as_json: bool = False

    def count(self) -> int:
        return self.num_episodes * (self.agents + 1 if self.counts is None else len(self.counts))

    def config(self) -> SimulationConfig:
        """What each scenario plays."""
        return SimulationConfig(
            mission=self.mission,
            variants=self.variants,
            suite="pickup",
            settings={"num_agents": self.agents, "max_steps": self.max_steps},
            num_episodes=self.num_episodes,
            seed=self.seed,
            max_time_s=3600.0,
        )

    def planned(self) -> tuple[Scenario, ...]:
        """The scenarios, after what would keep them from being played was refused."""
        if not self.policy_uri:
            raise ConfigError("nobody to pick up: name the candidate with -p POLICY")
        planned = scenarios(self.agents, self.pool, self.counts)
        for text in (self.policy_uri, *self.pool):
            parse(text)
        self.config().game()
        return planned

    def preview(self) -> list[str]:
        return [f"{one.name}: {one.mix}" for one in self.planned()]

    def invoke(self) -> int:
        planned = self.planned()
        with recording(len(planned) * self.num_episodes, self.store) as keep:
            limits = Limits(action_timeout_ms=self.action_timeout_ms)
            found = pickup(
                self.policy_uri,
                planned,
                self.config(),
                threads=self.threads,
                limits=limits,
                keep=keep,
                replays=self.wanted(),
            )
        tell_stopped(found.simulations)
        tell_kept(path for one in found.simulations for path in one.replays)
        if self.as_json:
            show_json(found.data())
        else:
            show(found)
        return 0 if found.is_complete else 1


def show(found: Result) -> None:
    """The tables for people."""
    maps = len(found.simulations[0].episodes)
    print(heading(f"{found.candidate} picked up in {found.config.title}, {maps} maps a scenario"))
    show_table(
        ["scenario", "candidate seats", "pool mix", "score"],
        [[one.name, str(one.candidate), one.mix, found.score(one).text()] for one in found.scenarios],
        numbers=[1, 3],
    )
    print()
    replacement = found.replacement
    if replacement.baseline is None:
        print("No replacement baseline available: no scenario without the candidate was played (n = 0).")
        return
    print(f"Replacement baseline {replacement.baseline.text()}\n")
    rows: list[list[Any]] = [
        [str(n), replacement.scores[n].text(), value.text()] for n, value in replacement.values.items()
    ]
    if replacement.overall is None:
        return
    show_table(["candidate seats", "candidate score", "value over replacement"], rows, numbers=[0, 1, 2])
    print(f"\nOverall value over replacement {replacement.overall.text()}")
    print(f"{found.verdict()}.")
    print("Mean reward of a seat ± 95 % interval over maps; values are differences on the same maps.")
