"""Rows to Parquet bytes and back: what the registry allows, of this schema version and of the earlier ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.metadata import version
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from papers.day import Run
from papers.errors import StoreUnreachable
from papers.models import Analysis, Model, Paper, Popularity, Reading, SetAside, Verdict
from papers.tables.registry import DATASETS, SCHEMA_VERSION, Column, schema_of

ROWS: dict[str, type[Model]] = {
    "papers": Paper,
    "set_aside": SetAside,
    "popularity": Popularity,
    "readings": Reading,
    "analyses": Analysis,
    "curation": Verdict,
    "runs": Run,
}
META = "daily_papers."
LEVEL = 3  # of zstd: higher ones take longer and save less than 2%
ZSTD = "zstd"

Convert = Callable[[Any], Any]

# (dataset, column) -> {version: how a value of the version before it becomes one of this version}
MIGRATIONS: dict[tuple[str, str], dict[int, Convert]] = {
    ("runs", "versions"): {2: lambda text: _versions_of(text)},
}


def _versions_of(text: str) -> dict[str, Any]:
    """Version 1 kept the versions of a run as JSON."""
    old = json.loads(text)
    names = {"program": "program", "schema_version": "schema", "model": "model", "prompt": "prompt"}
    return {new: old.get(name) for new, name in names.items()} | {"profile": old.get("profile")}


class SnapshotBroken(StoreUnreachable):
    """A snapshot file that cannot be read as its dataset."""


def encode(dataset: str, rows: Sequence[Model], run_id: str) -> bytes:
    """Parquet bytes of `rows`: the dataset's schema, zstd, page checksums; in the metadata the run, the program's and
    the schema's version, and a hash of the rows.

    Raises ValueError, naming dataset and rows, for a null or a double where the registry allows none.
    """
    spec, schema = DATASETS[dataset], schema_of(dataset)
    _check_keys(dataset, rows)
    values = [r.model_dump() for r in rows]
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
        "run_id": run_id,
        "version": version("daily-papers"),
        "rows_sha256": hash_of(table.to_pylist()),
    }
    table = table.replace_schema_metadata({META + name: value for name, value in metadata.items()})
    sink = BytesIO()
    pq.write_table(
        table,
        sink,
        compression=ZSTD,
        compression_level=LEVEL,
        use_dictionary=_dictionaries(dataset),
        write_page_checksum=True,
    )
    return sink.getvalue()


def _check_keys(dataset: str, rows: Iterable[Model]) -> None:
    names = DATASETS[dataset].key
    seen: set[tuple[Any, ...]] = set()
    for row in rows:
        key = tuple(getattr(row, k) for k in names)
        if None in key or key in seen:
            raise ValueError(f"{dataset}: the key {dict(zip(names, key, strict=True))} is null or stands twice")
        seen.add(key)


@cache
def _dictionaries(dataset: str) -> list[str]:
    """The leaves that are written as dictionaries: those whose values repeat, by the registry."""
    found = []

    def leaves(path: str, kind: pa.DataType) -> None:
        if pa.types.is_list(kind):
            leaves(f"{path}.list.element", kind.value_type)
        elif pa.types.is_struct(kind):
            for n in range(kind.num_fields):
                leaves(f"{path}.{kind.field(n).name}", kind.field(n).type)
        else:
            found.append(path)

    for name, column in DATASETS[dataset].columns.items():
        if column.repeats:
            leaves(name, column.kind)
    return found


def decode(dataset: str, data: bytes, key: str, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Rows of Parquet bytes as dictionaries of today's columns, whichever schema version wrote them.

    Columns that came later have their default. Raises SnapshotBroken, naming the key, for bytes that are no snapshot
    of `dataset`, or of a version that is not known yet.
    """
    try:
        file = pq.ParquetFile(BytesIO(data), page_checksum_verification=True)
        written = _version_of(dataset, file.schema_arrow)
        wanted = columns or schema_of(dataset).names
        there = [c for c in wanted if c in file.schema_arrow.names]
        lacking = {c: _default_of(dataset, c, written) for c in wanted if c not in there}
        rows: list[dict[str, Any]] = file.read(columns=there).to_pylist()
        for name in there:
            _migrate(rows, dataset, name, written)
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        raise _broken(dataset, key, error) from error
    return [row | lacking for row in rows] if lacking else rows


def _version_of(dataset: str, schema: pa.Schema) -> int:
    metadata = schema.metadata or {}
    said = metadata.get(f"{META}dataset".encode(), dataset.encode()).decode()
    if said != dataset:
        raise ValueError(f"it is a snapshot of {said}")
    written = int(metadata.get(f"{META}schema_version".encode(), b"1"))
    if written > SCHEMA_VERSION:
        raise ValueError(f"it has schema version {written}, this program knows up to {SCHEMA_VERSION}: update it")
    return written


def _default_of(dataset: str, name: str, written: int) -> Any:
    column: Column = DATASETS[dataset].columns[name]
    if column.since <= written:
        raise ValueError(f"the column {name} is missing")
    return column.default


def _migrate(rows: list[dict[str, Any]], dataset: str, name: str, written: int) -> None:
    for since, convert in sorted(MIGRATIONS.get((dataset, name), {}).items()):
        if since > written:
            for row in rows:
                row[name] = None if row[name] is None else convert(row[name])


def verify(dataset: str, data: bytes, key: str) -> list[Model]:
    """The rows of a snapshot, held against all that can be said of one alone: hash, schema, keys, models.

    Raises SnapshotBroken for what does not hold.
    """
    try:
        table = pq.ParquetFile(BytesIO(data), page_checksum_verification=True).read()
        stored = (table.schema.metadata or {}).get(f"{META}rows_sha256".encode(), b"").decode()
        if stored and stored != hash_of(table.to_pylist()):
            raise ValueError("its rows are not those that were written: their hash is another")
        rows = [ROWS[dataset].model_validate(row) for row in decode(dataset, data, key)]
        _check_keys(dataset, rows)
    except SnapshotBroken:
        raise
    except (pa.ArrowException, OSError, ValueError, ValidationError) as error:
        raise _broken(dataset, key, error) from error
    return rows


def metadata_of(data: bytes, key: str) -> dict[str, str]:
    """What a snapshot says of itself: dataset, schema_version, run_id, version, rows_sha256."""
    try:
        found = pq.read_schema(BytesIO(data)).metadata or {}
    except (pa.ArrowException, OSError) as error:
        raise _broken("any dataset", key, error) from error
    return {k.decode().removeprefix(META): v.decode() for k, v in found.items() if k.startswith(META.encode())}


def hash_of(rows: list[dict[str, Any]]) -> str:
    """SHA-256 of rows as they come out of an Arrow table, whatever the table's layout in memory."""
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _broken(dataset: str, key: str, error: Exception) -> SnapshotBroken:
    return SnapshotBroken(
        f"{key} cannot be read as a snapshot of {dataset}: {error}. Next: daily-papers fsck shows what else is wrong, "
        "and with --repair moves it away; then run that date again. Earlier versions lie under superseded/."
    )
