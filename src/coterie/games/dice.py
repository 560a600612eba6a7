"""Dice: random legal actions for a batch, each world's drawn from a stream of its own."""

import numpy as np

from coterie.games.batch import Batch


class Dice:
    """What a world plays depends on the seed, its number and its masks alone, never on other worlds."""

    def __init__(self, batch: Batch, seed: int = 0) -> None:
        self.heads = np.cumsum((0, *batch.spec.actions))
        self.streams = [np.random.default_rng((seed, world)) for world in range(batch.worlds)]

    def throw(self, batch: Batch) -> None:
        """Write a legal choice for every row and head into `batch.actions`."""
        spec = batch.spec
        shape = (spec.seats, int(self.heads[-1]))
        scores = np.concatenate([stream.random(shape, dtype=np.float32) for stream in self.streams])
        if spec.has_mask:
            scores[~batch.masks] = -1
        for head, (low, high) in enumerate(zip(self.heads, self.heads[1:], strict=False)):
            batch.actions[:, head] = scores[:, low:high].argmax(axis=1)
