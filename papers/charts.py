"""SVG charts without scripts: standalone charts bring their own style, inline charts are styled by the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from papers.models import Language
from papers.text import clean


class Frame(NamedTuple):
    """A chart's size and its margins around the plot, in SVG units."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int

    @property
    def plot_width(self) -> int:
        """Between the margins."""
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> int:
        """Between the margins."""
        return self.height - self.top - self.bottom


INLINE = Frame(640, 180, left=44, right=14, top=14, bottom=26)
STANDALONE = Frame(640, 170, left=42, right=12, top=30, bottom=24)
MAX_BAR_WIDTH = 26.0  # SVG units

# The class names have a prefix of their own: inside a page, the style sheet of a chart applies to the whole page.
_STYLE = """
.dp-chart {
  --dp-paper: #fff; --dp-ink: #1f2328; --dp-soft: #59636e; --dp-line: #d9dee4; --dp-bar: #2f6fb7; --dp-past: #b4541a;
}
@media (prefers-color-scheme: dark) {
  .dp-chart {
    --dp-paper: #15181c; --dp-ink: #dfe3e8; --dp-soft: #a3adb8; --dp-line: #333a42; --dp-bar: #6aa9f0;
    --dp-past: #f0a45d;
  }
}
.dp-chart text { font: 11px system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; fill: var(--dp-soft); }
.dp-chart .dp-paper { fill: var(--dp-paper); }
.dp-chart .dp-title { font-size: 13px; font-weight: 600; fill: var(--dp-ink); }
.dp-chart .dp-grid { stroke: var(--dp-line); stroke-width: 1; }
.dp-chart .dp-bar { fill: var(--dp-bar); }
.dp-chart .dp-past { stroke: var(--dp-past); stroke-width: 1.5; stroke-dasharray: 5 4; }
.dp-chart .dp-key { fill: var(--dp-past); }
"""

_WORDS = {
    "zh": {"share": "占当日新论文的比例", "past": "此前 28 天 {:.1f}%", "day": "{}：{}/{} 篇（{:.1f}%）"},
    "en": {
        "share": "share of the day's new papers",
        "past": "28 days before: {:.1f}%",
        "day": "{}: {} of {} ({:.1f}%)",
    },
}


# --- standalone: a file of its own, light or dark like the reader's system ---


