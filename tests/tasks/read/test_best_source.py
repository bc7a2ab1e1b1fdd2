"""A paper is read from the best of its sources, and every attempt is recorded."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

import pytest

from papers.http import FetchFailed, HttpResponse
from papers.models import Attempt, ListedPaper, Reading, ReadingSource
from papers.reasons import make_reason, reason_text
from tasks.read.best_source import FAILURES_TO_CLOSE, ArxivGate, read_paper, restore_abstract, text_sha256
from tasks.read.extraction import BodyReader, BodyResult
from tests.reading import read_here
from tests.tasks.read.bad import ERROR_PAGES
from tests.tasks.read.builders import (
    ABSTRACT,
    OTHER_ABSTRACT,
    OTHER_TITLE,
    TITLE,
    abs_page,
    page,
    paper,
    para,
    pdf_paper,
)

NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
LISTING_URL = "https://huggingface.co/papers/2510.00001"
PAPER = ListedPaper(arxiv_id="2510.00001", source="hf", position=0, title=TITLE, abstract=ABSTRACT)

Response = bytes | tuple[int, bytes] | FetchFailed

BROKEN = make_reason("connection-failed", error="ConnectError")


class Site:
    """A site with a few responses, and 404 for everything else. Records the requests and the saved bodies."""

    def __init__(self, **responses: Response) -> None:
        self.responses = responses
        self.requests: list[str] = []
        self.saved_bodies: dict[str, bytes] = {}

    async def fetch(self, path: str) -> HttpResponse:
        self.requests.append(path)
        response = self.responses.get(path.split("/")[0], (404, b"not found"))
        if isinstance(response, FetchFailed):
            raise response
        status, body = response if isinstance(response, tuple) else (200, response)
        return HttpResponse(f"https://arxiv.org/{path}", status, body, "text/html", NOW)

    def save_response(self, body: bytes) -> str:
        sha256 = hashlib.sha256(body).hexdigest()
        self.saved_bodies[sha256] = body
        return sha256

    async def read(
        self,
        paper: ListedPaper = PAPER,
        gate: ArxivGate | None = None,
        read_body: BodyReader = read_here,
        earlier_attempts: Sequence[Attempt] = (),
    ) -> Reading:
        return await read_paper(
            paper,
            fetch=self.fetch,
            read_body=read_body,
            save_response=self.save_response,
            gate=gate or ArxivGate(),
            listing_url=LISTING_URL,
            earlier_attempts=earlier_attempts,
        )


def outcomes(reading: Reading) -> list[tuple[str, int | None, str]]:
    return [(a.source, a.status, a.outcome) for a in reading.attempts]


async def test_html_comes_first_and_nothing_else_is_requested() -> None:
    site = Site(html=paper(), pdf=pdf_paper(), abs=abs_page())
    reading = await site.read()
    assert (reading.state, reading.source, reading.reason) == ("done", "html", None)
    assert reading.url == "https://arxiv.org/html/2510.00001"
    assert site.requests == ["html/2510.00001"]
    assert reading.attempts[0].sha256 in site.saved_bodies
    assert reading.attempts[0].fetched_at == NOW
    assert reading.characters == sum(len(b.text) for b in reading.blocks)
    assert reading.tokens > 100
    assert reading.sha256 == text_sha256(reading.blocks)


async def test_without_html_the_pdf_is_read_and_the_record_says_why() -> None:
    reading = await Site(pdf=pdf_paper(), abs=abs_page()).read()
    assert (reading.source, reading.version) == ("pdf", "v3")
    assert outcomes(reading) == [("html", 404, "failed"), ("pdf", 200, "accepted")]
    assert reason_text(reading.reason, "en") == "html: HTTP 404"
    assert reason_text(reading.reason, "zh") == "html: HTTP 404"


async def test_after_refused_html_the_pdf_is_read() -> None:
    site = Site(html=paper(OTHER_TITLE, OTHER_ABSTRACT), pdf=pdf_paper())
    reading = await site.read()
    assert reading.source == "pdf"
    assert outcomes(reading)[0] == ("html", 200, "refused")
    assert "another paper" in reason_text(reading.reason, "en")
    assert len(site.saved_bodies) == 2


async def test_the_abs_page_comes_third() -> None:
    reading = await Site(abs=abs_page()).read()
    assert (reading.source, reading.version) == ("abs", "v2")
    assert [b.id for b in reading.blocks] == ["abstract.p1"]


async def test_the_listing_comes_last() -> None:
    site = Site()
    reading = await site.read(PAPER.model_copy(update={"abstract": "First part.\n\nSecond part."}))
    assert (reading.state, reading.source, reading.url) == ("done", "abs", LISTING_URL)
    assert [(b.id, b.text) for b in reading.blocks] == [("abstract.p1", "First part."), ("abstract.p2", "Second part.")]
    assert outcomes(reading) == [
        ("html", 404, "failed"), ("pdf", 404, "failed"), ("abs", 404, "failed"), ("abs", None, "accepted"),
    ]  # fmt: skip
    assert not site.saved_bodies  # the body of a 404 is not saved


@pytest.mark.parametrize(
    ("listed", "text"),
    [
        ("It is 6.8times faster and needs 8timesH100.", "It is 6.8× faster and needs 8×H100."),
        ("By 15timessim50times, at 32times32 pixels.", "By 15×~50×, at 32×32 pixels."),
        ("On RTX~3090, 3--5times less, in 10~20 runs, p~0.05.", "On RTX 3090, 3–5× less, in 10~20 runs, p~0.05."),
        ("It was run 5 times. Often 3timestamps.", "It was run 5 times. Often 3timestamps."),
        ("It limits their use.We present a way.", "It limits their use. We present a way."),
        ("See e.g.The Pile; Node.It is.", "See e.g.The Pile; Node. It is."),
    ],
)
def test_signs_and_spaces_of_a_listed_abstract_are_restored(listed: str, text: str) -> None:
    assert restore_abstract(listed) == text


async def test_without_any_text_the_reading_fails() -> None:
    reading = await Site().read(PAPER.model_copy(update={"abstract": "  "}))
    assert (reading.state, reading.source, reading.sha256) == ("failed", None, None)
    assert "the listing has no abstract" in reason_text(reading.reason, "en")
    assert "HTTP 404" in reason_text(reading.reason, "en")


@pytest.mark.parametrize("name", sorted(ERROR_PAGES))
async def test_no_error_page_is_ever_a_reading(name: str) -> None:
    body = ERROR_PAGES[name]
    reading = await Site(html=body, pdf=body, abs=body).read()
    assert (reading.source, reading.url) == ("abs", LISTING_URL)
    assert all(a.outcome == "refused" and a.reason for a in reading.attempts[:-1])


@pytest.mark.parametrize(
    "body",
    [paper()[:3000], paper().replace(b"ltx_", b"xtl_"), pdf_paper(), page(para("Short."))],
    ids=["truncated", "other-markup", "pdf-as-html", "no-body"],
)
async def test_a_mislabelled_or_broken_page_is_not_read_as_html(body: bytes) -> None:
    reading = await Site(html=body, pdf=pdf_paper()).read()
    assert reading.source == "pdf"


async def test_a_withdrawn_paper_is_reported_as_withdrawn() -> None:
    comment = "This paper has been withdrawn by the authors due to an error in Lemma 2"
    reading = await Site(abs=abs_page(comments=comment)).read()
    assert (reading.state, reason_text(reading.reason, "zh")) == ("withdrawn", comment)
    second_reading = await Site(abs=abs_page(abstract="This paper has been withdrawn.")).read()
    assert second_reading.state == "withdrawn"


async def test_another_papers_abs_page_is_refused() -> None:
    reading = await Site(abs=abs_page(OTHER_TITLE, OTHER_ABSTRACT, comments="This paper has been withdrawn")).read()
    assert (reading.state, reading.url) == ("done", LISTING_URL)


async def test_links_of_the_listing_come_first_and_once() -> None:
    abstract = f"{ABSTRACT} Code: https://github.com/reader/gates and https://github.com/reader/more."
    listed_paper = PAPER.model_copy(
        update={"github_url": "https://github.com/Reader/Gates/", "project_url": "https://gates.example.org"}
    )
    reading = await Site(html=paper(abstract=abstract)).read(listed_paper)
    assert [(link.kind, link.url) for link in reading.links] == [
        ("code", "https://github.com/Reader/Gates/"),
        ("project", "https://gates.example.org"),
        ("code", "https://github.com/reader/more"),
    ]


async def test_the_texts_hash_does_not_depend_on_where_it_came_from() -> None:
    first, second = await Site(html=paper()).read(), await Site(html=paper() + b"\n<!-- later -->").read()
    assert first.sha256 == second.sha256
    assert first.attempts[0].sha256 != second.attempts[0].sha256


async def test_a_403_closes_the_source_for_the_run() -> None:
    site, gate = Site(html=(403, b"Forbidden"), pdf=pdf_paper()), ArxivGate()
    first = await site.read(gate=gate)
    assert outcomes(first)[:3] == [("html", 403, "failed"), ("pdf", None, "skipped"), ("abs", None, "skipped")]
    assert "wait a day" in (gate.message or "")
    second = await site.read(gate=gate)
    assert [a.outcome for a in second.attempts] == ["skipped"] * 3 + ["accepted"]
    assert second.state == "done"
    assert site.requests == ["html/2510.00001"]


async def test_an_unreachable_source_is_closed_after_some_failures() -> None:
    down = FetchFailed("https://arxiv.org/html/x", None, BROKEN)
    site, gate = Site(html=down, pdf=down, abs=down), ArxivGate()
    for _ in range(3):
        await site.read(gate=gate)
    assert len(site.requests) == FAILURES_TO_CLOSE
    assert "could not be reached" in (gate.message or "")


async def test_server_errors_and_answers_keep_the_source_open() -> None:
    gate = ArxivGate()
    for _ in range(10):
        gate.note_failure(FetchFailed("u", None, BROKEN))
        gate.note_failure(FetchFailed("u", 500, make_reason("http", status=500)))
    assert gate.closed_reason is None
    gate.note_failure(FetchFailed("u", 403, make_reason("many-redirects", limit=5)))
    assert gate.closed_reason


async def test_a_failed_request_is_an_attempt_with_its_reason() -> None:
    reason = make_reason("after-tries", reason=make_reason("http", status=500), tries=4)
    reading = await Site(html=FetchFailed("https://arxiv.org/html/x", 500, reason), pdf=pdf_paper()).read()
    assert reading.source == "pdf"
    assert (reading.attempts[0].outcome, reading.attempts[0].status) == ("failed", 500)
    assert reason_text(reading.attempts[0].reason, "en") == "HTTP 500, 4 tries"


async def test_a_document_that_was_stopped_at_a_limit_is_not_read_again() -> None:
    tries: list[str] = []

    async def stop_html(source: ReadingSource, *words: Any) -> BodyResult:
        tries.append(source)
        return (
            BodyResult(None, make_reason("reader-time", seconds=60), stopped=True)
            if source == "html"
            else await read_here(source, *words)
        )

    site = Site(html=paper(), pdf=pdf_paper())
    first = await site.read(read_body=stop_html)
    assert [(a.source, a.outcome) for a in first.attempts] == [("html", "stopped"), ("pdf", "accepted")]
    again = await site.read(read_body=stop_html, earlier_attempts=first.attempts)
    assert tries == ["html", "pdf", "pdf"]
    assert outcomes(again) == outcomes(first)
    assert reason_text(again.attempts[0].reason, "en") == "not read within 60 seconds"
    site.responses["html"] = paper() + b"<!-- a new version -->"
    await site.read(read_body=stop_html, earlier_attempts=first.attempts)
    assert tries[3:] == ["html", "pdf"]


async def test_papers_are_read_concurrently() -> None:
    site, gate = Site(html=paper()), ArxivGate()
    readings = await asyncio.gather(*(site.read(gate=gate) for _ in range(8)))
    assert {r.sha256 for r in readings} == {readings[0].sha256}
