"""Snapshots: rows are read as they were written, none are lost, and the registry is enforced."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from flows.days.view_updates import update_views
from papers.day import Run, Versions
from papers.models import Listing, Model, Paper, Popularity, SetAside
from papers.profile import load_profile
from papers.reasons import make_reason
from papers.store import FolderStore, Store
from papers.tables.parquet import SnapshotBroken, encode
from papers.tables.registry import DATASETS, SCHEMA_VERSION, schema_of
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import dates_of, read_snapshot, rows_before
from tests.factories import DAY, NOON, analysis, listed_paper, listing, paper, reading, verdict
from tests.plain import MemoryStore, put_rows, record_day, run_without_prefect, view_settings

PROFILE = load_profile("default")

RUN = Run(
    run_id="r1",
    started_at=NOON,
    finished_at=NOON,
    state="done",
    listed=1,
    new=1,
    read=1,
    analyzed=1,
    failed=0,
    tokens=0,
    cost_usd=None,
    versions=Versions(program="0.1.0", schema_version=2, model="extractive"),
)
ONE: dict[str, Model] = {
    "papers": paper(),
    "set_aside": SetAside(position=3, reason=make_reason("no-title"), item_json="{}"),
    "popularity": Popularity(arxiv_id="0000.00001", captured_at=NOON, upvotes=3),
    "readings": reading(),
    "analyses": analysis(),
    "curation": verdict(),
    "runs": RUN,
}


@pytest.mark.parametrize("dataset", DATASETS)
def test_rows_are_read_as_they_were_written(dataset: str, folder_store: Store) -> None:
    row = ONE[dataset]
    put_rows(folder_store, dataset, DAY, [row])
    assert read_snapshot(folder_store, dataset, DAY, type(row)) == [row]
    assert dates_of(folder_store, dataset) == [DAY]


def test_the_metadata_name_the_schema_and_no_run() -> None:
    metadata = pq.read_schema(BytesIO(encode("papers", [paper()]))).metadata
    assert metadata[b"daily_papers.schema_version"] == str(SCHEMA_VERSION).encode()
    assert b"daily_papers.run_id" not in metadata


@pytest.mark.parametrize("dataset", DATASETS)
def test_equal_rows_give_the_same_bytes(dataset: str) -> None:
    row = ONE[dataset]
    assert encode(dataset, [row]) == encode(dataset, [type(row).model_validate(row.model_dump())])


def capture(hour: int, upvotes: int) -> Listing:
    """A list of one paper as it was captured at that hour."""
    time = NOON.replace(hour=hour)
    return listing(listed_paper(upvotes=upvotes), captured_at=time, sha256=f"{upvotes:064d}")


def test_a_list_that_did_not_change_leaves_every_snapshot_as_it_is(folder_store: Store) -> None:
    run_without_prefect(folder_store, capture(12, 3), PROFILE)
    before = dict(folder_store.stamps("snapshots/")) | dict(folder_store.stamps("editions/"))
    run_without_prefect(folder_store, capture(13, 3), PROFILE)
    after = dict(folder_store.stamps("snapshots/")) | dict(folder_store.stamps("editions/"))
    assert after == before
    (row,) = read_snapshot(folder_store, "papers", DAY, Paper) or []
    assert row.captured_at == NOON


def test_the_facts_of_a_replaced_snapshot_are_still_there_and_give_it_again() -> None:
    store, copy = MemoryStore(), MemoryStore()
    record_day(store, capture(12, 3), "r1", PROFILE).commit()
    old, facts = store.data[key_of("papers", DAY)], set(store.keys("facts/"))
    record_day(store, capture(13, 9), "r2", PROFILE).commit()
    assert store.data[key_of("papers", DAY)] != old
    assert facts < set(store.keys("facts/"))
    copy.data = {key: store.data[key] for key in facts}
    update_views(view_settings(copy, PROFILE), [DAY])
    assert copy.data[key_of("papers", DAY)] == old


def test_captures_are_only_added(folder_store: Store) -> None:
    for hour, upvotes in ((12, 3), (12, 3), (13, 8)):
        run_without_prefect(folder_store, capture(hour, upvotes), PROFILE)
    rows = [(12, 3), (13, 8)]
    assert read_snapshot(folder_store, "popularity", DAY, Popularity) == [
        Popularity(arxiv_id="0000.00001", captured_at=NOON.replace(hour=hour), upvotes=upvotes)
        for hour, upvotes in rows
    ]


@pytest.mark.parametrize(
    ("dataset", "rows"),
    [
        ("papers", [paper(), paper()]),
        ("curation", [verdict(), verdict()]),
        ("analyses", [analysis(), analysis()]),
    ],
)
def test_a_duplicate_key_is_refused(dataset: str, rows: list[Model]) -> None:
    with pytest.raises(ValueError, match=f"{dataset}: the key .* occurs twice"):
        encode(dataset, rows)


def test_a_null_in_a_required_column_is_refused() -> None:
    row = paper().model_copy(update={"title": None})
    with pytest.raises(ValueError, match="papers"):
        encode("papers", [row])


@pytest.mark.parametrize("data", [b"", b"PAR1 and no more", b"<html>"])
def test_a_broken_file_is_reported(data: bytes, folder_store: Store) -> None:
    folder_store.put(key_of("papers", DAY), data)
    with pytest.raises(SnapshotBroken, match=r"date=2026-01-09/part-0\.parquet cannot be read as a snapshot of papers"):
        read_snapshot(folder_store, "papers", DAY, Paper)


def test_a_truncated_file_and_a_file_of_another_dataset_are_reported(folder_store: Store) -> None:
    whole = encode("papers", [paper()])
    folder_store.put(key_of("papers", DAY), whole[: len(whole) // 2])
    with pytest.raises(SnapshotBroken):
        read_snapshot(folder_store, "papers", DAY, Paper)
    folder_store.put(key_of("papers", DAY), encode("set_aside", [ONE["set_aside"]]))
    with pytest.raises(SnapshotBroken, match="it is a snapshot of set_aside"):
        read_snapshot(folder_store, "papers", DAY, Paper)


def test_rows_before_a_date_are_oldest_first_and_limited(folder_store: Store) -> None:
    for back in (40, 2, 1, 0):
        put_rows(folder_store, "curation", DAY - dt.timedelta(days=back), [verdict()])
    dates = [d for d, _ in rows_before(folder_store, "curation", DAY, ("arxiv_id",))]
    assert dates == [DAY - dt.timedelta(days=b) for b in (40, 2, 1)]
    assert len(list(rows_before(folder_store, "curation", DAY, ("arxiv_id",), days=28))) == 2


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_dataset_of_several_days_opens_as_a_whole(dataset: str, tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    empty_day = DAY + dt.timedelta(days=1)
    for date, rows in ((DAY - dt.timedelta(days=1), [ONE[dataset]]), (DAY, [ONE[dataset]]), (empty_day, [])):
        put_rows(store, dataset, date, rows)
    folder = str(tmp_path / "snapshots" / dataset)
    frame = pd.read_parquet(folder)
    assert sorted(map(str, frame["date"])) == ["2026-01-08", "2026-01-09"]
    table = ds.dataset(folder, partitioning="hive").to_table()
    assert table.num_rows == 2
    assert set(schema_of(dataset).names) | {"date"} == set(table.column_names)
    result = duckdb.sql(f"SELECT date, count(*) FROM read_parquet('{folder}/**/*.parquet') GROUP BY ALL ORDER BY ALL")
    assert result is not None
    assert [(str(d), n) for d, n in result.fetchall()] == [("2026-01-08", 1), ("2026-01-09", 1)]
