"""The list of a day over HTTP: all pages, and every way in which it can fail."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from papers.errors import SiteUnreachable
from papers.http import PoliteClient
from papers.models import Listing
from papers.reasons import reason_text
from tasks.fetch import hugging_face
from tasks.fetch.hugging_face import fetch_listing

DATE = dt.date(2026, 1, 9)


def item(number: int) -> dict[str, Any]:
    return {"paper": {"id": f"0000.{number:05d}", "title": f"Title {number}"}, "numComments": 0}


async def fetch(
    respond: Callable[[httpx.Request], httpx.Response], monkeypatch: pytest.MonkeyPatch
) -> tuple[Listing, list[bytes]]:
    bodies: list[bytes] = []
    monkeypatch.setattr(hugging_face, "BODY_WAIT", 0.0)

    def save_response(body: bytes) -> str:
        bodies.append(body)
        return "sha"

    async with PoliteClient("https://hf.example", tries=1, transport=httpx.MockTransport(respond)) as client:
        return await fetch_listing(DATE, client, save_response), bodies


@pytest.mark.parametrize(("total", "pages"), [(0, 1), (1, 1), (99, 1), (100, 2), (101, 2), (230, 3)])
async def test_all_pages_are_fetched(total: int, pages: int, monkeypatch: pytest.MonkeyPatch) -> None:
    requested_pages = []

    def respond(request: httpx.Request) -> httpx.Response:
        q = request.url.params
        requested_pages.append(q["p"])
        start, size = int(q["p"]) * int(q["limit"]), int(q["limit"])
        return httpx.Response(200, json=[item(n) for n in range(total)[start : start + size]])

    listing, bodies = await fetch(respond, monkeypatch)
    assert [p.arxiv_id for p in listing.papers] == [f"0000.{n:05d}" for n in range(total)]
    assert [p.position for p in listing.papers] == list(range(total))
    assert len(requested_pages) == pages
    assert len(bodies) == max(1, -(-total // 100))


async def test_malformed_items_are_set_aside_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [item(1), {"paper": {"id": "0000.00002"}}, 7, item(4)]
    listing, _ = await fetch(lambda _: httpx.Response(200, json=items), monkeypatch)
    assert [p.arxiv_id for p in listing.papers] == ["0000.00001", "0000.00004"]
    assert [(s.position, reason_text(s.reason, "en")) for s in listing.set_aside] == [
        (1, "no title"),
        (2, "an object was expected, not int"),
    ]
    assert json.loads(listing.set_aside[0].item_json) == items[1]


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx.Response(404), "HTTP 404"),
        (httpx.Response(429), "HTTP 429"),
        (httpx.Response(500), "HTTP 500"),
        (httpx.Response(200, html="<html>busy</html>"), "bytes of text/html that are not JSON"),
        (httpx.Response(200, content=b'[{"paper": {"id"'), "that are not JSON"),
        (httpx.Response(200, content=b""), "0 bytes"),
        (httpx.Response(200, content=b"[" * 100_000), "not JSON"),
        (httpx.Response(200, json={"error": "x"}), "a JSON dict instead of a list"),
    ],
)
async def test_a_response_without_a_list_is_a_clear_error(
    response: httpx.Response, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SiteUnreachable, match=reason) as error:
        await fetch(lambda _: response, monkeypatch)
    assert "No list of 2026-01-09 from https://hf.example/api/daily_papers" in str(error.value)
    assert "DAILY_PAPERS_HF_URL" in str(error.value)
    assert error.value.exit_code == 3


async def test_a_bad_body_is_requested_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([httpx.Response(200, content=b"<html>"), httpx.Response(200, json=[item(1)])])
    listing, _ = await fetch(lambda _: next(answers), monkeypatch)
    assert len(listing.papers) == 1


async def test_a_network_that_is_down_is_a_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)

    with pytest.raises(SiteUnreachable, match="ConnectError: no route"):
        await fetch(down, monkeypatch)
