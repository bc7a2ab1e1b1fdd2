"""Near duplicates: a paper similar to a pick of the day or of the last 28 days is not picked."""

from __future__ import annotations

import datetime as dt

import pytest

from papers.models import Verdict
from papers.profile import load_profile
from tasks.curate.near_duplicates import ComparedPaper, Pick, nearest, similarity
from tasks.curate.verdicts import curate
from tests.factories import DAY, analysis, paper, reading
from tests.plain import recorded_days
from tests.shared import needs_shared

DEFAULT = load_profile("default")
ABSTRACT = (
    "Agents that plan with tools spend most of their budget on calls that change nothing. An estimator "
    "predicts, before a call is made, how far its answer will move the plan, and a threshold learnt from two "
    "hundred calibration episodes decides whether the call is worth its price. On four invented benchmarks of "
    "shopping, travel, coding and search the agents keep their success while calls fall by forty percent."
)
OTHER = (
    "Glaciers carve valleys slowly. Seismic stations beneath the ice record tremors whose rhythm follows "
    "meltwater, and a spectral decomposition separates tides, wind and calving. Over nine winters the "
    "decomposed energy tracks mass balance measured by satellites, so that cheap geophones could replace "
    "expensive flights over remote coasts."
)


def verdicts_by_id(*papers: object, past: tuple[Pick, ...] = ()) -> dict[str, Verdict]:
    inputs = [reading(n) for n in range(1, 9)], [analysis(n) for n in range(1, 9)]
    return {v.arxiv_id: v for v in curate(papers, *inputs, DEFAULT, past)}  # type: ignore[arg-type]


def test_similarity_ignores_case_form_and_punctuation() -> None:
    one = ComparedPaper("1", "Agents Weigh Calls", ABSTRACT)
    assert similarity(one, ComparedPaper("2", "AGENTS — weigh calls!", ABSTRACT.upper())) == pytest.approx(1.0)
    assert similarity(one, ComparedPaper("2", "Ａgents weigh calls", ABSTRACT)) == pytest.approx(1.0)
    assert similarity(one, ComparedPaper("2", "Tremors of Ice", OTHER)) < 0.2
    assert similarity(one, ComparedPaper("2", "Agents Weigh Calls", "")) == 0.0  # too short to compare
    assert (
        similarity(
            ComparedPaper("1", "智能体工具调用的成本估计与校准", ""),
            ComparedPaper("2", "智能体工具调用的成本估计与校准方法研究综合评测基准", ""),
        )
        == 0.0
    )


def test_the_weaker_of_two_similar_papers_is_skipped_and_names_the_other() -> None:
    verdicts = verdicts_by_id(
        paper(1, title="An Agent That Weighs Calls", abstract=ABSTRACT, upvotes=9),
        paper(2, title="Agents and the Price of Tools", abstract=ABSTRACT, upvotes=30),
        paper(3, title="Ice Agents", abstract=OTHER, upvotes=3),
    )
    assert [v.curated_rule for v in verdicts.values()] == ["near-duplicate", "pick", "pick"]
    assert verdicts["0000.00001"].curated_reason.startswith(
        "similar to 0000.00002, picked on 2026-01-09: similarity 0.9"
    )


def test_a_pick_of_an_earlier_day_is_not_picked_in_other_words() -> None:
    past = Pick("0000.00077", "Agents and the Price of Tools", ABSTRACT, DAY - dt.timedelta(days=5))
    verdicts = verdicts_by_id(paper(1, title="An Agent That Weighs Calls", abstract=ABSTRACT, upvotes=9), past=(past,))
    assert verdicts["0000.00001"].curated_rule == "near-duplicate"
    assert "similar to 0000.00077, picked on 2026-01-04" in verdicts["0000.00001"].curated_reason


def test_a_near_duplicate_takes_no_place_from_another() -> None:
    distinct = [
        paper(n, title=f"Agent number {n}", abstract=f"{n} " + OTHER.replace("a", "aeiouy"[n % 6] * n))
        for n in range(1, 8)
    ]
    papers = [p.model_copy(update={"upvotes": 50 - n}) for n, p in enumerate(distinct)]
    past = Pick("0000.00077", papers[0].title, papers[0].abstract, DAY - dt.timedelta(days=1))
    verdicts = verdicts_by_id(*papers, past=(past,))
    assert [v.curated_rule for v in verdicts.values()] == ["near-duplicate"] + ["pick"] * 6


def test_the_most_similar_pick_is_named_and_of_equals_the_earliest() -> None:
    days = [DAY - dt.timedelta(days=n) for n in (1, 3, 2)]
    picks = [Pick(f"0000.0008{n}", "Agents", ABSTRACT, d) for n, d in enumerate(days)]
    duplicate = nearest(ComparedPaper("0000.00001", "Agents", ABSTRACT), picks, 0.6)
    assert duplicate is not None
    assert duplicate.pick.date == DAY - dt.timedelta(days=3)
    assert nearest(ComparedPaper("0000.00080", "Agents", ABSTRACT), picks[:1], 0.6) is None  # itself


@needs_shared
def test_only_real_duplicates_of_the_recorded_days_are_near_duplicates() -> None:
    days = {
        d: day.papers
        for d, day in recorded_days().items()
        if d.isoformat() in ("2025-12-12", "2026-02-04", "2025-12-25")
    }
    compared = {p.arxiv_id: ComparedPaper(p.arxiv_id, p.title, p.abstract) for papers in days.values() for p in papers}
    ids = sorted(compared)
    similar = {(a, b) for n, a in enumerate(ids) for b in ids[n + 1 :] if similarity(compared[a], compared[b]) >= 0.6}
    titles = sorted(compared[i].title.split(":")[0] for pair in similar for i in pair)
    assert titles == ["Long-horizon Reasoning Agent for Olympiad-Level Mathematical Problem Solving", "OPV"]
