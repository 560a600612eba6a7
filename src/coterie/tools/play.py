"""Play: policies act, a person watches or takes a seat, and the episodes are summed up."""

import json
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from coterie.config import override
from coterie.games import catalog
from coterie.games.batch import Batch, GameConfig
from coterie.play import episode
from coterie.play.episode import Episode, Watch
from coterie.play.log import RewardLog
from coterie.play.recording import recorder_for
from coterie.play.roster import Roster, seat
from coterie.play.terminal import Frames, Screen, is_interactive
from coterie.policies.uri import entry
from coterie.replays.recorder import Recorder
from coterie.tools.live import play_live, room_for
from coterie.tools.saving import Saving, tell_kept
from coterie.tools.tables import heading, number, show_json, show_table


class Play(Saving):
    """Episodes of a mission, shown as they happen."""

    aliases: ClassVar[dict[str, str]] = {"policy_uri": "policy_uris"}

    mission: str = "cogsguard_arena.basic"
    variants: tuple[str, ...] = ()
    settings: dict[str, Any] = Field({}, description="fields of the game's configuration, by dotted path")
    agents: int | None = Field(None, ge=1, description="number of agents, else the mission's own")
    map_seed: int | None = Field(None, ge=0, description="one map, the same in every episode")
    policy_uris: tuple[str, ...] = Field(("random",), min_length=1, description="who plays, one or a list")
    render: Literal["unicode", "gui", "log", "none"] = "unicode"
    max_steps: int | None = Field(None, ge=1, description="cut each episode short there")
    episodes: int = Field(1, ge=1)
    seed: int = Field(0, ge=0, description="of the first episode; each further one has the next")
    every: int = Field(100, ge=1, description="into a pipe, unicode prints a frame each so many steps")
    as_json: bool = False

    def count(self) -> int:
        return self.episodes

    @field_validator("policy_uris", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    def game(self) -> GameConfig:
        """The configured game."""
        plain = catalog.make(self.mission, self.variants, agents=self.agents, map_seed=self.map_seed)
        return override(plain, [f"{path}={json.dumps(value)}" for path, value in self.settings.items()])

    def roster(self, batch: Batch) -> Roster:
        """Who sits where."""
        found = [entry(text) for text in self.policy_uris]
        policies = [(one.text, one.policy) for one in found]
        return seat(batch, policies, [one.proportion for one in found])

    def preview(self) -> list[str]:
        self.roster(Batch(self.game()))
        return [f"{self.mission}: {self.episodes} episodes of {', '.join(self.policy_uris)}"]

    def invoke(self) -> int:
        batch = Batch(self.game())
        roster = self.roster(batch)
        recorder = self.recorder(batch, roster)
        with recorder or nullcontext():
            played = (self.live if self.render == "gui" else self.play)(batch, roster, recorder)
        if self.as_json:
            episodes = [one.data() for one in played]
            show_json({"mission": self.mission, "policies": list(self.policy_uris), "episodes": episodes})
        elif played:
            summarise(self.mission, played)
        tell_kept(recorder.kept if recorder else ())
        return 0

    def play(self, batch: Batch, roster: Roster, recorder: Recorder | None) -> list[Episode]:
        """Episode after episode, before whoever watches in the terminal."""
        played: list[Episode] = []
        with watching("none" if self.as_json else self.render, roster, self.every) as watch:
            for further in range(self.episodes):
                played.append(self.one(batch, roster, recorder, self.seed + further, watch))
                if played[-1].end == "cut short" and played[-1].length != self.max_steps:
                    break  # the person left
        return played

    def live(self, batch: Batch, roster: Roster, recorder: Recorder | None) -> list[Episode]:
        """The same in the browser, until interrupted; there people may ask for other seeds."""
        room = room_for(batch, roster, mission=self.mission, seed=self.seed, limit=self.max_steps)
        seeds = [self.seed + further for further in range(self.episodes)]
        return play_live(room, seeds, lambda seed, watch: self.one(batch, roster, recorder, seed, watch))

    def one(
        self, batch: Batch, roster: Roster, recorder: Recorder | None, seed: int, watch: Watch | None
    ) -> Episode:
        """The episode of a seed, noted if it is to be kept."""
        if recorder is not None:
            recorder.begin_anew(f"{self.mission}-seed{seed}")
        return episode.play(batch, roster, seed=seed, limit=self.max_steps, watch=watch)

    def recorder(self, batch: Batch, roster: Roster) -> Recorder | None:
        """What keeps the episodes, if they are to be kept."""
        asked = self.wanted()
        return recorder_for(asked, batch, roster, self.mission) if asked else None


def watching(render: str, roster: Roster, every: int) -> AbstractContextManager[Watch | None]:
    """Who watches; the terminal only where there is one to watch in."""
    if render == "none":
        return nullcontext()
    if render == "log":
        return RewardLog()
    return Screen(roster) if is_interactive() else Frames(every)


def summarise(mission: str, played: list[Episode]) -> None:
    """Episodes, what each policy got on the mean, and the mean statistics."""
    print(heading(mission))
    rows = [
        [str(one.seed), str(one.length), one.end, number(sum(one.returns)), spread(one)] for one in played
    ]
    show_table(["seed", "steps", "end", "return", "return of a seat"], rows, numbers=[0, 1, 3])
    returns: dict[str, list[float]] = {}
    for one in played:
        for name, value in zip(one.seats, one.returns, strict=True):
            returns.setdefault(name, []).append(value)
    print()
    show_table(
        ["policy", "seats", "mean return of a seat"],
        [[name, str(len(v) // len(played)), number(sum(v) / len(v))] for name, v in returns.items()],
        numbers=[1, 2],
    )
    means = statistics(played)
    happened = [[name, number(value)] for name, value in means.items() if value]
    if happened:
        print()
        title = "statistic" if len(played) == 1 else f"statistic, mean of {len(played)} episodes"
        show_table([title, "value"], happened, numbers=[1])
    if len(happened) < len(means):
        print(f"\n{len(means) - len(happened)} other statistics are 0; --json lists all")


def spread(one: Episode) -> str:
    """The returns of the seats from least to most."""
    low, high = min(one.returns), max(one.returns)
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def statistics(played: list[Episode]) -> dict[str, float]:
    """Mean over episodes of each statistic; those of seats are also the mean over seats, under `seat/`."""
    sums: dict[str, float] = {}
    for one in played:
        for name, value in one.statistics.items():
            sums[name] = sums.get(name, 0.0) + value
        for own in one.seat_statistics:
            for name, value in own.items():
                key = f"seat/{name}"
                sums[key] = sums.get(key, 0.0) + value / len(one.seat_statistics)
    return {name: value / len(played) for name, value in sums.items()}
