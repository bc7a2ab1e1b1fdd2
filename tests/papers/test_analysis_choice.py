"""The choice of an analysis where runs with different models left several."""

from __future__ import annotations

import pytest

from papers.analysis_choice import EXTRACTIVE, analysis_in, best_analyses
from papers.models import Analysis


def analysis(model: str, cache_key: str, state: str = "done", language: str = "zh") -> Analysis:
    row = {"arxiv_id": "2510.00001", "language": language, "state": state, "model": model, "prompt_version": "1"}
    return Analysis.model_validate(row | {"cache_key": cache_key})


EXTRACT, GOOD, OTHER = analysis(EXTRACTIVE, "a"), analysis("openai:one", "b"), analysis("openai:two", "c")
FAILED = analysis("openai:three", "0", state="failed")


@pytest.mark.parametrize("rows", [[EXTRACT, GOOD, OTHER, FAILED], [FAILED, OTHER, GOOD, EXTRACT]])
def test_a_finished_analysis_by_a_model_is_chosen_in_any_order_of_rows(rows: list[Analysis]) -> None:
    assert best_analyses(rows) == [GOOD]
    assert analysis_in("zh", rows) == GOOD


def test_an_extract_is_preferred_to_a_failed_analysis() -> None:
    assert best_analyses([FAILED, EXTRACT]) == [EXTRACT]


def test_another_language_is_preferred_to_a_failure() -> None:
    english = analysis("openai:one", "e", language="en")
    assert analysis_in("zh", [FAILED, english]) == english
    assert analysis_in("zh", []) is None
