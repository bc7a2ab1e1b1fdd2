"""The content of an edition: the rows of a day joined by paper, and the counts that the edition states.

Only facts that are independent of language; the wording is in the templates.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from papers.analysis_choice import analysis_in
from papers.day import Day
from papers.models import READING_SOURCES, Analysis, Language, NewTerms, Paper, Reason, SetAside, Trend, Verdict
from papers.paper_entry import PaperEntry
from papers.paper_urls import list_page
from papers.profile import Profile

# A trend is said only with history enough, of papers enough, and where chance does not explain it: a day has thirty
# directions, so that one of them would leave a 95% interval by chance.
MIN_HISTORY, MIN_PAPERS, MIN_DEVIATIONS = 10, 4, 3.0
MAX_TRENDS, MAX_LINKS = 3, 4  # sentences of a day, and papers that a sentence links


@dataclass(frozen=True)
class TrendView:
    """A trend as an edition prints it."""

    trend: Trend
    label: str  # the direction, as the profile calls it in the edition's language
    share: float  # percent of the day
    trailing_share: float | None  # percent of the trailing days; None if they have no papers
    interval: tuple[float, float, float] | None  # the change in percentage points, and the bounds of its interval
    change: Literal["rise", "fall", "unclear"] | None  # a rise or a fall if the interval excludes 0

    @property
    def supported(self) -> bool:
        """Whether history and counts are enough to say that the share rose or fell."""
        t = self.trend
        expected = t.total * t.trailing_count / t.trailing_total if t.trailing_total else 0.0
        papers = max(t.count, expected)
        enough = t.trailing_days >= MIN_HISTORY and papers >= MIN_PAPERS
        return enough and self.change in ("rise", "fall") and self.deviations >= MIN_DEVIATIONS

    @property
    def deviations(self) -> float:
        """By how many standard deviations the two shares differ, if they were one."""
        t = self.trend
        if not t.total or not t.trailing_total:
            return 0.0
        pooled = (t.count + t.trailing_count) / (t.total + t.trailing_total)
        variance = pooled * (1 - pooled) * (1 / t.total + 1 / t.trailing_total)
        return abs(t.count / t.total - t.trailing_count / t.trailing_total) / math.sqrt(variance) if variance else 0.0


@dataclass(frozen=True)
class TrendSentence:
    """A trend that is worth a sentence, and the best of the day's papers behind it."""

    seen: TrendView
    papers: list[PaperEntry]


@dataclass(frozen=True)
class TermSentence:
    """A keyword that no earlier list has, with the day's papers that have it."""

    term: str
    count: int
    papers: list[PaperEntry]


@dataclass(frozen=True)
class BelowCut:
    """The papers that the curated post leaves out by their score alone, the best first."""

    candidates: str
    cut_pick: str  # the number of the last pick by score
    cut: str  # its score
    entries: list[PaperEntry]

    @property
    def trophies(self) -> bool:
        """Whether a paper among them has a trophy."""
        return any(e.verdict is not None and e.verdict.trophy for e in self.entries)


