"""The models of a roundup of a week or a month: curation builds them from the snapshots, rendering prints them."""

from __future__ import annotations

import datetime as dt
import re

from papers.errors import UsageError
from papers.models import Language, Model, Trend


class Period(Model):
    """A week ("2026-W08", Monday to Sunday) or a month ("2026-02")."""

    name: str
    start: dt.date
    end: dt.date  # the last day, included


class NotablePaper(Model):
    """A paper of the period, with its latest upvotes and stars."""

    arxiv_id: str
    date: dt.date  # the first date that listed it
    source: str
    title: str
    titles: dict[Language, str]  # as translated in the analyses
    gists: dict[Language, str]  # the contribution in one sentence, in the languages of its analyses
    short_name: str  # the name of the work
    organization: str | None
    github_url: str | None
    score: float  # from the latest upvotes and stars
    tags: list[str]
    upvotes: int | None
    stars: int | None
    directions: list[str]
    main_direction: str | None  # the first one that its title or a model names
    rating: int | None
    picked: bool


class UpvoteRise(Model):
    """The rise of a paper's upvotes from the first capture to the latest."""

    paper: NotablePaper
    first: int
    first_at: dt.datetime
    latest_at: dt.datetime

    @property
    def gain(self) -> int:
        """The number of upvotes added."""
        return (self.paper.upvotes or 0) - self.first


class DayShare(Model):
    """A direction's papers on a listed day, and all new papers of that day."""

    date: dt.date
    count: int
    total: int


class DirectionOverview(Model):
    """A direction in the period: its share of each day, and the papers with most upvotes that are not shown before."""

    trend: Trend  # of the period, compared with the 28 days before it
    best: list[NotablePaper]
    days: list[DayShare]


class Coverage(Model):
    """What the period's snapshots contain."""

    days: int  # with a snapshot
    days_listed: int  # with papers on the list
    listed: int
    new: int
    known: int  # repeats, updates and duplicates within a day
    set_aside: int
    read: dict[str, int]  # papers by source: html, pdf, abs
    unread: int  # new papers without a text, including withdrawn ones
    analyzed: int  # papers with an analysis
    numbers_total: int
    numbers_grounded: int
    models: list[str]
    captured_at: dt.datetime | None  # the latest capture of upvotes and stars


class Roundup(Model):
    """A roundup of a period; it shows each paper once."""

    period: Period
    coverage: Coverage
    picked: int  # papers that the curated posts of the period present
    must_reads: int  # of these, with three stars
    most_upvoted: NotablePaper | None
    best: list[NotablePaper]  # the picks with most upvotes; equal ones by score, then by arXiv id
    popular: list[NotablePaper]  # of the papers that were not picked, those with most upvotes
    rising: list[UpvoteRise]
    lines: list[DirectionOverview]  # the period's largest direction first

    @property
    def paper_ids(self) -> list[str]:
        """The arXiv ids of the papers that it shows, in order, each once."""
        first = [self.most_upvoted] if self.most_upvoted else []
        shown = [
            *first,
            *self.best,
            *self.popular,
            *(r.paper for r in self.rising),
            *(p for line in self.lines for p in line.best),
        ]
        return list(dict.fromkeys(p.arxiv_id for p in shown))


class RoundupHeadlines(Model):
    """What feeds and messages say about a roundup; stored beside its pages."""

    name: str
    end: dt.date
    headlines: dict[Language, str]
    papers: tuple[str, ...] = ()  # the arXiv ids of the papers that the roundup shows, in its order

    @staticmethod
    def key(name: str) -> str:
        """The key in the store of the headlines of the roundup `name`."""
        return f"roundups/{name}/headlines.json"


def resolve_period(name: str, today: dt.date) -> Period:
    """Like `parse_period`, but also accepts `last-week` and `last-month`: the last complete ones before `today`."""
    if name == "last-week":
        year, week, _ = (today - dt.timedelta(days=7)).isocalendar()
        name = f"{year}-W{week:02}"
    if name == "last-month":
        name = f"{today.replace(day=1) - dt.timedelta(days=1):%Y-%m}"
    return parse_period(name)


def parse_period(name: str) -> Period:
    """The period of that name. Raises UsageError if the name is neither a week nor a month of the calendar."""
    try:
        if week := re.fullmatch(r"(\d{4})-W(\d\d)", name):
            start = dt.date.fromisocalendar(int(week[1]), int(week[2]), 1)
            return Period(name=name, start=start, end=start + dt.timedelta(days=6))
        if month := re.fullmatch(r"(\d{4})-(\d\d)", name):
            start = dt.date(int(month[1]), int(month[2]), 1)
            after = dt.date(start.year + start.month // 12, start.month % 12 + 1, 1)
            return Period(name=name, start=start, end=after - dt.timedelta(days=1))
    except ValueError:
        pass
    raise UsageError(f"'{name}' is no week and no month: give it as 2026-W08, 2026-02, last-week or last-month")
