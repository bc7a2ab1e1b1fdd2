"""Captures of a list that do not count, and papers that left it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from flows.days.date_states import finished_dates
from flows.days.neighbours import Keywords, Neighbours, NoUsableList
from flows.days.view_updates import update_views
from papers.facts.day_facts import DayFacts
from papers.models import EDITIONS, Listing
from papers.tables.manifests import Manifests
from tests.factories import listed_paper, listing
from tests.flows.days.six_days import BRIEF, DEFAULT, THEMES, day, paper_fields, rows, views
from tests.plain import MemoryStore, run_without_prefect, view_settings

DATE = day(0)
MORNING = dt.datetime.combine(DATE, dt.time(8), dt.UTC)
PAPERS = [
    listed_paper(n, position=n - 1, **paper_fields(theme, upvotes=20 - n)) for n, theme in enumerate(THEMES[:5], 1)
]


def capture(hours: int, *numbers: int, **fields: Any) -> Listing:
    """A list of these papers, fetched so many hours after the morning."""
    papers = [p for p in PAPERS if int(p.arxiv_id[-1]) in numbers]
    name = f"{hours} {numbers}".encode().hex()
    return listing(*papers, date=DATE, sha256=name, captured_at=MORNING + dt.timedelta(hours=hours), **fields)


def warnings(store: MemoryStore) -> list[str]:
    """What a run of the date reports about its captures."""
    facts = DayFacts(store, DATE)
    facts.list_again()
    return Neighbours(store, Manifests(store), DATE, Keywords(store)).marked_list(facts).warnings


def edition(store: MemoryStore, name: str, language: str) -> str:
    """An edition in Markdown."""
    return (store.get(f"editions/{DATE}/{name}.{language}.md") or b"").decode()


@pytest.mark.parametrize(
    ("later", "warning"),
    [
        (capture(4), "the capture of 2026-01-05 12:00 UTC: 0 papers, the list before had 5"),
        (capture(4, 1, 2), "the capture of 2026-01-05 12:00 UTC: 2 papers, the list before had 5"),
        (
            capture(4, 1, 2, 3, site_time=MORNING + dt.timedelta(hours=9)),
            "the capture of 2026-01-05 12:00 UTC: the clock was wrong",
        ),
        (
            capture(4, 1, 2, 3, site_time=MORNING - dt.timedelta(days=400)),
            "the capture of 2026-01-05 12:00 UTC: the clock was wrong",
        ),
        (capture(-40, 1, 2, 3), "the capture of 2026-01-03 16:00 UTC: the clock was wrong"),
    ],
    ids=["empty", "less than half", "behind", "ahead", "before the day"],
)
def test_a_capture_that_does_not_count_is_reported_and_changes_no_view(later: Listing, warning: str) -> None:
    store = MemoryStore()
    run_without_prefect(store, capture(0, 1, 2, 3, 4, 5), BRIEF)
    before = views(store)
    run_without_prefect(store, later, BRIEF)
    assert warnings(store) == [warning]
    assert views(store) == before
    assert finished_dates(store) == [DATE]
    run_without_prefect(store, capture(8, 1, 2, 3, 4, 5), BRIEF)  # a good one still counts
    assert len(rows(store, "popularity", DATE)) == 10
    assert warnings(store) == [warning]


def test_half_of_the_list_counts_and_what_is_missing_has_left() -> None:
    store = MemoryStore()
    run_without_prefect(store, capture(0, 1, 2, 3, 4), BRIEF)
    run_without_prefect(store, capture(4, 1, 2), BRIEF)
    assert warnings(store) == []
    assert [p.dedupe_kind for p in rows(store, "papers", DATE)] == ["new", "new", "left", "left"]
    run_without_prefect(store, capture(8, 1), BRIEF)  # half of the one before
    assert [p.dedupe_kind for p in rows(store, "papers", DATE)] == ["new", "left", "left", "left"]


def test_an_empty_list_that_fills_up_counts() -> None:
    store = MemoryStore()
    run_without_prefect(store, capture(0), BRIEF)
    assert finished_dates(store) == [DATE]
    run_without_prefect(store, capture(4, 1, 2), BRIEF)
    assert [p.dedupe_kind for p in rows(store, "papers", DATE)] == ["new", "new"]
    assert warnings(store) == []


@pytest.mark.parametrize("skew", [-30, 30])
def test_the_same_list_is_recorded_again_when_the_clock_is_right(skew: int) -> None:
    """A capture by a wrong clock must not hide the same list, fetched later."""
    store = MemoryStore()
    right = capture(0, 1, 2, 3, site_time=MORNING)
    wrong = right.model_copy(update={"captured_at": MORNING + dt.timedelta(hours=skew)})
    with pytest.raises(NoUsableList, match=r"the clock .* was wrong .*daily-papers run --date 2026-01-05"):
        run_without_prefect(store, wrong, BRIEF)
    assert list(update_views(view_settings(store, BRIEF), [DATE]).without_list) == [DATE]
    run_without_prefect(store, right, BRIEF)
    assert [p.captured_at for p in rows(store, "papers", DATE)] == [MORNING] * 3
    assert len(warnings(store)) == 1
    again = MemoryStore()
    run_without_prefect(again, right, BRIEF)
    assert views(store) == views(again)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", EDITIONS)
def test_a_paper_that_left_the_list_is_printed_as_no_longer_listed(name: str, language: str) -> None:
    store = MemoryStore()
    run_without_prefect(store, capture(0, 1, 2, 3, 4), DEFAULT)
    words = {"zh": "已从列表移除", "en": "No longer listed"}[language]
    assert words.casefold() not in edition(store, name, language).casefold()
    run_without_prefect(store, capture(4, 1, 2, 4), DEFAULT)
    text = edition(store, name, language)
    assert words.casefold() in text.casefold()
    assert "0000.00003" in text
    assert [v.arxiv_id for v in rows(store, "curation", DATE) if v.rank is None] == ["0000.00003"]
    assert {r.arxiv_id for r in rows(store, "readings", DATE)} == {f"0000.0000{n}" for n in (1, 2, 4)}


def test_a_paper_that_comes_back_is_listed_with_what_was_read_of_it() -> None:
    store = MemoryStore()
    run_without_prefect(store, capture(0, 1, 2, 3, 4), BRIEF)
    before = views(store)
    run_without_prefect(store, capture(4, 1, 2, 4), BRIEF)
    run_without_prefect(store, capture(8, 1, 2, 3, 4), BRIEF)
    assert [p.dedupe_kind for p in rows(store, "papers", DATE)] == ["new"] * 4
    for dataset in ("readings", "analyses"):
        key = f"snapshots/{dataset}/date={DATE}/part-0.parquet"
        assert views(store)[key] == before[key]
