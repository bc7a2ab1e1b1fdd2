"""The pipeline's plain functions over recorded or invented lists, in one process: no Prefect, no network, no files."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flows.days.day_snapshots import publish_day, write_day
from flows.days.later_days import correct_rows_after, finish_corrections, render_stale
from flows.days.reconciliation import reconcile_day
from papers.day import Run, Versions
from papers.models import Analysis, Block, EditionName, Listing, Paper, Reading, SetAside
from papers.profile import Profile
from papers.settings import Settings
from papers.store import Change, Store
from papers.tables.concurrent_writers import SnapshotVersions
from papers.tables.registry import DATASETS, SCHEMA_VERSION
from papers.tables.snapshots import append_rows, comparable_rows, dates_of, read_snapshot
from papers.tables.unfinished_dates import close_date, open_date
from tasks.analyze.analyst import Analyst
from tasks.analyze.grounding.ungrounded_numbers import remove_ungrounded
from tasks.curate.near_duplicates import past_picks
from tasks.curate.verdicts import curate
from tasks.dedupe.history import load_history
from tasks.dedupe.repeats import dedupe
from tasks.fetch.list_items import Malformed, parse_item
from tasks.render.editions import render_day
from tests.shared import SHARED

CAPTURED_AT = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
StaleEditions = dict[dt.date, tuple[EditionName, ...]]


class MemoryStore:
    """A store in a dictionary."""

    def __init__(self) -> None:
        self.root, self.data = "memory", {}  # type: str, dict[str, bytes]

    def get(self, key: str) -> bytes | None:
        return self.data.get(key)

    def put(self, key: str, data: bytes) -> None:
        self.data[key] = data

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


def read_abstract(paper: Paper) -> Reading:
    """A reading of only the listed abstract."""
    block = Block(id="abstract.p1", kind="paragraph", section="Abstract", text=" ".join(paper.abstract.split()))
    return Reading(
        arxiv_id=paper.arxiv_id,
        state="done",
        source="abs",
        url=f"https://huggingface.co/papers/{paper.arxiv_id}",
        sha256=hashlib.sha256(f"{paper.title}\n{block.text}".encode()).hexdigest(),
        characters=len(block.text),
        tokens=len(block.text) // 4,
        blocks=[block],
    )


_analyses: dict[str, Analysis] = {}  # shared between runs: the same text gives the same analysis


def analyze(papers: Iterable[Paper], readings: Mapping[str, Reading]) -> list[Analysis]:
    """The extractive analyses of the papers."""

    async def analyze_one(paper: Paper) -> Analysis:
        key = f"{paper.arxiv_id} {readings[paper.arxiv_id].sha256} {paper.github_url} {paper.github_stars}"
        if key not in _analyses:
            _analyses[key] = await _analyst().analyze(paper, readings[paper.arxiv_id], "zh")
        return _analyses[key]

    async def analyze_all() -> list[Analysis]:
        return [await analyze_one(p) for p in papers]

    return asyncio.run(analyze_all())


@cache
def _analyst() -> Analyst:
    return Analyst(Settings(_env_file=None, model="extractive"), MemoryStore(), [])


def run_without_prefect(store: Store, listing: Listing, profile: Profile, stale: StaleEditions | None = None) -> None:
    """What a run does after fetching the list; with `stale`, editions are only recorded there, not rendered."""
    date, run_id, base = listing.date, f"run-{listing.date}", SnapshotVersions.of(store, listing.date)
    papers = dedupe(listing, load_history(store, date, listing.papers))
    new = [p for p in papers if p.dedupe_kind == "new"]
    readings = [read_abstract(p) for p in new]
    raw_analyses = analyze(new, {r.arxiv_id: r for r in readings})
    analyses = remove_ungrounded(raw_analyses, readings, {p.arxiv_id: p.title for p in new}, "cut")
    verdicts = curate(papers, readings, analyses, profile, past_picks(store, date))
    open_date(store, date, run_id)
    write_day(store, listing, papers, readings, analyses, verdicts, run_id, base)
    reconcile_day(store, profile, date, run_id)
    if stale is None:
        publish_day(store, date, lambda day: render_day(day, profile))
    changes = correct_rows_after(store, profile, [date], run_id)
    if stale is None:
        render_stale(store, profile, changes.stale)
    else:
        stale[date] = profile.editions
        for later, names in changes.stale.items():
            stale[later] = tuple(n for n in profile.editions if n in {*names, *stale.get(later, ())})
    finish_corrections(store, changes)
    append_rows(store, "runs", date, [finished_run(run_id, papers)], run_id)
    close_date(store, date, run_id)


def finished_run(run_id: str, papers: Iterable[Paper]) -> Run:
    """The row of a successful run."""
    listed = list(papers)
    new = sum(p.dedupe_kind == "new" for p in listed)
    return Run(
        run_id=run_id,
        started_at=CAPTURED_AT,
        finished_at=CAPTURED_AT,
        state="done",
        listed=len(listed),
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
