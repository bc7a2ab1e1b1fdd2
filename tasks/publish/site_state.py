"""The state of the site between two builds: summaries of all days, one file per month, under `cache/site/`.

Index pages are made from it, so that an update need not read the snapshots of earlier days. Parts that are missing or
come from another version are built again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

from pydantic import Field, ValidationError

from papers.models import Language, Model
from papers.store import Store, put_changed
from tasks.publish.day_sheets import DaySummary

ROOT = "cache/site"


class BuiltDay(Model):
    """A day as it was last built: the fingerprint of its inputs, the date before it, its summary."""

    fingerprint: str
    previous: dt.date | None
    summary: DaySummary


class Month(Model):
    """The days of a month; `version` is that of the program and the profile that made their pages."""

    version: str
    days: dict[dt.date, BuiltDay] = Field(default_factory=dict)


class State:
    """The days of the site, by month; `save` writes the months that changed."""

    def __init__(self, store: Store, version: str, fresh: bool = False) -> None:
        self._store, self._version = store, version
        self._months: dict[str, dict[dt.date, BuiltDay]] = {}
        self._changed: set[str] = set()
        if not fresh:
            for key in list(store.keys(f"{ROOT}/months/")):
                self._read(key)

    def _read(self, key: str) -> None:
        try:
            month = Month.model_validate_json(self._store.get(key) or b"")
        except ValidationError:  # another schema, or truncated: its days are built again
            return
        if month.version == self._version:
            self._months[key.rpartition("/")[2].removesuffix(".json")] = dict(month.days)

    def get(self, date: dt.date) -> BuiltDay | None:
        """The day as it was last built."""
        return self._months.get(_month(date), {}).get(date)

    def set(self, date: dt.date, day: BuiltDay | None) -> None:
        """Store the day; None removes it."""
        days = self._months.setdefault(_month(date), {})
        if day is None:
            days.pop(date, None)
        else:
            days[date] = day
        self._changed.add(_month(date))

    @property
    def dates(self) -> list[dt.date]:
        """All days, oldest first."""
        return sorted(date for days in self._months.values() for date in days)

    def summaries(self) -> Iterator[DaySummary]:
        """The summaries of all days, newest first."""
        for date in reversed(self.dates):
            yield self._months[_month(date)][date].summary

    def save(self) -> None:
        """Write the months that changed."""
        for name in sorted(self._changed):
            days = dict(sorted(self._months[name].items()))
            data = Month(version=self._version, days=days).model_dump_json().encode()
            put_changed(self._store, f"{ROOT}/months/{name}.json", data)
        self._changed.clear()


def _month(date: dt.date) -> str:
    return date.isoformat()[:7]


def read_json(store: Store, key: str) -> dict[str, Any]:
    """The object under a key of `cache/site/`; empty if there is none or it cannot be read."""
    try:
        value = json.loads(store.get(f"{ROOT}/{key}") or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def write_json(store: Store, key: str, value: dict[str, Any]) -> None:
    """Write an object under a key of `cache/site/` if it changed."""
    data = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    put_changed(store, f"{ROOT}/{key}", data)


def articles_of(store: Store, date: dt.date) -> dict[Language, dict[str, str]]:
    """The analyses of a date's papers as HTML, by language and arXiv id, as its pages were last made."""
    return read_json(store, f"articles/{date}.json")  # type: ignore[return-value]
