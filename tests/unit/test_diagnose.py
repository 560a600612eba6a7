"""Diagnosis: each axis by hand, caps where evidence is weak, known policies in order, and what is written."""

import json
import re
import shlex
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import numpy as np
import pytest

from coterie.cli.main import app
from coterie.config import ConfigError
from coterie.evaluation.diagnosis import (
    AXES,
    HARDLY,
    PARTLY,
    Diagnosis,
    Evidence,
    control,
    efficiency,
    evidence_of,
    scaled_variance,
    social_coordination,
    stability,
)
from coterie.evaluation.diagnosis_page import corner, page
from coterie.evaluation.simulation import SimulationConfig, simulate
from coterie.replays.reading import read
from coterie.tools.diagnose import MANIFEST, NOTE, REPORT, Diagnose


def evidence(
    mission: str = "a.one", returns: tuple[float, ...] = (1.0, 1.0, 1.0), **changes: Any
) -> Evidence:
    """Faultless play of two seats, but for the changes."""
    plain: dict[str, Any] = {
        "mission": mission,
        "seats": 2,
        "numbers": np.arange(len(returns)),
        "returns": np.array(returns),
        "reward_variance": 0.0,
        "non_zero_episode_pct": float(np.mean(np.array(returns) != 0)),
        "timeout_rate": 0.0,
        "mean_move_success": 1.0,
        "mean_action_failed": 0.0,
        "mean_stuck_steps": 0.0,
        "seat_evenness": 1.0,
        "attempts": 50.0,
    }
    return Evidence(**plain | changes)


def test_faultless_play_is_full() -> None:
    own, other = evidence(), evidence(returns=(0.5, 0.5, 0.5))
    found = Diagnosis("own", (own,), {"other": (other,)}, "other", {"own": {"a.one": 0.6}})
    assert [one.name for one in found.axes] == list(AXES)
    assert [one.score for one in found.axes] == [100.0] * 4
    assert found.dominant_issue is None


def test_each_part_falls_to_its_limit() -> None:
    def value(axis: Any, part: str) -> float:
        return axis.parts[part]

    assert value(stability([evidence(reward_variance=0.25)]), "reward_variance") == 0.75
    assert value(stability([evidence(reward_variance=7.0)]), "reward_variance") == 0.0
    assert value(stability([evidence(timeout_rate=0.01)]), "timeout_rate") == pytest.approx(0.8)
    assert value(control([evidence(mean_action_failed=0.05)]), "action_failed") == pytest.approx(0.75)
    assert value(control([evidence(mean_stuck_steps=15.0)]), "stuck_steps") == 0.5
    assert value(control([evidence(mean_stuck_steps=400.0)]), "stuck_steps") == 0.0
    assert value(efficiency([evidence(mean_move_success=0.7)], {}), "move_success") == 0.7
    assert control([evidence(mean_stuck_steps=15.0), evidence("a.two")]).score == pytest.approx(87.5)


def test_efficiency_is_measured_against_the_best_reference() -> None:
    others = {"weak": [evidence(returns=(0.1, 0.1, 0.1))], "strong": [evidence(returns=(4.0, 4.0, 4.0))]}
    assert efficiency([evidence()], others).parts["over_references"] == 0.25
    alone = efficiency([evidence()], {})
    assert (alone.score, alone.cap) == (PARTLY, PARTLY)
    assert "no reference scored" in alone.reasons[0]


def test_weak_evidence_caps_the_score() -> None:
    silent = stability([evidence(returns=(0.0, 0.0, 0.0))])
    assert (silent.score, silent.reasons) == (HARDLY, ("it never scored",))
    rarely = stability([evidence(), *(evidence(f"a.{k}", (0.0, 0.0, 0.0)) for k in range(4))])
    assert (rarely.score, rarely.reasons) == (PARTLY, ("it scored in only 1 of 5 missions",))
    assert control([evidence(attempts=0.0)]).score == HARDLY
    once = stability([evidence(returns=(1.0,))])
    assert once.score == HARDLY and "no variance" in once.reasons[-1]
    assert control([evidence(returns=(1.0, 1.0))]).score == PARTLY
    assert control([evidence(returns=(1.0, 1.0), mean_action_failed=0.2, mean_stuck_steps=30.0)]).score == 0


def test_what_was_not_recorded_is_not_judged() -> None:
    found = control([evidence(mean_action_failed=None, mean_stuck_steps=None, attempts=None)])
    assert found.score is None
    assert found.reasons == ("the missions record no action_failed and no stuck_steps",)
    alone = social_coordination([evidence(seats=1, seat_evenness=None)], {}, {})
    assert alone.score is None and "more than one seat" in alone.reasons[0]


