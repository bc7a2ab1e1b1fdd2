"""The errors that are shown to the user; each has the exit code of the command that it ends.

A failure of one paper is not an exception at this level: it is a row with a reason.
"""

from __future__ import annotations

from papers.models import Reason
from papers.reasons import reason_text


class ReasonedError(Exception):
    """An error that carries its `reason`, which stages put into rows; its text is the reason in English."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason_text(reason, "en"))
        self.reason = reason


class DailyPapersError(Exception):
    """An error with a message for the user: what happened, where, and what to do next."""

    exit_code = 1


class UsageError(DailyPapersError):
    """Bad usage or settings: an impossible date, an unknown profile, a malformed value (exit code 2)."""

    exit_code = 2


class Unreachable(DailyPapersError):
    """The site, the store or the model cannot be reached or used at all (exit code 3)."""

    exit_code = 3


class SiteUnreachable(Unreachable):
    """A site gave no usable response after all tries."""


class StoreUnreachable(Unreachable):
    """The store cannot be read or written."""


class ModelUnreachable(Unreachable):
    """The model's server does not answer, or refuses the key or the model's name."""
