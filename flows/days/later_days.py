"""What a date changes in the days after it, so that the store does not depend on the order in which dates were run.

A date that is run after later ones may hold papers that those took for new, a pick that one of theirs repeats, and
counts that their trends lack. Plain functions over the stages: no network, no model call, no Prefect.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flows.days.day_snapshots import load_day, write_editions
from flows.days.row_updates import Ungrounded, judge, mark, rewrite_rows
from papers.analysis_choice import EXTRACTIVE
from papers.models import Analysis, EditionName, Paper, Reading
from papers.profile import Profile
from papers.store import Store
from papers.tables.concurrent_writers import SnapshotChanged, SnapshotVersions
from papers.tables.paper_index import term_days
from papers.tables.snapshots import dates_of, read_columns, read_snapshot
from papers.tables.unfinished_dates import close_date, open_date, unfinished
from tasks.analyze.llm.answer_cache import cache_key
from tasks.curate.near_duplicates import PAST_DAYS, ComparedPaper, Pick, nearest, past_picks
from tasks.curate.trends import TRAILING_DAYS
from tasks.dedupe.history import load_history
from tasks.dedupe.matching import History
from tasks.render.editions import render_edition

WINDOW = dt.timedelta(days=max(PAST_DAYS, TRAILING_DAYS))
TRENDS_IN: tuple[EditionName, ...] = ("curated-post",)  # what trends and keywords are printed in


@dataclass
class Changed:
    """What became of the days after a date."""

    run_id: str = ""
    open: list[dt.date] = field(default_factory=list)  # days in the journal, until `finish_corrections`
    papers: list[dt.date] = field(default_factory=list)  # whose repeats are marked anew
    verdicts: list[dt.date] = field(default_factory=list)  # whose verdicts changed
    stale: dict[dt.date, tuple[EditionName, ...]] = field(default_factory=dict)  # editions that no longer hold

    @property
    def dates(self) -> list[dt.date]:
        """The days with other rows than before."""
        return sorted({*self.papers, *self.verdicts})


def correct_rows_after(
    store: Store,
    profile: Profile,
    dates: Iterable[dt.date],
    run_id: str,
    ungrounded: Ungrounded = "cut",
) -> Changed:
    """Bring the rows of all days after the earliest of `dates` up to what the store holds of `dates`.

    Dedupe of every later day; near duplicates of 28 days, and on as long as picks change. What is replaced goes to
    `superseded/`. A second call changes nothing. `Changed.stale` is for `render_stale`; until
    `finish_corrections` the days that changed count as unfinished.
    """
    touched = set(dates)
    changed = Changed()
    later = [d for d in dates_of(store, "papers") if touched and d > min(touched)]
    if not later:
        return changed
    # A run of several dates may replace the rows of a day more than once.
    changed.run_id = f"{run_id}-after-{min(touched)}"
    history = load_history(store, later[0])
    moved = {d: _picks(store, d) for d in touched}  # days whose picks may be others than those after them were held to
    torn = unfinished(store)  # a run that was killed while it corrected a day may have left old editions behind
    for date in later:
        papers, other = _remarked(store, date, history, changed, ungrounded)
        if other or (date in torn and date not in touched):
            changed.papers.append(date)
        depends = other or date in touched or date in torn or _judged_by(store, profile, date, papers, moved)
        if depends and _judged(store, profile, date, papers, changed):
            changed.verdicts.append(date)
        if date in changed.dates:
            moved[date] = _picks(store, date)
        for p in papers:
            history.remember(p.arxiv_id, p.title, p.abstract, date, p.duplicate_of)
    changed.stale = _stale(store, profile, later, touched, changed.dates)
    return changed


def render_stale(
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


def finish_corrections(store: Store, changed: Changed) -> None:
    """Note that the editions of the corrected days are those of their rows again."""
    for date in changed.open:
        close_date(store, date, changed.run_id)


# --- papers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """What later days made of papers: readings by arXiv id, and analyses."""

    readings: dict[str, Reading]
    analyses: list[Analysis]


def results_of_later_days(store: Store, date: dt.date, ids: Collection[str]) -> Made:
    """The readings and analyses that days after `date` have of the papers `ids`, of the first such day.

    Analyses that the cache has lost are put back into it, so that the paper's are found there under the earlier date.
    """
    readings: dict[str, Reading] = {}
    analyses: list[Analysis] = []
    for later in (d for d in dates_of(store, "readings") if d > date) if ids else ():
        there = read_columns(store, "readings", later, ("arxiv_id",))
        hits = {row["arxiv_id"] for row in there} & set(ids) - set(readings)
        if not hits:
            continue
        rows = read_snapshot(store, "readings", later, Reading) or []
        readings |= {r.arxiv_id: r for r in rows if r.arxiv_id in hits}
        analyses += [a for a in read_snapshot(store, "analyses", later, Analysis) or [] if a.arxiv_id in hits]
    for row in analyses:
        if row.state == "done" and row.model != EXTRACTIVE and not store.exists(cache_key(row.cache_key)):
            kept = json.dumps({"analysis": row.model_dump(mode="json")}, ensure_ascii=False)
            store.put(cache_key(row.cache_key), kept.encode())
    return Made(readings, analyses)


def _remarked(
    store: Store, date: dt.date, history: History, changed: Changed, ungrounded: Ungrounded
) -> tuple[list[Paper], bool]:
    """The papers of a later day as they are marked after `history`, written where that is new, and whether it was."""
    while True:
        base = SnapshotVersions.of(store, date)
        before = read_snapshot(store, "papers", date, Paper) or []
        papers = mark(date, before, history)
        if papers == before:
            return papers, False
        _open(store, date, changed)
        try:
            rewrite_rows(store, date, before, papers, changed.run_id, ungrounded, base)
        except SnapshotChanged:  # a run of that day wrote it just now
            continue
        return papers, True


# --- verdicts --------------------------------------------------------------------------------------------------------


def _judged_by(
    store: Store, profile: Profile, date: dt.date, papers: Sequence[Paper], moved: Mapping[dt.date, Sequence[Pick]]
) -> bool:
    """Whether a verdict of `date` depends, or would depend, on a pick of one of the days `moved` (with their picks)."""
    near = [d for d in moved if d < date <= d + WINDOW]
    if not near:
        return False
    for row in read_columns(store, "curation", date, ("curated_rule", "curated_reason")):
        if row["curated_rule"] == "near-duplicate" and any(f"picked on {d}:" in row["curated_reason"] for d in near):
            return True
    picks = [p for d in near for p in moved[d]]
    new = (ComparedPaper(p.arxiv_id, p.title, p.abstract) for p in papers if p.dedupe_kind == "new")
    return any(nearest(paper, picks, profile.curated.near_duplicate) for paper in new)


def _judged(store: Store, profile: Profile, date: dt.date, papers: Sequence[Paper], changed: Changed) -> bool:
    """Judge a later day again; whether its verdicts differ. Where a run of that day writes it just now, it judges."""
    was_open = date in changed.open
    _open(store, date, changed)
    try:
        other = judge(store, profile, date, papers, changed.run_id, SnapshotVersions.of(store, date))
    except SnapshotChanged:
        return True
    if not other and not was_open and date not in changed.papers:
        close_date(store, date, changed.run_id)
        changed.open.remove(date)
    return other


def _open(store: Store, date: dt.date, changed: Changed) -> None:
    if date not in changed.open:
        open_date(store, date, changed.run_id)
        changed.open.append(date)


def _picks(store: Store, date: dt.date) -> list[Pick]:
    return [p for p in past_picks(store, date + dt.timedelta(days=1), 1) if p.date == date]


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
