"""Small charts as SVG within a page: no script and no style of their own; colours are the style sheet's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT = 640, 180
LEFT, RIGHT, TOP, BOTTOM = 44, 14, 14, 26


def line_chart(points: Sequence[tuple[dt.datetime, int]], label: str) -> Markup | None:
    """A figure over time, a dot a capture; None for fewer than two captures. `label` is what a screen reader says."""
    if len(points) < 2:
        return None
    first, last = points[0][0], points[-1][0]
    top = _ceiling(max(value for _, value in points))
    span = max(1.0, (last - first).total_seconds())

    def at(time: dt.datetime, value: int) -> tuple[float, float]:
        x = LEFT + (WIDTH - LEFT - RIGHT) * (time - first).total_seconds() / span
        return round(x, 1), _y(value, top)

    places = [at(*p) for p in points]
    parts = [_open(label), _grid(top)]
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in places)
    parts.append(Markup('<path class="line" d="{}"/>').format(path))
    for (x, y), (time, value) in zip(places, points, strict=True):
        told = f"{time:%Y-%m-%d %H:%M}: {value}"
        parts.append(Markup('<circle cx="{:g}" cy="{:g}" r="4"><title>{}</title></circle>').format(x, y, told))
    for anchor, (x, time) in {"start": (places[0][0], first), "end": (places[-1][0], last)}.items():
        parts.append(
            Markup('<text x="{:g}" y="{}" text-anchor="{}">{:%m-%d %H:%M}</text>').format(x, HEIGHT - 6, anchor, time)
        )
    return Markup("").join([*parts, Markup("</svg>")])


def bar_chart(bars: Sequence[tuple[str, int]], label: str) -> Markup | None:
    """A bar for each (name, count), in order; None where there is none."""
    if not bars:
        return None
    top = _ceiling(max(count for _, count in bars))
    step = (WIDTH - LEFT - RIGHT) / len(bars)
    width = min(40.0, step * 0.7)
    parts = [_open(label), _grid(top)]
    for n, (name, count) in enumerate(bars):
        x, y = LEFT + step * (n + 0.5), _y(count, top)
        parts.append(
            Markup('<rect x="{:.1f}" y="{:g}" width="{:.1f}" height="{:.1f}"><title>{}: {}</title></rect>').format(
                x - width / 2, y, width, HEIGHT - BOTTOM - y, name, count
            )
        )
    shown = sorted({0, len(bars) // 2, len(bars) - 1}) if len(bars) > 8 else range(len(bars))
    for n in shown:
        x = LEFT + step * (n + 0.5)
        parts.append(Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(x, HEIGHT - 6, bars[n][0]))
    return Markup("").join([*parts, Markup("</svg>")])


def _open(label: str) -> Markup:
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(WIDTH, HEIGHT, label)


def _y(value: float, top: int) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top), 1)


def _grid(top: int) -> Markup:
    rows = Markup("")
    for value in (0, top // 2, top):
        y = _y(value, top)
        rows += Markup('<path class="grid" d="M{} {:g}H{}"/>').format(LEFT, y, WIDTH - RIGHT)
        rows += Markup('<text x="{}" y="{:g}" text-anchor="end">{}</text>').format(LEFT - 7, y + 4, value)
    return rows


def _ceiling(value: int) -> int:
    """The next round number from `value` on, of which half is whole."""
    scale = 1
    while True:
        for step in (2, 4, 6, 8, 10):
            if value <= step * scale:
                return step * scale
        scale *= 10
