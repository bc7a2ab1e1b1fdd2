"""A server's event loop goes on while SQLite waits, whatever there is to collect."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WAIT = 3.0  # seconds that a connection waits for SQLite's lock

# One connection has the lock, which the loop takes back after half a second; another waits for it in a thread, and a
# statement of its own that nobody needs any more is found by the collector.
SCRIPT = """
import asyncio, gc, sqlite3, sys, time

def connect():
    made = sqlite3.connect(sys.argv[1], check_same_thread=False, isolation_level=None, timeout=float(sys.argv[2]))
    made.execute("pragma journal_mode = wal")
    return made

async def main():
    holds, waits = connect(), connect()
    holds.execute("begin immediate")
    waiting = asyncio.create_task(asyncio.to_thread(begin, waits))
    await asyncio.sleep(0.1)
    began = last = time.monotonic()
    longest, kept = 0.0, []
    while not waiting.done():
        await asyncio.sleep(0.01)
        if time.monotonic() > began + 0.5 and holds.in_transaction:
            holds.execute("commit")
        kept += [[] for _ in range(2000)]  # what makes the collector run
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    print(f"{longest:.2f} {await waiting}")

def begin(waits):
    cursor = waits.execute("select 1 union all select 2")
    cursor.fetchone()
    cycle = [cursor]
    cycle.append(cycle)
    del cursor, cycle
    try:
        waits.execute("begin immediate")
    except sqlite3.OperationalError as error:
        return str(error)
    return "begun"

if "aside" in sys.argv:
    from flows.server.garbage_collection import collect_aside
    import flows.server.garbage_collection
    flows.server.garbage_collection.EVERY = 0.2
    collect_aside()
asyncio.run(main())
"""


def stood_still(folder: Path, *words: str) -> tuple[float, str]:
    """The longest time in seconds between two turns of the loop, and what the waiting connection got."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder / "db"), str(WAIT), *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    seconds, _, got = done.stdout.strip().partition(" ")
    return float(seconds), got


def test_the_collector_stops_the_loop_where_it_runs_in_it(tmp_path: Path) -> None:
    """What the module is for; should this fail, Python or SQLite has changed, and the module can go."""
    seconds, got = stood_still(tmp_path)
    assert got == "database is locked"
    assert seconds > WAIT / 2


def test_the_loop_goes_on_while_a_thread_collects(tmp_path: Path) -> None:
    seconds, got = stood_still(tmp_path, "aside")
    assert got == "begun"
    assert seconds < WAIT / 2
