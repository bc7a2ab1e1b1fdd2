"""What a date changes in the days after it, so that the store does not depend on the order in which dates were run.

A date that is run after later ones may hold papers that those took for new, a pick that one of theirs repeats, and
counts that their trends lack. Plain functions over the stages: no network, no model call, no Prefect.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from pydantic import ValidationError

from flows.day import load_day, write_editions
from papers.models import Analysis, EditionName, ListedPaper, Listing, Model, Paper, Reading, Verdict
from papers.profile import Profile
from papers.snapshots import dates_of, decode, key_of, read_snapshot, write_snapshot
from papers.store import Store
from tasks.analyze.policy import settle
from tasks.analyze.provider import cache_key
from tasks.curate.similar import PAST_DAYS, Pick, Told, nearest, past_picks
from tasks.curate.trends import TRAILING_DAYS, term_days
from tasks.curate.verdicts import curate
from tasks.dedupe.history import load_history
from tasks.dedupe.matching import History, dedupe
from tasks.render.editions import render_edition

WINDOW = dt.timedelta(days=max(PAST_DAYS, TRAILING_DAYS))
TRENDS_IN: tuple[EditionName, ...] = ("curated-post",)  # what trends and keywords are printed in

M = TypeVar("M", bound=Model)


@dataclass
class Changed:
    """What became of the days after a date."""

    papers: list[dt.date] = field(default_factory=list)  # whose repeats are marked anew
    verdicts: list[dt.date] = field(default_factory=list)  # whose verdicts changed
    stale: dict[dt.date, tuple[EditionName, ...]] = field(default_factory=dict)  # editions that no longer hold

    @property
    def dates(self) -> list[dt.date]:
        """The days with other rows than before."""
        return sorted({*self.papers, *self.verdicts})


def recompute_after(
    store: Store,
    profile: Profile,
    dates: Iterable[dt.date],
    run_id: str,
    ungrounded: Literal["cut", "flag"] = "cut",
) -> Changed:
    """Bring the rows of all days after the earliest of `dates` up to what the store holds of `dates`.

    Dedupe of every later day; near duplicates of 28 days, and on as long as picks change. What is replaced goes to
    `superseded/`. A second call changes nothing. `Changed.stale` is for `render_again`.
    """
    touched = set(dates)
    changed = Changed()
    later = [d for d in dates_of(store, "papers") if touched and d > min(touched)]
    if not later:
        return changed
    run_id = f"{run_id}-after-{min(touched)}"  # a run of several dates may replace the rows of a day more than once
    history = load_history(store, later[0])
    moved = {d: _picks(store, d) for d in touched}  # days whose picks may be others than those after them were held to
    for date in later:
        before = read_snapshot(store, "papers", date, Paper) or []
        papers = _marked(date, before, history)
        other = papers != before
        if other:
            _remark(store, date, before, papers, run_id, ungrounded)
            changed.papers.append(date)
        depends = other or date in touched or _judged_by(store, profile, date, papers, moved)
        if depends and _judge(store, profile, date, papers, run_id):
            changed.verdicts.append(date)
        if date in changed.dates:
            moved[date] = _picks(store, date)
        for p in papers:
            history.remember(p.arxiv_id, p.title, p.abstract, date, p.duplicate_of)
    changed.stale = _stale(store, profile, later, touched, changed.dates)
    return changed


def render_again(
    store: Store,
    profile: Profile,
    stale: Mapping[dt.date, Sequence[EditionName]],
    terms: Mapping[dt.date, frozenset[str]] | None = None,
) -> list[str]:
    """Render these editions of these dates from the snapshots, in the profile's languages; returns their keys."""
    known = term_days(store) if terms is None and stale else terms
    keys: list[str] = []
    for date in sorted(stale):
        day = load_day(store, date, known)
        if day is not None:
            editions = [
                render_edition(day, n, language, profile) for n in stale[date] for language in profile.languages
            ]
            keys += write_editions(store, editions)
    return keys


# --- papers ----------------------------------------------------------------------------------------------------------


def _marked(date: dt.date, papers: Sequence[Paper], history: History) -> list[Paper]:
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


def _remark(
    store: Store,
    date: dt.date,
    before: Sequence[Paper],
    papers: Sequence[Paper],
    run_id: str,
    ungrounded: Literal["cut", "flag"],
) -> None:
    """Write a day's papers as they are marked now, and the readings and analyses of those that are new, no others."""
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
    settled = {(a.arxiv_id, a.language): a for a in settle([a for a in made if a], kept, new, ungrounded)}
    write_snapshot(store, "papers", date, papers, run_id)
    write_snapshot(store, "readings", date, kept, run_id)
    write_snapshot(store, "analyses", date, [settled.get((a.arxiv_id, a.language), a) for a in told], run_id)


def cached_analysis(store: Store, row: Analysis) -> Analysis | None:
    """The analysis as the model made it, before `settle`, under the row's id; None when the cache has it no more."""
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
            name = (row["arxiv_id"], row.get("language"))
            if row["arxiv_id"] in ids and (name not in found or row["state"] == "done"):
                found[name] = row
    return [model.model_validate(row) for row in found.values()]


