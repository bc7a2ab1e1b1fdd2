"""The journal of unfinished dates: a date is in it while it is written, and after a kill until it is run again."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import socket
from contextlib import suppress

from papers.store import Store

DEAD_AFTER = dt.timedelta(hours=6)  # after which a writer on another machine counts as dead


def open_date(store: Store, date: dt.date, run_id: str) -> None:
    """Record that a run is going to write the snapshots and editions of `date`."""
    entry = {
        "run_id": run_id,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    store.put(_entry_key(date, run_id), json.dumps(entry).encode())


def close_date(store: Store, date: dt.date, run_id: str) -> None:
    """Record that the run has finished `date`; also removes the entries of dead writers."""
    for key in list(store.keys(f"journal/date={date.isoformat()}/")):
        if key == _entry_key(date, run_id) or _is_dead(store.get(key)):
            store.delete(key)


def unfinished_dates(store: Store) -> set[dt.date]:
    """The dates that are being written, or whose writer was killed."""
    matches = (re.match(r"journal/date=(\d{4}-\d\d-\d\d)/", key) for key in store.keys("journal/"))
    return {dt.date.fromisoformat(m[1]) for m in matches if m}


def _entry_key(date: dt.date, run_id: str) -> str:
    return f"journal/date={date.isoformat()}/{run_id}.json"


def _is_dead(entry: bytes | None) -> bool:
    """Whether the writer is dead: its process is gone or is this one; on another machine, it started too long ago."""
    try:
        writer = json.loads(entry or b"")
        if writer["host"] == socket.gethostname():
            return writer["pid"] == os.getpid() or not _is_running(writer["pid"])
        return dt.datetime.fromisoformat(writer["started_at"]) < dt.datetime.now(dt.UTC) - DEAD_AFTER
    except (ValueError, KeyError, TypeError):
        return True


def _is_running(pid: int) -> bool:
    with suppress(ProcessLookupError):
        with suppress(PermissionError):  # a process of another user
            os.kill(pid, 0)
        return True
    return False
