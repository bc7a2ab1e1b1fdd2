"""Adds the facts of a date, by the stages' tasks: its list, the readings and the analyses of its new papers."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from flows.days.day_rows import MarkedList
from flows.days.earlier_work import EarlierWork, ReadBefore
from flows.days.neighbours import Neighbours
from flows.days.progress import reporter
from flows.days.record_choice import DayMemory, adopt_records, hash_of_record
from flows.run_context import RunContext
from flows.server.artifacts import DayProgress
from flows.server.task_arguments import opaque
from papers.arxiv_ids import month_of
from papers.errors import DailyPapersError, UsageError
from papers.facts.day_facts import DayFacts
from papers.facts.records import AnalysisRecord, ReadingRecord
from papers.models import Listing, Paper, Reading
from papers.reasons import make_reason
from tasks.analyze import analyze_paper_task
from tasks.fetch import fetch_listings_task
from tasks.read import read_paper_task
from tasks.read.best_source import Fetch
from tasks.read.stored_readings import stored_pages


@dataclass(frozen=True)
class DayPlan:
    """How a date is run. By default its list is fetched, and later dates are updated.

    `wait` is awaited before the views are derived, which depend on those of earlier dates.
    """

    list_from_store: bool = False
    pages_from_store: bool = False
    later: bool = True
    wait: Callable[[], Awaitable[None]] | None = None


async def collect_list(context: RunContext, facts: DayFacts, plan: DayPlan, run_id: str) -> list[str]:
    """Record the date's list; returns warnings. Raises UsageError if it has to be in the store and is not."""
    if plan.list_from_store or plan.pages_from_store:
        if not facts.captures():
            raise UsageError(f"{context.store.root} has no list of {facts.date}. Next: run it without --from-raw")
        return []
    save_response = context.save_responses(f"{facts.date:%y%m}")
    listing: Listing = await fetch_listings_task(
        facts.date, context.profile.sources, context.hf, context.arxiv, save_response
    )
    await asyncio.to_thread(facts.add_capture, listing, run_id)
    return list(listing.warnings)


@task(name="dedupe", task_run_name="dedupe {date}", cache_policy=NO_CACHE, persist_result=False)
def mark_repeats_task(date: dt.date, neighbours: Neighbours, facts: DayFacts) -> MarkedList:
    """The list of `date`, each paper marked as new, in-day, repeat, update or left."""
    return neighbours.marked_list(facts)


class PaperWork:
    """Reads and analyses the new papers of a date; each attempt is recorded when it ends.

    `earlier` is what is on record before; `memory` gets the readings and analyses.
    """

    def __init__(
        self, context: RunContext, facts: DayFacts, earlier: EarlierWork, memory: DayMemory, plan: DayPlan, run_id: str
    ) -> None:
        self.context, self.facts, self.earlier = context, facts, earlier
        self.memory, self.plan, self.run_id = memory, plan, run_id
        self.languages = context.settings.language
        self.progress: DayProgress | None = None

    async def run(self, papers: Sequence[Paper]) -> None:
        """Work on all papers that need it, at once, each analysed as soon as it is read."""
        await asyncio.to_thread(adopt_records, self.context.store, self.facts, [p.arxiv_id for p in papers])
        unread = [p for p in papers if self._needs_reading(p)]
        read_ids = {p.arxiv_id for p in papers} - {p.arxiv_id for p in unread}
        unanalyzed = [p for p in papers if p.arxiv_id in read_ids and self._missing_languages(p)]
        if unread:
            self.context.body_readers.start()
        if steps := len(unread) * (1 + len(self.languages)) + len(unanalyzed) * len(self.languages):
            self.progress = await DayProgress.start(self.facts.date.isoformat(), steps)
        jobs = [self._read_and_analyze(p) for p in unread] + [self._analyze_missing(p) for p in unanalyzed]
        await _gather(jobs)

    def _needs_reading(self, paper: Paper) -> bool:
        before = self.earlier.reading(paper)
        return before is None or not before.is_best or self.plan.pages_from_store

    def _missing_languages(self, paper: Paper) -> list[Any]:
        before, analyst = self.earlier.reading(paper), self.context.analyst
        if before is None or before.state != "done":
            return []
        keys = {code: analyst.analysis_key(paper, before.text_sha256, code) for code in self.languages}
        return [c for c, key in keys.items() if not self.earlier.has_analysis(paper, c, key, analyst.name)]

    async def _read_and_analyze(self, paper: Paper) -> None:
        before = self.earlier.reading(paper)
        async with self.context.readers:
            reading = await self._read(paper, before)
        reporter.get().on_reading(paper, reading)
        if before is not None and (before.is_as(reading) or before.is_better_than(reading)):
            await self._step(1)
            await self._analyze_missing(paper)
            return
        await self._record_reading(paper, reading)
        await self._step(1)
        await self._analyze(paper, reading, self.languages)

    async def _analyze_missing(self, paper: Paper) -> None:
        """Analyse the paper's earlier reading in the languages in which that was not done yet."""
        missing = self._missing_languages(paper)
        if missing:
            await self._analyze(paper, await asyncio.to_thread(self.earlier.text_of, paper), missing)
        await self._step(len(self.languages) - len(missing))

    async def _record_reading(self, paper: Paper, reading: Reading) -> None:
        record = ReadingRecord.of(reading, self.run_id, dt.datetime.now(dt.UTC), self._listing_url(paper))
        self.memory.readings[hash_of_record(record)] = reading
        await asyncio.to_thread(self.facts.add_reading, record)

    async def _analyze(self, paper: Paper, reading: Reading, languages: Sequence[Any]) -> None:
        for language in languages:
            analysis = await analyze_paper_task(self.context.analyst, opaque(paper), opaque(reading), language)
            record = AnalysisRecord.of(analysis, self.run_id, dt.datetime.now(dt.UTC), reading.sha256)
            self.memory.analyses[hash_of_record(record)] = analysis
            await asyncio.to_thread(self.facts.add_analysis, record)
            reporter.get().on_analysis(paper, analysis)
            await self._step(1)

    async def _step(self, count: int) -> None:
        for _ in range(count):
            if self.progress is not None:
                await self.progress.step()

    def _listing_url(self, paper: Paper) -> str:
        return f"{self.context.hf.base_url}/papers/{paper.arxiv_id}"

    async def _read(self, paper: Paper, before: ReadBefore | None) -> Reading:
        """A new reading of the paper, or with `pages_from_store` one of the stored responses."""
        context = self.context
        fetch: Fetch = context.arxiv.get
        if self.plan.pages_from_store:
            attempts = before.attempts if before else []
            fetch = stored_pages(context.store, paper.arxiv_id, attempts)
        try:
            return await read_paper_task(
                opaque(paper),
                fetch=fetch,
                read_body=opaque(context.body_readers.read_body),
                save_response=context.save_responses(month_of(paper.arxiv_id)),
                gate=opaque(context.gate),
                listing_url=self._listing_url(paper),
                earlier_attempts=opaque(
                    before.attempts if before is not None and not self.plan.pages_from_store else []
                ),
            )
        except DailyPapersError:
            raise
        except Exception as error:  # noqa: BLE001 - one paper's failure is recorded and does not stop the others
            get_run_logger().exception("%s: the reading broke off", paper.arxiv_id)
            return Reading(
                arxiv_id=paper.arxiv_id,
                state="failed",
                reason=make_reason("reading-broke-off", error=f"{type(error).__name__}: {error}"),
            )


async def _gather(jobs: Sequence[Awaitable[Any]]) -> None:
    """Await all jobs; the first error cancels the others and is raised unchanged."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
