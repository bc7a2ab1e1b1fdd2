"""The feed of the roundups: an item for each, titled with its headline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from papers.models import Language
from papers.roundups import RoundupHeadlines
from papers.store import Store
from tasks.publish.day_pages import Files
from tasks.publish.edition_bodies import roundup_body
from tasks.publish.feeds import Feed, Item, UpdateTimes, absolute, atom, json_feed
from tasks.publish.page_layout import PageLayout, words

FEED = "roundups"
MAX_ITEMS = 10


def read_headlines(store: Store, name: str) -> RoundupHeadlines | None:
    """The headlines of the roundup `name`; None if there are none, or none that can be read."""
    data = store.get(RoundupHeadlines.key(name))
    try:
        return RoundupHeadlines.model_validate_json(data) if data else None
    except ValidationError:
        return None


def roundup_feed_files(
    store: Store, layout: PageLayout, names: Sequence[str], item_times: dict[str, Any], now: Callable[[], dt.datetime]
) -> Files:
    """The feed in both formats and all languages; updates `item_times`. Newest roundups first."""
    update_times, files = UpdateTimes(item_times, now), Files()
    records = [r for name in names if (r := read_headlines(store, name))]
    newest = sorted(records, key=lambda r: (r.end, r.name), reverse=True)[:MAX_ITEMS]
    for code in layout.languages:
        t, home = words(code), f"{layout.site_url}/{code}"
        items = [item for r in newest if (item := _item(store, layout, r, code, update_times))]
        title = t["feed"]["edition"].format(layout.name(code), t["roundups"]["title"])
        feed = Feed(FEED, title, t["lang"], f"{home}/roundups/index.html", f"{home}/feeds/{FEED}", items)
        files[f"site/{code}/feeds/{FEED}.xml"] = atom(feed)
        files[f"site/{code}/feeds/{FEED}.json"] = json_feed(feed)
    item_times.clear()
    item_times.update(update_times.current)
    return files


def _item(
    store: Store, layout: PageLayout, record: RoundupHeadlines, code: Language, update_times: UpdateTimes
) -> Item | None:
    body, headline = roundup_body(store, record.name, code), record.headlines.get(code)
    if body is None or headline is None:
        return None
    url = f"{layout.site_url}/{code}/roundups/{record.name}.html"
    text = absolute(str(body.article), url)
    published = dt.datetime.combine(record.end, dt.time(), dt.UTC)
    name = f"roundup {record.name} {code}"
    updated = update_times.update_time(name, f"{headline}\n{text}", published)
    return Item(name, headline, url, text, published, updated)
