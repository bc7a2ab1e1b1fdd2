"""A run's progress on the terminal: bars, or plain lines for logs and pipes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from flows.cli.console import PlainConsole
from flows.days.progress import reporter
from papers.analysis_choice import is_stand_in
from papers.models import Analysis, Paper, Reading
from papers.reasons import reason_text
from papers.text import printable


def _reading_outcome(reading: Reading) -> str:
    return (
        reading.source or reading.state
        if reading.state == "done"
        else f"{reading.state}: {reason_text(reading.reason, 'en')}"
    )


def _analysis_outcome(analysis: Analysis) -> str:
    if analysis.state != "done":
        return f"{analysis.state}: {reason_text(analysis.reason, 'en')}"
    if is_stand_in(analysis):
        return f"an extract: {reason_text(analysis.reason, 'en')}"
    return f"{analysis.numbers_grounded} of {analysis.numbers_total} numbers grounded"


@dataclass
class LineReporter:
    """Prints one line per step: for logs, pipes and CI."""

    many_dates: bool = False  # one line per date, and of papers only the failures

    def on_list(self, date: str, listed: int, new: int) -> None:
        """Print the size of the list."""
        if not self.many_dates:
            self.message(f"{date}: {listed} listed, {new} new")

    def on_reading(self, paper: Paper, reading: Reading) -> None:
        """Print the paper's source."""
        if not self.many_dates or reading.state != "done":
            self.message(f"read     {paper.arxiv_id}  {_reading_outcome(reading)}")

    def on_analysis(self, paper: Paper, analysis: Analysis) -> None:
        """Print the counts of the paper's numbers."""
        if not self.many_dates or analysis.state != "done" or is_stand_in(analysis):
            self.message(f"analyzed {paper.arxiv_id}  {analysis.language}  {_analysis_outcome(analysis)}")

    def on_dates(self, count: int) -> None:
        """Print one line per date from now on."""
        self.many_dates = True

    def on_date_end(self, date: str, outcome: str) -> None:
        """Print the date's outcome."""
        self.message(f"{date}: {outcome}")

    def message(self, text: str) -> None:
        """Print the line."""
        sys.stdout.write(printable(text) + "\n")
        sys.stdout.flush()


@dataclass
class BarReporter:
    """Shows progress bars on a terminal, for one date or for many dates, with failures as lines above them."""

    progress: Progress
    languages: int
    bars: dict[str, TaskID] = field(default_factory=dict)

    def on_list(self, date: str, listed: int, new: int) -> None:
        """Add two bars for a date."""
        if "dates" in self.bars:
            return
        self.message(f"{date}: {listed} listed, {new} new")
        self.bars = {
            "read": self.progress.add_task(f"{date} reading", total=new),
            "analyze": self.progress.add_task(f"{date} analysing", total=new * self.languages),
        }

    def on_reading(self, paper: Paper, reading: Reading) -> None:
        """Advance by one, and print a line if the paper could not be read."""
        self._advance("read")
        if reading.state != "done":
            self.message(f"{paper.arxiv_id}  {_reading_outcome(reading)}")

    def on_analysis(self, paper: Paper, analysis: Analysis) -> None:
        """Advance by one, and print a line if the paper could not be analysed."""
        self._advance("analyze")
        if analysis.state != "done" or is_stand_in(analysis):
            self.message(f"{paper.arxiv_id}  {analysis.language}  {_analysis_outcome(analysis)}")

    def on_dates(self, count: int) -> None:
        """Show one bar for all dates."""
        self.bars = {"dates": self.progress.add_task("dates", total=count)}

    def on_date_end(self, date: str, outcome: str) -> None:
        """Advance by one, and print the date's outcome."""
        self._advance("dates")
        self.message(f"{date}: {outcome}")

    def _advance(self, bar: str) -> None:
        if bar in self.bars:
            self.progress.advance(self.bars[bar])

    def message(self, text: str) -> None:
        """Print a line above the bars."""
        self.progress.console.print(text)


@contextmanager
def progress_display(languages: int) -> Iterator[None]:
    """Show the progress of the runs inside: bars on a terminal, plain lines elsewhere."""
    console = PlainConsole()
    if not console.is_terminal:
        token = reporter.set(LineReporter())
        try:
            yield
        finally:
            reporter.reset(token)
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        token = reporter.set(BarReporter(progress, languages))
        try:
            yield
        finally:
            reporter.reset(token)
