"""Run tables: simulations for people, and as plain data for programs."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from coterie.evaluation.simulation import Simulation
from coterie.stats.intervals import Interval, mean_interval
from coterie.tools.tables import heading, number, show_table


def show(played: Sequence[Simulation], *, is_detailed: bool) -> None:
    """Who had which seats and what reward, in every mission and on the mean of all, then the statistics."""
    if not played:
        return
    names = played[0].policies
    episodes = sorted({one.config.num_episodes for one in played})
    print(heading(f"{counted(len(names), 'policy')}, {counted(episodes[-1], 'episode')} per mission"))
    rows = [row for one in played for row in reward_rows(one)]
    if len(played) > 1:
        rows += [mean_row(played, name) for name in names]
    show_table(
        ["mission", "policy", "seats", "reward of a seat", "least to most", "timeouts"],
        rows,
        numbers=[2, 3, 4, 5],
    )
    short = min(len(one.episodes) for one in played)
    print(f"\nMean ± 95 % interval over {short if short == episodes[-1] else f'at least {short}'} episodes.")
    if not is_detailed:
        print("Statistics: --details shows those of every mission, --json lists all.")
        return
    for one in played:
        show_statistics(one)


def reward_rows(played: Simulation) -> list[list[str]]:
    """A row for each policy; its timeouts are those of all its seats and episodes."""
    rows = []
    for name in played.policies:
        rewards = played.measured("return", name)
        late = int(played.measured("timeouts", name).sum())
        spent = int((played.exhausted[played.own(name)] >= 0).sum()) if played.exhausted.size else 0
        rows.append(
            [
                played.config.title,
                name,
                seats_of(played, name),
                mean_interval(rewards).text(),
                f"{number(rewards.min())} to {number(rewards.max())}",
                f"{late}, {spent} seats rested" if spent else str(late),
            ]
        )
    return rows


def mean_row(played: Sequence[Simulation], name: str) -> list[str]:
    """A policy in all missions, each of which counts the same."""
    rewards = [one.measured("return", name) for one in played]
    late = sum(int(one.measured("timeouts", name).sum()) for one in played)
    return [f"mean of {len(played)}", name, "", mean_of_means(rewards), "", str(late)]


def mean_of_means(samples: Sequence[np.ndarray]) -> str:
    """The mean of the missions' means; its interval adds up theirs, which are independent."""
    intervals = [mean_interval(values) for values in samples]
    mean = float(np.mean([one.mean for one in intervals]))
    half = float(np.sqrt(np.sum([one.half_width**2 for one in intervals]))) / len(intervals)
    return Interval(mean, mean - half, mean + half, len(intervals)).text()


def show_statistics(played: Simulation) -> None:
    """Statistics of the game and of each policy's seats that are not always 0."""
    spec = played.episodes.spec
    game = [[name, mean_interval(played.measured(name)).text()] for name in happened(played, "")]
    if game:
        print(f"\n{heading(played.config.title)}")
        show_table(["statistic of the game", "mean"], game, numbers=[1])
    own = [
        [
            name,
            *(mean_interval(played.measured(f"seat/{name}", policy)).text() for policy in played.policies),
        ]
        for name in happened(played, "seat/")
    ]
    if own:
        print()
        columns = range(1, 1 + len(played.policies))
        show_table(["statistic of a seat", *played.policies], own, numbers=columns)
    rest = len(spec.statistics) + len(spec.seat_statistics) - len(game) - len(own)
    if rest:
        print(f"\n{rest} other statistics are 0 in every episode.")


def happened(played: Simulation, scope: str) -> list[str]:
    """Names of the statistics of the game, or with the scope `seat/` of seats, that were not always 0."""
    spec, episodes = played.episodes.spec, played.episodes
    if not scope:
        return [name for k, name in enumerate(spec.statistics) if episodes.statistics[:, k].any()]
    return [name for k, name in enumerate(spec.seat_statistics) if episodes.seat_statistics[:, :, k].any()]


def data_of(played: Simulation) -> dict[str, Any]:
    """Everything that was measured, as plain data: per mission, per policy, and rewards per episode."""
    spec = played.episodes.spec
    rewards = {name: played.measured("return", name) for name in played.policies}
    late = {name: played.measured("timeouts", name) for name in played.policies}
    return {
        "mission": played.config.mission,
        "simulation": played.config.title,
        "suite": played.config.suite,
        "episodes": len(played.episodes),
        "asked": played.config.num_episodes,
        "is_complete": played.is_complete,
        "stopped": played.stopped,
        "seconds": round(played.seconds, 3),
        "policies": {
            name: {
                "seats": int(played.own(name)[0].sum()),
                "reward": mean_interval(rewards[name]).data(),
                "timeouts": int(late[name].sum()),
                "statistics": {
                    own: float(played.measured(f"seat/{own}", name).mean()) for own in spec.seat_statistics
                },
            }
            for name in played.policies
        },
        "statistics": {name: mean_interval(played.measured(name)).data() for name in spec.statistics},
        "per_episode": [
            {
                "number": int(played.numbers[i]),
                "seed": int(played.episodes.seed[i]),
                "map_seed": int(played.map_seeds[i]),
                "length": int(played.episodes.length[i]),
                "seats": played.seats[i].tolist(),
                "reward": {name: float(values[i]) for name, values in rewards.items()},
                "timeouts": {name: int(values[i]) for name, values in late.items()},
            }
            for i in range(len(played.episodes))
        ],
    }


def seats_of(played: Simulation, name: str) -> str:
    """`0–3` of a policy that never changes them, else how many it has."""
    own = played.own(name)
    return f"{own[0].sum()}" if (own == own[0]).all() else f"{own[0].sum()}, shuffled"


def counted(count: int, noun: str) -> str:
    """`1 policy`, `2 policies`."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count} {noun if count == 1 else many}"
