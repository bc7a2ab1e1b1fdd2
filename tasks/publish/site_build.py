"""The static site under `site/`: pages of the days that changed, and the indexes over all of them.

A page is made of a date's own snapshots and of nothing that a later date brings, so that a new day touches its own
pages and the indexes; a full build of the same store gives the same bytes as any sequence of updates. Search alone is
made in pieces that are equal in what they find but not in their files' names (`search`).
"""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from markupsafe import Markup

from papers.models import Paper
from papers.store import Store
from papers.tables.snapshots import dates_of, read_snapshot
from tasks.publish.citations import cite
from tasks.publish.day_pages import Files, body_of, day_page, make_day
from tasks.publish.day_sheets import DaySheets, DaySummary, fingerprint_of, load_sheets
from tasks.publish.formulas import formulas_in_html
from tasks.publish.index_pages import Overview, feed_files, index_files, roundup_names, roundups_page
from tasks.publish.page_layout import PageLayout, asset, asset_name, file_name
from tasks.publish.search_index import FOLDER as SEARCH
from tasks.publish.search_index import SearchFailed, records_of, update_search
from tasks.publish.site_state import Entry, State, put_changed, read_json, write_json

CHECKED = 8  # of the newest days, whose fingerprints every update compares
AT_ONCE = 8  # files under way; S3's client keeps ten connections
ASSETS = ("site.css", "search.js", "icon.svg")
_ARXIV = re.compile(r'href="https://arxiv\.org/abs/([^"]+)"')


@dataclass
class SiteReport:
    """What a build did."""

    days: list[dt.date] = field(default_factory=list)  # whose pages were made again
    made: int = 0  # files that were made, whether they differed or not
    written: int = 0  # of these, those that were new or differed
    removed: int = 0
    seconds: float = 0.0  # search left out
    search_seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)


class _Writer:
    """Puts files where they differ, and remembers which there are."""

    def __init__(self, store: Store, report: SiteReport) -> None:
        self.store, self.report, self.keys = store, report, set[str]()

    def put(self, files: Files) -> None:
        self.keys.update(files)
        self.report.made += len(files)
        with ThreadPoolExecutor(AT_ONCE) as pool:  # each waits for the disk, or for the bucket
            self.report.written += sum(pool.map(partial(put_changed, self.store), files.keys(), files.values()))

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.store.delete(key)
            self.report.removed += 1


def build_site(
    store: Store,
    shell: PageLayout,
    dates: Collection[dt.date] = (),
    *,
    full: bool = False,
    search: bool = True,
    now: Callable[[], dt.datetime] | None = None,
) -> SiteReport:
    """Bring the site up to date with the store; `full` makes every page again and removes what no page is.

    `dates` are those whose snapshots or editions may have changed; the newest days, and those that the site has not,
    are looked at in any case. An index for search that cannot be made is a warning. Raises StoreUnreachable, and
    SnapshotBroken for a snapshot that cannot be read.
    """
    report, started = SiteReport(), time.monotonic()
    write = _Writer(store, report)
    state = State(store, shell.version, fresh=full)
    on_record = dates_of(store, "curation")
    asked = {*dates, *_pending(store)}
    if asked:
        write_json(store, "pending.json", {"dates": sorted(d.isoformat() for d in asked)})  # until all is written
    before = {d: entry for d in state.dates if (entry := state.get(d))}
    known = {p.id for d, entry in before.items() for p in entry.line.papers}
    records: dict[str, list[dict[str, Any]]] = {}
    newest: DaySheets | None = None
    for date, previous in zip(on_record, [None, *on_record], strict=False):
        if not _stale(store, shell, state, date, previous, asked, on_record):
            continue
        day = load_sheets(store, date, shell.languages)
        if day is None:
            continue
        line = day.line()
        known |= {p.id for p in line.papers}
        pages = make_day(shell, store, day, previous, known)
        write.put(pages.files)
        articles: dict[str, Any] = {str(code): told for code, told in pages.articles.items()}
        write_json(store, f"articles/{date}.json", articles)
        state.set(date, Entry(fingerprint=day.fingerprint, previous=previous, line=line))
        records[date.isoformat()] = records_of(day, shell.profile)
        report.days.append(date)
        newest = day
    gone = sorted(set(before) - set(on_record))
    for date in gone:
        state.set(date, None)
    _remove_old(write, shell, before, state)
    _indexes(store, shell, state, write, [*report.days, *gone], before, newest, full, now)
    if full:
        write.remove(sorted(k for k in store.keys("site/") if k not in write.keys and not k.startswith(f"{SEARCH}/")))
    report.seconds = time.monotonic() - started
    if search:
        _search(store, records, gone, report)
    state.save()
    write_json(store, "pending.json", {"dates": []})
    return report


