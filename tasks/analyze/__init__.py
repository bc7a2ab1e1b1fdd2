"""The analyze stage: one analysis for each paper and language, with every number checked against the text."""

from __future__ import annotations

import asyncio

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from papers.analysis_choice import is_stand_in
from papers.models import Analysis, Language, Paper, Reading
from papers.numbers.normalization import comparison_key, normalize
from papers.numbers.parser import parse
from papers.reasons import reason_text
from tasks.analyze.analyst import Analyst
from tasks.analyze.grounding.words import word_stems
from tasks.analyze.stand_in import stand_in_for


def clear_text_caches() -> None:
    """Clear the in-memory caches of text functions. They speed up the checks of one paper and are no use to others."""
    for cached_function in (normalize, comparison_key, word_stems, parse):
        cached_function.cache_clear()


@task(
    name="analyze paper",
    task_run_name="analyze {paper.arxiv_id} {language}",
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def analyze_paper_task(analyst: Analyst, paper: Paper, reading: Reading, language: Language) -> Analysis:
    """Analyse `paper` in `language`. Where the model gives no analysis, an extract takes its place, with the reason.

    Raises ModelUnreachable.
    """
    analysis = await analyst.analyze(paper, reading, language)
    if analysis.state == "failed" and reading.state == "done":
        analysis = await asyncio.to_thread(stand_in_for, analysis, paper, reading)
    log, tokens = get_run_logger(), analysis.input_tokens + analysis.output_tokens
    reason = reason_text(analysis.reason, "en")
    if is_stand_in(analysis):
        log.warning("%s: an extract instead of an analysis (%s): %s", paper.arxiv_id, language, reason)
    elif analysis.state == "done":
        counts = (language, analysis.numbers_grounded, analysis.numbers_total, tokens)
        log.info("%s: analysed (%s): %d of %d numbers grounded, %d tokens", paper.arxiv_id, *counts)
    else:
        log.warning("%s: analysis (%s) %s: %s", paper.arxiv_id, language, analysis.state, reason)
    return analysis
