"""What counts as the same paper, within a day and across days."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers.models import Paper
from papers.reasons import reason_text
from papers.store import Store
from papers.text import normalized_title
from tasks.dedupe.history import load_history
from tasks.dedupe.repeats import History, dedupe
from tasks.fetch.list_items import parse_item
from tests.factories import DAY, listed_paper, listing
from tests.plain import put_rows
from tests.shared import SHARED, needs_shared

YESTERDAY = DAY - dt.timedelta(days=1)


def history(*papers: tuple[int, dict[str, str]], date: dt.date = YESTERDAY) -> History:
    past = History()
    for number, fields in papers:
        past.add(listed_paper(number, **fields), date)
    return past


def only(papers: list[Paper]) -> Paper:
    assert len(papers) == 1
    return papers[0]


def test_a_paper_without_history_is_new() -> None:
    result = only(dedupe(listing(listed_paper()), History()))
    assert (result.dedupe_kind, result.first_seen, result.duplicate_of) == ("new", DAY, None)


def test_the_same_id_is_a_repeat_of_its_first_day() -> None:
    result = only(dedupe(listing(listed_paper()), history((1, {}))))
    assert (result.dedupe_kind, result.first_seen, result.duplicate_of) == ("repeat", YESTERDAY, "0000.00001")
    assert reason_text(result.dedupe_reason, "en") == "reported on 2026-01-08 (same arXiv id)"


@pytest.mark.parametrize(
    "title",
    [
        "AN INVENTED STUDY of subject number 1",
        "“An invented study – of subject: number 1”.",
        "An invented study of subject number １",
        "  An  invented-study of subject number 1!",
    ],
)
def test_the_same_title_under_another_id_is_a_repeat(title: str) -> None:
    result = only(dedupe(listing(listed_paper(2, title=title)), history((1, {}))))
    assert (result.dedupe_kind, result.duplicate_of) == ("repeat", "0000.00001")


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("An Invented Model 2.0 for Long Documents", "An Invented Model 2.1 for Long Documents"),
        ("An Invented Study, Part I of the Long Series", "An Invented Study, Part II of the Long Series"),
        ("Invented Reasoning in Large Models", "Part II of Invented Reasoning in Large Models"),
    ],
)
def test_a_near_miss_is_new(before: str, now: str) -> None:
    text = "The very same abstract stands under both of these titles, word for word."
    past = history((1, {"title": before, "abstract": text}))
    assert only(dedupe(listing(listed_paper(2, title=now, abstract=text)), past)).dedupe_kind == "new"


def test_a_corrected_typo_in_the_title_is_a_repeat_if_the_abstract_is_the_same() -> None:
    past = history((1, {"title": "An Invented Framwork for Reading Long Documents"}))
    corrected_title = "An Invented Framework for Reading Long Documents"
    same = listed_paper(2, title=corrected_title, abstract=listed_paper(1).abstract)
    assert only(dedupe(listing(same), past)).dedupe_kind == "repeat"
    other = listed_paper(
        2, title=corrected_title, abstract="Something else altogether is studied here, and nothing of the other."
    )
    assert only(dedupe(listing(other), past)).dedupe_kind == "new"


def test_a_changed_abstract_is_an_update_that_shows_the_difference() -> None:
    past = history((1, {"abstract": "We reach 71.6%. It is fast."}))
    result = only(dedupe(listing(listed_paper(1, abstract="We reach 73.1%. It is fast.")), past))
    assert result.dedupe_kind == "update"
    assert reason_text(result.dedupe_reason, "en") == 'abstract: added "We reach 73.1%.", dropped "We reach 71.6%."'


def test_a_moved_decimal_point_is_a_change() -> None:
    past = history((1, {"abstract": "We reach 47.6 points."}))
    assert only(dedupe(listing(listed_paper(1, abstract="We reach 4.76 points.")), past)).dedupe_kind == "update"


def test_other_line_breaks_are_not_a_change() -> None:
    past = history((1, {"abstract": "One\nabstract of two lines."}))
    assert only(dedupe(listing(listed_paper(1, abstract="One abstract\nof two lines.")), past)).dedupe_kind == "repeat"


def test_an_update_is_reported_once() -> None:
    past = history((1, {"abstract": "Before."}))
    now = listed_paper(1, abstract="After.")
    assert only(dedupe(listing(now), past)).dedupe_kind == "update"
    past.add(now, DAY)
    again = only(dedupe(listing(now, date=DAY + dt.timedelta(days=1)), past))
    assert (again.dedupe_kind, again.first_seen) == ("repeat", YESTERDAY)


def test_duplicates_on_a_list_are_one_new_and_one_in_day() -> None:
    kinds = [
        (p.dedupe_kind, p.duplicate_of) for p in dedupe(listing(listed_paper(), listed_paper(position=1)), History())
    ]
    assert kinds == [("new", None), ("in-day", "0000.00001")]


def test_a_paper_under_a_second_id_stays_the_first_ones_repeat(folder_store: Store) -> None:
    past = History()
    for back, paper in ((3, listed_paper(1)), (2, listed_paper(2, title=listed_paper(1).title))):
        date = DAY - dt.timedelta(days=back)
        papers = dedupe(listing(paper, date=date), load_history(folder_store, date))
        put_rows(folder_store, "papers", date, papers)
    past = load_history(folder_store, DAY)
    result = only(dedupe(listing(listed_paper(2, title=listed_paper(1).title)), past))
    assert (result.first_seen, result.duplicate_of) == (DAY - dt.timedelta(days=3), "0000.00001")


def test_later_days_are_not_history(folder_store: Store) -> None:
    tomorrow = DAY + dt.timedelta(days=1)
    put_rows(folder_store, "papers", tomorrow, dedupe(listing(listed_paper(), date=tomorrow), History()))
    assert only(dedupe(listing(listed_paper()), load_history(folder_store, DAY))).dedupe_kind == "new"


@given(st.text())
def test_normalising_a_title_twice_changes_nothing(title: str) -> None:
    assert normalized_title(normalized_title(title)) == normalized_title(title)


@needs_shared
def test_every_planted_repeat_is_found_and_no_other() -> None:
    folder = SHARED / "recorded" / "repeats"
    expected = {
        (e["date"], e["arxiv_id"], e["kind"]): (e["first_seen"], e["duplicate_of"])
        for e in json.loads((folder / "expected.json").read_text())
        if e["kind"] != "new"
    }
    past, repeats = History(), {}
    for path in sorted(folder.glob("*.listing.json")):
        date = dt.date.fromisoformat(path.name[:10])
        papers = [parse_item(item, n) for n, item in enumerate(json.loads(path.read_text()))]
        for p in dedupe(listing(*papers, date=date), past):
            past.add(p, date, p.duplicate_of)
            if p.dedupe_kind != "new":
                repeats[(date.isoformat(), p.arxiv_id, p.dedupe_kind)] = (p.first_seen.isoformat(), p.duplicate_of)
    assert len(expected) == 40
    assert repeats == expected
