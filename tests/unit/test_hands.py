"""Kernels that share their rows with other threads: the same numbers, however many there are."""

import threading
from pathlib import Path

import pytest
import torch
from torch import Tensor

from coterie import native
from coterie.games import catalog
from coterie.games.batch import Batch, Spec
from coterie.policies.architectures import architecture
from coterie.policies.choice import likelihood, sample
from coterie.policies.crew import Crew
from coterie.policies.network import Network
from coterie.training.config import RunConfig, TrainerConfig, TrainingEnvConfig
from coterie.training.trainer import train

STEPS, ROWS = 4, 300  # more than a part of any kernel, and no multiple of it
GAMES = [
    ("stateless", "echo.noisy"),
    ("slots", "prospector.basic"),
    ("lstm", "arena.basic_easy_shaped"),
    ("fast", "cogsguard_arena.basic"),
    ("lstm", "prospector.basic"),
]


def seen(mission: str) -> tuple[Spec, Tensor]:
    """A few steps of a game, [T, R, ...]."""
    config = catalog.make(mission)
    batch = Batch(config, -(-ROWS // Batch(config).rows), seed=3)
    steps, even = [], torch.zeros(batch.rows, sum(batch.spec.actions))
    for step in range(STEPS):
        batch.actions[:] = sample(even, batch.masks, batch.spec.actions, seed=0, counter=step)[0].numpy()
        batch.step()
        steps.append(torch.from_numpy(batch.observations[:ROWS].copy()))
    return batch.spec, torch.stack(steps)


def learned(
    crew: Crew, network: Network, spec: Spec, observations: Tensor, is_half: bool = False
) -> list[Tensor]:
    """Everything that kernels give: what is said, drawn and how likely it was, and all gradients."""

    def work(_: None) -> list[Tensor]:
        starts = torch.zeros(observations.shape[:2], dtype=torch.bool)
        starts[2, ::3] = True
        with torch.autocast("cpu", torch.bfloat16, enabled=is_half):
            output = network(observations, starts, network.memory(observations.shape[1]))
        drawn, chance = sample(output.logits.flatten(0, 1), None, spec.actions, seed=1, counter=2)
        now, openness = likelihood(output.logits, None, drawn.view(*starts.shape, -1), spec.actions)
        loss = (now * torch.linspace(-1, 1, now.numel()).view(now.shape) + openness).sum()
        weights = [weight for weight in network.parameters() if weight.requires_grad]
        gradients = torch.autograd.grad(loss + output.values.square().sum(), weights)
        return [output.logits, output.values, *output.memory, drawn, chance, now, *gradients]

    return crew.map(work, [None])[0]


@pytest.mark.parametrize(("name", "mission"), GAMES)
@pytest.mark.parametrize("is_half", [False, True])
def test_shared_rows_give_the_same_numbers(name: str, mission: str, is_half: bool) -> None:
    spec, observations = seen(mission)
    torch.manual_seed(0)
    network = architecture(name).build(spec)
    assert network.is_native
    alone = learned(Crew(1), network, spec, observations, is_half)
    assert all(part.isfinite().all() for part in alone)
    for threads in (2, 5, 3):
        crew = Crew(threads, shares_rows=True)
        assert crew.split(0, ROWS) == [slice(0, ROWS)]
        for ours, theirs in zip(learned(crew, network, spec, observations, is_half), alone, strict=True):
            assert torch.equal(ours, theirs)


def test_two_who_want_to_share_do_not_wait_for_each_other() -> None:
    spec, observations = seen("prospector.basic")
    network = architecture("lstm").build(spec)
    alone = learned(Crew(1), network, spec, observations)
    found: dict[int, list[Tensor]] = {}

    def work(number: int) -> None:
        for _ in range(5):
            found[number] = learned(Crew(2, shares_rows=True), network, spec, observations)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for parts in found.values():
        assert all(torch.equal(a, b) for a, b in zip(parts, alone, strict=True))


def test_sharing_ends_with_the_crew_s_work() -> None:
    crew = Crew(4, shares_rows=True)
    assert crew.map(lambda _: native.share(4), [None]) == [4]
    with pytest.raises(ZeroDivisionError):
        crew.map(lambda _: 1 / 0, [None])
    assert native.share(1) == 1


@pytest.mark.parametrize("bad", [(5, 900), (900, 5), (999,)])
def test_of_all_rows_that_can_choose_nothing_the_first_is_named(bad: tuple[int, ...]) -> None:
    logits = torch.zeros(1000, 3)
    logits[list(bad)] = torch.nan
    crew = Crew(3, shares_rows=True)
    with pytest.raises(ValueError, match=f"row {min(bad)}: nothing can be chosen"):
        crew.map(lambda _: sample(logits, None, (3,), seed=0, counter=0), [None])


@pytest.mark.parametrize("kind", ["lstm", "stateless"])
def test_a_run_is_the_same_on_any_number_of_threads(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def weights(threads: int) -> dict[str, Tensor]:
        run = train(
            RunConfig(
                run=f"{kind}{threads}",
                policy_architecture={"kind": kind, "hidden": 32},
                training_env=TrainingEnvConfig(mission="arena.basic_easy_shaped", worlds=4),
                trainer=TrainerConfig(
                    total_timesteps=3 * 96 * 16,
                    batch_size=96 * 16,
                    minibatch_size=48 * 16,
                    bptt_horizon=16,
                    threads=threads,
                ),
            )
        )
        return run.network.state_dict()

    alone, shared = weights(1), weights(3)
    assert alone.keys() == shared.keys()
    assert all(torch.equal(alone[name], shared[name]) for name in alone)
