"""A cache in memory for the tests of this folder."""

from __future__ import annotations


class MemoryCache(dict[str, bytes]):
    """The `get` and `put` of a store, in a dictionary."""

    def put(self, key: str, data: bytes) -> None:
        self[key] = data
