"""A day's rows in line with one another, and with the days before it.

What a run computed may hold no more by the time that it is written: another run of the date, or of a day before it,
wrote in between. Plain functions over the store: no network, no model call, no Prefect.
"""

from __future__ import annotations

import datetime as dt

from flows.days.row_updates import Ungrounded, _kept, judge, mark, rewrite_rows
from papers.errors import StoreUnreachable
from papers.models import Paper
from papers.profile import Profile
from papers.store import Store
from papers.tables.concurrent_writers import SnapshotChanged, SnapshotVersions
from papers.tables.snapshots import read_snapshot
from tasks.dedupe.history import load_history

ROUNDS = 50  # that others may write the same date while it is aligned


def reconcile_day(store: Store, profile: Profile, date: dt.date, run_id: str, ungrounded: Ungrounded = "cut") -> bool:
    """Mark the repeats of `date` by what the store holds now, keep readings and analyses of new papers alone, and judge
    them again; whether any row changed. The rows of runs that write the date meanwhile are not lost.

    Raises StoreUnreachable when the store cannot be written, or never comes to rest.
    """
    changed = False
    for _ in range(ROUNDS):
        base = SnapshotVersions.of(store, date)
        papers = read_snapshot(store, "papers", date, Paper) or []
        try:
            marked = mark(date, papers, load_history(store, date, papers))
            if marked != papers or not _kept(store, date, marked):
                rewrite_rows(store, date, papers, marked, run_id, ungrounded, base)
                changed = True
            changed |= judge(store, profile, date, marked, run_id, base)
        except SnapshotChanged:
            continue
        if base.holds(store, date):
            return changed
    raise StoreUnreachable(
        f"The store {store.root}: other runs wrote {date} {ROUNDS} times while its rows were brought in line. "
        "Next: see how many runs of this date there are, and run it again."
    )
