"""Dates run in any order: what a date changes in those after it. No network, no model."""

from __future__ import annotations

import datetime as dt
import json
import random

import pytest

from flows.days.record_choice import adopt_records
from flows.days.view_updates import update_views
from papers.facts.day_facts import DayFacts
from papers.facts.records import AnalysisRecord
from papers.models import Evidence, Paper
from papers.tables.fsck import check_store
from papers.tables.manifests import Manifest, Manifests
from papers.tables.parquet import SnapshotBroken
from papers.tables.snapshots import read_snapshot
from tasks.analyze.llm.answer_cache import answer_key
from tests.factories import NOON, analysis, listed_paper, listing
from tests.flows.days.six_days import (
    BRIEF,
    DEFAULT,
    day,
    facts_of,
    paper_fields,
    rows,
    run_in,
    six_days,
    verdict_on,
    views,
)
from tests.plain import (
    CAPTURED_AT,
    MemoryStore,
    load_day,
    repeated_days,
    run_without_prefect,
    settle,
    store_contents,
    view_settings,
)
from tests.shared import SHARED, needs_shared


def listed_facts(store: MemoryStore, date: dt.date) -> DayFacts:
    """The facts of a date, listed."""
    facts = DayFacts(store, date)
    facts.list_again()
    return facts


def manifest_of(store: MemoryStore, date: dt.date) -> Manifest:
    """The manifest of a date, which has to be there."""
    manifest = Manifests(store).get(date)
    assert manifest is not None
    return manifest


def test_the_order_of_the_dates_changes_nothing() -> None:
    lists = six_days()
    dates = sorted(lists)
    in_order = views(run_in(dates, lists))
    orders = [dates[::-1]] + [random.Random(seed).sample(dates, len(dates)) for seed in range(3)]
    for order in orders:
        assert views(run_in(order, lists)) == in_order, order


def test_a_repeat_of_a_back_filled_day_loses_its_reading_which_stays_among_the_facts() -> None:
    lists = six_days()
    store = run_in([day(1)], lists)
    assert [p.dedupe_kind for p in rows(store, "papers", day(1))] == ["new", "new"]
    facts = facts_of(store)
    run_without_prefect(store, lists[day(0)], DEFAULT)
    assert [p.dedupe_kind for p in rows(store, "papers", day(1))] == ["new", "repeat"]
    assert rows(store, "papers", day(1))[1].first_seen == day(0)
    for dataset in ("readings", "analyses"):
        assert {r.arxiv_id for r in rows(store, dataset, day(1))} == {"0000.00003"}
    assert facts.items() <= facts_of(store).items()
    old_facts = listed_facts(store, day(1))
    assert [r.state for r in old_facts.readings("0000.00001")] == ["done"]
    assert [a.state for a in old_facts.analyses("0000.00001")] == ["done"]
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
        view = load_day(store, day(5))
        return view.trends[0].trailing_days, view.new_terms.earlier_days

    assert counted() == (1, 1)
    before = manifest_of(store, day(5)).views
    run_without_prefect(store, lists[day(3)], DEFAULT)
    assert counted() == (2, 2)
    after = manifest_of(store, day(5)).views
    names = {name for name, view in after.items() if view.inputs != before[name].inputs}
    assert names == {"curation", "curated-post.zh", "curated-post.en"}  # of picks; the edition that prints them


def test_a_second_call_changes_nothing() -> None:
    lists = six_days()
    store = run_in([day(n) for n in (5, 3, 0, 1, 4, 2)], lists)
    before = dict(store.data)
    update = update_views(view_settings(store, DEFAULT), lists)
    assert update.changed_dates == []
    assert [d.views.written for d in update.days.values()] == [set()] * 6
    assert store.data == before
    assert settle(store, DEFAULT) == []
    assert store.data == before


def test_several_dates_at_once_give_the_same_rows_as_one_after_the_other() -> None:
    """The dates of a backfill leave later ones as they are, until its end."""
    lists = six_days()
    store = run_in([day(5), day(2)], lists)
    before = {k: v for k, v in views(store).items() if str(day(5)) in k}
    for n in (1, 0):
        run_without_prefect(store, lists[day(n)], DEFAULT, later=False)
    assert before.items() <= views(store).items()
    assert settle(store, DEFAULT) == [day(1), day(2), day(5)]
    assert views(store) == views(run_in([day(n) for n in (0, 1, 2, 5)], lists))
    assert settle(store, DEFAULT) == []


def test_a_paper_that_left_an_earlier_list_is_new_on_the_later_one_with_its_reading_and_analysis() -> None:
    lists = six_days()
    store = run_in([day(0), day(1)], lists)
    changes = {"papers": lists[day(0)].papers[1:], "sha256": "9" * 64, "captured_at": NOON}
    shorter = lists[day(0)].model_copy(update=changes)
    run_without_prefect(store, shorter, DEFAULT)
    assert rows(store, "papers", day(1))[1].dedupe_kind == "new"
    assert {r.arxiv_id for r in rows(store, "readings", day(1))} == {"0000.00001", "0000.00003"}
    assert {a.arxiv_id for a in rows(store, "analyses", day(1))} == {"0000.00001", "0000.00003"}
    assert verdict_on(store, 1, day(1)).curated_rule == "pick"


