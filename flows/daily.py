"""The daily flow: one date, from its list to its editions."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any
from uuid import uuid4

from prefect import flow, get_run_logger
from prefect.runtime import flow_run

from flows.days.date_selection import gaps_before, newest_listed_date, validate_date
from flows.days.day_snapshots import edition_keys, publish_day, write_day
from flows.days.later_days import correct_rows_after, finish_corrections, readings_of_later_days, render_stale
from flows.days.progress import reporter
from flows.days.reconciliation import reconcile_day
from flows.days.stored_inputs import stored_listing, stored_pages
from flows.run_context import RunContext, open_run_context
from flows.server.artifacts import DayProgress, show_day
from flows.server.task_arguments import opaque
from flows.site import publish
from papers.analysis_choice import stand_in_reasons
from papers.day import Day, Run, Versions
from papers.errors import DailyPapersError, SiteUnreachable
from papers.models import Analysis, Paper, Reading
from papers.reasons import make_reason, reason_text
from papers.settings import load_settings
from papers.tables.concurrent_writers import SnapshotVersions
from papers.tables.registry import SCHEMA_VERSION
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import append_rows, read_snapshot
from papers.tables.unfinished_dates import close_date, open_date
from tasks.analyze import analyze_paper_task
from tasks.analyze.grounding.ungrounded_numbers import remove_ungrounded
from tasks.curate import curate_task
from tasks.curate.near_duplicates import past_picks
from tasks.dedupe import dedupe_task
from tasks.fetch import fetch_listings_task
from tasks.fetch.arxiv import newest_announced_date
from tasks.read import read_paper_task
from tasks.render import render_day_task


@dataclass(frozen=True)
class DayReport:
    """The outcome of a date."""

    date: dt.date
    listed: int
    new: int
    sources: dict[str, int]  # papers read, by source
    failed: dict[str, str]  # arXiv id -> reason
    editions: list[str]  # keys in the store
    store: str
    warnings: list[str] = field(default_factory=list)
    corrected: list[dt.date] = field(default_factory=list)  # later days whose rows this date changed
    run_id: str = ""
    stand_ins: dict[str, str] = field(default_factory=dict)  # arXiv id -> why an extract instead of an analysis


def _run_name() -> str:
    return f"daily {flow_run.parameters.get('date') or 'newest'}"


@flow(name="daily", flow_run_name=_run_name, persist_result=False)
async def daily(
    date: dt.date | None = None,
    profile: str | None = None,
    language: str | None = None,
    model: str | None = None,
    from_raw: bool = False,
    backfill: bool = False,
) -> list[DayReport]:
    """Run one date; without a date, the newest listed day and the gaps of the last days.

    Parameters that are None come from the settings. `from_raw` rebuilds the date without any request, from the list
    and the pages in the store. `backfill` means that the date belongs to a backfill, which has fetched its list and
    corrects later days when all of its dates have run. Returns a report for each date.

    Raises UsageError for an invalid or future date, and Unreachable when the site, the store or the model cannot be
    reached; earlier snapshots then stay unchanged.
    """
    settings = load_settings(profile=profile, language=language, model=model)
    async with open_run_context(settings) as context:
        if date is not None:
            day = validate_date(date, context.profile.time_zone)
            if backfill:  # the backfill publishes once, at its end
                return [await run_backfill_date(day, context)]
            return await publish_reports(context, [await run_date(day, context, from_raw)])
        return await run_newest(context)


async def run_newest(context: RunContext) -> list[DayReport]:
    """Run the gaps of the last days, oldest first, then the newest listed day; a gap that fails does not stop the rest.

    Raises the first gap's error after everything else is done.
    """
    newest = await newest_date(context)
    gaps = gaps_before(context.store, newest, context.settings.gap_days)
    reports, errors = [], []
    for gap in gaps:
        try:
            reports.append(await run_date(gap, context, correct_later=False))
        except Exception as error:  # noqa: BLE001 - raised below, after the newest day
            reporter.get().message(f"{gap} failed: {error}")
            get_run_logger().error("%s failed: %s", gap, error)  # because only the first error is raised
            errors.append(error)
    reports.append(await run_date(newest, context, correct_later=not gaps))
    if gaps:
        corrected = await asyncio.to_thread(correct_later_days, context, gaps, reports[-1].run_id)
        reports[-1] = replace(reports[-1], corrected=[d for d in corrected if d not in {*gaps, newest}])
    reports = await publish_reports(context, reports)
    if errors:
        raise errors[0]
    return reports


async def run_backfill_date(
    date: dt.date, context: RunContext, before_verdicts: Callable[[], Awaitable[None]] | None = None
) -> DayReport:
    """Run a date of a backfill from the list in the store. Later days are not corrected, and arXiv has to answer.

    `before_verdicts` is awaited after the papers are analysed. Raises SiteUnreachable when arXiv refused or was
    unreachable: nobody is waiting for an old day, so full papers later are better than abstracts now.
    """

    async def check_and_wait() -> None:
        if message := context.gate.message:
            raise SiteUnreachable(message)
        if before_verdicts is not None:
            await before_verdicts()

    list_is_stored = bool(context.store.exists(key_of("papers", date)))
    async with context.nested() as nested:
        return await run_date(
            date, nested, correct_later=False, list_is_stored=list_is_stored, before_verdicts=check_and_wait
        )


async def publish_reports(context: RunContext, reports: Sequence[DayReport]) -> list[DayReport]:
    """Update the site and send the newest day's picks; returns the reports, with a warning for whatever failed."""
    if not reports:
        return []
    dates = [r.date for r in reports]
    warnings = await publish(context.store, context.settings, context.profile, dates, notify_date=dates[-1])
    return [*reports[:-1], replace(reports[-1], warnings=[*reports[-1].warnings, *warnings])]


