"""fsck finds each kind of damage, reports where it is, and repairs without deleting data."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.days.date_states import finished_dates, unfinished_dates
from flows.days.view_updates import update_views
from papers.facts.day_facts import DayFacts
from papers.models import Analysis, Model, Reading
from papers.profile import load_profile
from papers.store import FolderStore, Store
from papers.store.raw_responses import RawResponses, raw_key
from papers.tables.fsck import Finding, check_store
from papers.tables.manifests import Manifests, StoredFile, manifest_key
from papers.tables.parquet import encode
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import read_snapshot
from tests.factories import DAY, listed_paper, listing, paper, verdict
from tests.plain import put_rows, run_without_prefect, store_contents, view_settings

DATES = (DAY, DAY + dt.timedelta(days=1))
PROFILE = load_profile("default")
MONTH = "2601"


def run(store: Store) -> None:
    """Run both dates, each with two papers."""
    for n, date in enumerate(DATES):
        papers = listed_paper(10 * n + 1), listed_paper(10 * n + 2, position=1)
        run_without_prefect(store, listing(*papers, date=date, sha256=f"{n}" * 64), PROFILE)


def derive(store: Store) -> None:
    """Derive the views of the damaged date again, as the command does after a repair."""
    update_views(view_settings(store, PROFILE), [DAY])


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    run(store)
    RawResponses(store).save(MONTH, b"<html>a page</html>")
    return store


def faults(store: FolderStore, repair: bool = False) -> list[Finding]:
    return [f for f in check_store(store, repair) if f.level == "fault"]


def test_a_store_after_complete_runs_has_no_findings(store: FolderStore) -> None:
    assert list(check_store(store)) == []


@pytest.mark.parametrize("again", [run, derive])
@pytest.mark.parametrize("key", [key_of("readings", DAY), f"editions/{DAY}/curated-post.zh.md"])
def test_a_damaged_view_is_reported_moved_away_and_made_again(
    key: str, again: Callable[[Store], None], store: FolderStore
) -> None:
    before, intact = store_contents(store), store.get(key)
    broken_data = (intact or b"")[:-40]
    store.put(key, broken_data)
    (finding,) = faults(store)
    assert (finding.key, finding.date) == (key, DAY)
    assert "derives it from the facts again" in finding.next_step
    (repaired,) = faults(store, repair=True)
    copy = repaired.repair_note.removeprefix("moved to ")
    assert store.get(copy) == broken_data  # nothing is deleted
    assert store.get(key) is None
    assert [(f.key, f.problem) for f in faults(store)] == [(key, "is missing")]
    assert finished_dates(store) == [DATES[1]]
    again(store)
    assert store.get(key) == intact
    assert store_contents(store) == before
    assert finished_dates(store) == list(DATES)
    assert faults(store) == []


ROWS: dict[str, tuple[str, list[Model], str]] = {
    "no verdicts": ("curation", [], "listed papers without a verdict: 0000.00001, 0000.00002"),
    "a verdict too many": ("curation", [verdict(n) for n in (1, 2, 3)], "papers that are not listed: 0000.00003"),
    "no readings": ("readings", [], "new papers without a reading"),
    "no analyses": ("analyses", [], "new papers without an analysis"),
    "a paper less": ("papers", [paper(1)], "verdicts on papers that are not listed: 0000.00002"),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_that_were_not_derived_are_reported_and_derived_again(name: str, store: FolderStore) -> None:
    dataset, rows, _ = ROWS[name]
    before = store_contents(store)
    put_rows(store, dataset, DAY, rows)
    assert [(f.key, f.problem) for f in faults(store)] == [(key_of(dataset, DAY), "is not as it was derived")]
    assert unfinished_dates(store) == [DAY]
    faults(store, repair=True)
    derive(store)
    assert store_contents(store) == before
    assert list(check_store(store)) == []


@pytest.mark.parametrize("name", ROWS)
def test_inconsistent_datasets_are_reported_though_the_manifest_names_them(name: str, store: FolderStore) -> None:
    dataset, rows, what = ROWS[name]
    before = store_contents(store)
    key, data = key_of(dataset, DAY), encode(dataset, rows)
    manifests = Manifests(store)
    manifest = manifests.get(DAY)
    assert manifest is not None
    file = StoredFile(md5=hashlib.md5(data, usedforsecurity=False).hexdigest(), stamp=store.put(key, data))
    view = manifest.views[dataset]
    views = manifest.views | {dataset: view.model_copy(update={"files": view.files | {key: file}})}
    manifests.put(manifest.model_copy(update={"views": views}))
    assert any(what in f.problem for f in faults(store))
    assert faults(store, repair=True)
    derive(store)
    assert store_contents(store) == before
    assert list(check_store(store)) == []


def test_a_missing_dataset_is_reported(store: FolderStore) -> None:
    store.delete(key_of("set_aside", DAY))
    (finding,) = faults(store)
    assert (finding.key, finding.problem) == (key_of("set_aside", DAY), "is missing")


def test_an_unfinished_date_is_only_a_note(store: FolderStore) -> None:
    facts = DayFacts(store, DAY)
    facts.list_again()
    facts.start_run("r9")
    assert list(check_store(store)) == []  # it has added nothing yet
    facts.add_capture(listing(listed_paper(1), sha256="9" * 64), "r9")
    put_rows(store, "curation", DAY, [])
    findings = list(check_store(store))
    assert [(f.level, f.key) for f in findings] == [("note", manifest_key(DAY))]
    assert f"daily-papers run --date {DAY}" in findings[0].next_step
    store.put(key_of("papers", DAY), b"PAR1 and no more")
    (fault,) = faults(store)
    assert fault.key == key_of("papers", DAY)


@pytest.mark.parametrize("data", [b"", b"{", b'{"format": 1}'])
def test_a_date_whose_manifest_is_damaged_is_unfinished_until_the_next_run(data: bytes, store: FolderStore) -> None:
    before = store_contents(store)
    store.put(manifest_key(DAY), data)
    assert [(f.level, f.key) for f in check_store(store) if f.key == manifest_key(DAY)] == [("note", manifest_key(DAY))]
    assert unfinished_dates(store) == [DAY]
    run(store)
    assert store_contents(store) == before
    assert list(check_store(store)) == []


def test_whole_files_that_a_killed_run_of_an_earlier_date_wrote_are_only_notes(store: FolderStore) -> None:
    run_before = DayFacts(store, DAY)
    run_before.list_again()
    run_before.add_capture(listing(listed_paper(1), listed_paper(11), sha256="9" * 64), "r9")
    put_rows(store, "papers", DATES[1], [paper(11), paper(12)])
    store.put(f"editions/{DATES[1]}/curated-post.zh.md", b"half of the later day")
    findings = list(check_store(store))
    assert {f.level for f in findings} == {"note"}
    assert {f.key for f in findings} == {
        manifest_key(DAY),
        key_of("papers", DATES[1]),
        f"editions/{DATES[1]}/curated-post.zh.md",
    }
    assert all(f"daily-papers run --date {DAY}" in f.next_step for f in findings)
    store.put(key_of("papers", DATES[1]), b"PAR1 and no more")
    assert [f.key for f in faults(store)] == [key_of("papers", DATES[1])]


def test_raw_bytes_under_a_wrong_name_are_found_and_moved(store: FolderStore) -> None:
    responses = RawResponses(store)
    sha256, other = responses.save(MONTH, b"one page"), responses.save(MONTH, b"another page")
    store.put(raw_key(MONTH, sha256), store.get(raw_key(MONTH, other)) or b"")
    (finding,) = faults(store, repair=True)
    assert finding.problem == "holds other bytes than its name says"
    assert not store.exists(raw_key(MONTH, sha256))
    assert faults(store) == []


def test_broken_responses_and_answers_are_found_and_moved(store: FolderStore) -> None:
    broken = {
        raw_key(MONTH, "a" * 64): b"no zstandard",
        "answers/2601/ab12.json": b"{",
        "answers/2601/ab13.json": b'{"analysis": {"arxiv_id": 3}}',
    }
    for key, data in broken.items():
        store.put(key, data)
    store.put("answers/2601/ab14.json", b"")  # discarded by a run: no damage
    moved = {f.key: f.repair_note.removeprefix("moved to ") for f in faults(store, repair=True)}
    assert {key: store.get(copy) for key, copy in moved.items()} == broken
    assert faults(store) == []


@pytest.mark.parametrize("kind", ["read-", "analyze-"])
def test_a_damaged_fact_is_found_and_moved_and_the_views_do_without_it(kind: str, store: FolderStore) -> None:
    key = next(k for k in store.keys(f"facts/{DAY}/0000.00001/") if kind in k)
    store.put(key, b"no zstandard")
    (finding,) = faults(store, repair=True)
    assert (finding.key, finding.date) == (key, DAY)
    assert store.get(finding.repair_note.removeprefix("moved to ")) == b"no zstandard"
    assert [(f.level, f.key) for f in check_store(store)] == [("note", manifest_key(DAY))]
    derive(store)
    dataset, model = ("readings", Reading) if kind == "read-" else ("analyses", Analysis)
    rows = read_snapshot(store, dataset, DAY, model) or []
    assert [r.arxiv_id for r in rows] == ["0000.00002"]  # type: ignore[attr-defined]
    assert [(f.level, f.key) for f in check_store(store)] == [("note", manifest_key(DAY))]  # a paper is left to do
    assert unfinished_dates(store) == [DAY]
    run(store)  # the paper is read or analysed again
    assert list(check_store(store)) == []
    assert finished_dates(store) == list(DATES)


def test_editions_that_are_gone_or_changed_are_found(store: FolderStore) -> None:
    md, *_ = (k for k in store.keys(f"editions/{DAY}/") if k.endswith(".md"))
    store.delete(md)
    assert [(f.key, f.problem) for f in faults(store)] == [(md, "is missing")]
    store.put(md, b" \n")
    assert [(f.key, f.problem) for f in faults(store)] == [(md, "is not as it was derived")]
    keys = list(store.keys(f"editions/{DAY}/"))
    for key in keys:
        store.delete(key)
    assert sorted(f.key for f in faults(store)) == keys
    derive(store)
    assert faults(store) == []


def test_orphans_are_notes(store: FolderStore) -> None:
    names = ("snapshots/papers/notes.txt", "editions/2020-01-01/full-report.zh.md", "holiday.jpg", "raw/2601/page.html")
    for name in names:
        store.put(name, b"x")
    temporary = store.folder / "snapshots" / ".old.part"
    temporary.write_bytes(b"half")
    os.utime(temporary, (time.time() - 7200,) * 2)
    notes = {f.key: f.problem for f in check_store(store)}
    assert set(notes) == {*names, "snapshots/.old.part"}
    assert all(f.level == "note" for f in check_store(store, repair=True))
    assert not temporary.exists()


@pytest.mark.parametrize(
    "key", [f"superseded/papers/date={DAY}/r.parquet", f"journal/date={DAY}/r.json", "cache/analyses/ab/ab12.json"]
)
def test_objects_of_the_earlier_layout_are_noted_with_the_command_that_imports_them(
    key: str, store: FolderStore
) -> None:
    store.put(key, b"x")
    (note,) = check_store(store)
    assert (note.level, note.key) == ("note", key)
    assert "daily-papers import" in note.next_step
