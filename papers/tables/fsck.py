"""Checks a store: facts, responses, answers, and the files of views against their manifests and each other."""

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
from typing import Literal

import zstandard

from papers.facts.day_facts import DayFacts, hash_keys
from papers.models import Analysis, Model, Paper, Reading, Verdict
from papers.store import FolderStore, Store
from papers.tables.manifests import Manifest, Manifests, StoredFile, manifest_key, md5_of
from papers.tables.paper_index import rebuild_index
from papers.tables.parquet import SnapshotBroken, verify
from papers.tables.registry import DATASETS
from papers.tables.snapshot_keys import date_of, key_of
from papers.text import short_list

STALE_AFTER = 3600.0  # seconds after which the writer of a temporary file must have died
REFETCH_HINT = "it is fetched or asked for again when it is needed; --repair moves it away"
DERIVE_HINT = "daily-papers fsck --repair derives it from the facts again"
LOST_HINT = "the views are derived from the other facts; --repair moves it away"
TOP_FOLDERS = frozenset(
    (
        *("facts", "runs", "raw", "answers", "sent", "manifests", "snapshots", "editions", "roundups", "site"),
        *("cache", "index", "meta", "repaired"),
    )
)
OLD_FOLDERS = ("superseded/", "journal/", "backfills/", "cache/analyses/")  # of the layout before facts and views
DAY_DATASETS = ("papers", "set_aside", "popularity", "readings", "analyses", "curation")

Level = Literal["fault", "note"]


@dataclass(frozen=True)
class Finding:
    """One problem: a fault, or a note about something that the next run repairs by itself."""

    level: Level
    key: str
    problem: str
    next_step: str
    broken: bool = False  # whether the object itself is damaged, so that it can only be moved away
    date: dt.date | None = None  # whose views have to be derived again
    repair_note: str = ""  # what was done about it


def check_store(store: Store, repair: bool = False) -> Iterator[Finding]:
    """Yield all problems of the store.

    With `repair`, broken objects are moved to `repaired/<time>/`, never deleted; the caller then derives the views of
    the dates of the findings again (`flows.days.view_updates`).
    """
    folder = f"repaired/{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    manifests = Manifests(store)
    checks = (
        _check_layout(store),
        _check_raw(store),
        _check_answers(store),
        _check_dates(store, manifests),
        _check_unknown(store, manifests),
        _check_temporary_files(store, repair),
    )
    for finding in chain.from_iterable(checks):
        yield _move_away(store, finding, folder) if repair and finding.broken else finding
    if repair:
        rebuild_index(store)


def _move_away(store: Store, finding: Finding, folder: str) -> Finding:
    data, copy = store.get(finding.key), f"{folder}/{finding.key}"
    if data is None:
        return finding
    store.put(copy, data)
    store.delete(finding.key)
    return replace(finding, repair_note=f"moved to {copy}")


# --- facts -----------------------------------------------------------------------------------------------------------


def _check_layout(store: Store) -> Iterator[Finding]:
    for folder in OLD_FOLDERS:
        if key := next(iter(store.keys(folder)), None):
            problem = "is of the layout before facts and views"
            yield Finding("note", key, problem, f"daily-papers import {store.root} --store NEW copies its facts")


def _check_raw(store: Store) -> Iterator[Finding]:
    for key in store.keys("raw/"):
        match = re.fullmatch(r"raw/\d{4}/([0-9a-f]{64})\.zst", key)
        if not match:
            yield _unknown_object(key)
            continue
        try:
            body = zstandard.ZstdDecompressor().decompress(store.get(key) or b"")
        except zstandard.ZstdError as error:
            yield Finding("fault", key, f"cannot be decompressed: {error}", REFETCH_HINT, broken=True)
            continue
        if hashlib.sha256(body).hexdigest() != match[1]:
            yield Finding("fault", key, "holds other bytes than its name says", REFETCH_HINT, broken=True)


