"""Simulation: policies play a fixed number of episodes on maps nobody trained on."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from coterie.config import Config, ConfigError, nearest, override
from coterie.games import catalog
from coterie.games.batch import Batch, Episodes, GameConfig, joined
from coterie.play.diary import Diary, Story
from coterie.play.guard import PolicyError, unwatch, watch
from coterie.play.limits import Limits
from coterie.play.match import Finished, Match, TimeIsUp, prints_apart
from coterie.play.recording import Album
from coterie.play.roster import Seats, seat
from coterie.policies.policy import Policy
from coterie.policies.uri import parse
from coterie.replays.environment import Wanted

# Episode i of simulation seed s has the seed EVALUATION + s * 2^24 + i. Training's are 64-bit hashes of its
# own seed, world and episode: the chance that one of its 10^9 episodes is one of 1000 of these is 5e-8.
EVALUATION = 0xE7A1 << 48
SEED_BITS = 24

Named = tuple[str, Policy]
KeepSteps = Literal["actions", "observations"]  # what is kept of each step; observations beside actions


class SimulationConfig(Config):
    """What is played to judge policies: a mission under variants and settings, on which maps, how often."""

    mission: str = "cogsguard_arena.basic"
    name: str = Field("", description="what it is called in tables; the mission if not given")
    suite: str = Field("own", min_length=1, description="simulations of a suite have a score together")
    variants: tuple[str, ...] = ()
    settings: dict[str, Any] = Field({}, description="fields of the game's configuration, by dotted path")
    num_episodes: int = Field(20, ge=1, lt=1 << SEED_BITS, description="one map each")
    seed: int = Field(0, ge=0, lt=1 << SEED_BITS, description="another seed, other dice and other maps")
    map_seed: int | None = Field(
        None, ge=0, lt=2**63, description="one map for all episodes; other dice remain"
    )
    max_time_s: float = Field(300.0, gt=0, description="what is unfinished then is dropped, and said")
    metrics: dict[str, str] = Field({"return": "return"}, description="columns of its table: title → metric")

    @property
    def title(self) -> str:
        return self.name or self.mission

    def game(self) -> GameConfig:
        """The configured game; a ConfigError for a mission, variant or setting that is not there."""
        plain = catalog.make(self.mission, self.variants, map_seed=self.map_seed)
        return override(plain, [f"{key}={json.dumps(value)}" for key, value in self.settings.items()])

    def episode_seed(self, i: int) -> int:
        return EVALUATION + (self.seed << SEED_BITS) + i


class Unplayed(ConfigError):
    """A simulation of which nothing was finished that could be told about: why."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Simulation:
    """What came of it: E episodes in the order of their numbers, and who sat on each of S seats.

    `numbers` int64 [E] of `num_episodes`, and with `map_seeds` uint64 [E] what each was drawn from. `seats`
    int32 [E, S] is an index into `policies`, their names, each once. `timeouts` int32 [E, S] counts actions
    that came too late, so that a noop was played; `exhausted` int32 [E, S] is the step in which the overage
    budget of a seat was used up, so that it rested from then on, -1 where it was not. `stopped` says why it
    is not complete, "" where it is. `replays` are the files of those that were kept, `stories` their
    steps by number, which `simulate` gives to `keep` alone.
    """

    config: SimulationConfig
    episodes: Episodes
    numbers: np.ndarray
    map_seeds: np.ndarray
    policies: tuple[str, ...]
    seats: np.ndarray
    timeouts: np.ndarray
    seconds: float
    exhausted: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int32))
    stopped: str = ""
    replays: tuple[Path, ...] = ()
    stories: dict[int, Story] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """False where `max_time_s` or a policy that failed cut it."""
        return len(self.episodes) == self.config.num_episodes

    def metric_names(self) -> list[str]:
        """Everything `measured` can be asked for."""
        spec = self.episodes.spec
        own = [f"{scope}/{name}" for scope in ("seat", "team") for name in spec.seat_statistics]
        return ["return", "length", "timeouts", *spec.statistics, *own]

    def own(self, policy: str | None = None) -> np.ndarray:
        """Which seats are a policy's, bool [E, S], all if it is None; a ConfigError if it did not play."""
        if policy is None:
            return np.ones(self.seats.shape, dtype=bool)
        if policy not in self.policies:
            raise ConfigError(
                f"no policy '{policy}' played {self.config.title}; {nearest(policy, self.policies)}"
            )
        return self.seats == self.policies.index(policy)

    def measured(self, metric: str, policy: str | None = None) -> np.ndarray:
        """One number an episode, float64 [E], of a policy's seats, of all seats if it is None.

        `return` and `seat/<statistic>` are the mean of its seats, `team/<statistic>` and `timeouts` their
        sum; `length` and `<statistic>` are the game's. A ConfigError names the nearest to what is unknown.
        """
        spec, episodes, own = self.episodes.spec, self.episodes, self.own(policy)
        if metric == "length":
            return episodes.length.astype(np.float64)
        if metric in spec.statistics:
            return episodes.statistics[:, spec.statistics.index(metric)].astype(np.float64)
        scope, _, name = metric.partition("/")
        if metric == "return":
            values, scope = episodes.returns, "seat"
        elif metric == "timeouts":
            values = self.timeouts
        elif scope in ("seat", "team") and name in spec.seat_statistics:
            values = episodes.seat_statistics[:, :, spec.seat_statistics.index(name)]
        else:
            raise ConfigError(
                f"{self.config.title} has no metric '{metric}'; {nearest(metric, self.metric_names())}"
            )
        sums = np.where(own, values.astype(np.float64), 0.0).sum(axis=1)
        return sums / own.sum(axis=1) if scope == "seat" else sums

    def means(self, policy: str | None = None) -> dict[str, float]:
        """The mean over episodes of every metric but the sums over seats."""
        names = [name for name in self.metric_names() if not name.startswith("team/")]
        return {name: float(self.measured(name, policy).mean()) for name in names}

    def data(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return {
            "simulation": self.config.title,
            "suite": self.config.suite,
            "episodes": len(self.episodes),
            "is_complete": self.is_complete,
            "stopped": self.stopped,
            "seconds": round(self.seconds, 3),
            "policies": {
                name: {"seats": int(self.own(name)[0].sum()), **self.means(name)} for name in self.policies
            },
        }


def named(policies: Sequence[str | Named]) -> list[Named]:
    """Policies with their names: a text a person writes names its own."""
    return [(one, parse(one)) if isinstance(one, str) else one for one in policies]


def simulate(
    config: SimulationConfig,
    policies: Sequence[str | Named],
    *,
    proportions: Sequence[int] | None = None,
    seats: Seats | None = None,
    shuffle: bool = False,
    threads: int = 1,
    worlds: int = 64,
    limits: Limits | None = None,
    keep: Callable[[Simulation], None] | None = None,
    replays: Wanted | None = None,
    keep_steps: KeepSteps | None = None,
) -> Simulation:
    """Play `config.num_episodes` episodes, one of each seed, in at most `worlds` worlds side by side.

    Policies share the seats evenly, by `proportions`, or as `seats` says; with `shuffle` they are dealt anew
    for each episode by its seed, with `seats="team"` whole teams. `limits` are for every policy; without them
    nobody is too late. `replays` says which are kept, and where. `keep` is given episodes as a Simulation as
    soon as they are over, before the next step, with `keep_steps` all they did. Each world plays episodes
    decided beforehand to their end, so that short ones have no advantage; if the time is up or a policy
    fails, those before the first unfinished one count, and `stopped` says why. What policies print goes to
    stderr.
    """
    started = time.monotonic()
    deadline = started + config.max_time_s
    players = named(policies)
    turns = -(-config.num_episodes // (4 if keep_steps else worlds))
    batch = Batch(config.game(), -(-config.num_episodes // turns), threads=threads)
    dealing = ("teams" if seats == "team" else "seats") if shuffle else ""
    seeds = [config.episode_seed(i) for i in range(config.num_episodes)]
    stopped, parts = "", []
    with prints_apart():
        roster = seat(batch, players, proportions, seats=seats, threads=threads)
        watch(roster, [policy for _, policy in players], batch.spec, limits, deadline)
        album = None
        if replays is not None:
            stem = "-".join(filter(None, [replays.name, config.title, "+".join(name for name, _ in players)]))
            album = Album(replays, batch, roster, mission=config.mission, stem=stem)
        told = Teller(config, batch.config, tuple(name for name, _ in players), started)
        try:
            diary = Diary(batch, sees=keep_steps == "observations") if keep_steps else None
            for done in Match(batch, roster, seeds, dealing, deadline, album, diary).play(config.seed):
                parts.append(replace(done, stories={}))
                if keep is not None:
                    keep(told.simulation([done]))
        except PolicyError as error:
            stopped = str(error)
        except TimeIsUp as error:
            stopped = f"max_time_s = {config.max_time_s:g} was up{f': {error}' if str(error) else ''}"
        finally:
            unwatch(roster)
            if album is not None:
                album.close()
    done = told.simulation(whole(config, parts, stopped), stopped)
    return replace(done, replays=tuple(album.kept)) if album else done


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes simulations of parts of one: `names` are of the shares, by number."""

    config: SimulationConfig
    game: GameConfig
    names: tuple[str, ...]
    started: float

    def simulation(self, parts: Sequence[Finished], stopped: str = "") -> Simulation:
        """The episodes of some parts in the order of their numbers."""
        numbers = np.concatenate([part.numbers for part in parts])
        order = np.argsort(numbers)
        episodes = joined([part.episodes for part in parts]).take(order)
        policies = tuple(dict.fromkeys(self.names))
        index = np.array([policies.index(name) for name in self.names], dtype=np.int32)
        pinned = getattr(self.game, "map_seed", None)
        return Simulation(
            config=self.config,
            episodes=episodes,
            numbers=numbers[order],
            map_seeds=episodes.seed if pinned is None else np.full(len(order), pinned, dtype=np.uint64),
            policies=policies,
            seats=index[np.concatenate([part.owner for part in parts])[order]],
            timeouts=np.concatenate([part.timeouts for part in parts])[order],
            exhausted=np.concatenate([part.exhausted for part in parts])[order],
            seconds=time.monotonic() - self.started,
            stopped=stopped,
            stories={i: story for part in parts for i, story in part.stories.items()},
        )


def whole(config: SimulationConfig, parts: Sequence[Finished], stopped: str) -> list[Finished]:
    """The parts without episodes behind the first that is not there; Unplayed if that is the very first."""
    have = np.zeros(config.num_episodes + 1, dtype=bool)
    for part in parts:
        have[part.numbers] = True
    count = int(np.argmin(have))
    if not count:
        advice = "; allow more time, fewer episodes or shorter ones" if "max_time_s" in stopped else ""
        raise Unplayed(f"simulation {config.title}: episode 0 was not over, {stopped}{advice}")
    return [part.only(part.numbers < count) for part in parts]
