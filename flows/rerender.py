"""The rerender flow: bring views up to date with facts, profile and program, without network or model."""

from __future__ import annotations

import asyncio
import datetime as dt

from prefect import flow

from flows.days.derivation import derive_views
from flows.site import publish
from papers.errors import UsageError
from papers.profile import load_profile
from papers.settings import load_settings
from papers.store import open_store
from papers.tables.manifests import Manifests


@flow(name="rerender", persist_result=False)
async def rerender(date: dt.date | None = None, profile: str | None = None) -> list[str]:
    """Bring the views of one date, or of every date, up to date; returns the keys of the Markdown editions.

    Only what depends on a change is made again: of the profile, the program, or files that are missing or damaged.
    Raises UsageError for a date that no run has finished.
    """
    settings = load_settings(profile=profile)
    store, loaded_profile = open_store(settings.store), load_profile(settings.profile)
    all_dates = await asyncio.to_thread(lambda: Manifests(store).dates)
    if date is not None and date not in all_dates:
        raise UsageError(f"{store.root} has no snapshot of {date}. Next: daily-papers run --date {date}")
    dates = [date] if date else all_dates
    update = await asyncio.to_thread(
        derive_views, store, loaded_profile, settings.ungrounded, dates, list_changed=False
    )
    if date in update.without_list:
        raise update.without_list[date]
    await publish(store, settings, loaded_profile, sorted(update.days))
    return [key for d in dates if d in update.days for key in update.days[d].manifest.edition_keys()]
