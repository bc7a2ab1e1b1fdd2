"""A cache in memory for the tests of this folder."""

from __future__ import annotations


class Memory(dict[str, bytes]):
    """As the store, without one."""

    def put(self, key: str, data: bytes) -> None:
        self[key] = data
