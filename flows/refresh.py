"""The refresh flow: the lists of the last days once more, for later upvotes and stars, and for papers listed late."""

from __future__ import annotations

import datetime as dt

from prefect import flow

from flows.daily import DayReport, newest_date, published, run_date
from flows.run_context import RunContext, open_run_context
from papers.settings import load_settings
from papers.tables.snapshots import dates_of

DAYS = 7


@flow(name="refresh", persist_result=False)
async def refresh(
    days: int = DAYS, profile: str | None = None, language: str | None = None, model: str | None = None
) -> list[DayReport]:
    """Run the store's dates of the last `days` again, the newest listed day included; a report for each.

    A capture of the figures is a new row of `popularity`; rank, verdicts and editions follow. What was read and
    analysed stays, so that only papers listed late are read and analysed. Days that no run has reported are left to
    `daily` and `backfill`. Raises Unreachable when the site, the store or the model cannot be reached.
    """
    settings = load_settings(profile=profile, language=language, model=model)
    async with open_run_context(settings) as bench:
        newest = await newest_date(bench)
        reports = [await run_date(date, bench) for date in refreshed(bench, newest, days)]
        return await published(bench, reports)


def refreshed(bench: RunContext, newest: dt.date, days: int) -> list[dt.date]:
    """The dates of the store among the `days` up to `newest`, oldest first."""
    return [d for d in dates_of(bench.store, "papers") if newest - dt.timedelta(days=days) < d <= newest]
