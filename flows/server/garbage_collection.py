"""Garbage collection: what imports allocated is excluded from it, and a Prefect server does it in a separate thread.

    python -m flows.server.garbage_collection server start

For servers on SQLite. A connection waits for SQLite's lock in its own thread, for up to a minute. If a garbage
collection runs in the event loop meanwhile, it may finalize a statement of that connection, which blocks until the
wait is over. That blocks the loop, and with it the transaction that holds the lock, so that no request is answered
for that minute.
"""

from __future__ import annotations

import atexit
import gc
import threading
import time
from functools import cache

INTERVAL = 1.0  # seconds between two collections of the young generations
FULL_EVERY = 10  # every so many collections, one is full


@cache
def exclude_imports() -> None:
    """Exclude what the imports allocated: it stays, and need not be scanned again. Saves a twentieth of a day's run."""
    gc.freeze()
    atexit.register(gc.unfreeze)  # else some libraries report them as leaks at exit


def collect_in_background() -> None:
    """From now on, collect this process's garbage in a separate thread only."""
    gc.disable()
    threading.Thread(target=_collect, name="collector", daemon=True).start()


def _collect() -> None:
    rounds = 0
    while True:
        time.sleep(INTERVAL)
        rounds += 1
        gc.collect(2 if rounds % FULL_EVERY == 0 else 1)
        if rounds == FULL_EVERY:
            exclude_imports()


if __name__ == "__main__":
    from prefect.cli import app

    collect_in_background()
    app()
