"""Feeds follow RFC 4287 and JSON Feed 1.1, and feedparser reads them."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest

from tasks.publish.feeds import ATOM, Feed, Item, absolute, atom, json_feed
from tests.plain import MemoryStore
from tests.tasks.publish.invented import ATTACK, LATER, PROFILE, URL

NS = {"a": ATOM}
NAMES = ("curated-post", "full-report", "ranked-digest", "agent", "reasoning")


def feeds_of(built: MemoryStore, ending: str) -> dict[str, bytes]:
    return {k: v for k, v in built.data.items() if "/feeds/" in k and k.endswith(ending)}


def is_absolute_uri(url: str) -> bool:
    return re.fullmatch(r"https?://[^\s/]+(?:/\S*)?|urn:uuid:[0-9a-f-]{36}", url) is not None


def test_there_is_a_feed_for_every_edition_and_direction_in_both_languages(built: MemoryStore) -> None:
    for ending in (".xml", ".json"):
        names = set(feeds_of(built, ending))
        assert {f"site/{code}/feeds/{name}{ending}" for code in ("zh", "en") for name in NAMES} <= names
        assert len(names) >= 2 * (3 + len(PROFILE.interests))


def test_every_atom_feed_follows_the_rules(built: MemoryStore) -> None:
    ids: dict[str, str] = {}
    for key, data in feeds_of(built, ".xml").items():
        root = ET.fromstring(data)
        for node in [root, *root.findall("a:entry", NS)]:
            for tag in ("id", "title", "updated"):
                assert len(node.findall(f"a:{tag}", NS)) == 1, (key, tag)
                assert (node.findtext(f"a:{tag}", namespaces=NS) or "").strip(), (key, tag)
            assert is_absolute_uri(node.findtext("a:id", namespaces=NS) or "")
            stamp = node.findtext("a:updated", namespaces=NS) or ""
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp)
            for link in node.findall("a:link", NS):
                assert is_absolute_uri(link.get("href") or ""), (key, link.get("href"))
            assert len(node.findall("a:link[@rel='alternate']", NS)) == 1
        assert root.find("a:link[@rel='self']", NS).get("href") == f"{URL}/{key.removeprefix('site/')}"  # type: ignore[union-attr]
        assert root.findtext("a:author/a:name", namespaces=NS)
        entries = [e.findtext("a:id", namespaces=NS) or "" for e in root.findall("a:entry", NS)]
        assert len(set(entries)) == len(entries)
        feed_id = root.findtext("a:id", namespaces=NS) or ""
        assert ids.setdefault(feed_id, key) == key  # no two feeds share an id
        for content in root.findall("a:entry/a:content", NS):
            assert content.get("type") == "html"
            for link in re.findall(r'(?:href|src)="([^"]*)"', content.text or ""):
                assert is_absolute_uri(link), (key, link)
            assert "<script" not in (content.text or "")


def test_feedparser_reads_the_same_as_the_json_feed_has(built: MemoryStore) -> None:
    for key, data in feeds_of(built, ".xml").items():
        parsed: Any = feedparser.parse(data)
        feed = json.loads(built.data[key.replace(".xml", ".json")])
        assert not parsed.bozo, (key, parsed.get("bozo_exception"))
        assert parsed.version == "atom10"
        assert parsed.feed.title == feed["title"]
        assert [e.id for e in parsed.entries] == [i["id"] for i in feed["items"]]
        assert [e.link for e in parsed.entries] == [i["url"] for i in feed["items"]]
        assert [e.updated for e in parsed.entries] == [i["date_modified"] for i in feed["items"]]
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert feed["feed_url"] == f"{URL}/{key.removeprefix('site/').replace('.xml', '.json')}"
        assert is_absolute_uri(feed["home_page_url"])
        assert all(i["content_html"].strip() for i in feed["items"])


def test_items_have_the_full_text(built: MemoryStore) -> None:
    report = json.loads(built.data["site/en/feeds/full-report.json"])["items"]
    assert [i["title"][-10:] for i in report][:2] == [str(LATER), "2026-01-08"]
    assert report[0]["content_html"].count("97.3%") == 3
    paper = json.loads(built.data["site/en/feeds/agent.json"])["items"][0]
    assert paper["url"] == f"{URL}/en/papers/0000.00031.html"
    assert f'href="{URL}/en/papers/0000.00031.html#q' in paper["content_html"]
    assert "Most calls are not needed." in paper["content_html"]


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("#q3", "https://a.example/en/1.html#q3"),
        ("2.html#h1", "https://a.example/en/2.html#h1"),
        ("../zh/1.html", "https://a.example/zh/1.html"),
        ("https://b.example/x?a=1&amp;b=2", "https://b.example/x?a=1&amp;b=2"),
        ("javascript:alert(1)", "https://a.example/en/1.html"),
        ("http://[bad", "https://a.example/en/1.html"),
    ],
)
def test_links_are_absolute_and_the_page_s_ids_go(link: str, target: str) -> None:
    html = f'<h3 id=\'results\' class="x">Use href="#q1"</h3><a id=n1 href=\'{link}\'>1</a><svg id="chart"></svg>'
    text = f'<h3 class="x">Use href="#q1"</h3><a href="{target}">1</a><svg id="chart"></svg>'
    assert absolute(html, "https://a.example/en/1.html") == text


def test_ids_do_not_depend_on_the_address_of_the_site() -> None:
    time = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    one, other = (Item("edition 1", "t", u, "x", time, time) for u in ("https://a.example/1", "https://b.example/2"))
    assert one.id == other.id
    assert one.id != Item("edition 2", "t", one.url, "x", time, time).id


@pytest.mark.parametrize("text", [ATTACK, "a\x00b\x0b\x1f\ufffe\ud800", "]]> & < > \" '", ""])
def test_any_text_gives_a_readable_feed(text: str) -> None:
    time = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    item = Item("x", text or "t", "https://a.example/1", absolute(f"<p>{text}</p>", "https://a.example/1"), time, time)
    feed = Feed("f", "title", "en", "https://a.example/", "https://a.example/f", [item])
    parsed: Any = feedparser.parse(atom(feed))
    assert not parsed.bozo
    assert len(parsed.entries) == 1
    assert json.loads(json_feed(feed))["items"][0]["id"] == item.id
    empty: Any = feedparser.parse(atom(Feed("f", "t", "en", feed.home, feed.url, [])))
    assert not empty.bozo
