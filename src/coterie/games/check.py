"""The contract every game keeps, as claims that are tried on a config and answered with sentences."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from coterie import native
from coterie.games.batch import Batch, Episodes, GameConfig
from coterie.games.dice import Dice
from coterie.games.history import moments, parting, play

# Clocks may be long: a claim about ends waits this many times its steps for two episodes to end.
PATIENCE = 3
# Out of step, two of the first four worlds of this seed are cut before a hundredth of their clock.
EARLY = 49


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one claim; `unseen` says what it is about and did not come up in play."""

    claim: str
    problems: tuple[str, ...]
    unseen: str = ""

    @property
    def holds(self) -> bool:
        return not self.problems


class Unseen(Exception):
    """Random play never led to what a claim is about."""


Claim = Callable[[GameConfig, int], Iterator[str]]
CLAIMS: list[Claim] = []


def claim(function: Claim) -> Claim:
    """Its docstring is the claim; what it yields are the problems found."""
    CLAIMS.append(function)
    return function


def verify(config: GameConfig, steps: int = 300) -> list[Finding]:
    """Try every claim over `steps` steps of random legal play; what was verified, with the problems found."""
    return [attempt(one, config, steps) for one in CLAIMS]


def check(config: GameConfig, steps: int = 300) -> list[str]:
    """The problems of a game under this config, none where it keeps the contract."""
    return [problem for finding in verify(config, steps) for problem in finding.problems]


def attempt(one: Claim, config: GameConfig, steps: int = 300) -> Finding:
    """Try one claim."""
    said = (one.__doc__ or "").rstrip(".")
    problems: list[str] = []
    try:
        problems.extend(one(config, steps))
    except Unseen as unseen:
        return Finding(said, tuple(problems), str(unseen))
    except ValueError as error:
        problems.append(f"it stopped: {error}")
    return Finding(said, tuple(problems))


def until_ends(batch: Batch, steps: int) -> Iterator[Episodes]:
    """Step on, yielding the episodes just ended, until two have ended in `steps` steps or patience has."""
    dice = Dice(batch)
    ended = 0
    for step in range(steps * PATIENCE):
        if ended >= 2 and step >= steps:
            return
        dice.throw(batch)
        batch.step()
        episodes = batch.episodes()
        ended += len(episodes)
        yield episodes
    if not ended:
        raise Unseen(f"no episode ended within {steps * PATIENCE} steps")


@claim
def fields_agree(config: GameConfig, steps: int) -> Iterator[str]:
    """The config gives exactly the fields the native game reads; a missing or unknown one is refused."""
    values = config.native()
    wanted = set(native.games()[config.game]["fields"].strip("{}").split(", ")) - {""}
    if set(values) != wanted:
        extra, lacking = sorted(set(values) - wanted), sorted(wanted - set(values))
        yield f"native() gives {extra} too many and lacks {lacking}"
        return
    changed = {name: {k: v for k, v in values.items() if k != name} for name in values}
    changed["no_such_setting"] = values | {"no_such_setting": 1}
    for name, wrong in changed.items():
        try:
            native.make(config.game, wrong, worlds=1, seed=0, threads=1, desync=False)
        except ValueError as error:
            if name not in str(error):
                yield f"the refusal of a wrong '{name}' does not name it: {error}"
        else:
            yield f"native values with a wrong '{name}' are taken"


@claim
def same_seed_same_history(config: GameConfig, steps: int) -> Iterator[str]:
    """The same seed and actions give the same history, after a reset too; another seed gives another."""
    batch = Batch(config, worlds=2, seed=11)
    first = play(batch, steps)
    if where := parting(first, play(Batch(config, worlds=2, seed=11), steps)):
        yield f"two batches of one seed differ: {where}"
    batch.reset(11)
    if where := parting(first, play(batch, steps)):
        yield f"after reset(11) a batch differs from a new one: {where}"
    if not parting(first, play(Batch(config, worlds=2, seed=12), steps)):
        yield "seeds 11 and 12 give the same history"