def test_coordination_is_what_is_left_of_the_baseline() -> None:
    found = social_coordination([evidence(seat_evenness=0.5)], {"a.one": 4.0}, {"a.one": 1.0})
    assert found.parts == {"seat_evenness": 0.5, "mixed_return": 0.25}
    assert found.score == pytest.approx(37.5)
    better = social_coordination([evidence()], {"a.one": 4.0}, {"a.one": 9.0})
    assert better.parts["mixed_return"] == 1.0
    apart = social_coordination([evidence()], {}, {})
    assert apart.cap == PARTLY and "not seated beside" in apart.reasons[0]


def test_variance_of_large_returns_is_relative() -> None:
    assert scaled_variance(np.array([0.0, 1.0])) == 0.5
    assert scaled_variance(np.array([19.0, 21.0])) == pytest.approx(2 / 400)
    assert scaled_variance(np.array([3.0])) == 0.0


def test_evidence_by_hand() -> None:
    config = SimulationConfig(settings={"max_steps": 80}, num_episodes=3)
    played = simulate(config, ["role"])
    found = evidence_of(played)
    names = played.episodes.spec.seat_statistics
    values = played.episodes.seat_statistics.astype(np.float64)

    def column(name: str) -> np.ndarray:
        return values[:, :, names.index(name)]

    moved, refused = column("action.move.success"), column("action.move.failed")
    assert found.mean_move_success == pytest.approx(moved.sum() / (moved + refused).sum())
    assert found.mean_action_failed == pytest.approx(column("action.failed").mean() / 80)
    assert found.mean_stuck_steps == pytest.approx(column("status.max_steps_without_motion").mean())
    jain = moved.sum(1) ** 2 / (moved**2).sum(1)
    assert found.seat_evenness == pytest.approx(((jain - 1) / 7).mean())
    assert (found.seats, found.timeout_rate) == (8, 0.0)
    assert found.returns == pytest.approx(played.episodes.returns.mean(axis=1))


def test_late_actions_are_a_share_of_steps() -> None:
    config = SimulationConfig(settings={"max_steps": 80}, num_episodes=2)
    played = simulate(config, ["noop"])
    played.timeouts[:] = 4
    assert evidence_of(played).timeout_rate == pytest.approx(0.05)


def test_evenness_falls_when_one_does_all() -> None:
    config = SimulationConfig(settings={"max_steps": 80, "num_agents": 4}, num_episodes=2)
    mixed = simulate(config, ["random", "noop"], proportions=[1, 3])
    assert evidence_of(mixed).seat_evenness == pytest.approx(0.0)
    assert (evidence_of(simulate(config, ["random"])).seat_evenness or 0.0) > 0.9


def test_reruns_that_differ_are_said() -> None:
    shaky = evidence(mean_action_failed=0.2, mean_stuck_steps=30.0)
    found = Diagnosis("own", (evidence(reward_variance=0.5),), {"other": (evidence(),)})
    assert found.stability()["stable"] is None
    same = found.with_reruns([[evidence(reward_variance=0.52)]]).stability()
    assert same["stable"] and same["ranges"]["stability"] == pytest.approx([74.0, 75.0])
    other = found.with_reruns([[shaky]]).stability()
    assert not other["stable"]
    assert {"stability", "control"} <= set(other["unsteady_axes"])


class Tags(HTMLParser):
    """Every tag that is opened is closed again, and nothing is fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.wrong += [f"{tag} {key}" for key, _ in attrs if key in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Closed at once."""

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")


def test_the_page_is_whole_and_stands_alone() -> None:
    others: dict[str, tuple[Evidence, ...]] = {"<role>": (evidence(returns=(0.5, 2.5, 0.5)),)}
    made = page(Diagnosis("mine & co", (evidence(),), others), command="coterie diagnose 'a'", when="today")
    tags = Tags()
    tags.feed(made)
    assert (tags.open, tags.wrong) == ([], [])
    assert "http" not in made and "<role>" not in made and "mine &amp; co" in made
    picture = ElementTree.fromstring(made[made.index("<svg") : made.index("</svg>") + 6])
    shapes = [one for one in picture.iter("polygon") if one.get("class") == "shape"]
    assert len(shapes) == 2
    points = [tuple(map(float, point.split(","))) for point in shapes[-1].get("points", "").split()]
    assert points[0] == pytest.approx(corner(0, 100), abs=0.1)
    assert "prefers-color-scheme: dark" in made


