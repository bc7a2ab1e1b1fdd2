"""The rerender flow: render editions from the snapshots, without network or model."""

from __future__ import annotations

import datetime as dt

from prefect import flow

from flows.days.day_snapshots import load_day, write_editions
from flows.server.task_arguments import opaque
from flows.site import publish
from papers.errors import UsageError
from papers.profile import load_profile
from papers.settings import load_settings
from papers.store import open_store
from papers.tables.paper_index import terms_by_date
from papers.tables.snapshots import dates_of
from tasks.render import render_day_task


@flow(name="rerender", persist_result=False)
async def rerender(date: dt.date | None = None, profile: str | None = None) -> list[str]:
    """Render one date, or every date of the store, again; returns the keys of the Markdown editions.

    Raises UsageError for a date that has no snapshot.
    """
    settings = load_settings(profile=profile)
    store, loaded_profile = open_store(settings.store), load_profile(settings.profile)
    dates = [date] if date else dates_of(store, "curation")
    keys: list[str] = []
    terms = terms_by_date(store)
    for each_date in dates:
        day = load_day(store, each_date, terms)
        if day is None:
            raise UsageError(f"{store.root} has no snapshot of {each_date}. Next: daily-papers run --date {each_date}")
        keys += write_editions(store, render_day_task(opaque(day), opaque(loaded_profile), loaded_profile.languages))
    await publish(store, settings, loaded_profile, dates)
    return keys