def _check_answers(store: Store) -> Iterator[Finding]:
    for key in store.keys("answers/"):
        data = store.get(key)
        if not data:  # discarded, because no analysis came of it
            continue
        try:
            entry = json.loads(data)
            if "analysis" in entry:
                Analysis.model_validate(entry["analysis"])
        except (ValueError, TypeError) as error:  # pydantic's ValidationError is a ValueError
            first = str(error).partition("\n")[0]
            yield Finding("fault", key, f"is no analysis: {first}", REFETCH_HINT, broken=True)


# --- dates -----------------------------------------------------------------------------------------------------------


def _check_dates(store: Store, manifests: Manifests) -> Iterator[Finding]:
    snapshots = _snapshot_dates(store)
    dates = {*manifests.dates, *snapshots}
    for folder in ("facts/", "runs/"):
        matches = (re.match(rf"{folder}(\d{{4}}-\d\d-\d\d)/", key) for key in store.keys(folder))
        dates |= {dt.date.fromisoformat(m[1]) for m in matches if m}
    open_since: dt.date | None = None  # the first date that a run is working on; it may be writing all later ones
    for date in sorted(dates):
        facts = DayFacts(store, date)
        facts.list_again()
        yield from _check_facts(facts)
        manifest = manifests.get(date)
        if manifest is None or manifest.facts != hash_keys(facts.inputs) or _has_untried_papers(manifest):
            problem = "a run is working on this date, or was killed while it did"
            yield Finding("note", manifest_key(date), problem, f"daily-papers run --date {date}", date=date)
            yield from _check_objects(store, date, snapshots.get(date, []))
            open_since = open_since or date
        else:
            open_since = open_since or (date if manifest.unsettled is not None else None)
            yield from _check_views(store, manifest, open_since)


def _has_untried_papers(manifest: Manifest) -> bool:
    return manifest.outcome is None or bool(manifest.outcome.untried)


def _check_facts(facts: DayFacts) -> Iterator[Finding]:
    """Read all records of a date; those that cannot be read are left out of its views."""
    facts.captures()
    facts.runs()
    for arxiv_id in facts.arxiv_ids():
        facts.readings(arxiv_id)
        facts.analyses(arxiv_id)
    for key, problem in facts.damaged.items():
        yield Finding("fault", key, f"cannot be read: {problem}", LOST_HINT, broken=True, date=facts.date)


def _check_objects(store: Store, date: dt.date, datasets: Sequence[str]) -> Iterator[Finding]:
    """Check the snapshots of an unfinished date, each alone."""
    for dataset in datasets:
        key = key_of(dataset, date)
        try:
            verify(dataset, store.get(key) or b"", key)
        except SnapshotBroken as error:
            yield _broken_snapshot(key, error, date)


def _broken_snapshot(key: str, error: Exception, date: dt.date) -> Finding:
    problem = str(error).partition(". Next:")[0].partition("\n")[0]
    return Finding("fault", key, problem, DERIVE_HINT, broken=True, date=date)


def _check_views(store: Store, manifest: Manifest, open_since: dt.date | None) -> Iterator[Finding]:
    """Check the files of a date's views against the manifest, then the datasets against each other.

    A run of `open_since` may be writing them, or was killed before it wrote the manifest: whole files that are not the
    manifest's are then no fault.
    """
    date, rows, is_as_derived = manifest.date, dict[str, list[Model]](), True
    for key, file in ((key, file) for view in manifest.views.values() for key, file in view.files.items()):
        data, dataset = store.get(key), key.split("/")[1] if key.startswith("snapshots/") else None
        problem = _difference(data, file)
        is_as_derived &= not problem
        try:
            if data is not None and dataset is not None and (open_since or not problem):
                rows[dataset] = verify(dataset, data, key)
        except SnapshotBroken as error:
            is_as_derived = False
            yield _broken_snapshot(key, error, date)
            continue
        if problem and open_since:
            problem = f"{problem}: a run of {open_since} is writing it, or was killed while it did"
            yield Finding("note", key, problem, f"daily-papers run --date {open_since}", date=date)
        elif problem:
            yield Finding("fault", key, problem, DERIVE_HINT, broken=data is not None, date=date)
    if is_as_derived:
        yield from _check_rows(date, rows)