@dataclass(frozen=True)
class DayView:
    """Everything that an edition of a day prints, in one language."""

    date: dt.date
    entries: list[PaperEntry]
    set_aside: list[SetAside]
    trends: list[TrendView]
    new_terms: NewTerms

    @cached_property
    def trend_sentences(self) -> list[TrendSentence]:
        """The trends that the day supports, the clearest first."""
        clear = sorted((t for t in self.trends if t.supported), key=lambda t: (-t.deviations, t.trend.direction))
        return [
            TrendSentence(trend, [e for e in _by_rank(self.new) if self._has_direction(e, trend)][:MAX_LINKS])
            for trend in clear[:MAX_TRENDS]
        ]

    @cached_property
    def term_sentences(self) -> list[TermSentence]:
        """New keywords that several papers share, as far as the trends leave room for them."""
        by_id = {e.id: e for e in self.new}
        terms = self.new_terms.terms if self.new_terms.earlier_days >= MIN_HISTORY else []
        several = [t for t in terms if len(t.arxiv_ids) >= MIN_PAPERS]
        return [
            TermSentence(t.term, len(t.arxiv_ids), [by_id[i] for i in t.arxiv_ids if i in by_id][:MAX_LINKS])
            for t in several[: MAX_TRENDS - len(self.trend_sentences)]
        ]

    @staticmethod
    def _has_direction(entry: PaperEntry, trend: TrendView) -> bool:
        return entry.verdict is not None and any(d.name == trend.trend.direction for d in entry.verdict.directions)

    @property
    def source_url(self) -> str:
        """The URL of the page with the day's list."""
        return list_page(self.date)

    @cached_property
    def new(self) -> list[PaperEntry]:
        """The papers that no earlier day reported, in the order of the list."""
        return [e for e in self.entries if e.paper.dedupe_kind == "new"]

    @cached_property
    def known(self) -> list[PaperEntry]:
        """Repeats, updates and in-day duplicates, in the order of the list."""
        return [e for e in self.entries if e.paper.dedupe_kind != "new"]

    @cached_property
    def shown(self) -> list[PaperEntry]:
        """The papers that the ranked digest shows, by rank."""
        return _by_rank(e for e in self.new if e.verdict and e.verdict.ranked_decision == "show")

    @property
    def lab_shown(self) -> bool:
        """Whether the ranked digest shows a paper of a lab."""
        return any({"Super Lab", "Frontier Lab"} & set(e.verdict.tags) for e in self.shown if e.verdict)

    @cached_property
    def hidden(self) -> list[PaperEntry]:
        """The papers that the ranked digest does not show, by rank, then in the order of the list."""
        shown_ids = {id(e) for e in self.shown}
        return _by_rank(e for e in self.entries if id(e) not in shown_ids)

    @cached_property
    def after_end(self) -> dict[str, list[PaperEntry]]:
        """The papers after the end of the ranked digest, by the sentence that tells where that is."""
        groups: dict[str, list[PaperEntry]] = {}
        for e in self.hidden:
            if e.paper.dedupe_kind == "new" and e.state == "done" and e.digest_end:
                groups.setdefault(e.digest_end, []).append(e)
        return groups

    @cached_property
    def hidden_otherwise(self) -> list[PaperEntry]:
        """The papers that the ranked digest does not show for a reason of their own."""
        after_end = {id(e) for group in self.after_end.values() for e in group}
        return [e for e in self.hidden if id(e) not in after_end]

    @cached_property
    def picks(self) -> list[PaperEntry]:
        """The papers that the curated post presents: three stars first, then by pick score."""
        picks = [(e, e.verdict) for e in self.analyzed if e.verdict and e.verdict.curated_decision == "pick"]
        return [
            e
            for e, _ in sorted(
                picks, key=lambda p: (-(p[1].rating or 0), -(p[1].pick_score or 0.0), -p[1].score, p[0].id)
            )
        ]

    @cached_property
    def excluded(self) -> list[PaperEntry]:
        """The papers that the curated post leaves out, in the order of the list."""
        pick_ids = {id(e) for e in self.picks}
        return [e for e in self.entries if id(e) not in pick_ids]

    @cached_property
    def below_cut(self) -> BelowCut | None:
        """The papers below the day's cut; None without one. Those with a reason of their own are in `left_out`."""
        entries = [e for e in self.excluded if e.paper.dedupe_kind == "new" and e.verdict and _is_below_cut(e.verdict)]
        cuts = Counter(_cut_of(e) for e in entries)
        if not cuts:
            return None
        cut = cuts.most_common(1)[0][0]
        same = [e for e in entries if _cut_of(e) == cut]
        return BelowCut(*cut, sorted(same, key=_place_of))

    @cached_property
    def left_out(self) -> list[list[PaperEntry]]:
        """The other papers that the curated post leaves out, those with the same reason together."""
        below = {id(e) for e in self.below_cut.entries} if self.below_cut else set()
        groups: dict[object, list[PaperEntry]] = {}
        for e in self.excluded:
            if id(e) not in below:
                own = e.paper.dedupe_kind != "new" or e.verdict is None
                groups.setdefault(id(e) if own else tuple(e.why), []).append(e)
        return sorted(groups.values(), key=lambda g: (-len(g), _place_of(g[0])))

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
        """The papers whose analysis exists only in the other language."""
        return [e for e in self.analyzed if e.borrowed]

    @property
    def models(self) -> list[str]:
        """The models behind the analyses."""
        return sorted({e.analysis.model for e in self.analyzed if e.analysis})

    @property
    def numbers(self) -> tuple[int, int]:
        """How many numbers of the analyses were checked, and how many the papers support."""
        analyses = [e.analysis for e in self.analyzed if e.analysis]
        return sum(a.numbers_total for a in analyses), sum(a.numbers_grounded for a in analyses)

    @property
    def captured(self) -> tuple[dt.datetime, dt.datetime] | None:
        """The first and the last time at which the list and its upvotes were captured; None for an empty day."""
        times = [e.paper.captured_at for e in self.entries]
        return (min(times), max(times)) if times else None

    @property
    def read_from(self) -> dict[str, int]:
        """How many papers were read from each source, the best first; "listing" is the abstract of the list."""
        readings = [(e, e.reading) for e in self.new if e.reading and e.reading.state == "done"]
        counts = Counter("listing" if e.from_listing else r.source for e, r in readings)
        return {source: counts[source] for source in (*READING_SOURCES, "listing") if counts[source]}

    @property
    def unread(self) -> list[PaperEntry]:
        """New papers without a text."""
        return [e for e in self.new if e.state in ("not-read", "failed", "withdrawn")]

    @property
    def unanalyzed(self) -> list[PaperEntry]:
        """New papers with a text but without an analysis."""
        return [e for e in self.new if e.state in ("not-analyzed", "analysis-failed", "budget")]


