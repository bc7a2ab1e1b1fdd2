"""The roundup of a week or a month as Markdown, as an HTML page with embedded charts, and the charts as files."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from papers.charts import direction_chart
from papers.day_view import TrendView, trend_view
from papers.models import Language
from papers.paper_urls import arxiv_page
from papers.plain_latex import plain_latex
from papers.profile import Profile
from papers.roundups import Coverage, DirectionOverview, NotablePaper, Roundup, UpvoteRise
from papers.text import clean, title_or_id
from tasks.render.editions import environment, tidy
from tasks.render.html_page import html_page

MAX_CHARTS = 6  # the largest directions have a chart and papers, the others are counted
_MONTHS = "January February March April May June July August September October November December".split()  # noqa: SIM905


@dataclass(frozen=True)
class PaperView:
    """A paper as a roundup prints it."""

    title: str
    short_name: str
    arxiv_url: str
    gist: str | None
    directions: list[str]
    score: float
    upvotes: int
    stars: int
    date: dt.date
    trophy: bool
    picked: bool
    rating: int | None


@dataclass(frozen=True)
class RiseView:
    """A rise in upvotes as a roundup prints it."""

    paper: PaperView
    first: int
    gain: int
    first_at: dt.datetime
    latest_at: dt.datetime


@dataclass(frozen=True)
class DirectionView:
    """A direction as a roundup prints it: its trend, the file of its chart, its papers."""

    seen: TrendView
    chart: str | None
    best: list[PaperView]


@dataclass(frozen=True)
class RoundupView:
    """Everything that a roundup prints, in one language."""

    name: str
    start: dt.date
    end: dt.date
    headline: str
    coverage: Coverage
    picked: int
    must_reads: int
    most_upvoted: PaperView | None
    best: list[PaperView]
    popular: list[PaperView]
    rising: list[RiseView]
    lines: list[DirectionView]

    @property
    def marked(self) -> list[PaperView]:
        """The papers that are printed with their marks."""
        return [*self.best, *self.popular, *(p for line in self.lines if line.chart for p in line.best)]

    @property
    def trophies(self) -> bool:
        """Whether a paper is printed with a trophy."""
        return any(p.trophy for p in self.marked)

    @property
    def ratings(self) -> set[int]:
        """The numbers of stars that papers are printed with."""
        return {p.rating for p in self.marked if p.rating}

    @property
    def clear(self) -> list[DirectionView]:
        """The directions whose share rose or fell beyond chance."""
        return [line for line in self.lines if line.seen.supported]


@dataclass(frozen=True)
class RoundupPages:
    """A roundup in one language: Markdown, HTML page, and the charts by the paths that the Markdown links."""

    language: Language
    markdown: str
    html: str
    charts: dict[str, str]


def render_roundup(roundup: Roundup, language: Language, profile: Profile) -> RoundupPages:
    """The roundup in `language`. The same roundup gives the same bytes."""
    charts: dict[str, str] = {}
    directions = []
    for n, overview in enumerate(roundup.lines):
        trend = trend_view(overview.trend, profile.label(overview.trend.direction, language))
        name = None
        if n < MAX_CHARTS:
            name = f"charts/{n + 1:02d}-{_slug(overview.trend.direction)}.{language}.svg"
            charts[name] = _chart(overview, trend, language)
        directions.append(DirectionView(trend, name, [_paper(p, language, profile) for p in overview.best]))
    view = RoundupView(
        name=period_name(roundup, language),
        start=roundup.period.start,
        end=roundup.period.end,
        headline=headline_of(roundup, language),
        coverage=roundup.coverage,
        picked=roundup.picked,
        must_reads=roundup.must_reads,
        most_upvoted=_paper(roundup.most_upvoted, language, profile) if roundup.most_upvoted else None,
        best=[_paper(p, language, profile) for p in roundup.best],
        popular=[_paper(p, language, profile) for p in roundup.popular],
        rising=[_rise(r, language, profile) for r in roundup.rising],
        lines=directions,
    )
    template = environment().get_template(f"roundup.{language}.md.j2")
    markdown = tidy(template.render(view=view, profile=profile))
    return RoundupPages(language, markdown, html_page(markdown, "roundup", language, charts), charts)


def period_name(roundup: Roundup, language: Language) -> str:
    """The period's name for readers."""
    year, _, rest = roundup.period.name.partition("-")
    if rest.startswith("W"):
        return f"{year} 年第 {int(rest[1:])} 周" if language == "zh" else f"week {int(rest[1:])} of {year}"
    return f"{year} 年 {int(rest)} 月" if language == "zh" else f"{_MONTHS[int(rest) - 1]} {year}"


def headline_of(roundup: Roundup, language: Language) -> str:
    """The roundup in one line: its period, how many papers are new and picked, and the most upvoted one."""
    name, new, picked = period_name(roundup, language), roundup.coverage.new, roundup.picked
    first = roundup.most_upvoted
    title = _title(first) if first else ""
    if language == "zh":
        text = f"{name}：{new} 篇新论文" + (f"，{picked} 篇入选" if picked else "")
        return text + (f"，点赞最多的是《{title}》（{first.upvotes}）" if first else "")
    text = f"{name[0].upper()}{name[1:]}: {new} new paper{'' if new == 1 else 's'}"
    text += f", {picked} pick{'' if picked == 1 else 's'}" if picked else ""
    return text + (f", most upvoted “{title}” ({first.upvotes} upvotes)" if first else "")


def _title(paper: NotablePaper) -> str:
    return title_or_id(plain_latex(paper.title), paper.arxiv_id)


def _chart(overview: DirectionOverview, trend: TrendView, language: Language) -> str:
    past = overview.trend.trailing_count / overview.trend.trailing_total if overview.trend.trailing_total else None
    return direction_chart(trend.label, [(d.date, d.count, d.total) for d in overview.days], past, language)


def _rise(rise: UpvoteRise, language: Language, profile: Profile) -> RiseView:
    return RiseView(_paper(rise.paper, language, profile), rise.first, rise.gain, rise.first_at, rise.latest_at)


def _paper(paper: NotablePaper, language: Language, profile: Profile) -> PaperView:
    title, translated = _title(paper), clean(paper.titles.get("zh", ""))
    if language == "zh" and translated:
        title = translated
    gist = clean(paper.gists.get(language) or next(iter(paper.gists.values()), ""))
    return PaperView(
        title=title,
        short_name=paper.short_name,
        arxiv_url=arxiv_page(paper.arxiv_id),
        gist=gist or None,
        directions=[profile.label(d, language) for d in paper.directions],
        score=paper.score,
        upvotes=paper.upvotes or 0,
        stars=paper.stars or 0,
        date=paper.date,
        trophy="Viral" in paper.tags or "Must Read" in paper.tags,
        picked=paper.picked,
        rating=paper.rating,
    )


def _slug(direction: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", direction.casefold()).strip("-") or "direction"
