"""What a roundup of a week or a month holds: handed from curation to rendering, made of the snapshots alone."""

from __future__ import annotations

import datetime as dt
import re

from papers.errors import UsageError
from papers.models import Language, Model, Trend


class Period(Model):
    """A week ("2026-W08", Monday to Sunday) or a month ("2026-02"), by its name."""

    name: str
    start: dt.date
    end: dt.date  # its last day


class Notable(Model):
    """A paper of the period, with its latest figures."""

    arxiv_id: str
    date: dt.date  # that listed it first
    source: str
    title: str
    titles: dict[Language, str]  # as an analysis translates it
    gists: dict[Language, str]  # its contribution in few words, in the languages that it was analysed in
    short_name: str | None
    organization: str | None
    github_url: str | None
    score: float  # by the latest figures
    tags: list[str]
    upvotes: int | None
    stars: int | None
    directions: list[str]
    rating: int | None
    picked: bool


class Rise(Model):
    """How far a paper's upvotes rose from its first capture to its latest."""

    paper: Notable
    first: int
    first_at: dt.datetime
    latest_at: dt.datetime

    @property
    def gain(self) -> int:
        """Upvotes won."""
        return (self.paper.upvotes or 0) - self.first


class DayShare(Model):
    """A direction on a listed day: its papers, and all new papers of the day."""

    date: dt.date
    count: int
    total: int


class DirectionOverview(Model):
    """A direction over the period: its best papers and its days."""

    trend: Trend  # of the period against the 28 days before it
    best: list[Notable]
    days: list[DayShare]


class Coverage(Model):
    """What the period's snapshots hold."""

    days: int  # with a snapshot
    days_listed: int  # with papers on the list
    listed: int
    new: int
    known: int  # repeats, updates and doubles
    set_aside: int
    read: dict[str, int]  # papers by source: html, pdf, abs
    unread: int  # new papers without a text, the withdrawn among them
    analyzed: int  # papers with an analysis
    numbers_total: int
    numbers_grounded: int
    models: list[str]
    captured_at: dt.datetime | None  # the latest capture of upvotes and stars


class Roundup(Model):
    """A roundup of a period."""

    period: Period
    coverage: Coverage
    best: list[Notable]
    rising: list[Rise]
    lines: list[DirectionOverview]  # the period's largest direction first


def period_named(name: str, today: dt.date) -> Period:
    """As `parse_period`, and `last-week` and `last-month`: the whole ones before `today`, for a schedule."""
    if name == "last-week":
        year, week, _ = (today - dt.timedelta(days=7)).isocalendar()
        name = f"{year}-W{week:02}"
    if name == "last-month":
        name = f"{today.replace(day=1) - dt.timedelta(days=1):%Y-%m}"
    return parse_period(name)


def parse_period(name: str) -> Period:
    """The period of that name. Raises UsageError for what names neither a week nor a month of the calendar."""
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
