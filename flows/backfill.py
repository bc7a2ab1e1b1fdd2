"""The backfill flow: a range of dates, here or on workers, oldest first; a second call does what is left."""

from __future__ import annotations

import asyncio
import ctypes
import datetime as dt
import gc
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal
from uuid import uuid4

import pyarrow as pa
from prefect import flow
from prefect.client.schemas.objects import FlowRun
from prefect.runtime import flow_run

from flows.daily import DayReport, run_part
from flows.days.date_selection import checked_range, complete, last_run
from flows.days.pending_corrections import PendingCorrections, apply_corrections, key_of_range, read_notes, write_note
from flows.days.progress import reporter
from flows.run_context import RunContext, open_run_context
from flows.server.artifacts import BackfillProgress, show_outcomes
from flows.server.deployed_runs import read_deployment, run_deployed
from flows.site import publish
from papers.day import Run
from papers.errors import DailyPapersError, ModelUnreachable, SiteUnreachable, StoreUnreachable, Unreachable
from papers.models import Listing
from papers.settings import load_settings
from papers.tables.parquet import SnapshotBroken
from papers.tables.snapshots import read_snapshot, rows_before, write_snapshot
from papers.tables.unfinished_dates import close_date, open_date
from tasks.analyze import forget_texts
from tasks.dedupe.history import COLUMNS, load_history
from tasks.dedupe.matching import dedupe
from tasks.fetch.list_sources import fetch_listings
from tasks.read.reading import ArxivGate

AT_ONCE = 3  # dates under way: while the last papers of one wait for the model, the next is read
LISTS_AT_ONCE = 4
DEAD_AFTER = 3  # lists that could not be had and none that could, after which the site counts as unreachable

State = Literal["complete", "done", "partial", "failed", "not run"]


@dataclass(frozen=True)
class Outcome:
    """What became of a date: `complete` it was before, `partial` some papers failed, `failed` it was given up."""

    date: dt.date
    state: State
    listed: int = 0
    new: int = 0
    failed: int = 0  # papers
    reason: str = ""


@dataclass(frozen=True)
class BackfillReport:
    """What became of a backfill."""

    outcomes: list[Outcome]
    corrected: list[dt.date]  # days, besides those run, whose rows changed
    store: str

    @property
    def left(self) -> list[Outcome]:
        """The dates that another call would take up."""
        return [o for o in self.outcomes if o.state not in ("complete", "done")]


class DatesLeft(DailyPapersError):
    """Some dates could not be completed: `report` says which and why, `exit_code` whether anything can be reached."""

    def __init__(self, report: BackfillReport, stopped_by: Unreachable | None = None) -> None:
        left = report.left
        first = f"{left[0].date}: {left[0].reason}" if left else ""
        super().__init__(
            str(stopped_by)
            if stopped_by
            else f"{len(left)} of {len(report.outcomes)} dates are not complete (first {first}). "
            "Next: the same command again takes them up"
        )
        self.report = report
        self.exit_code = stopped_by.exit_code if stopped_by else 1


