"""Snapshots: one file a dataset and date, what replaces and joins them, and everything that is read back from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, TypeVar

from papers.models import Model
from papers.store import Store
from papers.tables.concurrent_writers import SnapshotChanged, SnapshotVersions, _digest, join_rows
from papers.tables.parquet import ROWS, decode, encode
from papers.tables.registry import DATASETS
from papers.tables.snapshot_keys import date_of, key_of
from papers.tables.unfinished_dates import unfinished

APPENDED = ("popularity", "runs")  # rows are only ever added, so there is nothing to supersede
CLOCKS = {"captured_at", "run_id", "seconds", "fetched_at"}  # left out of a comparison of two runs

M = TypeVar("M", bound=Model)


def write_snapshot(
    store: Store,
    dataset: str,
    date: dt.date,
    rows: Sequence[Model],
    run_id: str,
    base: SnapshotVersions | None = None,
    moved: Literal["join", "raise"] = "join",
) -> bool:
    """Write `rows` as the dataset's snapshot of `date`; returns whether anything had changed.

    What it replaces goes to `superseded/` first. Rows that are those of the snapshot but for the run's own clocks
    leave it as it is, so that a second run of a date changes nothing. Where the snapshot is no longer that of `base`,
    another run wrote it meanwhile: its rows are joined to these (`base.joined` says so), or SnapshotChanged is raised.
    Raises ValueError for rows that the dataset's schema or key does not allow, StoreUnreachable when the store cannot
    be written.
    """
    key = key_of(dataset, date)
    alone = encode(dataset, rows, run_id)
    wrote: list[bytes] = []

    def change(before: bytes | None) -> bytes | None:
        wrote.clear()
        data = alone
        if before is not None:
            theirs = [ROWS[dataset].model_validate(r) for r in decode(dataset, before, key)]
            ours: list[Model] = list(rows)
            if base is not None and _digest(before) != base.found.get(dataset):
                if moved == "raise":
                    raise SnapshotChanged(f"{key} was written by another run")
                base.joined.add(dataset)
                ours = join_rows(dataset, rows, theirs)
                data = encode(dataset, ours, run_id)
            if comparable(theirs) == comparable(ours):
                wrote.append(before)
                return None
            if dataset not in APPENDED:
                _supersede(store, dataset, date, run_id, before)
        elif base is not None and base.found.get(dataset) is not None and moved == "raise":
            raise SnapshotChanged(f"{key} was removed by another run")
        wrote.append(data)
        return data

    changed = _update(store, key, change)
    if base is not None:
        base.found[dataset] = _digest(wrote[0])
    return changed


def append_rows(store: Store, dataset: str, date: dt.date, rows: Sequence[Model], run_id: str) -> None:
    """Add those of `rows` to the snapshot of `date` whose key is not there yet."""
    names, key = DATASETS[dataset].key, key_of(dataset, date)

    def change(before: bytes | None) -> bytes | None:
        there = [ROWS[dataset].model_validate(r) for r in decode(dataset, before, key)] if before else []
        known = {tuple(getattr(r, k) for k in names) for r in there}
        fresh = [r for r in rows if tuple(getattr(r, k) for k in names) not in known]
        return encode(dataset, [*there, *fresh], run_id) if fresh or before is None else None

    store.update(key, change)


def read_snapshot(store: Store, dataset: str, date: dt.date, model: type[M]) -> list[M] | None:
    """The rows of the dataset's snapshot of `date`, or None when there is no such snapshot."""
    data = store.get(key_of(dataset, date))
    return None if data is None else [model.model_validate(r) for r in decode(dataset, data, key_of(dataset, date))]


def read_columns(store: Store, dataset: str, date: dt.date, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The given columns of the dataset's snapshot of `date`; no rows when there is no such snapshot."""
    data = store.get(key_of(dataset, date))
    return [] if data is None else decode(dataset, data, key_of(dataset, date), columns)


def dates_of(store: Store, dataset: str) -> list[dt.date]:
    """The dates that have a snapshot of `dataset`, in order."""
    return [d for k in store.keys(f"snapshots/{dataset}/") if (d := date_of(dataset, k)) is not None]


def finished_dates(store: Store) -> list[dt.date]:
    """The dates that a run brought to its end, and that none is writing or was killed in writing, in order."""
    open_ones = unfinished(store)
    return [d for d in dates_of(store, "runs") if d not in open_ones]


def rows_before(
    store: Store, dataset: str, before: dt.date, columns: Sequence[str], days: int | None = None
) -> Iterator[tuple[dt.date, list[dict[str, Any]]]]:
    """The given columns of every snapshot of `dataset` before that date, oldest first.

    `days` bounds it to the snapshots of that many days before the date.
    """
    for date in dates_of(store, dataset):
        if date >= before or (days is not None and date < before - dt.timedelta(days=days)):
            continue
        yield date, read_columns(store, dataset, date, columns)


def comparable(rows: Iterable[Model | dict[str, Any]]) -> list[Any]:
    """Rows without what two equal runs may differ in: the runs' own clocks and ids."""

    def strip(value: Any) -> Any:
        if isinstance(value, Model):
            value = value.model_dump()
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k not in CLOCKS}
        return [strip(v) for v in value] if isinstance(value, list) else value

    return [strip(r) for r in rows]


def _supersede(store: Store, dataset: str, date: dt.date, run_id: str, data: bytes) -> None:
    """Keep what is about to be replaced; a run that replaces twice keeps both."""
    base = f"superseded/{dataset}/date={date.isoformat()}/{run_id}"
    n, key = 1, f"{base}.parquet"
    while (there := store.get(key)) is not None and there != data:
        n += 1
        key = f"{base}-{n}.parquet"
    if there is None:
        store.put(key, data)


def _update(store: Store, key: str, change: Callable[[bytes | None], bytes | None]) -> bool:
    """Update, and whether anything was written."""
    wrote = False

    def watched(before: bytes | None) -> bytes | None:
        nonlocal wrote
        after = change(before)
        wrote = after is not None
        return after

    store.update(key, watched)
    return wrote
