"""The curated post: the fields of its seed, the front matter, the reasons for what is left out."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from papers.day import Day
from papers.models import Language, Reason
from papers.profile import Profile
from papers.reasons import make_reason
from tasks.render.editions import render_edition
from tests.tasks.render.conftest import analysis, paper, reading, verdict
from tests.tasks.render.edition_texts import CHINESE, LANGUAGES, reasons_in, section, tables


def test_the_curated_post_has_the_fields_of_its_seed(day: Day, profile: Profile) -> None:
    markdown = render_edition(day, "curated-post", "zh", profile).markdown
    pick = section(markdown, "1. Weighing Calls")
    for text in (
        "**作者**: Ada Example, Bob Sample, Cy Made, Di Up 等（Example Lab）",
        "[arXiv:0000.00001](https://arxiv.org/abs/0000.00001) | [HF](https://huggingface.co/papers/0000.00001)",
        "**方向**: 智能体",
        "**评分**: ⭐⭐⭐ 必读",
        "**点赞**: 10",
        "**核心创新**",
        "**实验结果**",
        "**关键洞察**",
        "✅ **适合场景**",
        "⚠️ **局限性**",
        "**开源情况**: [代码](https://github.com/example/sample1)（⭐ 7）",
    ):
        assert text in pick
    assert "- **Weighing Calls**: A planner that weighs tool calls" in section(markdown, "今日预览")
    assert ["论文", "主题", "结果或贡献", "评分"] in tables(section(markdown, "总结"))[0]
    assert "今日趋势观察" not in markdown  # nine days of history are too few
    assert markdown.rstrip().endswith(
        "*数据来源：[Hugging Face Daily Papers（2026-02-20）](https://huggingface.co/papers/date/2026-02-20)"
        " · [arXiv](https://arxiv.org)*"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_front_matter_fits_site_generators(day: Day, profile: Profile, language: Language) -> None:
    markdown = render_edition(day, "curated-post", language, profile).markdown
    opening, block, _ = re.split(r"^---\n", markdown, maxsplit=2, flags=re.MULTILINE)
    fields = yaml.safe_load(block)
    assert opening == ""
    assert list(fields) == ["title", "published", "date", "description", "tags", "category", "draft"]
    assert fields["published"] == fields["date"] == day.date
    assert "&" not in block.split("published", 1)[1].split("description", maxsplit=1)[0]
    assert fields["draft"] is False
    assert profile.label("Agents", language) in fields["tags"]
    assert fields["description"].startswith(
        {"zh": "今日从 14 篇论文中精选 3 篇", "en": "3 of the day's 14 papers"}[language]
    )
    assert not re.search(r"…|\\.\\.\\.", fields["description"])


def test_each_rule_is_worded_in_chinese(day: Day, profile: Profile) -> None:
    markdown = render_edition(day, "curated-post", "zh", profile).markdown
    excluded = reasons_in(markdown)
    assert len(excluded) == 11
    for title, reason in excluded:
        assert CHINESE.search(reason) or re.fullmatch(r"[\d.]+", reason), title  # below the cut: the score alone


@pytest.mark.parametrize(
    ("reason", "zh", "en"),
    [
        (make_reason("weak-signal", upvotes=0, least=1), "点赞 0，至少需要 1", "0 upvotes, at least 1 required"),
        (
            make_reason("off-interest", points="0.5", least="1", directions="Agents"),
            "兴趣分 0.5（智能体），至少需要 1",
            "0.5 interest points (Agents), at least 1 required",
        ),
        (Reason(code="unheard-of"), "reason of 1", "reason of 1"),
    ],
)
def test_rules_are_worded_with_the_facts_of_the_day(profile: Profile, reason: Reason, zh: str, en: str) -> None:
    day = Day(
        date=paper(1, "x").first_seen,
        papers=[paper(1, "One")],
        set_aside=[],
        readings=[reading(1)],
        analyses=[analysis(1)],
        verdicts=[verdict(1, 1, reason.code, curated_parts=reason.parts)],
        trends=[],
    )
    assert reasons_in(render_edition(day, "curated-post", "zh", profile).markdown) == [("One", f"：{zh}")]
    assert reasons_in(render_edition(day, "curated-post", "en", profile).markdown) == [("One", f": {en}")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_day_is_a_draft_without_empty_sections(empty_day: Day, profile: Profile, language: Language) -> None:
    markdown = render_edition(empty_day, "curated-post", language, profile).markdown
    fields = front_matter_of(markdown)
    assert fields["draft"] is True
    assert re.findall(r"^## (.*)$", markdown, re.MULTILINE) == [
        {"zh": "关于本期", "en": "About this edition"}[language]
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_front_matter_has_the_types_of_each_generator(day: Day, profile: Profile, language: Language) -> None:
    """Astro's schemas take strings, dates and lists of strings; Hugo wants an ISO date; Jekyll knows no anchors."""
    markdown = render_edition(day, "curated-post", language, profile).markdown
    block = markdown.split("---\n")[1]
    assert re.search(r"^date: \d{4}-\d\d-\d\d$", block, re.MULTILINE)
    assert re.search(r"^draft: (true|false)$", block, re.MULTILINE)
    assert not re.search(r"^\S+: [&*!]|\t", block, re.MULTILINE)
    assert len(block.splitlines()) == 7  # one field a line
    fields = front_matter_of(markdown)
    assert {type(v) for v in fields["tags"]} == {str}
    assert isinstance(fields["title"], str)
    assert isinstance(fields["description"], str)


def front_matter_of(markdown: str) -> dict[str, Any]:
    fields: dict[str, Any] = yaml.safe_load(markdown.split("---\n")[1])
    return fields