@claim
def company_changes_nothing(config: GameConfig, steps: int) -> Iterator[str]:
    """A world's history depends neither on the threads nor on how many worlds there are."""
    alone = play(Batch(config, worlds=2, seed=3), steps)
    for worlds, threads in ((2, 2), (5, 3)):
        if where := parting(alone, play(Batch(config, worlds=worlds, seed=3, threads=threads), steps)):
            yield f"{worlds} worlds on {threads} threads against 2 on 1: {where}"


def halves(batch: Batch) -> None:
    middle = batch.worlds // 2
    batch.begin(0, middle)
    batch.begin(middle, batch.worlds - middle)
    batch.wait()


@claim
def halves_equal_whole(config: GameConfig, steps: int) -> Iterator[str]:
    """Stepping the worlds in two halves equals stepping all at once."""
    whole = play(Batch(config, worlds=3, seed=4), steps)
    for threads in (1, 2):
        if where := parting(
            whole, play(Batch(config, worlds=3, seed=4, threads=threads), steps, advance=halves)
        ):
            yield f"in halves on {threads} threads: {where}"


@claim
def restore_continues(config: GameConfig, steps: int) -> Iterator[str]:
    """A saved world continues exactly where it is restored, and saving it again gives the same bytes."""
    batch = Batch(config, worlds=1, seed=6)
    play(batch, steps // 4)
    saved = batch.save(0)
    first = play(batch, steps, seed=1)
    for target in (batch, Batch(config, worlds=1, seed=6)):
        target.restore(0, saved)
        if target.save(0) != saved:
            yield "a restored world saves other bytes than it was restored from"
        again = play(target, steps, seed=1)
        # Rewards and ends are those of the last step, which a saved world does not keep.
        again[0] = [first[0][0]._replace(state=again[0][0].state, observations=again[0][0].observations)]
        if where := parting(first, again):
            yield f"a restored world goes another way: {where}"
    try:
        batch.restore(0, saved[:-1])
    except ValueError:
        return
    yield "bytes that are cut short are restored without a word"


@claim
def copies_live_alike(config: GameConfig, steps: int) -> Iterator[str]:
    """A copied world shows the same and, under the same actions, lives the same episode."""
    batch = Batch(config, worlds=2, seed=8)
    play(batch, steps // 10)
    batch.copy_world(0, 1)
    dice = Dice(batch)
    seats = batch.spec.seats
    for step in range(steps):
        here, there = moments(batch)
        if (here.state, here.observations, here.masks) != (there.state, there.observations, there.masks):
            yield f"the copy differs after {step} steps"
            return
        dice.throw(batch)
        batch.actions[seats:] = batch.actions[:seats]
        batch.step()
        if len(batch.episodes()):
            return


@claim
def buffers_stay(config: GameConfig, steps: int) -> Iterator[str]:
    """The batch's buffers never move."""
    batch = Batch(config, worlds=2)
    names = ("observations", "final_observations", "actions", "rewards", "terminals", "truncations", "masks")
    before = {name: getattr(batch.native, name)().ctypes.data for name in names}
    play(batch, min(steps, 50))
    batch.restore(1, batch.save(0))
    batch.start_episode(0, 1)
    batch.reset(2)
    for name in names:
        # An empty buffer has no address to keep.
        if (
            getattr(batch, name).size
            and not getattr(batch.native, name)().ctypes.data
            == before[name]
            == getattr(batch, name).ctypes.data
        ):
            yield f"{name} moved"


def refused(batch: Batch, row: int, head: int, action: int) -> str | None:
    """What is wrong with how the batch answers this action, which it must refuse."""
    kept = batch.actions[row, head]
    before = moments(batch)
    batch.actions[row, head] = action
    try:
        batch.step()
    except ValueError as error:
        where = f"world {row // batch.spec.seats}, seat {row % batch.spec.seats}"
        if where not in str(error) or str(action) not in str(error):
            return f"the refusal does not say '{where}' and {action}: {error}"
        return None if moments(batch) == before else f"the refused action {action} changed the world"
    finally:
        batch.actions[row, head] = kept
    return f"action {action} of row {row}, head {head}, is taken"


@claim
def illegal_actions_refused(config: GameConfig, steps: int) -> Iterator[str]:
    """An action outside its head, or masked out, is refused with a sentence and changes nothing."""
    batch = Batch(config, worlds=2, seed=9)
    dice = Dice(batch)
    heads = np.cumsum((0, *batch.spec.actions))
    dice.throw(batch)
    wrong = [(batch.rows - 1, k, a) for k, size in enumerate(batch.spec.actions) for a in (-1, size)]
    yield from filter(None, (refused(batch, *one) for one in wrong))
    if not batch.spec.has_mask:
        return
    for _ in range(steps):
        dice.throw(batch)
        for row, choice in np.argwhere(~batch.masks)[:1].tolist():
            head = int(np.searchsorted(heads, choice, side="right")) - 1
            if problem := refused(batch, row, head, choice - int(heads[head])):
                yield problem
            return
        batch.step()
    raise Unseen(f"no action was masked out within {steps} steps")


@claim
def always_a_choice(config: GameConfig, steps: int) -> Iterator[str]:
    """Every head of every seat has a legal action at all times, and playing it is never refused."""
    batch = Batch(config, worlds=3, seed=10)
    dice = Dice(batch)
    starts = np.cumsum((0, *batch.spec.actions))[:-1]
    for step in range(steps):
        if batch.spec.has_mask:
            stuck = np.argwhere(~np.logical_or.reduceat(batch.masks, starts, axis=1))
            if len(stuck):
                yield f"row {stuck[0][0]}, head {stuck[0][1]} has no legal action after {step} steps"
                return
        dice.throw(batch)
        batch.step()


@claim
def numbers_are_numbers(config: GameConfig, steps: int) -> Iterator[str]:
    """Rewards, statistics and observations are finite and have the shapes and types of the spec."""
    batch = Batch(config, worlds=4, seed=EARLY, desync=True)
    spec = batch.spec
    if batch.observations.shape != (batch.rows, *spec.observation_shape):
        yield f"observations have the shape {batch.observations.shape}"
    if batch.observations.dtype != spec.observation_dtype:
        yield f"observations are {batch.observations.dtype}"
    for episodes in until_ends(batch, steps):
        own, seats = batch.statistics(0)
        values = {
            "rewards": batch.rewards,
            "returns": episodes.returns,
            "statistics": [*episodes.statistics.flat, *own.values()],
            "statistics of seats": [*episodes.seat_statistics.flat, *(v for s in seats for v in s.values())],
            "observations": batch.observations if spec.observation_is_float else (),
        }
        if wrong := [name for name, numbers in values.items() if not np.isfinite(numbers).all()]:
            yield f"{', '.join(wrong)} not finite"
            return


@claim
def names_are_told(config: GameConfig, steps: int) -> Iterator[str]:
    """Each head has a name for every action; no two statistics share a name."""
    spec = Batch(config).spec
    if tuple(len(names) for names in spec.action_names) != spec.actions:
        yield f"heads of {spec.actions} actions have {[len(names) for names in spec.action_names]} names"
    for kind, names in (("statistics", spec.statistics), ("seat_statistics", spec.seat_statistics)):
        if twice := sorted({name for name in names if names.count(name) > 1}):
            yield f"{kind} has {', '.join(twice)} more than once"
    for names in spec.action_names:
        if len(set(names)) < len(names):
            yield "two actions of one head share a name"


@claim
def observations_are_written(config: GameConfig, steps: int) -> Iterator[str]:
    """Every byte of the observations is written each step, whatever the buffer held before."""
    batches = [Batch(config, worlds=4, seed=EARLY, desync=True) for _ in range(2)]
    dice = Dice(batches[0])
    for batch, filling in zip(batches, (0x55, 0xAA), strict=True):
        batch.observe_into(np.empty_like(batch.observations))
        batch.final_observations.view(np.uint8)[:] = filling
    for step in range(steps):
        dice.throw(batches[0])
        for batch, filling in zip(batches, (0x55, 0xAA), strict=True):
            batch.actions[:] = batches[0].actions
            batch.observations.view(np.uint8)[:] = filling
            batch.step()
        one, other = (batch.observations.view(np.uint8) for batch in batches)
        if not np.array_equal(one, other):
            yield f"{int((one != other).sum())} bytes are left unwritten after {step + 1} steps"
            return
        ended = batches[0].terminals | batches[0].truncations
        one, other = (batch.final_observations[ended].view(np.uint8) for batch in batches)
        if not np.array_equal(one, other):
            yield f"final_observations are not all written after {step + 1} steps"
            return


@claim
def ends_are_told_apart(config: GameConfig, steps: int) -> Iterator[str]:
    """No seat is both terminal and truncated; an episode ends for all its seats at once, within its clock."""
    batch = Batch(config, worlds=4, seed=EARLY, desync=True)
    shape, spec = (batch.worlds, batch.spec.seats), batch.spec
    clock = spec.max_steps or spec.usual_steps  # desync cuts by either
    for episodes in until_ends(batch, steps):
        if (batch.terminals & batch.truncations).any():
            yield "a seat is both terminal and truncated"
        over = np.min((batch.terminals | batch.truncations).reshape(shape), axis=1)
        if not over[episodes.world].all():
            yield f"worlds {episodes.world.tolist()} ended, flags say {np.flatnonzero(over).tolist()}"
        cut = np.max(batch.truncations.reshape(shape), axis=1)
        if not np.array_equal(cut[episodes.world], episodes.truncated):
            yield f"worlds {episodes.world.tolist()}: the flags and the episodes disagree about truncation"
        if episodes.truncated.any() and not clock:
            yield "an episode was truncated although the spec has no clock"
        if clock and (episodes.length > clock).any():
            yield f"an episode of {episodes.length.max()} steps passed the clock of {clock}"


@claim
def episodes_add_up(config: GameConfig, steps: int) -> Iterator[str]:
    """An ended episode reports the seed, length and returns that were seen; the next starts by itself."""
    batch = Batch(config, worlds=4, seed=EARLY, desync=True)
    seeds = [batch.episode_seed(w) for w in range(batch.worlds)]
    sums = np.zeros((batch.worlds, batch.spec.seats), np.float32)
    lengths = np.zeros(batch.worlds, np.int32)
    for episodes in until_ends(batch, steps):
        sums += batch.rewards.reshape(sums.shape)
        lengths += 1
        for i, w in enumerate(episodes.world.tolist()):
            if (seeds[w], lengths[w]) != (episodes.seed[i], episodes.length[i]):
                yield f"world {w}: seed or length of the episode is not what was played"
            if not np.array_equal(sums[w], episodes.returns[i]):
                yield f"world {w}: returns {episodes.returns[i]} against rewards of {sums[w]}"
            if batch.episode_step(w) != 0 or batch.episode_returns(w).any():
                yield f"world {w}: the next episode does not start at step 0 with returns of 0"
            if batch.episode_seed(w) == seeds[w]:
                yield f"world {w}: the next episode has the same seed"
            seeds[w], sums[w], lengths[w] = batch.episode_seed(w), 0, 0


@claim
def episodes_play_again(config: GameConfig, steps: int) -> Iterator[str]:
    """An episode's seed and actions give that episode again, in any batch and any world."""
    batch, again = Batch(config, worlds=3, seed=14), Batch(config, worlds=1, seed=99)
    dice = Dice(batch)
    rows = slice(2 * batch.spec.seats, None)
    seed = None
    for _ in range(steps):
        if seed != batch.episode_seed(2):
            seed = batch.episode_seed(2)
            again.start_episode(0, seed)
        before, now = (b[-1]._replace(rewards=0, ends=0) for b in (moments(batch), moments(again)))
        if before != now:
            yield f"seed {seed} gives another episode after {again.episode_step(0)} steps"
            return
        dice.throw(batch)
        again.actions[:] = batch.actions[rows]
        batch.step()
        again.step()
        for name in ("rewards", "terminals", "truncations"):
            if not np.array_equal(getattr(batch, name)[rows], getattr(again, name)):
                yield f"seed {seed} gives other {name}"
                return
