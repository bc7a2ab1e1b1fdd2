"""The extract that takes the place of a model's analysis that failed."""

from __future__ import annotations

from papers.analysis_choice import EXTRACTIVE
from papers.models import Analysis, Paper, Reading
from papers.reasons import make_reason
from tasks.analyze.analyst import prepare_paper_text
from tasks.analyze.drafts import finished_analysis
from tasks.analyze.extractive import extract as extractive

_SAME_COLUMNS = (
    *("arxiv_id", "language", "cache_key", "openness"),
    *("input_tokens", "cached_tokens", "output_tokens", "cost_usd", "seconds"),
)


def stand_in_for(failed: Analysis, paper: Paper, reading: Reading) -> Analysis:
    """An extract of the paper with the reason why the model gave no analysis, and what the failed calls cost.

    It keeps the failed analysis' cache key, under which nothing is stored: a later run asks the model again.
    """
    draft = extractive.extract(paper, reading, failed.language, prepare_paper_text(paper, reading))
    return finished_analysis(
        draft,
        reason=failed.reason or make_reason("no-model-analysis"),
        model=EXTRACTIVE,
        prompt_version=extractive.VERSION,
        **{name: getattr(failed, name) for name in _SAME_COLUMNS},
    )
