"""The refresh flow: fetch the lists of the last days again, for later upvotes and stars and papers listed late."""

from __future__ import annotations

import datetime as dt

from prefect import flow

from flows.daily import DayReport, newest_date, publish_reports, run_date
from flows.run_context import RunContext, open_run_context
from papers.settings import load_settings
from papers.tables.snapshots import dates_of

DAYS = 7


@flow(name="refresh", persist_result=False)
async def refresh(
    days: int = DAYS, profile: str | None = None, language: str | None = None, model: str | None = None
) -> list[DayReport]:
    """Run the store's dates among the last `days` again, including the newest listed day; returns a report for each.

    The new upvotes and stars become new rows of `popularity`; ranks, verdicts and editions are updated. Readings and
    analyses are kept, so only papers listed late are read and analysed. Days that no run has reported are left to
    `daily` and `backfill`. Raises Unreachable when the site, the store or the model cannot be reached.
    """
    settings = load_settings(profile=profile, language=language, model=model)
    async with open_run_context(settings) as context:
        newest = await newest_date(context)
        reports = [await run_date(date, context) for date in dates_to_refresh(context, newest, days)]
        return await publish_reports(context, reports)


def dates_to_refresh(context: RunContext, newest: dt.date, days: int) -> list[dt.date]:
    """The dates of the store among the `days` up to `newest`, oldest first."""
    return [d for d in dates_of(context.store, "papers") if newest - dt.timedelta(days=days) < d <= newest]
