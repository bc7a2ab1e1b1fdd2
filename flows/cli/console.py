"""What commands print with: the consoles, a run's report, the table of a backfill."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:  # both import Prefect, which takes seconds
    from flows.backfill import BackfillReport
    from flows.daily import DayReport

out, err = Console(soft_wrap=True, highlight=False), Console(stderr=True, soft_wrap=True, highlight=False)


def print_table(table: Table) -> None:
    """Print a table; outside a terminal no line of it is folded."""
    (out if out.is_terminal else Console(width=200, highlight=False)).print(table)


def show_report(report: DayReport) -> None:
    """The outcome of a date: counts, what went wrong and where the editions lie."""
    sources = ", ".join(f"{n} {source}" for source, n in sorted(report.sources.items())) or "none"
    out.print(f"{report.date}: {report.listed} listed, {report.new} new; read: {sources}")
    for warning in report.warnings:
        err.print(f"warning: {escape(warning)}")
    for arxiv_id, reason in report.failed.items():
        err.print(f"failed: {arxiv_id}: {escape(reason)}")
    if report.corrected:
        out.print(f"corrected by it: {', '.join(map(str, report.corrected))}")
    for key in report.editions:
        out.print(f"  {location(report.store, key)}")


def show_dates(report: BackfillReport) -> None:
    """A backfill's table, and the days that it corrected besides its own."""
    table = Table("date", "state", "listed", "new", "failed", "reason")
    for o in report.outcomes:
        table.add_row(str(o.date), o.state, str(o.listed), str(o.new), str(o.failed), escape(o.reason))
    print_table(table)
    if report.corrected:
        out.print(f"corrected by it: {', '.join(map(str, report.corrected))}")


def location(root: str, key: str) -> str:
    """Where a key of the store at `root` lies: a path, or an address."""
    return f"{root}/{key}" if "://" in root else str(Path(root) / key)
