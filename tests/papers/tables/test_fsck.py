"""fsck finds each kind of damage, reports where it is, and repairs without deleting data."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path

import pytest

from papers.models import Paper
from papers.profile import load_profile
from papers.store import FolderStore
from papers.store.raw_responses import raw_key, save_raw
from papers.tables.fsck import Finding, check_store
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import finished_dates, read_snapshot, write_snapshot
from papers.tables.unfinished_dates import open_date, unfinished_dates
from tests.factories import DAY, listed_paper, listing, paper, verdict
from tests.plain import run_without_prefect, store_contents

DATES = (DAY, DAY + dt.timedelta(days=1))


def run(store: FolderStore) -> None:
    for n, date in enumerate(DATES):
        run_without_prefect(
            store,
            listing(listed_paper(10 * n + 1), listed_paper(10 * n + 2, position=1), date=date),
            load_profile("default"),
        )


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    run(store)
    save_raw(store, b"<html>a page</html>")
    return store


def faults(store: FolderStore, repair: bool = False) -> list[Finding]:
    return [f for f in check_store(store, repair) if f.level == "fault"]


def test_a_store_after_complete_runs_has_no_findings(store: FolderStore) -> None:
    assert list(check_store(store)) == []


def test_a_broken_snapshot_is_reported_repaired_and_rebuilt(store: FolderStore) -> None:
    before, key = store_contents(store), key_of("readings", DAY)
    broken_data = (store.get(key) or b"")[:-40]
    store.put(key, broken_data)
    (finding,) = faults(store)
    assert finding.key == key
    assert f"run --date {DAY}" in finding.next_step
    (repaired,) = faults(store, repair=True)
    copy = repaired.repair_note.removeprefix("moved to ")
    assert store.get(copy) == broken_data  # nothing is deleted
    assert store.get(key) is None
    assert faults(store) == []
    assert finished_dates(store) == [DATES[1]]  # the next run rebuilds it
    run(store)
    assert store_contents(store) == before
    assert finished_dates(store) == list(DATES)


def test_a_broken_snapshot_is_restored_to_an_earlier_version(store: FolderStore) -> None:
    earlier = store.get(key_of("papers", DAY)) or b""
    rows = read_snapshot(store, "papers", DAY, Paper) or []
    write_snapshot(store, "papers", DAY, [p.model_copy(update={"upvotes": 9}) for p in rows], "r2")
    store.put(key_of("papers", DAY), b"PAR1 and no more")
    repaired = [f for f in faults(store, repair=True) if f.broken]
    assert [f.key for f in repaired] == [key_of("papers", DAY)]
    assert repaired[0].repair_note.endswith("an earlier version put back")
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
def test_inconsistent_datasets_are_reported(dataset: str, rows: list[Paper], what: str, store: FolderStore) -> None:
    write_snapshot(store, dataset, DAY, rows, "by hand")
    assert any(what in f.problem for f in faults(store))
    assert faults(store, repair=True)
    assert DAY in unfinished_dates(store)
    assert faults(store) == []
    run(store)
    assert list(check_store(store)) == []


def test_a_missing_dataset_is_reported(store: FolderStore) -> None:
    store.delete(key_of("set_aside", DAY))
    (finding,) = faults(store)
    assert finding.problem.startswith("there is no snapshot of set_aside")


def test_an_unfinished_date_is_only_a_note(store: FolderStore) -> None:
    open_date(store, DAY, "r9")
    write_snapshot(store, "curation", DAY, [], "r9")
    findings = list(check_store(store))
    assert [(f.level, f.key) for f in findings] == [("note", f"journal/date={DAY}/")]


def test_raw_bytes_under_a_wrong_name_are_found_and_moved(store: FolderStore) -> None:
    sha256 = save_raw(store, b"one page")
    store.put(raw_key(sha256), store.get(raw_key(save_raw(store, b"another page"))) or b"")
    (finding,) = faults(store, repair=True)
    assert finding.problem == "holds other bytes than its name says"
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
    assert [(f.key, f.problem) for f in faults(store)] == [(md, "is empty")]
    for key in list(store.keys(f"editions/{DAY}/")):
        store.delete(key)
    assert [f.problem for f in faults(store)] == ["a finished date without editions"]


def test_orphans_are_notes(store: FolderStore) -> None:
    store.put("snapshots/papers/notes.txt", b"x")
    store.put("editions/2020-01-01/full-report.zh.md", b"x")
    store.put("holiday.jpg", b"x")
    temporary = store.folder / "snapshots" / ".old.part"
    temporary.write_bytes(b"half")
    os.utime(temporary, (time.time() - 7200,) * 2)
    notes = {f.key: f.problem for f in check_store(store)}
    assert set(notes) == {
        "snapshots/papers/notes.txt",
        "editions/2020-01-01/full-report.zh.md",
        "holiday.jpg",
        "snapshots/.old.part",
    }
    assert all(f.level == "note" for f in check_store(store, repair=True))
    assert not temporary.exists()
