"""The records of what happened to a date: captures of its list, attempts to read and analyse, runs."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from papers.models import Analysis, Attempt, Language, Listing, Model, Reading, ReadingSource, Reason

MAX_SKEW = dt.timedelta(hours=1)  # between this machine's clock and the site's
DAY_BEGINS = dt.timedelta(hours=14)  # before midnight UTC, in the time zone furthest to the east


class Capture(Model):
    """A day's list as a run got it."""

    run_id: str
    listing: Listing


def clock_was_wrong(listing: Listing) -> bool:
    """Whether a list was fetched by a wrong clock: not at the site's time, or before the day began anywhere."""
    if listing.site_time is not None and abs(listing.captured_at - listing.site_time) > MAX_SKEW:
        return True
    return listing.captured_at < dt.datetime.combine(listing.date, dt.time(), dt.UTC) - DAY_BEGINS


class ReadingRecord(Model):
    """An attempt to read a paper: every source that was tried, and what came of it.

    The text is not kept here: it is made again from the response under `raw/` (`Attempt.sha256`).
    """

    run_id: str
    at: dt.datetime
    arxiv_id: str
    listing_url: str  # of the abstract on the list, the last resort
    attempts: list[Attempt]
    state: Literal["done", "failed", "withdrawn"]
    reason: Reason | None = None
    source: ReadingSource | None = None
    text_sha256: str | None = None

    @classmethod
    def of(cls, reading: Reading, run_id: str, at: dt.datetime, listing_url: str) -> ReadingRecord:
        """The record of a reading."""
        return cls(
            run_id=run_id,
            at=at,
            arxiv_id=reading.arxiv_id,
            listing_url=listing_url,
            attempts=reading.attempts,
            state=reading.state,
            reason=reading.reason,
            source=reading.source,
            text_sha256=reading.sha256,
        )


class AnalysisRecord(Model):
    """An attempt to analyse a paper in a language.

    A model's analysis is kept under its cache key, an extract is made again from the text. `row` is the row of an
    analysis that is not done.
    """

    run_id: str
    at: dt.datetime
    arxiv_id: str
    language: Language
    text_sha256: str | None
    state: Literal["done", "failed", "budget"]
    reason: Reason | None = None  # of an extract: why it takes the place of a model's analysis
    model: str
    prompt_version: str
    cache_key: str
    input_tokens: int = 0  # with the two below: what an extract's failed calls cost
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    seconds: float = 0.0
    row: Analysis | None = None

    @classmethod
    def of(cls, analysis: Analysis, run_id: str, at: dt.datetime, text_sha256: str | None) -> AnalysisRecord:
        """The record of an analysis of the text with that hash."""
        names = ("arxiv_id", "language", "state", "reason", "model", "prompt_version", "cache_key")
        counts = ("input_tokens", "cached_tokens", "output_tokens", "cost_usd", "seconds")
        fields = {name: getattr(analysis, name) for name in (*names, *counts)}
        row = None if analysis.state == "done" else analysis
        return cls(run_id=run_id, at=at, text_sha256=text_sha256, row=row, **fields)


class RunStart(Model):
    """A run began to add facts to a date. Without a record of its end it is still going on, or was killed."""

    run_id: str
    started_at: dt.datetime
