"""The interface by which a run reports its progress, and the reporter that is in use."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

from papers.models import Analysis, Paper, Reading


class Reporter(Protocol):
    """Receives the steps of a run."""

    def on_list(self, date: str, listed: int, new: int) -> None:
        """The list of a date was fetched; `new` of its papers are new."""

    def on_reading(self, paper: Paper, reading: Reading) -> None:
        """A paper was read, or could not be."""

    def on_analysis(self, paper: Paper, analysis: Analysis) -> None:
        """A paper was analysed, or could not be."""

    def on_dates(self, count: int) -> None:
        """`count` dates follow: from now on one line per date, and of papers only the failures."""

    def on_date_end(self, date: str, outcome: str) -> None:
        """One of the dates has ended."""

    def message(self, text: str) -> None:
        """Any other message."""


class SilentReporter:
    """Reports nothing: for flow runs on a worker, whose logs Prefect keeps."""

    def on_list(self, date: str, listed: int, new: int) -> None:
        """Nothing."""

    def on_reading(self, paper: Paper, reading: Reading) -> None:
        """Nothing."""

    def on_analysis(self, paper: Paper, analysis: Analysis) -> None:
        """Nothing."""

    def on_dates(self, count: int) -> None:
        """Nothing."""

    def on_date_end(self, date: str, outcome: str) -> None:
        """Nothing."""

    def message(self, text: str) -> None:
        """Nothing."""


reporter: ContextVar[Reporter] = ContextVar("reporter", default=SilentReporter())  # noqa: B039 - it has no state
