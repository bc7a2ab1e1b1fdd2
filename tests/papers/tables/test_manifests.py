"""The index of manifests is only a cache: made when it is missing, and again for whatever changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from papers.errors import StoreUnreachable
from papers.store import FolderStore, Store
from papers.tables import manifests as module
from papers.tables.manifests import (
    DayOutcome,
    ListedKey,
    Manifest,
    Manifests,
    StoredFile,
    StoredViews,
    ViewRecord,
    hash_stamps,
    manifest_key,
)
from papers.tables.snapshot_keys import key_of
from tests.factories import DAY, paper
from tests.plain import MemoryStore, put_rows

INDEX = "index/manifests-2026.json"
NEXT = DAY + dt.timedelta(days=1)
LAST_YEAR = dt.date(2025, 12, 31)


class CountingStore(MemoryStore):
    """Keeps the keys that are read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = list[str]()

    def get(self, key: str) -> bytes | None:
        self.reads.append(key)
        return super().get(key)


def outcome() -> DayOutcome:
    """The outcome of a date that has nothing left to do."""
    return DayOutcome(
        state="done",
        listed=2,
        new=2,
        untried=[],
        sources={"html": 2},
        analyzed=2,
        failed={},
        stand_ins={},
        tokens=0,
        cached_tokens=0,
        cost_usd=None,
        has_skipped_sources=False,
        languages=["en"],
    )


def manifest(date: dt.date = DAY, facts: str = "f1") -> Manifest:
    """A manifest with one view."""
    file = StoredFile(md5="0" * 32, stamp="s1")
    return Manifest(
        date=date,
        facts=facts,
        run_keys=[f"runs/{date}/r1.end.json", f"runs/{date}/r1.start.json"],
        views={"papers": ViewRecord(inputs="i1", files={key_of("papers", date): file})},
        readings={"0000.00001": "h1"},
        analyzed_texts="t1",
        stars="s1",
        listed=[ListedKey(arxiv_id="0000.00001", title="a title", rest="r")],
        terms=["agents"],
        picks=[],
        directions={"Agent": 1},
        ranked=1,
        past={"picks": "p", "directions": "d"},
        new_terms="n1",
        outcome=outcome(),
    )


def saved(store: Store, *dates: dt.date) -> Manifests:
    """The manifests of a store, after those of the dates were written with their index."""
    manifests = Manifests(store)
    for date in dates:
        manifests.put(manifest(date))
    manifests.save_index()
    return manifests


def manifests_read(store: CountingStore) -> Iterator[str]:
    """The keys of manifests that opening the store reads."""
    store.reads.clear()
    Manifests(store)
    yield from (k for k in store.reads if k.startswith("manifests/"))


def test_an_empty_store_has_no_manifests(folder_store: Store) -> None:
    manifests = Manifests(folder_store)
    assert manifests.dates == []
    assert manifests.get(DAY) is None
    assert manifests.summary(DAY) is None
    manifests.save_index()
    assert list(folder_store.keys("")) == []


def test_a_manifest_is_read_as_it_was_written(folder_store: Store) -> None:
    saved(folder_store, NEXT, DAY, LAST_YEAR)
    manifests = Manifests(folder_store)
    assert manifests.dates == [LAST_YEAR, DAY, NEXT]
    assert manifests.get(DAY) == manifest()
    assert manifests.summary(DAY) == manifest().summary()
    assert manifests.summary(DAY + dt.timedelta(days=9)) is None
    assert list(folder_store.keys("index/")) == ["index/manifests-2025.json", INDEX]


def test_the_index_is_used_and_no_manifest_is_read() -> None:
    store = CountingStore()
    saved(store, DAY, NEXT)
    assert list(manifests_read(store)) == []
    before = dict(store.data)
    Manifests(store).save_index()
    assert store.data == before


@pytest.mark.parametrize(
    "data", [None, b"", b"{", b"[]", b'{"format": 1, "dates": {"2026-01-09": ["stamp", {"facts": 3}]}}']
)
def test_an_index_that_is_missing_or_damaged_is_made_again(data: bytes | None) -> None:
    store = CountingStore()
    saved(store, DAY, NEXT)
    intact = store.data[INDEX]
    if data is None:
        store.delete(INDEX)
    else:
        store.put(INDEX, data)
    assert list(manifests_read(store)) == [manifest_key(DAY), manifest_key(NEXT)]
    manifests = Manifests(store)
    assert manifests.summary(DAY) == manifest(DAY).summary()
    manifests.save_index()
    assert store.data[INDEX] == intact
    assert list(manifests_read(store)) == []


def test_only_the_year_of_a_change_is_written_again(folder_store: Store) -> None:
    saved(folder_store, LAST_YEAR, DAY)
    before = dict(folder_store.stamps("index/"))
    saved(folder_store, NEXT)
    after = dict(folder_store.stamps("index/"))
    assert after["index/manifests-2025.json"] == before["index/manifests-2025.json"]
    assert after[INDEX] != before[INDEX]


