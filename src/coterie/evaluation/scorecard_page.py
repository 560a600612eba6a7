"""The page of an analysis: one HTML file that needs nothing else, in light and dark."""

import re
from collections.abc import Sequence
from html import escape
from math import isfinite

from coterie.evaluation.analysis import Cell, Pair, Scorecard
from coterie.evaluation.drawing import SERIES, interval_plot, profile_plot
from coterie.stats.intervals import Interval

STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --panel: #f6f7f9; --text: #1c2026; --quiet: #5b6470;
  --line: #d9dde3; --heat: #2f7fd6; --s0: #1f6fd0; --s1: #d9622b; --s2: #16936a; --s3: #b0409b;
  --s4: #a67b00; --s5: #6a52c7; --s6: #0f8fa3; --s7: #c23a4b; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171b; --panel: #1c2127; --text: #e7eaee; --quiet: #9aa4b0; --line: #343c46;
    --heat: #3d8be0; --s0: #5aa2f5; --s1: #f08a55; --s2: #3cc592; --s3: #e07fcd; --s4: #dcb23c;
    --s5: #a493f2; --s6: #45c3d6; --s7: #f0707f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 1.7rem; margin: 0 0 4px; }
h2 { font-size: 1.25rem; margin: 48px 0 4px; } h3 { font-size: 1rem; margin: 28px 0 8px; }
p { margin: 4px 0; } .quiet { color: var(--quiet); } .small { font-size: 0.85rem; }
code { background: var(--panel); padding: 1px 5px; border-radius: 4px; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin-top: 12px; }
table { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; }
th { color: var(--quiet); font-weight: 600; font-size: 0.85rem; padding: 4px 10px; text-align: right;
  vertical-align: bottom; max-width: 190px; overflow-wrap: break-word; }
th:first-child, tbody th { text-align: left; }
tbody th { color: var(--text); min-width: 150px; max-width: 320px; vertical-align: middle; }
td { padding: 7px 10px; text-align: right; border-radius: 5px; white-space: nowrap; background: var(--panel);
  line-height: 1.25; }
td.heat { background: color-mix(in srgb, var(--heat) calc(var(--share) * 58%), var(--panel)); }
td b { font-weight: 600; } td small { display: block; color: var(--quiet); font-size: 0.76rem; }
td.heat small { color: color-mix(in srgb, var(--text) 72%, transparent); }
td.mean { border-left: 3px solid var(--line); }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(440px, 100%), 1fr));
  gap: 20px 28px; align-items: start; }
figure { margin: 0; background: var(--panel); border-radius: 10px; padding: 12px 14px 6px; }
figcaption { font-weight: 600; font-size: 0.9rem; margin-bottom: 4px; overflow-wrap: anywhere; }
svg { width: 100%; height: auto; display: block; }
.grid { stroke: var(--line); stroke-width: 1; fill: none; } .zero { stroke: var(--quiet); }
.name { fill: var(--text); font-size: 13px; } .tick { fill: var(--quiet); font-size: 12px; }
.bar, .line { stroke: currentColor; fill: none; stroke-linecap: round; stroke-linejoin: round; }
.bar { stroke-width: 4; opacity: 0.55; } .line { stroke-width: 2.2; }
.dot { fill: currentColor; stroke: var(--panel); stroke-width: 1.5; }
.band { fill: currentColor; opacity: 0.13; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; font-size: 0.85rem; margin: 6px 0 8px; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px;
  background: currentColor; }
