"""Make a day's rows consistent with one another and with earlier days.

What a run computed may be outdated by the time that it is written, if another run of the date, or of an earlier day,
wrote in between. Plain functions over the store: no network, no model call, no Prefect.
"""

from __future__ import annotations

import datetime as dt

from flows.days.row_updates import mark_repeats, rewrite_rows, rows_match_papers, update_verdicts
from papers.errors import StoreUnreachable
from papers.models import Paper
from papers.profile import Profile
from papers.settings import Ungrounded
from papers.store import Store
from papers.tables.concurrent_writers import SnapshotChanged, SnapshotVersions
from papers.tables.snapshots import read_snapshot
from tasks.dedupe.history import load_history

MAX_ROUNDS = 50  # how often other runs may write the date while it is reconciled


def reconcile_day(store: Store, profile: Profile, date: dt.date, run_id: str, ungrounded: Ungrounded = "cut") -> bool:
    """Mark the repeats of `date` by what the store holds now, keep only readings and analyses of new papers, and update
    the verdicts. Returns whether any row changed. Rows that other runs write meanwhile are not lost.

    Raises StoreUnreachable when the store cannot be written, or when other runs keep changing the date.
    """
    changed = False
    for _ in range(MAX_ROUNDS):
        base = SnapshotVersions.of(store, date)
        papers = read_snapshot(store, "papers", date, Paper) or []
        try:
            marked_papers = mark_repeats(date, papers, load_history(store, date, papers))
            if marked_papers != papers or not rows_match_papers(store, date, marked_papers):
                rewrite_rows(store, date, papers, marked_papers, run_id, ungrounded, base)
                changed = True
            changed |= update_verdicts(store, profile, date, marked_papers, run_id, base)
        except SnapshotChanged:
            continue
        if base.holds(store, date):
            return changed
    raise StoreUnreachable(
        f"The store {store.root}: other runs wrote {date} {MAX_ROUNDS} times while its rows were brought in line. "
        "Next: see how many runs of this date there are, and run it again."
    )
