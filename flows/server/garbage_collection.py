"""Prefect's command with Python's garbage collector in a thread of its own.

    python -m flows.server.garbage_collection server start

For servers on SQLite. A connection waits for SQLite's lock in its thread, for a minute at most. A collection that the
event loop happens to run then may come upon a statement of that connection, and waits for it; the loop stands still
with it, and so does the transaction that holds the lock. All of the server's answers take that minute.
"""

from __future__ import annotations

import gc
import threading
import time

EVERY = 1.0  # seconds between two collections of what is young
WHOLE = 10  # collections, after which one is of everything


def collect_aside() -> None:
    """Collect this process's cycles in a thread from now on, and in no other."""
    gc.disable()
    threading.Thread(target=_collect, name="collector", daemon=True).start()


def _collect() -> None:
    rounds = 0
    while True:
        time.sleep(EVERY)
        rounds += 1
        gc.collect(2 if rounds % WHOLE == 0 else 1)
        if rounds == WHOLE:
            gc.freeze()  # what the imports made stays, and need not be looked at again


if __name__ == "__main__":
    from prefect.cli import app

    collect_aside()
    app()
