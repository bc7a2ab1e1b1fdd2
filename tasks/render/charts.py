"""Charts as SVG: no script, light or dark as the reader's system is, in a file by itself or within a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from markupsafe import escape

from papers.models import Language
from papers.text import clean

WIDTH, HEIGHT = 640, 170
LEFT, RIGHT, TOP, BOTTOM = 42, 12, 30, 24  # margins around the bars
WIDEST = 26.0  # of a bar

# Names of its own: within a page, a style sheet of one chart is one of the whole page.
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


def direction_chart(
    label: str, days: Sequence[tuple[dt.date, int, int]], past_share: float | None, language: Language
) -> str:
    """A direction's share of each day's new papers as bars, with that of the 28 days before as a dashed line.

    `days` are (date, papers of the direction, all new papers), oldest first; `past_share` is 0 to 1, or None where
    nothing is known. Each bar names its day and its counts when pointed at.
    """
    words, name = _WORDS[language], clean(label)
    shares = [count / total if total else 0.0 for _, count, total in days]
    top = _ceiling(max([*shares, past_share or 0.0], default=0.0))
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    step = width / max(1, len(days))
    bar = min(WIDEST, step * 0.72)

    def y(share: float) -> float:
        return TOP + height * (1 - share / top)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dp-chart" viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" '
        f'role="img" aria-label="{escape(name)}"><style>{_STYLE}</style>',
        f'<rect class="dp-paper" width="{WIDTH}" height="{HEIGHT}"/>',
        f'<text class="dp-title" x="{LEFT}" y="16">{escape(name)}</text>',
        f'<text x="{WIDTH - RIGHT}" y="16" text-anchor="end">{words["share"]}</text>',
    ]
    for share in (0.0, top / 2, top):
        parts.append(f'<path class="dp-grid" d="M{LEFT} {y(share):.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(share) + 4:.1f}" text-anchor="end">{100 * share:g}%</text>')
    for n, ((date, count, total), share) in enumerate(zip(days, shares, strict=True)):
        x = LEFT + step * (n + 0.5) - bar / 2
        told = escape(words["day"].format(date, count, total, 100 * share))
        parts.append(
            f'<rect class="dp-bar" x="{x:.1f}" y="{y(share):.1f}" width="{bar:.1f}" '
            f'height="{max(0.0, HEIGHT - BOTTOM - y(share)):.1f}"><title>{told}</title></rect>'
        )
    if past_share is not None:
        parts.append(f'<path class="dp-past" d="M{LEFT} {y(past_share):.1f}H{WIDTH - RIGHT}"/>')
        told = escape(words["past"].format(100 * past_share))
        parts.append(
            f'<text class="dp-key" x="{WIDTH - RIGHT}" y="{y(past_share) - 4:.1f}" text-anchor="end">{told}</text>'
        )
    for n in sorted({0, len(days) // 2, len(days) - 1} if days else ()):
        x = LEFT + step * (n + 0.5)
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{days[n][0]:%m-%d}</text>')
    return "".join([*parts, "</svg>\n"])


def _ceiling(share: float) -> float:
    """The next round share above, of which half is round too."""
    return next((top for top in (0.02, 0.04, 0.1, 0.2, 0.4, 0.6, 0.8) if share <= top), 1.0)
