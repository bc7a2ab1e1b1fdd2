"""Reading a single document."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial
from pathlib import Path

import pytest

from papers.errors import UsageError
from papers.http import FetchFailed, HttpResponse
from papers.reasons import make_reason
from tasks.read.single_document import read_source
from tests.reading import read_here
from tests.tasks.read.builders import ABSTRACT, OTHER_ABSTRACT, OTHER_TITLE, TITLE, abs_page, paper, pdf_paper

read = partial(read_source, read_body=read_here)


async def no_fetch(path: str) -> HttpResponse:
    raise AssertionError(f"{path} was asked for")


async def fetch(path: str) -> HttpResponse:
    bodies = {"pdf": pdf_paper(), "abs": abs_page()}
    kind = path.split("://")[-1].split("/")[-2] if "://" in path else path.split("/")[0]
    if kind == "down":
        raise FetchFailed(path, None, make_reason("connection-failed", error="ConnectError"))
    body = bodies.get(kind)
    return HttpResponse(path, 200 if body else 404, body or b"", "", dt.datetime.now(dt.UTC))


@pytest.mark.parametrize(
    ("name", "body"), [("a.html", paper()), ("b.pdf", pdf_paper()), ("mislabelled.html", pdf_paper())]
)
async def test_a_file_is_read_by_its_content(tmp_path: Path, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body)
    result = await read_source(
        str(tmp_path / name), title=TITLE, abstract=ABSTRACT, fetch=no_fetch, read_body=read_here
    )
    assert result.accepted
    data = json.loads(result.as_json())
    assert list(data) == ["source", "accepted", "reason", "title", "affiliations", "links", "blocks"]
    assert list(data["blocks"][0]) == ["id", "kind", "section", "text", "header"]
    assert data["title"] == TITLE
    assert f"# {TITLE}" in result.as_markdown()


async def test_a_refused_file_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(paper())
    result = await read_source(
        str(tmp_path / "a.html"), title=OTHER_TITLE, abstract=OTHER_ABSTRACT, fetch=no_fetch, read_body=read_here
    )
    assert not result.accepted
    assert "another paper" in (result.reason or "")
    assert json.loads(result.as_json())["blocks"] == []
    assert result.as_markdown().startswith("refused: another paper")


async def test_without_title_and_abstract_a_document_is_not_checked(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(paper(OTHER_TITLE, OTHER_ABSTRACT))
    assert (await read(str(tmp_path / "a.html"), title=None, abstract=None, fetch=no_fetch)).accepted


@pytest.mark.parametrize("source", ["2510.00001", "arXiv:2510.00001v2", "cs/0112017"])
async def test_an_id_is_read_from_the_best_source(source: str) -> None:
    result = await read(source, title=TITLE, abstract=ABSTRACT, fetch=fetch)
    assert result.document is not None
    assert result.document.source == "pdf"


async def test_an_address_is_read_by_its_content() -> None:
    result = await read_source(
        "https://arxiv.org/abs/2510.00001", title=None, abstract=None, fetch=fetch, read_body=read_here
    )
    assert result.document is not None
    assert result.document.source == "abs"


@pytest.mark.parametrize("source", ["https://example.org/html/1", "https://example.org/down/1"])
async def test_an_address_without_an_answer_is_refused(source: str) -> None:
    result = await read(source, title=None, abstract=None, fetch=fetch)
    assert not result.accepted
    assert result.reason


@pytest.mark.parametrize("source", ["", "paper.docx", "no such thing", "missing/file.pdf"])
async def test_an_invalid_source_is_a_usage_error(source: str) -> None:
    with pytest.raises(UsageError):
        await read(source, title=None, abstract=None, fetch=no_fetch)
