"""The pages about all days: archive, directions, roundups, search, about, feeds. They need no snapshot."""

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
from papers.models import READING_SOURCES, EditionName, Language
from papers.store import Store
from tasks.publish.day_pages import Files
from tasks.publish.day_sheets import DaySummary, PaperSummary
from tasks.publish.edition_bodies import feed_bodies
from tasks.publish.feeds import Feed, Item, UpdateTimes, absolute, atom, json_feed
from tasks.publish.page_layout import SEARCH_POLICY, PageLayout, asset_name, file_name, slug, words
from tasks.publish.roundup_feed import FEED as ROUNDUP_FEED
from tasks.publish.site_state import articles_of

MAX_NEWEST = 40  # papers on a direction's page
RECENT_DAYS = 28  # in which a paper of a direction counts as recent
MAX_ORGANIZATIONS = 400  # that the filter of the search suggests
EDITION_DAYS, DIRECTION_DAYS, DIRECTION_ITEMS = 7, 14, 30  # how far the feeds go back


@dataclass
class Overview:
    """All days as the index pages show them, newest first."""

    layout: PageLayout
    days: list[DaySummary]
    # The papers of each direction with their dates.
    rows: dict[str, list[tuple[dt.date, PaperSummary]]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for name in (i.name for i in self.layout.profile.interests):
            self.rows[name] = []
        for day in self.days:
            for paper in day.papers:
                for name in paper.directions:
                    self.rows[name].append((day.date, paper))

    @cached_property
    def directions(self) -> list[str]:
        """The directions: those of the profile in its order, then any others that papers have."""
        profile_directions = [i.name for i in self.layout.profile.interests]
        return profile_directions + sorted(set(self.rows) - set(profile_directions))


def index_files(view: Overview, changed_directions: Collection[str] | None, months: Collection[str]) -> Files:
    """Archive, directions, search and about pages in all languages.

    Only the pages of `changed_directions` are made (None: all), and of their month pages only those of `months`.
    """
    files: Files = {}
    for code in view.layout.languages:
        pages = _archive(view, code) | _about(view, code) | _search(view, code) | _directions(view, code)
        for name in view.directions:
            if changed_directions is None or name in changed_directions:
                pages |= _direction(view, code, name, months if changed_directions is not None else None)
        files |= {f"site/{code}/{path}": data for path, data in pages.items()}
    return files


# --- archive ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A day of the calendar; `summary` is None for a day that is not on record."""

    date: dt.date
    summary: DaySummary | None
    heat: int  # 0 to 3


@dataclass(frozen=True)
class CalendarMonth:
    """A month of the calendar, Monday first."""

    name: str
    start: dt.date
    cells: list[Cell]


def _archive(view: Overview, code: Language) -> Files:
    days = {day.date: day for day in view.days}
    months = []
    for year, number in sorted({(d.year, d.month) for d in days}, reverse=True):
        start = dt.date(year, number, 1)
        cells = []
        for n in range(calendar.monthrange(year, number)[1]):
            date = start + dt.timedelta(days=n)
            day = days.get(date)
            cells.append(Cell(date, day, min(3, -(-len(day.papers) // 12)) if day else 0))
        months.append(CalendarMonth(f"{start:%Y-%m}", start, cells))
    title = words(code)["archive"]["title"]
    page = view.layout.page("archive.html.j2", code, "archive.html", title=title, section="archive", months=months)
    return {"archive.html": page}


# --- directions ------------------------------------------------------------------------------------------------------


def _directions(view: Overview, code: Language) -> Files:
    recent = {day.date for day in view.days[:RECENT_DAYS]}
    rows = [
        {
            "name": name,
            "slug": slug(name),
            "recent": sum(date in recent for date, _ in view.rows[name]),
            "all": len(view.rows[name]),
        }
        for name in view.directions
    ]
    path, title = "directions/index.html", words(code)["directions"]["title"]
    page = view.layout.page("directions.html.j2", code, path, title=title, section="directions", directions=rows)
    return {path: page}


def _direction(view: Overview, code: Language, name: str, months: Collection[str] | None) -> Files:
    """A direction's page with its newest papers, and a page for each month (or only for `months`)."""
    rows, folder = view.rows[name], f"directions/{slug(name)}"
    by_month: dict[str, list[tuple[dt.date, PaperSummary]]] = defaultdict(list)
    for date, paper in rows:
        by_month[date.isoformat()[:7]].append((date, paper))
    label = view.layout.profile.label(name, code)
    counts = [(month, len(month_rows)) for month, month_rows in sorted(by_month.items(), reverse=True)]

    def page(path: str, month: str | None, page_rows: Sequence[tuple[dt.date, PaperSummary]]) -> bytes:
        return view.layout.page(
            "direction.html.j2",
            code,
            path,
            title=label,
            section="directions",
            month=dt.date.fromisoformat(f"{month}-01") if month else None,
            months=counts,
            chart=bar_chart(counts[:24][::-1], words(code)["directions"]["chart"]) if len(counts) > 1 else None,
            rows=page_rows,
        )

    files = {f"{folder}/index.html": page(f"{folder}/index.html", None, rows[:MAX_NEWEST])}
    for month, month_rows in by_month.items():
        if months is None or month in months:
            path = f"{folder}/{month}.html"
            files[path] = page(path, month, month_rows)
    return files


# --- search and about ------------------------------------------------------------------------------------------------


def _search(view: Overview, code: Language) -> Files:
    papers = [p for day in view.days for p in day.papers]
    organizations = Counter(p.organization for p in papers if p.organization)
    t = words(code)["search"]
    config: dict[str, Any] = {k: t[k] for k in ("found", "none", "working", "broken")}
    dates = [day.date.isoformat() for day in view.days if day.papers]
    config |= {"language": code, "search": "../search/", "months": list(dict.fromkeys(f"{d[:7]}/" for d in dates))}
    config["days"] = dates
    page = view.layout.page(
        "search.html.j2",
        code,
        "search.html",
        title=t["title"],
        section="search",
        policy=SEARCH_POLICY,
        script=asset_name("search.js"),
        config=json.dumps(config, ensure_ascii=False),
        directions=[d for d in view.directions if view.rows[d]],
        tags=sorted({tag for p in papers for tag in p.tags}),
        organizations=sorted(name for name, _ in organizations.most_common(MAX_ORGANIZATIONS)),
    )
    return {"search.html": page}


def _about(view: Overview, code: Language) -> Files:
    t = words(code)
    months: dict[str, Counter[str]] = defaultdict(Counter)
    for day in view.days:
        months[day.date.isoformat()[:7]] += _counts(day)
    total = sum(months.values(), Counter[str]())
    about, source = t["about"], t["source"]
    figures = [(about[k], total[k]) for k in ("days", "listed", "new", "known", "set_aside")]
    figures += [(f"{about['read']} {source[s]}", total[s]) for s in READING_SOURCES]
    figures += [(about[k], total[k]) for k in ("unread", "analyzed", "failed")]
    figures += [(about["numbers"], total["numbers_total"]), (about["grounded"], total["numbers_grounded"])]
    rows = [(name, _MonthCounts(c)) for name, c in sorted(months.items(), reverse=True)]
    page = view.layout.page(
        "about.html.j2",
        code,
        "about.html",
        title=about["title"],
        section="about",
        figures=[(name, f"{value:,}") for name, value in figures],
        models=sorted({m for day in view.days for m in day.models}),
        months=rows,
        chart=bar_chart([(name, c["new"]) for name, c in sorted(months.items())][-24:], about["new"])
        if len(months) > 1
        else None,
    )
    return {"about.html": page}


class _MonthCounts:
    """The counts of a month under the names that the template uses."""

    def __init__(self, counts: Counter[str]) -> None:
        self.read = {s: counts[s] for s in READING_SOURCES}
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
        **{s: day.read.get(s, 0) for s in READING_SOURCES},
    )


# --- feeds -----------------------------------------------------------------------------------------------------------


def feed_files(view: Overview, store: Store, item_times: dict[str, Any], now: Callable[[], dt.datetime]) -> Files:
    """Every feed in both formats, and the pages that list them; updates `item_times`."""
    update_times, files = UpdateTimes(item_times, now), Files()
    articles = {d.date: articles_of(store, d.date) for d in view.days[:DIRECTION_DAYS]}
    for code in view.layout.languages:
        t, feeds = words(code), list[Feed]()
        dates = [day.date for day in view.days[:EDITION_DAYS]]
        bodies = feed_bodies(store, dates, view.layout.editions, code)
        feeds += [_edition_feed(view, code, name, bodies, update_times) for name in view.layout.editions]
        feeds += [_direction_feed(view, code, direction, articles, update_times) for direction in view.directions]
        for feed in feeds:
            files[f"site/{code}/feeds/{feed.name}.xml"] = atom(feed)
            files[f"site/{code}/feeds/{feed.name}.json"] = json_feed(feed)
        roundups = t["feed"]["edition"].format(view.layout.name(code), t["roundups"]["title"])
        names = [*((feed.name, feed.title) for feed in feeds), (ROUNDUP_FEED, roundups)]
        page = view.layout.page("feeds.html.j2", code, "feeds/index.html", title=t["nav"]["feeds"], feeds=names)
        files[f"site/{code}/feeds/index.html"] = page
    item_times.clear()
    item_times.update(update_times.current)
    return files


def _edition_feed(
    view: Overview,
    code: Language,
    name: EditionName,
    bodies: dict[dt.date, dict[EditionName, str]],
    update_times: UpdateTimes,
) -> Feed:
    t, home = words(code), f"{view.layout.site_url}/{code}"
    items = []
    for day in view.days[:EDITION_DAYS]:
        body = bodies.get(day.date, {}).get(name)
        if body is not None:
            url = f"{home}/days/{day.date}/{name}.html"
            title = f"{t['edition'][name]} {day.date}"
            items.append(_item(f"edition {day.date} {name} {code}", title, url, body, day, update_times))
    title = t["feed"]["edition"].format(view.layout.name(code), t["edition"][name])
    return Feed(name, title, t["lang"], f"{home}/index.html", f"{home}/feeds/{name}", items)


def _direction_feed(
    view: Overview,
    code: Language,
    name: str,
    articles: dict[dt.date, dict[Language, dict[str, str]]],
    update_times: UpdateTimes,
) -> Feed:
    t, home = words(code), f"{view.layout.site_url}/{code}"
    days = {day.date: day for day in view.days[:DIRECTION_DAYS]}
    items: list[Item] = []
    for date, paper in view.rows[name]:
        if date not in days or len(items) == DIRECTION_ITEMS:
            break
        html = articles[date].get(code, {}).get(paper.id, "")
        url = f"{home}/papers/{file_name(paper.id)}.html"
        title = paper.translated if code == "zh" and paper.translated else paper.title
        items.append(_item(f"paper {paper.id} {code}", title, url, html, days[date], update_times))
    label = t["feed"]["direction"].format(view.layout.profile.label(name, code))
    return Feed(
        slug(name), label, t["lang"], f"{home}/directions/{slug(name)}/index.html", f"{home}/feeds/{slug(name)}", items
    )


def _item(name: str, title: str, url: str, html: str, day: DaySummary, update_times: UpdateTimes) -> Item:
    text = absolute(html, url)
    published = dt.datetime.combine(day.date, dt.time(), dt.UTC)
    updated = update_times.update_time(name, f"{title}\n{text}", day.captured_at or published)
    return Item(name, title, url, text, published, updated)


# --- roundups --------------------------------------------------------------------------------------------------------


def roundup_names(store: Store) -> list[str]:
    """The names of the roundups in the store in reverse order: newest first, weeks before months of the same year."""
    names = {key.split("/")[1] for key in store.keys("roundups/") if key.endswith(".html")}
    return sorted(names, reverse=True)


def roundups_page(layout: PageLayout, code: Language, names: Sequence[str]) -> bytes:
    """The list of roundups."""
    title = words(code)["roundups"]["title"]
    return layout.page("roundups.html.j2", code, "roundups/index.html", title=title, section="roundups", names=names)