def _difference(data: bytes | None, file: StoredFile) -> str:
    """How the bytes of a file differ from those that the manifest names; "" if they do not."""
    if data is None:
        return "is missing"
    return "" if md5_of(data) == file.md5 else "is not as it was derived"


def _check_rows(date: dt.date, rows: dict[str, list[Model]]) -> Iterator[Finding]:
    """Check the datasets of a finished date against each other."""
    if missing := [d for d in DAY_DATASETS if d not in rows]:
        yield _inconsistency(date, missing[0], f"the manifest names no snapshot of {', '.join(missing)}")
        return
    papers = [p for p in rows["papers"] if isinstance(p, Paper)]
    list_ids = {p.arxiv_id for p in papers}
    new_ids = {p.arxiv_id for p in papers if p.dedupe_kind == "new"}
    read_ids = {r.arxiv_id for r in rows["readings"] if isinstance(r, Reading)}
    curated_ids = {v.arxiv_id for v in rows["curation"] if isinstance(v, Verdict)}
    analyzed_ids = {a.arxiv_id for a in rows["analyses"] if isinstance(a, Analysis)}
    pairs: Sequence[tuple[str, set[str], str]] = (
        ("curation", list_ids - curated_ids, "listed papers without a verdict"),
        ("curation", curated_ids - list_ids, "verdicts on papers that are not listed"),
        ("readings", new_ids - read_ids, "new papers without a reading"),
        ("readings", read_ids - new_ids, "readings of papers that are not new on the day"),
        ("analyses", new_ids - analyzed_ids, "new papers without an analysis, not even a failed one"),
        ("analyses", analyzed_ids - read_ids, "analyses of papers without a reading"),
    )
    for dataset, ids, problem in pairs:
        if ids:
            yield _inconsistency(date, dataset, f"{problem}: {short_list(ids)}")


def _inconsistency(date: dt.date, dataset: str, problem: str) -> Finding:
    return Finding("fault", key_of(dataset, date), problem, DERIVE_HINT, broken=True, date=date)


def _snapshot_dates(store: Store) -> dict[dt.date, list[str]]:
    """The datasets with a snapshot, by date."""
    dates: dict[dt.date, list[str]] = defaultdict(list)
    for key in store.keys("snapshots/"):
        dataset = key.split("/")[1]
        date = date_of(dataset, key) if dataset in DATASETS else None
        if date is not None:
            dates[date].append(dataset)
    return dates


# --- other objects ---------------------------------------------------------------------------------------------------


def _check_unknown(store: Store, manifests: Manifests) -> Iterator[Finding]:
    """Objects that are no part of a store, and views that no manifest names."""
    keys_by_date = {d: set(m.stamps()) for d in manifests.dates if (m := manifests.get(d))}
    for key in store.keys(""):
        parts = key.split("/")
        if (parts[0] not in TOP_FOLDERS and not key.startswith(OLD_FOLDERS)) or (
            parts[0] == "snapshots" and (parts[1] not in DATASETS or date_of(parts[1], key) is None)
        ):
            yield _unknown_object(key)
        elif parts[0] == "editions" and not _is_named(parts[1], key, keys_by_date):
            yield Finding("note", key, "is of a date without a manifest, or no edition of it", "move it away")


def _is_named(date: str, key: str, keys_by_date: dict[dt.date, set[str]]) -> bool:
    try:
        return key in keys_by_date.get(dt.date.fromisoformat(date), ())
    except ValueError:
        return False


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
