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

from flows.days.concurrent_runs import reconcile_day
from flows.days.date_selection import checked_date, gaps_before, newest_listed_date
from flows.days.day_snapshots import keys_of, publish_day, write_day
from flows.days.later_days import correct_rows_after, finish_corrections, render_stale, results_of_later_days
from flows.days.progress import reporter
from flows.days.stored_inputs import stored_listing, stored_pages
from flows.run_context import RunContext, open_run_context
from flows.server.artifacts import DayProgress, show_day
from flows.server.task_arguments import opaque
from flows.site import publish
from papers.day import Day, Run, Versions
from papers.errors import DailyPapersError, SiteUnreachable
from papers.models import Analysis, Paper, Reading
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
from tasks.fetch.arxiv import newest_announced
from tasks.read import read_paper_task
from tasks.render import render_day_task


@dataclass(frozen=True)
class DayReport:
    """What became of a date."""

    date: dt.date
    listed: int
    new: int
    sources: dict[str, int]  # papers read, by source
    failed: dict[str, str]  # arXiv id -> why
    editions: list[str]  # keys in the store
    store: str
    warnings: list[str] = field(default_factory=list)
    corrected: list[dt.date] = field(default_factory=list)  # later days whose rows this date changed
    run_id: str = ""


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
    """One date, that alone; without a date the newest listed day, and the gaps of the last days.

    What is not given comes from the settings. `from_raw` makes the date again without any request, from the list and
    the pages that the store keeps. `backfill`: the date is one of a backfill, which has fetched its list, and which
    corrects later days when all of its dates are there. Returns a report for each date. Raises UsageError for an
    impossible or future date, Unreachable when the site, the store or the model cannot be reached; earlier snapshots
    then stay as they were.
    """
    settings = load_settings(profile=profile, language=language, model=model)
    async with open_run_context(settings) as bench:
        if date is not None:
            day = checked_date(date, bench.profile.time_zone)
            if backfill:  # whoever asked for the range publishes it once
                return [await run_part(day, bench)]
            return await published(bench, [await run_date(day, bench, from_raw)])
        return await run_newest(bench)


async def run_newest(bench: RunContext) -> list[DayReport]:
    """The gaps of the last days, oldest first, then the newest listed day; a gap that fails does not stop the rest.

    Raises the first gap's error when all else is done.
    """
    newest = await newest_date(bench)
    gaps = gaps_before(bench.store, newest, bench.settings.gap_days)
    reports, errors = [], []
    for gap in gaps:
        try:
            reports.append(await run_date(gap, bench, recompute=False))
        except Exception as error:  # noqa: BLE001 - raised below, when the newest day is there
            reporter.get().said(f"{gap} failed: {error}")
            get_run_logger().error("%s failed: %s", gap, error)  # only the first error is raised
            errors.append(error)
    reports.append(await run_date(newest, bench, recompute=not gaps))
    if gaps:
        later = await asyncio.to_thread(correct_later_days, bench, gaps, reports[-1].run_id)
        reports[-1] = replace(reports[-1], corrected=[d for d in later if d not in {*gaps, newest}])
    reports = await published(bench, reports)
    if errors:
        raise errors[0]
    return reports


async def run_part(date: dt.date, bench: RunContext, turn: Callable[[], Awaitable[None]] | None = None) -> DayReport:
    """A date of a backfill, its list being there: later days are not corrected, and arXiv has to answer.

    `turn` is awaited when the papers are analysed. Raises SiteUnreachable when arXiv refused or was not there: of a day
    that nobody waits for, the whole papers later are better than their abstracts now.
    """

    async def wait() -> None:
        if bench.gate.closed:
            raise SiteUnreachable(bench.gate.closed)
        if turn is not None:
            await turn()

    listed = bool(bench.store.exists(key_of("papers", date)))
    async with bench.part() as part:
        return await run_date(date, part, recompute=False, listed=listed, turn=wait)


