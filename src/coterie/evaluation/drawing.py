"""Drawing: plots of intervals and profiles as SVG that a page holds and styles, in light and dark."""

from collections.abc import Sequence
from html import escape
from math import floor, isfinite, log10

import numpy as np

from coterie.stats.aggregate import Profile
from coterie.stats.intervals import Interval

SERIES = 8  # colours before they begin again: the classes s0 … s7 of the page
WIDTH, LABEL, RIGHT, ROW, TOP, BOTTOM = 520, 168, 16, 26, 8, 30
PROFILE_HEIGHT, PROFILE_LEFT = 300, 46
LETTERS = 24  # of a name beside a plot


def interval_plot(rows: Sequence[tuple[str, int, Interval]], about: str) -> str:
    """Means as dots and intervals as bars, one line each: (name, series, interval); `about` is the title."""
    bounds = [v for _, _, one in rows for v in (one.mean, one.low, one.high) if isfinite(v)]
    low, high = widened(min(bounds), max(bounds))
    bottom = TOP + ROW * len(rows)

    def x(value: float) -> float:
        return LABEL + (min(max(value, low), high) - low) / (high - low) * (WIDTH - LABEL - RIGHT)

    parts = opened(WIDTH, bottom + BOTTOM, about)
    for value in ticks(low, high):
        strong = " zero" if value == 0 else ""
        parts.append(f'<path class="grid{strong}" d="M{x(value):.1f} {TOP}V{bottom}"/>')
        parts.append(text(x(value), bottom + 18, number(value), "tick", "middle"))
    for k, (name, series, one) in enumerate(rows):
        y = TOP + ROW * (k + 0.5)
        parts.append(f'<g class="s{series % SERIES}"><title>{escape(name)}: {one.text()}</title>')
        parts.append(text(LABEL - 12, y + 4, shortened(name), "name", "end"))
        if isfinite(one.low) and isfinite(one.high):
            parts.append(f'<path class="bar" d="M{x(one.low):.1f} {y}H{x(one.high):.1f}"/>')
        parts.append(f'<circle class="dot" cx="{x(one.mean):.1f}" cy="{y}" r="4.5"/></g>')
    return "\n".join([*parts, "</svg>"])


def profile_plot(profiles: Sequence[tuple[str, int, Profile]], unit: str) -> str:
    """The share of maps above each threshold, with its bounds as a band: (name, series, profile)."""
    thresholds = profiles[0][2].thresholds
    low, high = float(thresholds[0]), float(thresholds[-1])
    left, right, bottom = PROFILE_LEFT, WIDTH - RIGHT, PROFILE_HEIGHT - 44
    x = left + (thresholds - low) / (high - low) * (right - left)

    def y(shares: np.ndarray | float) -> np.ndarray:
        return TOP + (1 - np.asarray(shares)) * (bottom - TOP)

    parts = opened(WIDTH, PROFILE_HEIGHT, "Performance profile")
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(f'<path class="grid" d="M{left} {y(share):.1f}H{right}"/>')
        parts.append(text(left - 8, float(y(share)) + 4, f"{share:.0%}".replace("%", " %"), "tick", "end"))
    for value in ticks(low, high):
        at = left + (value - low) / (high - low) * (right - left)
        parts.append(text(at, bottom + 18, number(value), "tick", "middle"))
    parts.append(text((left + right) / 2, PROFILE_HEIGHT - 6, unit, "tick", "middle"))
    for name, series, one in profiles:
        band = path(np.concatenate([x, x[::-1]]), np.concatenate([y(one.low), y(one.high)[::-1]]))
        parts.append(f'<g class="s{series % SERIES}"><title>{escape(name)}</title>')
        parts.append(f'<polygon class="band" points="{band}"/>')
        parts.append(f'<polyline class="line" points="{path(x, y(one.shares))}"/></g>')
    return "\n".join([*parts, "</svg>"])


def opened(width: int, height: float, about: str) -> list[str]:
    said = escape(about, quote=True)
    return [
        f'<svg viewBox="0 0 {width} {height:.0f}" role="img" aria-label="{said}"><title>{said}</title>',
    ]


def text(x: float, y: float, said: str, kind: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def path(xs: np.ndarray, ys: np.ndarray) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))


def shortened(name: str) -> str:
    """Its end, which tells checkpoints apart, if it is long."""
    return name if len(name) <= LETTERS else "…" + name[-LETTERS + 1 :]


def widened(low: float, high: float) -> tuple[float, float]:
    """A range with room at both ends, and with some where there is none."""
    room = (high - low) * 0.06 or max(abs(high), 1.0) * 0.5
    return low - room, high + room


def ticks(low: float, high: float) -> list[float]:
    """Two to six round numbers within a range, low < high."""
    rough = (high - low) / 5
    scale = 10.0 ** floor(log10(rough))
    step = next(s * scale for s in (1, 2, 2.5, 5, 10) if s * scale >= rough * 0.999)
    first = int(np.ceil(low / step - 1e-9))
    return [k * step for k in range(first, int(np.floor(high / step + 1e-9)) + 1)]


def number(value: float) -> str:
    """A tick as people write it."""
    return f"{value:.4g}".replace("-", "−")
