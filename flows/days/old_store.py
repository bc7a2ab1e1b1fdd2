"""Copies the facts of a store of the earlier layout under the new keys; its views are then derived again.

In that layout the snapshots were the record: lists and figures, attempts and analyses are read from them and from the
versions under `superseded/`. What no row names is counted, not copied.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeVar

import zstandard

from papers.analysis_choice import EXTRACTIVE
from papers.arxiv_ids import month_of
from papers.day import Run
from papers.errors import UsageError
from papers.facts.day_facts import DayFacts
from papers.facts.records import AnalysisRecord, ReadingRecord
from papers.models import Analysis, ListedPaper, Listing, Model, Paper, Popularity, Reading, SetAside
from papers.store import Store
from papers.store.raw_responses import RawResponses
from papers.tables.parquet import SnapshotBroken, decode
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import dates_of
from tasks.analyze.llm.answer_cache import answer_key

LISTED_PAGE = "https://huggingface.co/papers/"
M = TypeVar("M", bound=Model)


@dataclass
class ImportReport:
    """What was copied, and what was not."""

    dates: list[dt.date] = field(default_factory=list)
    copied: dict[str, int] = field(default_factory=dict)  # facts by kind
    skipped: dict[str, int] = field(default_factory=dict)  # objects that no row names, by folder
    problems: list[str] = field(default_factory=list)

    def count(self, kind: str, number: int = 1) -> None:
        """Count facts that were copied."""
        self.copied[kind] = self.copied.get(kind, 0) + number


def is_old_store(store: Store) -> bool:
    """Whether a store has snapshots of the earlier layout, and no facts."""
    has_snapshots = any(True for _ in store.keys("snapshots/papers/"))
    return has_snapshots and not any(True for _ in store.keys("facts/"))


def refuse_old_store(store: Store) -> None:
    """Raise UsageError for a store of the earlier layout."""
    if is_old_store(store):
        raise UsageError(
            f"{store.root} is of the earlier layout, before facts and views. Next: daily-papers import {store.root} "
            "--store NEW, which copies what is on record and derives the rest"
        )


def import_facts(old: Store, new: Store) -> ImportReport:
    """Copy the facts of `old` to `new`. Raises UsageError if `old` has no snapshots, or already has facts."""
    if not is_old_store(old):
        raise UsageError(f"{old.root} is no store of the earlier layout: it has no snapshots, or it has facts already")
    job = _Import(old, new)
    for date in dates_of(old, "papers"):
        job.copy_date(date)
    job.copy_deliveries()
    job.count_skipped()
    return job.report


class _Import:
    """One import; `named` are the keys of the old store that were copied."""

    def __init__(self, old: Store, new: Store) -> None:
        self.old, self.new = old, new
        self.report = ImportReport()
        self.responses = RawResponses(new)
        self.named: set[str] = set()

    def copy_date(self, date: dt.date) -> None:
        """Copy the facts of a date."""
        facts = DayFacts(self.new, date)
        facts.list_again()
        papers = self._versions("papers", date, Paper)
        if not papers:
            return
        for listing in self._listings(date, papers):
            self.report.count("captures", facts.add_capture(listing, "import"))
            self._copy_response(listing.sha256, f"{date:%y%m}")
        texts: dict[str, str | None] = {}
        for reading in _distinct(self._versions("readings", date, Reading)):
            texts[reading.arxiv_id] = reading.sha256
            facts.add_reading(self._reading_record(reading, papers[-1][0].captured_at))
            self.report.count("readings")
            for attempt in reading.attempts:
                if attempt.sha256:
                    self._copy_response(attempt.sha256, month_of(reading.arxiv_id))
        for n, analysis in enumerate(_distinct(self._versions("analyses", date, Analysis))):
            at = papers[-1][0].captured_at + dt.timedelta(microseconds=n)
            facts.add_analysis(AnalysisRecord.of(analysis, "import", at, texts.get(analysis.arxiv_id)))
            self.report.count("analyses")
            self._copy_answer(analysis)
        for run in self._rows("runs", date, Run):
            facts.start_run(run.run_id)
            facts.end_run(run)
            self.report.count("runs")
        self.report.dates.append(date)

    def copy_deliveries(self) -> None:
        """Copy the notes of messages that were sent, so that none is sent twice."""
        for key in self.old.keys("sent/"):
            self.new.put(key, self.old.get(key) or b"")
            self.report.count("deliveries")

    def count_skipped(self) -> None:
        """Count the responses and answers that no row names."""
        for folder in ("raw/", "cache/analyses/"):
            unnamed_count = sum(key not in self.named for key in self.old.keys(folder))
            if unnamed_count:
                self.report.skipped[folder] = unnamed_count

    # --- rows --------------------------------------------------------------------------------------------------------

    def _versions(self, dataset: str, date: dt.date, model: type[M]) -> list[list[M]]:
        """The rows of all versions of a snapshot, the current one last; the others in no certain order."""
        keys = [*self.old.keys(f"superseded/{dataset}/date={date}/"), key_of(dataset, date)]
        return [rows for key in keys if (rows := self._rows_of(dataset, key, model)) is not None]

    def _rows(self, dataset: str, date: dt.date, model: type[M]) -> list[M]:
        return self._rows_of(dataset, key_of(dataset, date), model) or []

    def _rows_of(self, dataset: str, key: str, model: type[M]) -> list[M] | None:
        data = self.old.get(key)
        if data is None:
            return None
        try:
            return [model.model_validate(row) for row in decode(dataset, data, key)]
        except (SnapshotBroken, ValueError) as error:
            self.report.problems.append(f"{key}: {error}")
            return None

    # --- lists -------------------------------------------------------------------------------------------------------

    def _listings(self, date: dt.date, versions: list[list[Paper]]) -> list[Listing]:
        """A list for each capture of the figures: the rows of that capture, or the current ones with its figures."""
        current = versions[-1]
        by_time = {rows[0].captured_at: rows for rows in versions if rows}
        figures = sorted(self._rows("popularity", date, Popularity), key=lambda p: p.captured_at)
        captures: dict[dt.datetime, list[Paper]] = {}
        for time, group in groupby(figures, key=lambda p: p.captured_at):
            captures[time] = by_time.get(time) or _with_figures(current, group)
        captures |= by_time
        set_aside = self._rows("set_aside", date, SetAside)
        newest = max(captures, default=None)
        listings = [_listing(date, t, captures[t], set_aside if t == newest else []) for t in sorted(captures)]
        return listings or [_listing(date, dt.datetime.combine(date, dt.time(12), dt.UTC), [], set_aside)]

    # --- responses and answers ---------------------------------------------------------------------------------------

    def _copy_response(self, sha256: str, month: str) -> None:
        key = f"raw/{sha256[:2]}/{sha256}.zst"
        data = self.old.get(key)
        self.named.add(key)
        if data is None:
            return
        try:
            self.responses.save(month, zstandard.ZstdDecompressor().decompress(data))
            self.report.count("responses")
        except zstandard.ZstdError as error:
            self.report.problems.append(f"{key}: {error}")

    def _copy_answer(self, analysis: Analysis) -> None:
        """Copy a model's analysis. If the old store has only the row, from which numbers were cut, that is kept."""
        if analysis.model == EXTRACTIVE or analysis.state != "done":
            return
        key = f"cache/analyses/{analysis.cache_key[:2]}/{analysis.cache_key}.json"
        self.named.add(key)
        data = self.old.get(key) or f'{{"analysis": {analysis.model_dump_json()}}}'.encode()
        self.new.put(answer_key(analysis.arxiv_id, analysis.cache_key), data)
        self.report.count("answers")

    @staticmethod
    def _reading_record(reading: Reading, default: dt.datetime) -> ReadingRecord:
        at = max((a.fetched_at for a in reading.attempts if a.fetched_at), default=default)
        last = reading.attempts[-1] if reading.attempts else None
        url = last.url if last and last.source == "abs" and not last.sha256 else LISTED_PAGE + reading.arxiv_id
        return ReadingRecord.of(reading, "import", at, url)


