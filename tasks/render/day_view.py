"""What an edition is about: the rows of a day joined paper by paper, and the counts that are stated.

Facts only, in no language: how they are worded stands in the templates.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from papers.analysis_choice import analysis_in
from papers.day import Day
from papers.models import Analysis, Language, NewTerm, NewTerms, Paper, SetAside, Trend
from papers.profile import Profile
from tasks.render.paper_entry import BEST_FIRST, HF_PAGE, PaperEntry

TERMS_SHOWN = 8  # keywords never seen before that an edition names; the rest is counted


@dataclass(frozen=True)
class Observation:
    """A trend with what may be said of it."""

    trend: Trend
    label: str  # the direction, as the profile calls it in the edition's language
    share: float  # percent of the day
    trailing_share: float | None  # percent of the trailing days; None without any paper in them
    interval: tuple[float, float, float] | None  # the change in percentage points, and the bounds of its interval
    change: Literal["rise", "fall", "unclear"] | None  # a rise or a fall when the interval leaves 0 out


@dataclass(frozen=True)
class DayView:
    """All that an edition of a day prints, in one language."""

    date: dt.date
    entries: list[PaperEntry]
    set_aside: list[SetAside]
    trends: list[Observation]
    new_terms: NewTerms

    @property
    def terms_shown(self) -> list[NewTerm]:
        """The keywords never seen before that are named."""
        return self.new_terms.terms[:TERMS_SHOWN]

    @property
    def source_url(self) -> str:
        """The page of the day's list."""
        return list_url(self.date)

    @cached_property
    def new(self) -> list[PaperEntry]:
        """The papers that no earlier day reported, as the list had them."""
        return [e for e in self.entries if e.paper.dedupe_kind == "new"]

    @cached_property
    def known(self) -> list[PaperEntry]:
        """Repeats, updates and doubles, as the list had them."""
        return [e for e in self.entries if e.paper.dedupe_kind != "new"]

    @cached_property
    def shown(self) -> list[PaperEntry]:
        """What the ranked digest shows, by rank."""
        return _by_rank(e for e in self.new if e.verdict and e.verdict.ranked_decision == "show")

    @property
    def lab_shown(self) -> bool:
        """Whether the ranked digest shows the paper of a lab."""
        return any({"Super Lab", "Frontier Lab"} & set(e.verdict.tags) for e in self.shown if e.verdict)

    @cached_property
    def hidden(self) -> list[PaperEntry]:
        """What the ranked digest leaves out, by rank, then as listed."""
        shown = {id(e) for e in self.shown}
        return _by_rank(e for e in self.entries if id(e) not in shown)

    @cached_property
    def picks(self) -> list[PaperEntry]:
        """What the curated post presents: three stars first, then by score."""
        picked = [(e, e.verdict) for e in self.analyzed if e.verdict and e.verdict.curated_decision == "pick"]
        return [e for e, _ in sorted(picked, key=lambda p: (-(p[1].rating or 0), -p[1].score, p[0].id))]

    @cached_property
    def excluded(self) -> list[PaperEntry]:
        """What the curated post leaves out, as listed."""
        picked = {id(e) for e in self.picks}
        return [e for e in self.entries if id(e) not in picked]

    @cached_property
    def directions(self) -> list[str]:
        """The directions of the picks, the most frequent first."""
        counts = Counter(name for e in self.picks for name in e.directions)
        return [name for name, _ in counts.most_common()]

    @cached_property
    def analyzed(self) -> list[PaperEntry]:
        """The papers with an analysis."""
        return [e for e in self.new if e.state == "done"]

    @property
    def borrowed(self) -> list[PaperEntry]:
        """The papers whose analysis exists in the other language alone."""
        return [e for e in self.analyzed if e.borrowed]

    @property
    def models(self) -> list[str]:
        """The models behind the analyses."""
        return sorted({e.analysis.model for e in self.analyzed if e.analysis})

    @property
    def numbers(self) -> tuple[int, int]:
        """How many numbers of the analyses were checked, and how many the papers bear out."""
        done = [e.analysis for e in self.analyzed if e.analysis]
        return sum(a.numbers_total for a in done), sum(a.numbers_grounded for a in done)

    @property
    def captured(self) -> tuple[dt.datetime, dt.datetime] | None:
        """When the list and its upvotes were captured, first and last; None for an empty day."""
        times = [e.paper.captured_at for e in self.entries]
        return (min(times), max(times)) if times else None

    @property
    def read_from(self) -> dict[str, int]:
        """How many papers were read from each source, the best first."""
        counts = Counter(e.reading.source for e in self.new if e.reading and e.reading.state == "done")
        return {source: counts[source] for source in BEST_FIRST if counts[source]}

    @property
    def unread(self) -> list[PaperEntry]:
        """New papers without a text."""
        return [e for e in self.new if e.state in ("not-read", "failed", "withdrawn")]

    @property
    def unanalyzed(self) -> list[PaperEntry]:
        """New papers with a text but without an analysis."""
        return [e for e in self.new if e.state in ("not-analyzed", "analysis-failed", "budget")]


