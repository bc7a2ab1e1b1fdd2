"""Dedupes one day against the history of a store, in a process that does nothing else; run by `bench_store`.

Prints seconds, peak memory in MB, the number of repeats, and whether the whole history gives the same result.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
import time
from pathlib import Path

import pandas  # noqa: F401 - else pyarrow would import it during the measurement

from papers.models import Paper
from papers.store import FolderStore
from papers.tables.snapshots import dates_of, read_snapshot
from tasks.dedupe.history import load_history
from tasks.dedupe.repeats import dedupe
from tests.bench.many import list_with_repeats
from tests.factories import listing


def peak_memory() -> float:
    """In MB, of this process only: getrusage would include the memory of the parent at its start."""
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1e3


def main(root: str, compare: bool) -> None:
    """Dedupe 50 papers, some of which are also listed on the last days of the store."""
    store, date = FolderStore(Path(root)), dt.date(2099, 1, 1)
    papers = list_with_repeats([read_snapshot(store, "papers", d, Paper) or [] for d in dates_of(store, "papers")[-5:]])
    started = time.perf_counter()
    result = dedupe(listing(*papers, date=date), load_history(store, date, papers))
    seconds = time.perf_counter() - started
    peak = peak_memory()
    is_same = "unasked"
    if compare:
        is_same = "yes" if dedupe(listing(*papers, date=date), load_history(store, date)) == result else "no"
    print(f"{seconds:.3f} {peak:.0f} {sum(p.dedupe_kind != 'new' for p in result)} {is_same}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] == "True")