def run(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as end:
        app(shlex.split(line), prog_name="coterie")
    return int(end.value.code or 0)


def test_the_command_writes_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "diagnose role -S diagnostic_evals --experiments memory -c 1 -c 2 -e 2 -s 40"
    line += (
        " --scripted-baseline-policy random --known-strong-policy noop --stability-reruns 1 --output-dir out"
    )
    assert run(line, tmp_path, monkeypatch) == 0
    said = capsys.readouterr().out
    assert "diagnostic_evals.memory (cogs=2)" in said and "rerun tells" in said
    assert {path.name for path in (tmp_path / "out").iterdir()} == {REPORT, NOTE, MANIFEST}
    note = json.loads((tmp_path / "out" / NOTE).read_text(encoding="utf-8"))
    assert [one["axis"] for one in note["axes"]] == list(AXES)
    assert set(note["references"]) == {"random", "noop"}
    assert note["interpretation_stability"]["reruns"] == 1
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["is_complete"] and manifest["files"] == sorted([REPORT, NOTE])
    assert (tmp_path / "train_dir/stats.duckdb").exists()


def test_it_says_what_changed_and_packs_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = "-S diagnostic_evals --experiments chest_deposit_near --scripted-baseline-policy none --no-store"
    assert run(f"diagnose noop {alone} -e 2 --output-dir before", tmp_path, monkeypatch) == 0
    line = f"diagnose role {alone} -e 2 --output-dir now --compare-run-dir before --bundle-zip"
    assert run(line, tmp_path, monkeypatch) == 0
    said = capsys.readouterr()
    assert "Since the diagnosis of noop in before" in said.out and "stability" in said.out
    assert re.search(r"diagnostic_evals.chest_deposit_near +0.000 → 1.000 \(\+1.000\)", said.out)
    assert "the bundle is now/replay_bundle.zip" in said.err
    note = json.loads((tmp_path / "now" / NOTE).read_text(encoding="utf-8"))
    assert note["compared_with"]["axes"]["social_coordination"] == {"before": None, "now": None}
    assert "Since the diagnosis of noop" in (tmp_path / "now" / REPORT).read_text(encoding="utf-8")
    with ZipFile(tmp_path / "now/replay_bundle.zip") as bundle:
        names = bundle.namelist()
        assert names[:4] == ["bundle_guide.md", REPORT, NOTE, MANIFEST]
        (replay,) = names[4:]
        assert f"| 1 | `{replay}` |" in bundle.read("bundle_guide.md").decode()
        header = read(Path(bundle.extract(replay, tmp_path))).header
        assert header.mission == "diagnostic_evals.chest_deposit_near"
    with pytest.raises(ConfigError, match="no diagnosis in nowhere"):
        Diagnose(policy_uri="role", compare_run_dir=Path("nowhere")).invoke()
    with pytest.raises(ConfigError, match="diagnosed none of these missions"):
        Diagnose(policy_uri="role", missions=("memory",), compare_run_dir=Path("before")).invoke()


def test_the_word_policy_may_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tail = "--experiments memory -e 1 -s 20 --scripted-baseline-policy none --no-store --json"
    found = []
    for line in (f"diagnose policy noop {tail}", f"diagnose noop {tail}", f"diagnose {tail} noop"):
        assert run(line, tmp_path, monkeypatch) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0] == found[1] == found[2]
    assert found[0]["references"] == {}


def test_better_play_scores_higher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = ("extractor_hub_30x30", "eval_collect_resources")
    for policy in ("random", "role"):
        made = Diagnose(
            policy_uri=policy,
            mission_set="cogsguard_evals",
            missions=names,
            scripted_baseline_policy="role",
            known_strong_policy="teacher",
            max_steps=200,
            store=None,
        )
        assert made.invoke() == 0
    random, role = (
        {one["axis"]: one["score"] for one in json.loads((tmp_path / p / NOTE).read_text())["axes"]}
        for p in ("train_dir/diagnose/random", "train_dir/diagnose/role")
    )
    assert role["efficiency"] > random["efficiency"] + 20
    assert role["social_coordination"] > random["social_coordination"]


def test_missions_are_those_of_the_set() -> None:
    assert len(Diagnose(policy_uri="role").preview()) == 13
    both = Diagnose(policy_uri="role", missions=("memory", "diagnostic_evals.charge_up"), cogs=(1, 3))
    assert [one.split(":")[0] for one in both.preview()] == [
        "diagnostic_evals.charge_up (cogs=1)",
        "diagnostic_evals.charge_up (cogs=3)",
        "diagnostic_evals.memory (cogs=1)",
        "diagnostic_evals.memory (cogs=3)",
    ]


def test_long_missions_are_cut_and_short_ones_are_not() -> None:
    short = Diagnose(policy_uri="role", missions=("memory",)).simulations()[0]
    long = Diagnose(policy_uri="role", mission_set="integrated_evals", missions=("easy_hearts",))
    assert "max_steps" not in short.settings
    assert long.simulations()[0].settings == {"max_steps": 1000}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "name a POLICY"),
        ({"policy_uri": "rloe"}, "did you mean role"),
        ({"policy_uri": "role", "known_strong_policy": "strong"}, "no policy 'strong'"),
        ({"policy_uri": "role", "missions": ["memry"]}, "did you mean memory"),
        ({"policy_uri": "role", "mission_set": "diagnostic_eval"}, "did you mean diagnostic_evals"),
        ({"policy_uri": "role", "cogs": [9]}, "spawn pads"),
        ({"policy_uri": "role", "output_dir": "/proc/none"}, "cannot be written"),
        ({"policy_uri": "role", "require_stable_interpretation": True}, "ask for stability_reruns"),
    ],
)
def test_bad_input_is_one_sentence(settings: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        Diagnose(**settings).invoke()
    assert "\n" not in str(error.value)
