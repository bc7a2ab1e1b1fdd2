"""Readings made again from stored responses, without any request."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Iterable

from papers.arxiv_ids import month_of
from papers.facts.records import ReadingRecord
from papers.http import FetchFailed, HttpResponse
from papers.models import Attempt, ListedPaper, Reading
from papers.reasons import make_reason
from papers.store import Store
from papers.store.raw_responses import load_raw
from tasks.read.best_source import ArxivGate, Fetch, read_paper
from tasks.read.extraction import BodyReader

VERSION = 1  # of the readers and their checks: raise it when the same response gives another reading


def read_again(record: ReadingRecord, paper: ListedPaper, store: Store, read_body: BodyReader) -> Reading:
    """The reading of a record, from the responses that it names. Not to be called in an event loop.

    If the text is that of the record, the attempts are as well. With another version of the readers both may differ.
    """
    reading = asyncio.run(
        read_paper(
            paper,
            fetch=stored_pages(store, record.arxiv_id, record.attempts),
            read_body=read_body,
            save_response=lambda body: hashlib.sha256(body).hexdigest(),
            gate=ArxivGate(),
            listing_url=record.listing_url,
            earlier_attempts=record.attempts,
        )
    )
    if reading.sha256 == record.text_sha256 and reading.state == record.state:
        return reading.model_copy(update={"attempts": record.attempts, "reason": record.reason})
    return reading


def stored_pages(store: Store, arxiv_id: str, attempts: Iterable[Attempt]) -> Fetch:
    """A fetch function that returns the responses of a paper's attempts, and fails for all other paths."""
    by_source: dict[str, Attempt] = {}
    for attempt in attempts:
        by_source.setdefault(attempt.source, attempt)

    async def fetch(path: str) -> HttpResponse:
        attempt = by_source.get(path.partition("/")[0])
        body = load_raw(store, month_of(arxiv_id), attempt.sha256) if attempt and attempt.sha256 else None
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
