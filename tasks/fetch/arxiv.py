"""A day of an arXiv category, by the Atom API: a second source behind the interface of the Hugging Face list.

Source: `GET /api/query?search_query=cat:cs.CL AND submittedDate:[… TO …]&start=N&max_results=200`, documented at
https://info.arxiv.org/help/api/user-manual.html. A listing's date is the day of announcement, as arXiv's own "new"
pages name it. No field of an entry gives it; it follows from `published`, the moment of submission, and arXiv's
schedule (https://info.arxiv.org/help/availability.html): what is submitted up to 14:00 Eastern time is announced at
20:00, Sunday to Thursday. That is past midnight in UTC: the list of a Tuesday was announced on Monday evening there.

    submitted (Eastern)                   announced          list of
    Thursday 14:00 to Friday 14:00        Sunday 20:00       Monday
    Friday 14:00 to Monday 14:00          Monday 20:00       Tuesday
    Monday 14:00 to Tuesday 14:00         Tuesday 20:00      Wednesday   (and so on to Friday)

A holiday, and a paper that a moderator held back, shift this: such papers stand on the list of the day by schedule.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from urllib.parse import urlsplit
from xml.parsers import expat
from zoneinfo import ZoneInfo

from papers.errors import SiteUnreachable
from papers.http import FetchFailed, PoliteClient
from papers.models import ListedPaper, Listing, SetAside
from tasks.fetch.list_items import ARXIV_ID, Malformed, one_line, plain_text, utc_time

PAGE_SIZE = 200  # the API gives up to 2,000; its manual asks for small slices
MAX_PAGES = 25  # 5,000 papers: ten times the largest category's day
PAGE_TRIES = 3  # now and then a page comes back empty, or broken, with status 200
PAGE_WAIT = 0.5  # seconds, besides the client's interval
EASTERN, CUTOFF, ANNOUNCED = ZoneInfo("America/New_York"), dt.time(14), dt.time(20)
ATOM, ARXIV = "{http://www.w3.org/2005/Atom}", "{http://arxiv.org/schemas/atom}"
TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"


def submitted_between(date: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
    """From when (inclusive) to when (exclusive), in UTC, the papers of the list of `date` were submitted.

    None for a Saturday and a Sunday, which have no list.
    """
    if date.weekday() > 4:
        return None
    last = date - dt.timedelta(days=3 if date.weekday() == 0 else 1)
    first = last - dt.timedelta(days=3 if last.weekday() == 0 else 1)
    start, end = (dt.datetime.combine(d, CUTOFF, EASTERN).astimezone(dt.UTC) for d in (first, last))
    return start, end


def newest_announced(now: dt.datetime) -> dt.date:
    """The newest date whose list has been announced at `now`."""
    date = now.astimezone(dt.UTC).date()
    while date.weekday() > 4 or dt.datetime.combine(date - dt.timedelta(days=1), ANNOUNCED, EASTERN) > now:
        date -= dt.timedelta(days=1)
    return date


async def fetch_category(category: str, date: dt.date, client: PoliteClient, keep: Callable[[bytes], str]) -> Listing:
    """The papers of `category` ("cs.CL", cross-lists included) that were announced as the list of `date`.

    In the order of submission; malformed entries are set aside with their reason. `keep` stores a response and returns
    its hash. Raises SiteUnreachable when the API gives no answer, an error, or what is no Atom feed.
    """
    span, pages, entries = submitted_between(date), list[bytes](), list[ET.Element]()
    captured_at = dt.datetime.now(dt.UTC)
    for number in range(MAX_PAGES if span else 0):
        assert span
        body, found, total = await _page(category, span, number * PAGE_SIZE, client)
        keep(body)
        pages.append(body)
        entries += found
        if not found or len(entries) >= total:
            break
    papers: list[ListedPaper] = []
    aside: list[SetAside] = []
    for position, entry in enumerate(entries):
        try:
            paper = parse_entry(entry, position)
        except Malformed as error:
            text = json.dumps({"entry": ET.tostring(entry, encoding="unicode")}, ensure_ascii=False)
            aside.append(SetAside(position=position, reason=str(error), item_json=text))
            continue
        if span and paper.published_at and span[0] <= paper.published_at < span[1]:
            papers.append(paper)
    return Listing(
        date=date,
        source=f"arxiv:{category}",
        url=f"https://arxiv.org/list/{category}/new",
        sha256=hashlib.sha256(b"".join(pages)).hexdigest(),
        captured_at=captured_at,
        papers=papers,
        set_aside=aside,
    )


def parse_entry(entry: ET.Element, position: int) -> ListedPaper:
    """The paper of an Atom entry. Raises Malformed for one without id, title or time of submission."""
    address = _of(entry, "id")
    found = ARXIV_ID.fullmatch(re.sub(r"^https?://(?:\w+\.)?arxiv\.org/abs/", "", address))
    if not found:
        raise Malformed(f"'{address[:80]}' is no address of a paper" if address else "no id")
    title = _of(entry, "title")
    if not title:
        raise Malformed("no title")
    published = utc_time(_of(entry, "published"))
    if published is None:
        raise Malformed("no time of submission, by which its day is known")
    authors = (one_line(a.findtext(f"{ATOM}name")) for a in entry.findall(f"{ATOM}author"))
    return ListedPaper(
        arxiv_id=found[1],
        source="arxiv",
        position=position,
        title=title,
        abstract=plain_text(entry.findtext(f"{ATOM}summary")),
        authors=[name for name in authors if name],
        organization=one_line(entry.findtext(f"{ATOM}author/{ARXIV}affiliation")) or None,
        published_at=published,
    )


def _of(entry: ET.Element, name: str) -> str:
    return one_line(entry.findtext(f"{ATOM}{name}"))


async def _page(
    category: str, span: tuple[dt.datetime, dt.datetime], start: int, client: PoliteClient
) -> tuple[bytes, list[ET.Element], int]:
    """A page of the answer: its bytes, its entries, and how many there are on all pages."""
    first, last = (t.strftime("%Y%m%d%H%M") for t in (span[0], span[1] - dt.timedelta(minutes=1)))
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
            answer = await client.get(url, params)
        except FetchFailed as error:
            raise _no_feed(category, error.url, error.reason) from error
        try:
            feed = _feed(answer.body)
            entries, total = feed.findall(f"{ATOM}entry"), int(feed.findtext(TOTAL) or 0)
        except (ET.ParseError, expat.ExpatError, ValueError) as error:
            problem = f"HTTP {answer.status}, {error}"
            continue
        if refused := _error_of(entries):
            raise _no_feed(category, answer.url, refused)
        if answer.status != 200:
            raise _no_feed(category, answer.url, f"HTTP {answer.status}")
        if entries or total <= start:
            return answer.body, entries, total
        problem = f"no entries from {start} on, of {total}"
    raise _no_feed(category, url, problem)


def _feed(body: bytes) -> ET.Element:
    """The root of an Atom feed. Raises ExpatError for no XML, ValueError for another root or a document type."""

    def refuse(*_: object) -> None:
        raise ValueError("a document type is declared, which no feed of arXiv's does")

    guard = expat.ParserCreate()
    guard.StartDoctypeDeclHandler = guard.EntityDeclHandler = refuse
    guard.Parse(body, True)
    root = ET.fromstring(body)  # noqa: S314 - guarded above
    if root.tag != f"{ATOM}feed":
        raise ValueError(f"<{root.tag}> where an Atom feed was due")
    return root


def _error_of(entries: list[ET.Element]) -> str | None:
    """What the API says is wrong with the query: an entry in place of the papers."""
    if len(entries) == 1 and "arxiv.org/api/errors" in _of(entries[0], "id"):
        return _of(entries[0], "summary") or "an error without a word"
    return None


def _query_address(base_url: str) -> str:
    """The API's address: at arXiv on a host of its own."""
    parts = urlsplit(base_url)
    host = "export.arxiv.org" if parts.hostname in ("arxiv.org", "www.arxiv.org") else parts.netloc
    return f"{parts.scheme}://{host}/api/query"


def _no_feed(category: str, url: str, reason: str) -> SiteUnreachable:
    return SiteUnreachable(
        f"No list of {category} from {url}: {reason}. Nothing was changed. "
        f"Next: see DAILY_PAPERS_ARXIV_URL, the network, and the profile's sources (arxiv:{category}), then run again."
    )
