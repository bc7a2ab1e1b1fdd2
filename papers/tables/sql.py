"""SQL queries over the snapshots with DuckDB, which has a view for each dataset."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from papers.errors import UsageError
from papers.store import FolderStore, Store
from papers.tables.parquet import MIGRATIONS
from papers.tables.registry import DATASETS, schema_of
from papers.tables.snapshot_keys import date_of
from papers.tables.snapshots import dates_of, read_columns


def run_query(store: Store, sql: str) -> duckdb.DuckDBPyRelation:
    """Run `sql`. Its tables are the datasets; each has the columns in `docs/tables.md` and `date`.

    Raises UsageError for SQL that DuckDB refuses or that returns no rows, SnapshotBroken for a broken file.
    """
    connection = duckdb.connect()
    for dataset in DATASETS:
        if re.search(rf"\b{dataset}\b", sql, re.IGNORECASE):
            _view(connection, store, dataset)
    try:
        result = connection.sql(sql)
    except duckdb.Error as error:
        raise UsageError(f"{error}\nThe tables are {', '.join(DATASETS)}; their columns: docs/tables.md") from error
    if result is None:
        raise UsageError("the SQL gives no rows: write a SELECT")
    return result


def fetch_rows(result: duckdb.DuckDBPyRelation) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The column names and rows of a result. Raises UsageError for an error that occurs while fetching rows."""
    try:
        return list(result.columns), result.fetchall()
    except duckdb.Error as error:
        raise UsageError(str(error)) from error


def write_result(result: duckdb.DuckDBPyRelation, path: Path, file_format: str) -> None:
    """Write the result to a file as `csv`, `json` or `parquet`. Raises UsageError if the file cannot be written."""
    try:
        if file_format == "parquet":
            pq.write_table(result.to_arrow_table(), path, compression="zstd")
        elif file_format == "csv":
            result.to_csv(str(path))
        else:
            result.to_df().to_json(path, orient="records", date_format="iso", force_ascii=False, indent=1)
    except (duckdb.Error, OSError) as error:
        raise UsageError(f"{path} cannot be written: {error}") from error


def _view(connection: duckdb.DuckDBPyConnection, store: Store, dataset: str) -> None:
    if not any(date_of(dataset, key) for key in store.keys(f"snapshots/{dataset}/")):
        connection.register(dataset, _to_table(dataset, []))
    elif any(name == dataset for name, _ in MIGRATIONS):  # files of earlier versions may have other types
        names = schema_of(dataset).names
        rows = [r | {"date": d} for d in dates_of(store, dataset) for r in read_columns(store, dataset, d, names)]
        connection.register(dataset, _to_table(dataset, rows))
    elif isinstance(store, FolderStore) and not set("*?[") & set(str(store.folder.resolve())):
        files = str(store.folder.resolve() / "snapshots" / dataset / "date=*" / "part-0.parquet")
        quoted = files.replace("'", "''")
        connection.execute(
            f"CREATE VIEW {dataset} AS SELECT * FROM read_parquet('{quoted}', "  # noqa: S608 - a path of the store
            "hive_partitioning = true, hive_types = {'date': DATE}, union_by_name = true)"
        )
    else:
        connection.register(dataset, _arrow_dataset(store, dataset))


def _to_table(dataset: str, rows: Sequence[dict[str, Any]]) -> pa.Table:
    fields = [pa.field(f.name, f.type) for f in schema_of(dataset)]
    return pa.Table.from_pylist(list(rows), schema=pa.schema([*fields, pa.field("date", pa.date32())]))


def _arrow_dataset(store: Store, dataset: str) -> ds.Dataset:
    """The dataset read by pyarrow: on S3, because DuckDB's own reader is an extension that it would download; and in a
    folder whose name DuckDB would take for a pattern.
    """
    from pyarrow.fs import LocalFileSystem, S3FileSystem

    from papers.store.s3 import S3Store

    if isinstance(store, S3Store):
        base, filesystem = f"{store.bucket}/{store.prefix}", S3FileSystem(**store.arrow_options())
    else:
        base, filesystem = f"{store.root}/", LocalFileSystem()
    return ds.dataset(
        f"{base}snapshots/{dataset}",
        filesystem=filesystem,
        format="parquet",
        partitioning=ds.partitioning(pa.schema([("date", pa.date32())]), flavor="hive"),
        schema=_to_table(dataset, []).schema,
    )
