"""Snapshots: one file for each dataset and date; writes, joins, appends and reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, TypeVar

from papers.models import Model
from papers.store import Store
from papers.tables.concurrent_writers import SnapshotChanged, SnapshotVersions, digest_of, join_rows
from papers.tables.parquet import decode, encode
from papers.tables.registry import CLOCKS, DATASETS
from papers.tables.snapshot_keys import date_of, key_of
from papers.tables.unfinished_dates import unfinished_dates

M = TypeVar("M", bound=Model)


def write_snapshot(
    store: Store,
    dataset: str,
    date: dt.date,
    rows: Sequence[Model],
    run_id: str,
    base: SnapshotVersions | None = None,
    on_conflict: Literal["join", "raise"] = "join",
) -> bool:
    """Write `rows` as the dataset's snapshot of `date`; returns whether anything changed.

    A replaced snapshot is first copied to `superseded/`. If the rows differ from the snapshot only in times and run
    ids, it is not written, so that a second run of a date changes nothing. If the snapshot is no longer the version in
    `base`, another run wrote it in the meantime: its rows are joined with these and the dataset is added to
    `base.joined_datasets`, or, with `on_conflict="raise"`, SnapshotChanged is raised. Raises ValueError for rows that
    the dataset's schema or key does not allow, StoreUnreachable if the store cannot be written.
    """
    key = key_of(dataset, date)
    own_data = encode(dataset, rows, run_id)
    contents: list[bytes] = []

    def change(before: bytes | None) -> bytes | None:
        contents.clear()
        data = own_data
        if before is not None:
            theirs = [DATASETS[dataset].model.model_validate(r) for r in decode(dataset, before, key)]
            ours: list[Model] = list(rows)
            if base is not None and digest_of(before) != base.hashes.get(dataset):
                if on_conflict == "raise":
                    raise SnapshotChanged(f"{key} was written by another run")
                base.joined_datasets.add(dataset)
                ours = join_rows(dataset, rows, theirs)
                data = encode(dataset, ours, run_id)
            if comparable_rows(theirs) == comparable_rows(ours):
                contents.append(before)
                return None
            if not DATASETS[dataset].append_only:
                _supersede(store, dataset, date, run_id, before)
        elif base is not None and base.hashes.get(dataset) is not None and on_conflict == "raise":
            raise SnapshotChanged(f"{key} was removed by another run")
        contents.append(data)
        return data

    changed = _update_key(store, key, change)
    if base is not None:
        base.hashes[dataset] = digest_of(contents[0])
    return changed


def append_rows(store: Store, dataset: str, date: dt.date, rows: Sequence[Model], run_id: str) -> None:
    """Add those of `rows` to the snapshot of `date` whose key it does not have yet."""
    names, key = DATASETS[dataset].key, key_of(dataset, date)

    def change(before: bytes | None) -> bytes | None:
        existing = [DATASETS[dataset].model.model_validate(r) for r in decode(dataset, before, key)] if before else []
        existing_keys = {tuple(getattr(r, k) for k in names) for r in existing}
        new_rows = [r for r in rows if tuple(getattr(r, k) for k in names) not in existing_keys]
        return encode(dataset, [*existing, *new_rows], run_id) if new_rows or before is None else None

    store.update(key, change)


def read_snapshot(store: Store, dataset: str, date: dt.date, model: type[M]) -> list[M] | None:
    """The rows of the dataset's snapshot of `date`, or None if there is none."""
    data = store.get(key_of(dataset, date))
    return None if data is None else [model.model_validate(r) for r in decode(dataset, data, key_of(dataset, date))]


def read_columns(store: Store, dataset: str, date: dt.date, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The given columns of the dataset's snapshot of `date`; no rows if there is none."""
    data = store.get(key_of(dataset, date))
    return [] if data is None else decode(dataset, data, key_of(dataset, date), columns)


def dates_of(store: Store, dataset: str) -> list[dt.date]:
    """The dates that have a snapshot of `dataset`, in order."""
    return [d for k in store.keys(f"snapshots/{dataset}/") if (d := date_of(dataset, k)) is not None]


def finished_dates(store: Store) -> list[dt.date]:
    """The dates that a run has finished, without the unfinished ones, in order."""
    unfinished = unfinished_dates(store)
    return [d for d in dates_of(store, "runs") if d not in unfinished]


def rows_before(
    store: Store, dataset: str, before: dt.date, columns: Sequence[str], days: int | None = None
) -> Iterator[tuple[dt.date, list[dict[str, Any]]]]:
    """The given columns of every snapshot of `dataset` before that date, oldest first.

    With `days`, only the snapshots of that many days before the date.
    """
    for date in dates_of(store, dataset):
        if date >= before or (days is not None and date < before - dt.timedelta(days=days)):
            continue
        yield date, read_columns(store, dataset, date, columns)


def comparable_rows(rows: Iterable[Model | dict[str, Any]]) -> list[Any]:
    """Rows without the fields in which two equal runs differ: times and run ids."""

    def strip(value: Any) -> Any:
        if isinstance(value, Model):
            value = value.model_dump()
        if isinstance(value, dict):
            return {k: strip(v) for k, v in value.items() if k not in CLOCKS}
        return [strip(v) for v in value] if isinstance(value, list) else value

    return [strip(r) for r in rows]


def _supersede(store: Store, dataset: str, date: dt.date, run_id: str, data: bytes) -> None:
    """Store a copy of a snapshot before it is replaced; a run that replaces twice stores both."""
    base = f"superseded/{dataset}/date={date.isoformat()}/{run_id}"
    n, key = 1, f"{base}.parquet"
    while (existing := store.get(key)) is not None and existing != data:
        n += 1
        key = f"{base}-{n}.parquet"
    if existing is None:
        store.put(key, data)


def _update_key(store: Store, key: str, change: Callable[[bytes | None], bytes | None]) -> bool:
    """Update `key`; returns whether anything was written."""
    changed = False

    def change_and_note(before: bytes | None) -> bytes | None:
        nonlocal changed
        after = change(before)
        changed = after is not None
        return after

    store.update(key, change_and_note)
    return changed
