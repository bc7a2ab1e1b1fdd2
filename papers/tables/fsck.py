"""Checks a store: objects against their hash and schema, datasets against each other, and orphaned objects."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

import zstandard

from papers.models import Analysis, Model, Paper, Reading, Verdict
from papers.store import FolderStore, Store
from papers.tables.paper_index import rebuild_index
from papers.tables.parquet import SnapshotBroken, verify
from papers.tables.registry import DATASETS
from papers.tables.snapshot_keys import date_of, key_of
from papers.tables.snapshots import dates_of
from papers.tables.unfinished_dates import unfinished_dates

STALE_AFTER = 3600.0  # seconds after which the writer of a temporary file must have died
REFETCH_HINT = "it is made or fetched again when it is needed; --repair moves it away"
TOP_FOLDERS = frozenset(
    (
        *("raw", "cache", "snapshots", "superseded", "editions", "roundups", "site", "sent"),
        *("index", "journal", "backfills", "meta", "repaired"),
    )
)

Level = Literal["fault", "note"]


@dataclass(frozen=True)
class Finding:
    """One problem: a fault, or a note about something that the next run repairs by itself."""

    level: Level
    key: str
    problem: str
    next_step: str
    broken: bool = False  # whether the object itself is damaged, so that it can only be moved away
    repair_note: str = ""  # what was done about it


def check_store(store: Store, repair: bool = False) -> Iterator[Finding]:
    """Yield all problems of the store.

    With `repair`, broken objects are moved to `repaired/<time>/`, never deleted. A snapshot with an earlier version is
    restored to it. The date becomes unfinished, so that the next run rebuilds it.
    """
    repairer = _Repairer(store, dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")) if repair else None
    open_dates = unfinished_dates(store)
    checks = (
        _check_raw(store),
        _check_cache(store),
        _check_snapshots(store, open_dates),
        _check_superseded(store),
        _check_editions(store, open_dates),
        _check_top_folders(store),
        _check_temporary_files(store, repair),
    )
    for finding in chain.from_iterable(checks):
        yield repairer.repair(finding) if repairer and finding.level == "fault" else finding
    for date in sorted(open_dates):
        yield Finding(
            "note",
            f"journal/date={date}/",
            "a run is writing this date, or was killed while it did",
            f"daily-papers run --date {date}",
        )
    if repair:
        rebuild_index(store)


# --- one object ------------------------------------------------------------------------------------------------------


def _check_raw(store: Store) -> Iterator[Finding]:
    for key in store.keys("raw/"):
        match = re.fullmatch(r"raw/([0-9a-f]{2})/(\1[0-9a-f]{62})\.zst", key)
        if not match:
            yield _unknown_object(key)
            continue
        try:
            body = zstandard.ZstdDecompressor().decompress(store.get(key) or b"")
        except zstandard.ZstdError as error:
            yield Finding("fault", key, f"cannot be decompressed: {error}", REFETCH_HINT, broken=True)
            continue
        if hashlib.sha256(body).hexdigest() != match[2]:
            yield Finding("fault", key, "holds other bytes than its name says", REFETCH_HINT, broken=True)


def _check_cache(store: Store) -> Iterator[Finding]:
    for key in store.keys("cache/"):
        data = store.get(key)
        if not data:  # discarded, because no analysis came of it
            continue
        try:
            entry = json.loads(data)
            if key.startswith("cache/analyses/") and "analysis" in entry:
                Analysis.model_validate(entry["analysis"])
        except (ValueError, TypeError) as error:  # pydantic's ValidationError is a ValueError
            first = str(error).partition("\n")[0]
            yield Finding("fault", key, f"is no analysis: {first}", REFETCH_HINT, broken=True)


def _check_snapshots(store: Store, open_dates: set[dt.date]) -> Iterator[Finding]:
    """Check every snapshot, and the datasets of each finished date against each other."""
    dates: dict[dt.date, list[str]] = defaultdict(list)
    for key in store.keys("snapshots/"):
        dataset = key.split("/")[1]
        date = date_of(dataset, key) if dataset in DATASETS else None
        if date is None:
            yield _unknown_object(key)
        else:
            dates[date].append(dataset)
    for date, datasets in sorted(dates.items()):
        rows: dict[str, list[Model]] = {}
        for dataset in datasets:
            key = key_of(dataset, date)
            try:
                rows[dataset] = verify(dataset, store.get(key) or b"", key)
            except SnapshotBroken as error:
                yield _broken_object(key, error, f"daily-papers run --date {date}")
        if date not in open_dates and len(rows) == len(datasets):
            yield from _check_day(date, rows)


def _broken_object(key: str, error: Exception, next_step: str) -> Finding:
    return Finding("fault", key, str(error).partition(". Next:")[0].partition("\n")[0], next_step, broken=True)


def _check_superseded(store: Store) -> Iterator[Finding]:
    for key in store.keys("superseded/"):
        match = re.fullmatch(r"superseded/(\w+)/date=\d{4}-\d\d-\d\d/.+\.parquet", key)
        if not match or match[1] not in DATASETS:
            yield _unknown_object(key)
            continue
        try:
            verify(match[1], store.get(key) or b"", key)
        except SnapshotBroken as error:
            yield _broken_object(key, error, "nothing needs it; --repair moves it away")


def _check_top_folders(store: Store) -> Iterator[Finding]:
    for key in store.keys(""):
        if key.split("/")[0] not in TOP_FOLDERS:
            yield _unknown_object(key)


def _unknown_object(key: str) -> Finding:
    return Finding("note", key, "is not an object of daily-papers", "move it away if nobody needs it here")


def _check_temporary_files(store: Store, repair: bool) -> Iterator[Finding]:
    """Temporary files of killed writers. No reader sees them, and no data is lost with them."""
    if not isinstance(store, FolderStore):
        return
    for path in store.temporary_files():
        if path.exists() and time.time() - path.stat().st_mtime > STALE_AFTER:
            if repair:
                path.unlink(missing_ok=True)
            name = path.relative_to(store.folder).as_posix()
            problem = "a temporary file that a killed writer left behind"
            repair_note = "removed" if repair else ""
            yield Finding("note", name, problem, "daily-papers fsck --repair", repair_note=repair_note)


# --- datasets against each other -------------------------------------------------------------------------------------


def _check_day(date: dt.date, rows: dict[str, list[Model]]) -> Iterator[Finding]:
    """Check the datasets of a date against each other, if a run has finished it."""
    if "runs" not in rows:
        yield Finding(
            "note", key_of("papers", date), "no run has finished this date", f"daily-papers run --date {date}"
        )
        return
    missing = [d for d in DATASETS if d not in rows]
    if missing:
        yield _inconsistency(
            date, missing[0], f"there is no snapshot of {', '.join(missing)}, though others of {date} are there"
        )
        return
    papers = [p for p in rows["papers"] if isinstance(p, Paper)]
    listed = {p.arxiv_id for p in papers}
    new = {p.arxiv_id for p in papers if p.dedupe_kind == "new"}
    read = {r.arxiv_id: r for r in rows["readings"] if isinstance(r, Reading)}
    curated = {v.arxiv_id for v in rows["curation"] if isinstance(v, Verdict)}
    analyzed = {a.arxiv_id for a in rows["analyses"] if isinstance(a, Analysis)}
    pairs: Sequence[tuple[str, set[str], str]] = (
        ("curation", listed - curated, "listed papers without a verdict"),
        ("curation", curated - listed, "verdicts on papers that are not listed"),
        ("readings", new - set(read), "new papers without a reading"),
        ("readings", set(read) - new, "readings of papers that are not new on the day"),
        ("analyses", new - analyzed, "new papers without an analysis, not even a failed one"),
        ("analyses", analyzed - set(read), "analyses of papers without a reading"),
    )
    for dataset, ids, problem in pairs:
        if ids:
            yield _inconsistency(
                date, dataset, f"{problem}: {', '.join(sorted(ids)[:5])}{' …' if len(ids) > 5 else ''}"
            )


def _inconsistency(date: dt.date, dataset: str, problem: str) -> Finding:
    return Finding("fault", key_of(dataset, date), problem, f"daily-papers run --date {date}")


def _check_editions(store: Store, open_dates: set[dt.date]) -> Iterator[Finding]:
    """Check that editions exist in both formats and for each finished date, and only for dates with snapshots."""
    keys = list(store.keys("editions/"))
    dates = {k.split("/")[1] for k in keys}
    finished = {d.isoformat() for d in dates_of(store, "runs") if d not in open_dates}
    dates_with_snapshots = finished | {d.isoformat() for d in [*open_dates, *dates_of(store, "papers")]}
    for date in sorted(finished - dates):
        yield Finding("fault", f"editions/{date}/", "a finished date without editions", _rerender(date))
    existing = set(keys)
    for key in keys:
        date, other = key.split("/")[1], key[:-3] + ".html" if key.endswith(".md") else key[:-5] + ".md"
        if date not in dates_with_snapshots:
            yield Finding("note", key, "is of a date without snapshots", f"daily-papers run --date {date}")
        elif other not in existing and date in finished:
            yield Finding("fault", key, f"exists without {other}", _rerender(date))
        elif not (store.get(key) or b"").strip():
            yield Finding("fault", key, "is empty", _rerender(date))


def _rerender(date: str) -> str:
    return f"daily-papers rerender --date {date}"


# --- repair ----------------------------------------------------------------------------------------------------------


class _Repairer:
    """Repairs what can be repaired without a decision of the user; broken objects are copied first."""

    def __init__(self, store: Store, when: str) -> None:
        self.store, self.when = store, when

    def repair(self, finding: Finding) -> Finding:
        """Repair a finding; returns it with a note of what was done."""
        data, date = self.store.get(finding.key), _date_of_key(finding.key)
        if date is not None and not finding.key.startswith("superseded/"):
            self._mark_unfinished(date)  # the next run adds what is missing
        if not finding.broken or data is None:
            return replace(
                finding, repair_note="the date now counts as unfinished, and its next run repairs it" if date else ""
            )
        copy = f"repaired/{self.when}/{finding.key}"
        self.store.put(copy, data)
        earlier = self._earlier_version(finding.key)
        if earlier is not None:
            self.store.put(finding.key, earlier)
        else:
            self.store.delete(finding.key)
        return replace(finding, repair_note=f"moved to {copy}{', an earlier version put back' if earlier else ''}")

    def _earlier_version(self, key: str) -> bytes | None:
        """The newest superseded version of a snapshot that is intact."""
        dataset, date = key.split("/")[1], _date_of_key(key)
        if not key.startswith("snapshots/") or date is None or DATASETS[dataset].append_only:
            return None
        best: tuple[Any, bytes] | None = None
        for version_key, _ in self.store.stamps(f"superseded/{dataset}/date={date}/"):
            data = self.store.get(version_key) or b""
            try:
                rows = verify(dataset, data, version_key)
            except SnapshotBroken:
                continue
            captured = max((str(getattr(r, "captured_at", "")) for r in rows), default="")
            if best is None or (captured, version_key) > best[0]:
                best = ((captured, version_key), data)
        return best[1] if best else None

    def _mark_unfinished(self, date: dt.date) -> None:
        note = {"run_id": "fsck", "host": "", "pid": 0, "started_at": "2000-01-01T00:00:00+00:00"}
        self.store.put(f"journal/date={date.isoformat()}/fsck.json", json.dumps(note).encode())


def _date_of_key(key: str) -> dt.date | None:
    match = re.search(r"(?:date=|editions/)(\d{4}-\d\d-\d\d)", key)
    return dt.date.fromisoformat(match[1]) if match else None
