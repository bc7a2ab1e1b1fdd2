"""Refresh: the last days once more, with later upvotes and with papers listed late."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from papers.models import Paper, Popularity, Reading
from papers.snapshots import read_snapshot
from papers.store import open_store
from tests.flows.conftest import Command

TODAY = dt.datetime.now(dt.UTC).date()
YESTERDAY = TODAY - dt.timedelta(days=1)


def item(n: int, upvotes: int) -> dict[str, Any]:
    abstract = f"We let agent {n} plan in a garden of forking paths, and it finds the way out in nine of ten trials."
    return {
        "paper": {"id": f"0000.{n:05d}", "title": f"Agent {n} in the garden", "summary": abstract, "upvotes": upvotes}
    }


@pytest.fixture
def site() -> Iterator[tuple[str, dict[str, list[Any]], list[str]]]:
    """A site whose lists a test can change, its address, and what it was asked."""
    lists: dict[str, list[Any]] = {}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            asked.append(self.path)
            query = {k: v[0] for k, v in parse_qs(url.query).items()}
            found = lists.get(query.get("date", ""), []) if url.path == "/api/daily_papers" else None
            body = json.dumps(found if query.get("p") == "0" else []).encode()
            self.send_response(200 if found is not None else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", lists, asked
    server.shutdown()
    server.server_close()


def test_later_upvotes_are_a_new_capture_and_late_papers_are_read(
    site: tuple[str, dict[str, list[Any]], list[str]], command: Command, tmp_path: Path
) -> None:
    address, lists, asked = site
    where = {"HF_URL": address, "ARXIV_URL": address}
    lists[YESTERDAY.isoformat()] = [item(1, 3), item(2, 5)]
    lists[TODAY.isoformat()] = [item(3, 1)]
    assert command("run", "--date", YESTERDAY.isoformat(), **where).code == 0
    assert command("run", "--date", TODAY.isoformat(), **where).code == 0
    lists[YESTERDAY.isoformat()] = [item(1, 30), item(2, 5), item(4, 9)]
    asked.clear()
    got = command("refresh", "--days", "3", **where)
    assert got.code == 0, got
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
    assert "**HF Upvotes**: 30" in post
    assert "0000.00004" in post


def test_a_store_without_the_last_days_says_what_to_do(
    site: tuple[str, dict[str, list[Any]], list[str]], command: Command
) -> None:
    address, lists, _ = site
    lists[TODAY.isoformat()] = [item(1, 3)]
    got = command("refresh", HF_URL=address, ARXIV_URL=address)
    assert got.code == 0
    assert "Next: daily-papers run" in got.out
    assert command("refresh", "--days", "0").code == 2
