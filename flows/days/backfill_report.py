"""What became of the dates of a backfill."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from papers.errors import DailyPapersError, Unreachable
from papers.settings import StandIn

State = Literal["complete", "done", "partial", "failed", "not run"]


@dataclass(frozen=True)
class DateOutcome:
    """The outcome of a date: `complete` before this run, `partial` if some papers failed or have an extract
    instead of an analysis, `failed` if all of it did.
    """

    date: dt.date
    state: State
    listed: int = 0
    new: int = 0
    failed: int = 0  # number of papers
    stand_ins: int = 0  # number of papers with an extract instead of an analysis
    reason: str = ""


@dataclass(frozen=True)
class BackfillReport:
    """The outcome of a backfill."""

    outcomes: list[DateOutcome]
    corrected: list[dt.date]  # days whose rows changed, besides those that were run
    store: str

    @property
    def incomplete(self) -> list[DateOutcome]:
        """The dates that another call would run."""
        return [o for o in self.outcomes if o.state not in ("complete", "done")]

    def failing(self, stand_in: StandIn) -> list[DateOutcome]:
        """The incomplete dates that count as failed; those that lack only analyses do if `stand_in` says so."""
        return [o for o in self.incomplete if stand_in == "fail" or o.state != "partial" or o.failed]


class DatesIncomplete(DailyPapersError):
    """Some dates could not be completed. `report` says which and why; `exit_code` is 3 if something was unreachable."""

    def __init__(self, report: BackfillReport, stopped_by: Unreachable | None = None) -> None:
        incomplete = report.incomplete
        first = f"{incomplete[0].date}: {incomplete[0].reason}" if incomplete else ""
        super().__init__(
            str(stopped_by)
            if stopped_by
            else f"{len(incomplete)} of {len(report.outcomes)} dates are not complete (first {first}). "
            "Next: the same command again takes them up"
        )
        self.report = report
        self.exit_code = stopped_by.exit_code if stopped_by else 1
