"""Update a day's rows from the store's history: repeats, readings and analyses of new papers, verdicts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from papers.analysis_choice import best_analyses
from papers.models import Analysis, ListedPaper, Listing, Model, Paper, Reading
from papers.profile import Profile
from papers.settings import Ungrounded
from papers.store import Store
from papers.tables.concurrent_writers import SnapshotVersions
from papers.tables.parquet import decode
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import read_columns, read_snapshot, write_snapshot
from tasks.analyze.grounding.ungrounded_numbers import remove_ungrounded
from tasks.analyze.llm.answer_cache import cache_key
from tasks.curate.near_duplicates import past_picks
from tasks.curate.verdicts import curate
from tasks.dedupe.repeats import History, dedupe

VERDICT_COLUMNS = ("arxiv_id", "language", "state", "reason", "model", "prompt_version", "cache_key", "directions")

M = TypeVar("M", bound=Model)


def mark_repeats(date: dt.date, papers: Sequence[Paper], history: History) -> list[Paper]:
    """The papers of a day with repeats marked by `history`."""
    listing = Listing(
        date=date,
        source="",
        url="",
        sha256="",
        captured_at=dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
        papers=[
            ListedPaper.model_construct(**{k: getattr(before, k) for k in ListedPaper.model_fields})
            for before in papers
        ],
        set_aside=[],
    )
    return [
        paper.model_copy(update={"listing_sha256": before.listing_sha256, "captured_at": before.captured_at})
        for paper, before in zip(dedupe(listing, history), papers, strict=True)
    ]


def rows_match_papers(store: Store, date: dt.date, papers: Sequence[Paper]) -> bool:
    """Whether readings and analyses belong to new papers only, in the order of the papers."""
    order = {p.arxiv_id: n for n, p in enumerate(papers) if p.dedupe_kind == "new"}
    for dataset in ("readings", "analyses"):
        ids = [row["arxiv_id"] for row in read_columns(store, dataset, date, ("arxiv_id",))]
        if any(i not in order for i in ids) or ids != sorted(ids, key=lambda i: order[i]):
            return False
    return True


def rewrite_rows(
    store: Store,
    date: dt.date,
    before: Sequence[Paper],
    papers: Sequence[Paper],
    run_id: str,
    ungrounded: Ungrounded,
    base: SnapshotVersions,
) -> None:
    """Write a day's papers as they are marked now, and only the readings and analyses of new papers.

    Raises SnapshotChanged when another run has written the day since `base`.
    """
    new = {p.arxiv_id: p.title for p in papers if p.dedupe_kind == "new"}
    readings = read_snapshot(store, "readings", date, Reading) or []
    analyses = read_snapshot(store, "analyses", date, Analysis) or []
    missing = set(new) - {r.arxiv_id for r in readings}
    for earlier in sorted({p.first_seen for p in before if p.arxiv_id in missing}):
        readings += _superseded_rows(store, "readings", earlier, Reading, missing - {r.arxiv_id for r in readings})
        analyses += _superseded_rows(store, "analyses", earlier, Analysis, missing - {a.arxiv_id for a in analyses})
    order = {arxiv_id: n for n, arxiv_id in enumerate(new)}
    new_readings = sorted((r for r in readings if r.arxiv_id in order), key=lambda r: order[r.arxiv_id])
    new_analyses = sorted((a for a in analyses if a.arxiv_id in order), key=lambda a: order[a.arxiv_id])
    cached = [cached_analysis(store, a) for a in new_analyses]
    by_key = {_key(a): a for a in remove_ungrounded([a for a in cached if a], new_readings, new, ungrounded)}
    rows: dict[str, Sequence[Model]] = {
        "papers": papers,
        "readings": new_readings,
        "analyses": [by_key.get(_key(a), a) for a in new_analyses],
    }
    for dataset, dataset_rows in rows.items():
        write_snapshot(store, dataset, date, dataset_rows, run_id, base, on_conflict="raise")


def _key(row: Analysis) -> tuple[str, str, str]:
    return row.arxiv_id, row.language, row.cache_key


def cached_analysis(store: Store, row: Analysis) -> Analysis | None:
    """The analysis before ungrounded numbers were removed; None if the cache no longer has it."""
    data = store.get(cache_key(row.cache_key)) if row.state == "done" else None
    if data is None:
        return None
    try:
        analysis = Analysis.model_validate(json.loads(data)["analysis"])
    except (ValueError, KeyError, TypeError, ValidationError):
        return None
    return analysis.model_copy(update={"arxiv_id": row.arxiv_id, "openness": row.openness})


def _superseded_rows(store: Store, dataset: str, date: dt.date, model: type[M], ids: Collection[str]) -> list[M]:
    """Rows of `ids` that a run of `date` replaced. A paper that left that list may be new on a later one."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for key in store.keys(f"superseded/{dataset}/date={date}/") if ids else ():
        data = store.get(key)
        for row in decode(dataset, data, key) if data else ():
            name = (row["arxiv_id"], row.get("language"), row.get("cache_key"))
            if row["arxiv_id"] in ids and (name not in rows or row["state"] == "done"):
                rows[name] = row
    return [model.model_validate(row) for row in rows.values()]


def update_verdicts(
    store: Store,
    profile: Profile,
    date: dt.date,
    papers: Sequence[Paper],
    run_id: str,
    base: SnapshotVersions,
) -> bool:
    """Write the verdicts of a day again; returns whether they changed. A day without verdicts is left to its own run.

    Raises SnapshotChanged when another run has written them since `base`.
    """
    if not store.exists(key_of("curation", date)):
        return False
    # Curation needs these columns of readings and analyses, not their text.
    reading_rows = read_columns(store, "readings", date, ("arxiv_id", "state", "reason"))
    readings = [Reading.model_validate(r) for r in reading_rows]
    analyses = best_analyses(Analysis.model_validate(r) for r in read_columns(store, "analyses", date, VERDICT_COLUMNS))
    verdicts = curate(papers, readings, analyses, profile, past_picks(store, date))
    return write_snapshot(store, "curation", date, verdicts, run_id, base, on_conflict="raise")
