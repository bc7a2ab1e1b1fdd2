"""Printing: the consoles, a run's report, the table of a backfill."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from papers.text import printable

if TYPE_CHECKING:  # both import Prefect, which takes seconds
    from flows.daily import DayReport
    from flows.days.backfill_report import BackfillReport


class PlainConsole(Console):
    """A console for untrusted text: it interprets no markup and no emoji codes, and prints no control characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """As rich does it, of the text without control characters."""
        return super().render_str(printable(text), **options)


out, err = PlainConsole(soft_wrap=True), PlainConsole(stderr=True, soft_wrap=True)


def print_table(table: Table) -> None:
    """Print a table; outside a terminal its lines are not wrapped."""
    (out if out.is_terminal else PlainConsole(width=200)).print(table)


def print_report(report: DayReport) -> None:
    """Print the outcome of a date: counts, failures, and where the editions are."""
    sources = ", ".join(f"{n} {source}" for source, n in sorted(report.sources.items())) or "none"
    out.print(f"{report.date}: {report.listed} listed, {report.new} new; read: {sources}")
    for warning in report.warnings:
        err.print(f"warning: {warning}")
    for arxiv_id, reason in report.failed.items():
        err.print(f"failed: {arxiv_id}: {reason}")
    for arxiv_id, reason in report.stand_ins.items():
        err.print(f"an extract instead of an analysis: {arxiv_id}: {reason}")
    if report.corrected:
        out.print(f"later days corrected: {', '.join(map(str, report.corrected))}")
    for key in report.editions:
        out.print(f"  {location(report.store, key)}")


def print_backfill(report: BackfillReport) -> None:
    """Print a backfill's table, and the later days that it corrected."""
    table = Table("date", "state", "listed", "new", "failed", "reason")
    for outcome in report.outcomes:
        table.add_row(
            str(outcome.date),
            outcome.state,
            str(outcome.listed),
            str(outcome.new),
            str(outcome.failed),
            outcome.reason,
        )
    print_table(table)
    if report.corrected:
        out.print(f"later days corrected: {', '.join(map(str, report.corrected))}")


def location(root: str, key: str) -> str:
    """The path or address of a key in the store at `root`."""
    return f"{root}/{key}" if "://" in root else str(Path(root) / key)


def program() -> str:
    """The command line as the user can call it: by its name if it is on the PATH, else as it was called now."""
    called = sys.argv[0]
    is_script = Path(called).name == "daily-papers"  # and not `python -m flows.cli`
    return called if is_script and shutil.which("daily-papers") is None else "daily-papers"
