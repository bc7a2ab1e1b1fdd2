"""Lists that attack: a bad item is set aside with its reason, whatever it holds, and the rest of the day goes on."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import httpx
import pytest

from papers.errors import SiteUnreachable
from papers.http import PoliteClient
from papers.models import Listing, Paper, SetAside
from papers.tables.snapshots import read_snapshot
from tasks.dedupe.history import load_history
from tasks.dedupe.repeats import dedupe
from tasks.fetch import hugging_face
from tasks.fetch.hugging_face import MAX_PAGES, PAGE_SIZE, fetch_listing
from tests.plain import MemoryStore, put_rows
from tests.shared import SHARED, needs_shared

CASES = SHARED / "cases" / "lists"
DATE = dt.date(2025, 3, 5)


async def fetch(body: bytes, monkeypatch: pytest.MonkeyPatch) -> Listing:
    monkeypatch.setattr(hugging_face, "BODY_WAIT", 0.0)

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body if request.url.params["p"] == "0" else b"[]")

    async with PoliteClient("https://hf.example", tries=1, transport=httpx.MockTransport(respond)) as client:
        return await fetch_listing(DATE, client, lambda _: "sha")


def stored(listing: Listing) -> tuple[list[Paper], list[SetAside]]:
    """The list's rows, through Parquet and back."""
    store = MemoryStore()
    put_rows(store, "papers", DATE, dedupe(listing, load_history(store, DATE)))
    put_rows(store, "set_aside", DATE, listing.set_aside)
    return read_snapshot(store, "papers", DATE, Paper) or [], read_snapshot(store, "set_aside", DATE, SetAside) or []


@needs_shared
@pytest.mark.parametrize("name", [p.name for p in sorted(CASES.glob("*")) if p.name != "2025-03-11.raw"])
async def test_every_item_of_a_hostile_list_is_a_row(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = (CASES / name).read_bytes()
    listing = await fetch(body, monkeypatch)
    papers, aside = stored(listing)
    assert len(papers) + len(aside) == len(json.loads(body))
    assert all(row.reason for row in aside)
    for row in (*papers, *aside):
        row.model_dump_json().encode()  # what cannot be encoded ends a day later than here


@needs_shared
async def test_a_list_that_cannot_be_decoded_is_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SiteUnreachable, match="not JSON"):
        await fetch((CASES / "2025-03-11.raw").read_bytes(), monkeypatch)


def paper(arxiv_id: str = "2503.00001", **fields: Any) -> dict[str, Any]:
    return {"paper": {"id": arxiv_id, "title": "A title", "summary": "An abstract."} | fields}


@pytest.mark.parametrize(
    "arxiv_id",
    ["２５０３.０００５７", "٢٥٠٣.٠٠٠٥٧", "2503.0005７", "२५०३.०००५७", "2503.00057v２"],
)
async def test_an_id_in_digits_of_another_script_is_set_aside(arxiv_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    listing = await fetch(json.dumps([paper(), paper(arxiv_id)]).encode(), monkeypatch)
    assert [p.arxiv_id for p in listing.papers] == ["2503.00001"]
    assert listing.set_aside[0].reason.code == "bad-arxiv-id"


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("0001-01-01T00:00:00+14:00", None),  # in UTC before the first year
        ("9999-12-31T23:59:59-12:00", None),  # in UTC after the last one
        ("10000-01-01", None),
        ("no", None),
        ("0001-01-01T00:00:00.000Z", dt.datetime(1, 1, 1, tzinfo=dt.UTC)),
        ("9999-12-31T23:59:59Z", dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)),
    ],
)
async def test_a_time_outside_the_calendar_is_not_given(
    time: str, expected: dt.datetime | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = await fetch(json.dumps([paper(publishedAt=time, submittedOnDailyAt=time)]).encode(), monkeypatch)
    (row,) = stored(listing)[0]
    assert (row.published_at, row.listed_at) == (expected, expected)


async def test_an_integer_of_any_length_is_an_unknown_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    body = json.dumps([paper(upvotes=1), paper("2503.00002", upvotes=2)]).replace(
        '"upvotes": 1', '"upvotes": ' + "9" * 5000
    )
    listing = await fetch(body.encode(), monkeypatch)
    assert [p.upvotes for p in listing.papers] == [None, 2]


async def test_a_lone_surrogate_in_a_malformed_item_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b'[{"paper": {"id": "\\ud800bad", "title": "ok"}}, {"x": "\\udfff"}, ' + json.dumps(paper()).encode() + b"]"
    papers, aside = stored(await fetch(body, monkeypatch))
    assert [p.arxiv_id for p in papers] == ["2503.00001"]
    assert "\ufffd" in aside[0].reason.part("id")
    assert "\ufffd" in aside[1].item_json


async def test_a_list_without_end_is_cut_with_a_warning_that_names_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(10**6))

    def respond(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[paper(f"2503.{next(numbers):05d}") for _ in range(PAGE_SIZE)])

    async with PoliteClient("https://hf.example", tries=1, transport=httpx.MockTransport(respond)) as client:
        listing = await fetch_listing(DATE, client, lambda _: "sha")
    assert len(listing.papers) == MAX_PAGES * PAGE_SIZE
    assert [str(MAX_PAGES * PAGE_SIZE) in warning for warning in listing.warnings] == [True]
