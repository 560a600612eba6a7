"""Windows: the env steps of a run in equal stretches, and what the episodes that ended in each came to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from coterie.config import ConfigError, nearest
from coterie.games.batch import Episodes, Spec
from coterie.play.episode import Episode

# An env step is one step of one world. All N worlds step at once; of step k those of world 0 come first, so
# that world w's is env step k · N + w of the rollout, and every one belongs to exactly one window.


def metric_names(spec: Spec) -> tuple[str, ...]:
    """What is known of each episode that ended: M names, those of seats under `seat/`."""
    return ("return", "length", *spec.statistics, *(f"seat/{name}" for name in spec.seat_statistics))


def metrics(episodes: Episodes) -> np.ndarray:
    """Every metric of E episodes, float64 [E, M]; of seats their mean."""
    columns = [
        episodes.returns.mean(axis=1, dtype=np.float64)[:, None],
        episodes.length[:, None].astype(np.float64),
        episodes.statistics.astype(np.float64),
        episodes.seat_statistics.mean(axis=1, dtype=np.float64),
    ]
    return np.concatenate([column.reshape(len(episodes), -1) for column in columns], axis=1)


def metrics_of(episode: Episode) -> dict[str, float]:
    """The same of one episode that was played, by name."""
    seats = episode.seat_statistics
    return {
        "return": float(np.mean(episode.returns)),
        "length": float(episode.length),
        **episode.statistics,
        **{f"seat/{name}": float(np.mean([seat[name] for seat in seats])) for name in (seats or ({},))[0]},
    }


@dataclass(frozen=True, slots=True)
class Measures:
    """Which metrics of the game the words of a window's row stand for, None where the game has none."""

    profit: str | None
    survival: str | None
    invalid_actions: str | None
    further: Mapping[str, str] = field(default_factory=dict)  # name of a mean in the row → metric

    @classmethod
    def of(cls, spec: Spec, named: Mapping[str, str | None], further: Mapping[str, str]) -> "Measures":
        """The metrics a person named, else those of the words' own names where the game has them.

        `named` is by word, None where nothing was said. A ConfigError tells the nearest to what is unknown.
        """
        known = metric_names(spec)
        usual = {"profit": ("profit", "net_profit")}
        found: dict[str, str | None] = {}
        for word, metric in named.items():
            if metric is not None:
                check_metric(f"windows.{word}", metric, known)
            candidates = usual.get(word, (word,))
            found[word] = metric or next((name for name in candidates if name in known), None)
        for name, metric in further.items():
            check_metric(f"windows.metrics.{name}", metric, known)
        return cls(**found, further=further)

    def metric(self, word: str) -> str:
        """The metric that a word of these, or a metric's own name, stands for."""
        own = {"profit": self.profit, "survival": self.survival}.get(word)
        return own or word


def check_metric(where: str, metric: str, known: tuple[str, ...]) -> None:
    """Refuse a metric that the game has not."""
    if metric not in known:
        raise ConfigError(f"{where}: the game has no metric '{metric}'; {nearest(metric, known)}")


