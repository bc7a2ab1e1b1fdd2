"""The dedupe of one day against the history of a store, in a process that does nothing else: `bench_store` asks it.

Prints seconds, peak memory in MB, how many repeats were found, and whether the whole history says the same.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
import time
from pathlib import Path

import pandas  # noqa: F401 - pyarrow would load it while the clock runs; a run has long done so

from papers.models import Paper
from papers.store import FolderStore
from papers.tables.snapshots import dates_of, read_snapshot
from tasks.dedupe.history import load_history
from tasks.dedupe.matching import dedupe
from tests.bench.many import days_list
from tests.factories import listing


def peak_memory() -> float:
    """In MB, of this program alone: getrusage counts what its parent had when it was started, too."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1e3


def main(root: str, compare: bool) -> None:
    """Dedupe 50 papers, some of which the last days of the store list, too."""
    store, date = FolderStore(Path(root)), dt.date(2099, 1, 1)
    papers = days_list([read_snapshot(store, "papers", d, Paper) or [] for d in dates_of(store, "papers")[-5:]])
    started = time.perf_counter()
    marked = dedupe(listing(*papers, date=date), load_history(store, date, papers))
    seconds = time.perf_counter() - started
    peak = peak_memory()
    same = "unasked"
    if compare:
        same = "yes" if dedupe(listing(*papers, date=date), load_history(store, date)) == marked else "no"
    print(f"{seconds:.3f} {peak:.0f} {sum(p.dedupe_kind != 'new' for p in marked)} {same}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] == "True")
