"""The contract, tried on the first mission of every game; and proof that a broken promise is noticed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from coterie.games import catalog, check
from coterie.games.batch import Batch, GameConfig
from coterie.games.lab.duel import DuelConfig
from coterie.games.lab.echo import EchoConfig

# Enough for the histories to be long, and for the small games to end many times.
STEPS = 1000
FIRST = {game: next(iter(catalog.missions(game))) for game in catalog.folders()}


@pytest.mark.parametrize("claim", check.CLAIMS, ids=lambda claim: claim.__name__)
@pytest.mark.parametrize("game", FIRST)
def test_a_game_keeps_the_contract(game: str, claim: check.Claim) -> None:
    finding = check.attempt(claim, catalog.make(FIRST[game]), STEPS)
    assert finding.holds, finding


@pytest.mark.parametrize("game", FIRST)
def test_a_mission_bears_the_name_of_its_game(game: str) -> None:
    missions = catalog.missions(game)
    assert missions, f"{game} has no missions"
    assert len(missions) == len(set(missions))
    assert all(catalog.game_of(name) == game for name in list(missions)[:1])


def test_what_was_verified_is_told() -> None:
    findings = check.verify(EchoConfig(), steps=50)
    assert [f.claim for f in findings] == [(c.__doc__ or "").rstrip(".") for c in check.CLAIMS]
    assert all(f.holds for f in findings) and not check.check(EchoConfig(), steps=50)


def test_what_play_never_reached_is_told() -> None:
    finding = check.attempt(check.ends_are_told_apart, EchoConfig(length=100_000), steps=10)
    assert finding.holds and finding.unseen == "no episode ended within 30 steps"


# -- a claim that cannot fail proves nothing ----------------------------------------------------------------


class LackingConfig(EchoConfig):
    """Forgets to hand over one field."""

    def native(self) -> dict[str, Any]:
        return {"symbols": self.symbols}


def broken(name: str, spoil: Callable[[Batch, Any], Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """A batch whose method or step does its work, and then something it should not."""
    good = getattr(Batch, name)

    def bad(self: Batch, *args: Any, **named: Any) -> Any:
        return spoil(self, good(self, *args, **named))

    return lambda patch: patch.setattr(Batch, name, bad)


def forgetful(patch: pytest.MonkeyPatch) -> None:
    """Takes any action at all."""

    def step(self: Batch) -> None:
        np.clip(self.actions, 0, np.array(self.spec.actions) - 1, out=self.actions)
        if self.spec.has_mask:
            self.actions *= self.masks[np.arange(self.rows), self.actions[:, 0]][:, None]
        self.native.step()

    patch.setattr(Batch, "step", step)


def spoil_rewards(batch: Batch, value: Any) -> Any:
    batch.rewards[0] = np.nan
    return value


def spoil_ends(batch: Batch, value: Any) -> Any:
    batch.truncations |= batch.terminals
    return value


def spoil_observations(batch: Batch, value: Any) -> Any:
    batch.observations[0, 0] = batch.worlds
    return value


def spoil_masks(batch: Batch, value: Any) -> Any:
    batch.masks[0] = False
    return value


def move_masks(batch: Batch, value: Any) -> Any:
    batch.masks = batch.masks.copy()
    return value


def leave_bytes(batch: Batch, value: Any) -> Any:
    batch.observations[0, 0] = batch.final_observations[0, 0]
    return value


BREAKS: list[tuple[check.Claim, GameConfig, Callable[[pytest.MonkeyPatch], None]]] = [
    (check.fields_agree, LackingConfig(), lambda patch: None),
    (check.same_seed_same_history, EchoConfig(), broken("hash", lambda b, v: v ^ (id(b) >> 4))),
    (check.same_seed_same_history, DuelConfig(), broken("hash", lambda b, v: b.episode_step(0))),
    (check.company_changes_nothing, EchoConfig(), broken("hash", lambda b, v: v + b.worlds)),
    (check.company_changes_nothing, EchoConfig(), broken("step", spoil_observations)),
    (check.halves_equal_whole, EchoConfig(), broken("begin", spoil_observations)),
    (check.restore_continues, EchoConfig(), broken("restore", lambda b, v: b.start_episode(0, 1))),
    (check.copies_live_alike, EchoConfig(), broken("copy_world", lambda b, v: b.start_episode(1, 1))),
    (
        check.buffers_stay,
        EchoConfig(),
        broken("start_episode", lambda b, v: b.observe_into(b.observations.copy())),
    ),
    (check.buffers_stay, DuelConfig(), broken("reset", move_masks)),
    (check.illegal_actions_refused, EchoConfig(), forgetful),
    (check.illegal_actions_refused, DuelConfig(), forgetful),
    (check.always_a_choice, DuelConfig(), broken("step", spoil_masks)),
    (check.numbers_are_numbers, EchoConfig(), broken("step", spoil_rewards)),
    (check.observations_are_written, EchoConfig(), broken("step", leave_bytes)),
    (check.ends_are_told_apart, EchoConfig(), broken("step", spoil_ends)),
    (check.episodes_add_up, EchoConfig(), broken("step", spoil_rewards)),
    (check.episodes_play_again, EchoConfig(), broken("start_episode", lambda b, v: b.reset())),
]


@pytest.mark.parametrize(
    ("claim", "config", "spoil"), BREAKS, ids=[f"{c.__name__}-{i}" for i, (c, *_) in enumerate(BREAKS)]
)
def test_a_broken_promise_is_noticed(
    claim: check.Claim,
    config: GameConfig,
    spoil: Callable[[pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not isinstance(config, LackingConfig):
        assert check.attempt(claim, config, 100).holds
    spoil(monkeypatch)
    assert not check.attempt(claim, config, 100).holds
