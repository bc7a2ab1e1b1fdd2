"""Notes in the store of the corrections that a backfill still has to make; the next one completes a killed one's.

A backfill corrects later days once, at its end. Its dates are complete before that, so the snapshots alone do not show
that the correction is still missing.
"""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ValidationError

from flows.days.later_days import correct_rows_after, finish_corrections, render_stale
from papers.profile import Profile
from papers.settings import Ungrounded
from papers.store import Store
from papers.tables.snapshots import dates_of

FOLDER = "backfills/"


class PendingCorrections(BaseModel):
    """The dates whose later days have to be corrected."""

    dates: frozenset[dt.date] = frozenset()
    ordered: bool = True  # each date ended before the next began: no corrections among these dates
    begun: bool = False  # rows of later days may be corrected already, but not their editions

    def __or__(self, other: PendingCorrections) -> PendingCorrections:
        """The corrections of both."""
        return PendingCorrections(
            dates=self.dates | other.dates, ordered=self.ordered and other.ordered, begun=self.begun or other.begun
        )


def note_key(start: dt.date, end: dt.date) -> str:
    """The key of the note of a backfill of that range."""
    return f"{FOLDER}{start}_{end}.json"


def read_notes(store: Store) -> dict[str, PendingCorrections]:
    """The pending corrections of all backfills, by the key of their note."""
    notes = {}
    for key in store.keys(FOLDER):
        try:
            note = PendingCorrections.model_validate_json(store.get(key) or b"{}")
        except ValidationError:
            continue  # not a note of a backfill
        if note.dates:
            notes[key] = note
    return notes


def write_note(store: Store, key: str, note: PendingCorrections) -> None:
    """Write a note; an empty one says that nothing is pending any more."""
    store.put(key, note.model_dump_json().encode())


def apply_corrections(
    store: Store,
    profile: Profile,
    ungrounded: Ungrounded,
    notes: dict[str, PendingCorrections],
    run_id: str,
) -> list[dt.date]:
    """Correct the days after the dates of `notes`, and clear the notes; returns the days whose rows changed."""
    pending = PendingCorrections()
    for note in notes.values():
        pending |= note
    later_dates = [d for d in dates_of(store, "papers") if pending.dates and d > min(pending.dates)]
    changed_dates: list[dt.date] = []
    if later_dates and not (pending.ordered and pending.dates.issuperset(later_dates) and not pending.begun):
        for key, note in notes.items():
            write_note(store, key, note.model_copy(update={"begun": True}))
        changes = correct_rows_after(store, profile, pending.dates, run_id, ungrounded)
        render_stale(store, profile, dict.fromkeys(later_dates, profile.editions) if pending.begun else changes.stale)
        finish_corrections(store, changes)
        changed_dates = changes.dates
    for key in notes:
        write_note(store, key, PendingCorrections())
    return changed_dates
