"""Correct the days after a date, so that the store does not depend on the order in which dates are run.

A date that is run after later ones may have papers that those treated as new, a pick that one of their picks repeats,
and counts that their trends lack. Plain functions over the stages: no network, no model call, no Prefect.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flows.days.day_snapshots import load_day, write_editions
from flows.days.row_updates import mark_repeats, rewrite_rows, update_verdicts
from papers.analysis_choice import EXTRACTIVE
from papers.models import Analysis, EditionName, Paper, Reading
from papers.profile import Profile
from papers.settings import Ungrounded
from papers.store import Store
from papers.tables.concurrent_writers import SnapshotChanged, SnapshotVersions
from papers.tables.paper_index import terms_by_date
from papers.tables.snapshots import dates_of, read_columns, read_snapshot
from papers.tables.unfinished_dates import close_date, open_date, unfinished_dates
from tasks.analyze.llm.answer_cache import cache_key
from tasks.curate.near_duplicates import PAST_DAYS, ComparedPaper, Pick, nearest, past_picks
from tasks.curate.trends import TRAILING_DAYS
from tasks.dedupe.history import load_history
from tasks.dedupe.repeats import History
from tasks.render.editions import render_edition

WINDOW = dt.timedelta(days=max(PAST_DAYS, TRAILING_DAYS))
TREND_EDITIONS: tuple[EditionName, ...] = ("curated-post",)  # the editions that print trends and keywords


@dataclass
class LaterDayChanges:
    """What changed in the days after a date."""

    run_id: str = ""
    open_dates: list[dt.date] = field(default_factory=list)  # marked as unfinished until `finish_corrections`
    paper_dates: list[dt.date] = field(default_factory=list)  # whose repeats changed
    verdict_dates: list[dt.date] = field(default_factory=list)  # whose verdicts changed
    stale: dict[dt.date, tuple[EditionName, ...]] = field(default_factory=dict)  # editions to render again

    @property
    def dates(self) -> list[dt.date]:
        """The days whose rows changed."""
        return sorted({*self.paper_dates, *self.verdict_dates})


def correct_rows_after(
    store: Store,
    profile: Profile,
    dates: Iterable[dt.date],
    run_id: str,
    ungrounded: Ungrounded = "cut",
) -> LaterDayChanges:
    """Update the rows of all days after the earliest of `dates` to what the store holds of `dates`.

    Repeats are marked again on every later day; near duplicates are checked for 28 days, and further as long as picks
    change. Replaced rows go to `superseded/`. A second call changes nothing. `LaterDayChanges.stale` is for
    `render_stale`; until `finish_corrections` the changed days count as unfinished.
    """
    run_dates = set(dates)
    changes = LaterDayChanges()
    later_dates = [d for d in dates_of(store, "papers") if run_dates and d > min(run_dates)]
    if not later_dates:
        return changes
    # A run of several dates may replace the rows of a day more than once.
    changes.run_id = f"{run_id}-after-{min(run_dates)}"
    history = load_history(store, later_dates[0])
    # The picks of days that may have changed since later days were compared with them.
    picks_by_date = {d: _picks_of(store, d) for d in run_dates}
    # A run that was killed while it corrected a day may have left old editions behind.
    unfinished = unfinished_dates(store)
    for date in later_dates:
        papers, marks_changed = _mark_repeats_again(store, date, history, changes, ungrounded)
        if marks_changed or (date in unfinished and date not in run_dates):
            changes.paper_dates.append(date)
        verdicts_affected = (
            marks_changed
            or date in run_dates
            or date in unfinished
            or _depends_on_picks(store, profile, date, papers, picks_by_date)
        )
        if verdicts_affected and _update_later_verdicts(store, profile, date, papers, changes):
            changes.verdict_dates.append(date)
        if date in changes.dates:
            picks_by_date[date] = _picks_of(store, date)
        for p in papers:
            history.remember(p.arxiv_id, p.title, p.abstract, date, p.duplicate_of)
    changes.stale = _stale_editions(store, profile, later_dates, run_dates, changes.dates)
    return changes


def render_stale(
    store: Store,
    profile: Profile,
    stale: Mapping[dt.date, Sequence[EditionName]],
) -> list[str]:
    """Render the editions in `stale` from the snapshots, in the profile's languages; returns their keys."""
    terms = terms_by_date(store) if stale else {}
    keys: list[str] = []
    for date in sorted(stale):
        day = load_day(store, date, terms)
        if day is not None:
            editions = [
                render_edition(day, n, language, profile) for n in stale[date] for language in profile.languages
            ]
            keys += write_editions(store, editions)
    return keys


def finish_corrections(store: Store, changes: LaterDayChanges) -> None:
    """Mark the corrected days as finished: their editions match their rows again."""
    for date in changes.open_dates:
        close_date(store, date, changes.run_id)


# --- papers ----------------------------------------------------------------------------------------------------------


