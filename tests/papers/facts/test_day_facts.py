"""Facts of a date: each is written once and kept; those that cannot be read are reported and left out."""

from __future__ import annotations

import datetime as dt
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from papers.facts.day_facts import DayFacts, end_key, hash_keys
from papers.facts.records import AnalysisRecord, ReadingRecord
from papers.models import Listing
from papers.store import FolderStore
from tests.factories import DAY, NOON, analysis, listed_paper, listing, reading
from tests.plain import MemoryStore, finished_run

OLD_ID = "cs/0101001"


class CountingStore(MemoryStore):
    """Counts reads, and keeps the keys of all writes."""

    def __init__(self) -> None:
        super().__init__()
        self.reads, self.writes = 0, list[str]()

    def get(self, key: str) -> bytes | None:
        self.reads += 1
        return super().get(key)

    def put(self, key: str, data: bytes) -> str:
        self.writes.append(key)
        return super().put(key, data)


def facts_of(store: MemoryStore | FolderStore) -> DayFacts:
    """The facts of `DAY`, listed."""
    facts = DayFacts(store, DAY)
    facts.list_again()
    return facts


def capture(minute: int = 0, **fields: Any) -> Listing:
    base: dict[str, Any] = {"captured_at": NOON + dt.timedelta(minutes=minute), "sha256": f"{minute:064d}"}
    return listing(listed_paper(1), **(base | fields))


def read(number: int = 1, minute: int = 0, run_id: str = "r1") -> ReadingRecord:
    return ReadingRecord.of(reading(number), run_id, NOON + dt.timedelta(minutes=minute), "https://hf.example/x")


def analyzed(number: int = 1, minute: int = 0, run_id: str = "r1", **fields: Any) -> AnalysisRecord:
    return AnalysisRecord.of(analysis(number, **fields), run_id, NOON + dt.timedelta(minutes=minute), "1" * 64)


def test_records_are_read_as_they_were_written(folder_store: FolderStore) -> None:
    facts = facts_of(folder_store)
    run = finished_run("r1", [])
    failed = analyzed(2, language="zh", state="failed", contribution=None)
    facts.start_run("r1")
    assert facts.add_capture(capture(), "r1")
    facts.add_reading(read())
    facts.add_analysis(analyzed())
    facts.add_analysis(failed)
    facts.end_run(run)
    for second in (facts, facts_of(folder_store)):
        assert [(c.run_id, c.listing) for c in second.captures()] == [("r1", capture())]
        assert second.readings("0000.00001") == [read()]
        assert second.analyses("0000.00001") == [analyzed()]
        assert second.analyses("0000.00002") == [failed]
        assert failed.row is not None  # the row of an analysis that is not done has no other place
        assert second.runs() == [run]
        assert second.damaged == {}


def test_a_fact_is_written_once() -> None:
    store = CountingStore()
    for run_id, upvotes in (("r1", 1), ("r1", 2)):  # a retry of a run, which finds other things
        facts = DayFacts(store, DAY) if upvotes == 2 else facts_of(store)
        facts.start_run(run_id)
        facts.add_reading(read())
        facts.add_analysis(analyzed(contribution=f"It has {upvotes}."))
        facts.end_run(finished_run(run_id, []))
    assert sorted(store.writes) == sorted(set(store.writes))
    assert len(store.writes) == len(store.data) == 4


def test_records_that_this_process_wrote_are_not_read_back() -> None:
    store = CountingStore()
    facts = facts_of(store)
    facts.add_reading(read())
    facts.list_again()
    assert facts.readings("0000.00001") == [read()]
    assert store.reads == 0
    other = facts_of(store)
    assert other.readings("0000.00001") == other.readings("0000.00001") == [read()]
    assert store.reads == 1


def test_a_capture_is_recorded_unless_the_newest_is_the_same() -> None:
    store = MemoryStore()
    keys = [
        facts_of(store).add_capture(capture(minute, sha256=sha256 * 64), f"r{minute}")
        for minute, sha256 in enumerate("aabba")
    ]
    assert keys == [True, False, True, False, True]
    assert [c.listing.sha256[0] for c in facts_of(store).captures()] == ["a", "b", "a"]


@pytest.mark.parametrize("years", [-1, 1])
def test_a_capture_by_a_wrong_clock_does_not_stand_for_the_same_list_by_a_right_one(years: int) -> None:
    store, wrong = MemoryStore(), NOON.replace(year=NOON.year + years)
    assert facts_of(store).add_capture(capture(sha256="a" * 64, captured_at=wrong, site_time=NOON), "r1")
    assert facts_of(store).add_capture(capture(sha256="a" * 64, site_time=NOON), "r2")
    assert not facts_of(store).add_capture(capture(5, sha256="a" * 64), "r3")
    assert len(facts_of(store).captures()) == 2


def test_keys_begin_with_the_date_and_name_paper_kind_and_time() -> None:
    store = MemoryStore()
    facts = facts_of(store)
    facts.start_run("r1")
    facts.add_capture(capture(), "r1")
    facts.add_reading(read())
    facts.add_analysis(analyzed(language="zh"))
    assert end_key(DAY, "r1") == f"runs/{DAY}/r1.end.json"
    capture_key, analysis_key, reading_key, start_key = sorted(
        store.data, key=lambda k: ("captures" not in k, "analyze" not in k, "read" not in k)
    )
    assert capture_key.startswith(f"facts/{DAY}/captures/20260109T120000000000-")
    assert analysis_key.startswith(f"facts/{DAY}/0000.00001/analyze-zh-20260109T120000000000-")
    assert reading_key.startswith(f"facts/{DAY}/0000.00001/read-20260109T120000000000-")
    assert start_key == f"runs/{DAY}/r1.start.json"


