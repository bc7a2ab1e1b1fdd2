"""Trends: how many of the day's new papers belong to a direction, compared with the days before; new keywords."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from papers.models import NewTerm, NewTerms, Paper, Trend, Verdict
from papers.store import Store
from papers.tables.paper_index import normalized_term
from papers.tables.snapshots import rows_before

TRAILING_DAYS = 28
Z = 1.959964  # of the normal distribution, for 95% confidence


@dataclass(frozen=True)
class PastDirections:
    """The new papers of the trailing days: how many in each direction, how many in all, and on how many days."""

    counts: Mapping[str, int]
    papers: int
    days: int

    @classmethod
    def of(cls, days: Iterable[tuple[int, Mapping[str, int]]]) -> PastDirections:
        """The sum of days, each with its number of new papers and their directions. An empty day is not counted."""
        counts: Counter[str] = Counter()
        papers = listed_days = 0
        for day_papers, day_counts in days:
            if day_papers:
                counts.update(day_counts)
                papers, listed_days = papers + day_papers, listed_days + 1
        return cls(counts, papers, listed_days)


def past_directions(store: Store, date: dt.date, days: int = TRAILING_DAYS) -> PastDirections:
    """The directions of the new papers of the `days` before `date`, from the snapshots."""
    past = []
    for _, rows in rows_before(store, "curation", date, ("rank", "directions"), days):
        new = [[d["name"] for d in row["directions"]] for row in rows if row["rank"] is not None]
        past.append((len(new), count_directions(new)))
    return PastDirections.of(past)


def count_directions(papers: Iterable[Sequence[str]]) -> dict[str, int]:
    """The number of papers in each direction; `papers` are the directions of each."""
    return dict(Counter(name for names in papers for name in names))


def count_trends(verdicts: Sequence[Verdict], past: PastDirections) -> list[Trend]:
    """The trend of each direction of the day or of the days before, the day's largest first.

    Only papers new on their day count.
    """
    return compare_directions([[d.name for d in v.directions] for v in verdicts if v.rank is not None], past)


def compare_directions(current: Sequence[Sequence[str]], past: PastDirections) -> list[Trend]:
    """Like `count_trends`, for papers of a day, a week or a month given only by their directions."""
    today, before = count_directions(current), past.counts
    names = sorted({*today, *before}, key=lambda n: (-today.get(n, 0), -before.get(n, 0), n))
    return [_trend(n, today.get(n, 0), len(current), before.get(n, 0), past.papers, past.days) for n in names]


def _trend(name: str, count: int, total: int, trailing_count: int, trailing_total: int, days: int) -> Trend:
    change = difference(count, total, trailing_count, trailing_total)
    return Trend(
        direction=name,
        count=count,
        total=total,
        trailing_count=trailing_count,
        trailing_total=trailing_total,
        trailing_days=days,
        change=change and change[0],
        low=change and change[1],
        high=change and change[2],
    )


def difference(count: int, total: int, other: int, other_total: int) -> tuple[float, float, float] | None:
    """The difference of two shares (`count` of `total` minus `other` of `other_total`) and its 95% confidence interval.

    Newcombe's hybrid of two Wilson intervals: valid for the small numbers of papers of a day, and always within -1 to
    1. Rounded to four decimals. None if one of the totals is 0.
    """
    if not total or not other_total:
        return None
    p, q = count / total, other / other_total
    (low, high), (other_low, other_high) = wilson(count, total), wilson(other, other_total)
    below = math.hypot(p - low, other_high - q)
    above = math.hypot(high - p, q - other_low)
    return round(p - q, 4), round(p - q - below, 4), round(p - q + above, 4)


def wilson(count: int, total: int) -> tuple[float, float]:
    """Wilson's 95% confidence interval of the share `count` of `total` (more than 0)."""
    p, z_squared = count / total, Z * Z
    middle = p + z_squared / (2 * total)
    spread = Z * math.sqrt(p * (1 - p) / total + z_squared / (4 * total * total))
    scale = 1 + z_squared / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


# --- keywords ------------------------------------------------------------------------------------------------------


def new_terms(papers: Sequence[Paper], ranks: Mapping[str, int], earlier: Iterable[frozenset[str]]) -> NewTerms:
    """The keywords of the day's new papers that none of the `earlier` days has (values of `terms_by_date`).

    `ranks` are the papers' places by arXiv id. The first day of a store has nothing to compare with: no terms.
    """
    days = list(earlier)
    earlier_terms = frozenset().union(*days)
    papers_by_term: dict[str, list[str]] = {}
    spellings: dict[str, str] = {}
    for paper in sorted(papers, key=lambda p: (ranks.get(p.arxiv_id, len(papers)), p.arxiv_id)):
        if paper.dedupe_kind != "new":
            continue
        for term, keyword in {normalized_term(k): k for k in reversed(paper.ai_keywords)}.items():
            if term and term not in earlier_terms:
                papers_by_term.setdefault(term, []).append(paper.arxiv_id)
                spellings.setdefault(term, keyword)
    if not days:
        return NewTerms()
    order = {arxiv_id: n for n, arxiv_id in enumerate(sorted(ranks, key=lambda i: (ranks[i], i)))}
    terms = sorted(
        papers_by_term, key=lambda t: (-len(papers_by_term[t]), order.get(papers_by_term[t][0], len(order)), t)
    )
    return NewTerms(
        terms=[NewTerm(term=spellings[t], arxiv_ids=papers_by_term[t]) for t in terms], earlier_days=len(days)
    )
