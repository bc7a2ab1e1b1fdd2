"""The roundup of a week or a month, from its snapshots: the best by their latest figures, directions, coverage."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from papers.analysis_choice import chosen
from papers.errors import UsageError
from papers.models import Analysis, Paper, Popularity
from papers.profile import Profile
from papers.roundups import Coverage, DayShare, DirectionOverview, Notable, Period, Rise, Roundup
from papers.store import Store
from papers.tables.snapshots import dates_of, read_columns, read_snapshot
from tasks.curate.ranking import rank
from tasks.curate.trends import compare_directions, past_directions

BEST, RISING, BEST_OF_DIRECTION = 20, 5, 5
LATER_DAYS = dt.timedelta(days=28)  # after the period, in which a repeat may have been captured with later figures
ANALYSIS = (
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
class _Rows:
    """The period's rows, as far as a roundup asks for them."""

    days: list[dt.date]
    papers: list[tuple[dt.date, Paper]] = field(default_factory=list)
    verdicts: dict[str, dict[str, Any]] = field(default_factory=dict)  # of new papers
    readings: list[dict[str, Any]] = field(default_factory=list)
    analyses: dict[str, list[Analysis]] = field(default_factory=lambda: defaultdict(list))
    set_aside: int = 0
    captures: dict[str, list[Popularity]] = field(default_factory=lambda: defaultdict(list))  # oldest first

    @property
    def new(self) -> list[tuple[dt.date, Paper]]:
        """The papers that no earlier day reported."""
        return [(day, p) for day, p in self.papers if p.dedupe_kind == "new"]


def make_roundup(store: Store, period: Period, profile: Profile) -> Roundup:
    """The roundup of `period`. Reads snapshots alone; the same snapshots give the same roundup.

    Raises UsageError when the store has no day of the period.
    """
    rows = _read(store, period)
    if not rows.days:
        raise UsageError(
            f"{store.root} has no snapshot of {period.start} to {period.end}. "
            f"Next: daily-papers backfill {period.start} {period.end}"
        )
    notable = _notable(rows, profile)
    directions = [p.directions for p in notable]
    trends = compare_directions(directions, past_directions(store, period.start))
    return Roundup(
        period=period,
        coverage=_coverage(rows),
        best=notable[:BEST],
        rising=_rising(rows, notable),
        lines=[
            DirectionOverview(
                trend=trend,
                best=[p for p in notable if trend.direction in p.directions][:BEST_OF_DIRECTION],
                days=_days(rows, trend.direction),
            )
            for trend in trends
            if trend.count
        ],
    )


def _read(store: Store, period: Period) -> _Rows:
    rows = _Rows([d for d in dates_of(store, "curation") if period.start <= d <= period.end])
    for day in rows.days:
        papers = read_snapshot(store, "papers", day, Paper) or []
        rows.papers += [(day, p) for p in papers]
        new = {p.arxiv_id for p in papers if p.dedupe_kind == "new"}
        wanted = ("arxiv_id", "directions", "rating", "curated_decision")
        rows.verdicts |= {
            v["arxiv_id"]: v for v in read_columns(store, "curation", day, wanted) if v["arxiv_id"] in new
        }
        rows.readings += read_columns(store, "readings", day, ("arxiv_id", "state", "source"))
        for analysis in chosen(Analysis.model_validate(r) for r in read_columns(store, "analyses", day, ANALYSIS)):
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


def _notable(rows: _Rows, profile: Profile) -> list[Notable]:
    """The period's new papers with their latest figures, the best first: trophies, then by score, ties by arXiv id."""
    latest = {p.arxiv_id: _latest(p, rows.captures[p.arxiv_id]) for _, p in rows.new}
    ranking = rank(list(latest.values()), profile)
    found = []
    for day, listed in rows.new:
        paper, place = latest[listed.arxiv_id], ranking[listed.arxiv_id]
        verdict = rows.verdicts.get(paper.arxiv_id)
        done = [a for a in rows.analyses[paper.arxiv_id] if a.state == "done"]
        found.append(
            Notable(
                arxiv_id=paper.arxiv_id,
                date=day,
                source=paper.source,
                title=paper.title,
                titles={a.language: a.translated_title for a in done if a.translated_title},
                gists={a.language: gist for a in done if (gist := a.contribution_short or a.contribution)},
                short_name=next((a.short_name for a in done if a.short_name), None),
                organization=paper.organization,
                github_url=paper.github_url,
                score=place.score,
                tags=place.tags,
                upvotes=paper.upvotes,
                stars=paper.github_stars,
                directions=[d["name"] for d in verdict["directions"]] if verdict else [],
                rating=verdict["rating"] if verdict else None,
                picked=verdict is not None and verdict["curated_decision"] == "pick",
            )
        )
    return sorted(found, key=lambda p: (not ranking[p.arxiv_id].trophy, -p.score, p.arxiv_id))


def _latest(paper: Paper, captures: Sequence[Popularity]) -> Paper:
    """The paper with the figures of its latest capture; a figure that this lacks stays as listed."""
    if not captures:
        return paper
    last = captures[-1]
    figures = {"upvotes": last.upvotes, "github_stars": last.stars, "comments": last.comments}
    return paper.model_copy(update={name: value for name, value in figures.items() if value is not None})


def _rising(rows: _Rows, notable: Sequence[Notable]) -> list[Rise]:
    """The papers whose upvotes rose most between their first and their latest capture."""
    rises = []
    for paper in notable:
        known = [c for c in rows.captures[paper.arxiv_id] if c.upvotes is not None]
        if len(known) > 1 and (known[-1].upvotes or 0) > (known[0].upvotes or 0):
            first, last = known[0], known[-1]
            rises.append(
                Rise(paper=paper, first=first.upvotes or 0, first_at=first.captured_at, latest_at=last.captured_at)
            )
    return sorted(rises, key=lambda r: (-r.gain, r.paper.arxiv_id))[:RISING]


def _days(rows: _Rows, direction: str) -> list[DayShare]:
    """The direction's papers of each day that lists new ones."""
    totals = Counter(day for day, _ in rows.new)
    counts = Counter(
        day
        for day, p in rows.new
        if any(d["name"] == direction for d in rows.verdicts.get(p.arxiv_id, {"directions": []})["directions"])
    )
    return [DayShare(date=day, count=counts[day], total=totals[day]) for day in sorted(totals)]


def _coverage(rows: _Rows) -> Coverage:
    read = Counter(r["source"] for r in rows.readings if r["state"] == "done")
    analyses = [a for found in rows.analyses.values() for a in found]
    captured = [c.captured_at for captures in rows.captures.values() for c in captures]
    new = len(rows.new)
    return Coverage(
        days=len(rows.days),
        days_listed=len({day for day, _ in rows.papers}),
        listed=len(rows.papers),
        new=new,
        known=len(rows.papers) - new,
        set_aside=rows.set_aside,
        read={source: read[source] for source in ("html", "pdf", "abs") if read[source]},
        unread=new - sum(read.values()),
        analyzed=len({a.arxiv_id for a in analyses if a.state == "done"}),
        numbers_total=sum(a.numbers_total for a in analyses),
        numbers_grounded=sum(a.numbers_grounded for a in analyses),
        models=sorted({a.model for a in analyses if a.state == "done"}),
        captured_at=max(captured, default=None),
    )
