"""Dates run in any order: what a back-filled date changes in later days. No network, no model."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Sequence
from typing import Any

import pytest

from flows.days.day_snapshots import load_day
from flows.days.later_days import correct_rows_after, readings_of_later_days
from papers.models import Analysis, Listing, Paper, Reading, Verdict
from papers.profile import load_profile
from papers.reasons import make_reason
from papers.tables.registry import DATASETS
from papers.tables.snapshots import read_snapshot, write_snapshot
from tasks.analyze.llm.answer_cache import cache_key
from tests.factories import analysis, listed_paper, listing
from tests.plain import MemoryStore, repeated_days, run_without_prefect, store_contents
from tests.shared import SHARED, needs_shared

DEFAULT = load_profile("default")
MONDAY = dt.date(2026, 1, 5)
TEXT = "An agent weighs each call of a tool before it is made. " * 3
THEMES = ("glaciers", "harbours", "violins", "beehives", "kilns", "lanterns", "orchards", "saddles")


def day(n: int) -> dt.date:
    return MONDAY + dt.timedelta(days=n)


def paper_fields(theme: str, **fields: Any) -> dict[str, Any]:
    """A title and an abstract with words that no other theme has."""
    words = " ".join(f"{theme}{chr(97 + k)}{k}" for k in range(30))
    return {"title": f"An agent among {theme}", "abstract": f"{words}. {TEXT}", "upvotes": 9} | fields


def six_days() -> dict[dt.date, Listing]:
    """Six days with repeats, an update, two titles for one abstract, and keywords."""
    base = {n: paper_fields(theme, ai_keywords=[theme, "agents"]) for n, theme in enumerate(THEMES, 1)}
    lists = [
        [listed_paper(1, **base[1]), listed_paper(2, **base[2])],
        [listed_paper(3, **base[3]), listed_paper(1, **base[1])],
        [listed_paper(4, **(base[1] | {"title": "Frozen rivers and their agents"})), listed_paper(5, **base[5])],
        [
            listed_paper(2, **(base[2] | {"abstract": base[2]["abstract"] + " A later remark on quays."})),
            listed_paper(6, **base[6]),
        ],
        [listed_paper(9, **(base[5] | {"title": "AN AGENT — among orchards?", "abstract": base[7]["abstract"]}))],
        [listed_paper(7, **base[7]), listed_paper(8, **base[8]), listed_paper(3, **base[3])],
    ]
    return {day(n): listing(*papers, date=day(n), sha256=f"{n:064d}") for n, papers in enumerate(lists)}


def run_in(order: Sequence[dt.date], lists: dict[dt.date, Listing]) -> MemoryStore:
    store = MemoryStore()
    for date in order:
        run_without_prefect(store, lists[date], DEFAULT)
    return store


def rows(store: MemoryStore, dataset: str, date: dt.date) -> list[Any]:
    return read_snapshot(store, dataset, date, DATASETS[dataset].model) or []


def verdict_on(store: MemoryStore, number: int, date: dt.date) -> Verdict:
    verdict: Verdict = next(v for v in rows(store, "curation", date) if v.arxiv_id == f"0000.{number:05d}")
    return verdict


def test_the_order_of_the_dates_changes_nothing() -> None:
    lists = six_days()
    dates = sorted(lists)
    in_order = store_contents(run_in(dates, lists))
    orders = [dates[::-1]] + [random.Random(seed).sample(dates, len(dates)) for seed in range(3)]
    for order in orders:
        assert store_contents(run_in(order, lists)) == in_order, order


def test_a_repeat_of_a_back_filled_day_loses_its_reading_and_keeps_it_superseded() -> None:
    lists = six_days()
    store = run_in([day(1)], lists)
    assert [p.dedupe_kind for p in rows(store, "papers", day(1))] == ["new", "new"]
    run_without_prefect(store, lists[day(0)], DEFAULT)
    assert [p.dedupe_kind for p in rows(store, "papers", day(1))] == ["new", "repeat"]
    assert rows(store, "papers", day(1))[1].first_seen == day(0)
    for dataset in ("readings", "analyses"):
        assert {r.arxiv_id for r in rows(store, dataset, day(1))} == {"0000.00003"}
        assert list(store.keys(f"superseded/{dataset}/date={day(1)}/")) != []
    assert verdict_on(store, 1, day(1)).curated_rule == "repeat"
    post = (store.get(f"editions/{day(1)}/curated-post.en.md") or b"").decode()
    assert f"Repeat: reported on [{day(0)}]" in post


def test_a_near_duplicate_is_found_when_the_earlier_pick_comes_later() -> None:
    lists = six_days()
    store = run_in([day(2)], lists)
    assert verdict_on(store, 4, day(2)).curated_rule == "pick"
    run_without_prefect(store, lists[day(0)], DEFAULT)
    new_verdict = verdict_on(store, 4, day(2))
    assert new_verdict.curated_rule == "near-duplicate"
    assert new_verdict.curated_reason.startswith(f"similar to 0000.00001, picked on {day(0)}:")
    assert "0000.00001" in (store.get(f"editions/{day(2)}/curated-post.zh.md") or b"").decode()


def test_picks_that_change_are_followed_beyond_28_days() -> None:
    """If a back-filled day excludes a pick 20 days later, the paper that this pick excluded, at 40 days, is picked."""
    themes = paper_fields("glaciers")
    lists = {
        day(n): listing(listed_paper(k, **(themes | {"title": t})), date=day(n), sha256=f"{n:064d}")
        for k, (n, t) in enumerate(((0, "One agent"), (20, "Another agent of ice"), (40, "The third of agents")), 1)
    }
    store = run_in([day(20), day(40)], lists)
    assert verdict_on(store, 3, day(40)).curated_rule == "near-duplicate"
    run_without_prefect(store, lists[day(0)], DEFAULT)
    assert verdict_on(store, 2, day(20)).curated_rule == "near-duplicate"
    assert verdict_on(store, 3, day(40)).curated_rule == "pick"
    assert store_contents(store) == store_contents(run_in(sorted(lists), lists))


def test_trends_and_keywords_of_later_days_are_counted_again() -> None:
    lists = six_days()
    store = run_in([day(1), day(5)], lists)

    def counted() -> tuple[int, int]:
        found = load_day(store, day(5))
        assert found is not None
        return found.trends[0].trailing_days, found.new_terms.earlier_days

    assert counted() == (1, 1)
    stale: Any = {}
    run_without_prefect(store, lists[day(3)], DEFAULT, stale)
    assert counted() == (2, 2)
    assert "curated-post" in stale[day(5)]  # the edition that prints them


def test_a_second_call_changes_nothing() -> None:
    lists = six_days()
    store = run_in([day(n) for n in (5, 3, 0, 1, 4, 2)], lists)
    before = dict(store.data)
    changed = correct_rows_after(store, DEFAULT, [day(0)], "again")
    assert (changed.paper_dates, changed.verdict_dates) == ([], [])
    assert store.data == before
    assert correct_rows_after(store, DEFAULT, [], "nothing").dates == []


def test_several_dates_at_once_give_the_same_rows_as_one_after_the_other() -> None:
    lists = six_days()
    store = MemoryStore()
    stale: Any = {}
    for n in (5, 2, 0, 1):
        run_without_prefect(store, lists[day(n)], DEFAULT, stale)
    correct_rows_after(store, DEFAULT, [day(n) for n in (0, 1, 2)], "batch")
    expected = run_in([day(n) for n in (0, 1, 2, 5)], lists)
    for dataset in ("papers", "readings", "analyses", "curation"):
        for n in (0, 1, 2, 5):
            assert rows(store, dataset, day(n)) == rows(expected, dataset, day(n)), (dataset, n)


def test_a_paper_that_left_an_earlier_list_is_new_on_the_later_one_with_its_reading_and_analysis() -> None:
    lists = six_days()
    store = run_in([day(0), day(1)], lists)
    shorter = lists[day(0)].model_copy(update={"papers": lists[day(0)].papers[1:], "sha256": "9" * 64})
    run_without_prefect(store, shorter, DEFAULT)
    assert rows(store, "papers", day(1))[1].dedupe_kind == "new"
    assert {r.arxiv_id for r in rows(store, "readings", day(1))} == {"0000.00001", "0000.00003"}
    assert {a.arxiv_id for a in rows(store, "analyses", day(1))} == {"0000.00001", "0000.00003"}
    assert verdict_on(store, 1, day(1)).curated_rule == "pick"


def test_a_later_days_reading_and_analysis_serve_the_earlier_date() -> None:
    lists = six_days()
    store = run_in([day(1)], lists)
    row = rows(store, "analyses", day(1))[1]
    model_analysis = row.model_copy(update={"model": "openai:some", "cache_key": "ab" * 32})
    write_snapshot(store, "analyses", day(1), [rows(store, "analyses", day(1))[0], model_analysis], "model")
    assert set(readings_of_later_days(store, day(0), {"0000.00001", "0000.00002"})) == {"0000.00001"}
    cached = json.loads(store.get(cache_key("ab" * 32)) or b"")  # written back to where the analyst looks for it
    assert Analysis.model_validate(cached["analysis"]) == model_analysis
    assert list(store.keys("cache/analyses/")) == [cache_key("ab" * 32)]  # extracts are made again instead
    assert readings_of_later_days(store, day(1), {"0000.00001"}) == {}


def test_numbers_are_checked_against_the_remaining_papers() -> None:
    """When a day's readings change, its analyses are checked again, from the model's original text in the cache."""
    lists = six_days()
    store = run_in([day(1)], lists)
    model_analysis = analysis(
        3, model="openai:some", cache_key="cd" * 32, contribution="As the model wrote it.", evidence=[]
    )
    store.put(cache_key("cd" * 32), json.dumps({"analysis": model_analysis.model_dump(mode="json")}).encode())
    other_analyses = [a for a in rows(store, "analyses", day(1)) if a.arxiv_id != "0000.00003"]
    write_snapshot(
        store,
        "analyses",
        day(1),
        [model_analysis.model_copy(update={"contribution": "Cut."}), *other_analyses],
        "model",
    )
    run_without_prefect(store, lists[day(0)], DEFAULT)
    (row,) = rows(store, "analyses", day(1))
    assert row.contribution == "As the model wrote it."


@needs_shared
def test_the_days_with_planted_repeats_come_out_the_same_in_any_order() -> None:
    days = repeated_days()
    dates = sorted(days)
    expected = {
        (e["date"], e["arxiv_id"], e["kind"]): (e["first_seen"], e["duplicate_of"])
        for e in json.loads((SHARED / "recorded" / "repeats" / "expected.json").read_text())
        if e["kind"] != "new"
    }
    snapshots = []
    for order in (dates, dates[::-1], random.Random(7).sample(dates, len(dates))):
        store, stale = MemoryStore(), {}  # type: ignore[var-annotated]
        for date in order:
            run_without_prefect(store, days[date], DEFAULT, stale)
        papers = [(d, p) for d in dates for p in read_snapshot(store, "papers", d, Paper) or []]
        matches = {
            (d.isoformat(), p.arxiv_id, p.dedupe_kind): (p.first_seen.isoformat(), p.duplicate_of)
            for d, p in papers
            if p.dedupe_kind != "new"
        }
        assert matches == expected
        snapshots.append({k: v for k, v in store_contents(store).items() if not k.startswith("editions/")})
    assert snapshots[0] == snapshots[1] == snapshots[2]


def test_a_day_that_cannot_be_read_names_its_snapshot() -> None:
    lists = six_days()
    store = run_in([day(1)], lists)
    store.put(f"snapshots/papers/date={day(1)}/part-0.parquet", b"no parquet")
    with pytest.raises(Exception, match=rf"snapshots/papers/date={day(1)}"):
        run_without_prefect(store, lists[day(0)], DEFAULT)


def test_verdicts_need_only_some_columns_of_a_reading() -> None:
    """Verdicts are computed from the state and the reason of a reading, without its text."""
    lists = six_days()
    store = run_in([day(2)], lists)
    why, ids = make_reason("http", status=500), [r.arxiv_id for r in rows(store, "readings", day(2))]
    failed = [Reading(arxiv_id=i, state="failed", reason=why) for i in ids]
    write_snapshot(store, "readings", day(2), failed, "r")
    run_without_prefect(store, lists[day(0)], DEFAULT)
    assert verdict_on(store, 4, day(2)).curated_rule == "not-read"
