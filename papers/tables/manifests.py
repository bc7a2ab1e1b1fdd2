"""Manifests: for each date, what its views were made of and what came of it; and an index of all of them.

A view is up to date when its manifest names the facts that are in the store, and the stored files are those that the
manifest names. The index under `index/` holds what other dates and the commands need of a manifest, a file a year; it
is only a cache, checked by the stamps of the manifests.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from typing import Literal

from pydantic import Field, ValidationError

from papers.errors import StoreUnreachable
from papers.models import Language, Model
from papers.store import Store
from papers.tables.registry import DATASETS

FORMAT = 1  # of manifests and their index; those of another format count as missing


class StoredFile(Model):
    """A file of a view: the MD5 of its bytes, and its stamp in the store when it was written."""

    md5: str
    stamp: str


class ViewRecord(Model):
    """A view: a hash of all that it was made of, and its files by key."""

    inputs: str
    files: dict[str, StoredFile]

    @property
    def content(self) -> str:
        """A hash of the bytes of its files."""
        return digest(sorted((key, file.md5) for key, file in self.files.items()))

    def stamps(self) -> dict[str, str]:
        """The stamps of its files, by key."""
        return {key: file.stamp for key, file in self.files.items()}


class ListedKey(Model):
    """What dedupe needs to know of a listed paper to tell whether it changed for other dates."""

    arxiv_id: str
    title: str  # normalised
    rest: str  # a hash of title, abstract and the paper that it repeats


class PickedText(Model):
    """A pick of the day, with the texts that later picks are compared with."""

    arxiv_id: str
    title: str
    abstract: str


class DayOutcome(Model):
    """What came of a date: the counts and failures that commands report."""

    state: Literal["done", "partial"]
    listed: int
    new: int
    untried: list[str]  # new papers that no run has read, or read but not analysed: it is going on, or was killed
    sources: dict[str, int]  # papers read, by source
    analyzed: int
    failed: dict[str, str]  # arXiv id -> reason, in English
    stand_ins: dict[str, str]  # arXiv id -> why an extract stands in for an analysis
    tokens: int
    cached_tokens: int
    cost_usd: float | None
    has_skipped_sources: bool  # a better source of a paper was not tried
    languages: list[Language]  # in which every paper that was read has an analysis


class DaySummary(Model):
    """What the index holds of a manifest."""

    facts: str  # hash of the keys of captures and attempts
    run_keys: list[str]
    files: str  # hash of the keys and stamps of all files
    content: str  # hash of the keys and bytes of the snapshots
    pages: str  # hash of the keys and bytes of all that the site shows
    picks: str  # hashes of what other dates use
    directions: str
    past: str  # hashes of what this date used of others
    terms: str
    unsettled: bool
    outcome: DayOutcome | None


class Manifest(Model):
    """What the views of a date were made of, and their files."""

    format: int = FORMAT
    date: dt.date
    facts: str
    run_keys: list[str] = Field(default_factory=list)
    damaged: dict[str, str] = Field(default_factory=dict)  # facts that could not be read: key -> why
    views: dict[str, ViewRecord]
    readings: dict[str, str]  # arXiv id -> hash of what its reading was made of
    analyzed_texts: str  # hash of what the analyses use of the list
    stars: str  # hash of the counts of stars, which analyses print
    listed: list[ListedKey]
    terms: list[str]  # keywords of the list
    picks: list[PickedText]
    directions: dict[str, int]  # new papers in each direction
    ranked: int  # new papers
    past: dict[str, str]  # "picks", "directions": hashes of what was used of the days before
    new_terms: str  # hash of the keywords that no earlier day has
    unsettled: list[ListedKey] | None = None  # changes of the list that later days have not been compared with yet
    outcome: DayOutcome | None = None

    @property
    def snapshots(self) -> str:
        """A hash of the bytes of the snapshots, without that of the runs."""
        names = ("papers", "readings", "analyses", "curation")
        return digest([self.views[name].content for name in names if name in self.views])

    @property
    def pages(self) -> str:
        """A hash of the bytes of all files that the site shows: of every view but the runs."""
        return digest(sorted((name, view.content) for name, view in self.views.items() if name != "runs"))

    def edition_keys(self) -> list[str]:
        """The keys of the editions in Markdown."""
        return [key for name, view in self.views.items() if "." in name for key in view.files if key.endswith(".md")]

    def stamps(self) -> dict[str, str]:
        """The stamps of all files, by key."""
        return {key: stamp for view in self.views.values() for key, stamp in view.stamps().items()}

    def summary(self) -> DaySummary:
        """The part that the index holds."""
        return DaySummary(
            facts=self.facts,
            run_keys=self.run_keys,
            files=hash_stamps(self.stamps()),
            content=self.snapshots,
            pages=self.pages,
            picks=digest([p.model_dump() for p in self.picks]),
            directions=digest([self.ranked, sorted(self.directions.items())]),
            past=hash_past(self.past),
            terms=self.new_terms,
            unsettled=self.unsettled is not None,
            outcome=self.outcome,
        )


def digest(value: object) -> str:
    """A hash of a value of plain types."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def md5_of(data: bytes) -> str:
    """The MD5 of a file, which S3 gives as its ETag, too."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def hash_past(past: Mapping[str, str]) -> str:
    """A hash of what a date used of the days before (`Manifest.past`)."""
    return digest(sorted(past.items()))


def hash_stamps(stamps: Mapping[str, str]) -> str:
    """A hash of files by their keys and stamps."""
    return digest(sorted(stamps.items()))


def put_file(store: Store, key: str, data: bytes, before: ViewRecord | None, stamp: str | None) -> StoredFile:
    """Write a file of a view, unless it is the stored one: `before` names its bytes and `stamp`, which it has now."""
    file = StoredFile(md5=md5_of(data), stamp=stamp or "")
    if before is not None and before.files.get(key) == file:
        return file
    return file.model_copy(update={"stamp": store.put(key, data)})


def manifest_key(date: dt.date) -> str:
    """The key of the manifest of a date."""
    return f"manifests/{date.isoformat()}.json"


class IndexYear(Model):
    """A file of the index: the stamp and the summary of each manifest of a year."""

    format: int
    dates: dict[dt.date, tuple[str, DaySummary]]


class Manifests:
    """The manifests of a store. `put` writes one; `save_index` brings the index up to date."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._entries: dict[dt.date, tuple[str, DaySummary]] = {}  # with the stamp of the manifest
        self._read: dict[dt.date, Manifest] = {}
        self._changed_years: set[int] = set()
        self._load()

    def _load(self) -> None:
        stamps: dict[dt.date, str] = {}
        for key, stamp in self.store.stamps("manifests/"):
            with suppress(ValueError):
                stamps[dt.date.fromisoformat(key.removeprefix("manifests/").removesuffix(".json"))] = stamp
        by_year: dict[int, dict[dt.date, str]] = defaultdict(dict)
        for date, stamp in stamps.items():
            by_year[date.year][date] = stamp
        for year, dates in by_year.items():
            summaries = self._load_year(year)
            for date, stamp in dates.items():
                entry = summaries.get(date)
                if entry is None or entry[0] != stamp:
                    manifest = self.get(date)
                    self._changed_years.add(year)
                    entry = (stamp, manifest.summary()) if manifest is not None else None
                if entry is not None:
                    self._entries[date] = entry
            if summaries.keys() - dates.keys():
                self._changed_years.add(year)

    def _load_year(self, year: int) -> dict[dt.date, tuple[str, DaySummary]]:
        data = self.store.get(_index_key(year))
        try:
            index = IndexYear.model_validate_json(data or b"")
        except ValidationError:
            return {}
        return index.dates if index.format == FORMAT else {}

    @property
    def dates(self) -> list[dt.date]:
        """The dates with a manifest, oldest first."""
        return sorted(self._entries)

    def summary(self, date: dt.date) -> DaySummary | None:
        """What the index holds of a date; None if it has no manifest."""
        entry = self._entries.get(date)
        return entry[1] if entry else None

    def stamp(self, date: dt.date) -> str | None:
        """The stamp of the manifest of a date; None if it has none."""
        entry = self._entries.get(date)
        return entry[0] if entry else None

    def get(self, date: dt.date) -> Manifest | None:
        """The manifest of a date; None if there is none that can be read."""
        if date not in self._read:
            data = self.store.get(manifest_key(date))
            try:
                manifest = Manifest.model_validate_json(data) if data else None
            except ValidationError:
                manifest = None
            if manifest is None or manifest.format != FORMAT:
                return None
            self._read[date] = manifest
        return self._read[date]

    def put(self, manifest: Manifest) -> None:
        """Write a manifest."""
        stamp = self.store.put(manifest_key(manifest.date), manifest.model_dump_json().encode())
        self._note(manifest, stamp)

    def hold(self, manifest: Manifest) -> None:
        """Use a manifest from now on, without writing it."""
        is_stored = self._read.get(manifest.date) == manifest
        self._note(manifest, self._entries[manifest.date][0] if is_stored else "")

    def _note(self, manifest: Manifest, stamp: str) -> None:
        self._read[manifest.date] = manifest
        self._entries[manifest.date] = (stamp, manifest.summary())
        self._changed_years.add(manifest.date.year)

    def save_index(self) -> None:
        """Write the years of the index that changed. One that cannot be written is made again by the next command."""
        for year in sorted(self._changed_years):
            entries = {d: e for d, e in sorted(self._entries.items()) if d.year == year and e[0]}
            with suppress(StoreUnreachable):
                index = IndexYear(format=FORMAT, dates=entries)
                self.store.put(_index_key(year), index.model_dump_json().encode())
        self._changed_years.clear()


