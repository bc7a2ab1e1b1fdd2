"""The history that a day's list is held against: the papers of earlier `papers` snapshots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from rapidfuzz import fuzz, process

from papers.models import ListedPaper
from papers.store import Store
from papers.tables.paper_index import look_up
from papers.tables.snapshots import read_columns, rows_before
from papers.text import normalized_title
from tasks.dedupe.matching import TITLE_SIMILARITY, History

COLUMNS = ("arxiv_id", "title", "abstract", "duplicate_of")


def load_history(store: Store, before: dt.date, papers: Sequence[ListedPaper] | None = None) -> History:
    """All papers listed before that date, however the dates were processed.

    With `papers`, only those that one of these may be, and what they were first listed as: `dedupe` says the same of
    these papers as with all, and the index finds them among a million.
    """
    history = History()
    rows = rows_before(store, "papers", before, COLUMNS) if papers is None else _related(store, before, papers)
    for date, found in rows:
        for row in found:
            history.remember(row["arxiv_id"], row["title"], row["abstract"], date, row["duplicate_of"])
    return history


def _related(
    store: Store, before: dt.date, papers: Sequence[ListedPaper]
) -> Iterable[tuple[dt.date, list[dict[str, Any]]]]:
    """The rows of every date that lists one of the papers by id or by a near title, and those that these repeat."""
    titles = sorted({normalized_title(p.title) for p in papers})
    ids, looked_up = {p.arxiv_id for p in papers}, set[str]()
    index = look_up(store, before, titles, 1 - TITLE_SIMILARITY / 100)
    dates = set(index.near)
    days: dict[dt.date, list[dict[str, Any]]] = {}
    while dates - set(days) or ids - looked_up:
        dates |= index.dates_with(ids - looked_up)
        looked_up |= ids
        for date in dates - set(days):
            days[date] = read_columns(store, "papers", date, COLUMNS)
        # A row that one of the papers may be, and what that was first listed as: only so is the first day the first.
        rows = [row for found in days.values() for row in found]
        near = _near(titles, {normalized_title(row["title"]) for row in rows})
        for row in rows:
            if row["arxiv_id"] in ids or normalized_title(row["title"]) in near:
                ids |= {row["arxiv_id"], *filter(None, [row["duplicate_of"]])}
    return sorted(days.items())


def _near(titles: Sequence[str], others: set[str]) -> set[str]:
    """Those of `others` that are nearly one of the titles."""
    return {
        found
        for title in titles
        for found, _, _ in process.extract(title, others, scorer=fuzz.ratio, score_cutoff=TITLE_SIMILARITY, limit=None)
    }
