"""Traces: the lines that tell of roles, stock and prerequisites, in one grammar for all diagnostics."""

from collections import Counter
from collections.abc import Mapping, Sequence

from coterie.evaluation.diagnostics.watching import RESOURCES, Instant, payable
from coterie.policies.scripted.role_machine.sight import GEAR_NAMES

ROLES = tuple(sorted(GEAR_NAMES))
NEEDS = {"align": ("gear", "heart", "influence"), "scramble": ("gear", "heart")}


def listed(claims: Mapping[str, bool]) -> str:
    """The names of what is true, or `-`."""
    return ",".join(name for name, is_so in claims.items() if is_so) or "-"


def pairs(values: Mapping[str, int], names: Sequence[str]) -> str:
    return " ".join(f"{name}={values.get(name, 0)}" for name in names)


def role_line(step: int, counts: Mapping[str, int], transitions: int) -> str:
    """`step=N roles[aligner=n …] present[a,b] transitions=N`."""
    present = listed({role: counts.get(role, 0) > 0 for role in ROLES})
    return f"step={step} roles[{pairs(counts, ROLES)}] present[{present}] transitions={transitions}"


def resource_line(
    instant: Instant, before: Mapping[str, int] | None, uses: Mapping[str, int], paid: Mapping[str, int]
) -> str:
    """`step=N inv[…] delta[…] station_uses[…] station_uses_with_resources[…] adjacent_roles[…] …`.

    Changes are against the stock `before`, the last one that was told; none at first.
    """
    stock = instant.stock
    delta = " ".join(
        f"{item}={stock.get(item, 0) - (stock if before is None else before).get(item, 0):+d}"
        for item in RESOURCES
    )
    return (
        f"step={instant.number} inv[{pairs(stock, RESOURCES)}] delta[{delta}] "
        f"station_uses[{pairs(uses, ROLES)}] station_uses_with_resources[{pairs(paid, ROLES)}] "
        f"adjacent_roles[{listed(instant.adjacent)}] available_roles[{listed(instant.available)}]"
    )


def prerequisite_line(step: int, agent: int, action: str, has: Mapping[str, int]) -> str:
    """`step=N agent=N action=align|scramble gear=n heart=n influence=n missing[list or -]`."""
    missing = listed({name: has[name] <= 0 for name in NEEDS[action]})
    return f"step={step} agent={agent} action={action} {pairs(has, NEEDS['align'])} missing[{missing}]"


class RoleCount:
    """How many Cogs are in which role, step by step, and how they change."""

    def __init__(self) -> None:
        self.history: list[Counter[str]] = []
        self.transitions: Counter[tuple[str, str]] = Counter()
        self.last: dict[int, str] = {}

    def take(self, instant: Instant) -> int:
        """One more step; the number of Cogs that changed their role in it."""
        self.history.append(Counter(deed.role for deed in instant.deeds if deed.role in ROLES))
        changes = 0
        for deed in instant.deeds:
            was = self.last.get(deed.after.id, deed.role)
            if was != deed.role:
                self.transitions[was, deed.role] += 1
                changes += 1
            self.last[deed.after.id] = deed.role
        return changes

    def summary(self) -> dict[str, dict[str, float]]:
        """Fewest, most and mean number of Cogs in each role."""
        told = {}
        for role in ROLES:
            counts = [step[role] for step in self.history]
            told[role] = {"min": min(counts), "max": max(counts), "avg": sum(counts) / len(counts)}
        return told

    def steps_with(self, roles: Sequence[str]) -> int:
        """Steps in which each of the roles had a Cog."""
        return sum(all(step[role] for role in roles) for step in self.history)


class StationUse:
    """How often Cogs bumped the station of their role, and how often its gear could be paid then."""

    def __init__(self) -> None:
        self.uses: Counter[str] = Counter()
        self.paid: Counter[str] = Counter()

    def take(self, instant: Instant) -> None:
        """One more step."""
        available = payable(instant.stock_before)
        for deed in instant.deeds:
            thing = deed.bumped
            if thing is not None and (thing.row, thing.col) == instant.stations.get(deed.role):
                self.uses[deed.role] += 1
                self.paid[deed.role] += available[deed.role]
