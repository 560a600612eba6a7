"""Log: rewards as lines, the way a person skims an episode."""

import numpy as np

from coterie.games.batch import Batch
from coterie.play.loop import has_ended


class RewardLog:
    """Prints who was rewarded when; steps in a row with equal rewards share a line. Use it in a `with`."""

    def __init__(self) -> None:
        self.step = 0
        self.first = 0
        self.rewards = np.zeros(0, dtype=np.float32)
        self.total = 0.0

    def __enter__(self) -> "RewardLog":
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def __call__(self, batch: Batch) -> bool:
        seats = batch.spec.seats
        rewards = batch.rewards[:seats].copy()
        if batch.episode_step(0) == 0 and not has_ended(batch):
            self.begin(batch)
            return True
        if not np.array_equal(rewards, self.rewards):
            self.flush()
            self.first, self.rewards = self.step + 1, rewards
        self.step += 1
        self.total += float(rewards.sum())
        return True

    def begin(self, batch: Batch) -> None:
        """A new episode."""
        self.flush()
        self.step, self.first, self.total = 0, 1, 0.0
        self.rewards = np.zeros(batch.spec.seats, dtype=np.float32)
        print(f"an episode begins, {batch.spec.seats} seat{'s' * (batch.spec.seats > 1)}")

    def flush(self) -> None:
        """Print the line of the steps that were alike."""
        if self.rewards.any():
            steps = f"{self.first}" if self.first == self.step else f"{self.first}–{self.step}"
            print(f"step {steps:>9}  {in_words(self.rewards)}  (return {self.total:.4g})")
        self.rewards = np.zeros_like(self.rewards)


def in_words(rewards: np.ndarray) -> str:
    """Rewards [S], those of equal size named together: `+0.5 to seats 0, 3`."""
    if len(rewards) == 1:
        return f"{rewards[0]:+.4g}"
    groups: dict[float, list[int]] = {}
    for seat, value in enumerate(rewards.tolist()):
        if value:
            groups.setdefault(value, []).append(seat)
    parts = []
    for value, seats in groups.items():
        who = (
            "each seat"
            if len(seats) == len(rewards)
            else f"seat{'s' * (len(seats) > 1)} {', '.join(map(str, seats))}"
        )
        parts.append(f"{value:+.4g} to {who}")
    return "; ".join(parts)
