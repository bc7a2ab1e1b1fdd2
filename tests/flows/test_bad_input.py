"""Every way in which a run can fail: a clear message, the right exit code, and earlier snapshots unchanged."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows.days.date_states import finished_dates
from papers.sample import SAMPLE_DAY, SAMPLE_DAYS
from papers.store import FolderStore
from tests.flows.conftest import Command
from tests.servers import QuietHandler, free_port, serve_http

DAY = SAMPLE_DAY.isoformat()


def item(number: int, **fields: Any) -> dict[str, Any]:
    paper = {"id": f"0000.{number:05d}", "title": f"An Agent for Subject {number}", "summary": "We study it. It works."}
    return {"paper": paper | fields, "numComments": 1}


@contextmanager
def serve_answers(answer: Callable[[str], tuple[int, bytes]]) -> Iterator[str]:
    """A server on loopback that replies with `answer(path)`."""

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            self.reply(*answer(self.path))

    with serve_http(Handler) as url:
        yield url


def listing(items: list[Any]) -> Callable[[str], tuple[int, bytes]]:
    """Answers of a site with that list, which has none of the papers."""
    return lambda path: (200, json.dumps(items).encode()) if path.startswith("/api/") else (404, b"no such page")


def views_and_facts(folder: Path) -> dict[str, bytes | None]:
    """All files but responses, caches, and the notes of runs that were started."""
    store = FolderStore(folder)
    left_out = ("raw/", "cache/", "index/")
    return {k: store.get(k) for k in store.keys("") if not k.startswith(left_out) and not k.endswith(".start.json")}


@pytest.fixture
def demo(demo_store: Path, tmp_path: Path) -> Path:
    """A copy of the demo's store."""
    return Path(shutil.copytree(demo_store, tmp_path / "demo"))


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (404, b"", "HTTP 404"),
        (429, b"", "HTTP 429"),
        (500, b"", "HTTP 500"),
        (200, b"<html><h1>Busy</h1></html>", "not JSON"),
        (200, b'[{"paper": {"id": "0000.0', "not JSON"),
    ],
)
def test_a_list_that_does_not_come_leaves_all_as_it_was(
    status: int, body: bytes, message: str, command: Command, demo: Path
) -> None:
    before = views_and_facts(demo)
    with serve_answers(lambda _: (status, body)) as address:
        result = command("run", "--date", DAY, STORE=str(demo), HF_URL=address, TRIES="1")
    assert result.code == 3
    assert message in result.err
    assert "Next:" in result.err
    assert "Traceback" not in result.err + result.out
    assert views_and_facts(demo) == before
    assert finished_dates(FolderStore(demo)) == sorted(SAMPLE_DAYS)


def test_a_network_that_is_down_says_where(command: Command, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    result = command("run", "--date", DAY, HF_URL=address, TRIES="1")
    assert result.code == 3
    assert address in result.err
    assert not (tmp_path / "store" / "snapshots").exists()


def test_arxiv_alone_down_is_a_day_of_abstracts_with_a_warning(command: Command) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with serve_answers(listing([item(n) for n in range(1, 9)])) as site:
        result = command("run", "--date", DAY, HF_URL=site, ARXIV_URL=address, TRIES="1")
    assert result.code == 0
    assert "read: 8 abs" in result.out
    assert "warning:" in result.err


def test_an_item_without_id_or_title_is_set_aside(command: Command, tmp_path: Path) -> None:
    items = [item(1), item(2, title=""), item(3, id=None)]
    with serve_answers(listing(items)) as site:
        assert command("run", "--date", DAY, HF_URL=site, ARXIV_URL=site).code == 0
    text = (tmp_path / f"store/editions/{DAY}/full-report.en.md").read_text()
    assert "no title" in text
    assert "no arXiv id" in text


@pytest.mark.parametrize("date", ["2026-02-30", "yesterday", "20260220", "2026-13-01", ""])
def test_an_impossible_date_is_bad_usage(date: str, command: Command) -> None:
    result = command("run", "--date", date or " ")
    assert result.code == 2
    assert "is not a date: give it as YYYY-MM-DD" in result.err


def test_a_future_date_is_bad_usage(command: Command) -> None:
    date = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)).isoformat()
    result = command("run", "--date", date)
    assert result.code == 2
    assert f"{date} is in the future" in result.err


def test_an_unknown_date_is_an_empty_day(command: Command) -> None:
    result = command("run", "--date", "2020-01-01")
    assert result.code == 0
    assert "0 listed" in result.out


def test_a_store_that_cannot_be_written_says_so(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    result = command("run", "--date", DAY, STORE=str(tmp_path / "file"))
    assert result.code == 3
    assert "cannot write" in result.err


@pytest.mark.parametrize(
    ("setting", "value"), [("LANGUAGE", "fr"), ("PROFILE", "mine"), ("STORE", "ftp://x/y"), ("CONCURRENCY", "many")]
)
def test_wrong_settings_are_bad_usage(setting: str, value: str, command: Command) -> None:
    result = command("run", "--date", DAY, **{setting: value})
    assert result.code == 2
    assert value in result.err or setting in result.err


def test_a_wrong_key_stops_the_run_and_is_not_shown(command: Command, demo: Path) -> None:
    before = views_and_facts(demo)

    class RefusingHandler(QuietHandler):
        def do_POST(self) -> None:
            body = b'{"error": {"message": "Incorrect API key provided: sk-very-secret"}}'
            self.body()
            self.reply(401, body, Content_Type="application/json")

    with serve_http(RefusingHandler) as url:
        model = {"MODEL": "openai:some", "MODEL_URL": f"{url}/v1", "MODEL_KEY": "sk-very-secret"}
        result = command("run", "--date", DAY, STORE=str(demo), **model)
    assert result.code == 3
    assert "DAILY_PAPERS_MODEL_KEY" in result.err
    assert "very-secret" not in result.err + result.out
    assert views_and_facts(demo) == before
    assert finished_dates(FolderStore(demo)) == sorted(SAMPLE_DAYS)


def test_one_papers_failure_is_named_and_stops_no_other(command: Command, tmp_path: Path) -> None:
    items = [item(1), item(2, summary=""), item(3)]
    with serve_answers(listing(items)) as site:
        result = command("run", "--date", DAY, HF_URL=site, ARXIV_URL=site, TRIES="1")
    assert result.code == 1
    assert "failed: 0000.00002: not read:" in result.err
    assert "0000.00001" not in result.err
    assert "read: 2 abs" in result.out
    for name in ("full-report", "ranked-digest", "curated-post"):
        assert "0000.00002" in (tmp_path / f"store/editions/{DAY}/{name}.zh.md").read_text()
