"""Snapshots: the datasets' rows as Parquet, one file a dataset and date, and everything that is read back from them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from io import BytesIO
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from papers.columns import DATASETS, schema_of
from papers.errors import StoreUnreachable
from papers.models import Analysis, Model, Paper, Popularity, Reading, Run, SetAside, Verdict
from papers.store import Store

ROWS: dict[str, type[Model]] = {
    "papers": Paper,
    "set_aside": SetAside,
    "popularity": Popularity,
    "readings": Reading,
    "analyses": Analysis,
    "curation": Verdict,
    "runs": Run,
}
APPENDED = ("popularity", "runs")  # rows are only ever added, so there is nothing to supersede
CLOCKS = {"captured_at", "run_id", "seconds", "fetched_at"}  # left out of a comparison of two runs

M = TypeVar("M", bound=Model)


class SnapshotBroken(StoreUnreachable):
    """A snapshot file that cannot be read as its dataset."""


def key_of(dataset: str, date: dt.date) -> str:
    """The key of a dataset's snapshot of `date`."""
    return f"snapshots/{dataset}/date={date.isoformat()}/part-0.parquet"


def write_snapshot(store: Store, dataset: str, date: dt.date, rows: Sequence[Model], run_id: str) -> bool:
    """Write `rows` as the dataset's snapshot of `date`; returns whether anything had changed.

    What it replaces goes to `superseded/` first. Rows that are those of the snapshot but for the run's own clocks
    leave it as it is, so that a second run of a date changes nothing. Raises ValueError for rows that the dataset's
    schema or key does not allow, StoreUnreachable when the store cannot be written.
    """
    data = encode(dataset, rows, run_id)
    key = key_of(dataset, date)
    before = store.get(key)
    if before is not None:
        if comparable(decode(dataset, before, key)) == comparable(rows):
            return False
        if dataset not in APPENDED:
            store.put(f"superseded/{dataset}/date={date.isoformat()}/{run_id}.parquet", before)
    store.put(key, data)
    return True


def append_rows(store: Store, dataset: str, date: dt.date, rows: Sequence[Model], run_id: str) -> None:
    """Add those of `rows` to the snapshot of `date` whose key is not there yet."""
    key = DATASETS[dataset].key
    there = read_snapshot(store, dataset, date, ROWS[dataset]) or []
    known = {tuple(getattr(r, k) for k in key) for r in there}
    fresh = [r for r in rows if tuple(getattr(r, k) for k in key) not in known]
    if fresh or not there:
        write_snapshot(store, dataset, date, [*there, *fresh], run_id)


def read_snapshot(store: Store, dataset: str, date: dt.date, model: type[M]) -> list[M] | None:
    """The rows of the dataset's snapshot of `date`, or None when there is no such snapshot."""
    data = store.get(key_of(dataset, date))
    return None if data is None else [model.model_validate(r) for r in decode(dataset, data, key_of(dataset, date))]


def dates_of(store: Store, dataset: str) -> list[dt.date]:
    """The dates that have a snapshot of `dataset`, in order."""
    found = re.compile(rf"snapshots/{dataset}/date=(\d{{4}}-\d\d-\d\d)/part-0\.parquet")
    return [dt.date.fromisoformat(m[1]) for k in store.keys(f"snapshots/{dataset}/") if (m := found.fullmatch(k))]


def rows_before(
    store: Store, dataset: str, before: dt.date, columns: Sequence[str], days: int | None = None
) -> Iterator[tuple[dt.date, list[dict[str, Any]]]]:
    """The given columns of every snapshot of `dataset` before that date, oldest first.

    `days` bounds it to the snapshots of that many days before the date.
    """
    for date in dates_of(store, dataset):
        if date >= before or (days is not None and date < before - dt.timedelta(days=days)):
            continue
        data = store.get(key_of(dataset, date))
        if data is not None:
            yield date, decode(dataset, data, key_of(dataset, date), columns)


def encode(dataset: str, rows: Sequence[Model], run_id: str) -> bytes:
    """Parquet bytes of `rows`: the dataset's schema, zstd, the run and the program's version in the metadata.

    Raises ValueError, naming dataset and rows, for a null or a double where the registry allows none.
    """
    spec = DATASETS[dataset]
    seen: set[tuple[Any, ...]] = set()
    for row in rows:
        key = tuple(getattr(row, k) for k in spec.key)
        if None in key or key in seen:
            raise ValueError(f"{dataset}: the key {dict(zip(spec.key, key, strict=True))} is null or stands twice")
        seen.add(key)
    schema = schema_of(dataset)
    try:
        table = pa.Table.from_pylist([r.model_dump() for r in rows], schema=schema)
        table.validate(full=True)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{dataset}: rows that its schema does not allow: {error}") from error
    for name, column in spec.columns.items():
        if not column.null and table.column(name).null_count:
            raise ValueError(f"{dataset}.{name} may not be null: {column.meaning}")
    table = table.replace_schema_metadata(
        {
            **(schema.metadata or {}),
            "daily_papers.run_id": run_id,
            "daily_papers.version": version("daily-papers"),
        }
    )
    sink = BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def decode(dataset: str, data: bytes, key: str, columns: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Rows of Parquet bytes as dictionaries; SnapshotBroken, naming the key, when they are none of `dataset`."""
    try:
        table = pq.read_table(BytesIO(data), columns=list(columns) if columns else None, partitioning=None)
        missing = set(columns or schema_of(dataset).names) - set(table.column_names)
        if missing:
            raise ValueError(f"the columns {', '.join(sorted(missing))} are missing")
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SnapshotBroken(
            f"{key} cannot be read as a snapshot of {dataset}: {error}. Next: move it away and run that date again; "
            "earlier versions lie under superseded/."
        ) from error
    return table.to_pylist()  # type: ignore[no-any-return]


def comparable(rows: Iterable[Model | dict[str, Any]]) -> list[Any]:
    """Rows without what two equal runs may differ in: the runs' own clocks and ids."""

    def strip(value: Any) -> Any:
        if isinstance(value, Model):
            value = value.model_dump()
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k not in CLOCKS}
        return [strip(v) for v in value] if isinstance(value, list) else value

    return [strip(r) for r in rows]
