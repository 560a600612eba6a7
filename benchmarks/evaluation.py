"""How fast evaluation is: `python benchmarks/evaluation.py [--policy role] [--rollout ARCHITECTURE]`."""

import argparse
import time
from collections.abc import Callable

from coterie.evaluation.simulation import SimulationConfig, simulate
from coterie.play.limits import Limits
from coterie.policies.neural import Neural
from coterie.policies.policy import Policy
from coterie.policies.uri import parse
from coterie.training.build import build
from coterie.training.collect import collect
from coterie.training.config import RunConfig, TrainerConfig, TrainingEnvConfig

HORIZON = 64


def timed(work: Callable[[], int]) -> tuple[float, float]:
    """Agent-steps a second and a CPU-second of work that says how many it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    steps = work()
    return steps / (time.perf_counter() - wall), steps / (time.process_time() - cpu)


def playing(config: SimulationConfig, player: tuple[str, Policy], chosen: argparse.Namespace) -> int:
    """All episodes of the simulation, as `coterie scrimmage` plays them."""
    done = simulate(config, [player], threads=chosen.threads, worlds=chosen.worlds, limits=Limits())
    return int(done.episodes.length.sum()) * done.episodes.spec.seats


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mission", default="cogsguard_arena.basic")
    parser.add_argument("--policy", nargs="*", default=["role"])
    parser.add_argument("--rollout", nargs="*", default=[], help="networks, beside their training rollout")
    parser.add_argument("--episodes", type=int, default=128)
    parser.add_argument("--worlds", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=3)
    chosen = parser.parse_args()
    config = SimulationConfig(mission=chosen.mission, num_episodes=chosen.episodes, max_time_s=3600)
    for text in chosen.policy:
        for _ in range(chosen.repetitions):
            steps, per_cpu = timed(lambda text=text: playing(config, (text, parse(text)), chosen))
            print(f"{text:24} {steps:10,.0f} agent-steps/s {per_cpu:10,.0f} per CPU-second")
    for name in chosen.rollout:
        beside(name, config, chosen)


def beside(name: str, config: SimulationConfig, chosen: argparse.Namespace) -> None:
    """A fresh network's training rollout and its evaluation in turn, with as many rows."""
    seats = len(simulate(config.replace(num_episodes=1, settings={"max_steps": 1}), ["noop"]).seats[0])
    rows = chosen.worlds * seats
    run = build(
        RunConfig(
            run="bench",
            policy_architecture=name,
            training_env=TrainingEnvConfig(mission=chosen.mission, worlds=chosen.worlds),
            trainer=TrainerConfig(
                total_timesteps=10**12,
                batch_size=rows * HORIZON,
                minibatch_size=rows * HORIZON // 2,
                bptt_horizon=HORIZON,
                threads=chosen.threads,
            ),
        )
    )
    player = Neural(network=run.network, architecture=run.architecture, spec=run.spec)

    def rollouts() -> int:
        times = 1000 // HORIZON
        for _ in range(times):
            collect(run.batch, run.learner)
        return times * HORIZON * rows

    config = config.replace(num_episodes=chosen.worlds, settings={"max_steps": 1000})
    for _ in range(chosen.repetitions):
        rolled, played = timed(rollouts), timed(lambda: playing(config, (name, player), chosen))
        print(
            f"{name:12} rollout {rolled[0]:9,.0f}/s {rolled[1]:9,.0f} per CPU-second; "
            f"evaluation {played[0]:9,.0f}/s {played[1]:9,.0f} per CPU-second; "
            f"ratio {played[0] / rolled[0]:.2f}, by CPU {played[1] / rolled[1]:.2f}"
        )
    run.student.crew.close()


if __name__ == "__main__":
    main()
