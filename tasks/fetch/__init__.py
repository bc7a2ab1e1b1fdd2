"""Fetch: the day's list, whole, from the site that publishes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from prefect import task
from prefect.cache_policies import NO_CACHE

from papers.http import PoliteClient
from papers.models import Listing
from tasks.fetch.hugging_face import fetch_listing

__all__ = ["fetch_listing_task"]


@task(name="fetch", task_run_name="fetch {date}", cache_policy=NO_CACHE, persist_result=False)
async def fetch_listing_task(date: dt.date, client: PoliteClient, keep: Callable[[bytes], str]) -> Listing:
    """The list of `date`; see `tasks.fetch.hugging_face.fetch_listing`. The client does the retries."""
    return await fetch_listing(date, client, keep)
