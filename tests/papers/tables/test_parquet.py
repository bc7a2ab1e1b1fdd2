"""Parquet files of earlier schema versions are read; those of newer versions are refused."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from papers.day import Run, Versions
from papers.models import Attempt, Paper, Reading
from papers.reasons import make_reason
from papers.store import Store
from papers.tables import parquet
from papers.tables.columns import Column
from papers.tables.parquet import METADATA_PREFIX, SnapshotBroken, decode, encode, verify
from papers.tables.registry import DATASETS, SCHEMA_VERSION
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import read_snapshot
from tests.factories import DAY, paper, reading

OLD = Path(__file__).parent / "old"  # files written with schema version 1


def metadata_of(data: bytes) -> dict[str, str]:
    metadata = pq.read_schema(BytesIO(data)).metadata
    prefix = METADATA_PREFIX.encode()
    return {k.removeprefix(prefix).decode(): v.decode() for k, v in metadata.items() if k.startswith(prefix)}


def test_a_run_of_version_1_has_its_versions_as_a_struct(folder_store: Store) -> None:
    data = (OLD / "runs-v1.parquet").read_bytes()
    assert metadata_of(data)["schema_version"] == "1"
    folder_store.put(key_of("runs", DAY), data)
    (run,) = read_snapshot(folder_store, "runs", DAY, Run) or []
    assert run.versions == Versions(
        program="0.1.0", schema_version=1, model="extractive", prompt="9f2c1a", profile="default"
    )
    assert verify("runs", data, "k") == [run]


def test_papers_of_version_1_are_read_unchanged() -> None:
    rows = decode("papers", (OLD / "papers-v1.parquet").read_bytes(), "k")
    assert [Paper.model_validate(r) for r in rows] == [paper()]


def test_a_column_that_was_added_later_has_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    column = Column("an added column", since=SCHEMA_VERSION + 1, default="none", kind=pa.string())
    data = encode("papers", [paper()])
    monkeypatch.setitem(DATASETS["papers"].columns, "added", column)
    (row,) = decode("papers", data, "k", ("arxiv_id", "added"))
    assert row == {"arxiv_id": paper().arxiv_id, "added": "none"}


NO_HTML = make_reason("try", source="html", reason=make_reason("http", status=404))
READING = reading().model_copy(
    update={
        "reason": make_reason("fallback", tries=[NO_HTML]),
        "attempts": [
            Attempt(source="html", url="u", outcome="failed", reason=make_reason("http", status=404)),
            Attempt(source="pdf", url="u", outcome="accepted"),
        ],
    }
)


def test_a_reason_is_its_english_text_its_code_and_its_parts_in_a_file() -> None:
    data = encode("readings", [READING])
    (row,) = pq.read_table(BytesIO(data)).to_pylist()
    assert (row["reason"], row["reason_code"]) == ("html: HTTP 404", "fallback")
    assert {p["name"]: p["value"] for p in row["reason_parts"]} == {
        "tries.0": "try",
        "tries.0.source": "html",
        "tries.0.reason": "http",
        "tries.0.reason.status": "404",
    }
    assert [(a["reason"], a["reason_code"]) for a in row["attempts"]] == [("HTTP 404", "http"), (None, None)]
    assert verify("readings", data, "k") == [READING]
    (row,) = decode("readings", data, "k", ("arxiv_id", "reason"))
    assert Reading.model_validate(row | {"state": "done"}).reason == READING.reason


def test_a_reason_of_version_6_is_its_text() -> None:
    table = pq.read_table(BytesIO(encode("readings", [READING]))).drop(["reason_code", "reason_parts"])
    old = [{"source": "html", "url": "u", "status": 404, "sha256": None, "outcome": "failed", "reason": "HTTP 404; b"}]
    kind = pa.struct([(f.name, f.type) for f in table.schema.field("attempts").type.value_type][:7])
    table = table.set_column(table.schema.get_field_index("attempts"), "attempts", pa.array([old], pa.list_(kind)))
    metadata = dict(table.schema.metadata) | {f"{METADATA_PREFIX}schema_version".encode(): b"6"}
    sink = BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), sink)
    (row,) = decode("readings", sink.getvalue(), "k")
    reading = Reading.model_validate(row)
    assert reading.reason == make_reason("text", text="html: HTTP 404")
    assert reading.attempts[0].reason == make_reason("text", text="HTTP 404; b")


def test_a_value_is_migrated_through_every_later_version(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode("papers", [paper(upvotes=3)])
    steps = {SCHEMA_VERSION + n: f for n, f in enumerate((lambda v: v * 1000, lambda v: v + 1, lambda v: v * 10))}
    monkeypatch.setitem(parquet.MIGRATIONS, ("papers", "upvotes"), steps)
    monkeypatch.setattr(parquet, "SCHEMA_VERSION", SCHEMA_VERSION + 2)
    assert decode("papers", data, "k", ("upvotes",)) == [{"upvotes": 40}]  # its own version is no step


def test_a_file_of_a_newer_program_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    data = encode("papers", [paper()])
    monkeypatch.undo()
    with pytest.raises(SnapshotBroken, match=r"this program knows up to \d+: update it"):
        decode("papers", data, "k")


def test_a_missing_required_column_is_reported() -> None:
    table = pq.read_table(BytesIO(encode("papers", [paper()]))).drop_columns(["abstract"])
    sink = BytesIO()
    pq.write_table(table, sink)
    with pytest.raises(SnapshotBroken, match="the column abstract is missing"):
        decode("papers", sink.getvalue(), "k")


def test_a_changed_byte_in_a_page_is_detected() -> None:
    data = bytearray(encode("papers", [paper()]))
    at = data.index(b"\x28\xb5\x2f\xfd") + 12  # inside the first zstd frame
    data[at] ^= 0xFF
    with pytest.raises(SnapshotBroken):
        decode("papers", bytes(data), "k", ("arxiv_id",))


def test_exchanged_rows_are_detected() -> None:
    file = pq.read_table(BytesIO(encode("papers", [paper()])))
    other = pq.read_table(BytesIO(encode("papers", [paper(upvotes=77)])))
    sink = BytesIO()
    pq.write_table(other.replace_schema_metadata(file.schema.metadata), sink)
    with pytest.raises(SnapshotBroken, match="their hash differs"):
        verify("papers", sink.getvalue(), "k")


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_file_has_metadata_of_its_origin(dataset: str) -> None:
    data = encode(dataset, [])
    metadata = metadata_of(data)
    assert metadata["dataset"] == dataset
    assert metadata["schema_version"] == str(SCHEMA_VERSION)
    assert set(metadata) == {"dataset", "schema_version", "rows_sha256"}


def test_columns_have_statistics_and_zstd() -> None:
    group = pq.ParquetFile(BytesIO(encode("papers", [paper(upvotes=1), paper(2, upvotes=9)]))).metadata.row_group(0)
    names = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
    assert {c.compression for c in names.values()} == {"ZSTD"}
    assert (names["upvotes"].statistics.min, names["upvotes"].statistics.max) == (1, 9)
