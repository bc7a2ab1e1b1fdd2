"""Rows to Parquet bytes and back, as the registry allows, for this schema version and all earlier ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from papers.errors import StoreUnreachable
from papers.models import Model
from papers.tables.reason_columns import join_reasons, split_reasons, with_parts
from papers.tables.registry import DATASETS, SCHEMA_VERSION, schema_of

METADATA_PREFIX = "daily_papers."
LEVEL = 3  # of zstd: higher levels take longer and save less than 2%
ZSTD = "zstd"

Convert = Callable[[Any], Any]

# (dataset, column) -> {version: converts a value of the previous version to this version}
MIGRATIONS: dict[tuple[str, str], dict[int, Convert]] = {
    ("runs", "versions"): {2: lambda text: _versions_of(text)},
}


def _versions_of(text: str) -> dict[str, Any]:
    """Convert the versions of a run, which schema version 1 stored as JSON."""
    old = json.loads(text)
    names = {"program": "program", "schema_version": "schema", "model": "model", "prompt": "prompt"}
    return {new: old.get(name) for new, name in names.items()} | {"profile": old.get("profile")}


class SnapshotBroken(StoreUnreachable):
    """A snapshot file that cannot be read as its dataset."""


def encode(dataset: str, rows: Sequence[Model]) -> bytes:
    """Parquet bytes of `rows`: the dataset's schema, zstd, page checksums. The metadata has the dataset, the version of
    the schema, and a hash of the rows. The same rows give the same bytes.

    Raises ValueError with the dataset and the rows for a null or a duplicate key that the registry does not allow.
    """
    spec, schema = DATASETS[dataset], schema_of(dataset)
    _check_keys(dataset, rows)
    values = [split_reasons(dataset, r.model_dump()) for r in rows]
    try:
        table = pa.Table.from_pylist(values, schema=schema)
        table.validate(full=True)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{dataset}: rows that its schema does not allow: {error}") from error
    for name, column in spec.columns.items():
        if not column.null and table.column(name).null_count:
            raise ValueError(f"{dataset}.{name} may not be null: {column.meaning}")
    metadata = {
        "dataset": dataset,
        "schema_version": str(SCHEMA_VERSION),
        "rows_sha256": hash_rows(table.to_pylist()),
    }
    table = table.replace_schema_metadata({METADATA_PREFIX + name: value for name, value in metadata.items()})
    sink = BytesIO()
    pq.write_table(
        table,
        sink,
        compression=ZSTD,
        compression_level=LEVEL,
        use_dictionary=_dictionary_paths(dataset),
        write_page_checksum=True,
    )
    return sink.getvalue()


def _check_keys(dataset: str, rows: Iterable[Model]) -> None:
    names = DATASETS[dataset].key
    keys: set[tuple[Any, ...]] = set()
    for row in rows:
        key = tuple(getattr(row, k) for k in names)
        if None in key or key in keys:
            raise ValueError(f"{dataset}: the key {dict(zip(names, key, strict=True))} is null or occurs twice")
        keys.add(key)


@cache
def _dictionary_paths(dataset: str) -> list[str]:
    """The leaf columns to write with dictionaries: those marked in the registry as having repeated values."""
    paths = []

    def leaves(path: str, kind: pa.DataType) -> None:
        if pa.types.is_list(kind):
            leaves(f"{path}.list.element", kind.value_type)
        elif pa.types.is_struct(kind):
            for n in range(kind.num_fields):
                leaves(f"{path}.{kind.field(n).name}", kind.field(n).type)
        else:
            paths.append(path)

    for name, column in DATASETS[dataset].columns.items():
        if column.repeats:
            leaves(name, column.kind)
    return paths


def decode(dataset: str, data: bytes, key: str, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Rows of Parquet bytes as dictionaries with the current columns, whichever schema version wrote them.

    The columns of a reason are one value, as the models have it. Columns that were added later have their default.
    Raises SnapshotBroken with the key for bytes that are not a snapshot of `dataset`, or that have a newer schema
    version.
    """
    try:
        file = pq.ParquetFile(BytesIO(data), page_checksum_verification=True)
        file_version = _version_of(dataset, file.schema_arrow)
        names = with_parts(dataset, columns or schema_of(dataset).names)
        present = [c for c in names if c in file.schema_arrow.names]
        defaults = {c: _default_of(dataset, c, file_version) for c in names if c not in present}
        rows: list[dict[str, Any]] = file.read(columns=present).to_pylist()
        for name in present:
            _migrate(rows, dataset, name, file_version)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        raise _broken_snapshot(dataset, key, error) from error
    return join_reasons(dataset, [row | defaults for row in rows] if defaults else rows, names)


def _version_of(dataset: str, schema: pa.Schema) -> int:
    metadata = schema.metadata or {}
    file_dataset = metadata.get(f"{METADATA_PREFIX}dataset".encode(), dataset.encode()).decode()
    if file_dataset != dataset:
        raise ValueError(f"it is a snapshot of {file_dataset}")
    file_version = int(metadata.get(f"{METADATA_PREFIX}schema_version".encode(), b"1"))
    if file_version > SCHEMA_VERSION:
        raise ValueError(f"it has schema version {file_version}, this program knows up to {SCHEMA_VERSION}: update it")
    return file_version


def _default_of(dataset: str, name: str, file_version: int) -> Any:
    column = DATASETS[dataset].columns[name]
    if column.since <= file_version:
        raise ValueError(f"the column {name} is missing")
    return column.default


def _migrate(rows: list[dict[str, Any]], dataset: str, name: str, file_version: int) -> None:
    for since, convert in sorted(MIGRATIONS.get((dataset, name), {}).items()):
        if since > file_version:
            for row in rows:
                row[name] = None if row[name] is None else convert(row[name])


def verify(dataset: str, data: bytes, key: str) -> list[Model]:
    """The rows of a snapshot, after all checks that need no other snapshot: hash, schema, keys, models.

    Raises SnapshotBroken if a check fails.
    """
    try:
        table = pq.ParquetFile(BytesIO(data), page_checksum_verification=True).read()
        stored_hash = (table.schema.metadata or {}).get(f"{METADATA_PREFIX}rows_sha256".encode(), b"").decode()
        if stored_hash and stored_hash != hash_rows(table.to_pylist()):
            raise ValueError("its rows are not those that were written: their hash differs")
        rows = [DATASETS[dataset].model.model_validate(row) for row in decode(dataset, data, key)]
        _check_keys(dataset, rows)
    except SnapshotBroken:
        raise
    except (pa.ArrowException, OSError, ValueError, ValidationError) as error:
        raise _broken_snapshot(dataset, key, error) from error
    return rows


def hash_rows(rows: list[dict[str, Any]]) -> str:
    """SHA-256 of the rows of an Arrow table, independent of the table's memory layout."""
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _broken_snapshot(dataset: str, key: str, error: Exception) -> SnapshotBroken:
    return SnapshotBroken(
        f"{key} cannot be read as a snapshot of {dataset}: {error}. Next: daily-papers fsck shows what else is wrong, "
        "and with --repair moves it away and derives it from the facts again."
    )
