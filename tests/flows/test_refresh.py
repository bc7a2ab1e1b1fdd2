"""Dates run again or late: later upvotes, papers listed late, and results reused from later days."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from papers.models import Analysis, Paper, Popularity, Reading
from papers.store import open_store
from papers.tables.snapshots import read_snapshot
from tests.flows.conftest import Command
from tests.servers import QuietHandler, replay, serve_http
from tests.shared import SHARED, needs_shared

TODAY = dt.datetime.now(dt.UTC).date()
YESTERDAY = TODAY - dt.timedelta(days=1)


def item(n: int, upvotes: int) -> dict[str, Any]:
    abstract = f"We let agent {n} plan in a garden of forking paths, and it finds the way out in nine of ten trials."
    return {
        "paper": {"id": f"0000.{n:05d}", "title": f"Agent {n} in the garden", "summary": abstract, "upvotes": upvotes}
    }


@pytest.fixture
def site() -> Iterator[tuple[str, dict[str, list[Any]], list[str]]]:
    """The address of a site, its lists, which a test can change, and the paths that were requested."""
    lists: dict[str, list[Any]] = {}
    requests: list[str] = []

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            requests.append(self.path)
            query = {k: v[0] for k, v in parse_qs(url.query).items()}
            items = lists.get(query.get("date", ""), []) if url.path == "/api/daily_papers" else None
            body = json.dumps(items if query.get("p") == "0" else []).encode()
            self.reply(200 if items is not None else 404, body)

    with serve_http(Handler) as url:
        yield url, lists, requests


def test_later_upvotes_are_a_new_capture_and_late_papers_are_read(
    site: tuple[str, dict[str, list[Any]], list[str]], command: Command, tmp_path: Path
) -> None:
    address, lists, requests = site
    settings = {"HF_URL": address, "ARXIV_URL": address}
    lists[YESTERDAY.isoformat()] = [item(1, 3), item(2, 5)]
    lists[TODAY.isoformat()] = [item(3, 1)]
    assert command("run", "--date", YESTERDAY.isoformat(), **settings).code == 0
    assert command("run", "--date", TODAY.isoformat(), **settings).code == 0
    lists[YESTERDAY.isoformat()] = [item(1, 30), item(2, 5), item(4, 9)]
    requests.clear()
    result = command("refresh", "--days", "3", **settings)
    assert result.code == 0, result
    store = open_store(str(tmp_path / "store"))
    rows = read_snapshot(store, "popularity", YESTERDAY, Popularity) or []
    figures = [(r.arxiv_id, r.upvotes) for r in sorted(rows, key=lambda r: (r.arxiv_id, r.captured_at))]
    assert figures == [("0000.00001", 3), ("0000.00001", 30), ("0000.00002", 5), ("0000.00002", 5), ("0000.00004", 9)]
    papers = read_snapshot(store, "papers", YESTERDAY, Paper) or []
    assert [p.upvotes for p in papers] == [30, 5, 9]
    assert {r.arxiv_id for r in read_snapshot(store, "readings", YESTERDAY, Reading) or []} == {
        f"0000.0000{n}" for n in (1, 2, 4)
    }
    post = (tmp_path / f"store/editions/{YESTERDAY}/curated-post.en.md").read_text()
    assert "**Upvotes**: 30" in post
    assert "0000.00004" in post


def test_a_store_without_the_last_days_says_what_to_do(
    site: tuple[str, dict[str, list[Any]], list[str]], command: Command
) -> None:
    address, lists, _ = site
    lists[TODAY.isoformat()] = [item(1, 3)]
    result = command("refresh", HF_URL=address, ARXIV_URL=address)
    assert result.code == 0
    assert "Next: daily-papers run" in result.out
    assert command("refresh", "--days", "0").code == 2


@needs_shared
def test_a_back_filled_date_takes_what_a_later_day_analysed_without_a_model_call(
    command: Command, tmp_path: Path
) -> None:
    """The paper moves with its analysis to the earlier day; the model is called only for the third paper."""
    items = json.loads(gzip.decompress((SHARED / "recorded/hf/daily/2025-10-17.json.gz").read_bytes()))[:3]
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "2025-10-17.listing.json").write_text(json.dumps(items[:2]))
    (lists / "2025-10-16.listing.json").write_text(json.dumps([items[0], items[2]]))
    first, second, third = (item["paper"]["id"] for item in items)
    with replay("serve.py", "--fill", "--listings", str(lists)) as address, replay("llm.py", "--zh") as model:
        settings = {"HF_URL": address, "ARXIV_URL": address, "MODEL": "openai:replay", "MODEL_URL": f"{model}/v1"}

        def log(server: str) -> list[str]:
            return [line for line in httpx.get(f"{server}/__log").text.splitlines() if line]

        def run(day: str) -> tuple[int, list[str]]:
            """About how many papers the model was asked, and which pages of arXiv were requested."""
            calls, pages = len(log(model)), len(log(address))
            result = command("run", "--date", day, **settings)
            assert result.code == 0, result
            asked = {json.loads(line)["prompt"] for line in log(model)[calls:]}
            return len(asked), [line for line in log(address)[pages:] if "/html/" in line]

        assert run("2025-10-17")[0] == 2
        calls, pages = run("2025-10-16")
        assert calls == 1
        assert all(third in page for page in pages)
    store = open_store(str(tmp_path / "store"))
    analysed = {
        d: {a.arxiv_id for a in read_snapshot(store, "analyses", dt.date.fromisoformat(d), Analysis) or []}
        for d in ("2025-10-16", "2025-10-17")
    }
    assert analysed == {"2025-10-16": {first, third}, "2025-10-17": {second}}
    post = (tmp_path / "store/editions/2025-10-17/full-report.en.md").read_text()
    assert "2025-10-16" in post
