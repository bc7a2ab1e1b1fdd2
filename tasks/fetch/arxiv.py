"""The list of an arXiv category for a day, by the Atom API: a source with the same interface as the Hugging Face list.

Source: `GET /api/query?search_query=cat:cs.CL AND submittedDate:[… TO …]&start=N&max_results=200`, documented at
https://info.arxiv.org/help/api/user-manual.html. A listing's date is the day of announcement, as on arXiv's own "new"
pages. No field of an entry contains it; it follows from `published`, the time of submission, and arXiv's schedule
(https://info.arxiv.org/help/availability.html): what is submitted by 14:00 Eastern time is announced at 20:00, Sunday
to Thursday. That is after midnight in UTC: the list of a Tuesday was announced on Monday evening Eastern time.

    submitted (Eastern)                   announced          list of
    Thursday 14:00 to Friday 14:00        Sunday 20:00       Monday
    Friday 14:00 to Monday 14:00          Monday 20:00       Tuesday
    Monday 14:00 to Tuesday 14:00         Tuesday 20:00      Wednesday   (and so on to Friday)

Holidays and papers delayed by a moderator deviate from this: such papers are on the list of the day by schedule.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from urllib.parse import urlsplit
from xml.parsers import expat
from zoneinfo import ZoneInfo

from papers.arxiv_ids import parse_arxiv_id
from papers.errors import SiteUnreachable
from papers.http import FetchFailed, HttpResponse, PoliteClient
from papers.models import ListedPaper, Listing, SetAside
from papers.reasons import make_reason, reason_text
from tasks.fetch.list_items import Malformed, one_line, plain_text, set_aside, utc_time

PAGE_SIZE = 200  # the API allows up to 2,000; its manual asks for small pages
MAX_PAGES = 25  # 5,000 papers: ten times the largest category's day
PAGE_TRIES = 3  # sometimes a page is empty or broken although its status is 200
PAGE_WAIT = 0.5  # seconds, in addition to the client's interval
EASTERN, CUTOFF, ANNOUNCEMENT = ZoneInfo("America/New_York"), dt.time(14), dt.time(20)
ATOM, ARXIV = "{http://www.w3.org/2005/Atom}", "{http://arxiv.org/schemas/atom}"
TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"


def submission_window(date: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
    """The time of submission of the papers on the list of `date`: start (inclusive) and end (exclusive), in UTC.

    None for Saturdays and Sundays, which have no list.
    """
    if date.weekday() > 4:
        return None
    last = date - dt.timedelta(days=3 if date.weekday() == 0 else 1)
    first = last - dt.timedelta(days=3 if last.weekday() == 0 else 1)
    start, end = (dt.datetime.combine(d, CUTOFF, EASTERN).astimezone(dt.UTC) for d in (first, last))
    return start, end


def newest_announced_date(now: dt.datetime) -> dt.date:
    """The newest date whose list has been announced by `now`."""
    date = now.astimezone(dt.UTC).date()
    while date.weekday() > 4 or dt.datetime.combine(date - dt.timedelta(days=1), ANNOUNCEMENT, EASTERN) > now:
        date -= dt.timedelta(days=1)
    return date


async def fetch_category(
    category: str, date: dt.date, client: PoliteClient, save_response: Callable[[bytes], str]
) -> Listing:
    """The papers of `category` ("cs.CL", including cross-lists) that were announced as the list of `date`.

    In the order of submission; malformed entries are set aside with their reason. `save_response` stores a response
    and returns its hash. Raises SiteUnreachable if the API does not answer, answers with an error, or without an Atom
    feed.
    """
    window, pages, entries = submission_window(date), list[bytes](), list[ET.Element]()
    warnings: list[str] = []
    site_time: dt.datetime | None = None
    captured_at = dt.datetime.now(dt.UTC)
    for number in range(MAX_PAGES if window else 0):
        assert window
        response, page_entries, total = await _fetch_page(category, window, number * PAGE_SIZE, client)
        site_time = site_time or response.site_time
        save_response(response.body)
        pages.append(response.body)
        entries += page_entries
        if not page_entries or len(entries) >= total:
            break
    else:
        if window:
            warnings = [f"{category} has {total} papers on {date}: those after the first {len(entries)} are left out."]
    papers: list[ListedPaper] = []
    malformed: list[SetAside] = []
    for position, entry in enumerate(entries):
        try:
            paper = parse_entry(entry, position)
        except Malformed as error:
            malformed.append(set_aside({"entry": ET.tostring(entry, encoding="unicode")}, position, error.reason))
            continue
        if window and paper.published_at and window[0] <= paper.published_at < window[1]:
            papers.append(paper)
    return Listing(
        date=date,
        source=f"arxiv:{category}",
        url=f"https://arxiv.org/list/{category}/new",
        sha256=hashlib.sha256(b"".join(pages)).hexdigest(),
        captured_at=captured_at,
        site_time=site_time,
        papers=papers,
        set_aside=malformed,
        warnings=warnings,
    )


def parse_entry(entry: ET.Element, position: int) -> ListedPaper:
    """The paper of an Atom entry. Raises Malformed if the id, the title or the time of submission is missing."""
    address = _child_text(entry, "id")
    arxiv_id = parse_arxiv_id(re.sub(r"^https?://(?:\w+\.)?arxiv\.org/abs/", "", address))
    if arxiv_id is None:
        raise Malformed(make_reason("bad-address-of-paper", address=address[:80]) if address else make_reason("no-id"))
    title = _child_text(entry, "title")
    if not title:
        raise Malformed(make_reason("no-title"))
    published = utc_time(_child_text(entry, "published"))
    if published is None:
        raise Malformed(make_reason("no-submission-time"))
    authors = (one_line(a.findtext(f"{ATOM}name")) for a in entry.findall(f"{ATOM}author"))
    return ListedPaper(
        arxiv_id=arxiv_id[0],
        source="arxiv",
        position=position,
        title=title,
        abstract=plain_text(entry.findtext(f"{ATOM}summary")),
        authors=[name for name in authors if name],
        organization=one_line(entry.findtext(f"{ATOM}author/{ARXIV}affiliation")) or None,
        published_at=published,
    )


def _child_text(entry: ET.Element, name: str) -> str:
    return one_line(entry.findtext(f"{ATOM}{name}"))


async def _fetch_page(
    category: str, window: tuple[dt.datetime, dt.datetime], start: int, client: PoliteClient
) -> tuple[HttpResponse, list[ET.Element], int]:
    """One page of the result: its bytes, its entries, and the number of entries on all pages."""
    first, last = (t.strftime("%Y%m%d%H%M") for t in (window[0], window[1] - dt.timedelta(minutes=1)))
    params = {
        "search_query": f"cat:{category} AND submittedDate:[{first} TO {last}]",
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
        "start": str(start),
        "max_results": str(PAGE_SIZE),
    }
    problem, url = "", _query_address(client.base_url)
    for attempt in range(PAGE_TRIES):
        await asyncio.sleep(PAGE_WAIT * attempt)
        try:
            response = await client.get(url, params)
        except FetchFailed as error:
            raise _unreachable(category, error.url, reason_text(error.reason, "en")) from error
        try:
            feed = _parse_feed(response.body)
            entries, total = feed.findall(f"{ATOM}entry"), int(feed.findtext(TOTAL) or 0)
        except (ET.ParseError, expat.ExpatError, ValueError) as error:
            problem = f"HTTP {response.status}, {error}"
            continue
        if api_error := _api_error(entries):
            raise _unreachable(category, response.url, api_error)
        if response.status != 200:
            raise _unreachable(category, response.url, f"HTTP {response.status}")
        if entries or total <= start:
            return response, entries, total
        problem = f"no entries from {start} on, of {total}"
    raise _unreachable(category, url, problem)


def _parse_feed(body: bytes) -> ET.Element:
    """The root of an Atom feed. Raises ExpatError for invalid XML, ValueError for another root or a document type."""

    def refuse(*_: object) -> None:
        raise ValueError("a document type is declared, which arXiv's feeds never do")

    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = guard.EntityDeclHandler = refuse
    guard.Parse(body, True)
    root = ET.fromstring(body)  # noqa: S314 - guarded above
    if root.tag != f"{ATOM}feed":
        raise ValueError(f"<{root.tag}> instead of an Atom feed")
    return root


def _api_error(entries: list[ET.Element]) -> str | None:
    """The API's error message, which it sends as the only entry, or None."""
    if len(entries) == 1 and "arxiv.org/api/errors" in _child_text(entries[0], "id"):
        return _child_text(entries[0], "summary") or "an error without a message"
    return None


def _query_address(base_url: str) -> str:
    """The address of the API, which arXiv serves on a separate host."""
    parts = urlsplit(base_url)
    host = "export.arxiv.org" if parts.hostname in ("arxiv.org", "www.arxiv.org") else parts.netloc
    return f"{parts.scheme}://{host}/api/query"


def _unreachable(category: str, url: str, reason: str) -> SiteUnreachable:
    return SiteUnreachable(
        f"No list of {category} from {url}: {reason}. Nothing was changed. "
        f"Next: see DAILY_PAPERS_ARXIV_URL, the network, and the profile's sources (arxiv:{category}), then run again."
    )