def _listing(date: dt.date, captured_at: dt.datetime, papers: Iterable[Paper], set_aside: list[SetAside]) -> Listing:
    rows = list(papers)
    list_papers = [ListedPaper.model_validate(p.model_dump(include=set(ListedPaper.model_fields))) for p in rows]
    sha256 = rows[0].listing_sha256 if rows else ""
    return Listing(
        date=date, source="hf", url="", sha256=sha256, captured_at=captured_at, papers=list_papers, set_aside=set_aside
    )


def _with_figures(papers: Iterable[Paper], figures: Iterable[Popularity]) -> list[Paper]:
    """The papers with the figures of a capture; those that it has not were not listed."""
    by_id = {f.arxiv_id: f for f in figures}
    names = {"upvotes": "upvotes", "github_stars": "stars", "comments": "comments"}
    return [
        p.model_copy(update={name: getattr(by_id[p.arxiv_id], source) for name, source in names.items()})
        for p in papers
        if p.arxiv_id in by_id
    ]


def _distinct(versions: list[list[Any]]) -> Iterator[Any]:
    """The rows of all versions, each once, those of the current version last."""
    rows_in_order: list[Any] = []
    for rows in reversed(versions):
        rows_in_order += [row for row in reversed(rows) if row not in rows_in_order]
    yield from reversed(rows_in_order)