def _index_key(year: int) -> str:
    return f"index/manifests-{year}.json"


class StoredViews:
    """The stamps of the stored snapshots and editions, listed when they are first asked for.

    For the first dates their folders are listed; from the third on, all folders are, with fewer requests.
    """

    FEW = 2

    def __init__(self, store: Store) -> None:
        self._store = store
        self._dates: dict[dt.date, dict[str, str]] = {}
        self._all: dict[dt.date, dict[str, str]] | None = None

    def of(self, date: dt.date) -> dict[str, str]:
        """The stamps of the files of a date, by key."""
        if date in self._dates:
            return self._dates[date]
        if self._all is None and len(self._dates) < self.FEW:
            prefixes = [f"snapshots/{name}/date={date}/" for name in DATASETS] + [f"editions/{date}/"]
            self._dates[date] = {key: stamp for prefix in prefixes for key, stamp in self._store.stamps(prefix)}
            return self._dates[date]
        if self._all is None:
            self._all = self._list_all()
        return self._all.get(date, {})

    def note(self, date: dt.date, stamps: Mapping[str, str]) -> None:
        """Use these stamps for a date from now on."""
        self._dates[date] = dict(stamps)

    def forget(self, date: dt.date) -> None:
        """List the files of a date again when they are asked for: another run may have written them."""
        self._dates.pop(date, None)
        self._all = None

    def _list_all(self) -> dict[dt.date, dict[str, str]]:
        stamps: dict[dt.date, dict[str, str]] = defaultdict(dict)
        for prefix in ("snapshots/", "editions/"):
            for key, stamp in self._store.stamps(prefix):
                parts = key.split("/")
                name = parts[1] if prefix == "editions/" else parts[2].removeprefix("date=")
                with suppress(ValueError):
                    stamps[dt.date.fromisoformat(name)][key] = stamp
        return stamps
