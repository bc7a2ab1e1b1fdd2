"""The backfill flow: run a range of dates, here or on workers, oldest first. A second call runs what is incomplete."""

from __future__ import annotations

import asyncio
import ctypes
import datetime as dt
import gc
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import uuid4

import pyarrow as pa
from prefect import flow
from prefect.client.schemas.objects import FlowRun
from prefect.runtime import flow_run

from flows.daily import DayReport, run_backfill_date
from flows.days.backfill_report import BackfillReport, DateOutcome, DatesIncomplete
from flows.days.date_selection import validate_range
from flows.days.date_states import DateStates
from flows.days.progress import reporter
from flows.days.view_updates import ListWriter, update_views
from flows.fact_collection import DayPlan
from flows.run_context import RunContext, open_run_context
from flows.server.artifacts import BackfillProgress, show_outcomes
from flows.server.deployed_runs import read_deployment, run_deployed
from flows.site import publish
from papers.errors import DailyPapersError, ModelUnreachable, SiteUnreachable, StoreUnreachable, Unreachable
from papers.facts.day_facts import DayFacts, end_key
from papers.models import Listing
from papers.reasons import reason_text
from papers.settings import load_settings
from papers.tables.parquet import SnapshotBroken
from tasks.analyze import clear_text_caches
from tasks.read.best_source import ArxivGate

CONCURRENT_DATES = 3  # while the last papers of one date wait for the model, the next date is read
CONCURRENT_LISTS = 4
MAX_FAILED_LISTS = 3  # when this many lists fail and none succeeds, the site counts as unreachable


@flow(name="backfill", flow_run_name="backfill {start} to {end}", persist_result=False)
async def backfill(
    start: dt.date,
    end: dt.date,
    profile: str | None = None,
    language: str | None = None,
    model: str | None = None,
    deploy: bool = False,
) -> BackfillReport:
    """Run every date from `start` to `end` that is not complete: lists first, then the days, oldest first.

    The dates run in this process, or with `deploy` as runs of the deployment `daily/daily` on the workers of the
    Prefect server; both give the same snapshots. A date that fails does not stop the rest. Parameters that are None
    come from the settings, or with `deploy` from the deployment.

    Raises DatesIncomplete, with the report, when dates are incomplete at the end, UsageError for an invalid range,
    and SiteUnreachable when the site returns no list at all.
    """
    parameters = {k: v for k, v in {"profile": profile, "language": language, "model": model}.items() if v is not None}
    deployment = await read_deployment() if deploy else None
    if deployment is not None and language is None:
        language = deployment.parameters.get("language") or None
    settings = load_settings(profile=profile, language=language, model=model)
    async with open_run_context(settings) as context:
        dates = validate_range(start, end, context.profile.time_zone)
        job = _BackfillJob(context, dates)
        await job.start()
        if job.todo:
            await job.fetch_lists()
            if deployment is None:
                await job.run_here()
            else:
                async for date, run in run_deployed(deployment, job.listed_dates, parameters):
                    await job.record(job.worker_outcome(date, run))
        return await job.finish()


