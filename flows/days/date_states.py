"""Which dates of a store are finished: their views are there, and made of all of their facts."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection
from functools import cached_property

from flows.days.view_files import adopt_copies
from papers.facts.day_facts import DayFacts, hash_keys
from papers.models import Language
from papers.store import Store
from papers.tables.manifests import DayOutcome, Manifests, StoredViews, hash_stamps


class DateStates:
    """One look at a store: its manifests, runs and files are listed once, for all dates that are asked about."""

    def __init__(self, store: Store) -> None:
        self.store, self.manifests, self._files = store, Manifests(store), StoredViews(store)

    @cached_property
    def _run_keys(self) -> dict[dt.date, list[str]]:
        keys: dict[dt.date, list[str]] = defaultdict(list)
        for key in self.store.keys("runs/"):
            if match := re.match(r"runs/(\d{4}-\d\d-\d\d)/", key):
                keys[dt.date.fromisoformat(match[1])].append(key)
        return keys

    @property
    def dates(self) -> list[dt.date]:
        """The dates that a run was started for, oldest first."""
        return sorted({*self._run_keys, *self.manifests.dates})

    def outcome(self, date: dt.date) -> DayOutcome | None:
        """What came of a date; None if its views were never derived."""
        summary = self.manifests.summary(date)
        return summary.outcome if summary else None

    def is_finished(self, date: dt.date) -> bool:
        """Whether every new paper was tried, and all views are there and made of all facts."""
        summary = self.manifests.summary(date)
        if summary is None or summary.outcome is None or summary.outcome.untried:
            return False
        return self._has_same_facts(date, summary.run_keys, summary.facts) and self._has_same_files(date, summary.files)

    def _has_same_facts(self, date: dt.date, run_keys: list[str], facts_hash: str) -> bool:
        keys = self._run_keys[date]
        ends = {k for k in keys if k.endswith(".end.json")}
        have_ended = all(k.replace(".start.json", ".end.json") in ends for k in keys)
        if have_ended and keys == run_keys:
            return True
        facts = DayFacts(self.store, date)  # a run is going on, was killed, or ended after the manifest was written
        facts.list_again()
        return hash_keys(facts.inputs) == facts_hash

    def _has_same_files(self, date: dt.date, files_hash: str) -> bool:
        stamps = self._files.of(date)
        if hash_stamps(stamps) == files_hash:
            return True
        manifest = self.manifests.get(date)
        return manifest is not None and adopt_copies(manifest, stamps, self.store).stamps().items() <= stamps.items()

    def is_complete(self, date: dt.date, languages: Collection[Language]) -> bool:
        """Whether nothing of the date is left to do: every paper is finished, and no source was skipped.

        Every paper that was read must have an analysis in all `languages`; the model and the profile do not matter.
        """
        outcome = self.outcome(date)
        if outcome is None or outcome.state != "done" or outcome.has_skipped_sources:
            return False
        return set(languages) <= set(outcome.languages) and self.is_finished(date)

    def gaps_before(self, newest: dt.date, days: int) -> list[dt.date]:
        """The days among the last `days` before `newest` that are not finished, oldest first.

        Days before the store's first are no gaps: a new store does not fetch a week that nobody asked for.
        """
        if not self.dates:
            return []
        candidates = (newest - dt.timedelta(days=days_back) for days_back in range(days, 0, -1))
        return [d for d in candidates if d >= self.dates[0] and not self.is_finished(d)]


def finished_dates(store: Store) -> list[dt.date]:
    """The dates that are finished, oldest first."""
    states = DateStates(store)
    return [d for d in states.dates if states.is_finished(d)]


def unfinished_dates(store: Store) -> list[dt.date]:
    """The dates that a run is working on, or was killed while it did, oldest first."""
    states = DateStates(store)
    return [d for d in states.dates if not states.is_finished(d)]