def test_a_manifest_whose_stamp_is_not_that_of_the_index_is_read_again() -> None:
    store = CountingStore()
    saved(store, DAY, NEXT)
    Manifests(store).put(manifest(DAY, facts="f2"))  # another process, killed before it wrote the index
    assert list(manifests_read(store)) == [manifest_key(DAY)]
    manifests = Manifests(store)
    summary = manifests.summary(DAY)
    assert summary is not None
    assert summary.facts == "f2"
    manifests.save_index()
    assert list(manifests_read(store)) == []


def test_a_date_whose_manifest_is_gone_leaves_the_index(folder_store: Store) -> None:
    saved(folder_store, DAY, NEXT)
    folder_store.delete(manifest_key(DAY))
    manifests = Manifests(folder_store)
    assert manifests.dates == [NEXT]
    manifests.save_index()
    assert str(DAY) not in (folder_store.get(INDEX) or b"").decode()


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b'{"format": 1, "date": "2026-01-09"}', b"\xff\xfe"])
def test_a_manifest_that_cannot_be_read_counts_as_missing(data: bytes, folder_store: Store) -> None:
    saved(folder_store, DAY, NEXT)
    folder_store.put(manifest_key(DAY), data)
    manifests = Manifests(folder_store)
    assert manifests.dates == [NEXT]
    assert manifests.get(DAY) is None
    manifests.put(manifest(DAY))
    manifests.save_index()
    assert Manifests(folder_store).get(DAY) == manifest(DAY)


def test_a_manifest_of_another_format_counts_as_missing(folder_store: Store) -> None:
    saved(folder_store, NEXT)
    other = manifest(DAY).model_copy(update={"format": module.FORMAT + 1})
    folder_store.put(manifest_key(DAY), other.model_dump_json().encode())
    manifests = Manifests(folder_store)
    assert manifests.dates == [NEXT]
    assert manifests.get(DAY) is None
    folder_store.put("manifests/notes.json", b"x")
    assert Manifests(folder_store).dates == [NEXT]


def test_a_program_of_another_format_does_not_use_the_index(
    folder_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(folder_store, DAY)
    monkeypatch.setattr(module, "FORMAT", module.FORMAT + 1)
    manifests = Manifests(folder_store)
    assert manifests.dates == []
    manifests.put(manifest(NEXT).model_copy(update={"format": module.FORMAT}))
    manifests.save_index()
    assert Manifests(folder_store).dates == [NEXT]


def test_a_manifest_that_is_held_counts_and_is_not_written(folder_store: Store) -> None:
    manifests = Manifests(folder_store)
    manifests.hold(manifest())
    assert manifests.get(DAY) == manifest()
    assert manifests.dates == [DAY]
    manifests.save_index()
    assert Manifests(folder_store).dates == []


def test_the_index_of_a_read_only_store_is_only_not_written(
    folder_store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(folder_store, DAY)
    folder_store.delete(INDEX)

    def refuse(*_: object) -> str:
        raise StoreUnreachable("read only")

    monkeypatch.setattr(FolderStore, "put", refuse)
    manifests = Manifests(folder_store)
    assert manifests.dates == [DAY]
    manifests.save_index()
    assert not folder_store.exists(INDEX)


def test_a_summary_changes_with_each_part_that_other_dates_or_commands_use() -> None:
    one = manifest()
    changes: dict[str, dict[str, Any]] = {
        "facts": {"facts": "f2"},
        "run_keys": {"run_keys": []},
        "directions": {"ranked": 2},
        "past": {"past": {"picks": "q", "directions": "d"}},
        "terms": {"new_terms": "n2"},
        "unsettled": {"unsettled": []},
        "outcome": {"outcome": None},
    }
    for name, change in changes.items():
        other = one.model_copy(update=change).summary()
        different = {
            field for field in type(other).model_fields if getattr(other, field) != getattr(one.summary(), field)
        }
        assert different == {name}
    moved = StoredFile(md5="0" * 32, stamp="s2")  # the same bytes, in a store that was copied
    views = {"papers": ViewRecord(inputs="i1", files={key_of("papers", DAY): moved})}
    copy = one.model_copy(update={"views": views})
    assert copy.summary().files == hash_stamps({key_of("papers", DAY): "s2"}) != one.summary().files
    assert copy.summary().content == one.summary().content


def test_the_files_of_few_dates_are_listed_alone_and_of_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    store, prefixes = MemoryStore(), list[str]()
    dates = [DAY + dt.timedelta(days=n) for n in range(5)]
    for date in dates:
        put_rows(store, "papers", date, [paper()])
        store.put(f"editions/{date}/full-report.en.md", b"x")
    store.put("editions/notes/x", b"")
    store.put("snapshots/papers/notes.txt", b"")
    stamps = store.stamps

    def count(prefix: str) -> Iterator[tuple[str, str]]:
        prefixes.append(prefix)
        return stamps(prefix)

    monkeypatch.setattr(store, "stamps", count)
    views = StoredViews(store)
    for date in dates:
        keys = [key_of("papers", date), f"editions/{date}/full-report.en.md"]
        assert views.of(date) == {key: value for key, value in stamps("") if key in keys}
    assert prefixes.count("snapshots/") == prefixes.count("editions/") == 1
    assert {p for p in prefixes if str(dates[2]) in p} == set()
    assert views.of(DAY + dt.timedelta(days=99)) == {}
    views.note(dates[3], {"a": "b"})
    assert views.of(dates[3]) == {"a": "b"}
