"""The ranked digest: the fields of its seed, the cut, the reasons."""

from __future__ import annotations

from papers.day import Day
from papers.profile import Profile
from papers.reasons import make_reason
from tasks.render.editions import render_edition
from tests.tasks.render.conftest import analysis, paper, reading, verdict
from tests.tasks.render.edition_texts import section, tables


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