async def published(bench: RunContext, reports: Sequence[DayReport]) -> list[DayReport]:
    """The reports, after the site is up to date and the newest day's picks are sent; what failed is a warning."""
    if not reports:
        return []
    dates = [r.date for r in reports]
    warnings = await publish(bench.store, bench.settings, bench.profile, dates, tell=dates[-1])
    return [*reports[:-1], replace(reports[-1], warnings=[*reports[-1].warnings, *warnings])]


async def newest_date(bench: RunContext) -> dt.date:
    """The newest day that the profile's first source has listed. Raises SiteUnreachable when it does not say."""
    if "hf" in bench.profile.sources:
        return await newest_listed_date(bench.hf, bench.profile.time_zone)
    return newest_announced(dt.datetime.now(dt.UTC))


async def run_date(
    date: dt.date,
    bench: RunContext,
    from_raw: bool = False,
    *,
    recompute: bool = True,
    listed: bool = False,
    turn: Callable[[], Awaitable[None]] | None = None,
) -> DayReport:
    """The pipeline over one date; everything that it makes is in the store when it returns.

    Later days are corrected by what the date holds, unless `recompute` is false: then the caller does so for all of
    its dates at once (`correct_later_days`). `listed`: its list is in the store, and is not fetched again. `turn` is
    awaited between the analyses and the verdicts, which ask for those of the days before.
    """
    run_id, started_at = str(flow_run.id or uuid4()), dt.datetime.now(dt.UTC)
    base = SnapshotVersions.of(bench.store, date)
    if from_raw or listed:
        listing = stored_listing(bench.store, date)
    else:
        listing = await fetch_listings_task(date, bench.profile.sources, bench.hf, bench.arxiv, bench.keep)
    papers = dedupe_task(opaque(listing), bench.store)
    new = [p for p in papers if p.dedupe_kind == "new"]
    reporter.get().listed(date.isoformat(), len(papers), len(new))

    readings, written = await read_and_analyze(date, new, bench, from_raw)
    if turn is not None:
        await turn()
    analyses = remove_ungrounded(written, readings, {p.arxiv_id: p.title for p in new}, bench.settings.ungrounded)
    past = past_picks(bench.store, date)
    verdicts = curate_task(opaque(papers), opaque(readings), opaque(analyses), opaque(bench.profile), opaque(past))

    open_date(bench.store, date, run_id)
    write_day(bench.store, listing, papers, readings, analyses, verdicts, run_id, base)
    reconcile_day(bench.store, bench.profile, date, run_id, bench.settings.ungrounded)
    day, editions = publish_day(
        bench.store, date, lambda d: render_day_task(opaque(d), opaque(bench.profile), bench.profile.languages)
    )
    bench.aside(show_day(day, editions, bench.store.root, _site_of(bench)))

    later = await asyncio.to_thread(correct_later_days, bench, [date], run_id) if recompute else []
    report = replace(report_of(day, keys_of(editions), bench), corrected=later, run_id=run_id)
    append_rows(bench.store, "runs", date, [_run(run_id, started_at, day, report, bench)], run_id)
    close_date(bench.store, date, run_id)
    return report


def correct_later_days(bench: RunContext, dates: Sequence[dt.date], run_id: str) -> list[dt.date]:
    """Correct and render again what `dates` change in the days after them; returns the days whose rows changed."""
    changed = correct_rows_after(bench.store, bench.profile, dates, run_id, bench.settings.ungrounded)
    render_stale(bench.store, bench.profile, changed.stale)
    finish_corrections(bench.store, changed)
    return changed.dates


async def read_and_analyze(
    date: dt.date, papers: Sequence[Paper], bench: RunContext, from_raw: bool = False
) -> tuple[list[Reading], list[Analysis]]:
    """Read and analyse the papers, each analysed as soon as it is read; rows in the order of the papers."""
    languages = bench.settings.language
    earlier = {r.arxiv_id: r for r in read_snapshot(bench.store, "readings", date, Reading) or []}
    unread = {p.arxiv_id for p in papers} - set(earlier)
    earlier |= results_of_later_days(bench.store, date, unread).readings  # a later day may have taken them for new
    progress = await DayProgress.start(date.isoformat(), len(papers) * (1 + len(languages))) if papers else None

    async def one(paper: Paper) -> tuple[Reading, list[Analysis]]:
        async with bench.readers:
            reading = await _read(paper, earlier.get(paper.arxiv_id), bench, from_raw)
        reporter.get().read(paper, reading)
        assert progress is not None
        await progress.step()
        analyses = []
        for language in languages:
            analysis = await analyze_paper_task(bench.analyst, opaque(paper), opaque(reading), language)
            reporter.get().analyzed(paper, analysis)
            await progress.step()
            analyses.append(analysis)
        return reading, analyses

    pairs = await _all(one(p) for p in papers)
    return [r for r, _ in pairs], [a for _, found in pairs for a in found]


