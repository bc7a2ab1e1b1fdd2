"""The extract that takes the place of a model's analysis that failed."""

from __future__ import annotations

from papers.analysis_choice import EXTRACTIVE
from papers.models import Analysis, Paper, Reading
from papers.reasons import make_reason
from tasks.analyze.analysis_texts import language_share
from tasks.analyze.analyst import prepare_paper_text
from tasks.analyze.extractive import extract as extractive


def stand_in_for(failed: Analysis, paper: Paper, reading: Reading) -> Analysis:
    """An extract of the paper with the reason why the model gave no analysis, and what the failed calls cost.

    It keeps the failed analysis' cache key, under which nothing is stored: a later run asks the model again.
    """
    draft = extractive.extract(paper, reading, failed.language, prepare_paper_text(paper, reading))
    changes = {
        **draft.fields,
        "state": "done",
        "reason": failed.reason or make_reason("no-model-analysis"),
        "model": EXTRACTIVE,
        "prompt_version": extractive.VERSION,
        "evidence": draft.evidence,
        "numbers_total": draft.numbers_total,
        "numbers_grounded": draft.numbers_grounded,
    }
    extract = failed.model_copy(update=changes)
    return extract.model_copy(update={"language_share": language_share(extract)})