def list_url(date: dt.date) -> str:
    """The page of a date's list."""
    return f"{HF_PAGE}/date/{date.isoformat()}"


def view_of(day: Day, language: Language, profile: Profile) -> DayView:
    """The rows of `day` joined for an edition in `language`."""
    readings = {r.arxiv_id: r for r in day.readings}
    verdicts = {v.arxiv_id: v for v in day.verdicts}
    analyses = _analyses(day.analyses, language)
    listed = sorted(day.papers, key=lambda p: (p.position, p.arxiv_id))
    first: dict[str, Paper] = {}  # the row of each id that a verdict, a reading and an analysis are about
    for paper in sorted(listed, key=lambda p: ("new", "update", "repeat", "in-day").index(p.dedupe_kind)):
        first.setdefault(paper.arxiv_id, paper)
    entries = []
    for paper in listed:
        new = paper.dedupe_kind == "new"
        verdict = verdicts.get(paper.arxiv_id) if first[paper.arxiv_id] is paper else None
        entries.append(
            PaperEntry(
                paper=paper,
                reading=readings.get(paper.arxiv_id) if new else None,
                analysis=analyses.get(paper.arxiv_id) if new else None,
                verdict=verdict,
                language=language,
                directions=[profile.label(d.name, language) for d in verdict.directions] if verdict else [],
            )
        )
    trends = sorted(day.trends, key=lambda t: (-t.count, t.direction))
    return DayView(
        date=day.date,
        entries=entries,
        set_aside=sorted(day.set_aside, key=lambda item: item.position),
        trends=[observe(trend, profile.label(trend.direction, language)) for trend in trends],
        new_terms=day.new_terms,
    )


def observe(trend: Trend, label: str) -> Observation:
    """What may be said of `trend`: a rise or a fall only where its interval leaves 0 out."""
    share = 100 * trend.count / trend.total if trend.total else 0.0
    if not trend.trailing_total:
        return Observation(trend, label, share, None, None, None)
    trailing = 100 * trend.trailing_count / trend.trailing_total
    if trend.change is None or trend.low is None or trend.high is None:
        return Observation(trend, label, share, trailing, None, "unclear")
    middle, low, high = (round(100 * x, 1) + 0.0 for x in (trend.change, trend.low, trend.high))  # as printed, no -0.0
    change: Literal["rise", "fall", "unclear"] = "unclear"
    if low > 0:
        change = "rise"
    elif high < 0:
        change = "fall"
    return Observation(trend, label, share, trailing, (middle, low, high), change)


def _analyses(rows: Iterable[Analysis], language: Language) -> dict[str, Analysis]:
    """The analysis to print in `language`, by paper."""
    by_paper: dict[str, list[Analysis]] = {}
    for row in rows:
        by_paper.setdefault(row.arxiv_id, []).append(row)
    return {arxiv_id: a for arxiv_id, own in by_paper.items() if (a := analysis_in(language, own))}


def _by_rank(entries: Iterable[PaperEntry]) -> list[PaperEntry]:
    def key(entry: PaperEntry) -> tuple[bool, int, int]:
        rank = entry.verdict.rank if entry.verdict else None
        return rank is None, rank or 0, entry.paper.position

    return sorted(entries, key=key)
