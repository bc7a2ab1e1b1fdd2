"""Runs that cross, on a store without conditional writes: whichever goes first, the views are those of all facts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable

import pytest

from flows.days.date_states import finished_dates
from flows.days.view_updates import ViewUpdate, update_views
from papers.models import Listing
from tests.factories import NOON, listed_paper
from tests.flows.days.six_days import BRIEF, day, facts_of, paper_fields, run_in, six_days, views
from tests.flows.days.stores import WatchedStore, view_of
from tests.plain import MemoryStore, record_day, run_without_prefect, view_settings

Run = Callable[[MemoryStore], None]


def run_of(listing: Listing, run_id: str, later: bool = True) -> Run:
    """A whole run of a list."""
    return lambda store: record_day(store, listing, run_id, BRIEF, later).commit()


def longer(listing: Listing) -> Listing:
    """A later capture of a list, with one more paper and other upvotes."""
    papers = [p.model_copy(update={"upvotes": 40 - n}) for n, p in enumerate(listing.papers)]
    papers.append(listed_paper(31, position=len(papers), **paper_fields("windmills", upvotes=20)))
    return listing.model_copy(update={"papers": papers, "sha256": "e" * 64, "captured_at": NOON})


_views_of_facts: dict[frozenset[str], dict[str, bytes]] = {}  # by the keys of the facts


def views_of_facts(store: MemoryStore, dates: Iterable[dt.date]) -> dict[str, bytes]:
    """The views of the facts alone."""
    other = MemoryStore()
    other.data = facts_of(store)
    keys = frozenset(k for k in other.data if k.startswith("facts/"))
    if keys not in _views_of_facts:
        update_views(view_settings(other, BRIEF), dates)
        _views_of_facts[keys] = views(other)
    return _views_of_facts[keys]


def differences(store: MemoryStore) -> list[str]:
    """The keys of views that are not as the facts alone give them, and the dates that are not finished."""
    dates = sorted({dt.date.fromisoformat(key.split("/")[1]) for key in store.keys("facts/")})
    actual, expected = views(store), views_of_facts(store, dates)
    keys = sorted(key for key in actual.keys() | expected.keys() if actual.get(key) != expected.get(key))
    return keys + [f"whether {date} is finished" for date in sorted({*dates} ^ {*finished_dates(store)})]


def cross(base: MemoryStore, one: Run, other: Run, at_each_write: bool) -> list[str]:
    """Let `other` run as a whole before each write of `one`, or only before each step of it, and at its end.

    The steps are the facts, the snapshots, the editions of a date, a manifest. Returns the differences at the end, each
    with the point at which the other run came.
    """
    whole = WatchedStore(base)
    one(whole)
    assert len(whole.writes) > 10
    keys = [*whole.writes, "nothing more"]
    results: list[str] = []
    for n, key in enumerate(keys):
        if not at_each_write and (key.startswith("index/") or (n and _step_of(keys[n - 1]) == _step_of(key))):
            continue

        store = WatchedStore(base)

        def other_first(number: int, _: str, n: int = n, store: WatchedStore = store) -> None:
            if number == n:
                other(view_of(store))

        store.before = other_first
        one(store)
        if n == len(store.writes):
            other(view_of(store))
        results += [f"{difference}: the other run came before write {n}, of {key}" for difference in differences(store)]
    return results


def _step_of(key: str) -> str:
    folder, _, rest = key.partition("/")
    return key if folder == "manifests" else f"{folder} {re.findall(r'....-..-..', rest)}"


EXTENT = pytest.mark.parametrize("at_each_write", [False, pytest.param(True, marks=pytest.mark.slow)])


@EXTENT
def test_two_captures_of_one_date(at_each_write: bool) -> None:
    lists = six_days()
    one, other = run_of(lists[day(1)], "one"), run_of(longer(lists[day(1)]), "other")
    base = run_in([day(0), day(2)], lists, BRIEF)
    assert cross(base, one, other, at_each_write) == []
    assert cross(base, other, one, at_each_write) == []


@EXTENT
def test_an_older_date_and_one_that_depends_on_its_list(at_each_write: bool) -> None:
    """The second lists a paper of the first again, and has a keyword that is new only without the first."""
    lists = six_days()
    one, other = run_of(lists[day(0)], "one"), run_of(lists[day(1)], "other")
    assert cross(MemoryStore(), one, other, at_each_write) == []
    assert cross(MemoryStore(), other, one, at_each_write) == []


@EXTENT
def test_an_older_date_and_one_that_depends_on_its_picks(at_each_write: bool) -> None:
    lists = six_days()
    one, other = run_of(lists[day(0)], "one"), run_of(lists[day(2)], "other")
    base = run_in([day(5)], lists, BRIEF)
    assert cross(base, one, other, at_each_write) == []
    assert cross(base, other, one, at_each_write) == []


@EXTENT
def test_a_date_of_a_backfill_and_a_run_of_a_later_one(at_each_write: bool) -> None:
    """The backfill updates later dates at its end."""
    lists = six_days()

    def backfill(store: MemoryStore) -> None:
        run_of(lists[day(0)], "one", later=False)(store)
        update_views(view_settings(store, BRIEF), [])

    assert cross(MemoryStore(), backfill, run_of(lists[day(2)], "other"), at_each_write) == []
    assert cross(MemoryStore(), run_of(lists[day(2)], "other"), backfill, at_each_write) == []


@pytest.mark.parametrize("dates", [(1, 1), (0, 1), (0, 2), (2, 0)], ids=str)
@pytest.mark.parametrize("order", ["abab", "abba"])
def test_steps_of_two_runs_in_turn(dates: tuple[int, int], order: str) -> None:
    """Each run has two steps: it records its facts and writes its views; it writes its manifests."""
    lists = six_days()
    both = [lists[day(dates[0])], lists[day(dates[1])]]
    if dates[0] == dates[1]:
        both[1] = longer(both[1])
    store = MemoryStore()
    updates: dict[str, ViewUpdate] = {}
    for name, listing in zip("ab", both, strict=True):
        updates[name] = record_day(view_of(store), listing, name, BRIEF)
    for name in order[2:]:
        updates[name].commit()
    assert differences(store) == []


def test_views_that_another_run_wrote_later_with_fewer_facts_are_found() -> None:
    """A run that was killed after it wrote stale views: their date is not finished, and the next run mends it."""
    lists = six_days()
    store = run_in([day(0)], lists, BRIEF)
    good = views(store)
    run_without_prefect(store, longer(lists[day(0)]), BRIEF)
    assert finished_dates(store) == [day(0)]
    store.data |= good
    assert finished_dates(store) == []
    update_views(view_settings(store, BRIEF), [day(0)])
    assert differences(store) == []
