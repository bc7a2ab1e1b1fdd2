"""Inputs for rebuilding a date without requests: its list from the snapshot, its pages from `raw/`."""

from __future__ import annotations

import datetime as dt

from papers.errors import UsageError
from papers.http import FetchFailed, HttpResponse
from papers.models import ListedPaper, Listing, Paper, Reading, SetAside
from papers.reasons import make_reason
from papers.store import Store
from papers.store.raw_responses import load_raw
from papers.tables.snapshots import read_snapshot
from tasks.read.best_source import Fetch


def stored_listing(store: Store, date: dt.date) -> Listing:
    """The list of `date` from its snapshot. Raises UsageError if it was never fetched."""
    papers = read_snapshot(store, "papers", date, Paper)
    if papers is None:
        raise UsageError(f"{store.root} has no list of {date}. Next: run it without --from-raw")
    listed = [ListedPaper.model_validate(p.model_dump(include=set(ListedPaper.model_fields))) for p in papers]
    return Listing(
        date=date,
        source="hf",
        url="",
        sha256=papers[0].listing_sha256 if papers else "",
        captured_at=papers[0].captured_at if papers else dt.datetime.now(dt.UTC),
        papers=listed,
        set_aside=read_snapshot(store, "set_aside", date, SetAside) or [],
    )


def stored_pages(store: Store, earlier: Reading | None) -> Fetch:
    """A fetch function that returns the stored responses of an earlier reading, and fails for all other paths."""
    attempts = {a.source: a for a in earlier.attempts} if earlier else {}

    async def fetch(path: str) -> HttpResponse:
        attempt = attempts.get(path.partition("/")[0])  # type: ignore[call-overload]
        body = load_raw(store, attempt.sha256) if attempt and attempt.sha256 else None
        if attempt is None or body is None:
            raise FetchFailed(path, 404, (attempt and attempt.reason) or make_reason("no-response"))
        return HttpResponse(
            url=attempt.url,
            status=attempt.status or 200,
            body=body,
            content_type="",
            fetched_at=attempt.fetched_at or dt.datetime.now(dt.UTC),
        )

    return fetch
