"""Trends: counts, intervals, and keywords that no earlier day has."""

from __future__ import annotations

import datetime as dt

import pytest

from papers.store import Store
from papers.tables.paper_index import normalized_term, terms_by_date
from tasks.curate.trends import PastDirections, compare_directions, difference, new_terms, wilson
from tests.factories import DAY, paper
from tests.plain import put_rows


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # Newcombe (1998), table II, method 10
        ((56, 70, 48, 80), (0.2, 0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.6, 0.1705, 0.8090)),
        ((10, 10, 0, 10), (1.0, 0.6075, 1.0)),
        ((0, 10, 0, 10), (0.0, -0.2775, 0.2775)),
    ],
)
def test_the_interval_is_newcombes(counts: tuple[int, int, int, int], expected: tuple[float, float, float]) -> None:
    assert difference(*counts) == pytest.approx(expected, abs=2e-4)


def test_there_is_no_interval_without_papers() -> None:
    assert difference(0, 0, 3, 10) is None
    assert difference(3, 10, 0, 0) is None
    assert wilson(0, 5)[0] == 0.0
    assert wilson(5, 5)[1] == pytest.approx(1.0)


def test_each_direction_is_counted_once_per_paper() -> None:
    past = PastDirections({"Agent": 1}, papers=2, days=1)
    got = {t.direction: t for t in compare_directions([["Agent", "RLVR"], ["Agent"], []], past)}
    assert (got["Agent"].count, got["Agent"].total, got["Agent"].trailing_count, got["Agent"].trailing_total) == (
        2,
        3,
        1,
        2,
    )
    assert got["RLVR"].trailing_count == 0
    assert got["RLVR"].low is not None


def test_keywords_are_new_when_no_earlier_list_had_them(folder_store: Store) -> None:
    earlier = [paper(1, ai_keywords=["KV-Cache", "grpo"]), paper(2, dedupe_kind="repeat", ai_keywords=["World Models"])]
    put_rows(folder_store, "papers", DAY - dt.timedelta(days=100), earlier)
    today = [
        paper(3, ai_keywords=["kv cache", "world models", "Sparse Wheels", "sparse-wheels", "Quiet Layers"]),
        paper(4, ai_keywords=["quiet  layers", "GRPO"]),
        paper(5, dedupe_kind="repeat", ai_keywords=["never said"]),
    ]
    got = new_terms(today, {"0000.00003": 2, "0000.00004": 1}, terms_by_date(folder_store).values())
    assert [(t.term, t.arxiv_ids) for t in got.terms] == [
        ("quiet  layers", ["0000.00004", "0000.00003"]),
        ("Sparse Wheels", ["0000.00003"]),
    ]
    assert got.earlier_days == 1
    assert new_terms(today, {}, []).terms == []  # on the first day everything would be new
    assert normalized_term("Ｋｖ_Cache") == "kv cache"
