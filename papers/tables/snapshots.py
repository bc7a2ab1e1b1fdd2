"""Snapshots: one file for each dataset and date; reads their rows and compares them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from papers.models import Model
from papers.store import Store
from papers.tables.parquet import decode
from papers.tables.registry import CLOCKS
from papers.tables.snapshot_keys import date_of, key_of

M = TypeVar("M", bound=Model)


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
