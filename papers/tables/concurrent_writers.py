"""Writers that cross: what a run may replace in a date's snapshots, and how the rows of two runs are joined."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from papers.models import Model
from papers.store import Store
from papers.tables.snapshot_keys import key_of

JOINED_BY = {  # what tells the rows of two runs of one date apart
    "papers": ("arxiv_id",),
    "set_aside": ("position",),
    "readings": ("arxiv_id",),
    "analyses": ("arxiv_id", "language", "cache_key"),
    "curation": ("arxiv_id",),
}


BETTER = ("html", "pdf", "abs", None)  # sources of a reading


class SnapshotChanged(Exception):
    """Another run wrote a snapshot after this one had read it."""


@dataclass
class SnapshotVersions:
    """The snapshots of a date as a run found them: what it may replace. What others wrote since, it joins."""

    found: dict[str, str | None]  # dataset -> hash of the file
    joined: set[str] = field(default_factory=set)  # datasets in which rows of another run were joined

    @classmethod
    def of(cls, store: Store, date: dt.date) -> SnapshotVersions:
        """The snapshots of `date` as they are now."""
        return cls({dataset: _digest(store.get(key_of(dataset, date))) for dataset in JOINED_BY})

    def holds(self, store: Store, date: dt.date) -> bool:
        """Whether the snapshots are still these."""
        return SnapshotVersions.of(store, date).found == self.found


def join_rows(dataset: str, ours: Sequence[Model], theirs: Sequence[Model]) -> list[Model]:
    """The rows of two runs of one date that did not know of each other: all of both.

    Of a row that both have, the better one: what was done before what failed, a reading of the better source, else
    ours. Papers and what was set aside are in the order of the list, other rows in that of our papers, then theirs.
    """
    names = JOINED_BY[dataset]
    mine = _grouped(ours, names)
    other = _grouped(theirs, names)
    joined: list[Model] = []
    for name in [*mine, *(n for n in other if n not in mine)]:
        candidates = [*([mine[name]] if name in mine else []), *([other[name]] if name in other else [])]
        joined += min(candidates, key=_worth)
    if dataset in ("papers", "set_aside"):
        joined.sort(key=lambda r: (r.position, getattr(r, "arxiv_id", "")))  # type: ignore[attr-defined]
    return joined


def _grouped(rows: Iterable[Model], names: Sequence[str]) -> dict[tuple[Any, ...], list[Model]]:
    found: dict[tuple[Any, ...], list[Model]] = {}
    for row in rows:
        found.setdefault(tuple(getattr(row, n) for n in names), []).append(row)
    return found


def _worth(rows: Iterable[Model]) -> tuple[int, int]:
    """Lower is better."""
    row = next(iter(rows))
    state, source = getattr(row, "state", "done"), getattr(row, "source", None)
    return int(state == "failed" or state == "budget"), BETTER.index(source) if source in BETTER else 0


def _digest(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()
