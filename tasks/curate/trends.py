"""Trends, counted: how many of the day's new papers are of a direction, and how many were in the days before."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from papers.models import NewTerm, NewTerms, Paper, Trend, Verdict
from papers.store import Store
from papers.tables.paper_index import term_of
from papers.tables.snapshots import rows_before

TRAILING_DAYS = 28
Z = 1.959964  # of the normal distribution, for 95% confidence


def past_directions(store: Store, date: dt.date, days: int = TRAILING_DAYS) -> pd.DataFrame:
    """The directions of the new papers of the trailing days: columns date, arxiv_id, directions (list of names)."""
    rows = [
        (day, row["arxiv_id"], [d["name"] for d in row["directions"]])
        for day, found in rows_before(store, "curation", date, ("arxiv_id", "rank", "directions"), days)
        for row in found
        if row["rank"] is not None
    ]
    return pd.DataFrame(rows, columns=["date", "arxiv_id", "directions"])


def count_trends(verdicts: Sequence[Verdict], past: pd.DataFrame) -> list[Trend]:
    """Each direction of the day or of the days before, the day's largest first.

    `past` is a frame of `past_directions`. Only papers new on their day count.
    """
    return compare_directions([[d.name for d in v.directions] for v in verdicts if v.rank is not None], past)


def compare_directions(now: Sequence[Sequence[str]], past: pd.DataFrame) -> list[Trend]:
    """As `count_trends`, for papers given by their directions alone: of a day, a week or a month."""
    today = pd.Series([name for names in now for name in names], dtype="string").value_counts()
    before = past["directions"].explode().dropna().astype("string").value_counts()
    names = sorted(
        set(today.index) | set(before.index), key=lambda n: (-int(today.get(n, 0)), -int(before.get(n, 0)), n)
    )
    days = int(past["date"].nunique())
    return [_trend(n, int(today.get(n, 0)), len(now), int(before.get(n, 0)), len(past), days) for n in names]


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
    """The difference of two shares (`count` of `total` less `other` of `other_total`) and its 95% confidence interval.

    Newcombe's hybrid of two Wilson intervals: it holds for the few papers of a day, and never leaves -1 to 1. Rounded
    to four decimals. None where one of the totals is 0.
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
    p, square = count / total, Z * Z
    middle = p + square / (2 * total)
    spread = Z * math.sqrt(p * (1 - p) / total + square / (4 * total * total))
    scale = 1 + square / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


# --- keywords ------------------------------------------------------------------------------------------------------


def new_terms(papers: Sequence[Paper], ranks: Mapping[str, int], earlier: Iterable[frozenset[str]]) -> NewTerms:
    """The keywords of the day's new papers that none of the `earlier` days has (values of `term_days`).

    `ranks` are the papers' places by arXiv id. On a store's first day nothing can be said: no terms then.
    """
    days = list(earlier)
    known = frozenset().union(*days)
    holders: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for paper in sorted(papers, key=lambda p: (ranks.get(p.arxiv_id, len(papers)), p.arxiv_id)):
        if paper.dedupe_kind != "new":
            continue
        for term, keyword in {term_of(k): k for k in reversed(paper.ai_keywords)}.items():
            if term and term not in known:
                holders.setdefault(term, []).append(paper.arxiv_id)
                spelled.setdefault(term, keyword)
    if not days:
        return NewTerms()
    order = {arxiv_id: n for n, arxiv_id in enumerate(sorted(ranks, key=lambda i: (ranks[i], i)))}
    terms = sorted(holders, key=lambda t: (-len(holders[t]), order.get(holders[t][0], len(order)), t))
    return NewTerms(terms=[NewTerm(term=spelled[t], arxiv_ids=holders[t]) for t in terms], earlier_days=len(days))
