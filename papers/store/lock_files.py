"""Lock files: one writer at a time among the processes of a machine. The system frees a killed process' lock."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from papers.errors import StoreUnreachable

PATIENCE = 300.0  # seconds that a writer waits for others


@contextmanager
def locked(folder: Path, name: str, what: str) -> Iterator[None]:
    """Hold the lock `name` of `folder`. Raises StoreUnreachable when it cannot be had in five minutes."""
    lock = folder / f"{name}.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = FileLock(lock, timeout=PATIENCE).acquire()
    except Timeout as error:
        raise StoreUnreachable(
            f"{what}: another process has held {lock} for {PATIENCE:.0f} s. Next: see what writes there, and end it."
        ) from error
    except OSError as error:
        raise StoreUnreachable(f"{what}: cannot lock {lock}: {error}. Next: see the folder's permissions.") from error
    with held:
        yield


def machine_locks(root: str) -> Path:
    """The folder of this user's lock files for the store at `root`, on this machine."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "daily-papers" / "locks" / hashlib.sha256(root.encode()).hexdigest()[:16]
