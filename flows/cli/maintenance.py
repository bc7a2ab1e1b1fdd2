"""Commands about the store and the set-up: query, doctor, fsck, reindex, status."""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from flows.cli.console import out, print_table
from flows.cli.options import ModelOption, RowFormat, StoreOption
from papers.errors import UsageError
from papers.models import READING_SOURCES
from papers.settings import load_settings, set_options


def query(
    sql: Annotated[str, typer.Argument(help="SELECT … FROM papers, readings, analyses, curation, runs …")],
    store: StoreOption = None,
    form: Annotated[RowFormat, typer.Option("--form", help="how rows are printed or written")] = RowFormat.table,
    output: Annotated[Path | None, typer.Option("--output", help="a file, instead of printing")] = None,
) -> None:
    """Run SQL over the snapshots: a table for each dataset (docs/tables.md), with the column date."""
    from papers.store import open_store
    from papers.tables.sql import fetch_rows, run_query, write_result

    set_options(store=store)
    result = run_query(open_store(load_settings().store), sql)
    if output is not None and form is RowFormat.table:
        form = RowFormat(output.suffix[1:]) if output.suffix in (".csv", ".json", ".parquet") else RowFormat.csv
    if form is RowFormat.parquet and output is None:
        raise UsageError("Parquet is not printed: give a file with --output FILE")
    if form is not RowFormat.table:
        write_result(result, output or Path("/dev/stdout"), form)
        return
    names, rows = fetch_rows(result)
    table = Table(*names)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    print_table(table)


def doctor(store: StoreOption = None, model: ModelOption = None) -> None:
    """Check whether the store, the sites, the model and the Prefect server can be used."""
    set_options(store=store, model=model)
    from flows.cli.health_checks import run_checks

    results = asyncio.run(run_checks(load_settings()))
    for result in results:
        out.print(f"{result.state:5}  {result.name:22}  {result.detail}")
    if any(result.state == "fault" for result in results):
        sys.exit(1)


def fsck(
    store: StoreOption = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="repair what can be repaired; broken objects are copied first")
    ] = False,
) -> None:
    """Check every object of the store, and the datasets against each other."""
    set_options(store=store)
    from flows.days.derivation import derive_views
    from papers.profile import load_profile
    from papers.store import open_store
    from papers.tables.fsck import check_store

    faults = notes = 0
    settings = load_settings()
    store_to_check, dates = open_store(settings.store), set[dt.date]()
    for finding in check_store(store_to_check, repair):
        faults, notes = faults + (finding.level == "fault"), notes + (finding.level == "note")
        if finding.level == "fault" and finding.date is not None:
            dates.add(finding.date)
        repair_text = f" Repaired: {finding.repair_note}." if finding.repair_note else ""
        out.print(f"{finding.level:5}  {finding.key}: {finding.problem}.{repair_text} Next: {finding.next_step}")
    if repair and dates:
        update = derive_views(store_to_check, load_profile(settings.profile), settings.ungrounded, dates)
        out.print(f"derived again: {', '.join(map(str, sorted(dates & update.days.keys()))) or 'nothing'}")
        for date in sorted(update.without_list):
            out.print(f"not derived: {date}, of which no list is on record. Next: daily-papers run --date {date}")
    out.print(f"{store_to_check.root}: {faults} faults, {notes} notes")
    if faults:
        sys.exit(1)


def import_store(
    old: Annotated[str, typer.Argument(help="a store of the layout before facts and views")],
    store: StoreOption = None,
) -> None:
    """Copy the facts of a store of the earlier layout into another store, and derive its views."""
    set_options(store=store)
    from flows.days.derivation import derive_views
    from flows.days.old_store import import_facts
    from papers.profile import load_profile
    from papers.store import open_store

    settings = load_settings()
    new = open_store(settings.store)
    report = import_facts(open_store(old), new)
    out.print(f"{old}: copied {', '.join(f'{n} {kind}' for kind, n in report.copied.items()) or 'nothing'}")
    for folder, count in report.skipped.items():
        out.print(f"not copied: {count} objects of {folder} that no row names")
    for problem in report.problems:
        out.print(f"not readable: {problem}")
    update = derive_views(new, load_profile(settings.profile), settings.ungrounded, report.dates)
    date_count = len(update.days.keys() & set(report.dates))
    out.print(f"{new.root}: views of {date_count} dates. Next: daily-papers site --store {new.root}")
    if report.problems:
        sys.exit(1)


def reindex(store: StoreOption = None) -> None:
    """Rebuild the index of all listed papers from the snapshots."""
    set_options(store=store)
    from papers.store import open_store
    from papers.tables.paper_index import rebuild_index

    store_to_index = open_store(load_settings().store)
    out.print(f"{store_to_index.root}: {rebuild_index(store_to_index)} listed papers in the index")


def status(
    store: StoreOption = None,
    cost: Annotated[bool, typer.Option("--cost", help="tokens and dollars, by day and month")] = False,
) -> None:
    """Show what the store has of each date."""
    set_options(store=store)
    from flows.days.status import cost_rows, status_rows

    settings = load_settings()
    if cost:
        cost_table = Table("date", "model", "analyses", "input tokens", "output tokens", "USD", "cached input")
        for row in cost_rows(settings.store):
            cost_table.add_row(*row)
        print_table(cost_table)
        return
    rows = status_rows(settings.store)
    if not rows:
        out.print(f"{settings.store} has no day yet. Next: daily-papers run")
        return
    table = Table("date", "state", "listed", "new", *READING_SOURCES, "analyzed", "failed", "numbers", "last run")
    for row in rows:
        table.add_row(*row)
    print_table(table)
