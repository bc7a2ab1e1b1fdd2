"""The rules of the ranked digest, each by itself and all together on the recorded days."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from papers.models import Paper
from papers.profile import Profile, load_profile
from papers.reasons import make_reason
from tasks.curate.ranking import rank
from tasks.fetch.list_items import parse_item
from tests.factories import DAY, NOON, paper
from tests.shared import SHARED, needs_shared

DEFAULT = load_profile("default")


def with_rules(**rules: object) -> Profile:
    return DEFAULT.model_copy(update={"ranked": DEFAULT.ranked.model_copy(update=rules)})


def tags(**fields: Any) -> list[str]:
    return rank([paper(**fields)], DEFAULT)["0000.00001"].tags


def test_a_score_is_the_sum_of_its_parts() -> None:
    got = rank([paper(upvotes=9, github_stars=2708, comments=1, organization="alibaba")], DEFAULT)["0000.00001"]
    assert got.score == 79.63
    assert got.tags == ["Frontier Lab", "Viral"]
    assert got.trophy
    assert sum(got.parts.model_dump().values()) == pytest.approx(79.63, abs=0.005)


def test_missing_figures_count_as_zero() -> None:
    assert rank([paper()], DEFAULT)["0000.00001"].score == 0.0


@pytest.mark.parametrize(
    ("organization", "tag"),
    [
        ("Qwen", ["Super Lab"]),
        ("ByteDance Seed", ["Super Lab"]),
        ("ByteDance-Seed", ["Super Lab"]),
        ("Google DeepMind", ["Super Lab"]),
        ("GoogleDeepMindLab", ["Super Lab"]),
        ("TongyiLab", ["Frontier Lab"]),
        ("QwenBusinessUnit-Edu", ["Frontier Lab"]),
        ("BytedTsinghua-SIA", ["Frontier Lab"]),
        ("Baichuan Intelligent Technology", ["Frontier Lab"]),
        ("MIT", ["Frontier Lab"]),
        ("Smith College", []),
        ("Summit AI", []),
        ("Fudan University", ["Frontier Lab"]),
        ("复旦大学", ["Frontier Lab"]),
        ("Sber Robotics Center", []),
        (None, []),
    ],
)
def test_labs_are_recognized_by_the_name_of_the_organization(organization: str | None, tag: list[str]) -> None:
    assert tags(organization=organization) == tag


@pytest.mark.parametrize(
    ("title", "must_read"),
    [
        ("Agentic Search", True),
        ("Multimodality for All", True),
        ("RAG at Scale", True),
        ("Leveraging Graphs", False),
        ("Protein Folding", False),
    ],
)
def test_must_read_is_a_super_labs_title_with_a_keyword(title: str, must_read: bool) -> None:
    assert ("Must Read" in tags(title=title, organization="OpenAI")) is must_read
    assert "Must Read" not in tags(title=title, organization="Google")


@pytest.mark.parametrize(
    ("figures", "viral"),
    [
        ({"github_stars": 2000}, False),
        ({"github_stars": 2001}, True),
        ({"upvotes": 500}, False),
        ({"upvotes": 501}, True),
    ],
)
def test_viral_is_more_than_the_threshold(figures: dict[str, int], viral: bool) -> None:
    assert ("Viral" in tags(**figures)) is viral


def test_the_topic_bonus_is_off_by_default() -> None:
    one = paper(title="Agentic Search", organization="Google")
    assert rank([one], DEFAULT)["0000.00001"].tags == ["Frontier Lab"]
    got = rank([one], with_rules(topic_bonus=10.0))["0000.00001"]
    assert (got.tags, got.score) == (["Frontier Lab", "Relevant"], 30.0)


def test_trophies_come_first_then_scores_then_ids() -> None:
    papers = [
        paper(1, upvotes=400),
        paper(2, github_stars=2500),
        paper(3, upvotes=7),
        paper(4, upvotes=7),
    ]
    random.Random(3).shuffle(papers)
    got = rank(papers, DEFAULT)
    assert sorted(got, key=lambda i: got[i].rank or 0) == ["0000.00002", "0000.00001", "0000.00003", "0000.00004"]


def test_all_down_to_the_last_lab_are_shown() -> None:
    papers = [paper(n, upvotes=100 - n) for n in range(1, 8)]
    papers[3] = paper(4, upvotes=1, organization="Google")  # 20 points for the lab and few others: near the end
    got = rank(papers, DEFAULT)
    shown_ids = [i for i in got if got[i].skip_reason is None]
    assert len(shown_ids) == (got["0000.00004"].rank or 0)
    for arxiv_id in set(got) - set(shown_ids):
        reason = got[arxiv_id].skip_reason
        assert reason is not None
        assert (reason.code, reason.part("last")) == ("after-last-lab", str(len(shown_ids)))


def test_without_a_lab_only_the_first_is_shown() -> None:
    got = rank([paper(n, upvotes=n) for n in range(1, 5)], DEFAULT)
    assert [i for i in got if got[i].skip_reason is None] == ["0000.00004"]
    assert all(r.skip_reason is None for r in rank([paper(n) for n in range(1, 5)], with_rules(show="all")).values())


def test_a_lab_beyond_the_window_does_not_count() -> None:
    papers = [paper(n, upvotes=1000 - n) for n in range(1, 53)] + [paper(60, organization="Google")]
    got = rank(papers, with_rules(window=50))
    assert [i for i in got if got[i].skip_reason is None] == ["0000.00001"]
    assert got["0000.00060"].skip_reason == make_reason("outside-window", rank=53, window=50)


def test_repeats_have_a_score_and_no_rank() -> None:
    got = rank([paper(1, dedupe_kind="repeat", upvotes=9), paper(2)], DEFAULT)
    assert got["0000.00001"].rank is None
    assert got["0000.00001"].score > 0
    assert got["0000.00002"].rank == 1


@needs_shared
@pytest.mark.parametrize("date", ["2026-02-19", "2026-02-20", "2026-02-23", "2026-02-24"])
def test_the_recorded_days_are_ranked_as_they_were_published(date: str) -> None:
    folder = SHARED / "recorded" / "ranked"
    items = json.loads((folder / f"{date}.listing.json").read_text())
    expected = json.loads((folder / f"{date}.expected.json").read_text())
    papers = [
        Paper(
            **parse_item(item, n).model_dump(),
            listing_sha256="0",
            captured_at=NOON,
            first_seen=DAY,
            dedupe_kind="new",
        )
        for n, item in enumerate(items)
    ]
    got = rank(papers, DEFAULT)
    assert {i: (r.score, r.tags, r.trophy) for i, r in got.items()} == {
        e["arxiv_id"]: (e["score"], e["tags"], e["trophy"]) for e in expected
    }
    order = sorted(got, key=lambda i: got[i].rank or 0)
    assert [got[i].score for i in order] == [
        e["score"] for e in expected
    ]  # papers with equal scores may be in either order
