"""A writer that is killed at any step leaves either the old snapshot or the new one, intact."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from papers.models import Paper
from papers.store import FolderStore, open_store
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import read_snapshot, write_snapshot
from tests.factories import DAY, paper
from tests.loop import fsck_faults, kill_after, random_delays, run_loop, start, uninterrupted_contents
from tests.plain import MemoryStore, store_contents

STEPS = ("mkdir", "mkstemp", "fdopen", "fsync", "chmod", "replace")  # the system calls of a write in a folder


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
    write_snapshot(open_store(root), "papers", DAY, [paper(upvotes=9)], "r2")


def test_a_kill_before_any_step_of_a_write_leaves_one_intact_version(tmp_path: Path) -> None:
    step, killed = 0, True
    while killed:
        store = FolderStore(tmp_path / f"at-{step}")
        write_snapshot(store, "papers", DAY, [paper(upvotes=1)], "r1")
        before = store.get(key_of("papers", DAY))
        process = start(write_and_die, store.root, step)
        process.join()
        killed = process.exitcode == -signal.SIGKILL
        assert killed or process.exitcode == 0
        rows = read_snapshot(store, "papers", DAY, Paper)
        assert rows in ([paper(upvotes=1)], [paper(upvotes=9)]), step
        if rows == [paper(upvotes=9)]:
            assert store.get(f"superseded/papers/date={DAY}/r2.parquet") == before
        assert set(store.keys("")) <= {key_of("papers", DAY), f"superseded/papers/date={DAY}/r2.parquet"}
        assert write_snapshot(store, "papers", DAY, [paper(upvotes=9)], "r3") == (rows == [paper(upvotes=1)])
        step += 1
    assert step > 10  # two files, each written in several steps
    assert read_snapshot(store, "papers", DAY, Paper) == [paper(upvotes=9)]


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
