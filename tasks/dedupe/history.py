"""The history that a day's list is compared with: the papers of earlier `papers` snapshots."""

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
from tasks.dedupe.repeats import TITLE_SIMILARITY, History

COLUMNS = ("arxiv_id", "title", "abstract", "duplicate_of", "dedupe_kind")


def load_history(store: Store, before: dt.date, papers: Sequence[ListedPaper] | None = None) -> History:
    """All papers listed before that date, in whatever order the dates were processed; not those that left their list.

    With `papers`, only the earlier papers that one of them may be, and the papers that these repeat. `dedupe` gives
    the same result for `papers` as with the whole history, and the index finds them among a million.
    """
    history = History()
    rows_by_date = (
        rows_before(store, "papers", before, COLUMNS) if papers is None else _related_rows(store, before, papers)
    )
    for date, rows in rows_by_date:
        for row in rows:
            if row["dedupe_kind"] == "left":
                continue
            history.remember(row["arxiv_id"], row["title"], row["abstract"], date, row["duplicate_of"])
    return history


def _related_rows(
    store: Store, before: dt.date, papers: Sequence[ListedPaper]
) -> Iterable[tuple[dt.date, list[dict[str, Any]]]]:
    """The rows of each date that lists one of the papers, by id or similar title, or a paper that these rows repeat."""
    titles = sorted({normalized_title(p.title) for p in papers})
    ids, searched_ids = {p.arxiv_id for p in papers}, set[str]()
    index = look_up(store, before, titles, 1 - TITLE_SIMILARITY / 100)
    dates = set(index.near_title_dates)
    rows_by_date: dict[dt.date, list[dict[str, Any]]] = {}
    while dates - set(rows_by_date) or ids - searched_ids:
        dates |= index.dates_with(ids - searched_ids)
        searched_ids |= ids
        for date in dates - set(rows_by_date):
            rows_by_date[date] = read_columns(store, "papers", date, COLUMNS)
        # Also look up the ids of matching rows and the ids that these repeat, so that the first day is found.
        rows = [row for date_rows in rows_by_date.values() for row in date_rows]
        near = _near_titles(titles, {normalized_title(row["title"]) for row in rows})
        for row in rows:
            if row["arxiv_id"] in ids or normalized_title(row["title"]) in near:
                ids |= {row["arxiv_id"], *filter(None, [row["duplicate_of"]])}
    return sorted(rows_by_date.items())


def _near_titles(titles: Sequence[str], others: set[str]) -> set[str]:
    """The titles of `others` that are similar to one of `titles`."""
    return {
        other
        for title in titles
        for other, _, _ in process.extract(title, others, scorer=fuzz.ratio, score_cutoff=TITLE_SIMILARITY, limit=None)
    }
