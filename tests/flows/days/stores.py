"""Stores in memory that count, that stop a writer, or that let another run go first."""

from __future__ import annotations

from collections.abc import Callable

from papers.store import Change
from tests.plain import MemoryStore


class Killed(BaseException):
    """The writer was killed."""


class WatchedStore(MemoryStore):
    """A store with the data of another, that calls `before(n, key)` before its n-th write, counted from 0."""

    def __init__(self, other: MemoryStore | None = None, before: Callable[[int, str], None] | None = None) -> None:
        super().__init__()
        self.data = {} if other is None else dict(other.data)
        self.before = before
        self.writes: list[str] = []  # keys, in order

    def put(self, key: str, data: bytes) -> str:
        """Write, after `before`."""
        self._begin(key)
        return super().put(key, data)

    def update(self, key: str, change: Change) -> None:
        """Change, after `before`."""
        self._begin(key)
        super().update(key, change)

    def delete(self, key: str) -> None:
        """Delete, after `before`."""
        self._begin(key)
        super().delete(key)

    def _begin(self, key: str) -> None:
        number = len(self.writes)
        self.writes.append(key)
        if self.before is not None:
            self.before(number, key)


def killed_at(number: int) -> Callable[[int, str], None]:
    """For `WatchedStore`: the write of that number, and all after it, do not happen."""

    def before(n: int, _: str) -> None:
        if n >= number:
            raise Killed

    return before


def view_of(store: MemoryStore) -> MemoryStore:
    """The same store as another process sees it."""
    other = MemoryStore()
    other.data = store.data
    return other
