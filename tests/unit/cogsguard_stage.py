"""A stage for one Cog: a small drawn world of CoGsGuard, and what it holds."""

from typing import Any

from coterie.games.batch import Batch
from coterie.games.cogsguard import CogsguardConfig
from coterie.games.cogsguard.sites import legend
from coterie.games.grid.maps import AsciiMap

MOVES = {"^": "move_north", "v": "move_south", "<": "move_west", ">": "move_east", ".": "noop"}


class Stage:
    """`K` is a junction of the Clips; `start` replaces what the Cog holds, `stock` what its team does."""

    def __init__(
        self,
        *rows: str,
        start: dict[str, int] | None = None,
        stock: dict[str, int] | None = None,
        **settings: Any,
    ) -> None:
        values: dict[str, Any] = {"num_agents": 1, "clips": None, **settings}
        self.config = CogsguardConfig(**values)
        rules = self.config.rules()
        cog, cogs = rules.groups["agent"], rules.teams["cogs"]
        held = cog.inventory.initial if start is None else start
        stocked = cogs.inventory.initial if stock is None else stock
        hostile = rules.objects["junction"].replace(team="clips", called="junction", wears_team_tag=False)
        names = legend("c", "agent.agent") | {"K": "hostile"}
        rules = rules.replace(
            map=AsciiMap(map_data=rows, legend=names),
            objects=rules.objects | {"hostile": hostile},
            groups={"agent": cog.replace(inventory=cog.inventory.replace(initial=held))},
            teams=rules.teams | {"cogs": cogs.replace(inventory=cogs.inventory.replace(initial=stocked))},
        )
        self.batch = Batch(rules)
        self.numbers = {name: i for i, name in enumerate(rules.action_names)}

    def act(self, moves: str) -> list[float]:
        """Do `>` `<` `^` `v` and `.` (wait) in turn; the rewards of these steps."""
        return [self.do(MOVES[move]) for move in moves]

    def do(self, action: str) -> float:
        self.batch.actions[:] = self.numbers[action]
        self.batch.step()
        return float(self.batch.rewards[0])

    @property
    def cog(self) -> dict[str, Any]:
        return self.batch.snapshot(0)["agents"][0]

    @property
    def held(self) -> dict[str, int]:
        """What the Cog holds; what it does not hold is left out."""
        return self.cog["inventory"]

    @property
    def stock(self) -> dict[str, int]:
        """What the team holds."""
        return next(t["inventory"] for t in self.batch.snapshot(0)["teams"] if t["name"] == "cogs")

    def things(self, kind: str) -> list[dict[str, Any]]:
        return [thing for thing in self.batch.snapshot(0)["objects"] if thing["kind"] == kind]