def _pending(store: Store) -> list[dt.date]:
    """Dates of an earlier build that did not come to its end."""
    return [dt.date.fromisoformat(d) for d in read_json(store, "pending.json").get("dates", ())]


def _stale(
    store: Store,
    shell: PageLayout,
    state: State,
    date: dt.date,
    previous: dt.date | None,
    asked: Collection[dt.date],
    on_record: list[dt.date],
) -> bool:
    """Whether the pages of a date are not what the store holds."""
    entry = state.get(date)
    if entry is None or entry.previous != previous:
        return True
    looked_at = date in asked or date in on_record[-CHECKED:]
    return looked_at and fingerprint_of(store, date, shell.languages) != entry.fingerprint


def _remove_old(write: _Writer, shell: PageLayout, before: dict[dt.date, Entry], state: State) -> None:
    """Remove the pages of papers and days that the site has no more, and editions that a day has no more."""
    there = {p.id for line in state.lines() for p in line.papers}
    for date, entry in before.items():
        now = state.get(date)
        if now is entry:
            continue
        for paper in entry.line.papers:
            if paper.id not in there:
                name = file_name(paper.id)
                pages = [f"site/{code}/papers/{name}.html" for code in shell.languages]
                write.remove([*pages, f"site/papers/{name}.bib", f"site/papers/{name}.ris"])
        if now is None:
            pages = [k for code in shell.languages for k in write.store.keys(f"site/{code}/days/{date}/")]
            write.remove([*pages, f"site/days/{date}.bib", f"site/days/{date}.ris"])


def _indexes(
    store: Store,
    shell: PageLayout,
    state: State,
    write: _Writer,
    changed: list[dt.date],
    before: dict[dt.date, Entry],
    newest: DaySheets | None,
    full: bool,
    now: Callable[[], dt.datetime] | None,
) -> None:
    """The pages made of all days: all of them where much is new, else those that the changed days are on."""
    lines = list(state.lines())
    view = Overview(shell, lines)
    whole = full or not before or len(changed) * 2 > len(lines)
    write.put({f"site/assets/{asset_name(name)}": asset(name) for name in ASSETS})
    write.put(_roundups(store, shell, lines))
    if not changed and not whole:
        return
    write.put(_today(store, shell, lines, newest, view))
    touched = _directions_of(changed, before, state)
    months = {d.isoformat()[:7] for d in changed}
    write.put(index_files(view, None if whole else touched, months))
    if not whole:
        _remove_emptied(write, view, touched, months)
    remembered = read_json(store, "feeds.json")
    write.put(feed_files(view, store, remembered, now or _now))
    write_json(store, "feeds.json", remembered)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _directions_of(changed: Iterable[dt.date], before: dict[dt.date, Entry], state: State) -> set[str]:
    """The directions of the papers that the changed days had and have."""
    entries = [e for d in changed for e in (before.get(d), state.get(d)) if e is not None]
    return {name for e in entries for p in e.line.papers for name in p.directions}


