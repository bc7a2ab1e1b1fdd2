"""The plain-function loop over ten invented days, in processes that are killed, and what has to hold afterwards."""

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

from papers.models import Listing
from papers.profile import load_profile
from papers.store import Store, open_store
from papers.tables.fsck import Finding, check_store
from papers.tables.snapshots import finished_dates
from tests.factories import DAY, listed, listing
from tests.plain import contents, run_plain

DAYS = 10
ORDER = (3, 0, 7, 1, 9, 2, 5, 8, 4, 6)  # not that of the calendar, so that later days are corrected, too


def days() -> list[Listing]:
    """Ten lists of five papers; from the second on, one is of an earlier list and one nearly so by its title."""
    found = []
    for n in range(DAYS):
        date = DAY + dt.timedelta(days=n)
        papers = [listed(10 * n + k, position=k) for k in range(1, 4)]
        old = 10 * max(0, n - 3)
        papers += [listed(old + 1, position=3), listed(10 * n + 4, position=4, title=listed(old + 2).title)]
        found.append(listing(*papers, date=date, sha256=f"{n}" * 64))
    return [found[n] for n in ORDER]


def run_loop(root: str, env: Mapping[str, str]) -> None:
    """Run every date that is not finished."""
    os.environ.update(env)
    store, profile = open_store(root), load_profile("default")
    finished = set(finished_dates(store))
    for day in days():
        if day.date not in finished:
            run_plain(store, day, profile)


def start(target: Callable[..., None], *arguments: Any) -> BaseProcess:
    """The function in a process of its own, which finds all modules loaded."""
    context = mp.get_context("forkserver")
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parents[1]))  # else the fork server finds no `tests`
    context.set_forkserver_preload(["tests.loop", "tests.writers", "boto3"])
    process = context.Process(target=target, args=arguments)
    process.start()
    return process


def kill_after(seconds: float, root: str, env: Mapping[str, str]) -> bool:
    """Start the loop and kill it after `seconds`; whether it was still running then."""
    process = start(run_loop, root, dict(env))
    process.join(seconds)
    running = process.exitcode is None
    if running and process.pid:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    if not running and process.exitcode:
        raise AssertionError(f"the loop ended by itself with {process.exitcode}")
    return running


def faults(store: Store) -> list[Finding]:
    """What fsck calls a fault."""
    return [found for found in check_store(store) if found.level == "fault"]


def undisturbed(store: Store) -> dict[str, Any]:
    """What the loop leaves when nothing kills it."""
    profile = load_profile("default")
    for day in sorted(days(), key=lambda d: d.date):
        run_plain(store, day, profile)
    return contents(store)


def moments(seed: int, longest: float) -> Callable[[], float]:
    """Random moments up to `longest` seconds."""
    chance = random.Random(seed)
    return lambda: chance.uniform(0.02, longest)
