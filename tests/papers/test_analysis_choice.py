"""The choice of an analysis where runs with different models left several."""

from __future__ import annotations

import pytest

from papers.analysis_choice import EXTRACTIVE, analysis_in, best_analyses, extract_in, table_sentence
from papers.models import Analysis, Evidence, Result, RowComparison


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


def test_a_sentence_of_the_main_table_is_said_from_its_rows_in_either_language() -> None:
    rows = RowComparison(column="Acc", own="Ours (A.)", own_value="52.3", other="B", other_value="49.5")
    chinese = table_sentence("zh", rows)
    evidence = [Evidence(field="results[0].finding", text=chinese, status="grounded")]
    extract = EXTRACT.model_copy(
        update={"results": [Result(finding=chinese, rows=rows)], "highlights": [chinese, "x"], "evidence": evidence}
    )
    english = extract_in(extract, "en")
    expected = "In the main table, Ours (A.) has 52.3 in the column Acc; the best competitor, B, has 49.5."
    assert [english.results[0].finding, english.highlights[0], english.evidence[0].text] == [expected] * 3
    assert extract_in(english, "zh").results == extract.results


def test_a_table_sentence_of_an_earlier_version_is_printed_as_it_is() -> None:
    old = "In the main table, A has 1 in the column B; the best competitor, C, has 0."
    extract = EXTRACT.model_copy(update={"language": "en", "results": [Result(finding=old)]})
    assert extract_in(extract, "zh").results[0].finding == old
