"""The page of a diagnosis: one HTML file that needs nothing else, in light and dark."""

from collections.abc import Sequence
from html import escape
from math import cos, pi, sin

from coterie.evaluation.diagnosis import ADVICE, AXES, Axis, Diagnosis, Evidence
from coterie.evaluation.diagnosis_change import Change, signed
from coterie.stats.intervals import mean_interval

TITLES = {name: name.replace("_", " ").capitalize() for name in AXES}
RADIUS, CENTRE_X, CENTRE_Y = 150, 260, 190  # of the radar, in units of its 520 × 380 picture
RINGS = (25, 50, 75, 100)

STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --panel: #f6f7f9; --text: #1c2026; --quiet: #5b6470;
  --line: #d5dae1; --series-0: #1f6fd0; --series-1: #d9622b; --series-2: #16936a; --warn: #a4570a; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171b; --panel: #1c2127; --text: #e7eaee; --quiet: #9aa4b0; --line: #38414b;
    --series-0: #5aa2f5; --series-1: #f08a55; --series-2: #3cc592; --warn: #eaa04e; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 1.7rem; margin: 0 0 4px; } h2 { font-size: 1.15rem; margin: 40px 0 12px; }
p { margin: 4px 0; } .quiet { color: var(--quiet); }
.pair { display: grid; grid-template-columns: minmax(320px, 540px) 1fr; gap: 24px; align-items: center;
  margin-top: 24px; }
@media (max-width: 860px) { .pair { grid-template-columns: 1fr; } }
svg { width: 100%; height: auto; display: block; }
.ring, .spoke { fill: none; stroke: var(--line); stroke-width: 1; }
.name { fill: var(--text); font-size: 14px; } .tick { fill: var(--quiet); font-size: 11px; }
.shape { stroke-width: 2; fill-opacity: 0.14; stroke-linejoin: round; }
.axis { background: var(--panel); border-radius: 8px; padding: 12px 16px; margin-bottom: 12px; }
.axis header { display: flex; justify-content: space-between; font-weight: 600; }
.bar { height: 6px; border-radius: 3px; background: var(--line); margin: 6px 0; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--series-0); }
.axis ul { margin: 6px 0 0; padding-left: 18px; font-size: 0.88rem; color: var(--quiet); }
.axis li.weak { color: var(--warn); }
.legend { display: flex; flex-wrap: wrap; gap: 6px 20px; justify-content: center; font-size: 0.9rem; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 8px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--quiet); font-weight: 600; } th:first-child, td:first-child { text-align: left; }
.said th, .said td { text-align: left; white-space: normal; }
code { background: var(--panel); padding: 1px 5px; border-radius: 4px; }
"""


def page(diagnosis: Diagnosis, changed: Change | None = None, *, command: str, when: str) -> str:
    """The whole file. `command` and `when` say how and when it was made."""
    shown = [(diagnosis.policy, diagnosis.axes)]
    shown += [(name, diagnosis.axes_of(name)) for name in diagnosis.others]
    episodes = sum(len(one.returns) for one in diagnosis.evidence)
    issue = diagnosis.dominant_issue
    said = f"Weakest: <b>{TITLES[issue]}</b>. {ADVICE[issue].capitalize()}." if issue else "No axis is weak."
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Diagnosis of {escape(diagnosis.policy)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>Diagnosis of {escape(diagnosis.policy)}</h1>
<p class="quiet">{len(diagnosis.evidence)} missions, {episodes} episodes · {escape(when)} ·
<code>{escape(command)}</code></p>
<p>{said}</p>
<div class="pair">
<figure style="margin:0">{radar(shown)}{legend([name for name, _ in shown])}</figure>
<div>{"".join(map(axis_box, diagnosis.axes))}</div>
</div>
<h2>Missions</h2>
<div class="wide">{missions(diagnosis)}</div>
{references(diagnosis)}{changes(changed)}
<h2>Do other maps tell the same?</h2>
{stability(diagnosis)}
<h2>How to read it</h2>
<p class="quiet">Each axis is the mean of its parts, from 0 to 100. Weak evidence caps it at 40 or 60, and the
reason stands under the axis. A radar reaches its outer ring at 100; an axis that could not be judged is drawn
at 0 and says so. Intervals hold the true mean with a chance of 95 %; policies are compared episode by episode
on the same maps.</p>
</main>
</body>
</html>
"""


def radar(shown: Sequence[tuple[str, Sequence[Axis]]]) -> str:
    """The axes of each policy as one shape over rings, SVG."""
    rings = "".join(
        f'<polygon class="ring" points="{shape([ring] * len(AXES))}"/>'
        f'<text class="tick" x="{CENTRE_X + 4}" y="{CENTRE_Y - RADIUS * ring / 100 + 12:.0f}">{ring}</text>'
        for ring in RINGS
    )
    spokes, names = "", ""
    for k, name in enumerate(AXES):
        x, y = corner(k, 100)
        spokes += f'<line class="spoke" x1="{CENTRE_X}" y1="{CENTRE_Y}" x2="{x:.1f}" y2="{y:.1f}"/>'
        x, y = corner(k, 110)
        anchor = ("middle", "start", "middle", "end")[k]
        label = TITLES[name].partition(" ")
        rows = [row for row in (label[0], label[2]) if row] if k in (1, 3) else [TITLES[name]]
        lift = 4 - 9 * (len(rows) - 1) + (8 if k == 2 else 0)
        lines = "".join(
            f'<tspan x="{x:.0f}" dy="{0 if j == 0 else 18}">{row}</tspan>' for j, row in enumerate(rows)
        )
        names += f'<text class="name" text-anchor="{anchor}" x="{x:.0f}" y="{y + lift:.0f}">{lines}</text>'
    drawn = "".join(
        f'<polygon class="shape" style="stroke:var(--series-{k});fill:var(--series-{k})" '
        f'points="{shape([one.score or 0.0 for one in axes])}"><title>{escape(name)}</title></polygon>'
        for k, (name, axes) in reversed(list(enumerate(shown)))
    )
    spoken = "; ".join(
        f"{name}: " + ", ".join(f"{TITLES[one.name]} {score(one)}" for one in axes) for name, axes in shown
    )
    box = f"0 0 {2 * CENTRE_X} {2 * CENTRE_Y}"
    return (
        f'<svg viewBox="{box}" role="img" aria-label="{escape(spoken)}">{rings}{spokes}{drawn}{names}</svg>'
    )


