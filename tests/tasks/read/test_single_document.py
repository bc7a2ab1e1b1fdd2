"""One document read by hand."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from papers.errors import UsageError
from papers.http import Fetched, FetchFailed
from tasks.read.single_document import read_source
from tests.tasks.read.builders import ABSTRACT, OTHER_ABSTRACT, OTHER_TITLE, TITLE, abs_page, paper, pdf_paper


async def no_fetch(path: str) -> Fetched:
    raise AssertionError(f"{path} was asked for")


async def fetch(path: str) -> Fetched:
    bodies = {"pdf": pdf_paper(), "abs": abs_page()}
    kind = path.split("://")[-1].split("/")[-2] if "://" in path else path.split("/")[0]
    if kind == "down":
        raise FetchFailed(path, None, "ConnectError")
    body = bodies.get(kind)
    return Fetched(path, 200 if body else 404, body or b"", "", dt.datetime.now(dt.UTC))


@pytest.mark.parametrize(
    ("name", "body"), [("a.html", paper()), ("b.pdf", pdf_paper()), ("mislabelled.html", pdf_paper())]
)
async def test_a_file_is_read_by_what_it_holds(tmp_path: Path, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body)
    found = await read_source(str(tmp_path / name), title=TITLE, abstract=ABSTRACT, fetch=no_fetch)
    assert found.accepted
    told = json.loads(found.as_json())
    assert list(told) == ["source", "accepted", "reason", "title", "affiliations", "links", "blocks"]
    assert list(told["blocks"][0]) == ["id", "kind", "section", "text", "header"]
    assert told["title"] == TITLE
    assert f"# {TITLE}" in found.as_markdown()


async def test_a_refused_file_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(paper())
    found = await read_source(str(tmp_path / "a.html"), title=OTHER_TITLE, abstract=OTHER_ABSTRACT, fetch=no_fetch)
    assert not found.accepted
    assert "another paper" in (found.reason or "")
    assert json.loads(found.as_json())["blocks"] == []
    assert found.as_markdown().startswith("refused: another paper")


async def test_without_title_and_abstract_a_document_is_taken_at_its_word(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(paper(OTHER_TITLE, OTHER_ABSTRACT))
    assert (await read_source(str(tmp_path / "a.html"), title=None, abstract=None, fetch=no_fetch)).accepted


@pytest.mark.parametrize("source", ["2510.00001", "arXiv:2510.00001v2", "cs/0112017"])
async def test_an_id_is_read_from_the_best_source(source: str) -> None:
    found = await read_source(source, title=TITLE, abstract=ABSTRACT, fetch=fetch)
    assert found.document is not None
    assert found.document.source == "pdf"


async def test_an_address_is_read_by_what_comes() -> None:
    found = await read_source("https://arxiv.org/abs/2510.00001", title=None, abstract=None, fetch=fetch)
    assert found.document is not None
    assert found.document.source == "abs"


@pytest.mark.parametrize("source", ["https://example.org/html/1", "https://example.org/down/1"])
async def test_an_address_without_an_answer_is_refused(source: str) -> None:
    found = await read_source(source, title=None, abstract=None, fetch=fetch)
    assert not found.accepted
    assert found.reason


@pytest.mark.parametrize("source", ["", "paper.docx", "no such thing", "missing/file.pdf"])
async def test_what_is_no_source_is_bad_usage(source: str) -> None:
    with pytest.raises(UsageError):
        await read_source(source, title=None, abstract=None, fetch=no_fetch)
