"""The roundup of a week or a month, from its snapshots: the papers with most upvotes, directions, coverage."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from papers.analysis_choice import best_analyses
from papers.errors import UsageError
from papers.models import READING_SOURCES, Analysis, Direction, Paper, Popularity
from papers.plain_latex import plain_latex
from papers.profile import Profile
from papers.roundups import Coverage, DayShare, DirectionOverview, NotablePaper, Period, Roundup, UpvoteRise
from papers.store import Store
from papers.tables.snapshots import dates_of, read_columns, read_snapshot
from papers.text import title_or_id
from papers.work_names import name_of_work
from tasks.curate.ranking import rank
from tasks.curate.trends import compare_directions, past_directions

VERSION = 1  # of a roundup's content: raise it when the same snapshots give another
BEST, POPULAR, RISING, BEST_OF_DIRECTION = 10, 5, 5, 3
LATER_DAYS = dt.timedelta(days=28)  # after the period: a repeat captured in this time has later figures
ANALYSIS_COLUMNS = (
    "arxiv_id",
    "language",
    "state",
    "model",
    "prompt_version",
    "cache_key",
    "translated_title",
    "short_name",
    "contribution",
    "contribution_short",
    "numbers_total",
    "numbers_grounded",
)


@dataclass
class _PeriodRows:
    """The rows of the period that a roundup needs."""

    days: list[dt.date]
    papers: list[tuple[dt.date, Paper]] = field(default_factory=list)
    verdicts: dict[str, dict[str, Any]] = field(default_factory=dict)  # of new papers
    readings: list[dict[str, Any]] = field(default_factory=list)
    analyses: dict[str, list[Analysis]] = field(default_factory=lambda: defaultdict(list))
    set_aside: int = 0
    captures: dict[str, list[Popularity]] = field(default_factory=lambda: defaultdict(list))  # oldest first

    @property
    def new(self) -> list[tuple[dt.date, Paper]]:
        """The papers that no earlier day reported, each with its date."""
        return [(day, p) for day, p in self.papers if p.dedupe_kind == "new"]


def make_roundup(store: Store, period: Period, profile: Profile) -> Roundup:
    """The roundup of `period`. Reads only snapshots; the same snapshots give the same roundup.

    Raises UsageError when the store has no day of the period.
    """
    rows = _read_rows(store, period)
    if not rows.days:
        raise UsageError(
            f"{store.root} has no snapshot of {period.start} to {period.end}. "
            f"Next: daily-papers backfill {period.start} {period.end}"
        )
    notable = _notable_papers(rows, profile)
    directions = [p.directions for p in notable]
    trends = compare_directions(directions, past_directions(store, period.start))
    best = [p for p in notable if p.picked][:BEST]
    popular = [p for p in notable if p.upvotes and not p.picked][:POPULAR]
    rest = [p for p in notable if p not in best and p not in popular]
    lines = [
        DirectionOverview(
            trend=trend,
            best=[p for p in rest if p.main_direction == trend.direction][:BEST_OF_DIRECTION],
            days=_day_shares(rows, trend.direction),
        )
        for trend in trends
        if trend.count
    ]
    return Roundup(
        period=period,
        coverage=_coverage(rows),
        picked=sum(p.picked for p in notable),
        must_reads=sum(p.picked and p.rating == 3 for p in notable),
        most_upvoted=next((p for p in notable if p.upvotes), None),
        best=best,
        popular=popular,
        rising=_largest_rises(rows, notable),
        lines=lines,
    )


def _read_rows(store: Store, period: Period) -> _PeriodRows:
    rows = _PeriodRows([d for d in dates_of(store, "curation") if period.start <= d <= period.end])
    for day in rows.days:
        papers = read_snapshot(store, "papers", day, Paper) or []
        rows.papers += [(day, p) for p in papers]
        new = {p.arxiv_id for p in papers if p.dedupe_kind == "new"}
        columns = ("arxiv_id", "directions", "rating", "curated_decision")
        rows.verdicts |= {
            v["arxiv_id"]: v for v in read_columns(store, "curation", day, columns) if v["arxiv_id"] in new
        }
        rows.readings += read_columns(store, "readings", day, ("arxiv_id", "state", "source"))
        for analysis in best_analyses(
            Analysis.model_validate(r) for r in read_columns(store, "analyses", day, ANALYSIS_COLUMNS)
        ):
            rows.analyses[analysis.arxiv_id].append(analysis)
        rows.set_aside += len(read_columns(store, "set_aside", day, ("position",)))
    ids = {p.arxiv_id for _, p in rows.papers}
    for day in dates_of(store, "popularity"):
        if period.start <= day <= period.end + LATER_DAYS:
            for capture in read_snapshot(store, "popularity", day, Popularity) or []:
                if capture.arxiv_id in ids:
                    rows.captures[capture.arxiv_id].append(capture)
    for captures in rows.captures.values():
        captures.sort(key=lambda c: c.captured_at)
    return rows


def _notable_papers(rows: _PeriodRows, profile: Profile) -> list[NotablePaper]:
    """The period's new papers with their latest figures, by upvotes; equal ones by score, then by arXiv id."""
    latest = {p.arxiv_id: _with_latest_figures(p, rows.captures[p.arxiv_id]) for _, p in rows.new}
    ranking = rank(list(latest.values()), profile)
    notable = []
    for day, paper_of_day in rows.new:
        paper, place = latest[paper_of_day.arxiv_id], ranking[paper_of_day.arxiv_id]
        verdict = rows.verdicts.get(paper.arxiv_id)
        analyses = [a for a in rows.analyses[paper.arxiv_id] if a.state == "done"]
        notable.append(
            NotablePaper(
                arxiv_id=paper.arxiv_id,
                date=day,
                source=paper.source,
                title=paper.title,
                titles={a.language: a.translated_title for a in analyses if a.translated_title},
                gists={a.language: a.gist for a in analyses if a.gist},
                short_name=name_of_work(
                    next(iter(analyses), None), title_or_id(plain_latex(paper.title), paper.arxiv_id)
                ),
                organization=paper.organization,
                github_url=paper.github_url,
                score=place.score,
                tags=place.tags,
                upvotes=paper.upvotes,
                stars=paper.github_stars,
                directions=[d["name"] for d in verdict["directions"]] if verdict else [],
                main_direction=_main_direction(verdict["directions"]) if verdict else None,
                rating=verdict["rating"] if verdict else None,
                picked=verdict is not None and verdict["curated_decision"] == "pick",
            )
        )
    return sorted(notable, key=lambda p: (-(p.upvotes or 0), -p.score, p.arxiv_id))


