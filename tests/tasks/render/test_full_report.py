"""The full report: the parts of each paper, what stands in their place, failures with their reasons."""

from __future__ import annotations

import re

import pytest

from papers.day import Day
from papers.models import Language
from papers.profile import Profile
from tasks.render.editions import render_edition
from tests.tasks.render.edition_texts import LANGUAGES, section

ABSTRACT_ONLY = {"zh": "仅读摘要", "en": "Abstract only"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_full_report_numbers_the_parts_that_have_content(day: Day, profile: Profile, language: Language) -> None:
    markdown = render_edition(day, "full-report", language, profile).markdown
    titles = re.findall(r"^## 📄 (.*)$", markdown, re.MULTILINE)
    assert [titles[0], titles[2], titles[10]] == [
        "Weighing Calls: A Planner for Tool Use",
        "Read from its PDF",
        "Off the Interests",
    ]
    for title in titles:
        numbers = re.findall(r"^### (\d)\. ", section(markdown, title), re.MULTILINE)
        assert numbers == list("123456")[: len(numbers)]
    assert len(re.findall(r"^### 5\. ", markdown, re.MULTILINE)) >= 1
    assert "原文未述" not in markdown
    assert "not stated" not in markdown


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_abstract_stands_in_place_of_parts_where_nothing_else_was_read(
    day: Day, profile: Profile, language: Language
) -> None:
    extracts = [a.model_copy(update={"model": "extractive"}) for a in day.analyses]
    day = day.model_copy(update={"analyses": extracts})
    markdown = render_edition(day, "full-report", language, profile).markdown
    text = section(markdown, "Known by Its Abstract Alone")
    abstract = next(p.abstract for p in day.papers if p.title == "Known by Its Abstract Alone")
    assert text.count(ABSTRACT_ONLY[language]) == 1
    assert text.count(abstract) == 1
    assert "### " not in text


@pytest.mark.parametrize(
    ("title", "english", "chinese"),
    [
        ("Never Read", "nothing to read: html: HTTP 404", "没有可读的内容：html: HTTP 404"),
        ("Taken Back", "withdrawn in v2: an error in Lemma 3", "withdrawn in v2: an error in Lemma 3"),
        ("The Model Failed Here", "no answer fitted the schema (Sure!)", "回答不合格式（Sure!）"),
        ("Left by the Budget", "the run's budget of 1,000 tokens was reached", "已用完本次 1,000 个 token 的预算"),
        ("Read from its PDF", "the page is another paper's", "the page is another paper's"),
    ],
)
def test_failures_are_shown_in_place_with_their_reason(
    day: Day, profile: Profile, title: str, english: str, chinese: str
) -> None:
    assert english in section(render_edition(day, "full-report", "en", profile).markdown, title)
    assert chinese in section(render_edition(day, "full-report", "zh", profile).markdown, title)


@pytest.mark.parametrize(("language", "word"), [("zh", "列表摘要"), ("en", "listed abstract")])
def test_the_abstract_of_the_list_is_named_as_the_source(
    day: Day, profile: Profile, language: Language, word: str
) -> None:
    url = "https://huggingface.co/api/daily_papers?date=2026-02-20"
    readings = [r.model_copy(update={"url": url}) if r.source == "abs" else r for r in day.readings]
    changed = day.model_copy(update={"readings": readings})
    assert f"[{word}]({url})" in render_edition(changed, "full-report", language, profile).markdown


def test_too_little_chinese_is_announced(day: Day, profile: Profile) -> None:
    markdown = render_edition(day, "full-report", "zh", profile).markdown
    assert markdown.count("中文占比 12%，低于 30%") == 1
