"""Editions and roundups as the site and its feeds show them, made from their Markdown."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from papers.edition_html import EditionHtml, edition_html
from papers.models import EditionName, Language
from papers.store import Store
from tasks.publish.day_sheets import edition_key
from tasks.publish.site_state import ROOT, read_json, write_json

VERSION = "1"  # of the bodies that are kept for the feeds


def edition_body(store: Store, date: dt.date, name: EditionName, language: Language) -> EditionHtml | None:
    """The edition; None if the store has none."""
    markdown = store.get(edition_key(date, name, language, "md"))
    return edition_html(markdown.decode(), name, language) if markdown is not None else None


def roundup_body(store: Store, name: str, language: Language) -> EditionHtml | None:
    """The roundup with its charts; None if the store has none."""
    folder = f"roundups/{name}"
    markdown = store.get(f"{folder}/roundup.{language}.md")
    if markdown is None:
        return None
    prefix = f"{folder}/"
    keys = [key for key in store.keys(f"{folder}/charts/") if key.endswith(f".{language}.svg")]
    charts = {key.removeprefix(prefix): (store.get(key) or b"").decode() for key in keys}
    return edition_html(markdown.decode(), "roundup", language, charts)


def feed_bodies(
    store: Store, dates: Sequence[dt.date], names: Collection[EditionName], language: Language
) -> dict[dt.date, dict[EditionName, str]]:
    """The editions of the dates of the feeds as HTML, without tables of contents.

    They are kept in `cache/site/bodies/` by the hash of their Markdown, as long as their dates are in the feeds.
    """
    found: dict[dt.date, dict[EditionName, str]] = {}
    for date in dates:
        key = f"bodies/{date}.{language}.json"
        before = read_json(store, key)
        after: dict[str, Any] = {}
        for name in names:
            markdown = store.get(edition_key(date, name, language, "md"))
            if markdown is None:
                continue
            digest = hashlib.sha256(VERSION.encode() + markdown).hexdigest()
            old = before.get(name, {})
            html = old.get("html") if old.get("digest") == digest else None
            if html is None:
                html = str(edition_html(markdown.decode(), name, language).article)
            after[name] = {"digest": digest, "html": html}
            found.setdefault(date, {})[name] = html
        write_json(store, key, after)
    current = {f"{ROOT}/bodies/{date}.{language}.json" for date in dates}
    for key in list(store.keys(f"{ROOT}/bodies/")):
        if key.endswith(f".{language}.json") and key not in current:
            store.delete(key)
    return found
