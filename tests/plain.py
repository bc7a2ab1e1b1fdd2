"""The pipeline's plain functions over recorded or invented lists, in one process: no Prefect, no network, no files."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from flows.days.day_views import DayViews
from flows.days.neighbours import Keywords, Neighbours
from flows.days.record_choice import DayMemory, best_reading, hash_of_record
from flows.days.view_settings import ViewSettings
from flows.days.view_updates import ViewUpdate, update_views
from papers.day import Day, Run, Versions
from papers.facts.day_facts import DayFacts
from papers.facts.records import AnalysisRecord, ReadingRecord
from papers.models import Analysis, ListedPaper, Listing, Model, Paper, Reading, SetAside
from papers.profile import Profile, load_profile
from papers.settings import Settings
from papers.store import Change, Store
from papers.tables.manifests import Manifests
from papers.tables.parquet import encode
from papers.tables.registry import DATASETS, SCHEMA_VERSION
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import comparable_rows, dates_of, read_snapshot
from tasks.analyze.analyst import Analyst
from tasks.fetch.list_items import Malformed, parse_item
from tasks.read.extraction import BodyResult
from tasks.read.stored_readings import read_again
from tests.shared import SHARED

CAPTURED_AT = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)


class MemoryStore:
    """A store in a dictionary."""

    def __init__(self) -> None:
        self.root, self.data = "memory", {}  # type: str, dict[str, bytes]

    def get(self, key: str) -> bytes | None:
        return self.data.get(key)

    def put(self, key: str, data: bytes) -> str:
        self.data[key] = data
        return hashlib.sha256(data).hexdigest()

    def keys(self, prefix: str) -> Iterator[str]:
        yield from sorted(k for k in self.data if k.startswith(prefix))

    def stamps(self, prefix: str) -> Iterator[tuple[str, str]]:
        yield from ((k, hashlib.sha256(self.data[k]).hexdigest()) for k in self.keys(prefix))

    def update(self, key: str, change: Change) -> None:
        after = change(self.data.get(key))
        if after is not None:
            self.data[key] = after

    def delete(self, key: str) -> None:
        self.data.pop(key, None)

    def exists(self, key: str) -> bool:
        return key in self.data


def listing_of(date: dt.date, items: list[Any]) -> Listing:
    """The list of these items, which have the form of the API's."""
    papers, set_aside = [], []
    for n, item in enumerate(items):
        try:
            papers.append(parse_item(item, n))
        except Malformed as error:
            set_aside.append(SetAside(position=n, reason=error.reason, item_json=json.dumps(item)))
    sha256 = hashlib.sha256(json.dumps(items).encode()).hexdigest()
    return Listing(
        date=date, source="hf", url="", sha256=sha256, captured_at=CAPTURED_AT, papers=papers, set_aside=set_aside
    )


def recorded_days() -> dict[dt.date, Listing]:
    """The 129 recorded days."""
    return {
        d: listing_of(d, json.loads(gzip.decompress(p.read_bytes())))
        for d, p in _recorded_files("hf/daily", ".json.gz")
    }


def repeated_days() -> dict[dt.date, Listing]:
    """The six days with planted repeats."""
    return {d: listing_of(d, json.loads(p.read_text())) for d, p in _recorded_files("repeats", ".listing.json")}


def _recorded_files(folder: str, ending: str) -> list[tuple[dt.date, Path]]:
    paths = sorted((SHARED / "recorded" / folder).glob(f"*{ending}"))
    return [(dt.date.fromisoformat(p.name[:10]), p) for p in paths]


def read_abstract(paper: Paper, store: Store) -> Reading:
    """A reading of only the listed abstract, as there is one when no source answers."""
    return read_again(no_answer(paper), paper, store, read_nothing)


def no_answer(paper: Paper) -> ReadingRecord:
    """The record of a reading without any response."""
    url = f"https://huggingface.co/papers/{paper.arxiv_id}"
    return ReadingRecord(
        run_id="", at=CAPTURED_AT, arxiv_id=paper.arxiv_id, listing_url=url, attempts=[], state="failed"
    )


async def read_nothing(*_: object) -> BodyResult:
    """There are no responses to read."""
    raise AssertionError("no response is stored")


def view_settings(store: Store, profile: Profile) -> ViewSettings:
    """The settings of views that need no document."""
    return ViewSettings(store, profile, "cut", read_nothing)


_analyses: dict[str, Analysis] = {}  # shared between runs: the same text gives the same analysis


