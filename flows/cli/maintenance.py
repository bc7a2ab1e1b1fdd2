"""Commands about the store and the set-up: query, doctor, fsck, reindex, status."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from flows.cli.console import out, print_table
from flows.cli.options import ModelOption, Rows, StoreOption
from papers.errors import UsageError
from papers.settings import load_settings, set_options


def query(
    sql: Annotated[str, typer.Argument(help="SELECT … FROM papers, readings, analyses, curation, runs …")],
    store: StoreOption = None,
    form: Annotated[Rows, typer.Option("--form", help="how rows are printed or written")] = Rows.table,
    output: Annotated[Path | None, typer.Option("--output", help="a file, instead of printing")] = None,
) -> None:
    """SQL over the snapshots: a table for each dataset (docs/tables.md), with the column date."""
    from papers.store import open_store
    from papers.tables.sql import rows_of, run_query, write_result

    set_options(store=store)
    found = run_query(open_store(load_settings().store), sql)
    if output is not None and form is Rows.table:
        form = Rows(output.suffix[1:]) if output.suffix in (".csv", ".json", ".parquet") else Rows.csv
    if form is Rows.parquet and output is None:
        raise UsageError("a Parquet file needs a name: --output FILE")
    if form is not Rows.table:
        write_result(found, output or Path("/dev/stdout"), form)
        return
    names, rows = rows_of(found)
    table = Table(*names)
    for row in rows:
        table.add_row(*(escape("" if value is None else str(value)) for value in row))
    print_table(table)


def doctor(store: StoreOption = None, model: ModelOption = None) -> None:
    """Whether the store, the sites, the model and the Prefect server can be used."""
    set_options(store=store, model=model)
    from flows.cli.health_checks import examine

    lines = asyncio.run(examine(load_settings()))
    for line in lines:
        out.print(f"{line.state:5}  {line.name:22}  {escape(line.what)}")
    if any(line.state == "fault" for line in lines):
        sys.exit(1)


def fsck(
    store: StoreOption = None,
    repair: Annotated[bool, typer.Option("--repair", help="mend what can be mended; all is copied first")] = False,
) -> None:
    """Check every object of the store, and the datasets against each other."""
    set_options(store=store)
    from papers.store import open_store
    from papers.tables.fsck import check_store

    faults = notes = 0
    opened = open_store(load_settings().store)
    for found in check_store(opened, repair):
        faults, notes = faults + (found.level == "fault"), notes + (found.level == "note")
        done = f" Repaired: {found.repaired}." if found.repaired else ""
        out.print(escape(f"{found.level:5}  {found.key}: {found.what}.{done} Next: {found.next}"))
    out.print(f"{opened.root}: {faults} faults, {notes} notes")
    if faults:
        sys.exit(1)


def reindex(store: StoreOption = None) -> None:
    """Make the index of all listed papers anew from the snapshots."""
    set_options(store=store)
    from papers.store import open_store
    from papers.tables.paper_index import rebuild_index

    opened = open_store(load_settings().store)
    out.print(f"{opened.root}: {rebuild_index(opened)} listed papers in the index")


def status(
    store: StoreOption = None,
    cost: Annotated[bool, typer.Option("--cost", help="tokens and dollars, by day and month")] = False,
) -> None:
    """What the store holds, a line a date."""
    set_options(store=store)
    from flows.days.status import cost_rows, status_rows

    settings = load_settings()
    if cost:
        spent = Table("date", "model", "analyses", "input tokens", "output tokens", "USD")
        for line in cost_rows(settings.store):
            spent.add_row(*line)
        out.print(spent)
        return
    rows = status_rows(settings.store)
    if not rows:
        out.print(f"{settings.store} holds no day yet. Next: daily-papers run")
        return
    table = Table("date", "state", "listed", "new", "html", "pdf", "abs", "analyzed", "failed", "numbers", "last run")
    for row in rows:
        table.add_row(*row)
    print_table(table)
