"""Publishing: the static site, its feeds and citations, and the message of the day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE

from papers.models import Language
from papers.roundups import RoundupHeadlines
from papers.store import Store
from tasks.publish.day_sheets import DaySummary
from tasks.publish.notifications import SendReport, send_day, send_roundup
from tasks.publish.page_layout import PageLayout
from tasks.publish.site_build import SiteReport, build_site

__all__ = ["publish_task", "send_roundup_task", "send_task"]


@task(name="publish", task_run_name="publish", cache_policy=NO_CACHE, persist_result=False)
def publish_task(store: Store, layout: PageLayout, dates: Collection[dt.date], full: bool = False) -> SiteReport:
    """Bring the site up to date with the store after changes to `dates`."""
    return build_site(store, layout, dates, full=full)


@task(name="send", task_run_name="send {day.date}", cache_policy=NO_CACHE, persist_result=False)
def send_task(store: Store, layout: PageLayout, day: DaySummary, language: Language, urls: Sequence[str]) -> SendReport:
    """Send the day's picks to the addresses that have not received them yet."""
    return send_day(store, layout, day, language, urls)


@task(name="send", task_run_name="send {roundup.name}", cache_policy=NO_CACHE, persist_result=False)
def send_roundup_task(
    store: Store, layout: PageLayout, roundup: RoundupHeadlines, language: Language, urls: Sequence[str]
) -> SendReport:
    """Send a roundup's headline to the addresses that have not received it yet."""
    return send_roundup(store, layout, roundup, language, urls)
