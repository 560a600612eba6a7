"""Role_py: the team of `role`, decided in Python: slower, and to be read."""

import numpy as np

from coterie.games.batch import Spec
from coterie.policies.policy import Actor
from coterie.policies.scripted.role import Role
from coterie.policies.scripted.role_machine.sight import GEAR_NAMES, look, plan_of
from coterie.policies.scripted.role_machine.team import Team


class Teams:
    """R rows of a batch: those of one world are one team with one memory."""

    def __init__(self, worlds: np.ndarray, counts: dict[int, int]) -> None:
        self.counts = counts
        self.rows = [np.flatnonzero(worlds == world).tolist() for world in dict.fromkeys(worlds.tolist())]
        self.teams = [Team(counts) for _ in self.rows]

    def forget(self, ended: np.ndarray) -> None:
        for k, rows in enumerate(self.rows):
            if ended[rows].any():
                self.teams[k] = Team(self.counts)


class RoleActor(Actor):
    """Its memory is its teams, one for each world."""

    def __init__(self, spec: Spec, counts: dict[int, int]) -> None:
        self.plan = plan_of(spec)
        self.counts = counts

    def begin(self, worlds: np.ndarray, seed: int) -> Teams:
        return Teams(worlds, self.counts)

    def act(self, observations: np.ndarray, masks: np.ndarray, state: Teams) -> tuple[np.ndarray, Teams]:
        looks = look(self.plan, observations)
        actions = np.empty((len(observations), 1), dtype=np.int32)
        for rows, team in zip(state.rows, state.teams, strict=True):
            actions[rows, 0] = team.act(self.plan, [looks[row] for row in rows])
        return actions, state

    def forget(self, state: Teams, ended: np.ndarray) -> Teams:
        state.forget(ended)
        return state


class RolePy(Role):
    """Takes the options of `role` and the same decisions; where it labels for others, `role` does it."""

    def build(self, spec: Spec) -> RoleActor:
        return RoleActor(spec, {role: getattr(self, name) for role, name in enumerate(GEAR_NAMES)})
