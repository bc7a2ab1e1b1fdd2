"""The history that a day's list is held against: every paper of every earlier `papers` snapshot."""

from __future__ import annotations

import datetime as dt

from papers.snapshots import rows_before
from papers.store import Store
from tasks.dedupe.matching import History

COLUMNS = ("arxiv_id", "title", "abstract", "duplicate_of")


def load_history(store: Store, before: dt.date) -> History:
    """All papers listed before that date, however the dates were processed."""
    history = History()
    for date, rows in rows_before(store, "papers", before, COLUMNS):
        for row in rows:
            history.remember(row["arxiv_id"], row["title"], row["abstract"], date, row["duplicate_of"])
    return history
