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

from flows.days.concurrent_runs import reconcile_day
from flows.days.day_snapshots import publish_day, write_day
from flows.days.later_days import correct_rows_after, finish_corrections, render_stale
from papers.day import Run, Versions
from papers.models import Analysis, Block, EditionName, Listing, Paper, Reading, SetAside
from papers.profile import Profile
from papers.settings import Settings
from papers.store import Change, Store
from papers.tables.concurrent_writers import SnapshotVersions
from papers.tables.parquet import ROWS
from papers.tables.registry import SCHEMA_VERSION
from papers.tables.snapshots import append_rows, comparable, dates_of, read_snapshot
from papers.tables.unfinished_dates import close_date, open_date
from tasks.analyze.analyst import Analyst
from tasks.analyze.grounding.ungrounded_numbers import remove_ungrounded
from tasks.curate.near_duplicates import past_picks
from tasks.curate.verdicts import curate
from tasks.dedupe.history import load_history
from tasks.dedupe.matching import dedupe
from tasks.fetch.list_items import Malformed, parse_item
from tasks.render.editions import render_day
from tests.shared import SHARED

CAPTURED = dt.datetime(2026, 4, 1, 12, tzinfo=dt.UTC)
Stale = dict[dt.date, tuple[EditionName, ...]]


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
    """The list that these items of the API's form make."""
    papers, aside = [], []
    for n, item in enumerate(items):
        try:
            papers.append(parse_item(item, n))
        except Malformed as error:
            aside.append(SetAside(position=n, reason=str(error), item_json=json.dumps(item)))
    sha256 = hashlib.sha256(json.dumps(items).encode()).hexdigest()
    return Listing(date=date, source="hf", url="", sha256=sha256, captured_at=CAPTURED, papers=papers, set_aside=aside)


def recorded_days() -> dict[dt.date, Listing]:
    """The 129 recorded days."""
    return {d: listing_of(d, json.loads(gzip.decompress(p.read_bytes()))) for d, p in _files("hf/daily", ".json.gz")}


def repeated_days() -> dict[dt.date, Listing]:
    """The six days with planted repeats."""
    return {d: listing_of(d, json.loads(p.read_text())) for d, p in _files("repeats", ".listing.json")}


def _files(folder: str, ending: str) -> list[tuple[dt.date, Path]]:
    found = sorted((SHARED / "recorded" / folder).glob(f"*{ending}"))
    return [(dt.date.fromisoformat(p.name[:10]), p) for p in found]


def read_abstract(paper: Paper) -> Reading:
    """A reading of the listing's abstract alone."""
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


_made: dict[str, Analysis] = {}  # the same text gives the same analysis in every order of the days


def analyze(papers: Iterable[Paper], readings: Mapping[str, Reading]) -> list[Analysis]:
    """The extractive analyses of the papers."""

    async def one(paper: Paper) -> Analysis:
        key = f"{paper.arxiv_id} {readings[paper.arxiv_id].sha256} {paper.github_url} {paper.github_stars}"
        if key not in _made:
            _made[key] = await _analyst().analyze(paper, readings[paper.arxiv_id], "zh")
        return _made[key]

    async def all_of() -> list[Analysis]:
        return [await one(p) for p in papers]

    return asyncio.run(all_of())


@cache
def _analyst() -> Analyst:
    return Analyst(Settings(_env_file=None, model="extractive"), MemoryStore(), [])


def run_plain(store: Store, listing: Listing, profile: Profile, stale: Stale | None = None) -> None:
    """What a run of the list's date does after fetching; with `stale`, later days' editions are noted, not rendered."""
    date, run_id, base = listing.date, f"run-{listing.date}", SnapshotVersions.of(store, listing.date)
    papers = dedupe(listing, load_history(store, date, listing.papers))
    new = [p for p in papers if p.dedupe_kind == "new"]
    readings = [read_abstract(p) for p in new]
    made = analyze(new, {r.arxiv_id: r for r in readings})
    analyses = remove_ungrounded(made, readings, {p.arxiv_id: p.title for p in new}, "cut")
    verdicts = curate(papers, readings, analyses, profile, past_picks(store, date))
    open_date(store, date, run_id)
    write_day(store, listing, papers, readings, analyses, verdicts, run_id, base)
    reconcile_day(store, profile, date, run_id)
    if stale is None:
        publish_day(store, date, lambda day: render_day(day, profile))
    changed = correct_rows_after(store, profile, [date], run_id)
    if stale is None:
        render_stale(store, profile, changed.stale)
    else:
        stale[date] = profile.editions
        for later, names in changed.stale.items():
            stale[later] = tuple(n for n in profile.editions if n in {*names, *stale.get(later, ())})
    finish_corrections(store, changed)
    append_rows(store, "runs", date, [run_row(run_id, papers)], run_id)
    close_date(store, date, run_id)


def run_row(run_id: str, papers: Iterable[Paper]) -> Run:
    """The row of a run that went well."""
    listed = list(papers)
    new = sum(p.dedupe_kind == "new" for p in listed)
    return Run(
        run_id=run_id,
        started_at=CAPTURED,
        finished_at=CAPTURED,
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


def clockless(store: Store) -> dict[str, Any]:
    """As `contents`, without the captures' times in the editions: what two runs of the same lists have in common."""
    found = contents(store)
    for key in (k for k in found if k.startswith("editions/")):
        found[key] = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "", found[key].decode())
    return found


def contents(store: Store) -> dict[str, Any]:
    """All snapshots but `runs`, without the runs' clocks, and all editions."""
    found: dict[str, Any] = {
        f"{dataset} {date}": comparable(read_snapshot(store, dataset, date, ROWS[dataset]) or [])
        for dataset in ROWS
        if dataset != "runs"
        for date in dates_of(store, dataset)
    }
    return found | {key: store.get(key) for key in store.keys("editions/")}