def _is_below_cut(verdict: Verdict) -> bool:
    plain = {"place", "candidates", "score", "cut_pick", "cut", "tags"}
    names = {part.name for part in verdict.curated_parts}
    return verdict.curated_rule in ("below-cut", "trophy-below-cut") and plain - {"tags"} <= names <= plain


def _place_of(entry: PaperEntry) -> int:
    """The paper's place by pick score; those that are no candidates come last."""
    place = entry.verdict.curated.part("place") if entry.verdict else ""
    return int(place) if place.isdecimal() else 10**6


def _cut_of(entry: PaperEntry) -> tuple[str, str, str]:
    reason = entry.verdict.curated if entry.verdict else Reason(code="")
    return reason.part("candidates"), reason.part("cut_pick"), reason.part("cut")


def view_of(day: Day, language: Language, profile: Profile) -> DayView:
    """The rows of `day` joined for an edition in `language`."""
    readings = {r.arxiv_id: r for r in day.readings}
    verdicts = {v.arxiv_id: v for v in day.verdicts}
    analyses = _analyses_by_id(day.analyses, language)
    papers = sorted(day.papers, key=lambda p: (p.position, p.arxiv_id))
    primary: dict[str, Paper] = {}  # by id: the row that the verdict, the reading and the analysis belong to
    for paper in sorted(papers, key=lambda p: ("new", "update", "repeat", "in-day", "left").index(p.dedupe_kind)):
        primary.setdefault(paper.arxiv_id, paper)
    entries = []
    for paper in papers:
        new = paper.dedupe_kind == "new"
        verdict = verdicts.get(paper.arxiv_id) if primary[paper.arxiv_id] is paper else None
        entries.append(
            PaperEntry(
                paper=paper,
                reading=readings.get(paper.arxiv_id) if new else None,
                analysis=analyses.get(paper.arxiv_id) if new else None,
                verdict=verdict,
                language=language,
                labels={d.name: profile.label(d.name, language) for d in verdict.directions} if verdict else {},
            )
        )
    trends = sorted(day.trends, key=lambda t: (-t.count, t.direction))
    return DayView(
        date=day.date,
        entries=entries,
        set_aside=sorted(day.set_aside, key=lambda item: item.position),
        trends=[trend_view(trend, profile.label(trend.direction, language)) for trend in trends],
        new_terms=day.new_terms,
    )


def trend_view(trend: Trend, label: str) -> TrendView:
    """`trend` as an edition prints it: a rise or a fall only if its interval excludes 0."""
    share = 100 * trend.count / trend.total if trend.total else 0.0
    if not trend.trailing_total:
        return TrendView(trend, label, share, None, None, None)
    trailing = 100 * trend.trailing_count / trend.trailing_total
    if trend.change is None or trend.low is None or trend.high is None:
        return TrendView(trend, label, share, trailing, None, "unclear")
    # As printed, without -0.0.
    middle, low, high = (round(100 * x, 1) + 0.0 for x in (trend.change, trend.low, trend.high))
    change: Literal["rise", "fall", "unclear"] = "unclear"
    if low > 0:
        change = "rise"
    elif high < 0:
        change = "fall"
    return TrendView(trend, label, share, trailing, (middle, low, high), change)


def _analyses_by_id(rows: Iterable[Analysis], language: Language) -> dict[str, Analysis]:
    """The analysis to print in `language`, by the paper's arXiv id."""
    by_paper: dict[str, list[Analysis]] = {}
    for row in rows:
        by_paper.setdefault(row.arxiv_id, []).append(row)
    return {arxiv_id: a for arxiv_id, group in by_paper.items() if (a := analysis_in(language, group))}


def _by_rank(entries: Iterable[PaperEntry]) -> list[PaperEntry]:
    def key(entry: PaperEntry) -> tuple[bool, int, int]:
        rank = entry.verdict.rank if entry.verdict else None
        return rank is None, rank or 0, entry.paper.position

    return sorted(entries, key=key)
