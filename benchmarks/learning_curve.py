"""Cloning, then PPO, against PPO alone on unseen maps: `python benchmarks/learning_curve.py --out A.svg`."""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np

from coterie.evaluation.simulation import SimulationConfig
from coterie.recipes.prod.cogsguard_team import train as recipe
from coterie.runs import RunFolder
from coterie.tools.train import Train
from coterie.training.config import RunConfig
from coterie.training.journal import records
from coterie.training.trainer import train

POINTS, MAPS = 8, 16
COLOURS = {"cloning, then PPO": "#0b7285", "PPO alone": "#c92a2a"}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 400, 60, 20, 44, 46


def methods(steps: int) -> dict[str, Train]:
    """The two ways to learn, as tools."""
    taught = recipe(total_timesteps=steps)
    alone = taught.trainer.replace(
        losses={"ppo_actor": {}, "ppo_critic": {}},
        gates=(),
        schedules=tuple(rule for rule in taught.trainer.schedules if "optimizer" in rule.target_path),
    )
    return {"cloning, then PPO": taught, "PPO alone": taught.replace(trainer=alone)}


def curve(tool: Train, seed: int, folder: Path) -> list[tuple[int, float]]:
    """(agent steps, mean junctions held on maps nobody trained on) of one run."""
    every = max(1, tool.trainer.total_timesteps // tool.trainer.batch_size // POINTS)
    simulation = SimulationConfig(mission=tool.training_env.mission, num_episodes=MAPS)
    values = {name: getattr(tool, name) for name in RunConfig.model_fields}
    config = RunConfig(**values).replace(
        run=f"seed{seed}",
        seed=seed,
        data_dir=str(folder),
        training_env=tool.training_env.replace(seed=seed),
        components={"evaluator": {"epoch_interval": every, "simulations": [simulation], "at_end": False}},
    )
    train(config)
    found = records(RunFolder(folder / f"seed{seed}").evaluations)
    return [(0, 0.0), *((r["metric/agent_step"], r["columns"]["return"]["mean"]) for r in found)]


def path(xs: np.ndarray, ys: np.ndarray) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))


def rounded(highest: float) -> list[float]:
    """Ticks from 0 to `highest` or little above, in steps of 1, 2 or 5 times a power of ten."""
    exact = max(highest, 1e-6) / 5
    power = 10.0 ** np.floor(np.log10(exact))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= exact)
    return [round(float(k * step), 9) for k in range(int(np.ceil(highest / step)) + 1)]


def picture(curves: dict[str, np.ndarray], steps: np.ndarray, command: str) -> str:
    """`curves` [seeds, points] of each method: its mean as a line, lowest to highest as a band; SVG."""
    ticks = rounded(max(float(values.max()) for values in curves.values()))
    top = ticks[-1]
    x = LEFT + steps / steps[-1] * (WIDTH - LEFT - RIGHT)

    def y(values: np.ndarray | float) -> np.ndarray:
        return HEIGHT - BOTTOM - np.asarray(values) / top * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13">',
        f"<title>Junctions held on unseen maps. {command}</title>",
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
    parts.append(f'<text x="{LEFT}" y="20">junctions held, mean of {MAPS} unseen maps</text>')
    for k, (name, values) in enumerate(curves.items()):
        band = path(np.concatenate([x, x[::-1]]), np.concatenate([y(values.min(0)), y(values.max(0))[::-1]]))
        parts.append(f'<polygon points="{band}" fill="{COLOURS[name]}" opacity="0.2"/>')
        line = path(x, y(values.mean(0)))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[name]}" stroke-width="2.5"/>')
        parts.append(f'<text x="{330 + 180 * k}" y="20" fill="{COLOURS[name]}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--steps", type=int, default=4_000_000)
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--out", type=Path, required=True)
    given = arguments.parse_args()
    curves: dict[str, np.ndarray] = {}
    steps = np.zeros(0)
    for name, tool in methods(given.steps).items():
        rows = []
        for seed in range(given.seeds):
            with tempfile.TemporaryDirectory() as folder:
                points = curve(tool, seed, Path(folder))
            steps = np.array([step for step, _ in points], dtype=float)
            rows.append([value for _, value in points])
            print(json.dumps({"method": name, "seed": seed, "points": points}), flush=True)
        curves[name] = np.array(rows)
        last = curves[name][:, -1]
        print(f"{name}: {last.mean():.2f} ± {last.std(ddof=1) if len(last) > 1 else 0:.2f}", flush=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    command = f"python benchmarks/learning_curve.py --steps {given.steps} --seeds {given.seeds}"
    given.out.write_text(picture(curves, steps, command), encoding="utf-8")


if __name__ == "__main__":
    main()
