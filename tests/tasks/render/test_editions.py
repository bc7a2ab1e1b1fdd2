"""Each edition shows everything that the day has, in both languages, and nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from lxml import html
from markdown_it import MarkdownIt

from papers.analysis_choice import next_action
from papers.day import Day
from papers.models import EDITIONS, EditionName, Evidence, Language, Openness, Reason, Result
from papers.profile import Profile
from papers.reasons import make_reason
from tasks.render.editions import render_day, render_edition
from tests.tasks.render.conftest import HOSTILE, analysis, paper, reading, verdict

LANGUAGES: tuple[Language, ...] = ("zh", "en")
EVERY = [(name, language) for name in EDITIONS for language in LANGUAGES]
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
NOTHING_LISTED = {"zh": "没有论文列出", "en": "Nothing was listed on 2026-02-21 (Saturday)"}
NOTHING_NEW = {"zh": "此前都已报道", "en": "all reported before: nothing new"}
ABSTRACT_ONLY = {"zh": "仅读摘要", "en": "Abstract only"}


def tables(markdown: str) -> list[list[list[str]]]:
    """The tables of a Markdown text: rows of cells."""
    body = MarkdownIt("commonmark").enable("table").render(markdown)
    tree = html.fragment_fromstring(body, create_parent="div")
    return [
        [[str(c.text_content()) for c in row.iterfind("*")] for row in table.iter("tr")] for table in tree.iter("table")
    ]


def section(markdown: str, title: str) -> str:
    """The text under the first heading that contains `title`, up to the next heading of its level or above."""
    match = re.search(rf"^(#+) .*{re.escape(title)}.*\n", markdown, re.MULTILINE)
    assert match, f"no heading with {title!r}"
    rest = markdown[match.end() :]
    end = re.search(rf"^#{{1,{len(match[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def reasons_in(markdown: str) -> list[tuple[str, str]]:
    """The titles of the papers that an edition leaves out, each with its reason: rows and items of lists."""
    lists = [t for t in tables(markdown) if t[0][0] in ("论文", "Paper") and t[0][-1] in ("原因", "Reason")]
    rows = [(row[0], row[-1]) for t in lists for row in t[1:]]
    for heading in ("排除论文说明", "Left out, and why", "未展示的论文及原因", "What is not shown, and why"):
        if f"## {heading}\n" in markdown:
            part = section(markdown, heading)
            rows += [
                (row[1].removeprefix("🏆 "), row[2])
                for t in tables(part)
                if t[0][-1] in ("得分", "Score")
                for row in t[1:]
            ]
            tree = html.fragment_fromstring(MarkdownIt("commonmark").render(part), create_parent="div")
            for item in tree.iter("li"):
                titles = [str(a.text_content()) for a in item.iter("a") if "/abs/" in a.get("href")]
                before, _, after = str(item.text_content()).partition(titles[0])
                rows += [(title, before) for title in titles] if before else [(titles[0], after)]
    return rows


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
    for listed in day.papers:
        assert f"https://arxiv.org/abs/{listed.arxiv_id})" in markdown


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


def test_the_ranked_digest_has_the_fields_of_its_seed(day: Day, profile: Profile) -> None:
    markdown = render_edition(day, "ranked-digest", "zh", profile).markdown
    assert "**论文数量**: 5" in markdown
    first = section(markdown, "🏆 1. Weighing Calls: A Planner for Tool Use")
    for line in (
        "**论文链接**: [https://arxiv.org/abs/0000.00001](https://arxiv.org/abs/0000.00001)",
        "**组织**: Example Lab",
        "**得分**: 79.63（点赞 20.00，星标 10.00，评论 1.00，实验室 20.00）",
        "**标签**: 顶级实验室、重点",
        "**点赞**: 10",
        "**摘要**: A planner that weighs",
        "- 71.5% of the tasks are solved",
    ):
        assert line in first
    third = section(markdown, "3. 读自其 PDF (Read from its PDF)")
    assert "**组织**: Unknown" in third
    assert "**点赞**: 0" in third
    rows = {row[0]: row[-1] for table in tables(markdown) for row in table}
    assert rows["The Model Failed Here"].startswith("第 7 名，在最后一篇重点机构论文（第 5 名）之后；分析未完成")
    assert rows["Not on Record"].startswith("第 9 名，在前 8 名之外")
    assert rows["Off the Interests"] == "brand-new: never seen"


def test_without_a_lab_the_ranked_digest_says_that_only_the_first_is_shown(profile: Profile) -> None:
    day = Day(
        date=paper(1, "x").first_seen,
        papers=[paper(1, "First"), paper(2, "Second")],
        set_aside=[],
        readings=[reading(1), reading(2)],
        analyses=[analysis(1), analysis(2)],
        verdicts=[
            verdict(1, 1, "pick", tags=[]),
            verdict(
                2,
                2,
                "below-cut",
                tags=[],
                ranked_decision="skip",
                ranked_rule="no-lab",
                ranked_parts=make_reason("no-lab", rank=2).parts,
            ),
        ],
        trends=[],
    )
    assert "当日没有重点机构的论文，只展示第一名" in render_edition(day, "ranked-digest", "zh", profile).markdown
    assert "No paper of a lab is on the list" in render_edition(day, "ranked-digest", "en", profile).markdown


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
    changed = day.model_copy(update={"analyses": analyses})
    text = section(render_edition(changed, "full-report", "en", profile).markdown, "Read from its PDF")
    assert text.count("[unverified]") == 1
    assert "9.9 percentage points (a number of another paper" in text
    assert "kept, marked as unverified" in text


def test_a_name_that_is_not_in_the_paper_is_reported(day: Day, profile: Profile) -> None:
    name = Evidence(field="insight", text="PlowPilot", status="unsupported")
    analyses = [a.model_copy(update={"evidence": [name]}) for a in day.analyses if a.arxiv_id == "0000.00001"]
    changed = day.model_copy(update={"analyses": analyses})
    text = section(render_edition(changed, "full-report", "en", profile).markdown, "Weighing Calls")
    assert "not passed: PlowPilot (without support in the paper; removed)" in text


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


def test_formulas_of_html_editions_are_mathml(day: Day, profile: Profile) -> None:
    papers = [
        p.model_copy(update={"title": "A bound of $\\alpha_i^2$"}) if n == 0 else p for n, p in enumerate(day.papers)
    ]
    page = render_edition(day.model_copy(update={"papers": papers}), "curated-post", "en", profile).html
    assert "<msubsup>" in page
    assert "$\\alpha" not in page


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
