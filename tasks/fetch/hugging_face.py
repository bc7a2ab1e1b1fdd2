"""The Hugging Face Daily Papers list of a day, with all its pages.

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
from papers.http import FetchFailed, HttpResponse, PoliteClient
from papers.models import ListedPaper, Listing, SetAside
from papers.reasons import reason_text
from tasks.fetch.list_items import Malformed, parse_item, set_aside

PAGE_SIZE = 100  # the maximum of the API
MAX_PAGES = 50  # 5,000 papers, far more than on any day; stops a server whose pages never end
BODY_TRIES = 3  # a response of status 200 that is not a list is requested again
BODY_WAIT = 0.5  # seconds


async def fetch_listing(date: dt.date, client: PoliteClient, save_response: Callable[[bytes], str]) -> Listing:
    """The list of `date`: its papers in the site's order, and its malformed items set aside with reasons.

    `save_response` stores a response and returns its hash. An empty list is a valid result. Raises SiteUnreachable
    if there is no list: no answer, an error status, or a body that is not a JSON list.
    """
    pages: list[bytes] = []
    items: list[Any] = []
    warnings: list[str] = []
    site_time: dt.datetime | None = None
    captured_at = dt.datetime.now(dt.UTC)
    for page in range(MAX_PAGES):
        response, page_items = await _fetch_page(date, page, client)
        body, site_time = response.body, site_time or response.site_time
        if page_items or not pages:
            save_response(body)
            pages.append(body)
        items += page_items
        if len(page_items) < PAGE_SIZE:
            break
    else:
        warnings = [
            f"The list of {date} has more than {len(items)} items: those after the first {len(items)} are left out."
        ]
    papers: list[ListedPaper] = []
    malformed: list[SetAside] = []
    for position, item in enumerate(items):
        try:
            papers.append(parse_item(item, position))
        except Malformed as error:
            malformed.append(set_aside(item, position, error.reason))
    return Listing(
        date=date,
        source="hf",
        url=f"{client.base_url}/papers/date/{date.isoformat()}",
        sha256=hashlib.sha256(b"".join(pages)).hexdigest(),
        captured_at=captured_at,
        site_time=site_time,
        papers=papers,
        set_aside=malformed,
        warnings=warnings,
    )


async def _fetch_page(date: dt.date, page: int, client: PoliteClient) -> tuple[HttpResponse, list[Any]]:
    """One page of the list: the response and its items; a body that is not a list is requested again."""
    problem = ""
    for attempt in range(BODY_TRIES):
        if attempt:
            await asyncio.sleep(BODY_WAIT * attempt)
        try:
            response = await client.get(
                "api/daily_papers", {"date": date.isoformat(), "limit": str(PAGE_SIZE), "p": str(page)}
            )
        except FetchFailed as error:
            raise _unreachable(date, error.url, reason_text(error.reason, "en")) from error
        if response.status != 200:
            raise _unreachable(date, response.url, f"HTTP {response.status}")
        try:
            data = json.loads(response.body, parse_int=_parse_int)
        except (ValueError, RecursionError) as error:
            kind = response.content_type.split(";")[0] or "no content type"
            problem = f"{len(response.body)} bytes of {kind} that are not JSON ({type(error).__name__})"
            continue
        if isinstance(data, list):
            return response, data
        problem = f"a JSON {type(data).__name__} instead of a list: {response.body[:200]!r}"
    raise _unreachable(date, response.url, problem)


def _parse_int(digits: str) -> int | None:
    """An integer of JSON; None for one that is too long for any field, and that Python would not convert."""
    return int(digits) if len(digits) < 100 else None


def _unreachable(date: dt.date, url: str, reason: str) -> SiteUnreachable:
    return SiteUnreachable(
        f"No list of {date} from {url}: {reason}. Nothing was changed. "
        "Next: see DAILY_PAPERS_HF_URL and the network, then run the date again."
    )