class _BackfillJob:
    """The state of one backfill."""

    def __init__(self, context: RunContext, dates: Sequence[dt.date]) -> None:
        self.context, self.dates = context, dates
        self.languages = context.settings.language
        self.outcomes: dict[dt.date, DateOutcome] = {}
        self.states = DateStates(context.store)
        self.todo = [d for d in dates if not self.states.is_complete(d, self.languages)]
        self.listed_dates: list[dt.date] = []  # the dates of `todo` whose list is in the store
        self.stopped_by: Unreachable | None = None
        self._list_writer: ListWriter | None = None
        self._progress: BackfillProgress | None = None

    async def start(self) -> None:
        """Report what there is to do."""
        for date in self.dates:
            if date not in self.todo and (outcome := self.states.outcome(date)):
                self.outcomes[date] = DateOutcome(date, "complete", outcome.listed, outcome.new)
        if self.todo:
            self._progress = await BackfillProgress.start(self.dates[0], self.dates[-1], len(self.todo))
        complete_count = len(self.dates) - len(self.todo)
        reporter.get().on_dates(len(self.todo))
        reporter.get().message(f"{len(self.dates)} dates: {complete_count} complete, {len(self.todo)} to do")

    async def record(self, outcome: DateOutcome) -> None:
        """Record and report the outcome of a date."""
        self.outcomes[outcome.date] = outcome
        reporter.get().on_date_end(outcome.date.isoformat(), _outcome_text(outcome))
        assert self._progress is not None
        await self._progress.step()

    # --- lists -------------------------------------------------------------------------------------------------------

    async def fetch_lists(self) -> None:
        """Record the list of every date, with repeats marked against all earlier lists.

        With all lists in the store, which papers are new on a date does not depend on which dates have been run.
        """
        failures = 0
        for n in range(0, len(self.todo), CONCURRENT_LISTS):
            batch = self.todo[n : n + CONCURRENT_LISTS]
            listings = await asyncio.gather(*map(self.context.fetch_list, batch), return_exceptions=True)
            for date, listing in zip(batch, listings, strict=True):
                if isinstance(listing, Listing):
                    failures = 0
                    await asyncio.to_thread(self._record_list, date, listing)
                    self.listed_dates.append(date)
                    for warning in listing.warnings:
                        reporter.get().message(f"warning: {warning}")
                    continue
                if not isinstance(listing, SiteUnreachable):
                    raise listing
                failures += 1
                if not self.listed_dates and (failures >= MAX_FAILED_LISTS or date == self.todo[-1]):
                    raise listing
                await self.record(DateOutcome(date, "failed", reason=str(listing)))

    def _record_list(self, date: dt.date, listing: Listing) -> None:
        facts = DayFacts(self.context.store, date)
        facts.list_again()
        facts.add_capture(listing, _run_id())
        if self._list_writer is None:
            self._list_writer = ListWriter(self.context.views)
        self._list_writer.write(facts)

    # --- in this process ---------------------------------------------------------------------------------------------

    async def run_here(self) -> None:
        """Run the listed dates in this process, several at once; each is curated and rendered after those before it."""
        slots = asyncio.Semaphore(CONCURRENT_DATES)
        previous_done = asyncio.Event()
        previous_done.set()
        try:
            async with asyncio.TaskGroup() as group:
                for date in self.listed_dates:
                    await slots.acquire()
                    this_done = asyncio.Event()
                    group.create_task(self._run_date(date, previous_done, this_done, slots))
                    previous_done = this_done
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None  # not the fault of a date: Prefect's server is gone, for example

    async def _run_date(
        self, date: dt.date, previous_done: asyncio.Event, this_done: asyncio.Event, slots: asyncio.Semaphore
    ) -> None:
        async def wait_for_previous() -> None:
            await previous_done.wait()

        try:
            if reason := self._reason_to_stop():
                outcome = DateOutcome(date, "not run", reason=reason)
            else:
                outcome = await self._outcome(date, wait_for_previous)
            await previous_done.wait()
            release_memory()
            await self.record(outcome)
        finally:
            this_done.set()
            slots.release()

    def _reason_to_stop(self) -> str | None:
        """Why no further date is started, or None."""
        if self.stopped_by is not None:
            return str(self.stopped_by)
        budget = self.context.analyst.gate.stop_reason()
        return self.context.gate.message or (reason_text(budget, "en") if budget else None)

    async def _outcome(self, date: dt.date, wait: Callable[[], Any]) -> DateOutcome:
        date_gate = ArxivGate()  # one date that cannot reach arXiv does not stop the others
        token = _date_context.set(_DateContext(replace(self.context, gate=date_gate), wait))
        try:
            report = await backfill_date(date)
        except (ModelUnreachable, StoreUnreachable) as error:
            if not isinstance(error, SnapshotBroken):
                self.stopped_by = self.stopped_by or error
            return DateOutcome(date, "failed", reason=str(error))
        except Exception as error:  # noqa: BLE001 - one date's failure does not stop the others
            if date_gate.forbidden:
                self.context.gate.close_as(date_gate)
            is_expected = isinstance(error, DailyPapersError)
            return DateOutcome(date, "failed", reason=str(error) if is_expected else f"{type(error).__name__}: {error}")
        finally:
            _date_context.reset(token)
        problems = report.failed | report.stand_ins
        reason = "; ".join(f"{i}: {r}" for i, r in list(problems.items())[:3])
        counts = report.listed, report.new, len(report.failed), len(report.stand_ins)
        return DateOutcome(date, "partial" if problems else "done", *counts, reason)

    # --- on workers --------------------------------------------------------------------------------------------------

    def worker_outcome(self, date: dt.date, worker_run: FlowRun) -> DateOutcome:
        """The outcome of a date whose flow run has ended, from what the store has."""
        state, store = worker_run.state, self.context.store
        states = DateStates(store)
        outcome = states.outcome(date)
        if outcome is not None and states.is_complete(date, self.languages):
            return DateOutcome(date, "done", outcome.listed, outcome.new)
        has_ended = store.exists(end_key(date, str(worker_run.id)))
        if outcome is not None and outcome.state == "partial" and has_ended:
            counts = len(outcome.failed), len(outcome.stand_ins)
            reason = f"{counts[0]} papers failed, {counts[1]} have an extract instead of an analysis"
            return DateOutcome(date, "partial", outcome.listed, outcome.new, *counts, reason)
        if state is not None and state.is_completed():
            reason = f"its run completed, but {store.root} lacks it: do the workers write to the same store?"
        else:
            reason = f"its run is {state.name}: {state.message or 'no reason given'}" if state else "its run is gone"
        return DateOutcome(date, "failed", reason=reason)

    # --- the end -----------------------------------------------------------------------------------------------------

    async def finish(self) -> BackfillReport:
        """Update later days, publish, and show the table. Raises DatesIncomplete when dates are incomplete."""
        changed_dates = await asyncio.to_thread(lambda: update_views(self.context.views, []).changed_dates)
        outcomes = [self.outcomes[d] for d in self.dates]
        report = BackfillReport(outcomes, [d for d in changed_dates if d not in self.todo], self.context.store.root)
        if self.todo or changed_dates:
            for warning in await publish(
                self.context.store, self.context.settings, self.context.profile, self.todo or changed_dates
            ):
                reporter.get().message(f"warning: {warning}")
        await show_outcomes([{k: str(v) for k, v in asdict(o).items()} for o in outcomes], self.dates)
        if report.failing(self.context.settings.stand_in):
            raise DatesIncomplete(report, self.stopped_by)
        return report


