"""The stage that fetches the complete list of a day from the sites that publish it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE

from papers.http import PoliteClient
from papers.models import Listing
from tasks.fetch.list_sources import fetch_listings

__all__ = ["fetch_listings_task"]


@task(name="fetch", task_run_name="fetch {date}", cache_policy=NO_CACHE, persist_result=False)
async def fetch_listings_task(
    date: dt.date, sources: Sequence[str], hf: PoliteClient, arxiv: PoliteClient, save_response: Callable[[bytes], str]
) -> Listing:
    """The list of `date`; see `tasks.fetch.list_sources.fetch_listings`. The HTTP clients do the retries."""
    return await fetch_listings(date, sources, hf, arxiv, save_response)
