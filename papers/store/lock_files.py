"""Lock files: one writer at a time on this machine. The system releases the lock of a killed process."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from papers.errors import StoreUnreachable

MAX_WAIT = 300.0  # seconds that a writer waits for a lock


@contextmanager
def hold_lock(folder: Path, name: str, root: str) -> Iterator[None]:
    """Hold the lock `name` of `folder`. Raises StoreUnreachable if it cannot be acquired in five minutes."""
    path = folder / f"{name}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=MAX_WAIT).acquire()
    except Timeout as error:
        raise StoreUnreachable(
            f"{root}: another process has held {path} for {MAX_WAIT:.0f} s. Next: see what writes there, and end it."
        ) from error
    except OSError as error:
        raise StoreUnreachable(f"{root}: cannot lock {path}: {error}. Next: see the folder's permissions.") from error
    with lock:
        yield


def lock_folder(root: str) -> Path:
    """The folder of this user's lock files for the store at `root`."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "daily-papers" / "locks" / hashlib.sha256(root.encode()).hexdigest()[:16]
