"""Invented rows for tests; each takes the fields that the test is about."""

from __future__ import annotations

import datetime as dt
from typing import Any

from papers.models import Analysis, Block, ListedPaper, Listing, Paper, Reading, Verdict

DAY = dt.date(2026, 1, 9)
NOON = dt.datetime(2026, 1, 9, 12, tzinfo=dt.UTC)


def listed_paper(number: int = 1, **fields: Any) -> ListedPaper:
    """A listed paper, `0000.0000N`."""
    base: dict[str, Any] = {
        "arxiv_id": f"0000.{number:05d}",
        "source": "hf",
        "position": number - 1,
        "title": f"An invented study of subject number {number}",
        "abstract": f"We study subject number {number} and find what there is to find.",
    }
    return ListedPaper(**(base | fields))


def listing(*papers: ListedPaper, date: dt.date = DAY, **fields: Any) -> Listing:
    """A day's list of these papers."""
    base: dict[str, Any] = {
        "date": date,
        "source": "hf",
        "url": "https://huggingface.co/papers",
        "sha256": "0" * 64,
        "captured_at": dt.datetime.combine(date, dt.time(12), dt.UTC),
        "papers": list(papers),
        "set_aside": [],
    }
    return Listing(**(base | fields))


def paper(number: int = 1, **fields: Any) -> Paper:
    """A paper that is new on the day."""
    base = listed_paper(number).model_dump() | {
        "listing_sha256": "0" * 64,
        "captured_at": NOON,
        "first_seen": DAY,
        "dedupe_kind": "new",
    }
    return Paper(**(base | fields))


def reading(number: int = 1, **fields: Any) -> Reading:
    """A reading of one block."""
    block = Block(id="S1.p1", kind="paragraph", section="1 Introduction", text="We reach 97.3% on the invented set.")
    base: dict[str, Any] = {
        "arxiv_id": f"0000.{number:05d}",
        "state": "done",
        "source": "html",
        "url": f"https://arxiv.org/html/0000.{number:05d}",
        "sha256": "1" * 64,
        "characters": 35,
        "tokens": 10,
        "blocks": [block],
    }
    return Reading(**(base | fields))


def analysis(number: int = 1, **fields: Any) -> Analysis:
    """A successful analysis."""
    base: dict[str, Any] = {
        "arxiv_id": f"0000.{number:05d}",
        "language": "en",
        "state": "done",
        "model": "extractive",
        "prompt_version": "p1",
        "cache_key": f"key-{number}",
        "contribution": "It reaches 97.3%.",
        "numbers_total": 1,
        "numbers_grounded": 1,
    }
    return Analysis(**(base | fields))


def verdict(number: int = 1, **fields: Any) -> Verdict:
    """A verdict that picks the paper."""
    base: dict[str, Any] = {
        "arxiv_id": f"0000.{number:05d}",
        "score": 10.0,
        "score_parts": {"upvotes": 10.0, "stars": 0.0, "comments": 0.0, "lab": 0.0, "topic": 0.0},
        "tags": [],
        "trophy": False,
        "rank": number,
        "ranked_decision": "show",
        "directions": [{"name": "Agent", "evidence": "title: agent"}],
        "rating": 2,
        "curated_decision": "pick",
        "curated_reason": "2 interest points, score 10",
        "curated_rule": "pick",
    }
    return Verdict(**(base | fields))
