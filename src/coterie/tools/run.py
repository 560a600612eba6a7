"""Run: policies share the seats of missions for many episodes, and what came of it is told."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from coterie.config import ConfigError, as_yaml, choose
from coterie.evaluation.simulation import (
    KeepSteps,
    Named,
    Simulation,
    SimulationConfig,
    Unplayed,
    simulate,
)
from coterie.games import catalog
from coterie.games.batch import Batch
from coterie.play.limits import Limits
from coterie.play.match import prints_apart
from coterie.play.roster import seat
from coterie.policies.uri import entry, split_proportion
from coterie.replays.environment import Wanted
from coterie.tools.recording import STORE, check_steps, recording
from coterie.tools.run_tables import data_of, show
from coterie.tools.saving import Saving, tell_kept
from coterie.tools.tables import show_json


class Run(Saving):
    """Every mission is played by all policies together; episodes are kept as soon as they are over."""

    aliases: ClassVar[dict[str, str]] = {"policy_uri": "policy_uris", "mission": "missions"}

    missions: tuple[str, ...] = Field((), description="names or globs")
    mission_sets: tuple[str, ...] = Field((), description="sets of missions by name, all for every set")
    variants: tuple[str, ...] = ()
    settings: dict[str, Any] = Field({}, description="fields of the games' configurations, by dotted path")
    agents: int | None = Field(None, ge=1, description="number of agents, else the missions' own")
    max_steps: int | None = Field(None, ge=1, description="steps of an episode, else the missions' own")
    policy_uris: tuple[str, ...] = Field((), description="who plays, each with proportion=N if it wants")
    seats: Literal["team"] | tuple[int, ...] | None = Field(
        None, description="team: a policy each; or the number of each seat's policy"
    )
    shuffle: bool = Field(False, description="deal the seats anew for each episode, by its seed")
    num_episodes: int = Field(10, ge=1, description="of each mission")
    seed: int = Field(0, ge=0, description="another seed, other dice and other maps")
    map_seed: int | None = Field(None, ge=0, description="one map in all episodes")
    action_timeout_ms: float = Field(250.0, gt=0, description="for a later action a noop is played")
    overage_budget_ms: float | None = Field(
        None, ge=0, description="what a seat may be late in an episode; then it rests to its end"
    )
    max_time_s: float = Field(3600.0, gt=0, description="of each mission; what is unfinished is dropped")
    threads: int = Field(2, ge=1)
    store: Path | None = STORE
    keep_steps: KeepSteps | None = Field(None, description="keep every step in the store too")
    details: bool = Field(False, description="statistics of every mission, of several too")
    output: Literal["text", "json", "yaml"] = "text"

    @field_validator("policy_uris", "missions", "mission_sets", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    def count(self) -> int:
        return self.num_episodes * max(1, len(self.missions) + len(self.mission_sets))

    def simulations(self) -> list[SimulationConfig]:
        """What is played: every mission once, those named before those of sets."""
        sets = catalog.mission_sets()
        named = {name: "own" for glob in self.missions for name in catalog.matching(glob)}
        for one in self.mission_sets:
            named |= {name: one for name in choose("mission set", one, sets) if name not in named}
        if not named:
            raise ConfigError("nothing to play: name a mission with -m, or a set of them with -S")
        settings = dict(self.settings)
        for key, value in (("num_agents", self.agents), ("max_steps", self.max_steps)):
            settings |= {} if value is None else {key: value}
        return [
            SimulationConfig(
                mission=name,
                suite=suite,
                variants=self.variants,
                settings=settings,
                num_episodes=self.num_episodes,
                seed=self.seed,
                map_seed=self.map_seed,
                max_time_s=self.max_time_s,
            )
            for name, suite in named.items()
        ]

    def players(self) -> tuple[list[Named], list[int] | None]:
        """Policies by what a person wrote of them, and their proportions; None where they have no say."""
        if not self.policy_uris:
            raise ConfigError("nobody plays: name a policy with -p, such as role or ./train_dir/my_run:v5")
        found = [entry(text) for text in self.policy_uris]
        proportions = [one.proportion for one in found]
        if self.seats is not None and max(proportions) > 1:
            raise ConfigError("policies have proportions or seats of their own, not both")
        named = [(split_proportion(one.text)[0], one.policy) for one in found]
        return named, proportions if self.seats is None else None

    def limits(self) -> Limits:
        return Limits(action_timeout_ms=self.action_timeout_ms, overage_budget_ms=self.overage_budget_ms)

    def preview(self) -> list[str]:
        players, proportions = self.players()
        lines = []
        for config in self.simulations():
            try:
                roster = seat(Batch(config.game()), players, proportions, seats=self.seats)
            except ConfigError as error:
                raise ConfigError(f"{config.title}: {error}") from None
            owner = np.zeros(0) if roster.owner is None else roster.owner[0]
            shares = [f"{share.name} {(owner == k).sum()}" for k, share in enumerate(roster.shares)]
            lines.append(f"{config.title}: {self.num_episodes} episodes, seats: {', '.join(shares)}")
        return lines

    def invoke(self) -> int:
        check_steps(self.keep_steps, self.store)
        configs = self.simulations()
        with prints_apart():
            self.preview()  # refuses now what would be refused after the first mission
            replays = self.wanted()
            with recording(len(configs) * self.num_episodes, self.store) as keep:
                outcomes = [self.outcome(config, keep, replays) for config in configs]
        played = [one for one in outcomes if isinstance(one, Simulation)]
        failures = [failure(one) for one in outcomes if isinstance(one, Unplayed) or one.stopped]
        if self.output == "text":
            show(played, is_detailed=self.details or len(configs) == 1)
        else:
            told = {"simulations": [data_of(one) for one in played], "failures": failures}
            show_json(told) if self.output == "json" else print(as_yaml(told), end="")
        tell_kept(path for one in played for path in one.replays)
        for said in failures:
            print(f"coterie: {said}", file=sys.stderr)
        return 1 if failures else 0

    def outcome(
        self, config: SimulationConfig, keep: Callable[[Simulation], None], replays: Wanted | None
    ) -> Simulation | Unplayed:
        """What came of one mission. Policies are made anew for it: what they did to themselves has an end."""
        players, proportions = self.players()
        try:
            return simulate(
                config,
                players,
                proportions=proportions,
                seats=self.seats,
                shuffle=self.shuffle,
                threads=self.threads,
                limits=self.limits(),
                keep=keep,
                replays=replays,
                keep_steps=self.keep_steps,
            )
        except Unplayed as error:
            return error


def failure(outcome: Simulation | Unplayed) -> str:
    """Why a mission was not played to its last episode."""
    if isinstance(outcome, Unplayed):
        return str(outcome)
    asked = outcome.config.num_episodes
    return f"{outcome.config.title}: {len(outcome.episodes)} of {asked} episodes count, {outcome.stopped}"
