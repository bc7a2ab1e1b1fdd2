"""Brings the views of dates up to date with the facts, and those of later dates as far as a change reaches.

Dates are updated oldest first. A date is read, derived and written until no new facts have come meanwhile, so that
runs of one date that cross end with the same views. Manifests are written last, those of later dates first: a process
that is killed leaves a date whose manifest does not match, and the next update begins there again.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from flows.days.day_views import DayViews
from flows.days.neighbours import WINDOW, Keywords, Neighbours, NoUsableList
from flows.days.old_store import refuse_old_store
from flows.days.record_choice import DayMemory
from flows.days.view_settings import ViewSettings
from papers.day import Edition
from papers.errors import StoreUnreachable
from papers.facts.day_facts import DayFacts, hash_keys
from papers.models import EditionName, Language
from papers.tables.manifests import ListedKey, Manifest, Manifests, StoredViews, hash_past
from papers.tables.paper_index import dates_listing
from tasks.dedupe.repeats import TITLE_SIMILARITY

FRESH = 5.0  # seconds for which what was listed need not be listed again before the views are derived
PAUSE = 0.2  # seconds that a date waits after each round for runs that add facts to it, at most
MAX_ROUNDS = 50  # how often other runs may add facts to a date while its views are derived


@dataclass
class UpdatedDay:
    """A date whose views were updated; its manifest is written by `commit`."""

    views: DayViews
    before: Manifest | None  # when the update began
    manifest: Manifest
    stored: Manifest | None  # the last one that was read or written

    @property
    def has_changed(self) -> bool:
        """Whether a snapshot changed."""
        return self.before is None or self.before.snapshots != self.manifest.snapshots


@dataclass
class ViewUpdate:
    """An update of some dates. `later`: dates after them are updated as well, else they are noted as unsettled."""

    settings: ViewSettings
    later: bool = True
    facts: dict[dt.date, DayFacts] = field(default_factory=dict)
    memory: dict[dt.date, DayMemory] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the manifests of the store. Raises UsageError for a store of the earlier layout."""
        self.look_again()
        self.days: dict[dt.date, UpdatedDay] = {}
        self.editions: dict[dt.date, dict[tuple[EditionName, Language], Edition]] = {}  # of dates with a memory
        self.without_list: dict[dt.date, NoUsableList] = {}  # dates that could not be updated
        if not self.manifests.dates:
            refuse_old_store(self.settings.store)

    def look_again(self) -> None:
        """Read the manifests again, and forget which files are stored: other runs may have ended meanwhile."""
        store, self._looked_at = self.settings.store, time.monotonic()
        self.manifests, self.keywords, self.files = Manifests(store), Keywords(store), StoredViews(store)

    def update(self, dates: Iterable[dt.date], *, list_changed: bool = True) -> None:
        """Update the views of `dates`, and with `later` those of the dates that they affect.

        Without `list_changed`, repeats are marked again only where a capture is new. Raises StoreUnreachable when the
        store fails, or when other runs keep adding facts.
        """
        if time.monotonic() - self._looked_at > FRESH:  # a run has waited for pages and a model
            self.look_again()
        self._update(dict.fromkeys(dates, list_changed))

    def _update(self, waiting: dict[dt.date, bool]) -> None:
        if self.later:
            for date in self._unsettled_dates():
                waiting.setdefault(date, False)
        while waiting:
            date = min(waiting)
            try:
                day = self._update_day(date, waiting.pop(date))
            except NoUsableList as error:
                self.without_list[date] = error  # its views, if there are any, stay as they are
                continue
            affected_dates = self._affected_by(day)
            if self.later:
                for other, marks in affected_dates.items():
                    waiting[other] = waiting.get(other, False) or marks
            elif affected_dates:
                changed_keys = _changed_keys(day.before, day.manifest)
                day.manifest = day.manifest.model_copy(update={"unsettled": changed_keys})

    def commit(self) -> None:
        """Write the manifests of the updated dates, the latest first.

        Then look whether other runs have crossed this one, and if so update their dates again.
        """
        for _ in range(MAX_ROUNDS):
            for date in sorted(self.days, reverse=True):
                day = self.days[date]
                day.manifest = day.views.update_runs(day.manifest)
                if day.manifest != day.stored:
                    self.manifests.put(day.manifest)
                    day.stored = day.manifest
            self.manifests.save_index()
            keys = {d: (self.facts[d].inputs, self.facts[d].run_keys) for d in self.days}
            crossing_dates = self._crossed_dates()
            if crossing_dates:
                self._update(crossing_dates)
            elif all((self.facts[d].inputs, self.facts[d].run_keys) == keys[d] for d in self.days):
                return
        raise self._busy(min(self.days))

    def _crossed_dates(self) -> dict[dt.date, bool]:
        """The dates that other runs affected, or finished without what this one has changed; true as in `_affected_by`.

        Of two runs that cross, the one that looks later finds the manifest of the other.
        """
        earlier_manifests = self.manifests
        self.look_again()
        crossing_dates = {d: False for d in self.days if self._has_new_facts(d)}
        crossing_dates |= {d: False for d, day in self.days.items() if self.neighbours(d).past != day.manifest.past}
        others = [
            d
            for d in self.manifests.dates
            if d not in self.days and self.manifests.stamp(d) != earlier_manifests.stamp(d)
        ]
        if not others:
            return crossing_dates
        crossing_dates |= {d: True for d in self.days if d > min(others)}
        for date, day in self.days.items():
            affected_dates = {d: marks for d, marks in self._affected_by(day).items() if d in others}
            if self.later:
                crossing_dates |= {d: marks or crossing_dates.get(d, False) for d, marks in affected_dates.items()}
            elif affected_dates:
                crossing_dates.setdefault(date, False)  # to note it as unsettled
        return crossing_dates

    def _has_new_facts(self, date: dt.date) -> bool:
        inputs = self.facts[date].inputs
        self.facts[date].list_again()
        return self.facts[date].inputs != inputs

    @property
    def changed_dates(self) -> list[dt.date]:
        """The dates whose snapshots changed."""
        return sorted(d for d, day in self.days.items() if day.has_changed)

    # --- one date ----------------------------------------------------------------------------------------------------

    def _update_day(self, date: dt.date, list_changed: bool) -> UpdatedDay:
        facts = self.facts.setdefault(date, DayFacts(self.settings.store, date))
        memory = self.memory.get(date)
        before = self.days[date].manifest if date in self.days else self.manifests.get(date)
        first, stored = (self.days[date].before, self.days[date].stored) if date in self.days else (before, before)
        for number in range(MAX_ROUNDS):
            time.sleep(random.uniform(0, PAUSE * min(number, 5)))  # noqa: S311 - others are adding facts
            facts.list_again()
            inputs = facts.inputs
            neighbours = self.neighbours(date)
            views = DayViews(self.settings, facts, before, self.files.of(date), neighbours, memory)
            manifest = views.update(list_changed)
            if memory is not None:
                self.editions.setdefault(date, {}).update({(e.name, e.language): e for e in views.editions})
            self.files.note(date, views.files.stamps)
            before = manifest
            facts.list_again()
            if facts.inputs == inputs and (not list_changed or neighbours.history_version() == neighbours.history):
                break
            self.files.forget(date)
        else:
            raise self._busy(date)
        self.manifests.hold(manifest)
        self.keywords.note(date, manifest.terms)
        self.days[date] = UpdatedDay(views, first, manifest, stored)
        if memory is None:  # one of many dates: its rows are not needed any more
            views.release()
        return self.days[date]

    def neighbours(self, date: dt.date) -> Neighbours:
        """The other dates, as this one sees them."""
        return Neighbours(self.settings.store, self.manifests, date, self.keywords)

    def views_of(self, date: dt.date) -> DayViews:
        """The views of a date as they are stored."""
        files = self.files.of(date)
        return DayViews(self.settings, self.facts[date], self.manifests.get(date), files, self.neighbours(date))

    def _busy(self, date: dt.date) -> StoreUnreachable:
        return StoreUnreachable(
            f"The store {self.settings.store.root}: other runs wrote {date} {MAX_ROUNDS} times while its views were "
            "derived. Next: see how many runs of this date there are, and run it again."
        )

    # --- later dates -------------------------------------------------------------------------------------------------

    def _unsettled_dates(self) -> list[dt.date]:
        summaries = ((d, self.manifests.summary(d)) for d in self.manifests.dates)
        return [d for d, summary in summaries if summary is not None and summary.unsettled]

    def _affected_by(self, day: UpdatedDay) -> dict[dt.date, bool]:
        """The later dates that depend on what changed; true for those whose repeats have to be marked again."""
        date, before, after = day.manifest.date, day.before, day.manifest
        later = [d for d in self.manifests.dates if d > date]
        if not later:
            return {}
        affected_dates: dict[dt.date, bool] = {}
        if keys := _changed_keys(before, after):
            ids, titles = {k.arxiv_id for k in keys}, sorted({k.title for k in keys})
            distance = 1 - TITLE_SIMILARITY / 100
            listing = dates_listing(self.settings.store, ids, titles, distance)
            affected_dates |= {d: True for d in later if d in listing}
        was_unsettled = before is not None and before.unsettled is not None
        if was_unsettled or before is None or (before.picks, before.directions) != (after.picks, after.directions):
            for other in later:
                summary = self.manifests.summary(other)
                if other <= date + WINDOW and summary and summary.past != hash_past(self.neighbours(other).past):
                    affected_dates.setdefault(other, False)
        if was_unsettled or before is None or before.terms != after.terms:
            for other, terms in self.keywords.new_hashes(later).items():
                summary = self.manifests.summary(other)
                if summary is not None and summary.terms != terms:
                    affected_dates.setdefault(other, False)
        return affected_dates


