"""A day's list is its newest capture that counts; papers that left it and captures that do not count are reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from papers.facts.records import DAY_BEGINS, MAX_SKEW
from papers.models import Listing
from tasks.fetch.captures import choose_list
from tests.factories import DAY, NOON, listed_paper, listing


def capture(numbers: Sequence[int], hour: int = 12, **fields: Any) -> Listing:
    """The list with these papers, as it was at that hour."""
    papers = [listed_paper(n, position=i) for i, n in enumerate(numbers)]
    base: dict[str, Any] = {"captured_at": NOON.replace(hour=hour), "sha256": f"{hour:064d}"}
    return listing(*papers, **(base | fields))


def ids(papers: Sequence[Any]) -> list[int]:
    return [int(p.arxiv_id.split(".")[1]) for p in papers]


def test_there_is_no_list_without_a_capture() -> None:
    assert choose_list([]) is None


def test_the_newest_capture_is_the_list() -> None:
    captures = [capture([1, 2]), capture([1, 2, 3], 13), capture([3, 2, 1, 4], 14)]
    choice = choose_list(captures)
    assert choice is not None
    assert choice.listing == captures[-1]
    assert choice.used == captures
    assert (choice.left, choice.ignored) == ([], [])


def test_an_empty_list_is_a_list_if_there_was_no_other() -> None:
    choice = choose_list([capture([])])
    assert choice is not None
    assert choice.listing.papers == []
    assert choice.ignored == []


@pytest.mark.parametrize(("count", "counts"), [(0, False), (1, False), (4, False), (5, True), (9, True), (40, True)])
def test_a_list_that_is_empty_or_less_than_half_as_long_never_replaces_one(count: int, counts: bool) -> None:
    before, after = capture(range(1, 11)), capture(range(1, count + 1), 13)
    choice = choose_list([before, after])
    assert choice is not None
    assert choice.listing == (after if counts else before)
    assert choice.used == ([before, after] if counts else [before])
    messages = [] if counts else [f"the capture of 2026-01-09 13:00 UTC: {count} papers, the list before had 10"]
    assert choice.ignored == messages


def test_a_capture_is_compared_with_the_last_one_that_counts() -> None:
    captures = [capture(range(1, 11)), capture([], 13), capture([1, 2, 3], 14), capture(range(1, 7), 15)]
    choice = choose_list(captures)
    assert choice is not None
    assert choice.listing == captures[3]
    assert choice.used == [captures[0], captures[3]]
    assert len(choice.ignored) == 2
    after = choose_list([*captures, capture([1, 2, 3], 16)])  # half of six
    assert after is not None
    assert ids(after.listing.papers) == [1, 2, 3]


def test_papers_that_left_the_list_are_kept_as_they_were_last_listed() -> None:
    renamed = listed_paper(2, title="Another title of paper two")
    captures = [
        capture([1, 2, 3]),
        listing(listed_paper(1), renamed, listed_paper(4), captured_at=NOON.replace(hour=13)),
        capture([1, 4, 5], 14),
        capture([1, 4, 3], 15),  # 3 came back, 5 left
    ]
    choice = choose_list(captures)
    assert choice is not None
    assert ids(choice.listing.papers) == [1, 4, 3]
    assert ids(choice.left) == [2, 5]
    assert choice.left[0] == renamed


def test_papers_of_a_capture_that_does_not_count_did_not_leave() -> None:
    wrong = capture([7], 20, captured_at=NOON - dt.timedelta(days=400))
    choice = choose_list([wrong, capture([1, 2, 3, 4, 5]), capture([8], 14)])
    assert choice is not None
    assert choice.left == []
    assert ids(choice.listing.papers) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("captured_at", "site_time", "counts"),
    [
        (NOON, NOON + MAX_SKEW, True),
        (NOON, NOON + MAX_SKEW + dt.timedelta(seconds=1), False),
        (NOON + dt.timedelta(days=300), NOON, False),  # a clock that jumped ahead
        (NOON + dt.timedelta(days=300), None, True),  # a late look at an old list
        (NOON - dt.timedelta(days=30), NOON, False),
        (dt.datetime.combine(DAY, dt.time(), dt.UTC) - DAY_BEGINS, None, True),  # the day has begun in the east
        (dt.datetime.combine(DAY, dt.time(), dt.UTC) - DAY_BEGINS - dt.timedelta(seconds=1), None, False),
    ],
)
def test_a_capture_by_a_wrong_clock_does_not_count(
    captured_at: dt.datetime, site_time: dt.datetime | None, counts: bool
) -> None:
    right = capture([1, 2])
    other = capture([1, 2, 3], captured_at=captured_at, site_time=site_time)
    choice = choose_list([right, other])
    assert choice is not None
    assert choice.listing == (other if counts else right)
    message = f"the capture of {captured_at:%Y-%m-%d %H:%M} UTC: the clock was wrong"
    assert choice.ignored == ([] if counts else [message])


def test_there_is_no_list_if_every_clock_was_wrong() -> None:
    early = NOON - dt.timedelta(days=2)
    assert choose_list([capture([1], captured_at=early), capture([1], site_time=NOON + dt.timedelta(days=1))]) is None
