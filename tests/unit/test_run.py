"""Run, scrimmage and policies: what they play, print and keep, and what they refuse."""

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
import yaml

from coterie.cli.main import main
from coterie.config import ConfigError
from coterie.evaluation.store import Store
from coterie.games import catalog
from coterie.tools.run import Run

COGS = "-m cogsguard_arena.basic -s 30"
BAD = """
import numpy as np
from coterie.policies.policy import Actor, Policy


class BadActor(Actor):
    def __init__(self, spec, at):
        self.spec, self.at, self.calls = spec, at, 0

    def act(self, observations, masks, state):
        self.calls += 1
        if self.calls == self.at:
            raise RuntimeError("out of ideas")
        print("thinking")
        return np.zeros((len(observations), len(self.spec.actions)), dtype=np.int32), state


class Bad(Policy):
    at: int = 1

    def build(self, spec):
        return BadActor(spec, -1 if spec.seats == 1 else self.at)  # alone it never fails
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def coterie(
    line: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    monkeypatch.setattr("sys.argv", ["coterie", *shlex.split(line)])
    with pytest.raises(SystemExit) as end:
        main()
    said = capfd.readouterr()
    return int(end.value.code or 0), said.out, said.err


def test_several_policies_share_seats(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = f"run {COGS} -p role,proportion=3 -p class=random,proportion=5 -e 3 --json"
    code, out, _ = coterie(line, capfd, monkeypatch)
    assert code == 0
    (one,) = json.loads(out)["simulations"]
    assert {name: own["seats"] for name, own in one["policies"].items()} == {"role": 3, "class=random": 5}
    assert one["policies"]["role"]["reward"]["count"] == one["episodes"] == one["asked"] == 3
    assert one["is_complete"] and one["stopped"] == ""
    assert one["policies"]["class=random"]["statistics"]["action.change_vibe.success"] > 1
    assert [episode["number"] for episode in one["per_episode"]] == [0, 1, 2]
    assert one["per_episode"][0]["seats"] == [0, 0, 0, 1, 1, 1, 1, 1]
    assert one["per_episode"][0]["seed"] != one["per_episode"][1]["seed"]
    rewards = [episode["reward"]["role"] for episode in one["per_episode"]]
    assert np.mean(rewards) == pytest.approx(one["policies"]["role"]["reward"]["mean"])


def test_the_tables(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, err = coterie(f"run {COGS} -p role:3 -p random:5 -e 3 --shuffle", capfd, monkeypatch)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "2 policies, 3 episodes per mission"
    assert lines[1].split("  ")[0] == "mission"
    assert lines[2].split()[:4] == ["cogsguard_arena.basic", "role", "3,", "shuffled"]
    assert "±" in lines[2] and " to " in lines[2] and lines[2].endswith(" 0")
    assert lines[3].split()[1:3] == ["random", "5,"]
    assert "Mean ± 95 % interval over 3 episodes." in out
    (head,) = [line for line in lines if line.startswith("statistic of a seat")]
    assert head.split()[-2:] == ["role", "random"]
    assert any(line.startswith("cogs/aligned.junction.held") for line in lines)


def test_globs_and_sets_name_missions() -> None:
    found = [one.mission for one in Run(missions=("echo.*", "meet.basic", "echo.basic")).simulations()]
    assert found == ["echo.basic", "echo.many", "echo.noisy", "meet.basic"]
    sets = catalog.mission_sets()
    assert {"integrated_evals", "cogsguard_evals", "spanning_evals", "diagnostic_evals"} < set(sets)
    some = Run(mission_sets=("integrated_evals",)).simulations()
    assert len(some) == 7
    assert {one.suite for one in some} == {"integrated_evals"}
    assert len(Run(mission_sets=("all",)).simulations()) == len(set().union(*sets.values()))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("run -p random", "nothing to play: name a mission with -m, or a set of them with -S"),
        ("run -m echo.basic", "nobody plays: name a policy with -p"),
        (
            "run -S integrated_eval -p random",
            "no mission set 'integrated_eval'; did you mean integrated_evals",
        ),
        ("run -m ecko.basic -p random", "no mission 'ecko.basic'; did you mean echo.basic"),
        ("run -m echo.basic -p random -p noop", "echo.basic: 2 policies cannot share 1 seat"),
        (f"run {COGS} -p role:1 -p noop:100", "8 seats cannot be shared 1:100: somebody would have none"),
        (f"run {COGS} -p role -p noop --seats team", "cannot have a team each"),
        (f"run {COGS} -p role -p noop --seats 0,1", "2 numbers for 8 seats"),
        (f"run {COGS} -p role:2 -p noop --seats team", "proportions or seats of their own, not both"),
        (f"run {COGS} -p role -p noop,proportion=0", "proportion is a whole number above 0"),
        ("run -m echo.basic -p random -s 5", "echo.basic: max_steps: no such setting"),
        ("run -m echo.basic -p random --map-seed 5", "echo.basic has no map_seed to set"),
        ("run -m echo.basic -p random symbols", "'symbols' is not KEY=VALUE"),
        ("scrimmage -m echo.basic -p random,proportion=3", "there are no seats to share here"),
        ("scrimmage -m echo.basic -p randm", "no policy 'randm'; did you mean random"),
    ],
)
def test_a_wrong_word_is_one_sentence(
    line: str, said: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = coterie(line, capfd, monkeypatch)
    assert (code, out) == (2, "")
    assert err.startswith("coterie: ") and said in err and err.count("\n") == 1
    assert not Path("train_dir").exists()


def test_a_policy_that_fails_costs_only_its_mission(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """70 episodes in 35 worlds: it fails in the second turn of one mission, and plays the other."""
    Path("bad.py").write_text(BAD, encoding="utf-8")
    line = "run -m 'cogsguard_arena.*' -s 10 -p class=bad.Bad,kw.at=15 -e 70"
    code, out, err = coterie(f"{line} --json", capfd, monkeypatch)
    told = json.loads(out)  # what it printed is not among it
    assert code == 1
    assert [one["mission"] for one in told["simulations"]] == [
        "cogsguard_arena.basic",
        "cogsguard_arena.tutorial",
    ]
    cut, whole = told["simulations"]
    assert (cut["episodes"], cut["asked"], cut["is_complete"]) == (35, 70, False)
    assert (whole["episodes"], whole["is_complete"]) == (70, True)
    (said,) = told["failures"]
    assert "35 of 70 episodes count, policy 'class=bad.Bad,kw.at=15', seats 0–7, step 4: raised" in said
    assert "RuntimeError: out of ideas (bad.py:" in said
    assert said in err and "thinking" in err
    stored = Store("train_dir/stats.duckdb").query("SELECT mission, count(*) AS n FROM episodes GROUP BY 1")
    assert dict(zip(stored["mission"], stored["n"].tolist(), strict=True)) == {
        "cogsguard_arena.basic": 35,
        "cogsguard_arena.tutorial": 70,
    }


def test_the_store_holds_every_episode(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    coterie("scrimmage -m echo.basic -p random -e 5 --store some/where.duckdb", capfd, monkeypatch)
    coterie("scrimmage -m echo.basic -p random -e 9 --no-store", capfd, monkeypatch)
    found = Store("some/where.duckdb").query("SELECT episode_idx, seed, reward FROM episodes ORDER BY 1")
    assert found["episode_idx"].tolist() == [0, 1, 2, 3, 4]
    assert len(set(found["seed"].tolist())) == 5
    assert not Path("train_dir").exists()


def test_a_map_seed_and_a_seed_reach_the_game(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = f"scrimmage {COGS} -p random -e 3 --no-store --format json"
    told = [
        json.loads(coterie(f"{line} {more}", capfd, monkeypatch)[1])["simulations"][0]
        for more in ("--map-seed 7", "--map-seed 7 --seed 1", "")
    ]
    walls = [one["statistics"]["objects.wall"] for one in told]
    assert walls[0] == walls[1] and walls[0]["half_width"] == 0 and walls[2]["half_width"] > 0
    assert [episode["map_seed"] for episode in told[0]["per_episode"]] == [7] * 3
    assert told[0]["per_episode"][0]["seed"] != told[1]["per_episode"][0]["seed"]
    assert told[0]["statistics"] != told[1]["statistics"]


def test_yaml_says_what_json_says(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    line = "scrimmage -m 'echo.*' -p random -e 2 --no-store --format"
    json_told, yaml_told = (
        read(coterie(f"{line} {form}", capfd, monkeypatch)[1])
        for form, read in (("json", json.loads), ("yaml", yaml.safe_load))
    )
    for told in (json_told, yaml_told):
        for one in told["simulations"]:
            one.pop("seconds")
    assert json_told == yaml_told


def test_time_that_is_up_is_exit_code_1(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "scrimmage -m cogsguard_arena.basic -p noop -s 100 -e 30000 --max-time-s 1.5 --no-store"
    code, out, err = coterie(line, capfd, monkeypatch)
    assert code == 1
    assert "of 30000 episodes count, max_time_s = 1.5 was up" in err
    assert "±" in out


def test_dry_run_plays_nothing(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", shlex.split(f"coterie run {COGS} -p role -p noop:3 --dry-run"))
    with pytest.raises(SystemExit) as end:
        main()
    out = capfd.readouterr().out
    assert not end.value.code
    assert out.endswith("cogsguard_arena.basic: 10 episodes, seats: role 2, noop 6\n")
    assert not Path("train_dir").exists()


def test_policies_are_listed(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("train_dir/my_run/checkpoints").mkdir(parents=True)
    told = {one["name"]: one for one in json.loads(coterie("policies --json", capfd, monkeypatch)[1])}
    assert {"role", "role_py", "miner", "scout", "aligner", "scrambler", "teacher", "random", "noop"} < set(
        told
    )
    assert (told["role"]["kind"], told["role_py"]["kind"]) == ("native team", "Python")
    assert told["random"]["settings"] == {"seed": "0"}
    assert told["my_run"]["kind"] == "trained"
    assert all(one["about"] for one in told.values())
    out = coterie("policies", capfd, monkeypatch)[1]
    assert [line.split()[0] for line in out.splitlines()[1:]] == list(told)


def test_a_tool_of_its_own_refuses_early() -> None:
    with pytest.raises(ConfigError, match="nobody plays"):
        Run(missions=("echo.basic",)).invoke()
