"""What the curated post says about trends, new keywords and near duplicates."""

from __future__ import annotations

import pytest

from papers.day import Day
from papers.models import Language, NewTerm, NewTerms, Trend
from papers.profile import Profile
from papers.verdict_reasons import make_reason
from tasks.curate.trends import difference
from tasks.render.editions import render_edition
from tests.tasks.render.test_editions import section


@pytest.mark.parametrize(
    ("counts", "word"),
    [
        ((6, 10, 20, 100), "变化 +40.0 个百分点（95% 置信区间 +9.9 至 +64.1），占比上升 ↑"),
        ((3, 100, 20, 100), "占比下降 ↓"),
        ((4, 20, 20, 100), "变化 +0.0 个百分点（95% 置信区间 -14.9 至 +22.6），不足以判断升降"),
        ((2, 2, 20, 100), "占比上升 ↑"),
        ((1, 1, 4, 10), "不足以判断升降"),
        ((6, 10, 0, 0), "此前没有可比的快照"),
    ],
)
def test_a_trend_rises_or_falls_only_if_its_interval_excludes_0(
    day: Day, profile: Profile, counts: tuple[int, int, int, int], word: str
) -> None:
    count, total, trailing_count, trailing_total = counts
    change, low, high = difference(*counts) or (None, None, None)
    trend = Trend(
        direction="Agents",
        count=count,
        total=total,
        trailing_count=trailing_count,
        trailing_total=trailing_total,
        trailing_days=9,
        change=change,
        low=low,
        high=high,
    )
    markdown = render_edition(day.model_copy(update={"trends": [trend]}), "curated-post", "zh", profile).markdown
    trends = section(markdown, "今日趋势观察")
    assert word in trends
    assert f"{count}/{total}" in trends


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", "此前有记录的 9 天列表中没有的关键词 10 个，如 a\\|b（2 篇，[0000.00001]"),
        ("en", "10 keywords that no list of the 9 days on record before has, such as a\\|b (2 papers, [0000.00001]"),
    ],
)
def test_new_keywords_are_named(day: Day, profile: Profile, language: Language, expected: str) -> None:
    terms = [NewTerm(term="a|b", arxiv_ids=["0000.00001", "0000.00002"])]
    terms += [NewTerm(term=f"term {n}", arxiv_ids=["0000.00001"]) for n in range(9)]
    new = day.model_copy(update={"new_terms": NewTerms(terms=terms, earlier_days=9)})
    markdown = render_edition(new, "curated-post", language, profile).markdown
    assert expected.replace("\\|", "|") in markdown
    assert "term 6" in markdown
    assert "term 7" not in markdown


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("zh", "入选的 [2602.00001](https://arxiv.org/abs/2602.00001) 内容相近：相似度 0.94"),
        ("en", "similar to [2602.00001](https://arxiv.org/abs/2602.00001), picked on [2026-02-17]"),
    ],
)
def test_a_near_duplicate_links_the_earlier_pick(day: Day, profile: Profile, language: Language, expected: str) -> None:
    reason = make_reason("near-duplicate", id="2602.00001", date="2026-02-17", similarity="0.94", limit="0.6")
    update = {"curated_decision": "skip", "curated_rule": reason.code, "curated_parts": reason.parts}
    verdicts = [v.model_copy(update=update) if n == 0 else v for n, v in enumerate(day.verdicts)]
    edition = render_edition(day.model_copy(update={"verdicts": verdicts}), "curated-post", language, profile)
    assert expected in edition.markdown
    assert "https://huggingface.co/papers/date/2026-02-17" in edition.markdown
