"""One item of a list: what makes it a paper, and what sets it aside."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import Any

from papers.models import ListedPaper

ARXIV_ID = re.compile(r"(?:arxiv:)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?", re.IGNORECASE)


class Malformed(ValueError):
    """An item that cannot be a paper; the message is the reason."""


def parse_item(item: Any, position: int) -> ListedPaper:
    """The paper of a list item of the API's form.

    Raises Malformed for what has no arXiv id or no title; any other field that is missing or of a wrong form is
    taken as not given.
    """
    if not isinstance(item, dict):
        raise Malformed(f"an object was due, not {type(item).__name__}")
    inner = item.get("paper")
    paper: dict[str, Any] = inner if isinstance(inner, dict) else {}
    raw_id = paper.get("id") or item.get("id")
    if not isinstance(raw_id, str) or not raw_id.strip():
        raise Malformed("no arXiv id")
    found = ARXIV_ID.fullmatch(raw_id.strip())
    if not found:
        raise Malformed(f"'{raw_id.strip()[:80]}' is no arXiv id")
    title = one_line(paper.get("title")) or one_line(item.get("title"))
    if not title:
        raise Malformed("no title")
    organization = _dict(paper.get("organization")) or _dict(item.get("organization"))
    return ListedPaper(
        arxiv_id=found[1],
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
        github_url=_address(paper.get("githubRepo")),
        github_stars=_count(paper.get("githubStars")),
        project_url=_address(paper.get("projectPage")),
        ai_keywords=[k for w in _list(paper.get("ai_keywords")) if (k := one_line(w))],
    )


def one_line(value: Any) -> str:
    """Text on one line, in Unicode form NFC, without control characters; "" for what is no text."""
    if not isinstance(value, str):
        return ""
    return " ".join(_clean(value).split())


def plain_text(value: Any) -> str:
    """Text in Unicode form NFC, without control characters but for line breaks and tabs; "" for what is no text."""
    return _clean(value).strip() if isinstance(value, str) else ""


def _clean(value: str) -> str:
    # Lone surrogates cannot be written as UTF-8, and control characters break every format that we write.
    kept = "".join(c for c in value if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", kept)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(value: Any) -> int | None:
    """A count; a negative one, or one that no counter holds, is taken as not given."""
    return value if type(value) is int and 0 <= value < 2**53 else None


def _address(value: Any) -> str | None:
    text = one_line(value)
    return text if re.match(r"https?://[^\s/]", text) else None


def utc_time(value: Any) -> dt.datetime | None:
    """A time of ISO 8601 in UTC, which one without a zone is; None for what is none."""
    if not isinstance(value, str):
        return None
    try:
        time = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
