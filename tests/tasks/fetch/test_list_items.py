"""List items: what is a paper, what is set aside, and that no item makes the parser crash."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers.models import ListedPaper
from tasks.fetch.list_items import Malformed, parse_item

ITEM: dict[str, Any] = {
    "paper": {
        "id": "2510.14545",
        "authors": [{"name": "Ada  One"}, {"name": ""}, "odd", {"name": "Bo Two"}],
        "publishedAt": "2025-10-16T10:40:52.000Z",
        "submittedOnDailyAt": "2025-10-17T00:37:49.509Z",
        "title": "Two\n  Lines",
        "summary": " An abstract\nof two lines. ",
        "upvotes": 61,
        "githubRepo": "https://github.com/a/b",
        "githubStars": 663,
        "projectPage": "javascript:alert(1)",
        "ai_keywords": ["RL", None, "agents"],
        "organization": {"name": "org", "fullname": "The Org"},
    },
    "numComments": 2,
}


def test_all_fields_of_an_item_are_parsed() -> None:
    assert parse_item(ITEM, 4) == ListedPaper(
        arxiv_id="2510.14545",
        source="hf",
        position=4,
        title="Two Lines",
        abstract="An abstract\nof two lines.",
        authors=["Ada One", "Bo Two"],
        organization="The Org",
        published_at=dt.datetime(2025, 10, 16, 10, 40, 52, tzinfo=dt.UTC),
        listed_at=dt.datetime(2025, 10, 17, 0, 37, 49, 509000, tzinfo=dt.UTC),
        upvotes=61,
        comments=2,
        github_url="https://github.com/a/b",
        github_stars=663,
        project_url=None,
        ai_keywords=["RL", "agents"],
    )


@pytest.mark.parametrize(
    ("raw", "arxiv_id"),
    [
        ("2510.14545v3", "2510.14545"),
        (" arXiv:2510.14545 ", "2510.14545"),
        ("cs/0112017v1", "cs/0112017"),
        ("math.GT/0309136", "math.GT/0309136"),
    ],
)
def test_ids_lose_their_version(raw: str, arxiv_id: str) -> None:
    assert parse_item({"paper": {"id": raw, "title": "T"}}, 0).arxiv_id == arxiv_id


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"paper": {"title": "T"}}, "no arXiv id"),
        ({"paper": {"id": "", "title": "T"}}, "no arXiv id"),
        ({"paper": {"id": "../../etc/passwd", "title": "T"}}, "is no arXiv id"),
        ({"paper": {"id": "2510.14545"}}, "no title"),
        ({"paper": {"id": "2510.14545", "title": " \n "}}, "no title"),
        ({"paper": None}, "no arXiv id"),
        ("text", "an object was expected, not str"),
        (None, "an object was expected"),
    ],
)
def test_a_malformed_item_is_set_aside_with_its_reason(item: Any, reason: str) -> None:
    with pytest.raises(Malformed, match=reason):
        parse_item(item, 0)


@pytest.mark.parametrize("value", [-5, 2**60, 1.5, "7", True, None, [], {}])
def test_an_invalid_count_is_not_given(value: Any) -> None:
    parsed = parse_item({"paper": {"id": "2510.14545", "title": "T", "upvotes": value}, "numComments": value}, 0)
    assert (parsed.upvotes, parsed.comments) == (None, None)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*ITEM["paper"], "x"]), anything), anything)
def test_no_item_makes_the_parser_crash(paper: dict[str, Any], comments: Any) -> None:
    try:
        parsed = parse_item({"paper": paper, "numComments": comments}, 0)
    except Malformed:
        return
    assert "\n" not in parsed.title
    json.dumps(parsed.model_dump(mode="json")).encode()
