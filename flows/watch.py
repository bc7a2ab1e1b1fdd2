"""The watch flow: fails when the day that should be complete by now is not."""

from __future__ import annotations

import datetime as dt

from prefect import flow, get_run_logger

from flows.daily import newest_date
from flows.days.date_states import DateStates
from flows.run_context import open_run_context
from papers.analysis_choice import EXTRACTIVE
from papers.errors import DailyPapersError
from papers.settings import load_settings
from papers.store import Store


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
    states = DateStates(store)
    outcome = states.outcome(date)
    if date not in states.dates:
        return "no run has been started for it"
    if outcome is None or not states.is_finished(date):
        return "no run has finished it: one is working on it, or was killed while it did"
    if outcome.failed:
        return f"its last run left {len(outcome.failed)} of {outcome.new} papers unfinished"
    if outcome.state != "done":
        return f"{len(outcome.stand_ins)} of {outcome.new} papers have an extract instead of a model's analysis"
    return None