def corner(k: int, value: float) -> tuple[float, float]:
    """Where `value` of axis k lies: the first axis points up, the others follow clockwise."""
    angle = 2 * pi * k / len(AXES) - pi / 2
    return CENTRE_X + RADIUS * value / 100 * cos(angle), CENTRE_Y + RADIUS * value / 100 * sin(angle)


def shape(values: Sequence[float]) -> str:
    """Points of a polygon with one corner an axis."""
    return " ".join("{:.1f},{:.1f}".format(*corner(k, value)) for k, value in enumerate(values))


def legend(names: Sequence[str]) -> str:
    marks = "".join(
        f'<span><i style="background:var(--series-{k})"></i>{escape(name)}</span>'
        for k, name in enumerate(names)
    )
    return f'<figcaption class="legend">{marks}</figcaption>'


def score(one: Axis) -> str:
    """`72`, or that it was not judged."""
    return "not judged" if one.score is None else f"{one.score:.0f}"


def axis_box(one: Axis) -> str:
    """An axis with its bar, its parts, and what holds it down."""
    parts = "".join(f"<li>{part.replace('_', ' ')} {value:.2f}</li>" for part, value in one.parts.items())
    bound = f"at most {one.cap:.0f}: " if one.score is not None else ""
    weak = "".join(f'<li class="weak">{bound}{escape(reason)}</li>' for reason in one.reasons)
    return (
        f'<section class="axis"><header><span>{TITLES[one.name]}</span><span>{score(one)}</span></header>'
        f'<div class="bar"><i style="width:{one.score or 0:.1f}%"></i></div><ul>{parts}{weak}</ul></section>'
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Cells as they are; the first column flush left, the others right."""
    titles = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"


def missions(diagnosis: Diagnosis) -> str:
    """What each mission shows, with the return of each reference beside."""
    head = ["mission", "seats", "episodes", "return", *(escape(name) for name in diagnosis.others)]
    head += ["variance", "scored", "too late", "moves made", "failed", "stuck"]
    return table(head, [mission_row(diagnosis, one) for one in diagnosis.evidence])


def mission_row(diagnosis: Diagnosis, one: Evidence) -> list[str]:
    beside = [
        mean_interval(next(o for o in all_of if o.mission == one.mission).returns).text()
        for all_of in diagnosis.others.values()
    ]
    return [
        escape(short(diagnosis, one)),
        str(one.seats),
        str(len(one.returns)),
        mean_interval(one.returns).text(),
        *beside,
        f"{one.reward_variance:.2f}",
        percent(one.non_zero_episode_pct),
        percent(one.timeout_rate),
        percent(one.mean_move_success),
        percent(one.mean_action_failed),
        "–" if one.mean_stuck_steps is None else f"{one.mean_stuck_steps:.0f}",
    ]


def short(diagnosis: Diagnosis, one: Evidence) -> str:
    """A mission without what the names of all missions begin with, up to the dot."""
    sites = {other.mission.partition(".")[0] for other in diagnosis.evidence}
    site, _, rest = one.mission.partition(".")
    return rest if rest and sites == {site} else one.mission


def percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.0f} %"


def references(diagnosis: Diagnosis) -> str:
    """The sentences that compare, mission by mission; empty where there is nobody to compare with."""
    if not diagnosis.others:
        return ""
    rows = [
        [escape(short(diagnosis, one)), *(escape(said) for said in diagnosis.verdicts(one.mission).values())]
        for one in diagnosis.evidence
    ]
    head = ["mission", *(f"against {escape(name)}" for name in diagnosis.others)]
    return f'<h2>Comparisons</h2><div class="wide said">{table(head, rows)}</div>'


def changes(changed: Change | None) -> str:
    """What is otherwise than in an earlier diagnosis; empty where none is compared with."""
    if changed is None:
        return ""
    rows = [[TITLES[name], signed(pair)] for name, pair in changed.axes.items()]
    rows += [[escape(name), signed(pair, 3)] for name, pair in changed.missions.items()]
    since = f"Since the diagnosis of {escape(changed.policy)} in {escape(str(changed.folder))}"
    return f'<h2>{since}</h2><div class="wide">{table(["axis or mission", "score or return"], rows)}</div>'


def stability(diagnosis: Diagnosis) -> str:
    """Ranges of the scores over reruns, and whether the weakest axis stays the same."""
    found = diagnosis.stability()
    if not found["reruns"]:
        return '<p class="quiet">Not asked: <code>--stability-reruns 2</code> plays on other maps too.</p>'
    rows = [
        [TITLES[name], "–" if bounds is None else f"{bounds[0]:.0f} … {bounds[1]:.0f}"]
        for name, bounds in found["ranges"].items()
    ]
    issues = ", ".join(TITLES[one] if one else "none" for one in found["dominant_issues"])
    said = "Yes" if found["stable"] else "No"
    return (
        f"<p>{said}: the weakest axis on {found['reruns'] + 1} sets of maps was {issues}.</p>"
        f'<div class="wide">{table(["axis", "scores"], rows)}</div>'
    )
