"""arXiv categories as a source: pages of the Atom API, dates, merging, and entries that are set aside."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from itertools import pairwise
from zoneinfo import ZoneInfo

import httpx
import pytest

from papers.errors import SiteUnreachable
from papers.http import PoliteClient
from papers.reasons import make_reason, reason_text
from tasks.fetch.arxiv import PAGE_SIZE, fetch_category, newest_announced_date, submission_window
from tasks.fetch.list_sources import fetch_listings, merge_listings
from tests.factories import listed_paper, listing

WEDNESDAY = dt.date(2026, 2, 18)
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <link href="http://arxiv.org/api/query?search_query%3Dcat:cs.CL" rel="self" type="application/atom+xml"/>
  <title type="html">ArXiv Query: search_query=cat:cs.CL&amp;id_list=&amp;start=0&amp;max_results=200</title>
  <id>http://arxiv.org/api/cHxbiOdZaP56ODnBPIenZhzg5f8</id>
  <updated>2026-02-18T00:00:00-05:00</updated>
  <opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">{total}</opensearch:totalResults>
  <opensearch:startIndex xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">{start}</opensearch:startIndex>
  <opensearch:itemsPerPage xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">{count}</opensearch:itemsPerPage>
"""
ENTRY = """  <entry>
    <id>http://arxiv.org/abs/0000.{n:05d}v1</id>
    <updated>2026-02-17T09:00:00Z</updated>
    <published>{published}</published>
    <title>An invented study of
  words, number {n}</title>
    <summary>  We study words and find &lt;some&gt; of them.
</summary>
    <author>
      <name>Ada Example</name>
      <arxiv:affiliation xmlns:arxiv="http://arxiv.org/schemas/atom">Example Lab</arxiv:affiliation>
    </author>
    <author><name>Bob Sample</name></author>
    <arxiv:comment xmlns:arxiv="http://arxiv.org/schemas/atom">9 pages</arxiv:comment>
    <link href="http://arxiv.org/abs/0000.{n:05d}v1" rel="alternate" type="text/html"/>
    <link title="pdf" href="http://arxiv.org/pdf/0000.{n:05d}v1" rel="related" type="application/pdf"/>
    <arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.CL"/>
    <category term="cs.CL" scheme="http://arxiv.org/schemas/atom"/>
  </entry>
"""
ERROR = """  <entry>
    <id>http://arxiv.org/api/errors#incorrect_id_format</id>
    <title>Error</title>
    <summary>incorrect query format</summary>
  </entry>
"""


def entry(n: int, published: str = "2026-02-17T15:00:00Z") -> str:
    return ENTRY.format(n=n, published=published)


def feed(entries: list[str], total: int | None = None, start: int = 0) -> bytes:
    head = HEAD.format(total=len(entries) if total is None else total, start=start, count=len(entries))
    return (head + "".join(entries) + "</feed>\n").encode()


Handler = Callable[[httpx.Request], httpx.Response]


def client(handler: Handler, base: str = "https://arxiv.org", tries: int = 1) -> PoliteClient:
    return PoliteClient(base, tries=tries, transport=httpx.MockTransport(handler))


def pages_of(entries: list[str], requests: list[httpx.Request] | None = None) -> Handler:
    """An API with these entries."""

    def handler(request: httpx.Request) -> httpx.Response:
        if requests is not None:
            requests.append(request)
        start, size = int(request.url.params["start"]), int(request.url.params["max_results"])
        return httpx.Response(200, content=feed(entries[start : start + size], len(entries), start))

    return handler


def fixed_response(body: bytes, status: int = 200) -> Handler:
    return lambda request: httpx.Response(status, content=body)


@pytest.fixture(autouse=True)
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.fetch.arxiv.PAGE_WAIT", 0.0)


def save_response(body: bytes) -> str:
    return "0" * 64


# --- which day -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "start", "end"),
    [
        ("2026-02-16", "2026-02-12T19:00", "2026-02-13T19:00"),  # a Monday: Thursday to Friday, announced on Sunday
        ("2026-02-17", "2026-02-13T19:00", "2026-02-16T19:00"),  # a Tuesday: over the weekend
        ("2026-02-18", "2026-02-16T19:00", "2026-02-17T19:00"),
        ("2026-02-20", "2026-02-18T19:00", "2026-02-19T19:00"),
        ("2026-03-09", "2026-03-05T19:00", "2026-03-06T19:00"),
        ("2026-03-10", "2026-03-06T19:00", "2026-03-09T18:00"),  # over the change to summer time
    ],
)
def test_the_day_of_a_list_follows_from_the_time_of_submission(date: str, start: str, end: str) -> None:
    span = submission_window(dt.date.fromisoformat(date))
    assert span is not None
    assert [t.strftime("%Y-%m-%dT%H:%M") for t in span] == [start, end]


