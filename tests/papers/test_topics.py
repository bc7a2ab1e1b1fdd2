"""What a paper is about, in both languages."""

from __future__ import annotations

import pytest

from papers.models import Analysis, Direction, Language
from papers.topics import topic_line, topics_of
from tests import factories

LABELS = {
    "Agent": "Agents", "AgenticRL": "Agentic RL", "RL": "Reinforcement learning", "Image": "Image generation",
    "Align": "Alignment and safety", "Theory": "Theory",
}  # fmt: skip
CHINESE = {"Agent": "智能体", "Image": "图像生成与编辑", "Align": "对齐与安全", "Theory": "理论"}


def analysis_by(model: str, keywords: list[str], area: str) -> Analysis:
    return factories.analysis(1, model=model, keywords=keywords, application_area=area)


def topics(keywords: list[str], *evidence: str, language: Language = "en") -> list[str]:
    analysis = analysis_by("extractive", keywords, "no")
    directions = [Direction(name=e.split()[0], evidence=e.partition(" ")[2]) for e in evidence]
    return topics_of(analysis, directions, CHINESE if language == "zh" else LABELS, language)


@pytest.mark.parametrize(
    ("keywords", "evidence", "expected"),
    [
        (["code generation"], ["Agent title: agent"], ["code generation"]),  # the label is broad
        (["GUI agents"], ["Agent title: agent"], ["GUI agents"]),  # says more than the label
        (["alignment"], ["Align title: safety"], ["alignment"]),
        ([], ["Agent title: a", "Theory keywords: b"], ["Agents"]),  # the title counts more
        ([], ["Theory keywords: b", "Agent keywords: a"], ["Theory"]),
        (["sparse routing"], ["Theory abstract: neural (2 times)"], ["sparse routing"]),
        ([], ["Theory abstract: neural (2 times)"], ["Theory"]),  # better than nothing
        ([], ["AgenticRL title: x", "Agent title: y", "RL title: z"], ["Agentic RL"]),  # no repeats
        (["a b", "c d", "e f"], ["Agent title: a", "Theory title: b"], ["a b", "c d", "e f"]),
        ([], [], []),
    ],
)
def test_labels_and_keywords(keywords: list[str], evidence: list[str], expected: list[str]) -> None:
    assert topics(keywords, *evidence) == expected


def test_chinese_topics_are_chinese() -> None:
    agent = "Agent title: agent"
    assert topics(["sparse routing", "code generation"], agent, language="zh") == ["代码生成"]
    assert topics(["instructional video editing"], agent, language="zh") == ["视频编辑"]  # a kind of it
    assert topics(["image editing"], "Image title: x", language="zh") == ["图像编辑"]
    assert topics(["safety alignment"], "Align title: x", language="zh") == ["安全对齐"]
    assert topics(["sparse routing"], language="zh") == ["sparse routing"]  # nothing else
    assert topic_line(["智能体", "代码生成"], "zh") == "智能体；代码生成"


def test_a_models_area_stays_as_it_is() -> None:
    analysis = analysis_by("a-model", ["x y"], "Tool use, planning")
    assert topics_of(analysis, [Direction(name="Agent", evidence="title: a")], LABELS, "en") == ["Tool use, planning"]
    assert topics_of(None, [], LABELS, "en") == []
