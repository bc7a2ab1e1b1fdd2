"""The store keys of snapshots."""

from __future__ import annotations

import datetime as dt
import re


def key_of(dataset: str, date: dt.date) -> str:
    """The key of a dataset's snapshot of `date`."""
    return f"snapshots/{dataset}/date={date.isoformat()}/part-0.parquet"


def date_of(dataset: str, key: str) -> dt.date | None:
    """The date of the snapshot of `dataset` under `key`, or None for any other key."""
    match = re.fullmatch(rf"snapshots/{dataset}/date=(\d{{4}}-\d\d-\d\d)/part-0\.parquet", key)
    return dt.date.fromisoformat(match[1]) if match else None