async def newest_date(context: RunContext) -> dt.date:
    """The newest listed day: of Hugging Face if it is a source, else of arXiv. Raises SiteUnreachable if unknown."""
    if "hf" in context.profile.sources:
        return await newest_listed_date(context.hf, context.profile.time_zone)
    return newest_announced_date(dt.datetime.now(dt.UTC))


async def run_date(
    date: dt.date,
    context: RunContext,
    from_raw: bool = False,
    *,
    correct_later: bool = True,
    list_is_stored: bool = False,
    before_verdicts: Callable[[], Awaitable[None]] | None = None,
) -> DayReport:
    """Run the pipeline over one date; all its results are in the store when it returns.

    Later days are corrected, unless `correct_later` is false: then the caller does so for all of its dates at once
    (`correct_later_days`). With `list_is_stored` the list is read from the store and not fetched again.
    `before_verdicts` is awaited between the analyses and the verdicts, which depend on those of earlier days.
    """
    run_id, started_at = str(flow_run.id or uuid4()), dt.datetime.now(dt.UTC)
    base = SnapshotVersions.of(context.store, date)
    if from_raw or list_is_stored:
        listing = stored_listing(context.store, date)
    else:
        listing = await fetch_listings_task(
            date, context.profile.sources, context.hf, context.arxiv, context.save_response
        )
    papers = dedupe_task(opaque(listing), context.store)
    new = [p for p in papers if p.dedupe_kind == "new"]
    reporter.get().on_list(date.isoformat(), len(papers), len(new))

    readings, raw_analyses = await read_and_analyze(date, new, context, from_raw)
    if before_verdicts is not None:
        await before_verdicts()
    analyses = remove_ungrounded(
        raw_analyses, readings, {p.arxiv_id: p.title for p in new}, context.settings.ungrounded
    )
    earlier_picks = past_picks(context.store, date)
    verdicts = curate_task(
        opaque(papers), opaque(readings), opaque(analyses), opaque(context.profile), opaque(earlier_picks)
    )

    open_date(context.store, date, run_id)
    write_day(context.store, listing, papers, readings, analyses, verdicts, run_id, base)
    reconcile_day(context.store, context.profile, date, run_id, context.settings.ungrounded)
    day, editions = publish_day(
        context.store, date, lambda d: render_day_task(opaque(d), opaque(context.profile), context.profile.languages)
    )
    report = make_report(day, edition_keys(editions), context)
    context.run_in_background(show_day(day, report.failed, editions, context.store.root, _site_url(context)))

    corrected = await asyncio.to_thread(correct_later_days, context, [date], run_id) if correct_later else []
    warnings = [*listing.warnings, *report.warnings]
    report = replace(report, warnings=warnings, corrected=corrected, run_id=run_id)
    append_rows(context.store, "runs", date, [_run_row(run_id, started_at, day, report, context)], run_id)
    close_date(context.store, date, run_id)
    return report


def correct_later_days(context: RunContext, dates: Sequence[dt.date], run_id: str) -> list[dt.date]:
    """Correct and render the days after `dates` that these affect; returns the days whose rows changed."""
    changes = correct_rows_after(context.store, context.profile, dates, run_id, context.settings.ungrounded)
    render_stale(context.store, context.profile, changes.stale)
    finish_corrections(context.store, changes)
    return changes.dates