Told = Callable[[Outcome], Any]


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

    Runs here, or with `deploy` as runs of the deployment `daily/daily` on the workers of the Prefect server; both end
    in the same snapshots. A date that fails does not stop the rest. What is not given comes from the settings, or with
    `deploy` from the deployment. Raises DatesLeft, with the report, when dates are left over, UsageError for an
    impossible range, SiteUnreachable when the site gives no list at all.
    """
    settings = load_settings(profile=profile, language=language, model=model)
    given = {k: v for k, v in {"profile": profile, "language": language, "model": model}.items() if v is not None}
    deployment = await read_deployment() if deploy else None
    if deployment is not None and "language" not in given and (its := deployment.parameters.get("language")):
        settings = load_settings(profile=profile, language=str(its), model=model)
    async with open_run_context(settings) as bench:
        dates = checked_range(start, end, bench.profile.time_zone)
        job = _Job(bench, dates)
        await job.start(key_of_range(start, end), ordered=deployment is None)
        if job.todo:
            await job.fetch_lists()
            if deployment is None:
                await job.run_here()
            else:
                async for date, run in run_deployed(deployment, job.listed, given, job.is_complete):
                    await job.tell(job.outcome_of(date, run))
        return await job.end()


class _Job:
    """A backfill under way."""

    def __init__(self, bench: RunContext, dates: Sequence[dt.date]) -> None:
        self.bench, self.dates = bench, dates
        self.languages = bench.settings.language
        self.outcomes: dict[dt.date, Outcome] = {}
        self.todo = [d for d in dates if not self.is_complete(d)]
        self.listed: list[dt.date] = []  # of those to do, the ones whose list is there
        self.stopped_by: Unreachable | None = None
        self._progress: BackfillProgress | None = None
        self._notes: dict[str, PendingCorrections] = {}

    def is_complete(self, date: dt.date) -> bool:
        """Whether the store has all of the date."""
        return complete(self.bench.store, date, self.languages)

    async def start(self, note: str, ordered: bool) -> None:
        """Say what there is to do, and note what will be owed when it is done."""
        for date in self.dates:
            if date not in self.todo:
                run = last_run(self.bench.store, date)
                self.outcomes[date] = Outcome(date, "complete", run.listed if run else 0, run.new if run else 0)
        self._notes = read_notes(self.bench.store)
        if self.todo:
            due = PendingCorrections(dates=frozenset(self.todo), ordered=ordered)
            self._notes[note] = self._notes.get(note, PendingCorrections()) | due
            write_note(self.bench.store, note, self._notes[note])
            self._progress = await BackfillProgress.start(self.dates[0], self.dates[-1], len(self.todo))
        done = len(self.dates) - len(self.todo)
        reporter.get().dates(len(self.todo))
        reporter.get().said(f"{len(self.dates)} dates: {done} complete, {len(self.todo)} to do")

    async def tell(self, outcome: Outcome) -> None:
        """Remember and show what became of a date."""
        self.outcomes[outcome.date] = outcome
        if outcome.state in ("done", "partial"):
            close_date(self.bench.store, outcome.date, _run_id())
        reporter.get().dated(outcome.date.isoformat(), _words(outcome))
        assert self._progress is not None
        await self._progress.step()

    # --- lists -----------------------------------------------------------------------------------------------------

    async def fetch_lists(self) -> None:
        """Put the list of every date into the store, marked against all that was listed before.

        With all lists there, what is new on a date does not depend on which dates have been run.
        """
        store, dead = self.bench.store, 0
        history = load_history(store, self.todo[0])
        known = self.todo[0]
        for n in range(0, len(self.todo), LISTS_AT_ONCE):
            batch = self.todo[n : n + LISTS_AT_ONCE]
            found = await asyncio.gather(*(self._list(d) for d in batch), return_exceptions=True)
            for date, listing in zip(batch, found, strict=True):
                if isinstance(listing, Listing):
                    for day, rows in rows_before(store, "papers", date, COLUMNS, (date - known).days):
                        for row in rows:
                            history.remember(row["arxiv_id"], row["title"], row["abstract"], day, row["duplicate_of"])
                    known, dead = date, 0
                    open_date(store, date, _run_id())  # until it is run: a new list over old readings is not whole
                    write_snapshot(store, "papers", date, dedupe(listing, history), _run_id())
                    write_snapshot(store, "set_aside", date, listing.set_aside, _run_id())
                    self.listed.append(date)
                    continue
                if not isinstance(listing, SiteUnreachable):
                    raise listing
                dead += 1
                if not self.listed and (dead >= DEAD_AFTER or date == self.todo[-1]):
                    raise listing
                await self.tell(Outcome(date, "failed", reason=str(listing)))

    async def _list(self, date: dt.date) -> Listing:
        bench = self.bench
        return await fetch_listings(date, bench.profile.sources, bench.hf, bench.arxiv, bench.keep)

    # --- here ------------------------------------------------------------------------------------------------------

    async def run_here(self) -> None:
        """Run the listed dates in this process, some at once; each is judged and rendered when those before it are."""
        slots = asyncio.Semaphore(AT_ONCE)
        before = asyncio.Event()
        before.set()
        try:
            async with asyncio.TaskGroup() as group:
                for date in self.listed:
                    await slots.acquire()
                    after = asyncio.Event()
                    group.create_task(self._run(date, before, after, slots))
                    before = after
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None  # Prefect's server is gone, or the like: nothing of a date

    async def _run(self, date: dt.date, before: asyncio.Event, after: asyncio.Event, slots: asyncio.Semaphore) -> None:
        async def turn() -> None:
            await before.wait()

        try:
            if reason := self._reason_to_stop():
                outcome = Outcome(date, "not run", reason=reason)
            else:
                outcome = await self._outcome(date, turn)
            await before.wait()
            give_back()
            await self.tell(outcome)
        finally:
            after.set()
            slots.release()

    def _reason_to_stop(self) -> str | None:
        """Why no further date is begun, or None."""
        if self.stopped_by is not None:
            return str(self.stopped_by)
        if self.bench.gate.closed:
            return self.bench.gate.closed
        return self.bench.analyst.gate.exhausted()

    async def _outcome(self, date: dt.date, turn: Callable[[], Any]) -> Outcome:
        gate = ArxivGate()  # that arXiv could not be reached on one date does not hold for all
        token = _part.set(_Part(replace(self.bench, gate=gate), turn))
        try:
            report = await run_one(date)
        except (ModelUnreachable, StoreUnreachable) as error:
            if not isinstance(error, SnapshotBroken):
                self.stopped_by = self.stopped_by or error
            return Outcome(date, "failed", reason=str(error))
        except Exception as error:  # noqa: BLE001 - of this date, and never the others' end
            if gate.forbidden:
                self.bench.gate.closed = gate.closed
            known = isinstance(error, DailyPapersError)
            return Outcome(date, "failed", reason=str(error) if known else f"{type(error).__name__}: {error}")
        finally:
            _part.reset(token)
        reason = "; ".join(f"{i}: {r}" for i, r in list(report.failed.items())[:3])
        state: State = "partial" if report.failed else "done"
        return Outcome(date, state, report.listed, report.new, len(report.failed), reason)

    # --- on workers --------------------------------------------------------------------------------------------------

    def outcome_of(self, date: dt.date, ended_run: FlowRun | None) -> Outcome:
        """What the store has of a date whose flow run has ended."""
        ended = ended_run.state if ended_run is not None else None
        if ended_run is not None:
            done = {r.run_id for r in read_snapshot(self.bench.store, "runs", date, Run) or []}
            if str(ended_run.id) in done:
                close_date(self.bench.store, date, _run_id())  # else our own note, that its list waits to be run, holds
        run = last_run(self.bench.store, date)
        if run is not None and self.is_complete(date):
            return Outcome(date, "done", run.listed, run.new)
        if run is not None and run.failed:
            return Outcome(date, "partial", run.listed, run.new, run.failed, f"{run.failed} papers failed")
        if ended is not None and ended.is_completed():
            why = f"its run completed, but {self.bench.store.root} lacks it: do the workers write to the same store?"
        else:
            why = f"its run is {ended.name}: {ended.message or 'no reason given'}" if ended else "its run is gone"
        return Outcome(date, "failed", reason=why)

    # --- the end -----------------------------------------------------------------------------------------------------

    async def end(self) -> BackfillReport:
        """Correct later days, show the table. Raises DatesLeft when there is more to do."""
        changed = await self._correct_later_days() if self._notes else []
        outcomes = [self.outcomes[d] for d in self.dates]
        report = BackfillReport(outcomes, [d for d in changed if d not in self.todo], self.bench.store.root)
        if self.todo or changed:
            for warning in await publish(
                self.bench.store, self.bench.settings, self.bench.profile, self.todo or changed
            ):
                reporter.get().said(f"warning: {warning}")
        await show_outcomes([{k: str(v) for k, v in asdict(o).items()} for o in outcomes], self.dates)
        if report.left:
            raise DatesLeft(report, self.stopped_by)
        return report

    async def _correct_later_days(self) -> list[dt.date]:
        bench = self.bench
        return await asyncio.to_thread(
            apply_corrections, bench.store, bench.profile, bench.settings.ungrounded, self._notes, _run_id()
        )


def give_back() -> None:
    """Give the memory that a date needed back to the system, where the C library can (some tens of milliseconds).

    Pages and answers hang in cycles, few objects with much text, which the collector counts as little; and what is
    freed in many threads stays with the process in pieces. Both grow with every date else.
    """
    forget_texts()
    gc.collect()
    pa.default_memory_pool().release_unused()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return  # another C library than glibc


def _words(outcome: Outcome) -> str:
    counts = f"{outcome.listed} listed, {outcome.new} new" if outcome.listed or not outcome.reason else ""
    reason = f": {outcome.reason}" if outcome.reason else ""
    return f"{outcome.state}{reason}" + (f" ({counts})" if counts else "")


def _run_id() -> str:
    return str(flow_run.id or uuid4())


# --- one date --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """What a date of a backfill works with, beside its parameters: none of it is Prefect's to keep."""

    bench: RunContext
    turn: Callable[[], Any]


_part: ContextVar[_Part] = ContextVar("_part")


# A flow run a date: it has its own page in the UI, and its tasks' results are let go of when it ends.
@flow(name="backfill-date", flow_run_name="backfill {date}", persist_result=False)
async def run_one(date: dt.date) -> DayReport:
    """One date of a backfill that runs here."""
    part = _part.get()
    return await run_part(date, part.bench, part.turn)
