"""Parses one item of a list into a paper, or gives the reason why it is malformed."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from typing import Any

from papers.arxiv_ids import parse_arxiv_id
from papers.errors import ReasonedError
from papers.models import ListedPaper, Reason, SetAside
from papers.reasons import make_reason
from papers.text import replace_surrogates

# Combining marks in a row, as in Unicode's stream-safe form: to normalize a run of them takes quadratic time.
MAX_MARKS = 30


class Malformed(ReasonedError):
    """An item that is not a valid paper."""


def set_aside(item: Any, position: int, reason: Reason) -> SetAside:
    """A list item that is no paper, as a row that every format can hold."""
    text = json.dumps(item, ensure_ascii=False, sort_keys=True)
    return SetAside(position=position, reason=reason, item_json=replace_surrogates(text))


def parse_item(item: Any, position: int) -> ListedPaper:
    """The paper of a list item in the format of the API.

    Raises Malformed if there is no arXiv id or no title. Any other field that is missing or has a wrong format counts
    as not given.
    """
    if not isinstance(item, dict):
        raise Malformed(make_reason("no-object", kind=type(item).__name__))
    raw_paper = item.get("paper")
    paper: dict[str, Any] = raw_paper if isinstance(raw_paper, dict) else {}
    raw_id = paper.get("id") or item.get("id")
    if not isinstance(raw_id, str) or not raw_id.strip():
        raise Malformed(make_reason("no-arxiv-id"))
    arxiv_id = parse_arxiv_id(raw_id.strip())
    if arxiv_id is None:
        raise Malformed(make_reason("bad-arxiv-id", id=raw_id.strip()[:80]))
    title = one_line(paper.get("title")) or one_line(item.get("title"))
    if not title:
        raise Malformed(make_reason("no-title"))
    organization = _dict(paper.get("organization")) or _dict(item.get("organization"))
    return ListedPaper(
        arxiv_id=arxiv_id[0],
        source="hf",
        position=position,
        title=title,
        abstract=plain_text(paper.get("summary")) or plain_text(item.get("summary")),
        authors=[n for a in _list(paper.get("authors")) if (n := one_line(_dict(a).get("name")))],
        organization=one_line(organization.get("fullname")) or one_line(organization.get("name")) or None,
        published_at=utc_time(paper.get("publishedAt") or item.get("publishedAt")),
        listed_at=utc_time(paper.get("submittedOnDailyAt") or item.get("submittedOnDailyAt")),
        upvotes=_count(paper.get("upvotes")),
        comments=_count(item.get("numComments")),
        github_url=_http_url(paper.get("githubRepo")),
        github_stars=_count(paper.get("githubStars")),
        project_url=_http_url(paper.get("projectPage")),
        ai_keywords=[k for w in _list(paper.get("ai_keywords")) if (k := one_line(w))],
    )


def one_line(value: Any) -> str:
    """Text on one line, in Unicode form NFC, without control characters; "" if `value` is not a string."""
    if not isinstance(value, str):
        return ""
    return " ".join(_clean(value).split())


def plain_text(value: Any) -> str:
    """Text in Unicode form NFC, without control characters except line breaks and tabs; "" if not a string."""
    return _clean(value).strip() if isinstance(value, str) else ""


def _clean(value: str) -> str:
    # Lone surrogates cannot be encoded as UTF-8, and control characters break every format that we write.
    removed = [c for c in set(value) if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs")]
    printable = value.translate(dict.fromkeys(map(ord, removed))) if removed else value
    return unicodedata.normalize("NFC", _bounded_marks(printable))


def _bounded_marks(text: str) -> str:
    """The text with at most MAX_MARKS marks in a row: no letter of any script has as many."""
    marks = {c for c in set(text) if unicodedata.category(c)[0] == "M"}
    if not marks:
        return text
    characters: list[str] = []
    count = 0
    for character in text:
        count = count + 1 if character in marks else 0
        if count <= MAX_MARKS:
            characters.append(character)
    return "".join(characters)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(value: Any) -> int | None:
    """A count; None for negative numbers, implausibly large ones and other types."""
    return value if type(value) is int and 0 <= value < 2**53 else None


def _http_url(value: Any) -> str | None:
    text = one_line(value)
    return text if re.match(r"https?://[^\s/]", text) else None


def utc_time(value: Any) -> dt.datetime | None:
    """Parse an ISO 8601 time and convert it to UTC, which is also the default time zone; None if it is not valid."""
    if not isinstance(value, str):
        return None
    try:
        time = dt.datetime.fromisoformat(value)
        return (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    except (ValueError, OverflowError):  # the latter: an offset that leads out of the calendar
        return None
