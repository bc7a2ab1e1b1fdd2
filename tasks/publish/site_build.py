"""The static site under `site/`: the pages of the days that changed, and the index pages.

The pages of a date depend only on its own snapshots, never on a later date, so that a new day changes only its own
pages and the index pages. A full build of a store gives the same bytes as any sequence of updates, except for the file
names of the search index (`search_index`).
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from papers.models import Paper
from papers.store import Store, put_changed
from papers.tables.manifests import Manifests, digest
from papers.tables.snapshots import dates_of, read_snapshot
from tasks.publish.citations import cite
from tasks.publish.day_pages import Files, day_page, make_day
from tasks.publish.day_sheets import DaySheets, DaySummary, fingerprint_of, load_sheets
from tasks.publish.edition_bodies import roundup_body
from tasks.publish.index_pages import Overview, feed_files, index_files, roundup_names, roundups_page
from tasks.publish.page_layout import PageLayout, asset, asset_name, file_name, slug
from tasks.publish.roundup_feed import read_headlines, roundup_feed_files
from tasks.publish.search_index import FOLDER as SEARCH
from tasks.publish.search_index import SearchFailed, records_of, update_search
from tasks.publish.site_state import BuiltDay, State, read_json, write_json

CHECKED_DAYS = 8  # of dates without a manifest, every update compares the files of this many newest days
BUILD = "build.json"  # a hash of all that the site was last made of
CONCURRENT_WRITES = 8  # the S3 client keeps ten connections
ASSETS = ("site.css", "search.js", "icon.svg")


@dataclass
class SiteReport:
    """The result of a build."""

    days: list[dt.date] = field(default_factory=list)  # the days whose pages were made again
    file_count: int = 0  # files that were made, changed or not
    written: int = 0  # of these, the new and the changed ones
    removed: int = 0
    seconds: float = 0.0  # without the search index
    search_seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)


class _Writer:
    """Writes files that differ, and collects the keys of all files."""

    def __init__(self, store: Store, report: SiteReport) -> None:
        self.store, self.report, self.keys = store, report, set[str]()

    def put(self, files: Files, new: bool = False) -> None:
        """Write the files that differ from those in the store; `new` ones are written without a look."""
        self.keys.update(files)
        self.report.file_count += len(files)
        write = self._put_new if new else partial(put_changed, self.store)
        with ThreadPoolExecutor(CONCURRENT_WRITES) as pool:  # the threads wait for the disk or for S3
            self.report.written += sum(pool.map(write, files.keys(), files.values()))

    def _put_new(self, key: str, data: bytes) -> bool:
        self.store.put(key, data)
        return True

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.store.delete(key)
            self.report.removed += 1


def build_site(
    store: Store,
    layout: PageLayout,
    dates: Collection[dt.date] = (),
    *,
    full: bool = False,
    search: bool = True,
    now: Callable[[], dt.datetime] | None = None,
) -> SiteReport:
    """Bring the site up to date with the store; `full` makes every page again and removes all other files.

    The manifests show which dates changed; of dates without one, `dates` are those that may have, and the newest are
    always checked. A site whose inputs are those of the last build is left as it is. A search index that cannot be made
    is a warning. Raises StoreUnreachable, and SnapshotBroken for a snapshot that cannot be read.
    """
    report, started = SiteReport(), time.monotonic()
    writer = _Writer(store, report)
    on_record, manifests = dates_of(store, "curation"), Manifests(store)
    inputs = _inputs_of(store, layout, on_record, manifests)
    if inputs and not full and read_json(store, BUILD).get("inputs") == inputs and store.exists("site/index.html"):
        return report
    state = State(store, layout.version, fresh=full)
    before = {d: built for d in state.dates if (built := state.get(d))}
    paper_ids = {p.id for d, built in before.items() for p in built.summary.papers}
    records: dict[str, list[dict[str, Any]]] = {}
    newest: DaySheets | None = None
    for date, previous in zip(on_record, [None, *on_record], strict=False):
        is_checked = date in dates or date in on_record[-CHECKED_DAYS:]
        manifest = manifests.summary(date)
        known_pages = manifest.pages if manifest else None
        fingerprint = _stale_fingerprint(store, layout, state.get(date), date, previous, is_checked, known_pages)
        day = load_sheets(store, date, layout.profile) if fingerprint else None
        if fingerprint is None or day is None:
            continue
        summary = day.summary()
        paper_ids |= {p.id for p in summary.papers}
        pages = make_day(layout, store, day, previous, paper_ids)
        writer.put(pages.files, new=date not in before and not full)
        articles: dict[str, Any] = {str(code): by_id for code, by_id in pages.articles.items()}
        write_json(store, f"articles/{date}.json", articles)
        state.set(date, BuiltDay(fingerprint=fingerprint, previous=previous, summary=summary))
        records[date.isoformat()] = records_of(day, layout.profile)
        report.days.append(date)
        newest = day
    removed_dates = sorted(set(before) - set(on_record))
    for date in removed_dates:
        state.set(date, None)
    _remove_old_pages(writer, layout, before, state)
    _write_index_pages(store, layout, state, writer, [*report.days, *removed_dates], before, newest, full, now)
    if full:
        writer.remove(sorted(k for k in store.keys("site/") if k not in writer.keys and not k.startswith(f"{SEARCH}/")))
    report.seconds = time.monotonic() - started
    if search:
        _update_search_index(store, records, removed_dates, report)
    state.save()
    write_json(store, BUILD, {"inputs": "" if report.warnings else inputs})
    return report


def _inputs_of(store: Store, layout: PageLayout, dates: Sequence[dt.date], manifests: Manifests) -> str:
    """A hash of all that the site is made of; "" if a date has no manifest that says so."""
    summaries = [manifests.summary(d) for d in dates]
    if not all(summaries):
        return ""
    pages = [(d, s.pages) for d, s in zip(dates, summaries, strict=True) if s]
    return digest([layout.version, pages, sorted(store.stamps("roundups/"))])


def _stale_fingerprint(
    store: Store,
    layout: PageLayout,
    built: BuiltDay | None,
    date: dt.date,
    previous: dt.date | None,
    is_checked: bool,
    known_pages: str | None,
) -> str | None:
    """The fingerprint of a date whose pages have to be made again, or None; `known` is that of its manifest.

    It is taken before the rows are read: if a run writes them in between, the next build makes the pages again.
    """
    must_build = built is None or built.previous != previous
    if not must_build and not is_checked and known_pages is None:
        return None
    fingerprint = known_pages or fingerprint_of(store, date, layout.languages)
    return fingerprint if must_build or built is None or fingerprint != built.fingerprint else None


def _remove_old_pages(writer: _Writer, layout: PageLayout, before: dict[dt.date, BuiltDay], state: State) -> None:
    """Remove the pages of papers, days and editions that the store no longer has."""
    current_ids = {p.id for day in state.summaries() for p in day.papers}
    for date, built in before.items():
        now = state.get(date)
        if now is built:
            continue
        for paper in built.summary.papers:
            if paper.id not in current_ids:
                name = file_name(paper.id)
                pages = [f"site/{code}/papers/{name}.html" for code in layout.languages]
                writer.remove([*pages, f"site/papers/{name}.bib", f"site/papers/{name}.ris"])
        if now is None:
            pages = [k for code in layout.languages for k in writer.store.keys(f"site/{code}/days/{date}/")]
            writer.remove([*pages, f"site/days/{date}.bib", f"site/days/{date}.ris"])


def _write_index_pages(
    store: Store,
    layout: PageLayout,
    state: State,
    writer: _Writer,
    changed_dates: list[dt.date],
    before: dict[dt.date, BuiltDay],
    newest: DaySheets | None,
    full: bool,
    now: Callable[[], dt.datetime] | None,
) -> None:
    """Write the pages about all days: all of them if much is new, else those that show changed days."""
    days = list(state.summaries())
    view = Overview(layout, days)
    rebuild_all = full or not before or len(changed_dates) * 2 > len(days)
    writer.put({f"site/assets/{asset_name(name)}": asset(name) for name in ASSETS})
    writer.put(_roundup_pages(store, layout, days))
    roundup_times = read_json(store, "roundup_feed.json")
    writer.put(roundup_feed_files(store, layout, roundup_names(store), roundup_times, now or _now))
    write_json(store, "roundup_feed.json", roundup_times)
    if not changed_dates and not rebuild_all:
        return
    writer.put(_start_pages(store, layout, days, newest))
    changed_directions = _directions_of(changed_dates, before, state)
    months = {d.isoformat()[:7] for d in changed_dates}
    writer.put(index_files(view, None if rebuild_all else changed_directions, months))
    if not rebuild_all:
        _remove_empty_months(writer, view, changed_directions, months)
    item_times = read_json(store, "feeds.json")
    writer.put(feed_files(view, store, item_times, now or _now))
    write_json(store, "feeds.json", item_times)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _directions_of(changed_dates: Iterable[dt.date], before: dict[dt.date, BuiltDay], state: State) -> set[str]:
    """The directions of the papers of the changed days, before and after the change."""
    built_days = [b for d in changed_dates for b in (before.get(d), state.get(d)) if b is not None]
    return {name for b in built_days for p in b.summary.papers for name in p.directions}


def _remove_empty_months(
    writer: _Writer, view: Overview, changed_directions: Collection[str], months: Collection[str]
) -> None:
    """Remove the month pages of directions that no longer have a paper in that month."""
    for name in changed_directions:
        current_months = {date.isoformat()[:7] for date, _ in view.rows[name]}
        for month in set(months) - current_months:
            for code in view.layout.languages:
                key = f"site/{code}/directions/{slug(name)}/{month}.html"
                if writer.store.exists(key):
                    writer.remove([key])


def _start_pages(store: Store, layout: PageLayout, days: list[DaySummary], newest: DaySheets | None) -> Files:
    """The start pages of the site and of each language: the newest day."""
    day = newest
    if days and (day is None or day.date != days[0].date):
        day = load_sheets(store, days[0].date, layout.profile)
    previous = days[1].date if len(days) > 1 else None
    paper_ids = {p.id for summary in days for p in summary.papers}
    files: Files = {}
    for code in layout.languages:
        for at_root in (False, True) if code == layout.languages[0] else (False,):
            if day is None:
                page = layout.page(
                    "day.html.j2", code, "index.html", at_root=at_root, section="today", day=None, newest=True
                )
            else:
                editions = [n for n in layout.editions if store.exists(f"site/{code}/days/{day.date}/{n}.html")]
                page = day_page(layout, day, code, previous, paper_ids, editions, newest=True, at_root=at_root)
            files["site/index.html" if at_root else f"site/{code}/index.html"] = page
    return files


def _roundup_pages(store: Store, layout: PageLayout, days: list[DaySummary]) -> Files:
    """A page for each roundup in the store with the citations of its papers, and the list of roundups."""
    names = roundup_names(store)
    dates = {p.id: day.date for day in reversed(days) for p in day.papers} if names else {}
    files: Files = {}
    for name in names:
        record = read_headlines(store, name)
        ids = [i for i in record.papers if i in dates] if record else []
        for code in layout.languages:
            body = roundup_body(store, name, code)
            if body is None:
                continue
            files[f"site/{code}/roundups/{name}.html"] = layout.page(
                "roundup.html.j2",
                code,
                f"roundups/{name}.html",
                title=name,
                section="roundups",
                name=name,
                cited=bool(ids),
                body=body.whole,
            )
        if ids:
            files |= _roundup_citations(store, name, ids, dates)
    for code in layout.languages:
        files[f"site/{code}/roundups/index.html"] = roundups_page(layout, code, names)
    return files


def _roundup_citations(store: Store, name: str, ids: list[str], dates: dict[str, dt.date]) -> Files:
    """The papers of a roundup as BibTeX and RIS; cached as long as the roundup names the same papers."""
    id_list = json.dumps(ids)
    cached = read_json(store, f"roundups/{name}.json")
    if cached.get("ids") == id_list and "bib" in cached:
        return {f"site/roundups/{name}.{k}": cached[k].encode() for k in ("bib", "ris")}
    rows: dict[str, Paper] = {}
    for date in sorted({dates[i] for i in ids}):
        rows |= {p.arxiv_id: p for p in read_snapshot(store, "papers", date, Paper) or [] if p.dedupe_kind == "new"}
    citations = cite(rows[i] for i in ids if i in rows)
    write_json(store, f"roundups/{name}.json", {"ids": id_list, "bib": citations.bibtex, "ris": citations.ris})
    return {f"site/roundups/{name}.bib": citations.bibtex.encode(), f"site/roundups/{name}.ris": citations.ris.encode()}


def _update_search_index(
    store: Store, records: dict[str, list[dict[str, Any]]], removed_dates: list[dt.date], report: SiteReport
) -> None:
    started = time.monotonic()
    try:
        update_search(store, records, [d.isoformat() for d in removed_dates])
    except SearchFailed as error:
        report.warnings.append(str(error))
    report.search_seconds = time.monotonic() - started
