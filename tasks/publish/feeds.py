"""Atom and JSON feeds with the full text of each edition and of each direction's papers.

An item's id never changes. Its `updated` changes with its text; a hash of each text is kept in `cache/site/`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from selectolax.lexbor import LexborHTMLParser

from papers.text import clean

ATOM = "http://www.w3.org/2005/Atom"
_NAMESPACE = UUID("6f0a6a9c-7d0b-5c1e-9a54-2d7f3f6f2b10")  # of the ids of this project; must never change
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OWN_ID = re.compile(r"[nqh]\d+|results")


@dataclass(frozen=True)
class Item:
    """An item of a feed."""

    name: str  # the input of its id
    title: str
    url: str
    html: str
    published: dt.datetime
    updated: dt.datetime

    @property
    def id(self) -> str:
        """An id that never changes and does not depend on the address of the site."""
        return uuid5(_NAMESPACE, self.name).urn


@dataclass(frozen=True)
class Feed:
    """A feed with its items, newest first."""

    name: str
    title: str
    language: str
    home: str
    url: str  # of the feed itself, without the suffix
    items: Sequence[Item]


class UpdateTimes:
    """The time at which the text of each item last changed."""

    def __init__(self, previous: Mapping[str, Any], now: Callable[[], dt.datetime]) -> None:
        self._previous, self._now = dict(previous), now
        self.current: dict[str, list[str]] = {}

    def update_time(self, name: str, text: str, first: dt.datetime) -> dt.datetime:
        """The time at which the item got its present text: `first` for a new item, now for a changed one."""
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]
        before = self._previous.get(name)
        time = first.astimezone(dt.UTC)
        if before is not None:
            time = dt.datetime.fromisoformat(before[1]) if before[0] == digest else self._now()
        self.current[name] = [digest, time.isoformat()]
        return time


def absolute(html: str, url: str) -> str:
    """`html` of the page `url` for use outside of it: with absolute links and without the ids of the page."""
    body = LexborHTMLParser(_NOT_XML.sub("", html)).body
    if body is None:
        return ""
    for node in body.css("[id]"):
        if _OWN_ID.fullmatch(node.attributes["id"] or ""):
            del node.attrs["id"]
    for node in body.css("[href]"):
        node.attrs["href"] = _absolute_link(node.attributes["href"] or "", url)
    return body.inner_html or ""


def _absolute_link(link: str, url: str) -> str:
    """Where a link on the page `url` leads; the page itself if that is no address of the web."""
    try:
        target = urljoin(url, link)
    except ValueError:  # brackets that hold no IP address
        return url
    return target if target.startswith(("https://", "http://")) else url


def atom(feed: Feed) -> bytes:
    """The feed as Atom 1.0 (RFC 4287)."""
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": feed.language})

    def add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
        node = ET.SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
        node.text = None if text is None else _NOT_XML.sub("", text)
        return node

    add(root, "id", uuid5(_NAMESPACE, f"feed {feed.language} {feed.name}").urn)
    add(root, "title", clean(feed.title))
    add(
        root,
        "updated",
        _format_time(max((i.updated for i in feed.items), default=dt.datetime(1970, 1, 1, tzinfo=dt.UTC))),
    )
    add(root, "link", rel="self", type="application/atom+xml", href=f"{feed.url}.xml")
    add(root, "link", rel="alternate", type="text/html", href=feed.home)
    add(add(root, "author"), "name", "daily-papers")
    for item in feed.items:
        entry = add(root, "entry")
        add(entry, "id", item.id)
        add(entry, "title", clean(item.title))
        add(entry, "published", _format_time(item.published))
        add(entry, "updated", _format_time(item.updated))
        add(entry, "link", rel="alternate", type="text/html", href=item.url)
        add(entry, "content", item.html, type="html")
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def json_feed(feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1."""
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": clean(feed.title),
        "home_page_url": feed.home,
        "feed_url": f"{feed.url}.json",
        "language": feed.language,
        "authors": [{"name": "daily-papers"}],
        "items": [
            {
                "id": item.id,
                "url": item.url,
                "title": clean(item.title),
                "content_html": item.html,
                "date_published": _format_time(item.published),
                "date_modified": _format_time(item.updated),
            }
            for item in feed.items
        ],
    }
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def _format_time(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
