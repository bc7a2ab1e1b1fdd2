"""What the site remembers between two builds: short lines of every day, in a file a month, under `cache/site/`.

Indexes are made of it, so that an update reads no earlier day's snapshots. All of it is rebuilt where it is missing or
made by another version.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from pydantic import Field, ValidationError

from papers.models import Language, Model
from papers.store import Store
from tasks.publish.day_sheets import DaySummary

ROOT = "cache/site"


class Entry(Model):
    """A day as it was last built: what it was made of, the date before it, its line."""

    fingerprint: str
    previous: dt.date | None
    line: DaySummary


class Month(Model):
    """The days of a month; `version` is that of the program and the profile which made their pages."""

    version: str
    days: dict[dt.date, Entry] = Field(default_factory=dict)


class State:
    """The days of the site, by month; `save` writes the months that changed."""

    def __init__(self, store: Store, version: str, fresh: bool = False) -> None:
        self._store, self._version = store, version
        self._months: dict[str, dict[dt.date, Entry]] = {}
        self._changed: set[str] = set()
        if not fresh:
            for key in list(store.keys(f"{ROOT}/months/")):
                self._read(key)

    def _read(self, key: str) -> None:
        try:
            month = Month.model_validate_json(self._store.get(key) or b"")
        except ValidationError:  # of another shape, or cut off: its days are built again
            return
        if month.version == self._version:
            self._months[key.rpartition("/")[2].removesuffix(".json")] = dict(month.days)

    def get(self, date: dt.date) -> Entry | None:
        """The day as it was last built."""
        return self._months.get(_month(date), {}).get(date)

    def set(self, date: dt.date, entry: Entry | None) -> None:
        """Remember the day; None forgets it."""
        days = self._months.setdefault(_month(date), {})
        if entry is None:
            days.pop(date, None)
        else:
            days[date] = entry
        self._changed.add(_month(date))

    @property
    def dates(self) -> list[dt.date]:
        """All days, oldest first."""
        return sorted(date for days in self._months.values() for date in days)

    def lines(self) -> Iterator[DaySummary]:
        """The line of every day, newest first."""
        for date in reversed(self.dates):
            yield self._months[_month(date)][date].line

    def save(self) -> None:
        """Write the months that changed."""
        for name in sorted(self._changed):
            days = dict(sorted(self._months[name].items()))
            data = Month(version=self._version, days=days).model_dump_json().encode()
            put_changed(self._store, f"{ROOT}/months/{name}.json", data)
        self._changed.clear()


def _month(date: dt.date) -> str:
    return date.isoformat()[:7]


def put_changed(store: Store, key: str, data: bytes) -> bool:
    """Write `data` unless it is there already; whether it was written."""
    if store.get(key) == data:
        return False
    store.put(key, data)
    return True


def read_json(store: Store, key: str) -> dict[str, Any]:
    """The object under a key of `cache/site/`; empty where there is none that can be read."""
    try:
        found = json.loads(store.get(f"{ROOT}/{key}") or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def write_json(store: Store, key: str, value: dict[str, Any]) -> None:
    """Write an object under a key of `cache/site/`, where it changed."""
    data = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    put_changed(store, f"{ROOT}/{key}", data)


def articles_of(store: Store, date: dt.date) -> dict[Language, dict[str, str]]:
    """The analyses of a date's papers as HTML, by language and arXiv id, as its pages were last made."""
    return read_json(store, f"articles/{date}.json")  # type: ignore[return-value]
