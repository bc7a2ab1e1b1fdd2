"""Each edition shows everything that the day has, in both languages, and nothing else."""

from __future__ import annotations

import re

import pytest
from lxml import html

from papers.analysis_choice import next_action
from papers.day import Day
from papers.models import EDITIONS, EditionName, Language, Openness
from papers.profile import Profile
from tasks.render.editions import render_day, render_edition
from tests.tasks.render.conftest import HOSTILE, analysis, paper, reading, verdict
from tests.tasks.render.edition_texts import CHINESE, LANGUAGES, reasons_in, section, tables

EVERY = [(name, language) for name in EDITIONS for language in LANGUAGES]
NOTHING_LISTED = {"zh": "没有论文列出", "en": "Nothing was listed on 2026-02-21 (Saturday)"}
NOTHING_NEW = {"zh": "此前都已报道", "en": "all reported before: nothing new"}


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_the_same_day_gives_the_same_bytes(day: Day, profile: Profile, name: EditionName, language: Language) -> None:
    shuffled = day.model_copy(
        update={
            key: list(reversed(getattr(day, key))) for key in ("papers", "readings", "analyses", "verdicts", "trends")
        }
    )
    edition = render_edition(day, name, language, profile)
    assert edition == render_edition(shuffled, name, language, profile)
    assert (edition.date, edition.name, edition.language) == (day.date, name, language)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_listed_paper_is_shown_or_skipped_with_a_reason(
    day: Day, profile: Profile, name: EditionName, language: Language
) -> None:
    markdown = render_edition(day, name, language, profile).markdown
    pattern = "^## 📄 " if name == "full-report" else r"^### (?:🏆 )?\d+\. "
    headings = re.findall(pattern, markdown, re.MULTILINE)
    skipped = reasons_in(markdown)
    assert len(headings) + len(skipped) == len(day.papers)
    assert all(reason.strip() for _, reason in skipped)
    for day_paper in day.papers:
        assert f"https://arxiv.org/abs/{day_paper.arxiv_id})" in markdown


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_set_aside_items_are_listed(day: Day, profile: Profile, name: EditionName, language: Language) -> None:
    markdown = render_edition(day, name, language, profile).markdown
    reason = {"en": "'a | b' is no arXiv id", "zh": "'a | b' 不是 arXiv 编号"}[language]
    assert ["15", reason, '{"title": null, "<b>": "|"}'] in [r for t in tables(markdown) for r in t]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_rows_have_the_columns_of_their_header(
    day: Day, profile: Profile, name: EditionName, language: Language
) -> None:
    markdown = render_edition(day, name, language, profile).markdown
    for block in re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE):
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}
        assert len(columns) == 1, block


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_repeats_updates_and_duplicates_name_the_day_of_the_first_report(
    day: Day, profile: Profile, name: EditionName, language: Language
) -> None:
    markdown = render_edition(day, name, language, profile).markdown
    rows = dict(reasons_in(markdown))
    assert "2026-02-17" in rows["Reported Before | Again"]
    update = rows["Reported Before, Now Longer"]
    assert "2026-02-17" in update
    assert "0000.00113" in update
    change = {"en": "title: ", "zh": "标题："}[language]
    assert f'{change}"Reported Before" → "Reported Before, Now Longer"' in update
    assert "0000.00001" in rows["Weighing Calls: A Planner for Tool Use"]
    assert "[2026-02-17](https://huggingface.co/papers/date/2026-02-17)" in markdown


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_sources_captures_models_and_checked_numbers_are_stated(
    day: Day, profile: Profile, name: EditionName, language: Language
) -> None:
    about = section(
        render_edition(day, name, language, profile).markdown,
        {"zh": "关于本期", "en": "About this edition"}[language],
    )
    assert "(https://huggingface.co/papers/date/2026-02-20)" in about
    assert "(https://arxiv.org)" in about
    assert re.search("2026-02-21 03:04 UTC (至|to) 2026-02-21 05:04 UTC", about)
    assert {"zh": "句子都摘自论文原文", "en": "the sentences are the paper's own"}[language] in about
    assert {"zh": "共 25 个，23 个与原文一致", "en": "25 numbers, 23 as in the paper"}[language] in about


