"""Audit: a long trace of roles and stock, and what each Cog has found."""

from dataclasses import dataclass
from typing import Any

from coterie.evaluation.diagnostics.traces import RoleCount, StationUse, resource_line, role_line
from coterie.evaluation.diagnostics.watching import Stage, Watch


@dataclass(frozen=True, slots=True)
class Audit:
    """What was traced. Junctions and extractors are those each Cog has seen in the present episode."""

    steps: int
    policy_uri: str
    agents: int
    role_trace: list[str]
    resource_trace: list[str]
    roles: dict[str, dict[str, float]]
    transitions: dict[str, int]
    junctions: list[int]
    extractors: list[int]

    def data(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        return {name: getattr(self, name) for name in self.__slots__}

    def lines(self) -> list[str]:
        """As it is printed."""
        said = ["CoGsGuard instrumented audit", f"- steps: {self.steps}"]
        said += [f"- policy_uri: {self.policy_uri}", f"- agents: {self.agents}"]
        said += ["Role trace", *self.role_trace]
        said += ["Resource trace (own team's stock)", *self.resource_trace, "Role count summary"]
        for role, one in self.roles.items():
            said.append(f"- {role}: min={one['min']}, max={one['max']}, avg={one['avg']:.2f}")
        if self.transitions:
            said.append("Role transitions")
            said += [f"- {change}: {count}" for change, count in sorted(self.transitions.items())]
        found = {"Junction": self.junctions, "Extractor": self.extractors}
        said += [f"{name} counts per agent: {counts}" for name, counts in found.items()]
        for name, counts in found.items():
            mean = sum(counts) / len(counts)
            said.append(f"{name} counts min/max/avg: {min(counts)} {max(counts)} {mean:.2f}")
        return said


def audit(stage: Stage, policy_uri: str, *, steps: int, every: int) -> Audit:
    """Watch a policy for so many steps and tell of every so many."""
    watch = Watch(stage, policy_uri)
    roles, stations = RoleCount(), StationUse()
    role_trace, resource_trace = [], []
    told: dict[str, int] | None = None
    for instant in watch.instants(steps):
        roles.take(instant)
        stations.take(instant)
        if instant.number % every == 0:
            role_trace.append(role_line(instant.number, roles.history[-1], roles.transitions.total()))
            resource_trace.append(resource_line(instant, told, stations.uses, stations.paid))
            told = instant.stock
    return Audit(
        steps=steps,
        policy_uri=policy_uri,
        agents=stage.agents,
        role_trace=role_trace,
        resource_trace=resource_trace,
        roles=roles.summary(),
        transitions={f"{was} -> {now}": n for (was, now), n in roles.transitions.items()},
        junctions=[list(seen.values()).count("junction") for seen in watch.seen],
        extractors=[sum(kind.endswith("_extractor") for kind in seen.values()) for seen in watch.seen],
    )