def _changed_keys(before: Manifest | None, after: Manifest) -> list[ListedKey]:
    """The listed papers that are not as they were when later dates were last compared with them."""
    old, new = set(before.listed if before else ()), set(after.listed)
    return sorted((old ^ new) | set((before and before.unsettled) or ()), key=lambda k: (k.arxiv_id, k.rest))


def update_views(
    settings: ViewSettings, dates: Iterable[dt.date], *, later: bool = True, list_changed: bool = True
) -> ViewUpdate:
    """Bring the views of `dates` up to date, and those that they affect, with all manifests."""
    update = ViewUpdate(settings, later)
    update.update(dates, list_changed=list_changed)
    update.commit()
    return update


class ListWriter:
    """Writes the snapshots of dates' lists alone, so that later dates find them; other views are not updated."""

    def __init__(self, settings: ViewSettings) -> None:
        store = settings.store
        self._settings = settings
        self._manifests, self._keywords, self._files = Manifests(store), Keywords(store), StoredViews(store)

    def write(self, facts: DayFacts) -> None:
        """Write the list of a date. A date that was finished, and has another list now, is unfinished until its run.

        Raises NoUsableList for a date without a capture that counts.
        """
        before = self._manifests.get(facts.date)
        if before is not None and before.facts != hash_keys(facts.inputs):
            self._manifests.put(before.model_copy(update={"outcome": None}))
        neighbours = Neighbours(self._settings.store, self._manifests, facts.date, self._keywords)
        views = DayViews(self._settings, facts, before, self._files.of(facts.date), neighbours)
        views.update_papers()
        self._files.note(facts.date, views.files.stamps)