def readings_of_later_days(store: Store, date: dt.date, ids: Collection[str]) -> dict[str, Reading]:
    """The readings of the papers `ids`, by arXiv id, from the first later day that has them.

    Their analyses are put back into the cache if they are missing there, where the run of the earlier date finds them.
    """
    readings: dict[str, Reading] = {}
    analyses: list[Analysis] = []
    for later in (d for d in dates_of(store, "readings") if d > date) if ids else ():
        id_rows = read_columns(store, "readings", later, ("arxiv_id",))
        new_ids = {row["arxiv_id"] for row in id_rows} & set(ids) - set(readings)
        if not new_ids:
            continue
        rows = read_snapshot(store, "readings", later, Reading) or []
        readings |= {r.arxiv_id: r for r in rows if r.arxiv_id in new_ids}
        analyses += [a for a in read_snapshot(store, "analyses", later, Analysis) or [] if a.arxiv_id in new_ids]
    for row in analyses:
        if row.state == "done" and row.model != EXTRACTIVE and not store.exists(cache_key(row.cache_key)):
            payload = json.dumps({"analysis": row.model_dump(mode="json")}, ensure_ascii=False)
            store.put(cache_key(row.cache_key), payload.encode())
    return readings


def _mark_repeats_again(
    store: Store, date: dt.date, history: History, changes: LaterDayChanges, ungrounded: Ungrounded
) -> tuple[list[Paper], bool]:
    """Mark a later day's repeats by `history`, and write its rows if they changed; returns the papers and if so."""
    while True:
        base = SnapshotVersions.of(store, date)
        before = read_snapshot(store, "papers", date, Paper) or []
        papers = mark_repeats(date, before, history)
        if papers == before:
            return papers, False
        _open_once(store, date, changes)
        try:
            rewrite_rows(store, date, before, papers, changes.run_id, ungrounded, base)
        except SnapshotChanged:  # another run wrote the day meanwhile
            continue
        return papers, True


# --- verdicts --------------------------------------------------------------------------------------------------------


def _depends_on_picks(
    store: Store,
    profile: Profile,
    date: dt.date,
    papers: Sequence[Paper],
    picks_by_date: Mapping[dt.date, Sequence[Pick]],
) -> bool:
    """Whether a verdict of `date` depends, or would depend, on one of the picks in `picks_by_date`."""
    near_dates = [d for d in picks_by_date if d < date <= d + WINDOW]
    if not near_dates:
        return False
    named = {d.isoformat() for d in near_dates}
    for row in read_columns(store, "curation", date, ("curated_rule", "curated_parts")):
        parts = {part["name"]: part["value"] for part in row["curated_parts"]}
        if row["curated_rule"] == "near-duplicate" and parts.get("date") in named:
            return True
    picks = [p for d in near_dates for p in picks_by_date[d]]
    new = (ComparedPaper(p.arxiv_id, p.title, p.abstract) for p in papers if p.dedupe_kind == "new")
    return any(nearest(paper, picks, profile.curated.near_duplicate) for paper in new)


def _update_later_verdicts(
    store: Store, profile: Profile, date: dt.date, papers: Sequence[Paper], changes: LaterDayChanges
) -> bool:
    """Update a later day's verdicts; returns whether they changed. A concurrent run of that day updates them itself."""
    was_open = date in changes.open_dates
    _open_once(store, date, changes)
    try:
        differs = update_verdicts(store, profile, date, papers, changes.run_id, SnapshotVersions.of(store, date))
    except SnapshotChanged:
        return True
    if not differs and not was_open and date not in changes.paper_dates:
        close_date(store, date, changes.run_id)
        changes.open_dates.remove(date)
    return differs


def _open_once(store: Store, date: dt.date, changes: LaterDayChanges) -> None:
    if date not in changes.open_dates:
        open_date(store, date, changes.run_id)
        changes.open_dates.append(date)


def _picks_of(store: Store, date: dt.date) -> list[Pick]:
    return [p for p in past_picks(store, date + dt.timedelta(days=1), 1) if p.date == date]


# --- editions --------------------------------------------------------------------------------------------------------


def _stale_editions(
    store: Store,
    profile: Profile,
    later_dates: Sequence[dt.date],
    run_dates: Collection[dt.date],
    changed_dates: Collection[dt.date],
) -> dict[dt.date, tuple[EditionName, ...]]:
    """The affected editions: all of a day whose rows changed, and those that print trends and keywords."""
    trend_editions = tuple(n for n in profile.editions if n in TREND_EDITIONS)
    keyword_dates = _keyword_dates(store, run_dates)
    editions: dict[dt.date, tuple[EditionName, ...]] = {}
    for date in later_dates:
        if date in changed_dates:
            editions[date] = profile.editions
        elif date in keyword_dates or any(d < date <= d + WINDOW for d in {*run_dates, *changed_dates}):
            editions[date] = trend_editions
    return editions


def _keyword_dates(store: Store, run_dates: Collection[dt.date]) -> set[dt.date]:
    """The days that would show a keyword as new if the store did not have `run_dates`."""
    terms_of = terms_by_date(store)
    their_terms = frozenset().union(*(terms_of.get(d, frozenset()) for d in run_dates))
    earlier_terms: set[str] = set()
    dates: set[dt.date] = set()
    for date, terms in terms_of.items():
        if date > min(run_dates) and (terms - earlier_terms) & their_terms:
            dates.add(date)
        if date not in run_dates:
            earlier_terms |= terms
    return dates