@pytest.mark.parametrize("name", EDITIONS)
def test_an_analysis_in_the_other_language_is_used_and_announced(day: Day, profile: Profile, name: EditionName) -> None:
    assert "其中 1 篇没有中文分析，以英文分析代替。" in render_edition(day, name, "zh", profile).markdown
    only_en = day.model_copy(update={"analyses": [a.model_copy(update={"language": "en"}) for a in day.analyses]})
    assert "Chinese one is shown" not in render_edition(only_en, name, "en", profile).markdown


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_extractive_analysis_in_the_other_language_reads_as_one_in_this(
    profile: Profile, language: Language
) -> None:
    other: Language = "en" if language == "zh" else "zh"
    weights = Openness(weights_url="https://huggingface.co/a/b/tree/main")
    extract = analysis(1, language=other, next_action=next_action(weights, other), openness=weights)
    one = paper(1, "One")
    day = Day(
        date=one.first_seen,
        papers=[one],
        readings=[reading(1)],
        set_aside=[],
        trends=[],
        analyses=[extract],
        verdicts=[verdict(1, 1, "pick", rating=3)],
    )
    markdown = render_edition(day, "curated-post", language, profile).markdown
    assert {"en": "Try the weights a/b.", "zh": "下载权重 a/b 试用。"}[language] in markdown
    assert {"en": "Chinese one is shown", "zh": "代替"}[language] not in markdown


def test_the_analysis_in_the_edition_s_language_is_used(profile: Profile) -> None:
    day = Day(
        date=paper(1, "x").first_seen,
        papers=[paper(1, "One")],
        set_aside=[],
        readings=[reading(1)],
        analyses=[
            analysis(1, "en", insight="English insight"),
            analysis(1, "zh", insight="中文洞察", translated_title="一"),
        ],
        verdicts=[verdict(1, 1, "pick", rating=2)],
        trends=[],
    )
    zh = render_edition(day, "curated-post", "zh", profile).markdown
    en = render_edition(day, "curated-post", "en", profile).markdown
    assert "中文洞察" in zh
    assert "### 1. 一 (One)" in zh
    assert "English insight" in en
    assert not CHINESE.search(en)


@pytest.mark.parametrize("name", EDITIONS)
def test_the_english_edition_has_no_chinese_of_its_own(day: Day, profile: Profile, name: EditionName) -> None:
    plain = day.model_copy(
        update={
            "analyses": [a.model_copy(update={"translated_title": None}) for a in day.analyses],
            "papers": [p for p in day.papers if p.title != HOSTILE],
        }
    )
    edition = render_edition(plain, name, "en", profile)
    assert not CHINESE.search(edition.markdown)
    assert not CHINESE.search(edition.html)


@pytest.mark.parametrize("name", EDITIONS)
def test_the_chinese_edition_has_chinese_headings(day: Day, profile: Profile, name: EditionName) -> None:
    titles = {p.title for p in day.papers}
    for heading in re.findall(r"^#+ (.*)$", render_edition(day, name, "zh", profile).markdown, re.MULTILINE):
        paper_heading = re.sub(r"^(📄|🏆|\d+\.| )+", "", heading)
        assert CHINESE.search(heading) or paper_heading in titles or paper_heading.startswith("Cats")


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_saturday_says_that_nothing_was_listed(
    empty_day: Day, profile: Profile, name: EditionName, language: Language
) -> None:
    edition = render_edition(empty_day, name, language, profile)
    assert NOTHING_LISTED[language] in edition.markdown
    assert "https://huggingface.co/papers/date/2026-02-21" in edition.markdown
    assert "None" not in edition.markdown


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_day_of_repeats_says_so(known_day: Day, profile: Profile, name: EditionName, language: Language) -> None:
    markdown = render_edition(known_day, name, language, profile).markdown
    assert NOTHING_NEW[language] in markdown
    assert "Reported Before, Now Longer" in markdown


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_the_page_is_self_contained(day: Day, profile: Profile, name: EditionName, language: Language) -> None:
    edition = render_edition(day, name, language, profile)
    page = html.document_fromstring(edition.html)
    assert page.get("lang") == {"zh": "zh-CN", "en": "en"}[language]
    assert page.findtext(".//title") == page.findtext(".//h1")
    assert not page.xpath("//script | //link | //img | //@src | //@onclick")
    assert "@import" not in edition.html
    assert "url(" not in edition.html
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.xpath("//a/@href") if href.startswith("#")} <= set(ids)
    assert all(table.getparent().get("class") == "table" for table in page.iter("table"))
    assert "---\ntitle" not in edition.html


def test_a_day_is_rendered_in_the_profile_s_editions_and_the_requested_languages(day: Day, profile: Profile) -> None:
    some = profile.model_copy(update={"editions": ("full-report", "curated-post")})
    assert [(e.name, e.language) for e in render_day(day, some, LANGUAGES)] == [
        ("full-report", "zh"),
        ("full-report", "en"),
        ("curated-post", "zh"),
        ("curated-post", "en"),
    ]
    assert render_day(day, some) == render_day(day, some, LANGUAGES)


def test_formulas_of_html_editions_are_mathml(day: Day, profile: Profile) -> None:
    papers = [
        p.model_copy(update={"title": "A bound of $\\alpha_i^2$"}) if n == 0 else p for n, p in enumerate(day.papers)
    ]
    page = render_edition(day.model_copy(update={"papers": papers}), "curated-post", "en", profile).html
    assert "<msubsup>" in page
    assert "$\\alpha" not in page