def release_memory() -> None:
    """Return the memory that a date used to the system, where the C library can. Takes some tens of milliseconds.

    Pages and answers are held in reference cycles: few objects with a lot of text, which rarely trigger the collector.
    Memory that many threads freed stays with the process as fragments. Without this, both grow with every date.
    """
    clear_text_caches()
    gc.collect()
    pa.default_memory_pool().release_unused()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return  # the C library is not glibc


def _outcome_text(outcome: DateOutcome) -> str:
    counts = f"{outcome.listed} listed, {outcome.new} new" if outcome.listed or not outcome.reason else ""
    reason = f": {outcome.reason}" if outcome.reason else ""
    return f"{outcome.state}{reason}" + (f" ({counts})" if counts else "")


def _run_id() -> str:
    return str(flow_run.id or uuid4())


# --- one date --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _DateContext:
    """What a date of a backfill needs besides its parameters. It is not a parameter, so Prefect does not store it."""

    context: RunContext
    wait: Callable[[], Any]


_date_context: ContextVar[_DateContext] = ContextVar("_date_context")


# One flow run per date: it has its own page in the UI, and its tasks' results are released when it ends.
@flow(name="backfill-date", flow_run_name="backfill {date}", persist_result=False)
async def backfill_date(date: dt.date) -> DayReport:
    """One date of a backfill that runs in this process."""
    date_context = _date_context.get()
    return await run_backfill_date(date, date_context.context, DayPlan(wait=date_context.wait))
