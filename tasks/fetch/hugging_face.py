"""The Hugging Face Daily Papers list of a day, all its pages.

Source: `GET /api/daily_papers?date=YYYY-MM-DD&limit=100&p=N`. `date` is the day of listing, not of publication.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from typing import Any

from papers.errors import SiteUnreachable
from papers.http import FetchFailed, PoliteClient
from papers.models import ListedPaper, Listing, SetAside
from tasks.fetch.list_items import Malformed, parse_item

PAGE_SIZE = 100  # the most that the API gives at once
MAX_PAGES = 50  # 5,000 papers: far beyond any day; a server that never runs out is stopped here
BODY_TRIES = 3  # an answer of status 200 that is no list is asked for again
BODY_WAIT = 0.5  # seconds


async def fetch_listing(date: dt.date, client: PoliteClient, keep: Callable[[bytes], str]) -> Listing:
    """The list of `date`, its papers in the site's order and its malformed items set aside with reasons.

    `keep` stores a response and returns its hash. An empty list is a result. Raises SiteUnreachable when the site
    gives no list: no answer, an error status, or a body that is no JSON list.
    """
    pages: list[bytes] = []
    items: list[Any] = []
    captured_at = dt.datetime.now(dt.UTC)
    for page in range(MAX_PAGES):
        body, found = await _page(date, page, client)
        if found or not pages:
            keep(body)
            pages.append(body)
        items += found
        if len(found) < PAGE_SIZE:
            break
    papers: list[ListedPaper] = []
    aside: list[SetAside] = []
    for position, item in enumerate(items):
        try:
            papers.append(parse_item(item, position))
        except Malformed as error:
            text = json.dumps(item, ensure_ascii=False, sort_keys=True)
            aside.append(SetAside(position=position, reason=str(error), item_json=text))
    return Listing(
        date=date,
        source="hf",
        url=f"{client.base_url}/papers/date/{date.isoformat()}",
        sha256=hashlib.sha256(b"".join(pages)).hexdigest(),
        captured_at=captured_at,
        papers=papers,
        set_aside=aside,
    )


async def _page(date: dt.date, page: int, client: PoliteClient) -> tuple[bytes, list[Any]]:
    """One page of the list: its bytes and its items; a body that is no list is asked for again."""
    problem = ""
    for attempt in range(BODY_TRIES):
        if attempt:
            await asyncio.sleep(BODY_WAIT * attempt)
        try:
            answer = await client.get(
                "api/daily_papers", {"date": date.isoformat(), "limit": str(PAGE_SIZE), "p": str(page)}
            )
        except FetchFailed as error:
            raise _no_list(date, error.url, error.reason) from error
        if answer.status != 200:
            raise _no_list(date, answer.url, f"HTTP {answer.status}")
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            kind = answer.content_type.split(";")[0] or "no content type"
            problem = f"{len(answer.body)} bytes of {kind} that are no JSON ({type(error).__name__})"
            continue
        if isinstance(found, list):
            return answer.body, found
        problem = f"a JSON {type(found).__name__} where a list was due: {answer.body[:200]!r}"
    raise _no_list(date, answer.url, problem)


def _no_list(date: dt.date, url: str, reason: str) -> SiteUnreachable:
    return SiteUnreachable(
        f"No list of {date} from {url}: {reason}. Nothing was changed. "
        "Next: see DAILY_PAPERS_HF_URL and the network, then run the date again."
    )