def test_a_later_days_reading_and_analysis_serve_the_earlier_date() -> None:
    lists = six_days()
    store = run_in([day(1)], lists)
    facts, ids = listed_facts(store, day(0)), ["0000.00001", "0000.00002"]
    assert adopt_records(store, facts, ids)
    (record,) = facts.readings("0000.00001")
    later = listed_facts(store, day(1))
    assert [record] == later.readings("0000.00001")
    assert facts.analyses("0000.00001") == later.analyses("0000.00001") != []
    assert facts.arxiv_ids() == ["0000.00001"]  # the other paper was never read
    assert not adopt_records(store, facts, ids)
    assert facts.readings("0000.00001") == [record]


def add_model_analysis(store: MemoryStore, date: dt.date, number: int, contribution: str) -> None:
    """Record that a model has analysed the stored text of a paper."""
    evidence = Evidence(field="contribution", text=contribution, number="97.3", unit="percent", status="unsupported")
    row = analysis(
        number, language="zh", model="openai:some", cache_key="cd" * 32, contribution=contribution, evidence=[evidence]
    )
    store.put(answer_key(row.arxiv_id, row.cache_key), json.dumps({"analysis": row.model_dump(mode="json")}).encode())
    facts = listed_facts(store, date)
    text = facts.readings(row.arxiv_id)[-1].text_sha256
    facts.add_analysis(AnalysisRecord.of(row, "model", CAPTURED_AT + dt.timedelta(hours=1), text))


def test_a_models_analysis_stays_as_it_was_written_when_the_list_changes() -> None:
    """Numbers are checked against the text of the paper each time; what is on record is the model's original text."""
    lists = six_days()
    store = run_in([day(1)], lists)
    add_model_analysis(store, day(1), 3, "It is as the model wrote it. It reaches 97.3%.")
    update_views(view_settings(store, DEFAULT), [day(1)])
    (row,) = [a for a in rows(store, "analyses", day(1)) if a.arxiv_id == "0000.00003"]
    assert row.contribution == "It is as the model wrote it."
    run_without_prefect(store, lists[day(0)], DEFAULT)
    (row,) = rows(store, "analyses", day(1))
    assert (row.arxiv_id, row.model, row.contribution) == ("0000.00003", "openai:some", "It is as the model wrote it.")
    (_, record) = listed_facts(store, day(1)).analyses("0000.00003")
    answer = json.loads(store.get(answer_key(record.arxiv_id, record.cache_key)) or b"")["analysis"]
    assert answer["contribution"] == "It is as the model wrote it. It reaches 97.3%."


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
        store = run_in(order, days, BRIEF)
        papers = [(d, p) for d in dates for p in read_snapshot(store, "papers", d, Paper) or []]
        matches = {
            (d.isoformat(), p.arxiv_id, p.dedupe_kind): (p.first_seen.isoformat(), p.duplicate_of)
            for d, p in papers
            if p.dedupe_kind != "new"
        }
        assert matches == expected
        snapshots.append(views(store))
    assert snapshots[0] == snapshots[1] == snapshots[2]


def test_a_day_that_cannot_be_read_names_its_snapshot_and_is_derived_again_after_a_repair() -> None:
    lists = six_days()
    store = run_in([day(1)], lists)
    key = f"snapshots/papers/date={day(1)}/part-0.parquet"
    good = store.data[key]
    store.put(key, b"no parquet")
    for n in (1, 3):  # the index, which finds repeats, is made of it
        with pytest.raises(SnapshotBroken, match=rf"snapshots/papers/date={day(1)}.*fsck"):
            run_without_prefect(store, lists[day(n)], DEFAULT)
    broken = {finding.date for finding in check_store(store, repair=True) if finding.broken}
    assert broken == {day(1)}
    update_views(view_settings(store, DEFAULT), [day(1)])
    assert store.data[key] == good
    run_without_prefect(store, lists[day(3)], DEFAULT)
    assert views(store) == views(run_in([day(1), day(3)], lists))


def test_a_paper_that_could_not_be_read_is_no_pick() -> None:
    store, list_of_day = MemoryStore(), listing(listed_paper(1, abstract=""), listed_paper(2), date=day(2))
    run_without_prefect(store, list_of_day, DEFAULT)
    assert verdict_on(store, 1, day(2)).curated_rule == "not-read"
    assert verdict_on(store, 2, day(2)).curated_rule != "not-read"
    outcome = manifest_of(store, day(2)).outcome
    assert outcome is not None
    assert (outcome.state, list(outcome.failed), outcome.untried) == ("partial", ["0000.00001"], [])
