"""Analyses made again from their records: a model's from its stored answer, an extract from the paper's text."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic import ValidationError

from papers.analysis_choice import EXTRACTIVE
from papers.facts.records import AnalysisRecord
from papers.models import Analysis, Paper, Reading
from tasks.analyze.analyst import prepare_paper_text
from tasks.analyze.drafts import finished_analysis, openness
from tasks.analyze.extractive import extract as extractive
from tasks.analyze.llm.answer_cache import Cache, answer_key

VERSION = extractive.VERSION  # of what is made again from a text
_RECORDED_COLUMNS = (
    *("language", "reason", "model", "cache_key"),
    *("input_tokens", "cached_tokens", "output_tokens", "cost_usd", "seconds"),
)


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
    """The extract of the paper, with what the record says about how it was made: it may stand in for a model's."""
    draft = extractive.extract(paper, reading, record.language, prepare_paper_text(paper, reading))
    return finished_analysis(
        draft,
        arxiv_id=paper.arxiv_id,
        openness=openness(paper, reading),
        prompt_version=extractive.VERSION,
        **{name: getattr(record, name) for name in _RECORDED_COLUMNS},
    )