.legend span span { color: var(--text); }
ul.said { list-style: none; padding: 0; margin: 8px 0; }
ul.said li { padding: 5px 0 5px 26px; position: relative; border-bottom: 1px solid var(--line); }
ul.said li::before { position: absolute; left: 4px; color: var(--quiet); content: "≈"; }
ul.said li.told::before { content: "✓"; color: var(--s2); font-weight: 700; }
""" + "".join(f".s{k} {{ color: var(--s{k}); }}\n" for k in range(SERIES))


def page(cards: Sequence[Scorecard], *, store: str, episodes: int, when: str) -> str:
    """The whole file; `when` and `store` say of what it was made."""
    names = list(dict.fromkeys(name for card in cards for name in card.policies))
    series = {name: k for k, name in enumerate(names)}
    count = f"{episodes:,} episode{'s' * (episodes != 1)}"
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Scorecard of {len(names)} policies</title>\n<style>{STYLE}</style>",
            "</head>\n<body>\n<main>",
            "<h1>Scorecard</h1>",
            f'<p class="quiet">{count} in <code>{escape(store)}</code>, {escape(when)}</p>',
            *(section(card, series) for card in cards),
            "</main>\n</body>\n</html>\n",
        ]
    )


def section(card: Scorecard, series: dict[str, int]) -> str:
    """Everything about one metric."""
    counted = ", ".join(card.counted)
    overall = f" Overall: the mean of {counted}, of who played all of them." if card.is_scaled else ""
    parts = [
        f"<h2>{escape(card.metric)}</h2>",
        note(f"Mean over maps ± half its 95 % interval; the stronger the colour, the more.{overall}"),
        f'<div class="wide">{heat_table(card)}</div>',
    ]
    if card.pairs:
        parts.append("<h3>On the same maps</h3>")
        parts.append(f'<ul class="said">{"".join(map(sentence, card.pairs))}</ul>')
    parts.append("<h3>Means and their 95 % intervals</h3>")
    parts.append(f'<div class="plots">{"".join(panels(card, series))}</div>')
    if card.profiles:
        parts.append("<h3>Beyond the mean</h3>")
        parts.append(f'<div class="plots">{"".join(robust(card, series))}</div>')
    return "\n".join(parts)


# -- the table


def heat_table(card: Scorecard) -> str:
    """Each column shaded from its least mean to its greatest."""
    columns: list[dict[str, Cell]] = [
        {p: card.cells[p, name] for p in card.policies if (p, name) in card.cells}
        for name in card.simulations
    ]
    means: list[dict[str, Interval]] = [
        {p: card.suites[p, name] for p in card.policies if (p, name) in card.suites}
        for name in card.suite_names
    ] + ([card.overall] if card.is_scaled else [])
    columns += [{p: Cell(interval) for p, interval in column.items()} for column in means]
    head = "".join(f'<th scope="col">{breakable(title)}</th>' for title in card.columns())
    rows = []
    for policy in card.policies:
        cells = "".join(
            heat_cell(policy, column, is_mean=k >= len(card.simulations)) for k, column in enumerate(columns)
        )
        rows.append(f'<tr><th scope="row">{breakable(policy)}</th>{cells}</tr>')
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def breakable(name: str) -> str:
    """A name that may go on in the next line after a dot or an underscore."""
    return re.sub(r"([._])", r"\1<wbr>", escape(name))


def heat_cell(policy: str, column: dict[str, Cell], *, is_mean: bool) -> str:
    kind = " mean" if is_mean else ""
    if policy not in column:
        return f'<td class="quiet{kind}">–</td>'
    one, values = column[policy], [other.interval.mean for other in column.values()]
    width = max(values) - min(values)
    share = (one.interval.mean - min(values)) / width if width else 0.0
    mean, _, half = one.interval.text().partition(" ± ")
    won = f"<small>won {percent(one.wins.mean)}</small>" if one.wins else ""
    return (
        f'<td class="heat{kind}" style="--share:{share:.2f}" title="{one.interval.count} maps">'
        f"<b>{mean.replace('-', '−')}</b> ± {half}{won}</td>"
    )


# -- sentences and plots


def sentence(pair: Pair) -> str:
    told = pair.interval is not None and isfinite(pair.interval.low) and pair.interval.excludes(0.0)
    return f'<li class="{"told" if told else "open"}">{escape(pair.sentence)}</li>'


def panels(card: Scorecard, series: dict[str, int]) -> list[str]:
    """One plot of intervals a simulation."""
    return [
        figure(
            simulation,
            interval_plot(
                [
                    (p, series[p], card.cells[p, simulation].interval)
                    for p in card.policies
                    if (p, simulation) in card.cells
                ],
                f"{card.metric} in {simulation}",
            ),
        )
        for simulation in card.simulations
    ]


def robust(card: Scorecard, series: dict[str, int]) -> list[str]:
    """The profiles, and the means of the middle half of all maps."""
    unit = card.metric
    if card.is_scaled:
        unit = f"{card.metric}, 0 = weakest policy's mean of a simulation, 1 = strongest's"
    known = [(p, series[p], card.profiles[p]) for p in card.policies if p in card.profiles]
    legend = "".join(
        f'<span class="s{k % SERIES}"><i></i><span>{escape(name)}</span></span>' for name, k, _ in known
    )
    profile = figure(
        "Performance profile: share of maps above a threshold",
        f'<div class="legend">{legend}</div>{profile_plot(known, unit)}',
    )
    means = [(p, series[p], card.aggregates[p]) for p in card.policies if p in card.aggregates]
    plot = interval_plot(means, "Interquartile means")
    return [
        profile,
        figure("Interquartile mean: the mean of the middle half of all maps", plot + note(unit)),
    ]


def figure(title: str, inside: str) -> str:
    return f"<figure><figcaption>{escape(title)}</figcaption>{inside}</figure>"


def note(said: str) -> str:
    return f'<p class="quiet small">{escape(said)}</p>'


def percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
