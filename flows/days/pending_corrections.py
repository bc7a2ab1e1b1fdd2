"""What a backfill owes the days after its dates, noted in the store: what a killed one left is made good by the next.

A backfill corrects later days once, at its end. Its dates are complete before that, so the snapshots alone do not tell
that the correction is still to come.
"""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ValidationError

from flows.days.later_days import correct_rows_after, finish_corrections, render_stale
from flows.days.row_updates import Ungrounded
from papers.profile import Profile
from papers.store import Store
from papers.tables.snapshots import dates_of

FOLDER = "backfills/"


class PendingCorrections(BaseModel):
    """The dates whose later days are to be corrected."""

    dates: frozenset[dt.date] = frozenset()
    ordered: bool = True  # each date was ended before the next one: among themselves they are right
    begun: bool = False  # rows of later days may have been corrected, and their editions not

    def __or__(self, other: PendingCorrections) -> PendingCorrections:
        """What both owe."""
        return PendingCorrections(
            dates=self.dates | other.dates, ordered=self.ordered and other.ordered, begun=self.begun or other.begun
        )


def key_of_range(start: dt.date, end: dt.date) -> str:
    """The key of a backfill's note."""
    return f"{FOLDER}{start}_{end}.json"


def read_notes(store: Store) -> dict[str, PendingCorrections]:
    """What the backfills of the store owe, by the key of their note."""
    found = {}
    for key in store.keys(FOLDER):
        try:
            note = PendingCorrections.model_validate_json(store.get(key) or b"{}")
        except ValidationError:
            continue  # none of ours
        if note.dates:
            found[key] = note
    return found


def write_note(store: Store, key: str, note: PendingCorrections) -> None:
    """Write a note; an empty one says that nothing is owed any more."""
    store.put(key, note.model_dump_json().encode())


def apply_corrections(
    store: Store,
    profile: Profile,
    ungrounded: Ungrounded,
    notes: dict[str, PendingCorrections],
    run_id: str,
) -> list[dt.date]:
    """Correct the days after the dates of `notes`, and settle these; returns the days whose rows changed."""
    due = PendingCorrections()
    for note in notes.values():
        due |= note
    later = [d for d in dates_of(store, "papers") if due.dates and d > min(due.dates)]
    changed: list[dt.date] = []
    if later and not (due.ordered and due.dates.issuperset(later) and not due.begun):
        for key, note in notes.items():
            write_note(store, key, note.model_copy(update={"begun": True}))
        found = correct_rows_after(store, profile, due.dates, run_id, ungrounded)
        render_stale(store, profile, dict.fromkeys(later, profile.editions) if due.begun else found.stale)
        finish_corrections(store, found)
        changed = found.dates
    for key in notes:
        write_note(store, key, PendingCorrections())
    return changed