def test_the_days_of_a_month_follow_one_another_without_gap_or_overlap() -> None:
    days = [dt.date(2026, 3, 1) + dt.timedelta(days=n) for n in range(31)]
    spans = [s for d in days if (s := submission_window(d))]
    assert len(spans) == 22
    assert all(a[1] == b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        ("2026-02-17T19:59", "2026-02-17"),  # a Tuesday evening in New York, before and after the announcement
        ("2026-02-17T20:00", "2026-02-18"),
        ("2026-02-20T23:00", "2026-02-20"),  # nothing is announced on Friday and Saturday
        ("2026-02-22T19:00", "2026-02-20"),
        ("2026-02-22T20:00", "2026-02-23"),
    ],
)
def test_the_newest_list_is_the_last_one_announced(now: str, newest: str) -> None:
    moment = dt.datetime.fromisoformat(now).replace(tzinfo=ZoneInfo("America/New_York"))
    assert newest_announced_date(moment).isoformat() == newest


# --- pages and entries ---------------------------------------------------------------------------------------------


async def test_an_entry_becomes_a_paper() -> None:
    requests: list[httpx.Request] = []
    result = await fetch_category("cs.CL", WEDNESDAY, client(pages_of([entry(7)], requests)), save_response)
    assert str(requests[0].url).startswith("https://export.arxiv.org/api/query?")
    query = requests[0].url.params["search_query"]
    assert query == "cat:cs.CL AND submittedDate:[202602161900 TO 202602171859]"
    (paper,) = result.papers
    assert paper.model_dump(exclude_defaults=True) == {
        "arxiv_id": "0000.00007",
        "source": "arxiv",
        "position": 0,
        "title": "An invented study of words, number 7",
        "abstract": "We study words and find <some> of them.",
        "authors": ["Ada Example", "Bob Sample"],
        "organization": "Example Lab",
        "published_at": dt.datetime(2026, 2, 17, 15, tzinfo=dt.UTC),
    }
    assert (result.source, result.set_aside) == ("arxiv:cs.CL", [])


async def test_all_pages_are_fetched_one_after_the_other() -> None:
    requests: list[httpx.Request] = []
    many = [entry(n) for n in range(1, 2 * PAGE_SIZE + 4)]
    result = await fetch_category("cs.CL", WEDNESDAY, client(pages_of(many, requests)), save_response)
    assert len({p.arxiv_id for p in result.papers}) == 2 * PAGE_SIZE + 3
    assert [r.url.params["start"] for r in requests] == ["0", "200", "400"]
    assert [p.position for p in result.papers] == list(range(2 * PAGE_SIZE + 3))


async def test_the_interval_is_kept_between_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += seconds

    clock = [100.0]
    monkeypatch.setattr("papers.http.client.asyncio.sleep", sleep)
    monkeypatch.setattr("papers.http.client.time.monotonic", lambda: clock[0])
    polite = PoliteClient(
        "https://arxiv.org",
        interval=3.0,
        single=True,
        transport=httpx.MockTransport(pages_of([entry(n) for n in range(1, 2 * PAGE_SIZE)])),
    )
    await fetch_category("cs.CL", WEDNESDAY, polite, save_response)
    assert [w for w in waits if w] == [3.0]


async def test_on_a_weekend_nothing_is_requested() -> None:
    requests: list[httpx.Request] = []
    result = await fetch_category("cs.CL", dt.date(2026, 2, 21), client(pages_of([entry(1)], requests)), save_response)
    assert (result.papers, requests) == ([], [])


async def test_a_day_without_papers_is_a_result() -> None:
    assert (await fetch_category("cs.CL", WEDNESDAY, client(pages_of([])), save_response)).papers == []


async def test_papers_of_another_day_are_left_out() -> None:
    entries = [entry(1, "2026-02-16T18:59:59Z"), entry(2, "2026-02-16T19:00:00Z"), entry(3, "2026-02-17T19:00:00Z")]
    result = await fetch_category("cs.CL", WEDNESDAY, client(pages_of(entries)), save_response)
    assert [p.arxiv_id for p in result.papers] == ["0000.00002"]


