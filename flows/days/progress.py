"""What a run says while it goes: to the terminal, to plain lines, or to nobody; and to Prefect's progress artifact."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

from papers.models import Analysis, Paper, Reading


class Reporter(Protocol):
    """Hears of a run's steps."""

    def listed(self, date: str, listed: int, new: int) -> None:
        """The list is there, `new` of its papers are new."""

    def read(self, paper: Paper, reading: Reading) -> None:
        """A paper was read, or could not be."""

    def analyzed(self, paper: Paper, analysis: Analysis) -> None:
        """A paper was analysed, or could not be."""

    def dates(self, count: int) -> None:
        """So many dates follow: from now on they are what is told, and of papers only what is wrong."""

    def dated(self, date: str, outcome: str) -> None:
        """One of them has ended."""

    def said(self, text: str) -> None:
        """Anything else worth a line."""


class Silent:
    """Hears and says nothing: for flow runs on a worker, whose logs Prefect keeps."""

    def listed(self, date: str, listed: int, new: int) -> None:
        """Nothing."""

    def read(self, paper: Paper, reading: Reading) -> None:
        """Nothing."""

    def analyzed(self, paper: Paper, analysis: Analysis) -> None:
        """Nothing."""

    def dates(self, count: int) -> None:
        """Nothing."""

    def dated(self, date: str, outcome: str) -> None:
        """Nothing."""

    def said(self, text: str) -> None:
        """Nothing."""


reporter: ContextVar[Reporter] = ContextVar("reporter", default=Silent())  # noqa: B039 - it has no state
