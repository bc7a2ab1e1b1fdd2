"""A reading made again from its record and the stored responses is the first one, byte for byte."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence

import pytest

from papers.arxiv_ids import month_of
from papers.facts.records import ReadingRecord
from papers.http import FetchFailed, HttpResponse
from papers.models import Attempt, ListedPaper, Reading, ReadingSource
from papers.reasons import make_reason
from papers.store.raw_responses import RawResponses, raw_key
from papers.tables.parquet import encode
from tasks.read.best_source import ArxivGate, read_paper
from tasks.read.extraction import BodyResult
from tasks.read.stored_readings import read_again, stored_pages
from tests.plain import MemoryStore, read_nothing
from tests.reading import read_here
from tests.sample_day import sample_days
from tests.tasks.read.builders import ABSTRACT, OTHER_ABSTRACT, OTHER_TITLE, TITLE, abs_page, pdf_paper
from tests.tasks.read.builders import paper as whole_page

NOON = dt.datetime(2026, 1, 9, 12, tzinfo=dt.UTC)
URL = "https://huggingface.co/papers/2510.00001"
PAPER = ListedPaper(arxiv_id="2510.00001", source="hf", position=0, title=TITLE, abstract=ABSTRACT)
SAMPLE_SOURCES = {f"0000.0000{n}": s for n, s in enumerate(("html", "html", "pdf", "abs", "abs", "abs"), 1)}
DOWN = FetchFailed("https://arxiv.org/x", None, make_reason("connection-failed", error="ConnectError"))

Answer = bytes | tuple[int, bytes] | FetchFailed


class Day:
    """A paper that is read once from these answers, the responses in a store."""

    def __init__(
        self, paper: ListedPaper = PAPER, gate: ArxivGate | None = None, answers: Mapping[str, Answer] | None = None
    ) -> None:
        self.paper, self.store, self.answers = paper, MemoryStore(), answers or {}
        responses = RawResponses(self.store)
        self.reading = asyncio.run(
            read_paper(
                paper,
                fetch=self.fetch,
                read_body=read_here,
                save_response=lambda body: responses.save("2510", body),
                gate=gate or ArxivGate(),
                listing_url=URL,
            )
        )
        self.record = ReadingRecord.of(self.reading, "r1", NOON, URL)

    async def fetch(self, path: str) -> HttpResponse:
        answer = self.answers.get(path.split("/")[0], (404, b"not found"))
        if isinstance(answer, FetchFailed):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return HttpResponse(f"https://arxiv.org/{path}v2", status, body, "text/html", NOON)

    def again(self) -> Reading:
        return read_again(self.record, self.paper, self.store, read_here)


def assert_same(again: Reading, first: Reading) -> None:
    """Equal to the last byte, as JSON and in a snapshot."""
    assert again == first
    assert again.model_dump_json() == first.model_dump_json()
    assert encode("readings", [again]) == encode("readings", [first])


@pytest.mark.parametrize("arxiv_id", SAMPLE_SOURCES)
def test_readings_of_the_sample_are_made_again_byte_for_byte(arxiv_id: str) -> None:
    days = sample_days()
    paper = next(p for p in days.new() if p.arxiv_id == arxiv_id)
    first = days.readings[arxiv_id]
    assert (first.state, first.source) == ("done", SAMPLE_SOURCES[arxiv_id])
    assert_same(read_again(days.records[arxiv_id], paper, days.store, read_here), first)


def test_the_sample_has_refused_and_missing_documents_whose_attempts_are_made_again() -> None:
    outcomes = {
        arxiv_id: [(a.source, a.outcome) for a in reading.attempts]
        for arxiv_id, reading in sample_days().readings.items()
    }
    assert outcomes["0000.00003"] == [("html", "failed"), ("pdf", "accepted")]
    assert outcomes["0000.00006"] == [("html", "refused"), ("pdf", "failed"), ("abs", "accepted")]


WHOLE = whole_page()
ANSWERS: dict[str, dict[str, Answer]] = {
    "html": {"html": WHOLE},
    "pdf": {"pdf": pdf_paper()},
    "pdf, html of another paper": {
        "html": whole_page(OTHER_TITLE, OTHER_ABSTRACT),
        "pdf": pdf_paper(),
    },
    "abs": {"abs": abs_page()},
    "abs, the rest refused": {"html": (403, b"<html>no</html>"), "pdf": (500, b""), "abs": abs_page()},
    "nothing but the list": {},
    "the list, arXiv down": {"html": DOWN, "pdf": DOWN, "abs": DOWN},
    "the list, a broken PDF": {"pdf": b"%PDF-1.5 and no more", "abs": (503, b"<html>later</html>")},
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_reading_from_any_source_is_made_again_byte_for_byte(name: str) -> None:
    day = Day(answers=ANSWERS[name])
    source = name.split(",")[0] if name[:3] in ("htm", "pdf", "abs") else "abs"
    assert (day.reading.state, day.reading.source) == ("done", source), day.reading.attempts
    assert_same(day.again(), day.reading)


def test_a_paper_of_which_nothing_could_be_read_fails_again_with_the_same_attempts() -> None:
    day = Day(PAPER.model_copy(update={"abstract": ""}))
    assert day.reading.state == "failed"
    assert_same(day.again(), day.reading)


def test_sources_that_were_skipped_are_skipped_again() -> None:
    gate = ArxivGate(closed_reason=make_reason("arxiv-forbidden"))
    day = Day(gate=gate, answers={"html": WHOLE})
    assert [a.outcome for a in day.reading.attempts] == ["skipped"] * 3 + ["accepted"]
    assert_same(day.again(), day.reading)


def test_a_document_that_was_stopped_at_a_limit_is_not_read_again() -> None:
    day = Day(answers={"html": WHOLE, "pdf": pdf_paper()})
    attempt = day.reading.attempts[0]
    why = make_reason("reading-broke-off", error="too long")
    stopped = attempt.model_copy(update={"outcome": "stopped", "reason": why})
    record = day.record.model_copy(update={"attempts": [stopped]})
    read_sources: list[str] = []

    async def read_body(source: ReadingSource, body: bytes, title: str | None, abstract: str | None) -> BodyResult:
        read_sources.append(source)
        return await read_here(source, body, title, abstract)

    again = read_again(record, day.paper, day.store, read_body)
    assert read_sources == []  # the PDF has no attempt on record, and no request is made for it
    assert (again.attempts[0].outcome, again.attempts[0].reason) == ("stopped", why)
    assert (again.state, again.source, again.url) == ("done", "abs", URL)


def test_the_title_and_the_links_are_those_of_the_list_now() -> None:
    day = Day(answers={"html": WHOLE})
    linked = day.paper.model_copy(update={"github_url": "https://github.com/example/gates"})
    again = read_again(day.record, linked, day.store, read_here)
    assert [link.url for link in again.links] == ["https://github.com/example/gates"]
    assert again.model_copy(update={"links": []}) == day.reading
    other = day.paper.model_copy(update={"title": OTHER_TITLE, "abstract": OTHER_ABSTRACT})
    refused = read_again(day.record, other, day.store, read_here)
    assert refused.attempts[0].outcome == "refused"  # no text is analysed that is not the paper
    assert refused.source == "abs"


def test_a_response_that_is_lost_or_broken_costs_only_its_source() -> None:
    day = Day(answers={"html": WHOLE})
    (key,) = day.store.keys("raw/")
    day.store.delete(key)
    again = day.again()
    assert (again.state, again.source, again.url) == ("done", "abs", URL)
    assert again.attempts[0].outcome == "failed"


def test_other_readers_give_another_text_with_its_own_attempts() -> None:
    day = Day(answers={"html": WHOLE, "pdf": pdf_paper()})

    async def refuse(source: ReadingSource, body: bytes, title: str | None, abstract: str | None) -> BodyResult:
        return BodyResult(None, make_reason("other-title", title="Half a page"))

    again = read_again(day.record, day.paper, day.store, refuse)
    assert again.sha256 != day.record.text_sha256
    assert [a.outcome for a in again.attempts] == ["refused", "failed", "failed", "accepted"]


def stored(attempts: Sequence[Attempt], store: MemoryStore, path: str) -> HttpResponse:
    return asyncio.run(stored_pages(store, PAPER.arxiv_id, attempts)(path))  # type: ignore[arg-type]


def test_a_stored_page_is_the_first_attempt_of_its_source() -> None:
    day = Day(answers={"abs": abs_page()})
    page_attempt, *_ = [a for a in day.reading.attempts if a.source == "abs"]
    abstract_page = Attempt(source="abs", url=URL, outcome="accepted")
    response = stored([page_attempt, abstract_page], day.store, "abs/2510.00001")
    assert (response.url, response.status, response.body) == ("https://arxiv.org/abs/2510.00001v2", 200, abs_page())
    assert response.fetched_at == NOON


def test_a_page_that_is_not_stored_fails_for_the_reason_on_record() -> None:
    html_page = Attempt(source="html", url="u", status=404, outcome="failed", reason=make_reason("http", status=404))
    for attempts, reason in (([html_page], html_page.reason), ([], make_reason("no-response"))):
        with pytest.raises(FetchFailed) as caught:
            stored(attempts, MemoryStore(), "html/2510.00001")
        assert caught.value.reason == reason


def test_an_empty_record_is_the_listed_abstract() -> None:
    record = ReadingRecord(run_id="", at=NOON, arxiv_id=PAPER.arxiv_id, listing_url=URL, attempts=[], state="failed")
    reading = read_again(record, PAPER, MemoryStore(), read_nothing)
    assert (reading.state, reading.source, reading.url) == ("done", "abs", URL)
    assert raw_key(month_of(PAPER.arxiv_id), "0") == "raw/2510/0.zst"