def _main_direction(directions: Sequence[Mapping[str, str]]) -> str | None:
    return next((d["name"] for d in directions if Direction.model_validate(d).is_main), None)


def _with_latest_figures(paper: Paper, captures: Sequence[Popularity]) -> Paper:
    """The paper with the figures of its latest capture; a figure missing there stays as listed."""
    if not captures:
        return paper
    last = captures[-1]
    figures = {"upvotes": last.upvotes, "github_stars": last.stars, "comments": last.comments}
    return paper.model_copy(update={name: value for name, value in figures.items() if value is not None})


def _largest_rises(rows: _PeriodRows, notable: Sequence[NotablePaper]) -> list[UpvoteRise]:
    """The papers whose upvotes rose most between their first and their latest capture."""
    rises = []
    for paper in notable:
        captures = [c for c in rows.captures[paper.arxiv_id] if c.upvotes is not None]
        if len(captures) > 1 and (captures[-1].upvotes or 0) > (captures[0].upvotes or 0):
            first, last = captures[0], captures[-1]
            rises.append(
                UpvoteRise(
                    paper=paper, first=first.upvotes or 0, first_at=first.captured_at, latest_at=last.captured_at
                )
            )
    return sorted(rises, key=lambda r: (-r.gain, r.paper.arxiv_id))[:RISING]


def _day_shares(rows: _PeriodRows, direction: str) -> list[DayShare]:
    """The share of the direction on each day with new papers."""
    totals = Counter(day for day, _ in rows.new)
    counts = Counter(
        day
        for day, p in rows.new
        if any(d["name"] == direction for d in rows.verdicts.get(p.arxiv_id, {"directions": []})["directions"])
    )
    return [DayShare(date=day, count=counts[day], total=totals[day]) for day in sorted(totals)]


def _coverage(rows: _PeriodRows) -> Coverage:
    by_source = Counter(r["source"] for r in rows.readings if r["state"] == "done")
    analyses = [a for of_paper in rows.analyses.values() for a in of_paper]
    capture_times = [c.captured_at for captures in rows.captures.values() for c in captures]
    new = len(rows.new)
    return Coverage(
        days=len(rows.days),
        days_listed=len({day for day, _ in rows.papers}),
        listed=len(rows.papers),
        new=new,
        known=len(rows.papers) - new,
        set_aside=rows.set_aside,
        read={source: by_source[source] for source in READING_SOURCES if by_source[source]},
        unread=new - sum(by_source.values()),
        analyzed=len({a.arxiv_id for a in analyses if a.state == "done"}),
        numbers_total=sum(a.numbers_total for a in analyses),
        numbers_grounded=sum(a.numbers_grounded for a in analyses),
        models=sorted({a.model for a in analyses if a.state == "done"}),
        captured_at=max(capture_times, default=None),
    )
