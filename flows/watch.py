"""The watch flow: fails when the day that should be complete by now is not."""

from __future__ import annotations

import datetime as dt

from prefect import flow, get_run_logger

from flows.daily import newest_date
from flows.days.date_selection import last_run
from flows.run_context import open_run_context
from papers.analysis_choice import EXTRACTIVE
from papers.errors import DailyPapersError
from papers.settings import load_settings
from papers.store import Store
from papers.tables.snapshot_keys import key_of
from papers.tables.unfinished_dates import unfinished_dates

DAY_DATASETS = ("papers", "readings", "analyses", "curation")  # what a run writes for every date, even an empty one


class DayMissing(DailyPapersError):
    """The newest listed day has no complete snapshot (exit code 1)."""


@flow(name="watch", persist_result=False)
async def watch(profile: str | None = None) -> dt.date:
    """The newest listed day of the profile, if it is complete in the store.

    Otherwise raises DayMissing, which says what is missing. The run then fails, and the automation of
    `daily-papers setup` sends a message. Raises Unreachable when the site or the store does not answer, with the same
    effect.
    """
    settings = load_settings(profile=profile, model=EXTRACTIVE)  # no model is called, so none has to be available
    async with open_run_context(settings) as context:
        date = await newest_date(context)
        if missing := missing_data(context.store, date):
            raise DayMissing(f"{date}: {missing} in {context.store.root}. Next: daily-papers run --date {date}")
        get_run_logger().info("%s: all of it is in %s", date, context.store.root)
        return date


def missing_data(store: Store, date: dt.date) -> str | None:
    """What the store lacks of `date`, or None if a run has completed it."""
    missing = [dataset for dataset in DAY_DATASETS if not store.exists(key_of(dataset, date))]
    run = last_run(store, date)
    if date in unfinished_dates(store):
        return "a run is writing it, or was killed while it did"
    if missing or run is None:
        return f"no run has finished it (missing: {', '.join(missing or ['runs'])})"
    if run.failed:
        return f"its last run left {run.failed} of {run.new} papers unfinished"
    if run.state != "done":
        return f"{run.stand_ins} of {run.new} papers have an extract instead of a model's analysis"
    return None
