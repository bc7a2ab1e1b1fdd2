"""The check of a store: every object against its hash and schema, datasets against each other, and orphans."""

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
from papers.tables.snapshots import APPENDED, dates_of
from papers.tables.unfinished_dates import unfinished

OLD = 3600.0  # seconds after which a temporary file belongs to no writer that still lives
AGAIN = "it is made or fetched again when it is asked for; --repair moves it away"
ROOTS = frozenset(
    (
        *("raw", "cache", "snapshots", "superseded", "editions", "roundups", "site", "sent"),
        *("index", "journal", "backfills", "meta", "repaired"),
    )
)

Level = Literal["fault", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be: a fault, or a note of what the next run mends by itself."""

    level: Level
    key: str
    what: str
    next: str
    broken: bool = False  # whether the object itself is broken, so that it can only be moved away
    repaired: str = ""  # what was done about it


def check_store(store: Store, repair: bool = False) -> Iterator[Finding]:
    """All that is wrong with the store, each as it is found.

    With `repair`, what is broken is moved to `repaired/<time>/`, never destroyed: a snapshot that has an earlier
    version gets that back, and the date is left unfinished, so that the next run makes it anew.
    """
    mend = _Mend(store, dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")) if repair else None
    open_dates = unfinished(store)
    checks = (
        _raw(store),
        _cache(store),
        _snapshots(store, open_dates),
        _superseded(store),
        _editions(store, open_dates),
        _strays(store),
        _leftovers(store, repair),
    )
    for found in chain.from_iterable(checks):
        yield mend.mend(found) if mend and found.level == "fault" else found
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


def _raw(store: Store) -> Iterator[Finding]:
    for key in store.keys("raw/"):
        found = re.fullmatch(r"raw/([0-9a-f]{2})/(\1[0-9a-f]{62})\.zst", key)
        if not found:
            yield _stray(key)
            continue
        try:
            body = zstandard.ZstdDecompressor().decompress(store.get(key) or b"")
        except zstandard.ZstdError as error:
            yield Finding("fault", key, f"cannot be decompressed: {error}", AGAIN, broken=True)
            continue
        if hashlib.sha256(body).hexdigest() != found[2]:
            yield Finding("fault", key, "holds other bytes than its name says", AGAIN, broken=True)


def _cache(store: Store) -> Iterator[Finding]:
    for key in store.keys("cache/"):
        try:
            held = json.loads(store.get(key) or b"")
            if key.startswith("cache/analyses/") and "analysis" in held:
                Analysis.model_validate(held["analysis"])
        except (ValueError, TypeError) as error:  # pydantic's is a ValueError
            first = str(error).partition("\n")[0]
            yield Finding("fault", key, f"is no analysis: {first}", AGAIN, broken=True)


def _snapshots(store: Store, open_dates: set[dt.date]) -> Iterator[Finding]:
    """Every snapshot, and the datasets of each finished date against each other."""
    dates: dict[dt.date, list[str]] = defaultdict(list)
    for key in store.keys("snapshots/"):
        dataset = key.split("/")[1]
        date = date_of(dataset, key) if dataset in DATASETS else None
        if date is None:
            yield _stray(key)
        else:
            dates[date].append(dataset)
    for date, datasets in sorted(dates.items()):
        rows: dict[str, list[Model]] = {}
        for dataset in datasets:
            key = key_of(dataset, date)
            try:
                rows[dataset] = verify(dataset, store.get(key) or b"", key)
            except SnapshotBroken as error:
                yield _broken(key, error, f"daily-papers run --date {date}")
        if date not in open_dates and len(rows) == len(datasets):
            yield from _day(date, rows)


def _broken(key: str, error: Exception, then: str) -> Finding:
    return Finding("fault", key, str(error).partition(". Next:")[0].partition("\n")[0], then, broken=True)


def _superseded(store: Store) -> Iterator[Finding]:
    for key in store.keys("superseded/"):
        found = re.fullmatch(r"superseded/(\w+)/date=\d{4}-\d\d-\d\d/.+\.parquet", key)
        if not found or found[1] not in DATASETS:
            yield _stray(key)
            continue
        try:
            verify(found[1], store.get(key) or b"", key)
        except SnapshotBroken as error:
            yield _broken(key, error, "nothing needs it; --repair moves it away")


def _strays(store: Store) -> Iterator[Finding]:
    for key in store.keys(""):
        if key.split("/")[0] not in ROOTS:
            yield _stray(key)


def _stray(key: str) -> Finding:
    return Finding("note", key, "is none of daily-papers' objects", "move it elsewhere if nobody needs it here")


def _leftovers(store: Store, repair: bool) -> Iterator[Finding]:
    """Temporary files of killed writers: no reader sees them, and none of their bytes were ever promised."""
    if not isinstance(store, FolderStore):
        return
    for path in store.leftovers():
        if path.exists() and time.time() - path.stat().st_mtime > OLD:
            if repair:
                path.unlink(missing_ok=True)
            name = path.relative_to(store.folder).as_posix()
            what = "a temporary file that a killed writer left behind"
            done = "removed" if repair else ""
            yield Finding("note", name, what, "daily-papers fsck --repair", repaired=done)


# --- datasets against each other -------------------------------------------------------------------------------------


def _day(date: dt.date, rows: dict[str, list[Model]]) -> Iterator[Finding]:
    """The rows of a date against each other, if a run has finished it."""
    if "runs" not in rows:
        yield Finding(
            "note", key_of("papers", date), "no run has finished this date", f"daily-papers run --date {date}"
        )
        return
    lacking = [d for d in DATASETS if d not in rows]
    if lacking:
        yield _odd(date, lacking[0], f"there is no snapshot of {', '.join(lacking)}, though others of {date} are there")
        return
    papers = [p for p in rows["papers"] if isinstance(p, Paper)]
    listed = {p.arxiv_id for p in papers}
    new = {p.arxiv_id for p in papers if p.dedupe_kind == "new"}
    read = {r.arxiv_id: r for r in rows["readings"] if isinstance(r, Reading)}
    judged = {v.arxiv_id for v in rows["curation"] if isinstance(v, Verdict)}
    told = {a.arxiv_id for a in rows["analyses"] if isinstance(a, Analysis)}
    pairs: Sequence[tuple[str, set[str], str]] = (
        ("curation", listed - judged, "listed papers without a verdict"),
        ("curation", judged - listed, "verdicts on papers that are not listed"),
        ("readings", new - set(read), "new papers without a reading"),
        ("readings", set(read) - new, "readings of papers that are not new on the day"),
        ("analyses", new - told, "new papers without an analysis, be it a failed one"),
        ("analyses", told - set(read), "analyses of papers without a reading"),
    )
    for dataset, ids, what in pairs:
        if ids:
            yield _odd(date, dataset, f"{what}: {', '.join(sorted(ids)[:5])}{' …' if len(ids) > 5 else ''}")


def _odd(date: dt.date, dataset: str, what: str) -> Finding:
    return Finding("fault", key_of(dataset, date), what, f"daily-papers run --date {date}")


def _editions(store: Store, open_dates: set[dt.date]) -> Iterator[Finding]:
    """Every edition in both forms, every finished date with editions, and no edition of a date without snapshots."""
    keys = list(store.keys("editions/"))
    dates = {k.split("/")[1] for k in keys}
    finished = {d.isoformat() for d in dates_of(store, "runs") if d not in open_dates}
    known = finished | {d.isoformat() for d in [*open_dates, *dates_of(store, "papers")]}
    for date in sorted(finished - dates):
        yield Finding("fault", f"editions/{date}/", "a finished date without editions", _rerender(date))
    present = set(keys)
    for key in keys:
        date, other = key.split("/")[1], key[:-3] + ".html" if key.endswith(".md") else key[:-5] + ".md"
        if date not in known:
            yield Finding("note", key, "is of a date without snapshots", f"daily-papers run --date {date}")
        elif other not in present and date in finished:
            yield Finding("fault", key, f"stands without {other}", _rerender(date))
        elif not (store.get(key) or b"").strip():
            yield Finding("fault", key, "is empty", _rerender(date))


def _rerender(date: str) -> str:
    return f"daily-papers rerender --date {date}"


# --- repair ----------------------------------------------------------------------------------------------------------


class _Mend:
    """Repairs: a copy first, then what can be done without asking anyone."""

    def __init__(self, store: Store, when: str) -> None:
        self.store, self.when = store, when

    def mend(self, found: Finding) -> Finding:
        """The finding with what was done about it."""
        data, date = self.store.get(found.key), _date_in(found.key)
        if date is not None and not found.key.startswith("superseded/"):
            self._leave_open(date)  # whatever is lacking, the next run makes it
        if not found.broken or data is None:
            return replace(found, repaired="the date counts as unfinished now: its next run mends it" if date else "")
        copy = f"repaired/{self.when}/{found.key}"
        self.store.put(copy, data)
        before = self._earlier(found.key)
        if before is not None:
            self.store.put(found.key, before)
        else:
            self.store.delete(found.key)
        return replace(found, repaired=f"moved to {copy}{', an earlier version put back' if before else ''}")

    def _earlier(self, key: str) -> bytes | None:
        """The newest superseded version of a snapshot that is whole."""
        dataset, date = key.split("/")[1], _date_in(key)
        if not key.startswith("snapshots/") or date is None or dataset in APPENDED:
            return None
        best: tuple[Any, bytes] | None = None
        for stamped, _ in self.store.stamps(f"superseded/{dataset}/date={date}/"):
            data = self.store.get(stamped) or b""
            try:
                rows = verify(dataset, data, stamped)
            except SnapshotBroken:
                continue
            captured = max((str(getattr(r, "captured_at", "")) for r in rows), default="")
            if best is None or (captured, stamped) > best[0]:
                best = ((captured, stamped), data)
        return best[1] if best else None

    def _leave_open(self, date: dt.date) -> None:
        note = {"run_id": "fsck", "host": "", "pid": 0, "started_at": "2000-01-01T00:00:00+00:00"}
        self.store.put(f"journal/date={date.isoformat()}/fsck.json", json.dumps(note).encode())


def _date_in(key: str) -> dt.date | None:
    found = re.search(r"(?:date=|editions/)(\d{4}-\d\d-\d\d)", key)
    return dt.date.fromisoformat(found[1]) if found else None
