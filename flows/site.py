"""The end of a run: update the site and send the day's picks. A failure here is a warning and does not fail the day."""

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
from tasks.publish import publish_task, send_roundup_task, send_task
from tasks.publish.day_sheets import load_sheets
from tasks.publish.notifications import addresses
from tasks.publish.page_layout import PageLayout
from tasks.publish.roundup_feed import read_headlines
from tasks.publish.site_build import SiteReport

ROUNDUP_NEWS = dt.timedelta(days=8)  # a list this long after a period means that its roundup is no news


def page_layout(settings: Settings, profile: Profile) -> PageLayout:
    """The layout of the site's pages, from the profile and the settings."""
    return PageLayout(profile, settings.site_url)


@flow(name="site", persist_result=False)
async def site(full: bool = False, profile: str | None = None) -> SiteReport:
    """Update the site from the whole store; `full` rebuilds every page.

    Raises UsageError for an unusable profile or store address, StoreUnreachable for an unreachable store.
    """
    settings = load_settings(profile=profile)
    loaded_profile, store = load_profile(settings.profile), open_store(settings.store)
    layout = page_layout(settings, loaded_profile)
    return await asyncio.to_thread(publish_task, opaque(store), opaque(layout), dates_of(store, "curation"), full)


def dates_from(store: Store, dates: Collection[dt.date]) -> list[dt.date]:
    """All dates in the store from the earliest of `dates` on: a change of a day may affect the later ones."""
    return [d for d in dates_of(store, "curation") if dates and d >= min(dates)]


async def publish(
    store: Store,
    settings: Settings,
    profile: Profile,
    dates: Collection[dt.date],
    *,
    notify_date: dt.date | None = None,
    notify_roundup: str | None = None,
) -> list[str]:
    """Update the site after a run that changed `dates`; send the picks of `notify_date` or a roundup's headline.

    Never raises. Only what is new is sent: picks of the newest day in the store, and a roundup whose period ended at
    most a week before that day. A failure shows as a failed task run in the
    UI, as a warning in the log, and in the returned warnings.
    """
    warnings: list[str] = []
    if settings.site:
        warnings += await _publish_site(store, settings, profile, dates)
    if notify_date is not None:
        warnings += await _send_message(store, settings, profile, notify_date)
    if notify_roundup is not None:
        warnings += await _send_roundup(store, settings, profile, notify_roundup)
    for warning in warnings:
        _logger().warning(warning)
    return warnings


async def _publish_site(store: Store, settings: Settings, profile: Profile, dates: Collection[dt.date]) -> list[str]:
    try:
        layout = page_layout(settings, profile)
        report = await asyncio.to_thread(publish_task, opaque(store), opaque(layout), dates_from(store, dates))
    except Exception as error:  # noqa: BLE001 - the day is stored; the next run updates the site
        _logger().debug("publish", exc_info=True)
        return [f"The site was not updated: {_error_text(error)}. Next: daily-papers site"]
    return list(report.warnings)


async def _send_message(store: Store, settings: Settings, profile: Profile, date: dt.date) -> list[str]:
    urls = addresses(settings.notify.get_secret_value() if settings.notify else None)
    if not urls:
        return []
    try:
        day = load_sheets(store, date, profile) if dates_from(store, [date]) == [date] else None
        if day is None:
            return []
        layout = page_layout(settings, profile)
        language = settings.language[0]
        report = await asyncio.to_thread(
            send_task, opaque(store), opaque(layout), opaque(day.summary()), language, opaque(urls)
        )
    except Exception as error:  # noqa: BLE001 - as above
        _logger().debug("send", exc_info=True)
        return [f"The picks of {date} were not sent: {_error_text(error)}. The next run of that date tries again."]
    return list(report.warnings)


async def _send_roundup(store: Store, settings: Settings, profile: Profile, name: str) -> list[str]:
    urls = addresses(settings.notify.get_secret_value() if settings.notify else None)
    try:
        record = read_headlines(store, name) if urls else None
        if record is None or dates_from(store, [record.end + ROUNDUP_NEWS]):
            return []
        layout = page_layout(settings, profile)
        report = await asyncio.to_thread(
            send_roundup_task, opaque(store), opaque(layout), opaque(record), settings.language[0], opaque(urls)
        )
    except Exception as error:  # noqa: BLE001 - as above
        _logger().debug("send", exc_info=True)
        return [f"The roundup {name} was not sent: {_error_text(error)}. The next run of it tries again."]
    return list(report.warnings)


def _error_text(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(".")


def _logger() -> Any:
    try:
        return get_run_logger()
    except MissingContextError:  # called outside a flow
        return get_logger("flows.site")