@dataclass(frozen=True)
class Made:
    """What later days made of papers: readings by arXiv id, and analyses."""

    readings: dict[str, Reading]
    analyses: list[Analysis]


def made_later(store: Store, date: dt.date, ids: Collection[str]) -> Made:
    """The readings and analyses that days after `date` have of the papers `ids`, of the first such day.

    Analyses that the cache has lost are put back into it, so that the paper's are found there under the earlier date.
    """
    readings: dict[str, Reading] = {}
    analyses: list[Analysis] = []
    for later in (d for d in dates_of(store, "readings") if d > date) if ids else ():
        data = store.get(key_of("readings", later))
        there = decode("readings", data, key_of("readings", later), ("arxiv_id",)) if data else []
        hits = {row["arxiv_id"] for row in there} & set(ids) - set(readings)
        if not hits:
            continue
        rows = read_snapshot(store, "readings", later, Reading) or []
        readings |= {r.arxiv_id: r for r in rows if r.arxiv_id in hits}
        analyses += [a for a in read_snapshot(store, "analyses", later, Analysis) or [] if a.arxiv_id in hits]
    for row in analyses:
        if row.state == "done" and row.model != "extractive" and not store.exists(cache_key(row.cache_key)):
            kept = json.dumps({"analysis": row.model_dump(mode="json")}, ensure_ascii=False)
            store.put(cache_key(row.cache_key), kept.encode())
    return Made(readings, analyses)


# --- verdicts --------------------------------------------------------------------------------------------------------


def _judged_by(
    store: Store, profile: Profile, date: dt.date, papers: Sequence[Paper], moved: Mapping[dt.date, Sequence[Pick]]
) -> bool:
    """Whether a verdict of `date` depends, or would depend, on a pick of one of the days `moved` (with their picks)."""
    near = [d for d in moved if d < date <= d + WINDOW]
    if not near:
        return False
    for row in _columns(store, "curation", date, ("curated_rule", "curated_reason")):
        if row["curated_rule"] == "near-duplicate" and any(f"picked on {d}:" in row["curated_reason"] for d in near):
            return True
    picks = [p for d in near for p in moved[d]]
    new = (Told(p.arxiv_id, p.title, p.abstract) for p in papers if p.dedupe_kind == "new")
    return any(nearest(paper, picks, profile.curated.near_duplicate) for paper in new)


def _picks(store: Store, date: dt.date) -> list[Pick]:
    return [p for p in past_picks(store, date + dt.timedelta(days=1), 1) if p.date == date]


def _judge(store: Store, profile: Profile, date: dt.date, papers: Sequence[Paper], run_id: str) -> bool:
    """Write the verdicts of a day anew; whether they differ. A day that was never judged is left to its own run."""
    if read_snapshot(store, "curation", date, Verdict) is None:
        return False
    # What curation asks of a reading and an analysis: not their text.
    readings = [Reading.model_validate(r) for r in _columns(store, "readings", date, ("arxiv_id", "state", "reason"))]
    wanted = ("arxiv_id", "language", "state", "reason", "model", "prompt_version", "cache_key", "directions")
    analyses = [Analysis.model_validate(r) for r in _columns(store, "analyses", date, wanted)]
    verdicts = curate(papers, readings, analyses, profile, past_picks(store, date))
    return write_snapshot(store, "curation", date, verdicts, run_id)


def _columns(store: Store, dataset: str, date: dt.date, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    data = store.get(key_of(dataset, date))
    return [] if data is None else decode(dataset, data, key_of(dataset, date), columns)


# --- editions --------------------------------------------------------------------------------------------------------


def _stale(
    store: Store,
    profile: Profile,
    later: Sequence[dt.date],
    touched: Collection[dt.date],
    changed: Collection[dt.date],
) -> dict[dt.date, tuple[EditionName, ...]]:
    """The editions that print what changed: all of a day with other rows, and where trends and keywords are printed."""
    trends = tuple(n for n in profile.editions if n in TRENDS_IN)
    keywords = _keyword_days(store, touched)
    found: dict[dt.date, tuple[EditionName, ...]] = {}
    for date in later:
        if date in changed:
            found[date] = profile.editions
        elif date in keywords or any(d < date <= d + WINDOW for d in {*touched, *changed}):
            found[date] = trends
    return found


def _keyword_days(store: Store, touched: Collection[dt.date]) -> set[dt.date]:
    """The days that would have called a keyword new, had the days `touched` not been there."""
    days = term_days(store)
    theirs = frozenset().union(*(days.get(d, frozenset()) for d in touched))
    seen: set[str] = set()
    found: set[dt.date] = set()
    for date, terms in days.items():
        if date > min(touched) and (terms - seen) & theirs:
            found.add(date)
        if date not in touched:
            seen |= terms
    return found
