"""The stage that marks which papers of a day's list were reported before."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from papers.models import Listing, Paper
from papers.store import Store
from tasks.dedupe.history import load_history
from tasks.dedupe.repeats import dedupe

__all__ = ["dedupe_task"]


@task(name="dedupe", task_run_name="dedupe {listing.date}", cache_policy=NO_CACHE, persist_result=False)
def dedupe_task(listing: Listing, store: Store) -> list[Paper]:
    """The listed papers, each marked as new, in-day, repeat or update relative to all earlier dates."""
    return dedupe(listing, load_history(store, listing.date, listing.papers))
