"""Diagnose: a set of missions is played, and four axes say how a policy plays."""

import json
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from coterie.config import ConfigError, choose
from coterie.evaluation.diagnosis import Axis, Diagnosis, evidence_of
from coterie.evaluation.diagnosis_bundle import GUIDE, REPLAYS, guide, pack
from coterie.evaluation.diagnosis_change import Change, change, earlier, signed
from coterie.evaluation.diagnosis_page import page
from coterie.evaluation.simulation import Simulation, SimulationConfig, simulate
from coterie.games import catalog
from coterie.play.limits import Limits
from coterie.policies.uri import parse
from coterie.replays.environment import Wanted
from coterie.replays.notation import SUFFIX
from coterie.runs import DATA_DIR
from coterie.stats.intervals import mean_interval
from coterie.tools.recording import STORE, recording, tell_stopped
from coterie.tools.tables import heading, show_json, show_table
from coterie.tools.tool import Tool

REPORT, NOTE, MANIFEST = "diagnose_report.html", "doctor_note.json", "manifest.json"

Keep = Callable[[Simulation], None]
Played = dict[str, list[Simulation]]  # who played → a simulation a mission, in their order


class Diagnose(Tool):
    """A policy alone on all seats of each mission, references on the same maps, and both on one team."""

    policy_uri: str = ""
    mission_set: str = "diagnostic_evals"
    missions: tuple[str, ...] = Field((), description="of the set, by name; all if none")
    cogs: tuple[int, ...] = Field((), description="each mission with so many agents; its own if none")
    scripted_baseline_policy: str | None = Field("role", description="what is compared with, and joined")
    known_strong_policy: str | None = Field(None, description="how much can be had")
    stability_reruns: int = Field(0, ge=0, description="further times on other maps")
    require_stable_interpretation: bool = Field(False, description="exit code 1 if the reruns tell otherwise")
    compare_run_dir: Path | None = Field(None, description="the folder of an earlier diagnosis: what changed")
    bundle_zip: bool = Field(False, description="also one zip of the report and a replay of each mission")
    num_episodes: int = Field(3, ge=1, description="of each mission")
    max_steps: int = Field(1000, ge=1, description="longer missions are cut there")
    seed: int = Field(42, ge=0)
    action_timeout_ms: float = Field(250.0, gt=0, description="a later action is not played")
    threads: int = Field(2, ge=1)
    output_dir: Path | None = Field(None, description="where the report goes; train_dir/diagnose/POLICY")
    store: Path | None = STORE
    as_json: bool = False
    command: str = ""

    def simulations(self) -> list[SimulationConfig]:
        """What is played: every mission of the set, with each number of agents."""
        known = choose("mission set", self.mission_set, catalog.mission_sets())
        for name in self.missions:
            choose(f"mission in {self.mission_set}", name, {key: key for key in (*known, *map(short, known))})
        named = [one for one in known if not self.missions or {one, short(one)} & set(self.missions)]
        return [self.simulation(one, agents) for one in named for agents in self.cogs or (None,)]

    def simulation(self, mission: str, agents: int | None) -> SimulationConfig:
        """A mission with its own number of agents and steps, unless they are to be others."""
        steps = getattr(catalog.make(mission), "max_steps", 0)
        settings = {"num_agents": agents} if agents is not None else {}
        if steps > self.max_steps or steps == 0:
            settings["max_steps"] = self.max_steps
        return SimulationConfig(
            mission=mission,
            name=mission if agents is None else f"{mission} (cogs={agents})",
            suite=self.mission_set,
            settings=settings,
            num_episodes=self.num_episodes,
            seed=self.seed,
            max_time_s=3600.0,
        )

    def references(self) -> list[str]:
        """Who it is compared with, each once, itself not."""
        named = (self.scripted_baseline_policy, self.known_strong_policy)
        return [one for one in dict.fromkeys(named) if one is not None and one != self.policy_uri]

    def check(self) -> list[SimulationConfig]:
        """The simulations, after what would keep them from being played was refused."""
        if not self.policy_uri:
            raise ConfigError("nobody to diagnose: name a POLICY")
        if self.require_stable_interpretation and not self.stability_reruns:
            raise ConfigError(
                "require_stable_interpretation: nothing is played again; ask for stability_reruns"
            )
        for text in (self.policy_uri, *self.references()):
            parse(text)
        found = self.simulations()
        for one in found:
            one.game()
        return found

    def preview(self) -> list[str]:
        return [f"{one.title}: {one.num_episodes} episodes" for one in self.check()]

    def folder(self) -> Path:
        """Where the report goes."""
        safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in self.policy_uri).strip("_.")
        return self.output_dir or DATA_DIR / "diagnose" / (safe or "policy")

    def invoke(self) -> int:
        configs = self.check()
        folder = self.folder()
        before = None if self.compare_run_dir is None else earlier(self.compare_run_dir, NOTE)
        if before is not None and not {one.title for one in configs} & set(before["missions"]):
            raise ConfigError(f"compare_run_dir: {self.compare_run_dir} diagnosed none of these missions")
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"the report cannot be written to {folder}: {error.strerror}") from None
        names = (self.policy_uri, *self.references())
        guests, teams = self.guests(), [one for one in configs if seats_of(one) > 1]
        runs = len(names) + self.stability_reruns
        total = (runs * len(configs) + len(guests) * len(teams)) * self.num_episodes
        with recording(total, self.store) as keep:
            played = {
                name: [self.play(one, [name], keep, self.wanted(name, folder)) for one in configs]
                for name in names
            }
            mixed = {
                name: [self.play(one, [name, str(self.scripted_baseline_policy)], keep) for one in teams]
                for name in guests
            }
            again = [
                [self.play(one.replace(seed=self.seed + k), [self.policy_uri], keep) for one in configs]
                for k in range(1, self.stability_reruns + 1)
            ]
        found = self.diagnosis(played, mixed, again)
        every = [one for group in (*played.values(), *mixed.values(), *again) for one in group]
        tell_stopped(every)
        is_complete = all(one.is_complete for one in every)
        changed = None if before is None else change(Path(str(self.compare_run_dir)), before, found)
        self.write(folder, found, changed, is_complete=is_complete)
        if self.bundle_zip:
            self.bundle(folder, played[self.policy_uri])
        if self.as_json:
            show_json({**note(found, changed), "is_complete": is_complete, "output_dir": str(folder)})
        else:
            show(found)
            show_change(changed)
            print(f"\nReport: {folder / REPORT}")
        is_steady = not self.require_stable_interpretation or found.stability()["stable"]
        return 0 if is_complete and is_steady else 1

    def guests(self) -> list[str]:
        """Who also shares teams with the baseline."""
        baseline = self.scripted_baseline_policy
        if baseline in (None, self.policy_uri):
            return []
        return [name for name in (self.policy_uri, *self.references()) if name != baseline]

    def wanted(self, name: str, folder: Path) -> Wanted | None:
        """The policy's first episode of each mission is kept, if there is to be a bundle."""
        if not self.bundle_zip or name != self.policy_uri:
            return None
        return Wanted(folder / REPLAYS, None, "", "", self.num_episodes, SUFFIX)

    def bundle(self, folder: Path, played: Sequence[Simulation]) -> None:
        """All that was written, and the replays, in one file."""
        (folder / GUIDE).write_text(guide(self.policy_uri, played), encoding="utf-8")
        replays = [path for one in played for path in one.replays]
        made = pack(folder, (GUIDE, REPORT, NOTE, MANIFEST), replays)
        print(f"coterie: the bundle is {made}", file=sys.stderr)

    def play(
        self, config: SimulationConfig, policies: Sequence[str], keep: Keep, replays: Wanted | None = None
    ) -> Simulation:
        return simulate(
            config,
            policies,
            shuffle=len(policies) > 1,
            threads=self.threads,
            limits=Limits(action_timeout_ms=self.action_timeout_ms),
            keep=keep,
            replays=replays,
        )

    def diagnosis(self, played: Played, mixed: Played, again: Sequence[Sequence[Simulation]]) -> Diagnosis:
        """What the simulations say."""
        evidence = {name: tuple(map(evidence_of, all_of)) for name, all_of in played.items()}
        own = evidence.pop(self.policy_uri)
        together = {
            name: {one.config.title: float(one.measured("return").mean()) for one in all_of}
            for name, all_of in mixed.items()
        }
        baseline = self.scripted_baseline_policy if self.scripted_baseline_policy in evidence else None
        found = Diagnosis(self.policy_uri, own, evidence, baseline, together)
        return found.with_reruns([tuple(map(evidence_of, one)) for one in again])

    def write(self, folder: Path, found: Diagnosis, changed: Change | None, *, is_complete: bool) -> None:
        """The report for people, the note for programs, and what made them."""
        when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        command = self.command or shlex.join(["coterie", "diagnose", self.policy_uri, "-S", self.mission_set])
        files = {
            REPORT: page(found, changed, command=command, when=when),
            NOTE: json.dumps(note(found, changed), indent=2, ensure_ascii=False) + "\n",
        }
        manifest = {
            "policy": self.policy_uri,
            "created_at": when,
            "command": command,
            "is_complete": is_complete,
            "mission_set": self.mission_set,
            "missions": [one.mission for one in found.evidence],
            "interpretation_stability": found.stability(),
            "settings": self.model_dump(mode="json"),
            "files": sorted(files),
        }
        files[MANIFEST] = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")


