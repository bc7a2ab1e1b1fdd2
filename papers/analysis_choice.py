"""Chooses one analysis of a paper where there are several, and gives an extract in the other language.

An extract is an analysis made without a model: in both languages its sentences are the paper's own.
"""

from __future__ import annotations

from collections.abc import Iterable

from papers.keyword_glossary import area_of, topic_of
from papers.models import Analysis, Language, Openness, Reading, RowComparison
from papers.paper_urls import repository_name
from papers.reasons import reason_text

EXTRACTIVE = "extractive"  # the model name of an analysis made without a model


def next_action(openness: Openness, language: Language) -> str | None:
    """What a reader can do next with what an extract's paper opens; None if there is nothing to name but its code."""
    rules = (
        (openness.data_url, "在数据 {} 上测一测自己的方法", "Try a method of your own on the data {}"),
        (openness.weights_url, "下载权重 {} 试用", "Try the weights {}"),
    )
    for url, chinese, english in rules:
        if url and (name := repository_name(url)):
            return (f"{chinese}。" if language == "zh" else f"{english}.").format(name)
    return None


# Of the whole table, and of a group of its rows.
_TABLE_SENTENCES: dict[Language, tuple[str, str]] = {
    "en": (
        "In the main table, {own} has {own_value} in the column {column}; "
        "the best competitor, {other}, has {other_value}.",
        "In the main table, among the rows of “{group}”, {own} has {own_value} in the column {column}; "
        "the best competitor there, {other}, has {other_value}.",
    ),
    "zh": (
        "主要结果表的“{column}”一列：{own} 为 {own_value}，最接近的对比方法 {other} 为 {other_value}。",
        "主要结果表“{group}”一组的“{column}”一列：{own} 为 {own_value}，最接近的对比方法 {other} 为 {other_value}。",
    ),
}


def table_sentence(language: Language, rows: RowComparison) -> str:
    """The paper's own row of its main table beside the best other row, as an extract says it."""
    return _TABLE_SENTENCES[language][rows.group is not None].format(**rows.model_dump())


def is_stand_in(analysis: Analysis) -> bool:
    """Whether it is an extract that takes the place of a model's analysis; its reason says why."""
    return analysis.model == EXTRACTIVE and analysis.state == "done" and analysis.reason is not None


def is_abstract_only(reading: Reading | None, analysis: Analysis | None) -> bool:
    """Whether only the abstract was read, and no model: then the abstract stands in place of the parts."""
    read = reading is not None and reading.state == "done" and reading.source == "abs"
    return read and analysis is not None and analysis.model == EXTRACTIVE


def stand_in_reasons(analyses: Iterable[Analysis]) -> dict[str, str]:
    """Why papers have an extract instead of a model's analysis, in English, by arXiv id."""
    return {a.arxiv_id: f"({a.language}) {reason_text(a.reason, 'en')}" for a in analyses if is_stand_in(a)}


def extract_in(analysis: Analysis, language: Language) -> Analysis:
    """An extract converted to `language`; any other analysis unchanged."""
    if analysis.model != EXTRACTIVE or analysis.state != "done":
        return analysis
    if analysis.language == language:
        return analysis.model_copy(update={"next_action": next_action(analysis.openness, language)})
    rows = [r.rows for r in analysis.results if r.rows is not None]
    sentences = {table_sentence(analysis.language, r): table_sentence(language, r) for r in rows}
    changes = {
        "language": language,
        "next_action": next_action(analysis.openness, language),
        "application_area": area_of(analysis.keywords, language) or analysis.application_area,
        "topic": topic_of(analysis.keywords, analysis.short_name, language) or analysis.topic,
        "results": [r.model_copy(update={"finding": sentences.get(r.finding, r.finding)}) for r in analysis.results],
        "highlights": [sentences.get(text, text) for text in analysis.highlights],
        "evidence": [e.model_copy(update={"text": sentences.get(e.text, e.text)}) for e in analysis.evidence],
    }
    return analysis.model_copy(update=changes)


def best_analyses(analyses: Iterable[Analysis]) -> list[Analysis]:
    """One analysis for each paper and language, in the order of the rows.

    Concurrent runs with different models may leave several. A finished analysis is preferred to an unfinished one, a
    model's to an extract, then the one with the lowest cache key.
    """
    best: dict[tuple[str, str], Analysis] = {}
    for row in analyses:
        key = (row.arxiv_id, row.language)
        if key not in best or _preference(row) < _preference(best[key]):
            best[key] = row
    return list(best.values())


def analysis_in(language: Language, analyses: Iterable[Analysis]) -> Analysis | None:
    """The analysis to print in `language`, from the analyses of one paper; None if there are none.

    A finished one is preferred, then one in that language. An extract is converted to the language.
    """
    ordered = sorted(best_analyses(analyses), key=lambda a: (a.state != "done", a.language != language))
    return extract_in(ordered[0], language) if ordered else None


def _preference(row: Analysis) -> tuple[bool, bool, str]:
    return row.state != "done", row.model == EXTRACTIVE, row.cache_key
