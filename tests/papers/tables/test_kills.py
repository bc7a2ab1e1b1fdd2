"""A writer that is killed at any step leaves the snapshot that was there, or the new one: never less."""

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
from tests.loop import faults, kill_after, moments, run_loop, start, undisturbed
from tests.plain import MemoryStore, contents

STEPS = ("mkdir", "mkstemp", "fdopen", "fsync", "chmod", "replace")  # what a write is made of, in a folder


def write_and_die(root: str, step: int) -> None:
    """Replace a snapshot, and be killed before the step of that number; exit code 0 when there were fewer steps."""
    count = 0

    def deadly(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1
            return function(*arguments, **named)

        return call

    for holder in (os, Path, tempfile):
        for name in STEPS:
            if hasattr(holder, name) and not (holder is os and name in ("mkdir", "chmod", "replace")):
                setattr(holder, name, deadly(getattr(holder, name)))
    write_snapshot(open_store(root), "papers", DAY, [paper(upvotes=9)], "r2")


def test_a_kill_before_each_step_of_a_write_leaves_one_version_whole(tmp_path: Path) -> None:
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
    assert step > 10  # two files, each of several steps
    assert read_snapshot(store, "papers", DAY, Paper) == [paper(upvotes=9)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_a_loop_over_ten_days_ends_the_same_however_often_it_is_killed(seed: int, tmp_path: Path) -> None:
    wanted = undisturbed(MemoryStore())
    store, moment = FolderStore(tmp_path / "store"), moments(seed, 1.5)
    for _ in range(6):
        kill_after(moment(), store.root, {})
        assert faults(store) == []
    run_loop(store.root, {})
    assert faults(store) == []
    assert contents(store) == wanted
