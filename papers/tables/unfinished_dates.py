"""The journal: which dates are being written. A date whose writer was killed stays in it until it is run again."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import socket
from contextlib import suppress

from papers.store import Store

FORGOTTEN = dt.timedelta(hours=6)  # after which a writer of another machine is taken for dead


def open_date(store: Store, date: dt.date, run_id: str) -> None:
    """Note, before its first write, that a run writes the snapshots and editions of `date`."""
    note = {
        "run_id": run_id,
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }
    store.put(_key(date, run_id), json.dumps(note).encode())


def close_date(store: Store, date: dt.date, run_id: str) -> None:
    """Note that the run is through with `date`; the notes of writers that are dead go with its own."""
    for key in list(store.keys(f"journal/date={date.isoformat()}/")):
        if key == _key(date, run_id) or _dead(store.get(key)):
            store.delete(key)


def unfinished(store: Store) -> set[dt.date]:
    """The dates that are being written, or whose writer was killed."""
    found = (re.match(r"journal/date=(\d{4}-\d\d-\d\d)/", key) for key in store.keys("journal/"))
    return {dt.date.fromisoformat(m[1]) for m in found if m}


def _key(date: dt.date, run_id: str) -> str:
    return f"journal/date={date.isoformat()}/{run_id}.json"


def _dead(note: bytes | None) -> bool:
    """Whether the writer is no more: its process on this machine, or, by time, another machine's."""
    try:
        said = json.loads(note or b"")
        if said["host"] == socket.gethostname():
            return said["pid"] == os.getpid() or not _runs(said["pid"])
        return dt.datetime.fromisoformat(said["started_at"]) < dt.datetime.now(dt.UTC) - FORGOTTEN
    except (ValueError, KeyError, TypeError):
        return True


def _runs(pid: int) -> bool:
    with suppress(ProcessLookupError):
        with suppress(PermissionError):  # another user's
            os.kill(pid, 0)
        return True
    return False
