"""The rerender flow: editions from the snapshots, without network and without model."""

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
from papers.tables.paper_index import term_days
from papers.tables.snapshots import dates_of
from tasks.render import render_day_task


@flow(name="rerender", persist_result=False)
async def rerender(date: dt.date | None = None, profile: str | None = None) -> list[str]:
    """Render one date, or every date of the store, again; returns the keys of the editions.

    Raises UsageError for a date that has no snapshot.
    """
    settings = load_settings(profile=profile)
    store, rules = open_store(settings.store), load_profile(settings.profile)
    dates = [date] if date else dates_of(store, "curation")
    keys: list[str] = []
    terms = term_days(store)
    for each in dates:
        day = load_day(store, each, terms)
        if day is None:
            raise UsageError(f"{store.root} has no snapshot of {each}. Next: daily-papers run --date {each}")
        keys += write_editions(store, render_day_task(opaque(day), opaque(rules), rules.languages))
    await publish(store, settings, rules, dates)
    return keys
