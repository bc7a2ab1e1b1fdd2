"""What other dates contribute: picks and directions of 28 days, keywords of all days before, each with its hash."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from flows.days.day_rows import picked_texts, terms_of
from flows.days.neighbours import Keywords, Neighbours
from papers.day_view import MIN_HISTORY
from papers.tables.manifests import Manifests, PickedText
from tests.factories import DAY, paper, verdict
from tests.papers.tables.test_manifests import manifest
from tests.plain import MemoryStore, put_rows


def day_before(back: int) -> dt.date:
    return DAY - dt.timedelta(days=back)


def neighbours_of(*backs: int, date: dt.date = DAY, **fields: Any) -> Neighbours:
    """The neighbours of a date among days so many days before `DAY`, each with one pick and one direction."""
    store = MemoryStore()
    manifests = Manifests(store)
    for back in backs:
        pick = PickedText(arxiv_id=f"0000.{back + 1:05d}", title=f"Picked {back} days ago", abstract="It is one.")
        day = manifest(day_before(back)).model_copy(update={"picks": [pick], "directions": {"Agent": 2}, "ranked": 5})
        manifests.put(day.model_copy(update=fields))
    return Neighbours(store, Manifests(store), date, Keywords(store))


def test_picks_and_directions_are_those_of_the_28_days_before() -> None:
    neighbours = neighbours_of(-1, 0, 1, 28, 29)
    assert [(p.arxiv_id, p.date) for p in neighbours.picks()] == [
        ("0000.00029", day_before(28)),
        ("0000.00002", day_before(1)),
    ]
    past = neighbours.directions()
    assert (dict(past.counts), past.papers, past.days) == ({"Agent": 4}, 10, 2)


@pytest.mark.parametrize("name", ["picks", "directions"])
def test_the_hashes_change_with_days_of_the_window_only(name: str) -> None:
    base = neighbours_of(3).past[name]
    assert neighbours_of(3, 29, 0, -4).past[name] == base
    assert neighbours_of(3, 28).past[name] != base
    assert neighbours_of().past[name] != base


def test_a_day_without_picks_or_papers_changes_no_hash() -> None:
    nothing = neighbours_of()
    assert neighbours_of(3, picks=[]).past["picks"] == nothing.past["picks"]
    assert neighbours_of(3, directions={}, ranked=0).past["directions"] == nothing.past["directions"]
    assert neighbours_of(3, directions={}, ranked=2).past["directions"] != nothing.past["directions"]


def test_picks_are_the_new_papers_that_were_picked() -> None:
    papers = [paper(1), paper(2), paper(3, dedupe_kind="repeat")]
    verdicts = [verdict(1), verdict(2, curated_decision="skip"), verdict(3)]
    picks = picked_texts(papers, verdicts)
    assert [(p.arxiv_id, p.title) for p in picks] == [(papers[0].arxiv_id, papers[0].title)]


def test_keywords_are_those_of_all_days_before_and_count_once_there_is_history() -> None:
    store = MemoryStore()
    for back in range(MIN_HISTORY + 2):
        put_rows(store, "papers", day_before(back), [paper(1, ai_keywords=["KV-Cache", f"word {back}"])])
    neighbours = Neighbours(store, Manifests(store), DAY, Keywords(store))
    assert terms_of([paper(1, ai_keywords=["KV-Cache", "kv cache", "Agents"])]) == ["agents", "kv cache"]
    earlier = neighbours.earlier_terms()
    assert earlier[-1] == {"kv cache", "word 1"}
    assert len(earlier) == MIN_HISTORY + 1
    assert neighbours.new_terms_hash(["kv cache"]) == neighbours.new_terms_hash([])
    assert neighbours.new_terms_hash(["kv cache", "agents"]) != neighbours.new_terms_hash([])
    assert Keywords(store).new_hashes([DAY]) == {DAY: neighbours.new_terms_hash(["kv cache", "word 0"])}
    early = Neighbours(store, Manifests(store), day_before(2), Keywords(store))
    assert early.new_terms_hash(["agents"]) == early.new_terms_hash([])  # nothing is new on the first days


def test_the_keywords_of_a_date_that_was_updated_are_used_at_once() -> None:
    store = MemoryStore()
    put_rows(store, "papers", day_before(1), [paper(1, ai_keywords=["old"])])
    keywords = Keywords(store)
    keywords.note(day_before(1), ["new"])
    keywords.note(day_before(5), ["first"])
    assert keywords.before(DAY) == [{"first"}, {"new"}]
