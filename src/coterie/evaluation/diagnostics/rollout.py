"""Rollout: whether the Cogs see, know and use what there is, as a check that a script can rely on."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from coterie.evaluation.diagnostics.traces import (
    NEEDS,
    ROLES,
    RoleCount,
    StationUse,
    prerequisite_line,
    resource_line,
    role_line,
)
from coterie.evaluation.diagnostics.watching import Deed, Instant, Place, Stage, Watch, payable

CORE_ROLES = ("miner", "aligner", "scrambler")
FEWEST_STRUCTURES = 5  # a team whose scouts know less has not looked around
WORK = {"miner": "mine", "aligner": "align", "scrambler": "scramble"}
Counts = Counter[str]


@dataclass(frozen=True, slots=True)
class Tracing:
    """Which traces are wanted: every so many steps, `limit` lines at most, 0 for all."""

    roles: bool = False
    role_every: int = 1
    role_limit: int = 0
    prerequisites: bool = False
    resources: bool = False
    resource_every: int = 1
    resource_limit: int = 0


@dataclass(slots=True)
class Rollout:
    """What was counted, step by step.

    `map_checks` counts hubs and junctions in sight against the policy's own map: `hub_missing`, `tagged`,
    `tagged_mismatches`, `neutral`, `neutral_as_clips`. `figures` has for each role what its Cogs did.
    """

    policy_uri: str
    tracing: Tracing
    steps: int = 0
    is_remembered: bool = False
    hub_seen: bool = False
    map_checks: Counts = field(default_factory=Counter)
    agents: dict[str, set[int]] = field(default_factory=lambda: {role: set() for role in ROLES})
    gear_seen: set[str] = field(default_factory=set)
    figures: dict[str, Counts] = field(default_factory=lambda: {role: Counter() for role in ROLES})
    positions: dict[int, set[Place]] = field(default_factory=dict)
    max_structures: int = 0
    stations: StationUse = field(default_factory=StationUse)
    acquired: Counts = field(default_factory=Counter)
    windows: Counts = field(default_factory=Counter)
    windows_adjacent: Counts = field(default_factory=Counter)
    missing: dict[str, Counts] = field(default_factory=lambda: {"aligner": Counter(), "scrambler": Counter()})
    coverage: RoleCount = field(default_factory=RoleCount)
    traces: dict[str, list[str]] = field(
        default_factory=lambda: {"roles": [], "prerequisites": [], "resources": []}
    )
    told: dict[str, int] | None = None  # the stock of the last resource line

    def take(self, instant: Instant) -> None:
        """One more step."""
        self.steps = instant.number
        self.is_remembered = instant.is_remembered
        self.check_map(instant)
        before = (self.stations.uses.copy(), self.stations.paid.copy())
        self.stations.take(instant)
        for deed in instant.deeds:
            if deed.role in ROLES:
                self.take_deed(instant, deed)
        for role, is_payable in payable(instant.stock).items():
            self.windows[role] += is_payable
            self.windows_adjacent[role] += is_payable and instant.adjacent[role]
        changes = self.coverage.take(instant)
        self.trace(instant, changes, before)

    def check_map(self, instant: Instant) -> None:
        """Hubs and junctions in sight, against the map of a policy that has one."""
        for sighting in instant.sightings:
            is_hub = sighting.kind == "hub"
            self.hub_seen |= is_hub and sighting.team == instant.own_number
            if not instant.is_remembered:
                continue
            if is_hub:
                self.map_checks["hub_missing"] += sighting.known is None
            elif sighting.team >= 0:
                self.map_checks["tagged"] += 1
                self.map_checks["tagged_mismatches"] += sighting.known != sighting.team
            else:
                self.map_checks["neutral"] += 1
                is_hostile = sighting.known not in (None, -1, instant.own_number)
                self.map_checks["neutral_as_clips"] += is_hostile

    def take_deed(self, instant: Instant, deed: Deed) -> None:
        """What one Cog in a role did."""
        role, agent = deed.role, deed.after.id
        self.agents[role].add(agent)
        if deed.after.inventory.get(role, 0) > 0:
            self.gear_seen.add(role)
        self.acquired[role] += deed.gained(role) > 0
        if role == "scout":
            self.positions.setdefault(agent, set()).add((deed.after.row, deed.after.col))
            found = instant.structures if instant.is_remembered else len(instant.seen[agent])
            self.max_structures = max(self.max_structures, found)
        elif deed.bumped is not None:
            self.take_bump(instant, deed)

    def take_bump(self, instant: Instant, deed: Deed) -> None:
        """What a Cog bumped into: work of its role, the wrong thing for it, or what serves everybody.

        Who has no gear may mine, and who has cargo may empty it.
        """
        thing, role = deed.bumped, deed.role
        assert thing is not None
        is_own = thing.team == instant.own_team
        is_depot = is_own and (thing.kind == "junction" or thing.kind.endswith(":hub"))
        if role == "miner" and is_depot:
            lost = sum(deed.gained(item) for item in ("oxygen", "carbon", "germanium", "silicon")) < 0
            self.figures[role]["deposit_attempts"] += lost
            return
        is_extractor = thing.kind.endswith("_extractor")
        is_junction = thing.kind == "junction"
        if not (is_extractor or is_junction) or (is_depot and deed.cargo > 0):
            return
        if is_extractor and role != "miner" and not deed.has(role):
            return
        right = {"miner": is_extractor, "aligner": is_junction and thing.team is None}
        right["scrambler"] = is_junction and thing.team is not None and not is_own
        self.figures[role][f"{WORK[role]}_attempts"] += 1
        self.figures[role][f"{WORK[role]}_mismatches"] += not right[role]
        if role != "miner":
            self.figures[role][f"{WORK[role]}_cogs_targets"] += is_junction and is_own
            self.check_prerequisites(instant, deed)

    def check_prerequisites(self, instant: Instant, deed: Deed) -> None:
        """Whether a Cog had what aligning or scrambling takes."""
        action = WORK[deed.role]
        has = {"gear": deed.has(deed.role), "heart": deed.has("heart"), "influence": deed.has("influence")}
        self.missing[deed.role]["attempts"] += 1
        for name in NEEDS[action]:
            self.missing[deed.role][f"missing_{name}"] += has[name] <= 0
        if self.tracing.prerequisites:
            line = prerequisite_line(instant.number, deed.after.id, action, has)
            self.traces["prerequisites"].append(line)

    def trace(self, instant: Instant, changes: int, before: tuple[Counts, Counts]) -> None:
        """The lines of this step, where they are wanted; `before` it, stations had been used so often."""
        want, traces = self.tracing, self.traces
        number = instant.number
        if want.roles and is_due(number, want.role_every, want.role_limit, traces["roles"]):
            traces["roles"].append(role_line(number, self.coverage.history[-1], changes))
        if want.resources and is_due(number, want.resource_every, want.resource_limit, traces["resources"]):
            uses, paid = self.stations.uses - before[0], self.stations.paid - before[1]
            traces["resources"].append(resource_line(instant, self.told, uses, paid))
            self.told = instant.stock

    @property
    def observed_roles(self) -> list[str]:
        return [role for role in ROLES if self.agents[role]]

    def failures(self, *, allow_missing_roles: bool = False) -> list[str]:
        """What is not as it should be, a sentence each; a policy of which no map is known is not asked it."""
        checks, figures = self.map_checks, self.figures
        wrong = {
            "the hub was seen but is missing in the map": self.hub_seen and checks["hub_missing"] > 0,
            "junctions are another team's than the map says": checks["tagged_mismatches"] > 0,
            "neutral junctions are taken for those of Clips": checks["neutral_as_clips"] > 0,
        }
        if not allow_missing_roles:
            absent = sorted(set(ROLES) - set(self.observed_roles))
            wrong |= {
                f"nobody was {', '.join(absent)}": bool(absent),
                "no miner deposited": figures["miner"]["deposit_attempts"] == 0,
                f"scouts know fewer than {FEWEST_STRUCTURES} structures": self.max_structures
                < FEWEST_STRUCTURES,
            }
            for role, work in WORK.items():
                wrong |= {
                    f"no {role} tried to {work}": figures[role][f"{work}_attempts"] == 0,
                    f"a {role} bumped what it cannot {work}": figures[role][f"{work}_mismatches"] > 0,
                    f"a {role} aimed at an own junction": figures[role][f"{work}_cogs_targets"] > 0,
                }
        return [sentence for sentence, is_so in wrong.items() if is_so]

    def data(self) -> dict[str, Any]:
        """As plain data, for `--json`."""
        checks = self.map_checks if self.is_remembered else dict.fromkeys(MAP_CHECKS)
        return {
            "steps": self.steps,
            "policy_uri": self.policy_uri,
            "hub_seen": self.hub_seen,
            "map": {name: checks[name] for name in MAP_CHECKS},
            "observed_roles": self.observed_roles,
            "roles": {role: self.behaviour(role) for role in ROLES},
            "gear_station": {role: self.gear_station(role) for role in ROLES},
            "gear_resource_windows": dict(self.windows),
            "gear_resource_windows_with_role_adjacent": dict(self.windows_adjacent),
            "coverage": self.coverage.summary(),
            "steps_with_all_roles": self.coverage.steps_with(ROLES),
            "steps_with_core_roles": self.coverage.steps_with(CORE_ROLES),
            "top_role_transitions": {
                f"{was}->{now}": n for (was, now), n in self.coverage.transitions.most_common(5)
            },
            "prerequisites": {role: self.prerequisites(role) for role in self.missing},
            "traces": self.traces,
        }

    def behaviour(self, role: str) -> dict[str, Any]:
        """How the Cogs of a role behaved."""
        told: dict[str, Any] = {"agents": len(self.agents[role]), "gear_seen": role in self.gear_seen}
        if role == "scout":
            positions = [len(self.positions[agent]) for agent in sorted(self.positions)]
            return told | {"unique_positions": positions, "max_structures_seen": self.max_structures}
        last = "deposit_attempts" if role == "miner" else f"{WORK[role]}_cogs_targets"
        names = (f"{WORK[role]}_attempts", f"{WORK[role]}_mismatches", last)
        return told | {name: self.figures[role][name] for name in names}

    def gear_station(self, role: str) -> dict[str, int]:
        uses, paid = self.stations.uses[role], self.stations.paid[role]
        return {
            "station_uses": uses,
            "gear_acquired": self.acquired[role],
            "attempts_with_resources": paid,
            "attempts_without_resources": uses - paid,
        }

    def prerequisites(self, role: str) -> dict[str, int]:
        names = ("attempts", *(f"missing_{name}" for name in NEEDS[WORK[role]]))
        return {name: self.missing[role][name] for name in names}

    def lines(self) -> list[str]:
        """As it is printed: titles, and `- name: value`."""
        data = self.data()
        said = ["CoGsGuard rollout check", f"- steps: {self.steps}", f"- hub seen: {self.hub_seen}"]
        for name, sentence in MAP_CHECKS.items():
            value = data["map"][name]
            said.append(f"- {sentence}: {'-' if value is None else value}")
        said += [f"- observed roles: {self.observed_roles}", "Role behaviour"]
        said += [
            f"- {role}: {spread(data['roles'][role])}" for role in ("miner", "scout", "aligner", "scrambler")
        ]
        said.append("Gear station")
        said += [f"- {role}: {spread(data['gear_station'][role])}" for role in ROLES]
        said.append(f"- gear resource windows: {data['gear_resource_windows']}")
        with_role = data["gear_resource_windows_with_role_adjacent"]
        said += [f"- gear resource windows with role adjacent: {with_role}", "Role coverage"]
        for role, one in data["coverage"].items():
            said.append(f"- {role}: min={one['min']} max={one['max']} avg={one['avg']:.2f}")
        said += [f"- {name}: {data[name]}" for name in ("steps_with_all_roles", "steps_with_core_roles")]
        if data["top_role_transitions"]:
            changes = ", ".join(f"{change}:{n}" for change, n in data["top_role_transitions"].items())
            said.append(f"- top_role_transitions: {changes}")
        said.append("Prerequisites")
        said += [f"- {role}: {spread(one)}" for role, one in data["prerequisites"].items()]
        titles = {"roles": "Role trace", "prerequisites": "Prerequisite trace", "resources": "Resource trace"}
        for name, title in titles.items():
            if getattr(self.tracing, name):
                said += [title, *(f"- {line}" for line in self.traces[name])]
        return said


MAP_CHECKS = {
    "hub_missing": "hub missing in structures",
    "tagged": "tagged junctions checked",
    "tagged_mismatches": "tagged junction mismatches",
    "neutral": "neutral junctions checked",
    "neutral_as_clips": "neutral junctions flagged as clips",
}


def spread(values: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())


def is_due(step: int, every: int, limit: int, lines: list[str]) -> bool:
    """Whether a trace gets a line in this step."""
    return step % every == 0 and (limit <= 0 or len(lines) < limit)


def rollout(stage: Stage, policy_uri: str, *, steps: int, tracing: Tracing) -> Rollout:
    """Watch a policy for so many steps."""
    found = Rollout(policy_uri, tracing)
    for instant in Watch(stage, policy_uri).instants(steps):
        found.take(instant)
    return found
