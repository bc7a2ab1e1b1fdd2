"""A run that is killed before any of its writes: the next call finds the date, and ends with the same views."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

import pytest

from flows.days.date_states import DateStates, finished_dates, unfinished_dates
from flows.days.view_updates import update_views
from papers.models import Listing
from papers.tables.fsck import check_store
from tests.factories import NOON, listed_paper
from tests.flows.days.six_days import BRIEF, day, paper_fields, run_in, six_days, views
from tests.flows.days.stores import Killed, WatchedStore, killed_at
from tests.plain import MemoryStore, run_without_prefect, view_settings


def run_unfinished(store: MemoryStore, lists: Mapping[dt.date, Listing]) -> None:
    """What a call after a kill does: it runs the dates that are not finished."""
    finished = finished_dates(store)
    for date in sorted(lists):
        if date not in finished:
            run_without_prefect(store, lists[date], BRIEF)


def assert_same(store: MemoryStore, expected: MemoryStore, dates: Iterable[dt.date], when: str) -> None:
    """The views are as expected, and each date is finished."""
    assert views(store) == views(expected), when
    assert finished_dates(store) == sorted(dates), when


def kill_before_each_write(base: MemoryStore, listing: Listing, every: int = 1) -> Iterator[tuple[str, MemoryStore]]:
    """For each write of a run of that list, or one of `every`, the store of a run that was killed before it."""
    whole = WatchedStore(base)
    run_without_prefect(whole, listing, BRIEF)
    assert len(whole.writes) > 15
    for n, key in list(enumerate(whole.writes))[::every]:
        store = WatchedStore(base, killed_at(n))
        with pytest.raises(Killed):
            run_without_prefect(store, listing, BRIEF)
        store.before = None
        yield f"killed before write {n}, of {key}", store


EXTENT = pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])


def test_a_run_that_is_killed_before_any_write_is_completed_by_the_next() -> None:
    lists = six_days()
    expected = run_in([day(0)], lists, BRIEF)
    for when, store in kill_before_each_write(MemoryStore(), lists[day(0)]):
        run_unfinished(store, {day(0): lists[day(0)]})
        assert_same(store, expected, [day(0)], when)
        assert [f for f in check_store(store) if f.level == "fault"] == [], when


@EXTENT
def test_an_older_date_that_is_killed_before_any_write_is_completed_with_the_dates_that_it_affects(every: int) -> None:
    lists = six_days()
    expected = run_in(sorted(lists), lists, BRIEF)
    base = run_in(sorted(lists)[1:], lists, BRIEF)
    for when, store in kill_before_each_write(base, lists[day(0)], every):
        run_unfinished(store, lists)
        assert_same(store, expected, lists, when)


@EXTENT
def test_a_second_capture_that_is_killed_before_any_write_is_completed(every: int) -> None:
    """Also where another date's update has brought the views of this one up to date meanwhile."""
    lists = six_days()
    base = run_in(sorted(lists), lists, BRIEF)
    late = listed_paper(31, **paper_fields("windmills", upvotes=20))
    more = lists[day(1)].model_copy(
        update={"papers": [*lists[day(1)].papers, late], "sha256": "e" * 64, "captured_at": NOON}
    )
    expected = WatchedStore(base)
    run_without_prefect(expected, more, BRIEF)
    for when, store in kill_before_each_write(base, more, every):
        was_known = any(key.startswith(f"facts/{day(1)}/captures/") for key in store.data.keys() - base.data.keys())
        update_views(view_settings(store, BRIEF), [day(0), day(1)])
        if was_known:
            assert day(1) in unfinished_dates(store) or views(store) == views(expected), when
            assert not DateStates(store).is_complete(day(1), ["zh"]) or views(store) == views(expected), when
        run_unfinished(store, lists | {day(1): more})
        if was_known:
            assert_same(store, expected, lists, when)
