"""Unusual days: empty, with one paper, huge, without organizations, with impossible counts, with equal titles."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from papers.day import Day
from papers.models import Listing, Verdict
from papers.profile import Interest, Profile, load_profile
from papers.tables.snapshots import read_snapshot
from tests.plain import MemoryStore, listing_of, load_day, run_without_prefect, store_contents

DATE = dt.date(2026, 1, 9)
PROFILES = [load_profile("default"), load_profile("minimal")]


def item(n: int, **paper: Any) -> dict[str, Any]:
    """A list item in the form of the API."""
    base = {
        "id": f"0000.{n:05d}",
        "title": f"An agent for matter {n}",
        "summary": f"Matter {n} is settled.",
        "upvotes": n,
    }
    return {"paper": base | paper, "numComments": paper.pop("comments", 0)}


def run(items: list[Any], profile: Any = PROFILES[0], date: dt.date = DATE) -> tuple[MemoryStore, Day]:
    store = MemoryStore()
    run_without_prefect(store, listing_of(date, items), profile)
    return store, load_day(store, date)


def post_of(store: MemoryStore) -> str:
    return (store.get(f"editions/{DATE}/curated-post.zh.md") or b"").decode()


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
@pytest.mark.parametrize("count", [0, 1, 2, 150])
def test_every_paper_of_a_day_of_any_size_is_a_pick_or_has_a_reason(count: int, profile: Any) -> None:
    store, day = run([item(n) for n in range(1, count + 1)], profile)
    assert len(day.verdicts) == count
    assert all(v.curated_rule and v.curated_reason for v in day.verdicts)
    assert sum(v.curated_decision == "pick" for v in day.verdicts) == min(count, 6)
    assert sorted(v.rank or 0 for v in day.verdicts) == list(range(1, count + 1))
    text = post_of(store)
    assert all(f"0000.{n:05d}" in text for n in range(1, count + 1))


def without_index(store: MemoryStore) -> dict[str, bytes]:
    return {key: data for key, data in store.data.items() if not key.startswith("index/")}


def with_interests(*interests: Interest, **weights: float) -> Profile:
    base = PROFILES[0]
    other_weights = base.curated.weights.model_copy(update=weights)
    curated = base.curated.model_copy(update={"weights": other_weights})
    return base.model_copy(update={"interests": interests, "curated": curated})


@pytest.mark.parametrize(
    ("profile", "picks"),
    [
        (with_interests(), 1),  # without interests only the most upvoted has a place
        (with_interests(Interest(name="Agent", zh="智能体", cues=("agent",))), 6),
        (with_interests(Interest(name="Agent", zh="智能体", cues=("agent",), not_cues=("agent",))), 1),
        (with_interests(Interest(name="Agent", zh="智能体", cues=("agent",)), upvotes=-50.0, interest=50.0), 6),
    ],
    ids=["none", "one", "a cue that excludes itself", "weights against each other"],
)
def test_any_profile_gives_each_paper_a_verdict_with_its_reason(profile: Profile, picks: int) -> None:
    store, day = run([item(n) for n in range(1, 10)], profile)
    assert sum(v.curated_decision == "pick" for v in day.verdicts) == picks
    assert all(v.curated_rule and v.curated_reason for v in day.verdicts)
    assert all(f"0000.{n:05d}" in post_of(store) for n in range(1, 10))


def test_a_day_without_upvotes_has_picks() -> None:
    _, day = run([item(n, upvotes=0) for n in range(1, 10)])
    assert {v.curated_rule for v in day.verdicts} == {"pick", "below-cut"}


def test_without_votes_a_paper_is_weak_only_where_most_papers_have_some() -> None:
    _, young = run([item(n, upvotes=min(n - 1, 2)) for n in range(1, 10)])
    _, old = run([item(n, upvotes=(n - 1) * 4) for n in range(1, 10)])
    assert "weak-signal" not in {v.curated_rule for v in young.verdicts}
    assert [v.arxiv_id for v in old.verdicts if v.curated_rule == "weak-signal"] == ["0000.00001"]


def test_organizations_may_be_missing_or_of_any_form() -> None:
    organizations: list[Any] = [
        None,
        {},
        {"fullname": None},
        {"fullname": ""},
        {"name": "Google"},
        "Google",
        ["Google"],
        7,
    ]
    _, day = run([item(n, organization=value) for n, value in enumerate(organizations, 1)])
    tags = {v.arxiv_id: v.tags for v in day.verdicts}
    assert [i for i, t in tags.items() if t] == ["0000.00005"]


@pytest.mark.parametrize("count", [-1, -(10**30), 10**30, 2**63, 1.5, "12", None, True, float("nan"), [3]])
def test_invalid_counts_count_as_zero(count: Any) -> None:
    _, day = run([item(1, upvotes=count, githubStars=count, comments=count)])
    assert day.verdicts[0].score == 0.0
    assert day.papers[0].upvotes is None


def test_huge_counts_are_accepted() -> None:
    _, day = run([item(1, upvotes=2**52, githubStars=2**52)])
    assert 390 < day.verdicts[0].score < 400
    assert day.verdicts[0].trophy


@pytest.mark.parametrize(
    "title",
    [
        "AN AGENT FOR SMALL AND LARGE MATTERS",
        "An Agent, for Small -- and Large -- Matters!",
        "Ａｎ agent for ｓｍａｌｌ and large matters",
        "An  agent for small\u00a0and large matters",
        "An agent for sma\ufb02 and large matters".replace("\ufb02", "ll"),
    ],
)
def test_titles_that_differ_in_case_punctuation_or_form_are_one_paper(title: str) -> None:
    _, day = run([item(1, title="An agent for small and large matters"), item(2, title=title)])
    assert [p.dedupe_kind for p in day.papers] == ["new", "in-day"]
    assert day.verdicts[1].curated_rule == "in-day"


def test_a_composed_and_a_decomposed_title_are_one_paper() -> None:
    _, day = run([item(1, title="Caf\u00e9 agents in the wild"), item(2, title="Cafe\u0301 agents in the wild")])
    assert [p.dedupe_kind for p in day.papers] == ["new", "in-day"]


def test_malformed_items_are_listed_in_the_post() -> None:
    store, day = run(
        [item(1), {"paper": {"title": "No id"}}, "text", None, item(2, id="not an id"), item(3, title=" ")]
    )
    assert len(day.set_aside) == 5
    text = post_of(store)
    for reason in ("没有 arXiv 编号", "应为对象，却是", "不是 arXiv 编号", "没有标题"):
        assert reason in text


def test_the_same_day_twice_is_the_same_byte_for_byte() -> None:
    items = [item(n, ai_keywords=["agents", f"word {n}"]) for n in range(1, 30)]
    one, other = run(items)[0], run(json.loads(json.dumps(items)))[0]
    assert store_contents(one) == store_contents(other)
    before = without_index(one)
    run_without_prefect(one, listing_of(DATE, items), PROFILES[0])
    assert without_index(one) == before


def test_a_list_in_another_order_gives_the_same_verdicts() -> None:
    items = [item(n, upvotes=n % 5) for n in range(1, 30)]

    def sorted_verdicts(listing: Listing) -> list[Verdict]:
        store = MemoryStore()
        run_without_prefect(store, listing, PROFILES[0])
        return sorted(read_snapshot(store, "curation", DATE, Verdict) or [], key=lambda v: v.arxiv_id)

    assert sorted_verdicts(listing_of(DATE, items)) == sorted_verdicts(listing_of(DATE, items[::-1]))
