"""Facts that are damaged or missing: each is reported, and the views are derived from the others."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

import pytest

from flows.days.date_states import finished_dates, unfinished_dates
from flows.days.view_updates import ViewUpdate, update_views
from papers.facts.day_facts import DayFacts
from papers.facts.records import AnalysisRecord
from papers.tables.fsck import check_store
from papers.tables.manifests import Manifests
from tasks.analyze.llm.answer_cache import answer_key
from tests.factories import NOON, analysis, listed_paper
from tests.flows.days.six_days import BRIEF, day, facts_of, paper_fields, rows, run_in, six_days, views
from tests.plain import CAPTURED_AT, MemoryStore, run_without_prefect, view_settings

LISTS = {d: papers for d, papers in six_days().items() if d < day(2)}
LATER = LISTS[day(0)].model_copy(
    update={
        "papers": [*LISTS[day(0)].papers, listed_paper(31, **paper_fields("windmills"))],
        "sha256": "e" * 64,
        "captured_at": NOON,
    }
)


def a_store() -> MemoryStore:
    """Two days, the first with two captures and a model's analysis."""
    store = run_in(sorted(LISTS), LISTS, BRIEF)
    run_without_prefect(store, LATER.model_copy(), BRIEF)
    facts = DayFacts(store, day(0))
    facts.list_again()
    row = analysis(1, language="zh", model="openai:some", cache_key="cd" * 32, contribution="By a model.", evidence=[])
    store.put(answer_key(row.arxiv_id, row.cache_key), json.dumps({"analysis": row.model_dump(mode="json")}).encode())
    text = facts.readings(row.arxiv_id)[-1].text_sha256
    facts.add_analysis(AnalysisRecord.of(row, "model", CAPTURED_AT + dt.timedelta(hours=1), text))
    update_views(view_settings(store, BRIEF), [day(0)])
    return store


def derive_again(store: MemoryStore) -> ViewUpdate:
    """Derive all views from the facts alone."""
    store.data = facts_of(store)
    return update_views(view_settings(store, BRIEF), LISTS)


def first_key(store: MemoryStore, prefix: str, last: bool = False) -> str:
    """The first key with that prefix, or the last."""
    keys = list(store.keys(prefix))
    return keys[-1 if last else 0]


FACTS = f"facts/{day(0)}"


def expect_capture(store: MemoryStore) -> None:
    """Without the newest capture: the list of the one before."""
    assert [p.arxiv_id for p in rows(store, "papers", day(0))] == ["0000.00001", "0000.00002"]
    assert {p.upvotes for p in rows(store, "popularity", day(0))} == {9}


def expect_reading(store: MemoryStore) -> None:
    """Without its reading a paper is listed, but neither read nor analysed."""
    assert {r.arxiv_id for r in rows(store, "readings", day(0))} == {"0000.00001", "0000.00031"}
    assert {a.arxiv_id for a in rows(store, "analyses", day(0))} == {"0000.00001", "0000.00031"}
    assert len(rows(store, "papers", day(0))) == len(rows(store, "curation", day(0))) == 3


def expect_no_analysis(store: MemoryStore) -> None:
    """Without its analysis a paper is read."""
    assert len(rows(store, "readings", day(0))) == 3
    assert {a.arxiv_id for a in rows(store, "analyses", day(0))} == {"0000.00001", "0000.00031"}


def expect_extract(store: MemoryStore) -> None:
    """Without the model's analysis the extract counts."""
    assert {a.model for a in rows(store, "analyses", day(0))} == {"extractive"}
    assert len(rows(store, "analyses", day(0))) == 3


def expect_runs(store: MemoryStore) -> None:
    """Without the record of a run the other views are there."""
    assert rows(store, "runs", day(0)) == []
    assert len(rows(store, "analyses", day(0))) == 3


KINDS: dict[str, tuple[Callable[[MemoryStore], str], Callable[[MemoryStore], None]]] = {
    "capture": (lambda store: first_key(store, f"{FACTS}/captures/", last=True), expect_capture),
    "reading": (lambda store: first_key(store, f"{FACTS}/0000.00002/read-"), expect_reading),
    "analysis": (lambda store: first_key(store, f"{FACTS}/0000.00002/analyze-"), expect_no_analysis),
    "model's analysis": (lambda store: first_key(store, f"{FACTS}/0000.00001/analyze-", last=True), expect_extract),
    "run": (lambda store: f"runs/{day(0)}/run-{day(0)}.end.json", expect_runs),
}
COMPLETED = ("reading", "analysis")  # what another run does again


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", [b"", b"\x00\x01nothing", None], ids=["empty", "other bytes", "missing"])
def test_a_fact_that_cannot_be_read_is_reported_and_the_rest_is_derived(kind: str, damage: bytes | None) -> None:
    store = a_store()
    other_day = {k: v for k, v in views(store).items() if str(day(1)) in k}
    key_of_kind, expect = KINDS[kind]
    key = key_of_kind(store)
    if damage is None:
        store.delete(key)
    else:
        store.put(key, damage)
        faults = {f.key: f for f in check_store(store) if f.level == "fault"}
        assert faults.keys() == {key}
        assert (faults[key].broken, faults[key].date) == (True, day(0))
    derive_again(store)
    expect(store)
    manifest = Manifests(store).get(day(0))
    assert manifest is not None
    if kind != "run":
        assert set(manifest.damaged) == (set() if damage is None else {key})
    assert {k: v for k, v in views(store).items() if str(day(1)) in k} == other_day
    assert unfinished_dates(store) == ([day(0)] if kind in COMPLETED else [])
    assert list(check_store(store, repair=True)) != [] or damage is None
    assert store.data.get(key) is None  # moved away
    run_without_prefect(store, LATER, BRIEF)
    assert finished_dates(store) == sorted(LISTS)
    assert len(rows(store, "analyses", day(0))) == 3
    assert [f for f in check_store(store) if f.level == "fault"] == []


@pytest.mark.parametrize("data", [b"", b"{}", b"no JSON", None])
def test_a_models_answer_that_cannot_be_read_is_reported_and_the_extract_counts(data: bytes | None) -> None:
    store = a_store()
    assert "openai:some" in {a.model for a in rows(store, "analyses", day(0))}
    key = answer_key("0000.00001", "cd" * 32)
    if data is None:
        store.delete(key)
    else:
        store.put(key, data)
    derive_again(store)
    expect_extract(store)
    manifest = Manifests(store).get(day(0))
    assert manifest is not None
    assert any("0000.00001" in name for name in manifest.damaged)
    assert finished_dates(store) == sorted(LISTS)


def test_a_date_whose_only_capture_is_lost_keeps_its_views_and_stops_no_other() -> None:
    store = a_store()
    before = views(store)
    key = first_key(store, f"facts/{day(1)}/captures/")
    store.put(key, b"nothing")
    store.delete(f"snapshots/curation/date={day(0)}/part-0.parquet")
    update = update_views(view_settings(store, BRIEF), LISTS)
    assert list(update.without_list) == [day(1)]
    assert views(store) == before
    assert day(1) in unfinished_dates(store) or any(f.key == key for f in check_store(store))
