"""A day's rows updated from the store's history: marks of repeats, readings and analyses of new papers, verdicts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from papers.analysis_choice import chosen
from papers.models import Analysis, ListedPaper, Listing, Model, Paper, Reading
from papers.profile import Profile
from papers.store import Store
from papers.tables.concurrent_writers import SnapshotVersions
from papers.tables.parquet import decode
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import read_columns, read_snapshot, write_snapshot
from tasks.analyze.grounding.ungrounded_numbers import remove_ungrounded
from tasks.analyze.llm.answer_cache import cache_key
from tasks.curate.near_duplicates import past_picks
from tasks.curate.verdicts import curate
from tasks.dedupe.matching import History, dedupe

JUDGED_BY = ("arxiv_id", "language", "state", "reason", "model", "prompt_version", "cache_key", "directions")


M = TypeVar("M", bound=Model)


Ungrounded = Literal["cut", "flag"]


def mark(date: dt.date, papers: Sequence[Paper], history: History) -> list[Paper]:
    """The rows of a day with the marks that they have after `history`."""
    listing = Listing(
        date=date,
        source="",
        url="",
        sha256="",
        captured_at=dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
        papers=[ListedPaper.model_construct(**{k: getattr(p, k) for k in ListedPaper.model_fields}) for p in papers],
        set_aside=[],
    )
    return [
        marked.model_copy(update={"listing_sha256": p.listing_sha256, "captured_at": p.captured_at})
        for marked, p in zip(dedupe(listing, history), papers, strict=True)
    ]


def _kept(store: Store, date: dt.date, papers: Sequence[Paper]) -> bool:
    """Whether readings and analyses are of new papers alone, once each, in their order."""
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
    """Write a day's papers as they are marked now, and the readings and analyses of those that are new, no others.

    Raises SnapshotChanged when another run has written the day since `base`.
    """
    new = {p.arxiv_id: p.title for p in papers if p.dedupe_kind == "new"}
    readings = read_snapshot(store, "readings", date, Reading) or []
    analyses = read_snapshot(store, "analyses", date, Analysis) or []
    lacking = set(new) - {r.arxiv_id for r in readings}
    for earlier in sorted({p.first_seen for p in before if p.arxiv_id in lacking}):
        readings += _replaced(store, "readings", earlier, Reading, lacking - {r.arxiv_id for r in readings})
        analyses += _replaced(store, "analyses", earlier, Analysis, lacking - {a.arxiv_id for a in analyses})
    order = {arxiv_id: n for n, arxiv_id in enumerate(new)}
    kept = sorted((r for r in readings if r.arxiv_id in order), key=lambda r: order[r.arxiv_id])
    told = sorted((a for a in analyses if a.arxiv_id in order), key=lambda a: order[a.arxiv_id])
    made = [cached_analysis(store, a) for a in told]
    settled = {_key(a): a for a in remove_ungrounded([a for a in made if a], kept, new, ungrounded)}
    rows: dict[str, Sequence[Model]] = {
        "papers": papers,
        "readings": kept,
        "analyses": [settled.get(_key(a), a) for a in told],
    }
    for dataset, found in rows.items():
        write_snapshot(store, dataset, date, found, run_id, base, moved="raise")


def _key(row: Analysis) -> tuple[str, str, str]:
    return row.arxiv_id, row.language, row.cache_key


def cached_analysis(store: Store, row: Analysis) -> Analysis | None:
    """The analysis before ungrounded numbers were removed; None when the cache no longer has it."""
    data = store.get(cache_key(row.cache_key)) if row.state == "done" else None
    if data is None:
        return None
    try:
        found = Analysis.model_validate(json.loads(data)["analysis"])
    except (ValueError, KeyError, TypeError, ValidationError):
        return None
    return found.model_copy(update={"arxiv_id": row.arxiv_id, "openness": row.openness})


def _replaced(store: Store, dataset: str, date: dt.date, model: type[M], ids: Collection[str]) -> list[M]:
    """Rows of `ids` that a run of `date` replaced: a paper that left its list may be new on a later one."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for key in store.keys(f"superseded/{dataset}/date={date}/") if ids else ():
        data = store.get(key)
        for row in decode(dataset, data, key) if data else ():
            name = (row["arxiv_id"], row.get("language"), row.get("cache_key"))
            if row["arxiv_id"] in ids and (name not in found or row["state"] == "done"):
                found[name] = row
    return [model.model_validate(row) for row in found.values()]


def judge(
    store: Store,
    profile: Profile,
    date: dt.date,
    papers: Sequence[Paper],
    run_id: str,
    base: SnapshotVersions | None = None,
) -> bool:
    """Write the verdicts of a day anew; whether they differ. A day that was never judged is left to its own run.

    Raises SnapshotChanged when another run has written them since `base`.
    """
    if not store.exists(key_of("curation", date)):
        return False
    # What curation asks of a reading and an analysis: not their text.
    found = read_columns(store, "readings", date, ("arxiv_id", "state", "reason"))
    readings = [Reading.model_validate(r) for r in found]
    analyses = chosen(Analysis.model_validate(r) for r in read_columns(store, "analyses", date, JUDGED_BY))
    verdicts = curate(papers, readings, analyses, profile, past_picks(store, date))
    return write_snapshot(store, "curation", date, verdicts, run_id, base, moved="raise")
