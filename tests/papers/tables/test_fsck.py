"""fsck finds each kind of harm, says where, and mends without destroying."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

import pytest

from papers.models import Paper
from papers.profile import load_profile
from papers.store import FolderStore
from papers.store.raw_responses import keep_raw, raw_key
from papers.tables.fsck import Finding, check_store
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import finished_dates, read_snapshot, write_snapshot
from papers.tables.unfinished_dates import open_date, unfinished
from tests.factories import DAY, listed, listing, paper, verdict
from tests.plain import contents, run_plain

DATES = (DAY, DAY + dt.timedelta(days=1))


def run(store: FolderStore) -> None:
    for n, date in enumerate(DATES):
        run_plain(
            store, listing(listed(10 * n + 1), listed(10 * n + 2, position=1), date=date), load_profile("default")
        )


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    made = FolderStore(tmp_path / "store")
    run(made)
    keep_raw(made, b"<html>a page</html>")
    return made


def faults(store: FolderStore, repair: bool = False) -> list[Finding]:
    return [f for f in check_store(store, repair) if f.level == "fault"]


def test_a_store_as_runs_leave_it_is_clean(store: FolderStore) -> None:
    assert list(check_store(store)) == []


def test_a_broken_snapshot_is_named_mended_and_made_anew(store: FolderStore) -> None:
    before, key = contents(store), key_of("readings", DAY)
    harmed = (store.get(key) or b"")[:-40]
    store.put(key, harmed)
    (found,) = faults(store)
    assert found.key == key
    assert f"run --date {DAY}" in found.next
    (mended,) = faults(store, repair=True)
    copy = mended.repaired.removeprefix("moved to ")
    assert store.get(copy) == harmed  # nothing is destroyed
    assert store.get(key) is None
    assert faults(store) == []
    assert finished_dates(store) == [DATES[1]]  # the next run makes it anew
    run(store)
    assert contents(store) == before
    assert finished_dates(store) == list(DATES)


def test_a_broken_snapshot_with_an_earlier_version_gets_that_back(store: FolderStore) -> None:
    earlier = store.get(key_of("papers", DAY)) or b""
    rows = read_snapshot(store, "papers", DAY, Paper) or []
    write_snapshot(store, "papers", DAY, [p.model_copy(update={"upvotes": 9}) for p in rows], "r2")
    store.put(key_of("papers", DAY), b"PAR1 and no more")
    mended = [f for f in faults(store, repair=True) if f.broken]
    assert [f.key for f in mended] == [key_of("papers", DAY)]
    assert mended[0].repaired.endswith("an earlier version put back")
    assert store.get(key_of("papers", DAY)) == earlier


@pytest.mark.parametrize(
    ("dataset", "rows", "what"),
    [
        ("curation", [], "listed papers without a verdict: 0000.00001, 0000.00002"),
        ("curation", [verdict(n) for n in (1, 2, 3)], "verdicts on papers that are not listed: 0000.00003"),
        ("readings", [], "new papers without a reading"),
        ("analyses", [], "new papers without an analysis"),
        ("papers", [paper(1)], "verdicts on papers that are not listed: 0000.00002"),
    ],
)
def test_datasets_that_do_not_fit_are_named(dataset: str, rows: list[Paper], what: str, store: FolderStore) -> None:
    write_snapshot(store, dataset, DAY, rows, "by hand")
    assert any(what in f.what for f in faults(store))
    assert faults(store, repair=True)
    assert DAY in unfinished(store)
    assert faults(store) == []
    run(store)
    assert list(check_store(store)) == []


def test_a_dataset_that_is_gone_is_named(store: FolderStore) -> None:
    store.delete(key_of("set_aside", DAY))
    (found,) = faults(store)
    assert found.what.startswith("there is no snapshot of set_aside")


def test_a_date_that_is_being_written_is_a_note_and_not_held_against_itself(store: FolderStore) -> None:
    open_date(store, DAY, "r9")
    write_snapshot(store, "curation", DAY, [], "r9")
    found = list(check_store(store))
    assert [(f.level, f.key) for f in found] == [("note", f"journal/date={DAY}/")]


def test_raw_bytes_under_a_wrong_name_are_found_and_moved(store: FolderStore) -> None:
    sha256 = keep_raw(store, b"one page")
    store.put(raw_key(sha256), store.get(raw_key(keep_raw(store, b"another page"))) or b"")
    (found,) = faults(store, repair=True)
    assert found.what == "holds other bytes than its name says"
    assert not store.exists(raw_key(sha256))
    assert faults(store) == []


def test_broken_cache_and_superseded_objects_are_found(store: FolderStore) -> None:
    store.put("cache/analyses/ab/ab12.json", b"{")
    store.put("cache/analyses/ab/ab13.json", b'{"analysis": {"arxiv_id": 3}}')
    store.put(f"superseded/papers/date={DAY}/r.parquet", b"no")
    assert {f.key.split("/")[0] for f in faults(store, repair=True)} == {"cache", "superseded"}
    assert faults(store) == []


def test_editions_that_are_gone_or_empty_are_found(store: FolderStore) -> None:
    md, *_ = (k for k in store.keys(f"editions/{DAY}/") if k.endswith(".md"))
    store.delete(md)
    assert [f.key for f in faults(store)] == [md[:-3] + ".html"]
    store.put(md, b" \n")
    assert [(f.key, f.what) for f in faults(store)] == [(md, "is empty")]
    for key in list(store.keys(f"editions/{DAY}/")):
        store.delete(key)
    assert [f.what for f in faults(store)] == ["a finished date without editions"]


def test_orphans_are_notes(store: FolderStore) -> None:
    store.put("snapshots/papers/notes.txt", b"x")
    store.put("editions/2020-01-01/full-report.zh.md", b"x")
    store.put("holiday.jpg", b"x")
    temporary = store.folder / "snapshots" / ".old.part"
    temporary.write_bytes(b"half")
    os.utime(temporary, (time.time() - 7200,) * 2)
    notes = {f.key: f.what for f in check_store(store)}
    assert set(notes) == {
        "snapshots/papers/notes.txt",
        "editions/2020-01-01/full-report.zh.md",
        "holiday.jpg",
        "snapshots/.old.part",
    }
    assert all(f.level == "note" for f in check_store(store, repair=True))
    assert not temporary.exists()
