"""The feed of the roundups: headlines as titles, times that change with the text, records that cannot be read."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from papers.roundups import RoundupHeadlines
from tasks.publish.roundup_feed import read_headlines, roundup_feed_files
from tests.plain import MemoryStore
from tests.tasks.publish.invented import URL, layout

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def store_with(*names: str) -> MemoryStore:
    store = MemoryStore()
    for n, name in enumerate(names):
        record = RoundupHeadlines(
            name=name, end=dt.date(2026, 2, 8 + n), headlines={"zh": f"头条 {name}", "en": f"News {name}"}
        )
        store.put(RoundupHeadlines.key(name), record.model_dump_json().encode())
        for language in ("zh", "en"):
            store.put(f"roundups/{name}/roundup.{language}.md", f"# {name}\n\nText.\n".encode())
    return store


def items(store: MemoryStore, names: list[str], times: dict[str, Any]) -> list[dict[str, str]]:
    files = roundup_feed_files(store, layout(), names, times, lambda: NOW)
    found: list[dict[str, str]] = json.loads(files["site/en/feeds/roundups.json"])["items"]
    return found


def test_each_roundup_is_an_item_with_its_headline_the_newest_first() -> None:
    names = ["2026-W06", "2026-W07"]
    found = items(store_with(*names), names, {})
    assert [i["title"] for i in found] == ["News 2026-W07", "News 2026-W06"]
    assert found[0]["url"] == f"{URL}/en/roundups/2026-W07.html"


def test_the_time_changes_with_the_text_only() -> None:
    store, times = store_with("2026-W06"), dict[str, Any]()
    first = items(store, ["2026-W06"], times)
    assert items(store, ["2026-W06"], times) == first
    store.put("roundups/2026-W06/roundup.en.md", b"# 2026-W06\n\nMore.\n")
    assert items(store, ["2026-W06"], times)[0]["date_modified"] == "2026-03-01T12:00:00Z"


def test_a_record_that_is_missing_or_broken_is_no_item() -> None:
    store = store_with("2026-W06")
    store.put(RoundupHeadlines.key("2026-W06"), b"{")
    assert read_headlines(store, "2026-W06") is None
    assert items(store, ["2026-W06", "2026-W09"], {}) == []
