"""The watch flow: an alarm for the day that should be there by now, and is not."""

from __future__ import annotations

import datetime as dt

from prefect import flow, get_run_logger

from flows.daily import newest_date
from flows.run_context import open_run_context
from papers.analysis_choice import EXTRACTIVE
from papers.day import Run
from papers.errors import DailyPapersError
from papers.settings import load_settings
from papers.store import Store
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import read_snapshot
from papers.tables.unfinished_dates import unfinished

WHOLE = ("papers", "readings", "analyses", "curation")  # what a run leaves of every date, an empty one too


class DayMissing(DailyPapersError):
    """The newest listed day has no complete snapshot (exit code 1)."""


@flow(name="watch", persist_result=False)
async def watch(profile: str | None = None) -> dt.date:
    """The newest listed day of the profile, if the store has it whole.

    Raises DayMissing, which says what is missing, where it is not: the run then fails, and the automation of
    `daily-papers setup` tells whoever asked for messages. Raises Unreachable when the site or the store does not
    answer, which is told likewise.
    """
    settings = load_settings(profile=profile, model=EXTRACTIVE)  # no model is asked, so none has to be there
    async with open_run_context(settings) as bench:
        date = await newest_date(bench)
        if lack := lacking(bench.store, date):
            raise DayMissing(f"{date}: {lack} in {bench.store.root}. Next: daily-papers run --date {date}")
        get_run_logger().info("%s: all of it is in %s", date, bench.store.root)
        return date


def lacking(store: Store, date: dt.date) -> str | None:
    """What the store lacks of `date`, or None where a run has finished it whole."""
    absent = [dataset for dataset in WHOLE if store.get(key_of(dataset, date)) is None]
    runs = read_snapshot(store, "runs", date, Run) or []
    if date in unfinished(store):
        return "a run is writing it, or was killed while it did"
    if absent or not runs:
        return f"no run has finished it (missing: {', '.join(absent or ['runs'])})"
    last = max(runs, key=lambda r: r.finished_at)
    if last.state != "done":
        return f"its last run left {last.failed} of {last.new} papers unfinished"
    return None