def analyze(papers: Iterable[Paper], readings: Mapping[str, Reading]) -> list[Analysis]:
    """The extractive analyses of the papers."""

    async def analyze_one(paper: Paper) -> Analysis:
        key = readings[paper.arxiv_id].model_dump_json() + paper.model_dump_json(include=set(ListedPaper.model_fields))
        if key not in _analyses:
            _analyses[key] = await _analyst().analyze(paper, readings[paper.arxiv_id], "zh")
        return _analyses[key]

    async def analyze_all() -> list[Analysis]:
        return [await analyze_one(p) for p in papers]

    return asyncio.run(analyze_all())


@cache
def _analyst() -> Analyst:
    return Analyst(Settings(_env_file=None, model="extractive"), MemoryStore(), [])


def run_without_prefect(store: Store, listing: Listing, profile: Profile, later: bool = True) -> None:
    """What a run does after fetching the list; without `later`, as a date of a backfill (`settle` ends one)."""
    record_day(store, listing, f"run-{listing.date}", profile, later).commit()


def record_day(store: Store, listing: Listing, run_id: str, profile: Profile, later: bool = True) -> ViewUpdate:
    """Record the facts of a run and update the views; the manifests are not written yet."""
    date, facts = listing.date, DayFacts(store, listing.date)
    facts.list_again()
    facts.start_run(run_id)
    facts.add_capture(listing, run_id)
    update = ViewUpdate(view_settings(store, profile), later, {date: facts})
    memory = update.memory.setdefault(date, DayMemory())
    memory.papers = update.neighbours(date).marked_list(facts)
    readings = {p.arxiv_id: read_abstract(p, store) for p in memory.papers.new}
    for paper in memory.papers.new:
        before, reading = best_reading(facts.readings(paper.arxiv_id)), readings[paper.arxiv_id]
        if before is None or (before.state, before.text_sha256) != (reading.state, reading.sha256):
            record = ReadingRecord.of(reading, run_id, listing.captured_at, no_answer(paper).listing_url)
            memory.readings[hash_of_record(record)] = reading
            facts.add_reading(record)
    unanalyzed = [p for p in memory.papers.new if not is_analyzed(facts, readings[p.arxiv_id])]
    for analysis in analyze(unanalyzed, readings):
        attempt = AnalysisRecord.of(analysis, run_id, listing.captured_at, readings[analysis.arxiv_id].sha256)
        memory.analyses[hash_of_record(attempt)] = analysis
        facts.add_analysis(attempt)
    update.update([date])
    facts.end_run(finished_run(run_id, memory.papers.papers))
    return update


def is_analyzed(facts: DayFacts, reading: Reading) -> bool:
    """Whether there is an attempt to analyse that text on record."""
    return any(r.text_sha256 == reading.sha256 for r in facts.analyses(reading.arxiv_id))


def settle(store: Store, profile: Profile) -> list[dt.date]:
    """Update the dates that depend on others which were run without `later`; returns those that changed."""
    return update_views(view_settings(store, profile), []).changed_dates


def load_day(store: Store, date: dt.date, profile: Profile | None = None) -> Day:
    """All rows that the snapshots hold of a date."""
    neighbours = Neighbours(store, Manifests(store), date, Keywords(store))
    settings = view_settings(store, profile or load_profile("default"))
    return DayViews(settings, DayFacts(store, date), None, {}, neighbours).day()


def put_rows(store: Store, dataset: str, date: dt.date, rows: Sequence[Model]) -> None:
    """Write rows as the snapshot of a date."""
    store.put(key_of(dataset, date), encode(dataset, rows))


def finished_run(run_id: str, papers: Iterable[Paper]) -> Run:
    """The row of a successful run."""
    day_papers = list(papers)
    new = sum(p.dedupe_kind == "new" for p in day_papers)
    return Run(
        run_id=run_id,
        started_at=CAPTURED_AT,
        finished_at=CAPTURED_AT,
        state="done",
        listed=len(day_papers),
        new=new,
        read=new,
        analyzed=new,
        failed=0,
        tokens=0,
        cost_usd=None,
        versions=Versions(program="0", schema_version=SCHEMA_VERSION, model="extractive", profile="default"),
    )


def contents_without_times(store: Store) -> dict[str, Any]:
    """The store's contents without the capture times in editions, to compare two runs of the same lists."""
    contents = store_contents(store)
    for key in (k for k in contents if k.startswith("editions/")):
        contents[key] = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "", contents[key].decode())
    return contents


def store_contents(store: Store) -> dict[str, Any]:
    """All snapshots except `runs`, without run times, and all editions."""
    snapshots: dict[str, Any] = {
        f"{dataset} {date}": comparable_rows(read_snapshot(store, dataset, date, DATASETS[dataset].model) or [])
        for dataset in DATASETS
        if dataset != "runs"
        for date in dates_of(store, dataset)
    }
    return snapshots | {key: store.get(key) for key in store.keys("editions/")}
