"""The index finds the same as a scan of all papers, and nothing that is not in the snapshots."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from papers.errors import StoreUnreachable
from papers.models import Paper
from papers.store import FolderStore, Store
from papers.tables.paper_index import letter_counts, look_up, rebuild_index, terms_by_date
from papers.tables.snapshot_keys import key_of
from papers.text import normalized_title
from tasks.dedupe.history import load_history
from tasks.dedupe.repeats import History, dedupe
from tests.bench.many import InventedPapers
from tests.factories import DAY, listed_paper, listing, paper
from tests.plain import MemoryStore, put_rows

TITLES = st.text(alphabet="abcdeé语 0123", min_size=1, max_size=40)


@given(TITLES, TITLES)
def test_letter_counts_differ_no_more_than_titles(one: str, other: str) -> None:
    a, b = normalized_title(one), normalized_title(other)
    difference = abs(letter_counts(a).astype(int) - letter_counts(b).astype(int)).sum()
    assert difference <= Indel.distance(a, b)


@settings(deadline=None, max_examples=50)
@given(st.lists(TITLES, min_size=1, max_size=6), TITLES)
def test_no_similar_title_is_missed(titles: list[str], query: str) -> None:
    store = MemoryStore()
    for n, title in enumerate(titles):
        put_rows(store, "papers", DAY - dt.timedelta(days=n + 1), [paper(n, title=title)])
    dates = look_up(store, DAY, [normalized_title(query)], 0.05).near_title_dates
    for n, title in enumerate(titles):
        if fuzz.ratio(normalized_title(title), normalized_title(query)) >= 95:
            assert DAY - dt.timedelta(days=n + 1) in dates


def days(store: Store, count: int = 40) -> list[list[Paper]]:
    """The deduplicated lists of days of invented papers, in which ids, titles and similar titles recur."""
    source, history = InventedPapers(), History()
    all_days: list[list[Paper]] = []
    for n in range(count):
        date = DAY - dt.timedelta(days=count - n)
        papers = [source.paper(p, date) for p in range(6)]
        if n > 3:
            old = all_days[source.rng.randrange(n)]
            papers[0] = old[0].model_copy(update={"position": 0, "abstract": old[0].abstract + " More."})
            papers[1] = papers[1].model_copy(update={"title": old[1].title})
            papers[2] = papers[2].model_copy(update={"title": old[2].title[:-1], "abstract": old[2].abstract})
            papers[3] = old[3].model_copy(update={"position": 3, "title": papers[3].title})
        papers_of_day = dedupe(listing(*papers, date=date), history)
        for p in papers_of_day:
            history.add(p, date, p.duplicate_of)
        put_rows(store, "papers", date, papers_of_day)
        all_days.append(papers_of_day)
    return all_days


@pytest.mark.parametrize("seed", range(4))
def test_dedupe_gives_the_same_with_the_index_as_with_the_whole_history(seed: int) -> None:
    store = MemoryStore()
    all_days, source = days(store), InventedPapers(seed)
    for date in (DAY, DAY - dt.timedelta(days=15)):
        papers = [source.paper(n, date) for n in range(6)]
        for n, how in enumerate(({}, {"title": "x"}, {"arxiv_id": "9901.00001"}, {"arxiv_id": "9901.00002"})):
            old = source.rng.choice(source.rng.choice(all_days))
            change = how | ({"title": old.title[:-1]} if n == 3 else {})
            papers[n] = old.model_copy(update=change | {"position": n})
        list_of_day = listing(*papers, date=date)
        assert dedupe(list_of_day, load_history(store, date, papers)) == dedupe(list_of_day, load_history(store, date))


def test_a_changed_snapshot_is_read_again(folder_store: Store) -> None:
    put_rows(folder_store, "papers", DAY, [paper(1, ai_keywords=["one"])])
    later = DAY + dt.timedelta(days=1)
    assert load_history(folder_store, later, [listed_paper(1)]).by_id
    put_rows(folder_store, "papers", DAY, [paper(2, ai_keywords=["two"])])
    assert list(load_history(folder_store, later, [listed_paper(1), listed_paper(2)]).by_id) == [paper(2).arxiv_id]
    assert terms_by_date(folder_store) == {DAY: frozenset({"two"})}
    folder_store.delete(key_of("papers", DAY))
    assert not load_history(folder_store, later, [listed_paper(2)]).by_id
    assert terms_by_date(folder_store) == {}
    assert list(folder_store.keys("index/")) == []


@pytest.mark.parametrize("data", [b"", b"PAR1", b"no parquet at all"])
def test_a_broken_index_is_rebuilt(data: bytes, folder_store: Store) -> None:
    put_rows(folder_store, "papers", DAY, [paper(1)])
    assert rebuild_index(folder_store) == 1
    for key in list(folder_store.keys("index/")):
        folder_store.put(key, data)
    assert load_history(folder_store, DAY + dt.timedelta(days=1), [listed_paper(1)]).by_id


def test_lookup_works_in_a_read_only_store(folder_store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    put_rows(folder_store, "papers", DAY, [paper(1)])

    def refuse(*_: object) -> None:
        raise StoreUnreachable("read only")

    monkeypatch.setattr(FolderStore, "put", refuse)
    assert load_history(folder_store, DAY + dt.timedelta(days=1), [listed_paper(1)]).by_id


def test_an_empty_list_has_no_history(folder_store: Store) -> None:
    put_rows(folder_store, "papers", DAY, [paper(1)])
    assert not load_history(folder_store, DAY + dt.timedelta(days=1), []).by_id
