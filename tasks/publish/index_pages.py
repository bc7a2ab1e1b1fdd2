"""The pages that are made of all days: archive, directions, roundups, search, about, feeds. No snapshot is read."""

from __future__ import annotations

import calendar
import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from papers.charts import bar_chart
from papers.models import EditionName, Language
from papers.store import Store
from tasks.publish.day_pages import Files, body_of, without_contents
from tasks.publish.day_sheets import DaySummary, PaperSummary, edition_key
from tasks.publish.feeds import Feed, Item, Memory, absolute, atom, json_feed
from tasks.publish.page_layout import SEARCH_POLICY, PageLayout, asset_name, file_name, slug, words
from tasks.publish.site_state import articles_of

NEWEST = 40  # papers on a direction's page
RECENT_DAYS = 28  # that a direction's recent papers are counted over
ORGANIZATIONS = 400  # that the search's filter proposes
EDITION_DAYS, DIRECTION_DAYS, DIRECTION_ITEMS = 7, 14, 30  # how far the feeds go back


@dataclass
class Overview:
    """All days as the indexes see them, newest first."""

    shell: PageLayout
    lines: list[DaySummary]
    rows: dict[str, list[tuple[dt.date, PaperSummary]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # by direction

    def __post_init__(self) -> None:
        for name in (i.name for i in self.shell.profile.interests):
            self.rows[name] = []
        for day in self.lines:
            for line in day.papers:
                for name in line.directions:
                    self.rows[name].append((day.date, line))

    @cached_property
    def directions(self) -> list[str]:
        """The directions: those of the profile as it has them, then any others that papers have."""
        mine = [i.name for i in self.shell.profile.interests]
        return mine + sorted(set(self.rows) - set(mine))


def index_files(view: Overview, touched: Collection[str] | None, months: Collection[str]) -> Files:
    """Archive, directions, search and about in all languages.

    `touched` are the directions whose pages are made again (None: all), `months` those of whose month pages.
    """
    files: Files = {}
    for code in view.shell.languages:
        pages = _archive(view, code) | _about(view, code) | _search(view, code) | _directions(view, code)
        for name in view.directions:
            if touched is None or name in touched:
                pages |= _direction(view, code, name, months if touched is not None else None)
        files |= {f"site/{code}/{path}": data for path, data in pages.items()}
    return files


# --- archive ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A day of the calendar; `line` is None for one that is not on record."""

    date: dt.date
    line: DaySummary | None
    heat: int  # 0 to 3


@dataclass(frozen=True)
class CalendarMonth:
    """A month of the calendar, Monday first."""

    name: str
    start: dt.date
    cells: list[Cell]


def _archive(view: Overview, code: Language) -> Files:
    days = {line.date: line for line in view.lines}
    months = []
    for year, number in sorted({(d.year, d.month) for d in days}, reverse=True):
        start = dt.date(year, number, 1)
        cells = []
        for n in range(calendar.monthrange(year, number)[1]):
            date = start + dt.timedelta(days=n)
            line = days.get(date)
            cells.append(Cell(date, line, min(3, -(-len(line.papers) // 12)) if line else 0))
        months.append(CalendarMonth(f"{start:%Y-%m}", start, cells))
    title = words(code)["archive"]["title"]
    page = view.shell.page("archive.html.j2", code, "archive.html", title=title, section="archive", months=months)
    return {"archive.html": page}


# --- directions ------------------------------------------------------------------------------------------------------


def _directions(view: Overview, code: Language) -> Files:
    recent = {line.date for line in view.lines[:RECENT_DAYS]}
    rows = [
        {
            "name": name,
            "slug": slug(name),
            "recent": sum(date in recent for date, _ in view.rows[name]),
            "all": len(view.rows[name]),
        }
        for name in view.directions
    ]
    here, title = "directions/index.html", words(code)["directions"]["title"]
    page = view.shell.page("directions.html.j2", code, here, title=title, section="directions", directions=rows)
    return {here: page}


def _direction(view: Overview, code: Language, name: str, months: Collection[str] | None) -> Files:
    """A direction's page with its newest papers, and a page for each month (`months`: for these alone)."""
    rows, folder = view.rows[name], f"directions/{slug(name)}"
    by_month: dict[str, list[tuple[dt.date, PaperSummary]]] = defaultdict(list)
    for date, line in rows:
        by_month[date.isoformat()[:7]].append((date, line))
    label = view.shell.profile.label(name, code)
    counts = [(month, len(found)) for month, found in sorted(by_month.items(), reverse=True)]

    def page(here: str, month: str | None, shown: Sequence[tuple[dt.date, PaperSummary]]) -> bytes:
        return view.shell.page(
            "direction.html.j2",
            code,
            here,
            title=label,
            section="directions",
            month=dt.date.fromisoformat(f"{month}-01") if month else None,
            months=counts,
            chart=bar_chart(counts[:24][::-1], words(code)["directions"]["chart"]) if len(counts) > 1 else None,
            rows=shown,
        )

    files = {f"{folder}/index.html": page(f"{folder}/index.html", None, rows[:NEWEST])}
    for month, found in by_month.items():
        if months is None or month in months:
            here = f"{folder}/{month}.html"
            files[here] = page(here, month, found)
    return files


# --- search and about ------------------------------------------------------------------------------------------------


def _search(view: Overview, code: Language) -> Files:
    lines = [p for day in view.lines for p in day.papers]
    organizations = Counter(p.organization for p in lines if p.organization)
    t = words(code)["search"]
    config: dict[str, Any] = {k: t[k] for k in ("found", "none", "working", "broken")}
    dates = [day.date.isoformat() for day in view.lines if day.papers]
    config |= {"language": code, "search": "../search/", "months": list(dict.fromkeys(f"{d[:7]}/" for d in dates))}
    config["days"] = dates
    page = view.shell.page(
        "search.html.j2",
        code,
        "search.html",
        title=t["title"],
        section="search",
        policy=SEARCH_POLICY,
        script=asset_name("search.js"),
        config=json.dumps(config, ensure_ascii=False),
        directions=[d for d in view.directions if view.rows[d]],
        tags=sorted({tag for p in lines for tag in p.tags}),
        organizations=sorted(name for name, _ in organizations.most_common(ORGANIZATIONS)),
    )
    return {"search.html": page}


def _about(view: Overview, code: Language) -> Files:
    t = words(code)
    months: dict[str, Counter[str]] = defaultdict(Counter)
    for day in view.lines:
        months[day.date.isoformat()[:7]] += _counts(day)
    total = sum(months.values(), Counter[str]())
    about, source = t["about"], t["source"]
    figures = [(about[k], total[k]) for k in ("days", "listed", "new", "known", "set_aside")]
    figures += [(f"{about['read']} {source[s]}", total[s]) for s in ("html", "pdf", "abs")]
    figures += [(about[k], total[k]) for k in ("unread", "analyzed", "failed")]
    figures += [(about["numbers"], total["numbers_total"]), (about["grounded"], total["numbers_grounded"])]
    rows = [(name, _Row(c)) for name, c in sorted(months.items(), reverse=True)]
    page = view.shell.page(
        "about.html.j2",
        code,
        "about.html",
        title=about["title"],
        section="about",
        figures=[(name, f"{value:,}") for name, value in figures],
        models=sorted({m for day in view.lines for m in day.models}),
        months=rows,
        chart=bar_chart([(name, c["new"]) for name, c in sorted(months.items())][-24:], about["new"])
        if len(months) > 1
        else None,
    )
    return {"about.html": page}


class _Row:
    """A month's counts, by name, as the template asks for them."""

    def __init__(self, counts: Counter[str]) -> None:
        self.read = {s: counts[s] for s in ("html", "pdf", "abs")}
        self.new, self.unread, self.failed = counts["new"], counts["unread"], counts["failed"]
        self.numbers_total, self.numbers_grounded = counts["numbers_total"], counts["numbers_grounded"]


def _counts(day: DaySummary) -> Counter[str]:
    return Counter(
        days=1,
        listed=day.listed,
        new=len(day.papers),
        known=day.known,
        set_aside=day.set_aside,
        unread=day.unread,
        analyzed=day.analyzed,
        failed=day.failed,
        numbers_total=day.numbers_total,
        numbers_grounded=day.numbers_grounded,
        **{s: day.read.get(s, 0) for s in ("html", "pdf", "abs")},
    )


# --- feeds -----------------------------------------------------------------------------------------------------------


def feed_files(view: Overview, store: Store, known: dict[str, Any], now: Callable[[], dt.datetime]) -> Files:
    """Every feed in both forms, and the pages that list them; `known` is brought up to date."""
    memory, files = Memory(known, now), Files()
    articles = {d.date: articles_of(store, d.date) for d in view.lines[:DIRECTION_DAYS]}
    for code in view.shell.languages:
        t, feeds = words(code), list[Feed]()
        feeds += [_edition_feed(view, store, code, name, memory) for name in view.shell.editions]
        feeds += [_direction_feed(view, code, direction, articles, memory) for direction in view.directions]
        for feed in feeds:
            files[f"site/{code}/feeds/{feed.name}.xml"] = atom(feed)
            files[f"site/{code}/feeds/{feed.name}.json"] = json_feed(feed)
        names = [(feed.name, feed.title) for feed in feeds]
        page = view.shell.page("feeds.html.j2", code, "feeds/index.html", title=t["nav"]["feeds"], feeds=names)
        files[f"site/{code}/feeds/index.html"] = page
    known.clear()
    known.update(memory.seen)
    return files


def _edition_feed(view: Overview, store: Store, code: Language, name: EditionName, memory: Memory) -> Feed:
    t, home = words(code), f"{view.shell.site_url}/{code}"
    items = []
    for day in view.lines[:EDITION_DAYS]:
        body = body_of(store.get(edition_key(day.date, name, code)))
        if body is not None:
            url = f"{home}/days/{day.date}/{name}.html"
            title = f"{t['edition'][name]} {day.date}"
            items.append(_item(f"edition {day.date} {name} {code}", title, url, without_contents(body), day, memory))
    title = t["feed"]["edition"].format(view.shell.name(code), t["edition"][name])
    return Feed(name, title, t["lang"], f"{home}/index.html", f"{home}/feeds/{name}", items)


def _direction_feed(
    view: Overview,
    code: Language,
    name: str,
    articles: dict[dt.date, dict[Language, dict[str, str]]],
    memory: Memory,
) -> Feed:
    t, home = words(code), f"{view.shell.site_url}/{code}"
    days = {day.date: day for day in view.lines[:DIRECTION_DAYS]}
    items: list[Item] = []
    for date, line in view.rows[name]:
        if date not in days or len(items) == DIRECTION_ITEMS:
            break
        html = articles[date].get(code, {}).get(line.id, "")
        url = f"{home}/papers/{file_name(line.id)}.html"
        title = line.translated if code == "zh" and line.translated else line.title
        items.append(_item(f"paper {line.id} {code}", title, url, html, days[date], memory))
    label = t["feed"]["direction"].format(view.shell.profile.label(name, code))
    return Feed(
        slug(name), label, t["lang"], f"{home}/directions/{slug(name)}/index.html", f"{home}/feeds/{slug(name)}", items
    )


def _item(name: str, title: str, url: str, html: str, day: DaySummary, memory: Memory) -> Item:
    text = absolute(html, url)
    published = dt.datetime.combine(day.date, dt.time(), dt.UTC)
    updated = memory.updated(name, f"{title}\n{text}", day.captured_at or published)
    return Item(name, title, url, text, published, updated)


# --- roundups --------------------------------------------------------------------------------------------------------


def roundup_names(store: Store) -> list[str]:
    """The roundups that the store holds, newest first; a month before its weeks."""
    found = {key.split("/")[1] for key in store.keys("roundups/") if key.endswith(".html")}
    return sorted(found, reverse=True)


def roundups_page(shell: PageLayout, code: Language, names: Sequence[str]) -> bytes:
    """The list of roundups."""
    title = words(code)["roundups"]["title"]
    return shell.page("roundups.html.j2", code, "roundups/index.html", title=title, section="roundups", names=names)
