"""Numbers and names without support in the paper: marked where they stand, and reported in the basis."""

from __future__ import annotations

import pytest

from papers.day import Day
from papers.models import Evidence, Language, Result
from papers.profile import Profile
from tasks.render.editions import render_edition
from tests.tasks.render.edition_texts import LANGUAGES, section


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_that_failed_its_check_is_reported_and_marked(day: Day, profile: Profile, language: Language) -> None:
    text = section(render_edition(day, "full-report", language, profile).markdown, "Read from its PDF")
    unverified = {"zh": "〔未核对〕", "en": " \\[unverified]"}[language]
    assert f"It beats the baseline by 9.9 points.{unverified}" in text
    assert text.count(unverified) == 1
    assert "[0000.00001](https://arxiv.org/abs/0000.00001)" in text
    assert {"zh": "3 倍（没有原文依据，已删去）", "en": "3× (without support in the paper; removed)"}[language] in text


def test_a_number_with_a_mark_in_the_text_is_not_marked_again(day: Day, profile: Profile) -> None:
    result = Result(finding="It beats the baseline by 9.9 points [unverified].")
    analyses = [a.model_copy(update={"results": [result]}) if a.arxiv_id == "0000.00003" else a for a in day.analyses]
    changed_day = day.model_copy(update={"analyses": analyses})
    text = section(render_edition(changed_day, "full-report", "en", profile).markdown, "Read from its PDF")
    assert text.count("[unverified]") == 1
    assert "9.9 percentage points (a number of another paper" in text
    assert "kept, marked as unverified" in text


def test_a_name_that_is_not_in_the_paper_is_reported(day: Day, profile: Profile) -> None:
    name = Evidence(field="insight", text="PlowPilot", status="unsupported")
    analyses = [a.model_copy(update={"evidence": [name]}) for a in day.analyses if a.arxiv_id == "0000.00001"]
    changed_day = day.model_copy(update={"analyses": analyses})
    text = section(render_edition(changed_day, "full-report", "en", profile).markdown, "Weighing Calls")
    assert "not passed: PlowPilot (without support in the paper; removed)" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_basis_is_one_line_with_at_most_three_numbers(day: Day, profile: Profile, language: Language) -> None:
    text = "It gains 1, 2, 3, 4 and 5."
    wrong = [
        Evidence(field="insight", text=text, number=str(n), unit="none", status="unsupported") for n in range(1, 6)
    ]
    analyses = [a.model_copy(update={"evidence": wrong}) if a.arxiv_id == "0000.00001" else a for a in day.analyses]
    markdown = render_edition(day.model_copy(update={"analyses": analyses}), "curated-post", language, profile).markdown
    line = next(row for row in markdown.splitlines() if row.startswith(("**依据**", "**Basis**")))
    assert line.count({"zh": "没有原文依据", "en": "without support"}[language]) == 3
    assert {"zh": "等 5 个", "en": "5 in all"}[language] in line
