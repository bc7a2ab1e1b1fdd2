"""The bundled sample days through the stages: lists, readings with their records, and extracts. Nothing is mocked."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from papers.arxiv_ids import month_of
from papers.facts.records import ReadingRecord
from papers.http import PoliteClient
from papers.models import Analysis, Language, Listing, Paper, Reading
from papers.sample import SAMPLE_DAYS, sample_transport
from papers.settings import Settings
from papers.store.raw_responses import RawResponses
from tasks.analyze.analyst import Analyst
from tasks.dedupe.repeats import History, dedupe
from tasks.fetch.hugging_face import fetch_listing
from tasks.read.best_source import ArxivGate, read_paper
from tests.plain import MemoryStore
from tests.reading import read_here

SITE = "https://sample.example"
NOON = dt.datetime(2026, 1, 9, 12, tzinfo=dt.UTC)
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass
class SampleDays:
    """Both days: their lists, the papers as dedupe marked them, the new ones' readings, and the stored responses."""

    store: MemoryStore = field(default_factory=MemoryStore)
    listings: dict[dt.date, Listing] = field(default_factory=dict)
    papers: dict[dt.date, list[Paper]] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    records: dict[str, ReadingRecord] = field(default_factory=dict)

    def new(self) -> list[Paper]:
        """The papers that are new on one of the days."""
        return [p for papers in self.papers.values() for p in papers if p.dedupe_kind == "new"]


@cache
def sample_days() -> SampleDays:
    """The sample days, read once. Not to be called in an event loop; callers must not change them."""
    return asyncio.run(_run())


async def _run() -> SampleDays:
    days, history = SampleDays(), History()
    responses = RawResponses(days.store)
    async with PoliteClient(SITE, transport=sample_transport(), interval=0.0) as client:
        for date in SAMPLE_DAYS:
            fetched = await fetch_listing(date, client, lambda _: "")
            listing = fetched.model_copy(update={"captured_at": NOON, "site_time": None})
            days.listings[date] = listing
            days.papers[date] = dedupe(listing, history)
            for paper in days.papers[date]:
                history.add(paper, date, paper.duplicate_of)
        for paper in days.new():
            url, month = f"{SITE}/papers/{paper.arxiv_id}", month_of(paper.arxiv_id)
            reading = await read_paper(
                paper,
                fetch=client.get,
                read_body=read_here,
                save_response=lambda body, month=month: responses.save(month, body),  # type: ignore[misc]
                gate=ArxivGate(),
                listing_url=url,
            )
            days.readings[paper.arxiv_id] = reading
            days.records[paper.arxiv_id] = ReadingRecord.of(reading, "r1", NOON, url)
    return days


@cache
def sample_extracts() -> dict[tuple[str, Language], Analysis]:
    """The extract of each new paper in both languages, as a run makes it."""

    async def run() -> dict[tuple[str, Language], Analysis]:
        settings: dict[str, Any] = {"model": "extractive", "language": "zh,en"}
        analyst = Analyst(Settings(_env_file=None, **settings), MemoryStore(), [])
        return {
            (paper.arxiv_id, language): await analyst.analyze(paper, days.readings[paper.arxiv_id], language)
            for paper in days.new()
            for language in LANGUAGES
        }

    days = sample_days()
    return asyncio.run(run())
