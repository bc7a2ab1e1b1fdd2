"""The event loop of a server is not blocked by garbage collection while SQLite waits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WAIT = 3.0  # seconds that a connection waits for SQLite's lock

# One connection holds the lock until the loop releases it after half a second. Another waits for it in a thread, and
# the collector finds an unused statement of that connection.
SCRIPT = """
import asyncio, gc, sqlite3, sys, time

def connect():
    connection = sqlite3.connect(sys.argv[1], check_same_thread=False, isolation_level=None, timeout=float(sys.argv[2]))
    connection.execute("pragma journal_mode = wal")
    return connection

async def main():
    holder, waiter = connect(), connect()
    holder.execute("begin immediate")
    waiting = asyncio.create_task(asyncio.to_thread(begin, waiter))
    await asyncio.sleep(0.1)
    began = last = time.monotonic()
    longest, garbage = 0.0, []
    while not waiting.done():
        await asyncio.sleep(0.01)
        if time.monotonic() > began + 0.5 and holder.in_transaction:
            holder.execute("commit")
        garbage += [[] for _ in range(2000)]  # what makes the collector run
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    print(f"{longest:.2f} {await waiting}")

def begin(connection):
    cursor = connection.execute("select 1 union all select 2")
    cursor.fetchone()
    cycle = [cursor]
    cycle.append(cycle)
    del cursor, cycle
    started = time.monotonic()
    try:
        connection.execute("begin immediate")
    except sqlite3.OperationalError as error:
        # Not by its text: the statement that the collector finalizes may reset SQLite's message first.
        waited = time.monotonic() - started
        return "locked" if waited >= float(sys.argv[2]) else f"{error} after {waited:.2f} s"
    return "begun"

if "background" in sys.argv:
    from flows.server.garbage_collection import collect_in_background
    import flows.server.garbage_collection
    flows.server.garbage_collection.INTERVAL = 0.2
    collect_in_background()
asyncio.run(main())
"""


def longest_pause(folder: Path, *arguments: str) -> tuple[float, str]:
    """The longest time in seconds between two iterations of the loop, and the result of the waiting connection."""
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder / "db"), str(WAIT), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    seconds, _, outcome = process.stdout.strip().partition(" ")
    return float(seconds), outcome


def test_the_collector_stops_the_loop_where_it_runs_in_it(tmp_path: Path) -> None:
    """The reason for the module. If this fails, Python or SQLite has changed, and the module can be removed."""
    seconds, outcome = longest_pause(tmp_path)
    assert outcome == "locked"
    assert seconds > WAIT / 2


def test_the_loop_goes_on_while_a_thread_collects(tmp_path: Path) -> None:
    seconds, outcome = longest_pause(tmp_path, "background")
    assert outcome == "begun"
    assert seconds < WAIT / 2