def test_an_old_id_with_a_slash_is_one_folder() -> None:
    store = MemoryStore()
    facts = facts_of(store)
    record = read().model_copy(update={"arxiv_id": OLD_ID})
    facts.add_reading(record)
    second = facts_of(store)
    assert second.arxiv_ids() == [OLD_ID]
    assert second.readings(OLD_ID) == [record]


def test_records_come_oldest_first_whatever_their_language_and_run() -> None:
    store = MemoryStore()
    facts = facts_of(store)
    for minute, language, run_id in ((3, "en", "r1"), (1, "zh", "r9"), (2, "en", "r5"), (0, "zh", "r3")):
        facts.add_analysis(analyzed(minute=minute, language=language, run_id=run_id))
        facts.add_reading(read(minute=minute, run_id=run_id))
        facts.add_capture(capture(minute), run_id)
        end = NOON + dt.timedelta(minutes=minute)
        facts.end_run(finished_run(run_id, []).model_copy(update={"finished_at": end}))
    facts.add_reading(read(10, minute=9))  # 0000.00010 is another paper than 0000.0001
    second = facts_of(store)
    assert [r.at.minute for r in second.analyses("0000.00001")] == [0, 1, 2, 3]
    assert [r.at.minute for r in second.readings("0000.00001")] == [0, 1, 2, 3]
    assert [c.listing.captured_at.minute for c in second.captures()] == [0, 1, 2, 3]
    assert [r.run_id for r in second.runs()] == ["r3", "r9", "r5", "r1"]
    assert second.arxiv_ids() == ["0000.00001", "0000.00010"]


def test_the_facts_of_another_date_are_not_listed() -> None:
    store = MemoryStore()
    other = DayFacts(store, DAY + dt.timedelta(days=1))
    other.start_run("r1")
    other.add_reading(read())
    assert facts_of(store).inputs == frozenset()
    assert facts_of(store).run_keys == []


def test_listing_again_finds_what_another_run_added() -> None:
    store = MemoryStore()
    facts = DayFacts(store, DAY)
    assert not facts.list_again()
    facts.add_reading(read())
    assert not facts.list_again()  # its own facts are no news
    before = facts.inputs
    DayFacts(store, DAY).add_reading(read(2, run_id="r2"))
    assert facts.list_again()
    assert facts.readings("0000.00002") == [read(2, run_id="r2")]
    assert hash_keys(facts.inputs) != hash_keys(before)
    DayFacts(store, DAY).start_run("r3")
    inputs = facts.inputs
    assert facts.list_again()
    assert facts.inputs == inputs  # runs are no inputs of views


@pytest.mark.parametrize("data", [b"", b"no zstandard", b"\x28\xb5\x2f\xfd cut", None])
def test_a_record_that_cannot_be_read_is_reported_and_left_out(data: bytes | None, tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    facts = facts_of(store)
    facts.add_reading(read(minute=1))
    facts.add_reading(read(minute=2))
    second = facts_of(store)
    key = second.keys_of("0000.00001", "read")[0]
    if data is None:
        store.delete(key)  # after it was listed
    else:
        store.put(key, data)
    assert second.readings("0000.00001") == [read(minute=2)]
    assert list(second.damaged) == [key]
    assert second.damaged[key]
    if data is None:
        assert second.damaged[key] == "is listed, but not there"


def test_a_record_of_an_unknown_form_is_reported_and_left_out() -> None:
    store = MemoryStore()
    facts = facts_of(store)
    facts.end_run(finished_run("r1", []))
    store.put(f"runs/{DAY}/r2.end.json", b'{"run_id": "r2", "colour": "red"}')
    store.put(f"runs/{DAY}/r3.start.json", b"{}")  # starts are not read
    second = facts_of(store)
    assert [r.run_id for r in second.runs()] == ["r1"]
    assert list(second.damaged) == [f"runs/{DAY}/r2.end.json"]
    assert second.run_keys == [f"runs/{DAY}/r{n}" for n in ("1.end.json", "2.end.json", "3.start.json")]


def test_an_unknown_object_among_the_facts_is_no_attempt() -> None:
    store = MemoryStore()
    facts_of(store).add_reading(read())
    store.put(f"facts/{DAY}/0000.00001/notes.txt", b"x")
    second = facts_of(store)
    assert second.readings("0000.00001") == [read()]
    assert second.analyses("0000.00001") == []
    assert second.damaged == {}


def test_threads_may_add_facts_while_others_list_them() -> None:
    facts = facts_of(MemoryStore())
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(2) as pool:
            keys = pool.submit(lambda: list(map(facts.add_reading, map(read, range(1, 400)))))
            while not keys.done():
                assert all("/read-" in key for key in facts.inputs)
                assert facts.run_keys == facts.capture_keys == []
            keys.result()
    finally:
        sys.setswitchinterval(interval)
    assert len(facts.inputs) == 399