async def read_and_analyze(
    date: dt.date, papers: Sequence[Paper], context: RunContext, from_raw: bool = False
) -> tuple[list[Reading], list[Analysis]]:
    """Read and analyse the papers, each analysed as soon as it is read. Rows come in the order of the papers."""
    languages = context.settings.language
    earlier = {r.arxiv_id: r for r in read_snapshot(context.store, "readings", date, Reading) or []}
    unread = {p.arxiv_id for p in papers} - set(earlier)
    earlier |= readings_of_later_days(context.store, date, unread)  # papers that a later day treated as new
    if any(r is None or r.source != "html" for r in map(earlier.get, (p.arxiv_id for p in papers))):
        context.body_readers.start()
    progress = await DayProgress.start(date.isoformat(), len(papers) * (1 + len(languages))) if papers else None

    async def read_and_analyze_one(paper: Paper) -> tuple[Reading, list[Analysis]]:
        async with context.readers:
            reading = await _read(paper, earlier.get(paper.arxiv_id), context, from_raw)
        reporter.get().on_reading(paper, reading)
        assert progress is not None
        await progress.step()
        analyses = []
        for language in languages:
            analysis = await analyze_paper_task(context.analyst, opaque(paper), opaque(reading), language)
            reporter.get().on_analysis(paper, analysis)
            await progress.step()
            analyses.append(analysis)
        return reading, analyses

    pairs = await _gather(read_and_analyze_one(p) for p in papers)
    return [r for r, _ in pairs], [a for _, paper_analyses in pairs for a in paper_analyses]


async def _read(paper: Paper, earlier: Reading | None, context: RunContext, from_raw: bool) -> Reading:
    """The paper's reading: the date's earlier one, unless the new one is better."""
    if earlier is not None and earlier.state == "done" and earlier.source == "html" and not from_raw:
        return earlier
    listing_url = f"{context.hf.base_url}/papers/{paper.arxiv_id}"
    fetch = stored_pages(context.store, earlier) if from_raw else context.arxiv.get
    try:
        reading = await read_paper_task(
            opaque(paper),
            fetch=fetch,
            read_body=opaque(context.body_readers.read_body),
            save_response=context.save_response,
            gate=opaque(context.gate),
            listing_url=listing_url,
            earlier_attempts=opaque(earlier.attempts if earlier is not None and not from_raw else []),
        )
    except DailyPapersError:
        raise
    except Exception as error:  # noqa: BLE001 - one paper's failure is recorded in its row and does not stop the others
        get_run_logger().exception("%s: the reading broke off", paper.arxiv_id)
        reading = Reading(
            arxiv_id=paper.arxiv_id,
            state="failed",
            reason=make_reason("reading-broke-off", error=f"{type(error).__name__}: {error}"),
        )
    same = earlier is not None and earlier.state == reading.state and earlier.sha256 == reading.sha256
    worse = earlier is not None and earlier.state == "done" and reading.state == "failed"
    return earlier if earlier is not None and (same or worse) else reading


async def _gather(jobs: Any) -> list[Any]:
    """The results of all jobs in order; the first error cancels the others and is raised unchanged."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def make_report(day: Day, editions: list[str], context: RunContext) -> DayReport:
    """The report of a day, from what the snapshots hold."""
    failed = {r.arxiv_id: f"not read: {reason_text(r.reason, 'en')}" for r in day.readings if r.state == "failed"}
    for a in day.analyses:
        if a.state != "done" and a.arxiv_id not in failed and _was_read(day, a.arxiv_id):
            failed[a.arxiv_id] = f"{a.state} ({a.language}): {reason_text(a.reason, 'en')}"
    return DayReport(
        date=day.date,
        listed=len(day.papers),
        new=sum(p.dedupe_kind == "new" for p in day.papers),
        sources=dict(Counter(r.source for r in day.readings if r.state == "done" and r.source)),
        failed=failed,
        stand_ins={i: reason for i, reason in stand_in_reasons(day.analyses).items() if i not in failed},
        editions=editions,
        store=context.store.root,
        warnings=[context.gate.message] if context.gate.message else [],
    )


def _site_url(context: RunContext) -> str:
    """The address of the run's site; empty if it builds none."""
    return context.settings.site_url if context.settings.site else ""


def _was_read(day: Day, arxiv_id: str) -> bool:
    """Whether the paper was read. A withdrawn paper is not: it has no analysis, which is not a failure."""
    return any(r.arxiv_id == arxiv_id and r.state == "done" for r in day.readings)


def _run_row(run_id: str, started_at: dt.datetime, day: Day, report: DayReport, context: RunContext) -> Run:
    costs = [a.cost_usd for a in day.analyses if a.cost_usd is not None]
    versions = Versions(
        program=version("daily-papers"),
        schema_version=SCHEMA_VERSION,
        model=context.analyst.name,
        prompt=context.analyst.prompt_version,
        profile=context.profile.name,
    )
    return Run(
        run_id=run_id,
        started_at=started_at,
        finished_at=dt.datetime.now(dt.UTC),
        state="partial" if report.failed or report.stand_ins else "done",
        listed=report.listed,
        new=report.new,
        read=sum(report.sources.values()),
        analyzed=sum(a.state == "done" for a in day.analyses),
        failed=len(report.failed),
        stand_ins=len(report.stand_ins),
        tokens=sum(a.input_tokens + a.output_tokens for a in day.analyses),
        cached_tokens=sum(a.cached_tokens for a in day.analyses),
        cost_usd=sum(costs) if costs else None,
        versions=versions,
    )
