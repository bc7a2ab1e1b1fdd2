"""What the curated post says about trends, new keywords and near duplicates."""

from __future__ import annotations

import pytest

from papers.day import Day
from papers.models import Language, NewTerm, NewTerms, Trend
from papers.profile import Profile
from papers.reasons import make_reason
from tasks.curate.trends import difference
from tasks.render.editions import render_edition
from tests.tasks.render.edition_texts import section


def with_trend(day: Day, counts: tuple[int, int, int, int], days: int = 10) -> Day:
    count, total, trailing_count, trailing_total = counts
    change, low, high = difference(*counts) or (None, None, None)
    trend = Trend(
        direction="Agents",
        count=count,
        total=total,
        trailing_count=trailing_count,
        trailing_total=trailing_total,
        trailing_days=days,
        change=change,
        low=low,
        high=high,
    )
    return day.model_copy(update={"trends": [trend]})


@pytest.mark.parametrize(
    ("counts", "zh", "en"),
    [
        ((8, 10, 20, 100), "占比上升：今日 8/10 篇（80%）", "rises: 8 of 10 new papers today (80%), after 20 of 100"),
        ((0, 60, 30, 100), "占比下降：今日 0/60 篇（0%）", "falls: 0 of 60 new papers today (0%), after 30 of 100"),
    ],
)
def test_a_trend_has_counts_and_links(
    day: Day, profile: Profile, counts: tuple[int, int, int, int], zh: str, en: str
) -> None:
    changed = with_trend(day, counts)
    chinese = section(render_edition(changed, "curated-post", "zh", profile).markdown, "今日趋势观察")
    assert zh in chinese
    assert "](https://arxiv.org/abs/0000.00001)" in chinese
    assert en in render_edition(changed, "curated-post", "en", profile).markdown


@pytest.mark.parametrize(
    ("counts", "days"),
    [
        ((8, 10, 20, 100), 9),  # too short a history
        ((3, 3, 20, 100), 20),  # too few papers
        ((6, 10, 20, 100), 20),  # one of thirty directions differs as much by chance
        ((4, 20, 20, 100), 20),
        ((1, 20, 20, 100), 20),
        ((6, 10, 0, 0), 20),
        ((0, 0, 20, 100), 20),
    ],
)
def test_a_day_without_a_supported_trend_says_nothing(
    day: Day, profile: Profile, counts: tuple[int, int, int, int], days: int
) -> None:
    for language, heading in (("zh", "今日趋势观察"), ("en", "The day's trends")):
        markdown = render_edition(with_trend(day, counts, days), "curated-post", language, profile).markdown  # type: ignore[arg-type]
        assert heading not in markdown


def test_at_most_three_sentences_are_said(day: Day, profile: Profile) -> None:
    trend = with_trend(day, (8, 10, 20, 100)).trends[0]
    many = [trend.model_copy(update={"direction": f"Direction {n}"}) for n in range(5)]
    terms = NewTerms(terms=[NewTerm(term="shared", arxiv_ids=["0000.00001"] * 4)], earlier_days=20)
    changed = day.model_copy(update={"trends": many, "new_terms": terms})
    text = section(render_edition(changed, "curated-post", "en", profile).markdown, "The day's trends")
    assert text.count("\n- ") == 3
    assert "shared" not in text


@pytest.mark.parametrize(
    ("papers", "days", "said"), [(4, 10, True), (3, 10, False), (4, 9, False)], ids=["enough", "few", "short"]
)
def test_a_new_keyword_is_named_if_several_papers_share_it(
    day: Day, profile: Profile, papers: int, days: int, said: bool
) -> None:
    ids = [f"0000.{n:05d}" for n in range(1, papers + 1)]
    terms = NewTerms(
        terms=[NewTerm(term="a|b", arxiv_ids=ids), NewTerm(term="alone", arxiv_ids=ids[:1])], earlier_days=days
    )
    changed = day.model_copy(update={"new_terms": terms, "trends": []})
    markdown = render_edition(changed, "curated-post", "zh", profile).markdown
    assert ("是今日 4 篇论文的关键词" in markdown) is said
    assert "alone" not in markdown


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