def _remove_emptied(write: _Writer, view: Overview, touched: Collection[str], months: Collection[str]) -> None:
    """Remove the month pages of directions that have no paper of that month any more."""
    from tasks.publish.page_layout import slug

    for name in touched:
        there = {date.isoformat()[:7] for date, _ in view.rows[name]}
        for month in set(months) - there:
            for code in view.shell.languages:
                key = f"site/{code}/directions/{slug(name)}/{month}.html"
                if write.store.exists(key):
                    write.remove([key])


def _today(store: Store, shell: PageLayout, lines: list[DaySummary], newest: DaySheets | None, view: Overview) -> Files:
    """The first page of each language, and of the site: the newest day."""
    day = newest
    if lines and (day is None or day.date != lines[0].date):
        day = load_sheets(store, lines[0].date, shell.languages)
    previous = lines[1].date if len(lines) > 1 else None
    known = {p.id for line in lines for p in line.papers}
    files: Files = {}
    for code in shell.languages:
        for at_root in (False, True) if code == shell.languages[0] else (False,):
            if day is None:
                page = shell.page(
                    "day.html.j2", code, "index.html", at_root=at_root, section="today", day=None, newest=True
                )
            else:
                editions = [n for n in shell.editions if store.exists(f"site/{code}/days/{day.date}/{n}.html")]
                page = day_page(shell, day, code, previous, known, editions, newest=True, at_root=at_root)
            files["site/index.html" if at_root else f"site/{code}/index.html"] = page
    return files


def _roundups(store: Store, shell: PageLayout, lines: list[DaySummary]) -> Files:
    """A page for each roundup that the store holds, with its papers to cite, and the list of them."""
    names = roundup_names(store)
    days = {p.id: line.date for line in reversed(lines) for p in line.papers} if names else {}
    files: Files = {}
    for name in names:
        ids: list[str] = []
        for code in shell.languages:
            body = body_of(store.get(f"roundups/{name}/roundup.{code}.html"))
            if body is None:
                continue
            ids = ids or [i for i in dict.fromkeys(_ARXIV.findall(body)) if i in days]
            files[f"site/{code}/roundups/{name}.html"] = shell.page(
                "roundup.html.j2",
                code,
                f"roundups/{name}.html",
                title=name,
                section="roundups",
                name=name,
                cited=bool(ids),
                body=Markup(formulas_in_html(body)),  # noqa: S704 - of the renderer's parser
            )
        if ids:
            files |= _cited(store, name, ids, days)
    for code in shell.languages:
        files[f"site/{code}/roundups/index.html"] = roundups_page(shell, code, names)
    return files


def _cited(store: Store, name: str, ids: list[str], days: dict[str, dt.date]) -> Files:
    """The papers of a roundup as BibTeX and RIS; not read again while the roundup names the same papers."""
    digest = json.dumps(ids)
    remembered = read_json(store, f"roundups/{name}.json")
    if remembered.get("ids") == digest and "bib" in remembered:
        return {f"site/roundups/{name}.{k}": remembered[k].encode() for k in ("bib", "ris")}
    rows: dict[str, Paper] = {}
    for date in sorted({days[i] for i in ids}):
        rows |= {p.arxiv_id: p for p in read_snapshot(store, "papers", date, Paper) or [] if p.dedupe_kind == "new"}
    made = cite(rows[i] for i in ids if i in rows)
    write_json(store, f"roundups/{name}.json", {"ids": digest, "bib": made.bibtex, "ris": made.ris})
    return {f"site/roundups/{name}.bib": made.bibtex.encode(), f"site/roundups/{name}.ris": made.ris.encode()}


def _search(store: Store, records: dict[str, list[dict[str, Any]]], gone: list[dt.date], report: SiteReport) -> None:
    started = time.monotonic()
    try:
        update_search(store, records, [d.isoformat() for d in gone])
    except SearchFailed as error:
        report.warnings.append(str(error))
    report.search_seconds = time.monotonic() - started
