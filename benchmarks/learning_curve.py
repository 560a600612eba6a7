"""How a recipe learns, on unseen maps, over seeds: `python benchmarks/learning_curve.py --out A.svg`."""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coterie.evaluation.simulation import SimulationConfig, simulate
from coterie.policies.uri import parse
from coterie.recipes.prod import cogsguard_team, prospector
from coterie.runs import RunFolder
from coterie.tools.train import Train
from coterie.training.config import RunConfig
from coterie.training.journal import records
from coterie.training.trainer import train

POINTS = 8
COLOURS = {"cloning, then PPO": "#0b7285", "PPO alone": "#c92a2a"}
GREY = "#495057"
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 60, 20, 44, 46


Points = list[tuple[int, float]]  # agent steps, mean return on maps nobody trained on


@dataclass(frozen=True, slots=True)
class Case:
    """What is learned, as a picture says it; `methods` by name, each a tool for so many steps."""

    title: str
    maps: int
    methods: Callable[[int], dict[str, Train]]
    rival: str | None = None  # a scripted policy, drawn as a line


def two_ways(steps: int) -> dict[str, Train]:
    """The Cogs of `cogsguard_team`, with their teacher and without."""
    taught = cogsguard_team.train(total_timesteps=steps)
    alone = taught.trainer.replace(
        losses={"ppo_actor": {}, "ppo_critic": {}},
        gates=(),
        schedules=tuple(rule for rule in taught.trainer.schedules if "optimizer" in rule.target_path),
    )
    return {"cloning, then PPO": taught, "PPO alone": taught.replace(trainer=alone)}


def pilot(steps: int) -> dict[str, Train]:
    """The recipe `prospector`, as it is."""
    return {"cloning, then PPO": prospector.train(total_timesteps=steps)}


CASES = {
    "cogsguard_team": Case("junctions held", 16, two_ways),
    "prospector": Case("thousands of credits brought home", 64, pilot, "shuttle"),
}


def curve(tool: Train, seed: int, folder: Path, case: Case) -> Points:
    """One run, from where it knows nothing."""
    config = RunConfig(**{name: getattr(tool, name) for name in RunConfig.model_fields}).replace(
        run=f"seed{seed}",
        seed=seed,
        data_dir=str(folder),
        training_env=tool.training_env.replace(seed=seed),
    )
    simulation = SimulationConfig(mission=tool.training_env.mission, num_episodes=case.maps)
    found = windows if "windows" in tool.components else evaluations
    return [(0, 0.0), *found(config, simulation, RunFolder(folder / f"seed{seed}"))]


def evaluations(config: RunConfig, simulation: SimulationConfig, folder: RunFolder) -> Points:
    """By the evaluator, while it learns."""
    trainer = config.trainer
    every = max(1, trainer.total_timesteps // trainer.batch_size // POINTS)
    evaluator = {"epoch_interval": every, "simulations": [simulation], "at_end": False}
    train(config.replace(components={"evaluator": evaluator}))
    found = records(folder.evaluations)
    return [(r["metric/agent_step"], r["columns"]["return"]["mean"]) for r in found]


def windows(config: RunConfig, simulation: SimulationConfig, folder: RunFolder) -> Points:
    """By the checkpoints of its windows, when it is done; a run that is there is not trained again."""
    if not folder.run_metadata.exists():
        train(config)
    points, rows = [], records(folder.windows, "window_id")
    every = max(1, len(rows) // POINTS)
    for row in rows[every - 1 :: every]:
        player = parse(str(folder.window_checkpoint(row["window_id"])))
        played = simulate(simulation, [("player", player)], threads=config.trainer.threads)
        points.append((row["env_steps_total"], float(played.measured("return").mean())))
    return points


def path(xs: np.ndarray, ys: np.ndarray) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))


def rounded(highest: float) -> list[float]:
    """Ticks from 0 to `highest` or little above, in steps of 1, 2 or 5 times a power of ten."""
    exact = max(highest, 1e-6) / 5
    power = 10.0 ** np.floor(np.log10(exact))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= exact)
    return [round(float(k * step), 9) for k in range(int(np.ceil(highest / step)) + 1)]


def picture(curves: dict[str, np.ndarray], steps: np.ndarray, case: Case, rival: float, command: str) -> str:
    """`curves` [seeds, points] of each method: its mean as a line, lowest to highest as a band; SVG."""
    ticks = rounded(max(rival, *(float(values.max()) for values in curves.values())))
    top = ticks[-1]
    x = LEFT + steps / steps[-1] * (WIDTH - LEFT - RIGHT)

    def y(values: np.ndarray | float) -> np.ndarray:
        return HEIGHT - BOTTOM - np.maximum(values, 0) / top * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f"<title>{case.title.capitalize()} on unseen maps. {command}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for value in ticks:
        at = float(y(value))
        parts.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{value:g}</text>')
    for k in range(0, len(steps), 2):
        said = f"{steps[k] / 1e6:.1f}"
        parts.append(f'<text x="{x[k]:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{said}</text>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">million agent steps</text>')
    parts.append(f'<text x="{LEFT}" y="20">{case.title}, mean of {case.maps} unseen maps</text>')
    if case.rival is not None:
        at = float(y(rival))
        parts.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="{GREY}" stroke-dasharray="6 4"/>')
        parts.append(f'<text x="{LEFT + 6}" y="{at - 6:.1f}" fill="{GREY}">{case.rival}</text>')
    for k, (name, values) in enumerate(curves.items()):
        band = path(np.concatenate([x, x[::-1]]), np.concatenate([y(values.min(0)), y(values.max(0))[::-1]]))
        parts.append(f'<polygon points="{band}" fill="{COLOURS[name]}" opacity="0.2"/>')
        line = path(x, y(values.mean(0)))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[name]}" stroke-width="2.5"/>')
        at = WIDTH - RIGHT - 150 * (len(curves) - 1 - k)
        parts.append(f'<text x="{at}" y="20" text-anchor="end" fill="{COLOURS[name]}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--recipe", choices=CASES, default="cogsguard_team")
    arguments.add_argument("--steps", type=int, default=4_000_000)
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--keep", type=Path, help="folder for the runs; those in windows are used again")
    arguments.add_argument("--out", type=Path, required=True)
    given = arguments.parse_args()
    case = CASES[given.recipe]
    curves: dict[str, np.ndarray] = {}
    steps = np.zeros(0)
    for name, tool in case.methods(given.steps).items():
        rows = []
        for seed in range(given.seeds):
            started, spent = time.perf_counter(), time.process_time()
            with tempfile.TemporaryDirectory() as folder:
                points = curve(tool, seed, given.keep or Path(folder), case)
            cost = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - spent}
            steps = np.array([step for step, _ in points], dtype=float)
            rows.append([value for _, value in points])
            print(json.dumps({"method": name, "seed": seed, "points": points, **cost}), flush=True)
        curves[name] = np.array(rows)
        last = curves[name][:, -1]
        print(f"{name}: {last.mean():.2f} ± {last.std(ddof=1) if len(last) > 1 else 0:.2f}", flush=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    words = f"--recipe {given.recipe} --steps {given.steps} --seeds {given.seeds}"
    command = f"python benchmarks/learning_curve.py {words}"
    rival = 0.0
    if case.rival is not None:
        mission = next(iter(case.methods(given.steps).values())).training_env.mission
        simulation = SimulationConfig(mission=mission, num_episodes=case.maps)
        rival = float(simulate(simulation, [(case.rival, parse(case.rival))]).measured("return").mean())
    given.out.write_text(picture(curves, steps, case, rival, command), encoding="utf-8")


if __name__ == "__main__":
    main()