def note(found: Diagnosis, changed: Change | None) -> dict[str, Any]:
    """All that was found, for programs."""
    return found.data() | ({} if changed is None else {"compared_with": changed.data()})


def short(mission: str) -> str:
    return mission.partition(".")[2]


def seats_of(config: SimulationConfig) -> int:
    return int(getattr(config.game(), "num_agents", 1))


def show(found: Diagnosis) -> None:
    """The tables for people: axes, then missions."""
    print(heading(f"Diagnosis of {found.policy}"))
    columns = {found.policy: found.axes} | {name: found.axes_of(name) for name in found.others}
    show_table(
        ["axis", *columns, "weak evidence"],
        [
            [own.name, *(score(axes[k]) for axes in columns.values()), "; ".join(own.reasons) or "–"]
            for k, own in enumerate(found.axes)
        ],
        numbers=range(1, len(columns) + 1),
    )
    print()
    show_table(
        ["mission", "episodes", "return", *(f"against {name}" for name in found.others)],
        [
            [
                one.mission,
                str(len(one.returns)),
                mean_interval(one.returns).text(),
                *found.verdicts(one.mission).values(),
            ]
            for one in found.evidence
        ],
        numbers=[1, 2],
    )
    stable = found.stability()
    if stable["reruns"]:
        word = "rerun tells" if stable["reruns"] == 1 else "reruns tell"
        said = "the same" if stable["stable"] else f"something else ({', '.join(stable['unsteady_axes'])})"
        print(f"\n{stable['reruns']} {word} {said} on other maps.")
    print(f"\nWeakest axis: {found.dominant_issue or 'none'}")


def show_change(changed: Change | None) -> None:
    """What is otherwise than in the earlier diagnosis."""
    if changed is None:
        return
    print(heading(f"\nSince the diagnosis of {changed.policy} in {changed.folder}"))
    rows = [[name, signed(pair)] for name, pair in changed.axes.items()]
    rows += [[name, signed(pair, 3)] for name, pair in changed.missions.items()]
    show_table(["axis or mission", "score or return"], rows)


def score(axis: Axis) -> str:
    return "not judged" if axis.score is None else f"{axis.score:.0f}"
