"""Commands that run a flow over dates: run, backfill, rerender, refresh, roundup, watch, demo."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer

from flows.cli.console import location, out, print_backfill, print_report, program
from flows.cli.options import DateOption, LanguageOption, ModelOption, ProfileOption, StoreOption, parse_date
from flows.server import temporary_server
from flows.server.local_server import TAG
from papers.analysis_choice import EXTRACTIVE
from papers.errors import UsageError
from papers.settings import SAMPLE, load_settings, set_options


def begin_imports() -> None:
    """Start the temporary server, which starts while this process imports the flow.

    Until `run_with_progress` no garbage is collected: what imports allocate stays, and to scan it again and again
    takes a seventh of their time.
    """
    temporary_server.start()
    gc.disable()


def run_with_progress(languages: int, call: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run a flow and show its progress; `languages` is the number of analyses of each paper."""
    from prefect import tags

    from flows.cli.progress import progress_display
    from flows.server.garbage_collection import exclude_imports

    exclude_imports()  # before the first collection scans all of it
    gc.enable()
    temporary_server.wait()
    with progress_display(languages), tags(TAG):
        return asyncio.run(call())


def run(
    date: DateOption = None,
    store: StoreOption = None,
    profile: ProfileOption = None,
    language: LanguageOption = None,
    model: ModelOption = None,
    from_raw: Annotated[bool, typer.Option("--from-raw", help="send no request: use the pages in the store")] = False,
) -> None:
    """Report one date, or the newest listed day and the gaps of the last days."""
    day = parse_date(date) if date else None
    if from_raw and day is None:
        raise UsageError("--from-raw needs the date to run again: --date YYYY-MM-DD")
    set_options(store=store, profile=profile, language=language, model=model)
    settings = load_settings()
    begin_imports()
    from flows.daily import daily

    reports = run_with_progress(len(settings.language), lambda: daily(day, settings.profile, from_raw=from_raw))
    for report in reports:
        print_report(report)
    if any(r.failed or (r.stand_ins and settings.stand_in == "fail") for r in reports):
        sys.exit(1)


def backfill(
    start: Annotated[str, typer.Argument(help="YYYY-MM-DD, the first date")],
    end: Annotated[str, typer.Argument(help="YYYY-MM-DD, the last date")],
    deploy: Annotated[
        bool, typer.Option("--deploy", help="on the Prefect server's workers, as runs of daily/daily")
    ] = False,
    store: StoreOption = None,
    profile: ProfileOption = None,
    language: LanguageOption = None,
    model: ModelOption = None,
) -> None:
    """Report every date of a range that is not complete yet, oldest first; the same command again continues."""
    first, last = parse_date(start), parse_date(end)
    set_options(store=store, profile=profile, language=language, model=model)
    settings = load_settings()
    begin_imports()
    from flows.backfill import backfill as backfill_flow
    from flows.days.backfill_report import DatesIncomplete

    try:
        report = run_with_progress(
            len(settings.language), lambda: backfill_flow(first, last, profile, language, model, deploy=deploy)
        )
    except DatesIncomplete as error:
        print_backfill(error.report)
        raise
    print_backfill(report)


def rerender(date: DateOption = None, store: StoreOption = None, profile: ProfileOption = None) -> None:
    """Write the editions of one date, or of all dates, again from the snapshots."""
    day = parse_date(date) if date else None
    set_options(store=store, profile=profile)
    begin_imports()
    from flows.rerender import rerender as rerender_flow

    keys = run_with_progress(1, lambda: rerender_flow(day))
    out.print(f"{len(keys)} editions rendered in {load_settings().store}")


def refresh(
    days: Annotated[int, typer.Option("--days", min=1, help="how many of the last days")] = 7,
    store: StoreOption = None,
    profile: ProfileOption = None,
    language: LanguageOption = None,
    model: ModelOption = None,
) -> None:
    """Fetch the lists of the last days again: later upvotes and stars, and papers listed late."""
    set_options(store=store, profile=profile, language=language, model=model)
    settings = load_settings()
    begin_imports()
    from flows.refresh import refresh as refresh_flow

    reports = run_with_progress(len(settings.language), lambda: refresh_flow(days, settings.profile))
    for report in reports:
        print_report(report)
    if not reports:
        out.print(f"{settings.store} has none of the last {days} days. Next: daily-papers run")
    if any(r.failed or (r.stand_ins and settings.stand_in == "fail") for r in reports):
        sys.exit(1)


def roundup(
    period: Annotated[str, typer.Argument(help="2026-W08, 2026-02, last-week or last-month")],
    store: StoreOption = None,
    profile: ProfileOption = None,
) -> None:
    """Write the roundup of a week or a month from the snapshots: best and rising papers, trends, coverage."""
    set_options(store=store, profile=profile)
    begin_imports()
    from flows.roundup import roundup as roundup_flow

    keys = run_with_progress(1, lambda: roundup_flow(period))
    root = load_settings().store
    for key in keys:
        out.print(f"  {location(root, key)}")


def watch(store: StoreOption = None, profile: ProfileOption = None) -> None:
    """Fail (exit code 1) when the newest listed day has no complete snapshot."""
    set_options(store=store, profile=profile)
    from flows.watch import watch as watch_flow

    date = run_with_progress(1, lambda: watch_flow(load_settings().profile))
    out.print(f"{date}: complete in {load_settings().store}")


def demo(store: StoreOption = "./demo") -> None:
    """Run the bundled sample day: no key, no network."""
    from papers.sample import SAMPLE_DAYS

    set_options(store=store, hf_url=SAMPLE, arxiv_url=SAMPLE, model=EXTRACTIVE, language="zh,en", profile="default")
    begin_imports()
    from flows.daily import daily

    for day in SAMPLE_DAYS:
        for report in run_with_progress(2, lambda day=day: daily(day)):  # type: ignore[misc]
            print_report(report)
    root = load_settings().store
    out.print(f"the site: {location(root, 'site/index.html')}; to view it: {program()} site --serve --store {root}")