async def test_malformed_entries_are_set_aside_and_the_rest_goes_on() -> None:
    entries = [
        re.sub(r"<id>.*</id>", "<id>http://arxiv.org/list/cs.CL</id>", entry(1)),
        re.sub(r"<id>.*</id>", "", entry(2)),
        re.sub(r"<title>.*?</title>", "<title> </title>", entry(3), flags=re.DOTALL),
        entry(4, "yesterday"),
        entry(5),
    ]
    result = await fetch_category("cs.CL", WEDNESDAY, client(pages_of(entries)), save_response)
    assert [p.arxiv_id for p in result.papers] == ["0000.00005"]
    assert [(a.position, reason_text(a.reason, "en").split(",")[0]) for a in result.set_aside] == [
        (0, "'http://arxiv.org/list/cs.CL' is no address of a paper"),
        (1, "no id"),
        (2, "no title"),
        (3, "no time of submission"),
    ]
    assert "0000.00003" in json.loads(result.set_aside[2].item_json)["entry"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "no element found"),
        (b"<html><body>Rate exceeded.</body></html>", "<html> instead of an Atom feed"),
        (b"Rate exceeded.", "syntax error"),
        (feed([entry(1)])[:-20], "no element found"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + feed([entry(1)]).split(b"?>", 1)[1], "a document type is declared"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "a document type is declared"),
        (feed([ERROR]), "incorrect query format"),
        (feed([], total=3), "no entries from 0 on, of 3"),
    ],
)
async def test_a_body_that_is_not_a_feed_is_a_clear_error(body: bytes, message: str) -> None:
    with pytest.raises(SiteUnreachable, match=r"No list of cs\.CL from https") as error:
        await fetch_category("cs.CL", WEDNESDAY, client(fixed_response(body)), save_response)
    assert message in str(error.value)


async def test_an_empty_page_is_requested_again() -> None:
    bodies = [b"", feed([], total=1), feed([entry(1)])]
    result = await fetch_category(
        "cs.CL", WEDNESDAY, client(lambda r: httpx.Response(200, content=bodies.pop(0))), save_response
    )
    assert len(result.papers) == 1


async def test_an_api_that_is_down_is_an_error() -> None:
    with pytest.raises(SiteUnreachable, match="HTTP 503"):
        await fetch_category("cs.CL", WEDNESDAY, client(fixed_response(b"", 503)), save_response)


# --- with the other source -----------------------------------------------------------------------------------------


def test_a_paper_on_both_lists_keeps_its_place_on_the_first() -> None:
    first = listing(listed_paper(1, upvotes=5, abstract=""), listed_paper(2), sha256="1" * 64)
    second = listing(
        listed_paper(3, source="arxiv", position=0),
        listed_paper(1, source="arxiv", position=1, abstract="Told.", authors=["Ada"]),
        source="arxiv:cs.CL",
        sha256="2" * 64,
    )
    result = merge_listings([first, second])
    assert [(p.arxiv_id, p.source, p.position) for p in result.papers] == [
        ("0000.00001", "hf", 0),
        ("0000.00002", "hf", 1),
        ("0000.00003", "arxiv", 2),
    ]
    assert (result.papers[0].upvotes, result.papers[0].abstract, result.papers[0].authors) == (5, "Told.", ["Ada"])
    assert result.source == "hf, arxiv:cs.CL"
    assert result.sha256 not in (first.sha256, second.sha256)
    assert merge_listings([first]) is first


def test_set_aside_items_of_two_lists_keep_distinct_positions() -> None:
    aside = [{"position": 1, "reason": make_reason("no-title"), "item_json": "{}"}]
    lists = [listing(listed_paper(1), set_aside=aside), listing(listed_paper(2, position=0), set_aside=aside)]
    result = merge_listings(lists)
    assert [a.position for a in result.set_aside] == [1, 3]
    assert [p.position for p in result.papers] == [0, 2]


async def test_the_sources_of_a_profile_are_fetched_and_merged() -> None:
    item = {"paper": {"id": "0000.00002", "title": "Listed by both", "upvotes": 3}}
    hf = client(fixed_response(json.dumps([item]).encode()), "https://huggingface.co")
    api = client(pages_of([entry(1), entry(2)]))
    result = await fetch_listings(WEDNESDAY, ("hf", "arxiv:cs.CL"), hf, api, save_response)
    assert [(p.arxiv_id, p.source) for p in result.papers] == [("0000.00002", "hf"), ("0000.00001", "arxiv")]
    assert result.papers[0].abstract == "We study words and find <some> of them."
    alone = await fetch_listings(WEDNESDAY, ("arxiv:cs.CL",), hf, api, save_response)
    assert [p.source for p in alone.papers] == ["arxiv", "arxiv"]


async def test_a_source_that_is_down_ends_the_run() -> None:
    hf = client(fixed_response(b"[]"), "https://huggingface.co")
    with pytest.raises(SiteUnreachable):
        await fetch_listings(WEDNESDAY, ("hf", "arxiv:cs.CL"), hf, client(fixed_response(b"", 500)), save_response)
