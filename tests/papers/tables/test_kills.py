"""A killed writer leaves each file whole, and its date as it was or unfinished; the next run repairs it."""

from __future__ import annotations

import datetime as dt
import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.days.date_states import finished_dates, unfinished_dates
from papers.models import Listing, Paper
from papers.profile import load_profile
from papers.store import Change, FolderStore, open_store
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import read_snapshot
from tests.factories import DAY, NOON, listed_paper, listing, paper
from tests.loop import fsck_faults, kill_after, random_delays, run_loop, start, uninterrupted_contents
from tests.plain import MemoryStore, put_rows, record_day, store_contents

STEPS = ("mkdir", "mkstemp", "fdopen", "fsync", "chmod", "replace")  # the system calls of a write in a folder
NEXT_DAY = DAY + dt.timedelta(days=1)
PROFILE = load_profile("minimal")


def write_and_die(root: str, step: int) -> None:
    """Replace a snapshot, but kill this process before the given step; exit code 0 if there are fewer steps."""
    count = 0

    def kill_before(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **keywords: Any) -> Any:
            nonlocal count
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1
            return function(*arguments, **keywords)

        return call

    for owner in (os, Path, tempfile):
        for name in STEPS:
            if hasattr(owner, name) and not (owner is os and name in ("mkdir", "chmod", "replace")):
                setattr(owner, name, kill_before(getattr(owner, name)))
    put_rows(open_store(root), "papers", DAY, [paper(upvotes=9)])


def test_a_kill_before_any_step_of_a_write_leaves_one_intact_file(tmp_path: Path) -> None:
    step, killed = 0, True
    while killed:
        store = FolderStore(tmp_path / f"at-{step}")
        put_rows(store, "papers", DAY, [paper(upvotes=1)])
        process = start(write_and_die, store.root, step)
        process.join()
        killed = process.exitcode == -signal.SIGKILL
        assert killed or process.exitcode == 0
        assert read_snapshot(store, "papers", DAY, Paper) in ([paper(upvotes=1)], [paper(upvotes=9)]), step
        assert list(store.keys("")) == [key_of("papers", DAY)]
        put_rows(store, "papers", DAY, [paper(upvotes=9)])
        assert read_snapshot(store, "papers", DAY, Paper) == [paper(upvotes=9)]
        step += 1
    assert step > 5  # a file is written in several steps


class Killed(BaseException):
    """Ends a run where a kill would; no handler of errors sees it."""


class DyingStore(MemoryStore):
    """A store with these contents, whose process dies before the write after the first `writes`."""

    def __init__(self, data: dict[str, bytes], writes: int) -> None:
        super().__init__()
        self.data, self.writes_left = dict(data), writes

    def _write(self) -> None:
        if not self.writes_left:
            raise Killed
        self.writes_left -= 1

    def put(self, key: str, data: bytes) -> str:
        self._write()
        return super().put(key, data)

    def update(self, key: str, change: Change) -> None:
        self._write()
        super().update(key, change)

    def delete(self, key: str) -> None:
        self._write()
        super().delete(key)


def two_days(listing_of_first_day: Listing) -> MemoryStore:
    """A store with two days; the paper 3 is on the list of the second."""
    store = MemoryStore()
    record_day(store, listing_of_first_day, "r1", PROFILE).commit()
    second = listing(listed_paper(3), listed_paper(4, position=1), date=NEXT_DAY, sha256="2" * 64)
    record_day(store, second, "r2", PROFILE).commit()
    return store


def views_of(store: MemoryStore, date: dt.date) -> dict[str, bytes]:
    """The bytes of the snapshots, without that of the runs, and of the editions."""
    views = (key for key in store.data if key.startswith(("snapshots/", "editions/")) and "/runs/" not in key)
    return {key: store.data[key] for key in views if str(date) in key}


def test_a_kill_before_any_write_of_a_run_leaves_a_date_old_or_unfinished_and_the_next_run_repairs_it() -> None:
    """The run finds paper 3 on the first day, too: the second day, where it was new, changes with it."""
    short = listing(listed_paper(1), listed_paper(2, position=1), sha256="1" * 64)
    evening = NOON + dt.timedelta(hours=6)
    longer = listing(*short.papers, listed_paper(3, position=2), sha256="3" * 64, captured_at=evening)
    before = two_days(short)
    expected = DyingStore(before.data, -1)
    record_day(expected, longer, "r3", PROFILE).commit()
    old, new = ({d: views_of(s, d) for d in (DAY, NEXT_DAY)} for s in (before, expected))
    assert all(old[d] != new[d] for d in old)
    writes, killed = 0, True
    while killed:
        store = DyingStore(before.data, writes)
        try:
            record_day(store, longer, "r3", PROFILE).commit()
            killed = False
        except Killed:
            pass
        store.writes_left = -1  # the next process lives
        finished = finished_dates(store)
        assert sorted([*finished, *unfinished_dates(store)]) == [DAY, NEXT_DAY], writes
        for date in finished:
            assert views_of(store, date) in (old[date], new[date]), (writes, date)
        if DAY in finished and views_of(store, DAY) == new[DAY]:  # then what depends on it is, too
            assert views_of(store, NEXT_DAY) == new[NEXT_DAY], writes
            assert NEXT_DAY in finished, writes
        assert fsck_faults(store) == [], writes
        record_day(store, longer, "r4", PROFILE).commit()
        assert {d: views_of(store, d) for d in new} == new, writes
        assert finished_dates(store) == [DAY, NEXT_DAY], writes
        assert set(before.keys("facts/")) < set(store.keys("facts/"))
        writes += 1
    assert writes > 15  # facts, views of both days, manifests, index


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_a_loop_over_ten_days_has_the_same_result_after_kills(seed: int, tmp_path: Path) -> None:
    expected = uninterrupted_contents(MemoryStore())
    store, moment = FolderStore(tmp_path / "store"), random_delays(seed, 1.5)
    for _ in range(6):
        kill_after(moment(), store.root, {})
        assert fsck_faults(store) == []
    run_loop(store.root, {})
    assert fsck_faults(store) == []
    assert store_contents(store) == expected