def direction_chart(
    label: str, days: Sequence[tuple[dt.date, int, int]], past_share: float | None, language: Language
) -> str:
    """A bar chart of a direction's share of each day's new papers; a dashed line shows its share of the 28 days before.

    `days` are (date, papers of the direction, all new papers), oldest first; `past_share` is 0 to 1, or None if
    unknown. The tooltip of a bar gives its day and counts.
    """
    frame = STANDALONE
    words, name = _WORDS[language], clean(label)
    shares = [count / total if total else 0.0 for _, count, total in days]
    top = _round_share(max([*shares, past_share or 0.0], default=0.0))
    width, height = frame.plot_width, frame.plot_height
    step = width / max(1, len(days))
    bar = min(MAX_BAR_WIDTH, step * 0.72)

    def y(share: float) -> float:
        return frame.top + height * (1 - share / top)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dp-chart" viewBox="0 0 {frame.width} {frame.height}" '
        f'width="100%" role="img" aria-label="{escape(name)}"><style>{_STYLE}</style>',
        f'<rect class="dp-paper" width="{frame.width}" height="{frame.height}"/>',
        f'<text class="dp-title" x="{frame.left}" y="16">{escape(name)}</text>',
        f'<text x="{frame.width - frame.right}" y="16" text-anchor="end">{words["share"]}</text>',
    ]
    for share in (0.0, top / 2, top):
        parts.append(f'<path class="dp-grid" d="M{frame.left} {y(share):.1f}H{frame.width - frame.right}"/>')
        parts.append(f'<text x="{frame.left - 6}" y="{y(share) + 4:.1f}" text-anchor="end">{100 * share:g}%</text>')
    for n, ((date, count, total), share) in enumerate(zip(days, shares, strict=True)):
        x = frame.left + step * (n + 0.5) - bar / 2
        tooltip = escape(words["day"].format(date, count, total, 100 * share))
        parts.append(
            f'<rect class="dp-bar" x="{x:.1f}" y="{y(share):.1f}" width="{bar:.1f}" '
            f'height="{max(0.0, frame.height - frame.bottom - y(share)):.1f}"><title>{tooltip}</title></rect>'
        )
    if past_share is not None:
        parts.append(f'<path class="dp-past" d="M{frame.left} {y(past_share):.1f}H{frame.width - frame.right}"/>')
        reference_label = escape(words["past"].format(100 * past_share))
        parts.append(
            f'<text class="dp-key" x="{frame.width - frame.right}" y="{y(past_share) - 4:.1f}" '
            f'text-anchor="end">{reference_label}</text>'
        )
    for n in sorted({0, len(days) // 2, len(days) - 1} if days else ()):
        x = frame.left + step * (n + 0.5)
        parts.append(f'<text x="{x:.1f}" y="{frame.height - 8}" text-anchor="middle">{days[n][0]:%m-%d}</text>')
    return "".join([*parts, "</svg>\n"])


def _round_share(share: float) -> float:
    """The smallest round share that is not below `share`; half of it is round too."""
    return next((top for top in (0.02, 0.04, 0.1, 0.2, 0.4, 0.6, 0.8) if share <= top), 1.0)


# --- inline: the colours come from the page's style sheet ---


def line_chart(points: Sequence[tuple[dt.datetime, int]], label: str) -> Markup | None:
    """A line chart of a figure over time, with a dot for each capture; None for fewer than two captures.

    `label` is for screen readers.
    """
    if len(points) < 2:
        return None
    first, last = points[0][0], points[-1][0]
    top = _round_count(max(value for _, value in points))
    span = max(1.0, (last - first).total_seconds())

    def position(time: dt.datetime, value: int) -> tuple[float, float]:
        x = INLINE.left + INLINE.plot_width * (time - first).total_seconds() / span
        return round(x, 1), _y(value, top)

    points_xy = [position(*p) for p in points]
    parts = [_opening_tag(label), _grid_lines(top)]
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points_xy)
    parts.append(Markup('<path class="line" d="{}"/>').format(path))
    for (x, y), (time, value) in zip(points_xy, points, strict=True):
        tooltip = f"{time:%Y-%m-%d %H:%M}: {value}"
        parts.append(Markup('<circle cx="{:g}" cy="{:g}" r="4"><title>{}</title></circle>').format(x, y, tooltip))
    for anchor, (x, time) in {"start": (points_xy[0][0], first), "end": (points_xy[-1][0], last)}.items():
        parts.append(
            Markup('<text x="{:g}" y="{}" text-anchor="{}">{:%m-%d %H:%M}</text>').format(
                x, INLINE.height - 6, anchor, time
            )
        )
    return Markup("").join([*parts, Markup("</svg>")])


def bar_chart(bars: Sequence[tuple[str, int]], label: str) -> Markup | None:
    """A bar for each (name, count), in order; None if there are none."""
    if not bars:
        return None
    top = _round_count(max(count for _, count in bars))
    step = INLINE.plot_width / len(bars)
    width = min(40.0, step * 0.7)
    parts = [_opening_tag(label), _grid_lines(top)]
    for n, (name, count) in enumerate(bars):
        x, y = INLINE.left + step * (n + 0.5), _y(count, top)
        parts.append(
            Markup('<rect x="{:.1f}" y="{:g}" width="{:.1f}" height="{:.1f}"><title>{}: {}</title></rect>').format(
                x - width / 2, y, width, INLINE.height - INLINE.bottom - y, name, count
            )
        )
    labels_at = sorted({0, len(bars) // 2, len(bars) - 1}) if len(bars) > 8 else range(len(bars))
    for n in labels_at:
        x = INLINE.left + step * (n + 0.5)
        parts.append(
            Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(x, INLINE.height - 6, bars[n][0])
        )
    return Markup("").join([*parts, Markup("</svg>")])


def _opening_tag(label: str) -> Markup:
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
        INLINE.width, INLINE.height, label
    )


def _y(value: float, top: int) -> float:
    return round(INLINE.top + INLINE.plot_height * (1 - value / top), 1)


def _grid_lines(top: int) -> Markup:
    rows = Markup("")
    for value in (0, top // 2, top):
        y = _y(value, top)
        rows += Markup('<path class="grid" d="M{} {:g}H{}"/>').format(INLINE.left, y, INLINE.width - INLINE.right)
        rows += Markup('<text x="{}" y="{:g}" text-anchor="end">{}</text>').format(INLINE.left - 7, y + 4, value)
    return rows


def _round_count(value: int) -> int:
    """The smallest round number that is not below `value`; half of it is an integer."""
    scale = 1
    while True:
        for step in (2, 4, 6, 8, 10):
            if value <= step * scale:
                return step * scale
        scale *= 10
