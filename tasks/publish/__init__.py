"""What people open: the static site, its feeds and citations, and the message of the day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE

from papers.models import Language
from papers.store import Store
from tasks.publish.day_sheets import DaySummary
from tasks.publish.notifications import SendReport, send_day
from tasks.publish.page_layout import PageLayout
from tasks.publish.site_build import SiteReport, build_site

__all__ = ["publish_task", "send_task"]


@task(name="publish", task_run_name="publish", cache_policy=NO_CACHE, persist_result=False)
def publish_task(store: Store, shell: PageLayout, dates: Collection[dt.date], full: bool = False) -> SiteReport:
    """Bring the site up to date with the store, after what `dates` changed."""
    return build_site(store, shell, dates, full=full)


@task(name="send", task_run_name="send {line.date}", cache_policy=NO_CACHE, persist_result=False)
def send_task(store: Store, shell: PageLayout, line: DaySummary, language: Language, urls: Sequence[str]) -> SendReport:
    """Send the day's picks to whom they were not sent yet."""
    return send_day(store, shell, line, language, urls)
