"""The translation of an analysis: the same numbers, the evidence kept, what was not translated named."""

from __future__ import annotations

import json

import pytest

from papers.models import Analysis, Evidence, Innovation, Result
from tasks.analyze.llm.translation import (
    Translation,
    json_key,
    read_translation,
    same_numbers,
    texts_to_translate,
    translated_analysis,
    translation_fault,
    translation_json_schema,
)
from tests import factories


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("It reaches 97.3%.", "准确率达到 97.3%。", True),
        ("It has 1.36B parameters.", "它有 13.6亿 参数。", True),
        ("It is 2.3x faster.", "速度提升 2.3 倍。", True),
        ("It gains 12 points.", "提升 12 个百分点。", True),
        ("On three datasets.", "在三个数据集上。", True),
        ("A new method with GPT-4.", "一种基于 GPT-4 的新方法。", True),
        ("It has 68.4 and 71.6%.", "分别为 68.4% 和 71.6%。", True),
        ("In 2025 it won.", "2025 年获胜。", True),
        ("It reaches 97.3%.", "准确率达到 97.8%。", False),
        ("It reaches 97.3%.", "准确率很高。", False),
        ("It is good.", "准确率达到 97.3%。", False),
        ("It is good.", "超过六成的用户喜欢它。", False),
        ("It gains 12%.", "提升 12 个百分点。", False),
        ("On three datasets.", "在五个数据集上。", False),
        ("With GPT-4.", "使用 GPT-5。", False),
        ("5 and 5 of them.", "其中 5 个。", False),
    ],
)
def test_numbers_are_compared(one: str, other: str, expected: bool) -> None:
    assert same_numbers(one, other) is expected
    assert same_numbers(other, one) is expected


@pytest.mark.parametrize(
    ("original", "text", "language", "fault"),
    [
        ("A method for seeing in the dark.", "一种暗光视觉方法。", "zh", None),
        ("A method for seeing in the dark.", "A method for seeing in the night.", "zh", "it is not in Chinese"),
        ("一种在暗光下成像的方法。", "一种在暗处成像的方法。", "en", "it is not in English"),
        ("GRPO", "GRPO", "zh", None),
        (r"$\hat{f}_{\gamma}\to 0$", r"$\hat{f}_{\gamma}\to 0$", "zh", None),
        ("It is good for this.", "很好。很好。很好。", "zh", "it repeats itself or the prompt"),
    ],
)
def test_faults_of_a_translation(original: str, text: str, language: str, fault: str | None) -> None:
    assert translation_fault(original, text, language) == fault  # type: ignore[arg-type]


def english() -> Analysis:
    row = Evidence(field="contribution", text="It gains 12 points.", number="12", unit="points", status="not-in-quote")
    return factories.analysis(
        language="en",
        contribution="It gains 12 points.",
        insight="Data matters more than size.",
        innovations=[Innovation(title="Labels", text="It needs no labels.")],
        results=[Result(dataset="ImageNet", finding="It wins."), Result(finding="It is fast.")],
        keywords=["RL"],
        short_name="LaSeR",
        evidence=[row],
    )


def test_names_stay_and_the_title_is_translated() -> None:
    texts = texts_to_translate(english(), "A title", "zh")
    assert texts["translated_title"] == "A title"
    assert not {"short_name", "results[0].dataset", "keywords[0]"} & set(texts)
    assert "translated_title" not in texts_to_translate(english(), "A title", "en")
    assert set(translation_json_schema(texts)["properties"]) == {json_key(name) for name in texts}


def test_a_translation_keeps_evidence_and_removes_what_is_not_translated() -> None:
    analysis = english()
    texts = texts_to_translate(analysis, "A title", "zh")
    reply = {
        "translated_title": "标题",
        "contribution": "提升 12 个百分点。",
        "insight": "数据比规模重要 99%。",
        "innovations_1_title": "标注",
        "innovations_1_text": "无需标注。",
        "results_2_finding": "速度快。",
    }
    translation = read_translation(["Here: " + json.dumps({"translation": reply})], texts, "zh")
    assert translation is not None
    result = translated_analysis(analysis, translation, "zh")
    assert (result.language, result.translated_title, result.contribution) == ("zh", "标题", "提升 12 个百分点。")
    assert [r.finding for r in result.results] == ["速度快。"]
    assert (result.insight, result.short_name, result.keywords) == (None, "LaSeR", ["RL"])
    row = result.evidence[0]
    assert (row.text, row.unit, row.status) == ("提升 12 个百分点。", "percentage_point", "not-in-quote")
    removed = {r.field: r.note for r in result.evidence[1:]}
    assert removed["insight"] == "removed: not translated, since its numbers are not those of the original"
    assert removed["results[].finding"] == "removed: not translated, since the model left it out"


def test_a_reply_without_translations_is_none() -> None:
    assert read_translation(["no", '{"other": "text"}', "{}"], {"contribution": "A."}, "zh") is None
    assert read_translation(['{"contribution": 5}'], {"contribution": "A."}, "zh") == Translation()