@dataclass(slots=True)
class Tally:
    """Sums over a window, so that it does not matter in how many parts its steps came."""

    env_steps: int = 0
    reward: float = 0.0  # over env steps and seats
    episodes: int = 0
    truncated: int = 0
    metrics: list[float] = field(default_factory=list)  # [M] summed over episodes

    def add(self, rewards: np.ndarray, episodes: Episodes) -> None:
        """Some env steps, `rewards` float64 [·] summed over seats, and the episodes that ended with them."""
        self.env_steps += len(rewards)
        self.reward += float(rewards.sum())
        if not len(episodes):
            return
        self.episodes += len(episodes)
        self.truncated += int(episodes.truncated.sum())
        summed = metrics(episodes).sum(axis=0)
        self.metrics = (summed + (self.metrics or 0.0)).tolist()


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of env steps and its sums; whole, or the last of a run that ended within it."""

    number: int
    size: int  # env steps of a whole one
    tally: Tally

    @property
    def first(self) -> int:
        """Env steps of the run before it."""
        return self.number * self.size

    @property
    def last(self) -> int:
        return self.first + self.tally.env_steps

    @property
    def is_whole(self) -> bool:
        return self.tally.env_steps == self.size

    def place(self) -> dict[str, Any]:
        """Which window it is."""
        return {
            "window_id": self.number,
            "window_complete": self.is_whole,
            "env_steps_start": self.first,
            "env_steps_end": self.last,
            "env_steps_in_window": self.tally.env_steps,
            "env_steps_total": self.last,
        }

    def row(self, spec: Spec, measures: Measures) -> dict[str, Any]:
        """What the window came to: means are over the episodes that ended in it, None if none did."""
        tally = self.tally
        sums = dict(zip(metric_names(spec), tally.metrics, strict=False))
        means = {name: sums[name] / tally.episodes if sums else None for name in metric_names(spec)}

        def mean(metric: str | None) -> float | None:
            return means[metric] if metric else None

        return {
            **self.place(),
            "episodes_completed": tally.episodes,
            "terminated_episodes": tally.episodes - tally.truncated,
            "truncated_episodes": tally.truncated,
            "reward_sum": tally.reward,
            "reward_mean": tally.reward / (tally.env_steps * spec.seats),
            "return_mean": means["return"],
            "invalid_action_rate": invalid_rate(measures.invalid_actions, sums, spec.seats),
            "profit_mean": mean(measures.profit),
            "survival_rate": mean(measures.survival),
            "episode_length_mean": means["length"],
            **{f"{name}_mean": value for name, value in means.items() if name not in ("return", "length")},
            **{f"{name}_mean": means[metric] for name, metric in measures.further.items()},
        }


def invalid_rate(metric: str | None, sums: Mapping[str, float], seats: int) -> float | None:
    """Share of the actions of the episodes that were invalid; None without a metric, or without episodes."""
    if metric is None or not sums:
        return None
    each = 1 if metric.startswith("seat/") else seats  # the metric is a mean over seats already, or their sum
    return sums[metric] / (sums["length"] * each)


class Windower:
    """Cuts a run's rollouts into windows of `size` env steps, up to `limit` of them in all.

    `number` is that of the window under way, `tally` its sums: with them, a run goes on exactly.
    """

    def __init__(self, spec: Spec, size: int, limit: int) -> None:
        self.spec, self.size, self.limit = spec, size, limit
        self.number, self.tally = 0, Tally()

    @property
    def env_steps(self) -> int:
        """Counted so far."""
        return self.number * self.size + self.tally.env_steps

    def add(self, rewards: np.ndarray, episodes: Episodes, steps_now: np.ndarray) -> Iterator[Window]:
        """The windows that a rollout completes, one after the other.

        `rewards` [K, N, S] are of its K steps, `episodes` those that ended in it, `steps_now` [N] how many
        steps the present episode of each world has taken. What lies beyond `limit` is of no window.
        """
        each = rewards.sum(axis=2, dtype=np.float64).ravel()[: max(0, self.limit - self.env_steps)]
        ends = ended_with(episodes, steps_now, len(rewards))
        first = 0
        while first < len(each):
            stop = min(len(each), first + self.size - self.tally.env_steps)
            own = np.flatnonzero((ends >= first) & (ends < stop))
            self.tally.add(each[first:stop], episodes.take(own))
            first = stop
            if self.tally.env_steps == self.size:
                window = self.present()
                self.number, self.tally = self.number + 1, Tally()
                yield window

    def present(self) -> Window:
        """The window under way."""
        return Window(self.number, self.size, self.tally)


def ended_with(episodes: Episodes, steps_now: np.ndarray, steps: int) -> np.ndarray:
    """The env step of a rollout of `steps` steps with which each of E episodes ended, int64 [E].

    Counted back from its end: a world's present episode has taken `steps_now[w]` steps, so that the one
    before ended that long ago, and the one before that earlier by the length of the later one. `episodes`
    are world by world, in order of their end.
    """
    worlds, lengths = episodes.world.astype(np.int64), episodes.length.astype(np.int64)
    total = np.cumsum(lengths)
    last = np.flatnonzero(np.append(worlds[1:] != worlds[:-1], True)) if len(worlds) else worlds
    of_world = np.searchsorted(last, np.arange(len(worlds)))
    later = total[last][of_world] - total if len(worlds) else total
    step = steps - 1 - steps_now[worlds].astype(np.int64) - later
    return step * len(steps_now) + worlds
