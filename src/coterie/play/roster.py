"""Roster: which rows of a batch each actor acts for, and what it remembers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from coterie.config import ConfigError
from coterie.games.batch import Batch, GameConfig
from coterie.games.bots import Bots
from coterie.policies.policy import Actor, Policy, State

# How policies share seats: parts of them, a policy for each team, or the policy of each seat by its number.
Seats = Literal["team"] | Sequence[int]


@dataclass(slots=True)
class Share:
    """The rows of one actor: ascending indices, or a slice where they are all, so that nothing is copied.

    In every world it has as many rows as in any other. Which seats these are may change with the episode; the
    actor knows its rows by their order alone.
    """

    name: str
    actor: Actor
    rows: np.ndarray | slice
    state: State = None


@dataclass(slots=True)
class Roster:
    """The shares of all actors, together every row once.

    `owner` int32 [N, S] says whose share each seat belongs to. `hands` maps a row to the action [K] a person
    wants; it is heeded in the next step and then empty again. `acting` is whose turn it is, None while the
    worlds step: who is to blame for what is raised.
    """

    shares: list[Share]
    hands: dict[int, np.ndarray] = field(default_factory=dict)
    owner: np.ndarray | None = None
    acting: Share | None = None

    def begin(self, batch: Batch, seed: int) -> None:
        """Every actor starts afresh, each with a seed of its own."""
        for k, share in enumerate(self.shares):
            self.acting = share
            worlds = np.repeat(np.arange(batch.worlds), batch.spec.seats)[share.rows]
            own_seed = int(np.random.SeedSequence([seed, k]).generate_state(1)[0])
            share.state = share.actor.begin(worlds, own_seed)
        self.acting = None

    def act(self, batch: Batch) -> None:
        """Fill `batch.actions`."""
        for share in self.shares:
            self.acting = share
            rows = share.rows
            actions, share.state = share.actor.act(batch.observations[rows], batch.masks[rows], share.state)
            batch.actions[rows] = actions
        self.acting = None
        for row, action in self.hands.items():
            batch.actions[row] = action
        self.hands.clear()

    def native_teams(self) -> Bots | None:
        """The native teams that alone decide what all seats do in the next step, if they do."""
        if len(self.shares) > 1 or self.hands:
            return None
        share = self.shares[0]
        return share.actor.native_teams(share.state)

    def forget(self, ended: np.ndarray) -> None:
        """Clear what is remembered of the rows whose episode ended, bool [A]."""
        for share in self.shares:
            share.state = share.actor.forget(share.state, ended[share.rows])

    def reseat(self, world: int, owner: np.ndarray) -> None:
        """From the next step on the seats of a world belong to the shares `owner` [S].

        For the first step of an episode: each share has as many seats as before, and forgot what was. A
        policy that has all of them stays where it is.
        """
        if self.owner is None:
            raise ValueError("a roster made by hand has no owners to seat anew")
        seats = len(owner)
        for k, share in enumerate(self.shares):
            if isinstance(share.rows, np.ndarray):
                count = len(share.rows) // len(self.owner)
                own = np.flatnonzero(owner == k)
                share.rows[world * count : (world + 1) * count] = world * seats + own
        self.owner[world] = owner

    def seat_names(self, batch: Batch, world: int = 0) -> list[str]:
        """Name of the policy on each seat of a world."""
        names = np.empty(batch.rows, dtype=object)
        for share in self.shares:
            names[share.rows] = share.name
        return names[world * batch.spec.seats :][: batch.spec.seats].tolist()


def divide(seats: int, proportions: Sequence[int]) -> np.ndarray:
    """Which part each seat falls to, int [S]: neighbours (and so team mates) together.

    By the largest remainder, the first of equal ones: 4 seats shared 1:2 are 1 and 3.
    """
    parts = len(proportions)
    number = "1 seat" if seats == 1 else f"{seats} seats"
    if parts > seats:
        raise ConfigError(f"{parts} policies cannot share {number}: give at most one policy a seat")
    shares = ":".join(map(str, proportions))
    if min(proportions) < 1:
        raise ConfigError(f"{number} cannot be shared {shares}: a proportion is a whole number above 0")
    total = sum(proportions)
    counts = np.array([seats * part // total for part in proportions])
    remainders = np.array([seats * part % total for part in proportions])
    counts[np.argsort(-remainders, kind="stable")[: seats - counts.sum()]] += 1
    if not counts.all():
        raise ConfigError(f"{number} cannot be shared {shares}: somebody would have none")
    return np.repeat(np.arange(parts), counts)


def by_team(game: GameConfig, seats: int, policies: int) -> np.ndarray:
    """Which policy each seat falls to, int [S]: each has one team, in the order of the seats."""
    teams = game.seat_teams()
    names = tuple(dict.fromkeys(teams))
    if len(teams) != seats or len(names) != policies:
        found = ", ".join(names) if len(names) > 1 else "no teams that play each other"
        raise ConfigError(f"{policies} policies cannot have a team each: there is {found}")
    return np.array([names.index(team) for team in teams])


def explicit(owner: Sequence[int], seats: int, policies: int) -> np.ndarray:
    """The same from numbers a person wrote, one a seat: every policy has a seat, every seat a policy."""
    if len(owner) != seats:
        raise ConfigError(f"seats: {len(owner)} numbers for {seats} seats; say of each whose it is")
    wrong = [k for k in owner if not 0 <= k < policies]
    if wrong:
        raise ConfigError(f"seats: there is no policy {wrong[0]}, they are 0..{policies - 1}")
    idle = [k for k in range(policies) if k not in owner]
    if idle:
        raise ConfigError(f"seats: policy {idle[0]} has none; leave it out or give it a seat")
    return np.array(owner)


def shuffled(owner: np.ndarray, seed: int, *, teams: bool = False) -> np.ndarray:
    """The same numbers of seats, dealt by a seed: single seats, or whole `teams` among those of a size."""
    rng = np.random.default_rng(seed)
    if not teams:
        return rng.permutation(owner)
    sizes = np.bincount(owner)
    new = np.arange(len(sizes))
    for size in np.unique(sizes):
        alike = np.flatnonzero(sizes == size)
        new[alike] = rng.permutation(alike)
    return new[owner]


def seat(
    batch: Batch,
    policies: Sequence[tuple[str, Policy]],
    proportions: Sequence[int] | None = None,
    *,
    seats: Seats | None = None,
    threads: int = 1,
) -> Roster:
    """A roster of named policies that share the seats of every world.

    Evenly, unless `proportions` are given, or `seats`: "team", or the number of each seat's policy. One
    policy may come more than once. A ConfigError says whom it cannot seat, or who cannot play this.
    """
    if not policies:
        raise ConfigError("nobody plays: name at least one policy")
    count = len(policies)
    if seats is None:
        dealt = divide(batch.spec.seats, proportions or [1] * count)
    elif proportions is not None:
        raise ConfigError("policies have proportions or seats of their own, not both")
    elif isinstance(seats, str):
        dealt = by_team(batch.config, batch.spec.seats, count)
    else:
        dealt = explicit(seats, batch.spec.seats, count)
    owner = np.tile(dealt.astype(np.int32), (batch.worlds, 1))
    shares = []
    for k, (name, policy) in enumerate(policies):
        rows = slice(None) if count == 1 else np.flatnonzero(owner.ravel() == k)
        shares.append(Share(name, built(name, policy, batch), rows))
        shares[-1].actor.threads = threads
    return Roster(shares, owner=owner)


def built(name: str, policy: Policy, batch: Batch) -> Actor:
    """The policy's actor; whatever keeps it from being built is a ConfigError."""
    try:
        return policy.build(batch.spec)
    except ConfigError:
        raise
    except (Exception, SystemExit) as error:
        raise ConfigError(f"policy '{name}' cannot be built: {type(error).__name__}: {error}") from error
