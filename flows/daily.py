"""The daily flow: one date, from its list to its editions."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from uuid import uuid4

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from flows.days.date_selection import newest_listed_date, validate_date
from flows.days.date_states import DateStates
from flows.days.earlier_work import EarlierWork
from flows.days.progress import reporter
from flows.days.record_choice import DayMemory
from flows.days.view_updates import ViewUpdate
from flows.fact_collection import DayPlan, PaperWork, collect_list, mark_repeats_task
from flows.run_context import RunContext, open_run_context
from flows.server.artifacts import show_day, show_unchanged_day
from flows.server.task_arguments import opaque
from flows.site import publish
from papers.day import Run, Versions
from papers.errors import SiteUnreachable
from papers.facts.day_facts import DayFacts
from papers.settings import load_settings
from papers.tables.manifests import DayOutcome
from papers.tables.registry import SCHEMA_VERSION
from tasks.fetch.arxiv import newest_announced_date


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
    updates later days when all of its dates have run. Returns a report for each date.

    Raises UsageError for an invalid or future date, and Unreachable when the site, the store or the model cannot be
    reached; earlier snapshots then stay unchanged.
    """
    settings = load_settings(profile=profile, language=language, model=model)
    async with open_run_context(settings) as context:
        if date is None:
            return await run_newest(context)
        day = validate_date(date, context.profile.time_zone)
        if backfill:  # the backfill publishes once, at its end
            return [await run_backfill_date(day, context)]
        return await publish_reports(context, [await run_date(day, context, DayPlan(pages_from_store=from_raw))])


async def run_newest(context: RunContext) -> list[DayReport]:
    """Run the gaps of the last days, oldest first, then the newest listed day; a gap that fails does not stop the rest.

    Raises the first gap's error after everything else is done.
    """
    newest = await newest_date(context)
    states = await asyncio.to_thread(DateStates, context.store)
    gaps = await asyncio.to_thread(states.gaps_before, newest, context.settings.gap_days)
    reports, errors = [], []
    for gap in gaps:
        try:
            reports.append(await run_date(gap, context))
        except Exception as error:  # noqa: BLE001 - raised below, after the newest day
            reporter.get().message(f"{gap} failed: {error}")
            get_run_logger().error("%s failed: %s", gap, error)  # because only the first error is raised
            errors.append(error)
    reports.append(await run_date(newest, context))
    reports = await publish_reports(context, reports)
    if errors:
        raise errors[0]
    return reports


async def run_backfill_date(date: dt.date, context: RunContext, plan: DayPlan | None = None) -> DayReport:
    """Run a date of a backfill, from the list in the store if it has one. Later days are not updated.

    Raises SiteUnreachable when arXiv refused or was unreachable: nobody is waiting for an old day, so full papers later
    are better than abstracts now.
    """
    plan = plan or DayPlan()

    async def check_and_wait() -> None:
        if message := context.gate.message:
            raise SiteUnreachable(message)
        if plan.wait is not None:
            await plan.wait()

    has_list = await asyncio.to_thread(lambda: any(context.store.keys(f"facts/{date}/captures/")))
    async with context.nested() as nested:
        return await run_date(date, nested, replace(plan, list_from_store=has_list, later=False, wait=check_and_wait))


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


async def run_date(date: dt.date, context: RunContext, plan: DayPlan | None = None) -> DayReport:
    """Run the pipeline over one date; all its facts and views are in the store when it returns."""
    plan = plan or DayPlan()
    run_id, started_at = str(flow_run.id or uuid4()), dt.datetime.now(dt.UTC)

    # Facts: the list, the readings and the analyses, each recorded as it comes.
    facts, memory = DayFacts(context.store, date), DayMemory()
    update = await asyncio.to_thread(ViewUpdate, context.views, plan.later, {date: facts}, {date: memory})
    earlier = await asyncio.to_thread(start_day, update, facts, memory, run_id)
    warnings = await collect_list(context, facts, plan, run_id)
    day_list = memory.papers = await asyncio.to_thread(
        mark_repeats_task, date, opaque(update.neighbours(date)), opaque(facts)
    )
    reporter.get().on_list(date.isoformat(), len(day_list.papers), len(day_list.new))
    await PaperWork(context, facts, earlier, memory, plan, run_id).run(day_list.new)
    if plan.wait is not None:
        await plan.wait()
        await asyncio.to_thread(update.look_again)

    # Views: whatever the facts changed, of this date and of those that depend on it.
    outcome = await asyncio.to_thread(update_views_task, date, opaque(update))

    # The record of the run, and the manifests, which say that all of this is done.
    await asyncio.to_thread(facts.end_run, run_record(run_id, started_at, outcome, context))
    await asyncio.to_thread(update.commit)
    report = make_report(date, outcome, update, context)
    show_artifacts(update, report, context)
    return replace(report, warnings=[*warnings, *day_list.warnings, *report.warnings], run_id=run_id)


def start_day(update: ViewUpdate, facts: DayFacts, memory: DayMemory, run_id: str) -> EarlierWork:
    """Record the start of the run; returns what is on record of the date."""
    facts.list_again()
    facts.start_run(run_id)
    return EarlierWork(update.views_of(facts.date), update.settings, memory)


@task(name="views", task_run_name="views {date}", cache_policy=NO_CACHE, persist_result=False)
def update_views_task(date: dt.date, update: ViewUpdate) -> DayOutcome:
    """Derive the views of a date, and of the dates that it affects, from the facts; returns what came of the date."""
    update.update([date])
    for each, day in update.days.items():
        get_run_logger().info("%s: written: %s", each, ", ".join(sorted(day.views.written)) or "nothing")
    outcome = update.days[date].manifest.outcome
    assert outcome is not None
    return outcome


def make_report(date: dt.date, outcome: DayOutcome, update: ViewUpdate, context: RunContext) -> DayReport:
    """The report of a date."""
    return DayReport(
        date=date,
        listed=outcome.listed,
        new=outcome.new,
        sources=outcome.sources,
        failed=outcome.failed,
        stand_ins=outcome.stand_ins,
        editions=update.days[date].manifest.edition_keys(),
        store=context.store.root,
        warnings=[context.gate.message] if context.gate.message else [],
        corrected=[d for d in update.changed_dates if d > date],
    )


def show_artifacts(update: ViewUpdate, report: DayReport, context: RunContext) -> None:
    """Show the date in Prefect's UI, while later steps go on."""
    views = update.days[report.date].views
    site = context.settings.site_url if context.settings.site else ""
    if editions := update.editions.get(report.date):
        work = show_day(views.day(), report.failed, list(editions.values()), report.store, site)
    else:
        work = show_unchanged_day(report.date, report.listed, report.new, report.store, site)
    context.run_in_background(work)


def run_record(run_id: str, started_at: dt.datetime, outcome: DayOutcome, context: RunContext) -> Run:
    """The record of a run that has ended."""
    return Run(
        run_id=run_id,
        started_at=started_at,
        finished_at=dt.datetime.now(dt.UTC),
        state=outcome.state,
        listed=outcome.listed,
        new=outcome.new,
        read=sum(outcome.sources.values()),
        analyzed=outcome.analyzed,
        failed=len(outcome.failed),
        stand_ins=len(outcome.stand_ins),
        tokens=outcome.tokens,
        cached_tokens=outcome.cached_tokens,
        cost_usd=outcome.cost_usd,
        versions=Versions(
            program=version("daily-papers"),
            schema_version=SCHEMA_VERSION,
            model=context.analyst.name,
            prompt=context.analyst.prompt_version,
            profile=context.profile.name,
        ),
    )
