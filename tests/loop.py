"""A loop of plain functions over ten invented days, in processes that are killed, and the checks afterwards."""

from __future__ import annotations

import datetime as dt
import multiprocessing as mp
import os
import random
import signal
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from flows.days.date_states import finished_dates
from papers.models import Listing
from papers.profile import load_profile
from papers.store import Store, open_store
from papers.tables.fsck import Finding, check_store
from tests.factories import DAY, listed_paper, listing
from tests.plain import run_without_prefect, store_contents

DAYS = 10
ORDER = (3, 0, 7, 1, 9, 2, 5, 8, 4, 6)  # not in date order, so that later days are corrected, too


def ten_days() -> list[Listing]:
    """Ten lists of five papers; from the second on, one repeats an earlier paper and one an earlier title."""
    lists = []
    for n in range(DAYS):
        date = DAY + dt.timedelta(days=n)
        papers = [listed_paper(10 * n + k, position=k) for k in range(1, 4)]
        old_number = 10 * max(0, n - 3)
        papers += [
            listed_paper(old_number + 1, position=3),
            listed_paper(10 * n + 4, position=4, title=listed_paper(old_number + 2).title),
        ]
        lists.append(listing(*papers, date=date, sha256=f"{n}" * 64))
    return [lists[n] for n in ORDER]


def run_loop(root: str, env: Mapping[str, str]) -> None:
    """Run every date that is not finished."""
    os.environ.update(env)
    store, profile = open_store(root), load_profile("default")
    finished = set(finished_dates(store))
    for day in ten_days():
        if day.date not in finished:
            run_without_prefect(store, day, profile)


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Start the function in a process of its own, with all modules loaded already."""
    mp_context = mp.get_context("forkserver")
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parents[1]))  # else the fork server finds no `tests`
    mp_context.set_forkserver_preload(["tests.loop", "tests.writers", "boto3"])
    process = mp_context.Process(target=target, args=arguments)
    process.start()
    return process


def kill_after(seconds: float, root: str, env: Mapping[str, str]) -> bool:
    """Start the loop and kill it after `seconds`; returns whether it was still running."""
    process = start(run_loop, root, dict(env))
    process.join(seconds)
    was_running = process.exitcode is None
    if was_running and process.pid:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    if not was_running and process.exitcode:
        raise AssertionError(f"the loop ended by itself with {process.exitcode}")
    return was_running


def fsck_faults(store: Store) -> list[Finding]:
    """The findings of fsck that are faults."""
    return [finding for finding in check_store(store) if finding.level == "fault"]


def uninterrupted_contents(store: Store) -> dict[str, Any]:
    """The contents of the store after a loop that is not killed."""
    profile = load_profile("default")
    for day in sorted(ten_days(), key=lambda d: d.date):
        run_without_prefect(store, day, profile)
    return store_contents(store)


def random_delays(seed: int, longest: float) -> Callable[[], float]:
    """A function that returns random times up to `longest` seconds."""
    generator = random.Random(seed)
    return lambda: generator.uniform(0.02, longest)