async def _read(paper: Paper, earlier: Reading | None, bench: RunContext, from_raw: bool) -> Reading:
    """The paper's reading: the earlier one of that date where nothing better came since."""
    if earlier is not None and earlier.state == "done" and earlier.source == "html" and not from_raw:
        return earlier
    listing_url = f"{bench.hf.base_url}/papers/{paper.arxiv_id}"
    fetch = stored_pages(bench.store, earlier) if from_raw else bench.arxiv.get
    try:
        reading = await read_paper_task(
            opaque(paper), fetch=fetch, keep=bench.keep, gate=opaque(bench.gate), listing_url=listing_url
        )
    except DailyPapersError:
        raise
    except Exception as error:  # noqa: BLE001 - a fault over one paper is that paper's row, and never the others' end
        get_run_logger().exception("%s: the reading broke off", paper.arxiv_id)
        reading = Reading(
            arxiv_id=paper.arxiv_id,
            state="failed",
            reason=f"the reading broke off: {type(error).__name__}: {error}",
        )
    same = earlier is not None and earlier.state == reading.state and earlier.sha256 == reading.sha256
    worse = earlier is not None and earlier.state == "done" and reading.state == "failed"
    return earlier if earlier is not None and (same or worse) else reading


async def _all(jobs: Any) -> list[Any]:
    """The results of all jobs in order; the first error ends the others and is raised as itself."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def report_of(day: Day, editions: list[str], bench: RunContext) -> DayReport:
    """The report of a day, from what the snapshots hold."""
    failed = {r.arxiv_id: f"not read: {r.reason}" for r in day.readings if r.state == "failed"}
    for a in day.analyses:
        if a.state != "done" and a.arxiv_id not in failed and _readable(day, a.arxiv_id):
            failed[a.arxiv_id] = f"{a.state} ({a.language}): {a.reason}"
    return DayReport(
        date=day.date,
        listed=len(day.papers),
        new=sum(p.dedupe_kind == "new" for p in day.papers),
        sources=dict(Counter(r.source for r in day.readings if r.state == "done" and r.source)),
        failed=failed,
        editions=editions,
        store=bench.store.root,
        warnings=[bench.gate.closed] if bench.gate.closed else [],
    )


def _site_of(bench: RunContext) -> str:
    """The address of the run's site; empty where it makes none."""
    return bench.settings.site_url.rstrip("/") if bench.settings.site else ""


def _readable(day: Day, arxiv_id: str) -> bool:
    """A withdrawn paper is reported as withdrawn; that it has no analysis is no failure."""
    return any(r.arxiv_id == arxiv_id and r.state == "done" for r in day.readings)


def _run(run_id: str, started_at: dt.datetime, day: Day, report: DayReport, bench: RunContext) -> Run:
    costs = [a.cost_usd for a in day.analyses if a.cost_usd is not None]
    versions = Versions(
        program=version("daily-papers"),
        schema_version=SCHEMA_VERSION,
        model=bench.analyst.name,
        prompt=bench.analyst.prompt_version,
        profile=bench.profile.name,
    )
    return Run(
        run_id=run_id,
        started_at=started_at,
        finished_at=dt.datetime.now(dt.UTC),
        state="partial" if report.failed else "done",
        listed=report.listed,
        new=report.new,
        read=sum(report.sources.values()),
        analyzed=sum(a.state == "done" for a in day.analyses),
        failed=len(report.failed),
        tokens=sum(a.input_tokens + a.output_tokens for a in day.analyses),
        cost_usd=sum(costs) if costs else None,
        versions=versions,
    )
