"""What other dates contribute to a date: earlier lists, keywords, the picks and directions of the days before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cached_property

from flows.days.day_rows import MarkedList
from papers.day_view import MIN_HISTORY
from papers.errors import DailyPapersError
from papers.facts.day_facts import DayFacts
from papers.store import Store
from papers.tables.manifests import Manifests, digest
from papers.tables.paper_index import list_stamps, terms_by_date
from tasks.curate.near_duplicates import PAST_DAYS, Pick
from tasks.curate.trends import TRAILING_DAYS, PastDirections
from tasks.dedupe.history import load_history
from tasks.dedupe.repeats import dedupe, mark_left
from tasks.fetch.captures import choose_list

WINDOW = dt.timedelta(days=max(PAST_DAYS, TRAILING_DAYS))
_NO_PICKS, _NO_PAPERS = digest([]), digest([0, []])  # hashes of days that contribute nothing


class NoUsableList(DailyPapersError):
    """No capture of a date's list counts (exit code 1)."""

    def __init__(self, date: dt.date, has_captures: bool) -> None:
        command = f"daily-papers run --date {date}"
        super().__init__(
            f"{date}: the clock of the machine was wrong when the list was fetched. Next: set the clock, then {command}"
            if has_captures
            else f"{date}: no list is on record that can be read. Next: {command}"
        )


class Keywords:
    """The keywords of each date's list. Dates that were updated are noted, the others come from the index."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: dict[dt.date, frozenset[str]] = {}

    @cached_property
    def _stored(self) -> dict[dt.date, frozenset[str]]:
        return terms_by_date(self._store)

    def note(self, date: dt.date, terms: Iterable[str]) -> None:
        """Use these keywords for a date from now on."""
        self._noted[date] = frozenset(terms)

    def before(self, date: dt.date) -> list[frozenset[str]]:
        """The keywords of each earlier date, oldest first."""
        terms = self._stored | self._noted
        return [terms[d] for d in sorted(terms) if d < date]

    def new_hashes(self, dates: Sequence[dt.date]) -> dict[dt.date, str]:
        """`new_terms_hash` of each date, from the keywords of its stored list."""
        terms, earlier_terms, hashes = self._stored | self._noted, set[str](), {}
        date_set = set(dates)
        for count, date in enumerate(sorted(terms)):
            if date in date_set:
                hashes[date] = new_terms_hash(terms[date], earlier_terms, count)
            earlier_terms |= terms[date]
        return hashes


def new_terms_hash(terms: Iterable[str], earlier: set[str] | frozenset[str], earlier_days: int) -> str:
    """A hash of the keywords that no earlier day has, as far as an edition may print them."""
    return digest(sorted(set(terms) - earlier) if earlier_days >= MIN_HISTORY else [])


class Neighbours:
    """The other dates, as `date` sees them."""

    def __init__(self, store: Store, manifests: Manifests, date: dt.date, keywords: Keywords) -> None:
        self.store, self.manifests, self.date, self.keywords = store, manifests, date, keywords

    @cached_property
    def _window(self) -> list[dt.date]:
        return [d for d in self.manifests.dates if self.date - WINDOW <= d < self.date]

    # --- the list ----------------------------------------------------------------------------------------------------

    @cached_property
    def history(self) -> str:
        """`history_version` when it was first asked for."""
        return self.history_version()

    def history_version(self) -> str:
        """A hash of the stamps of all earlier lists."""
        return digest(sorted((d, s) for d, s in list_stamps(self.store).items() if d < self.date))

    def marked_list(self, facts: DayFacts, memory: MarkedList | None = None) -> MarkedList:
        """The date's list with repeats marked; `remembered` if that was made of the same captures and history.

        Raises NoUsableList for a date without a capture that counts.
        """
        keys, history = tuple(facts.capture_keys), self.history
        if memory is not None and (memory.capture_keys, memory.history) == (keys, history):
            return memory
        listings = [c.listing for c in facts.captures()]
        choice = choose_list(listings)
        if choice is None:
            raise NoUsableList(self.date, has_captures=bool(listings))
        everything = [*choice.listing.papers, *choice.left]
        papers = dedupe(choice.listing, load_history(self.store, self.date, everything))
        papers += mark_left(choice.left, choice.listing)
        return MarkedList(papers, choice.listing.set_aside, choice.used, choice.ignored, keys, history)

    # --- keywords ----------------------------------------------------------------------------------------------------

    def earlier_terms(self) -> list[frozenset[str]]:
        """The keywords of each earlier day."""
        return self.keywords.before(self.date)

    def new_terms_hash(self, terms: Iterable[str]) -> str:
        """A hash of those of `terms` that no earlier day has, as far as an edition may print them."""
        earlier = self.earlier_terms()
        return new_terms_hash(terms, frozenset().union(*earlier), len(earlier))

    # --- the days before ---------------------------------------------------------------------------------------------

    @property
    def past(self) -> dict[str, str]:
        """Hashes of what a date uses of the days before."""
        return {"picks": self.picks_hash, "directions": self.directions_hash}

    @property
    def picks_hash(self) -> str:
        """A hash of the picks of the days before."""
        summaries = [(d, s) for d in self._window if (s := self.manifests.summary(d))]
        return digest([(d, s.picks) for d, s in summaries if s.picks != _NO_PICKS])

    @property
    def directions_hash(self) -> str:
        """A hash of the counts of directions of the days before."""
        summaries = [(d, s) for d in self._window if (s := self.manifests.summary(d))]
        return digest([(d, s.directions) for d, s in summaries if s.directions != _NO_PAPERS])

    def picks(self) -> list[Pick]:
        """The picks of the days before, oldest first."""
        days = [(d, m) for d in self._window if (m := self.manifests.get(d))]
        return [Pick(p.arxiv_id, p.title, p.abstract, d) for d, m in days for p in m.picks]

    def directions(self) -> PastDirections:
        """The directions of the days before."""
        days = [m for d in self._window if (m := self.manifests.get(d))]
        return PastDirections.of((m.ranked, m.directions) for m in days)
