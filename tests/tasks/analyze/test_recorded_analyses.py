"""Of a paper's attempts one counts; its analysis made again is the first one, or none if its answer is lost."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from papers.facts.records import AnalysisRecord
from papers.models import Analysis
from papers.reasons import make_reason
from papers.tables.parquet import encode
from tasks.analyze.drafts import openness
from tasks.analyze.extractive import extract as extractive
from tasks.analyze.llm.answer_cache import answer_key
from tasks.analyze.recorded_analyses import analysis_of, choose_record
from tasks.analyze.stand_in import stand_in_for
from tests.factories import NOON, analysis, paper, reading
from tests.plain import MemoryStore
from tests.sample_day import sample_days, sample_extracts

TEXT, OTHER = "1" * 64, "2" * 64
MODEL = "openai:gpt"
WHY = make_reason("no-model-analysis")


def record(name: str = "", text: str | None = TEXT, **fields: Any) -> AnalysisRecord:
    """The record of an extract; `name` is its cache key, by which tests know it."""
    row = analysis(cache_key=name, **fields)
    return AnalysisRecord.of(row, "r1", NOON, text)


def by_model(name: str = "", text: str | None = TEXT, model: str = MODEL) -> AnalysisRecord:
    return record(name, text, model=model)


def failed(name: str = "", text: str | None = TEXT, state: str = "failed") -> AnalysisRecord:
    return record(name, text, model=MODEL, state=state, reason=WHY)


# --- which counts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "records",
    [
        [by_model("counts")],
        [record(), by_model("counts")],
        [by_model("counts"), record()],  # an extract never replaces a model's analysis
        [by_model("counts"), failed()],
        [by_model("counts"), record(), failed(state="budget")],
        [by_model(), by_model("counts", model="anthropic:other")],  # the newest of several
        [by_model(model="anthropic:other"), record(), by_model("counts"), record()],
        [record(), record("counts")],
        [failed(), record("counts"), failed()],
        [failed(), failed("counts", state="budget")],
        [by_model(text=OTHER), record("counts")],  # of this text, whatever there is of another
        [by_model(text=OTHER), failed("counts")],
        [by_model("counts"), by_model(text=OTHER)],
        [record(text=OTHER), by_model("counts", text=OTHER)],  # of another text rather than none
        [by_model("counts", text=OTHER), record(text=OTHER)],
        [by_model(text=None), record("counts")],
    ],
)
def test_the_newest_by_a_model_of_this_text_counts_else_an_extract_else_a_failure(
    records: list[AnalysisRecord],
) -> None:
    record = choose_record(records, TEXT)
    assert record is not None
    assert record.cache_key == "counts"


def test_no_record_counts_if_there_is_none() -> None:
    assert choose_record([], TEXT) is None


# --- made again ------------------------------------------------------------------------------------------------------


def assert_same(again: Analysis | None, first: Analysis) -> None:
    assert again is not None
    assert again == first
    assert again.model_dump_json() == first.model_dump_json()
    assert encode("analyses", [again]) == encode("analyses", [first])


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("number", range(1, 7))
def test_an_extract_of_the_sample_is_made_again_byte_for_byte(number: int, language: Any) -> None:
    arxiv_id = f"0000.{number:05d}"
    first, text = sample_extracts()[arxiv_id, language], sample_days().readings[arxiv_id]
    (paper_of_day,) = [p for p in sample_days().new() if p.arxiv_id == arxiv_id]
    attempt = AnalysisRecord.of(first, "r1", NOON, text.sha256)
    assert attempt.row is None  # the extract itself is not stored
    assert_same(analysis_of(attempt, paper_of_day, text, MemoryStore()), first)


def test_an_extract_in_place_of_a_failed_analysis_keeps_its_reason_and_costs() -> None:
    days = sample_days()
    paper_of_day = days.new()[0]
    text = days.readings[paper_of_day.arxiv_id]
    fields: dict[str, Any] = {"arxiv_id": paper_of_day.arxiv_id, "openness": openness(paper_of_day, text)}
    costs: dict[str, Any] = {"input_tokens": 900, "cached_tokens": 80, "output_tokens": 7, "cost_usd": 0.25}
    costs |= {"cache_key": "k", "seconds": 2.5}
    failure = Analysis(language="zh", state="failed", reason=WHY, model=MODEL, prompt_version="p", **fields, **costs)
    first = stand_in_for(failure, paper_of_day, text)
    assert (first.model, first.reason, first.cost_usd) == ("extractive", WHY, 0.25)
    attempt = AnalysisRecord.of(first, "r1", NOON, text.sha256)
    assert_same(analysis_of(attempt, paper_of_day, text, MemoryStore()), first)


def test_an_extract_of_an_earlier_version_is_made_by_this_one() -> None:
    days = sample_days()
    paper_of_day = days.new()[0]
    first = sample_extracts()[paper_of_day.arxiv_id, "en"]
    attempt = AnalysisRecord.of(first, "r1", NOON, None).model_copy(update={"prompt_version": "extractive-1"})
    again = analysis_of(attempt, paper_of_day, days.readings[paper_of_day.arxiv_id], MemoryStore())
    assert again is not None
    assert again.prompt_version == extractive.VERSION


def stored_answer(row: Analysis) -> MemoryStore:
    store = MemoryStore()
    entry = {"analysis": row.model_dump(mode="json")}
    store.put(answer_key(row.arxiv_id, row.cache_key), json.dumps(entry).encode())
    return store


def test_a_models_analysis_is_that_of_its_answer_with_the_links_of_now() -> None:
    paper_of_day, text = paper(github_url="https://github.com/example/code", github_stars=7), reading()
    first = analysis(model=MODEL, cache_key="ab12", openness=openness(paper_of_day, text), cost_usd=0.5, seconds=3.25)
    attempt = AnalysisRecord.of(first, "r1", NOON, TEXT)
    assert_same(analysis_of(attempt, paper_of_day, text, stored_answer(first)), first)
    starred = paper_of_day.model_copy(update={"github_stars": 9})
    again = analysis_of(attempt, starred, text, stored_answer(first))
    assert again is not None
    assert again.openness.stars == 9
    assert again.model_copy(update={"openness": first.openness}) == first


@pytest.mark.parametrize(
    "data", [None, b"", b"{", b"[]", b'{"answer": "x"}', b'{"analysis": {"arxiv_id": 3}}', b'{"analysis": null}']
)
def test_a_models_analysis_without_its_answer_is_none(data: bytes | None) -> None:
    first = analysis(model=MODEL, cache_key="ab12")
    store = MemoryStore()
    if data is not None:
        store.put(answer_key(first.arxiv_id, "ab12"), data)
    assert analysis_of(AnalysisRecord.of(first, "r1", NOON, TEXT), paper(), reading(), store) is None


@pytest.mark.parametrize("state", ["failed", "budget"])
def test_an_analysis_that_is_not_done_is_its_row(state: Any) -> None:
    paper_of_day, text = paper(), reading()
    first = analysis(model=MODEL, state=state, reason=WHY, openness=openness(paper_of_day, text), input_tokens=5)
    attempt = AnalysisRecord.of(first, "r1", NOON + dt.timedelta(hours=1), TEXT)
    assert_same(analysis_of(attempt, paper_of_day, text, MemoryStore()), first)


def test_a_record_is_read_back_as_it_was_written() -> None:
    for first in (*sample_extracts().values(), analysis(model=MODEL, state="failed", reason=WHY)):
        attempt = AnalysisRecord.of(first, "r1", NOON, TEXT)
        assert AnalysisRecord.model_validate_json(attempt.model_dump_json(exclude_defaults=True)) == attempt
