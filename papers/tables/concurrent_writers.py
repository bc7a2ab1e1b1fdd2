"""Concurrent writers: what a run may replace in a date's snapshots, and how the rows of two runs are joined."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from papers.models import READING_SOURCES, Model
from papers.store import Store
from papers.tables.snapshot_keys import key_of

JOIN_KEYS = {  # dataset -> the columns that identify a row when the rows of two runs are joined
    "papers": ("arxiv_id",),
    "set_aside": ("position",),
    "readings": ("arxiv_id",),
    "analyses": ("arxiv_id", "language", "cache_key"),
    "curation": ("arxiv_id",),
}
SOURCE_PREFERENCE = (*READING_SOURCES, None)  # sources of a reading


class SnapshotChanged(Exception):
    """Another run wrote a snapshot after this run had read it."""


@dataclass
class SnapshotVersions:
    """The versions of a date's snapshots that a run has read. It may replace these; rows written since are joined."""

    hashes: dict[str, str | None]  # dataset -> hash of the file
    joined_datasets: set[str] = field(default_factory=set)  # datasets that now contain rows of another run

    @classmethod
    def of(cls, store: Store, date: dt.date) -> SnapshotVersions:
        """The current snapshots of `date`."""
        return cls({dataset: digest_of(store.get(key_of(dataset, date))) for dataset in JOIN_KEYS})

    def holds(self, store: Store, date: dt.date) -> bool:
        """Whether the snapshots are unchanged."""
        return SnapshotVersions.of(store, date).hashes == self.hashes


def join_rows(dataset: str, ours: Sequence[Model], theirs: Sequence[Model]) -> list[Model]:
    """Join the rows of two concurrent runs of one date: all rows of both.

    If both have a row, the better one is taken: done before failed, a reading from the better source, else ours.
    `papers` and `set_aside` are in the order of the list; of other datasets our rows come first, then theirs.
    """
    names = JOIN_KEYS[dataset]
    our_groups = _group_by(ours, names)
    their_groups = _group_by(theirs, names)
    rows: list[Model] = []
    for key in [*our_groups, *(n for n in their_groups if n not in our_groups)]:
        candidates = [
            *([our_groups[key]] if key in our_groups else []),
            *([their_groups[key]] if key in their_groups else []),
        ]
        rows += min(candidates, key=_rank)
    if dataset in ("papers", "set_aside"):
        rows.sort(key=lambda r: (r.position, getattr(r, "arxiv_id", "")))  # type: ignore[attr-defined]
    return rows


def _group_by(rows: Iterable[Model], names: Sequence[str]) -> dict[tuple[Any, ...], list[Model]]:
    groups: dict[tuple[Any, ...], list[Model]] = {}
    for row in rows:
        groups.setdefault(tuple(getattr(row, n) for n in names), []).append(row)
    return groups


def _rank(rows: Iterable[Model]) -> tuple[int, int]:
    """The rank of the rows of a key, by the first of them; lower is better."""
    row = next(iter(rows))
    state, source = getattr(row, "state", "done"), getattr(row, "source", None)
    preference = SOURCE_PREFERENCE.index(source) if source in SOURCE_PREFERENCE else 0
    return int(state in ("failed", "budget")), preference


def digest_of(data: bytes | None) -> str | None:
    """The SHA-256 of a snapshot's bytes; None if there are none."""
    return None if data is None else hashlib.sha256(data).hexdigest()
