"""Analyses made again from their records: a model's from its stored answer, an extract from the paper's text."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic import ValidationError

from papers.analysis_choice import EXTRACTIVE
from papers.facts.records import AnalysisRecord
from papers.models import Analysis, Paper, Reading
from tasks.analyze.analysis_texts import language_share
from tasks.analyze.analyst import prepare_paper_text
from tasks.analyze.drafts import openness
from tasks.analyze.extractive import extract as extractive
from tasks.analyze.llm.answer_cache import Cache, answer_key

VERSION = extractive.VERSION  # of what is made again from a text


def choose_record(records: Sequence[AnalysisRecord], text_sha256: str | None) -> AnalysisRecord | None:
    """The record whose analysis counts, of a paper in one language; `records` come oldest first.

    The newest analysis by a model of this text, else the newest extract, else the newest failure.
    """

    def preference(indexed: tuple[int, AnalysisRecord]) -> tuple[bool, bool, bool, int]:
        index, record = indexed
        is_done = record.state == "done"
        return record.text_sha256 != text_sha256, not is_done, is_done and record.model == EXTRACTIVE, -index

    return min(enumerate(records), key=preference, default=(0, None))[1]


def analysis_of(record: AnalysisRecord, paper: Paper, reading: Reading, answers: Cache) -> Analysis | None:
    """The analysis of a record, before ungrounded numbers are cut; None if a model's answer can no longer be read."""
    links = openness(paper, reading)
    if record.row is not None:
        return record.row.model_copy(update={"openness": links})
    if record.model == EXTRACTIVE:
        return _extract(record, paper, reading)
    data = answers.get(answer_key(record.arxiv_id, record.cache_key))
    try:
        analysis = Analysis.model_validate(json.loads(data or b"")["analysis"])
    except (ValueError, KeyError, TypeError, ValidationError):
        return None
    return analysis.model_copy(update={"arxiv_id": paper.arxiv_id, "openness": links})


def _extract(record: AnalysisRecord, paper: Paper, reading: Reading) -> Analysis:
    draft = extractive.extract(paper, reading, record.language, prepare_paper_text(paper, reading))
    analysis = Analysis(
        arxiv_id=paper.arxiv_id,
        language=record.language,
        state="done",
        reason=record.reason,
        model=EXTRACTIVE,
        prompt_version=extractive.VERSION,
        cache_key=record.cache_key,
        openness=openness(paper, reading),
        evidence=draft.evidence,
        numbers_total=draft.numbers_total,
        numbers_grounded=draft.numbers_grounded,
        input_tokens=record.input_tokens,
        cached_tokens=record.cached_tokens,
        output_tokens=record.output_tokens,
        cost_usd=record.cost_usd,
        seconds=record.seconds,
        **draft.fields,
    )
    return analysis.model_copy(update={"language_share": language_share(analysis)})
