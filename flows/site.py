"""The end of a run: the site brought up to date, the day's picks sent. What fails here is told and ends no day."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection
from typing import Any

from prefect import flow
from prefect.exceptions import MissingContextError
from prefect.logging import get_logger, get_run_logger

from flows.server.task_arguments import opaque
from papers.profile import Profile, load_profile
from papers.settings import Settings, load_settings
from papers.store import Store, open_store
from papers.tables.snapshots import dates_of
from tasks.publish import publish_task, send_task
from tasks.publish.day_sheets import load_sheets
from tasks.publish.notifications import addresses
from tasks.publish.page_layout import PageLayout
from tasks.publish.site_build import SiteReport


def page_layout(settings: Settings, profile: Profile) -> PageLayout:
    """What pages are made with."""
    return PageLayout(profile, settings.site_url)


@flow(name="site", persist_result=False)
async def site(full: bool = False, profile: str | None = None) -> SiteReport:
    """Bring the site up to date with all of the store; `full` makes every page again.

    Raises UsageError for a profile or a store address that cannot be used, StoreUnreachable for a store that cannot.
    """
    settings = load_settings(profile=profile)
    rules, store = load_profile(settings.profile), open_store(settings.store)
    shell = page_layout(settings, rules)
    return await asyncio.to_thread(publish_task, opaque(store), opaque(shell), dates_of(store, "curation"), full)


def days_from(store: Store, dates: Collection[dt.date]) -> list[dt.date]:
    """All days on record from the earliest of `dates` on: what those changed may have changed the later ones."""
    return [d for d in dates_of(store, "curation") if dates and d >= min(dates)]


async def publish(
    store: Store,
    settings: Settings,
    profile: Profile,
    dates: Collection[dt.date],
    *,
    full: bool = False,
    tell: dt.date | None = None,
) -> list[str]:
    """After a run that changed `dates`: the site, and the message of the day `tell`; returns warnings, never raises.

    A message goes out for the newest day on record alone.

    What failed is a failed task run in the UI, a warning in the log, and one of those returned.
    """
    warnings: list[str] = []
    if settings.site:
        warnings += await _site(store, settings, profile, dates, full)
    if tell is not None:
        warnings += await _message(store, settings, profile, tell)
    for warning in warnings:
        _log().warning(warning)
    return warnings


async def _site(
    store: Store, settings: Settings, profile: Profile, dates: Collection[dt.date], full: bool
) -> list[str]:
    try:
        shell = page_layout(settings, profile)
        report = await asyncio.to_thread(publish_task, opaque(store), opaque(shell), days_from(store, dates), full)
    except Exception as error:  # noqa: BLE001 - the day is done and kept; its site comes with the next run
        _log().debug("publish", exc_info=True)
        return [f"The site was not brought up to date: {_told(error)}. Next: daily-papers site"]
    return list(report.warnings)


async def _message(store: Store, settings: Settings, profile: Profile, date: dt.date) -> list[str]:
    urls = addresses(settings.notify.get_secret_value() if settings.notify else None)
    if not urls:
        return []
    try:
        day = load_sheets(store, date, ()) if days_from(store, [date]) == [date] else None
        if day is None:
            return []
        shell = page_layout(settings, profile)
        language = settings.language[0]
        report = await asyncio.to_thread(
            send_task, opaque(store), opaque(shell), opaque(day.line()), language, opaque(urls)
        )
    except Exception as error:  # noqa: BLE001 - as above
        _log().debug("send", exc_info=True)
        return [f"The picks of {date} were not sent: {_told(error)}. The next run of that date tries again."]
    return list(report.warnings)


def _told(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")


def _log() -> Any:
    try:
        return get_run_logger()
    except MissingContextError:  # called outside of a flow
        return get_logger("flows.site")
