"""A run's progress on the terminal: bars, or plain lines for logs and pipes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from flows.days.progress import reporter
from papers.models import Analysis, Paper, Reading


def _outcome(reading: Reading) -> str:
    return reading.source or reading.state if reading.state == "done" else f"{reading.state}: {reading.reason}"


def _numbers(analysis: Analysis) -> str:
    if analysis.state != "done":
        return f"{analysis.state}: {analysis.reason}"
    return f"{analysis.numbers_grounded} of {analysis.numbers_total} numbers grounded"


@dataclass
class PlainLines:
    """A line a step: for logs, pipes and CI."""

    many: bool = False  # dates: a line each, and of papers only what is wrong

    def listed(self, date: str, listed: int, new: int) -> None:
        """The list's size."""
        if not self.many:
            self.said(f"{date}: {listed} listed, {new} new")

    def read(self, paper: Paper, reading: Reading) -> None:
        """The paper's source."""
        if not self.many or reading.state != "done":
            self.said(f"read     {paper.arxiv_id}  {_outcome(reading)}")

    def analyzed(self, paper: Paper, analysis: Analysis) -> None:
        """The paper's numbers."""
        if not self.many or analysis.state != "done":
            self.said(f"analyzed {paper.arxiv_id}  {analysis.language}  {_numbers(analysis)}")

    def dates(self, count: int) -> None:
        """From now on a line a date."""
        self.many = True

    def dated(self, date: str, outcome: str) -> None:
        """The date's outcome."""
        self.said(f"{date}: {outcome}")

    def said(self, text: str) -> None:
        """The line itself."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


@dataclass
class Bars:
    """Bars on a terminal, of a date's reading and analysing or of many dates, with what is wrong above them."""

    progress: Progress
    languages: int
    bars: dict[str, TaskID] = field(default_factory=dict)

    def listed(self, date: str, listed: int, new: int) -> None:
        """Two new bars for a date."""
        if "dates" in self.bars:
            return
        self.said(f"[bold]{date}[/]: {listed} listed, {new} new")
        self.bars = {
            "read": self.progress.add_task(f"{date} reading", total=new),
            "analyze": self.progress.add_task(f"{date} analysing", total=new * self.languages),
        }

    def read(self, paper: Paper, reading: Reading) -> None:
        """One step, and a line for a paper that could not be read."""
        self._advance("read")
        if reading.state != "done":
            self.said(f"{paper.arxiv_id}  {_outcome(reading)}")

    def analyzed(self, paper: Paper, analysis: Analysis) -> None:
        """One step, and a line for a paper that could not be analysed."""
        self._advance("analyze")
        if analysis.state != "done":
            self.said(f"{paper.arxiv_id}  {analysis.language}  {_numbers(analysis)}")

    def dates(self, count: int) -> None:
        """One bar for all dates."""
        self.bars = {"dates": self.progress.add_task("dates", total=count)}

    def dated(self, date: str, outcome: str) -> None:
        """One step, and the date's outcome."""
        self._advance("dates")
        self.said(f"[bold]{date}[/]: {escape(outcome)}")

    def _advance(self, bar: str) -> None:
        if bar in self.bars:
            self.progress.advance(self.bars[bar])

    def said(self, text: str) -> None:
        """A line above the bars."""
        self.progress.console.print(text, highlight=False)


@contextmanager
def shown(languages: int) -> Iterator[None]:
    """Show the runs inside: bars on a terminal, plain lines elsewhere."""
    console = Console()
    if not console.is_terminal:
        token = reporter.set(PlainLines())
        try:
            yield
        finally:
            reporter.reset(token)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        token = reporter.set(Bars(progress, languages))
        try:
            yield
        finally:
            reporter.reset(token)
